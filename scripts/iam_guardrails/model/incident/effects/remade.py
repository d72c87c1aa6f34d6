"""One that was deleted in the use and is there again under its name: whether it is what it was.

That something of the same name is there says little: a role has another unique id, a user another password, a topic no
subscriptions. Only where all that making it again can change is compared with a capture is it as it was before.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from iam_guardrails.model.account import Account
from iam_guardrails.model.incident.effects.facts import Fact
from iam_guardrails.model.incident.effects.harm import Harm
from iam_guardrails.model.incident.effects.judged import Judged, command_to
from iam_guardrails.model.incident.effects.kind import ADDS, REMOVES, Ask, Kind, Remade, State
from iam_guardrails.model.incident.effects.state import Whole, agree
from iam_guardrails.model.incident.examined import NOT_JUDGED, OPEN, REVERTED
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import changed

MARGIN = timedelta(seconds=10)
"""What AWS says was made so long after a call may still have been made by it."""
AGAIN = "it was deleted and made anew"
_NOTHING = Unknown("nobody can compare it with how it was")


def is_remade(fact: Fact, now: State, then: State) -> bool:
    """Whether it is there again: deleted in the use, or made in it although it was there before."""
    if now is None or isinstance(now, Unknown):
        return False
    was_there = then is not None and not isinstance(then, Unknown)
    if any(call.makes(write) for write, call in fact.steps[:1]) and not was_there:
        return False  # made in the use, and there was none before
    return any(call.does == REMOVES or (was_there and call.makes(write)) for write, call in fact.steps)


def beyond_terraform(fact: Fact) -> bool:
    """Whether a declaration of the thing does not tell that it is as it was."""
    removed = any(call.does == REMOVES for _, call in fact.steps)
    return removed and fact.kind.remade is not None and fact.kind.remade.beyond


def judge_remade(fact: Fact, before: Account | None, ask: Ask | None) -> Judged:
    """The verdict about one that is there again. before: the capture, of its own account; None: there is none."""
    how = fact.kind.remade or Remade()
    if how.known:
        return _known(fact, how, ask)
    content = how.content(fact.names, ask) if how.content and ask else _NOTHING
    then = how.before(before, fact.names) if how.before and before is not None else None
    if isinstance(content, Mapping) and isinstance(then, Mapping):
        return _compared(fact, how, content, then, ask)
    if how.never:
        return Judged(NOT_JUDGED, f"{AGAIN}: {how.never}")
    if before is None and how.before is not None:
        why = "without a capture from before nobody knows whether it is the same"
    else:
        why = next((item.reason for item in (then, content) if isinstance(item, Unknown)), _NOTHING.reason)
    return Judged(NOT_JUDGED, f"{AGAIN}, and {why}")


def replaced(fact: Fact, now: State, ask: Ask | None) -> Judged | None:
    """The verdict about one that was deleted in the use where its owner has another since; None where not."""
    write, call = fact.steps[-1]
    how = fact.kind.remade
    if now is not None or call.does != REMOVES or how is None or how.another is None or ask is None:
        return None
    made_at = how.another(fact.names, ask)
    if made_at is None or made_at <= datetime.fromtimestamp(write.seconds, UTC):
        return None
    return Judged(REVERTED, f"another is there instead since {made_at:%Y-%m-%d %H:%M:%S} UTC")


def _compared(fact: Fact, how: Remade, now: Mapping[str, Any], then: Mapping[str, Any], ask: Ask | None) -> Judged:
    names = sorted({*now, *then} if isinstance(then, Whole) else then)
    same = {name: agree(now.get(name), then.get(name)) for name in names}
    other = [name for name in names if same[name] is False]
    if other:
        commands = [
            command_to(how.parts[name], fact.names, fact.command_region, now.get(name), then.get(name), ask)
            for name in other if name in how.parts
        ]  # fmt: skip
        why = f"{AGAIN}, and is not as it was before: {', '.join(other)}"
        harms = [harm for name in other if name in how.parts and (harm := _harm(fact, how.parts[name], now.get(name),
                                                                                then.get(name), ask))]  # fmt: skip
        worst = changed(harms[0], mixed=True) if harms else None
        return Judged(OPEN, why, command=" && ".join(filter(None, commands)), harm=worst)
    untold = sorted({name for name in names if isinstance(same[name], Unknown)} | ({*now} - {*names}))
    missing = f"the capture from before does not tell {', '.join(untold)}" if untold else ""
    why = "; ".join(filter(None, (how.never, missing)))
    if why:
        return Judged(NOT_JUDGED, f"{AGAIN}: {why}")
    return Judged(REVERTED, "it was deleted and made anew, as it was before")


def _harm(fact: Fact, part: Kind, now: State, then: State, ask: Ask | None) -> Harm | None:
    return part.harm(fact.names, now, then, None, ask) if part.harm else None


def _known(fact: Fact, how: Remade, ask: Ask | None) -> Judged:
    """One whose maker knows it. Another that was made after the use is not the use's."""
    made_at = how.made_at(fact.names, ask) if how.made_at and ask else None
    last_write, last = next((step for step in reversed(fact.steps) if step[1].does in (ADDS, REMOVES)), fact.steps[-1])
    done = datetime.fromtimestamp(last_write.seconds, UTC)
    if made_at is not None and made_at > done + (MARGIN if last.does == ADDS else timedelta()):
        return Judged(REVERTED, f"the one of this use is gone: another was made {made_at:%Y-%m-%d %H:%M:%S} UTC")
    if last.does == ADDS:
        return Judged(OPEN, f"{AGAIN} in this use: {how.never}", None)
    return Judged(NOT_JUDGED, f"it was deleted, and there is one again, of which AWS does not tell when it was made:"
                              f" {how.never}")  # fmt: skip
