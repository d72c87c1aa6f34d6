"""What a judgement says, and the command that goes with it."""

from __future__ import annotations

from collections.abc import Mapping

from iam_guardrails.model.incident.effects.kind import Ask, Kind, Names, State, command
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import frozen


@frozen
class Judged:
    """A verdict, why, and the state that would undo it (Unknown: none is known; None: that it is not there).

    command: where that state is not one of the object, what sets it.
    """

    verdict: str
    why: str
    target: State = Unknown("nothing to undo")
    command: str = ""


def command_to(kind: Kind, names: Names, region: str, now: State, target: State, ask: Ask | None) -> str:
    """What makes an object be in a state again; "" where no command does. ask: see Kind.kept."""
    if target is None:
        return command(kind.away, names, region)
    if isinstance(target, Unknown):
        return ""
    further = kind.kept(names, target, ask) if kind.kept and ask else None
    if further:
        return command(kind.again, {**names, **further}, region)
    back = kind.back
    if isinstance(back, Mapping):
        set_ = [name for name, value in target.items() if value is not None] if isinstance(target, Mapping) else []
        members = ",".join(sorted(set_)) or str(target)
        back = back.get(f"{now}>{target}") or back.get(members, "")
    return command(back, names, region, target)
