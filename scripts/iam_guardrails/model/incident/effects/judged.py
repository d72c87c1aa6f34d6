"""What a judgement says, and the command that goes with it."""

from __future__ import annotations

from collections.abc import Mapping

from iam_guardrails.model.incident.effects.harm import Harm
from iam_guardrails.model.incident.effects.kind import Ask, Kind, Names, State, command, joined
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import frozen


@frozen
class Judged:
    """A verdict, why, and the state that would undo it (Unknown: none is known; None: that it is not there).

    command: where that state is not one of the object, what sets it.  harm: what undoing it does.
    """

    verdict: str
    why: str
    target: State = Unknown("nothing to undo")
    command: str = ""
    harm: Harm | None = None


def command_to(kind: Kind, names: Names, region: str, now: State, target: State, ask: Ask | None) -> str:
    """What makes an object be in a state again; "" where no command does. ask: see Kind.kept."""
    if target is None:
        return command(kind.away, names, region)
    if isinstance(target, Unknown):
        return ""
    if kind.steps:
        return joined(kind.steps(names, now, target), region)
    if isinstance(target, Mapping):
        target = {name: value for name, value in target.items() if value is not None}
        if any(isinstance(value, Unknown) for value in target.values()):
            return ""
        target = kind.written_as(now, target) if kind.written_as else target
    further = kind.kept(names, target, ask) if kind.kept and ask else None
    if further:
        return command(kind.again, {**names, **further}, region)
    back = _chosen(kind.back, now, target) if isinstance(kind.back, Mapping) else kind.back
    return command(back, names, region, target)


def _chosen(back: Mapping[str, str], now: State, target: State) -> str:
    """Of several commands the one for a state: see Kind."""
    if not isinstance(target, Mapping):
        return back.get(f"{now}>{target}") or back.get(str(target), "")
    if ",".join(sorted(target)) in back:
        return back[",".join(sorted(target))]
    some = ((key.removesuffix("*"), text) for key, text in back.items() if key.endswith("*"))
    return next((text for name, text in some if not name or name in target), "")
