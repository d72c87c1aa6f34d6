"""Whether the effect of a session is still there: how an object is now, against how it was and what was written.

With a capture from before, an object is reverted where it is as it was then. Without one, the calls themselves tell
something: one that creates fails where the thing is there, one that deletes fails where it is not. Only where one of
the two proves that a thing was not there before is taking it away what undoes it. What neither tells is not judged;
that a later call of the same session looks like the inverse is only a hint, and decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from iam_guardrails.model.account import Account
from iam_guardrails.model.iam.document import PolicyError, parse
from iam_guardrails.model.iam.revocation import REVOCATION_NAME, revoked_before
from iam_guardrails.model.incident.effects.facts import Fact, Unplaced
from iam_guardrails.model.incident.effects.kind import ADDS, REMOVES, SETS, Ask, State, command
from iam_guardrails.model.incident.effects.order import orders, set_again, told_before, was_made
from iam_guardrails.model.incident.effects.state import THERE, agree, digest
from iam_guardrails.model.incident.examined import LASTING, NOT_JUDGED, OPEN, REVERTED, Item
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import frozen

NO_CAPTURE = Unknown("there is no capture from before")
UNKNOWN_BEFORE = Unknown("nobody knows what it was before this use")
GONE_BY_HAND = "no command puts it back; make it again, with Terraform where it declares it"


@frozen
class Judged:
    """A verdict, why, and the state that would undo it (Unknown: none is known; None: that it is not there)."""

    verdict: str
    why: str
    target: State = Unknown("nothing to undo")


def item_of(
    fact: Fact, now: State, before: Account | None, purpose: str, clock: datetime, ask: Ask | None = None
) -> Item:
    """The item of one object. now: its state as looked at.  purpose: what the use was declared for.

    ask: for where the state from before is kept still; without it, the command writes that state anew.
    """
    then: State = NO_CAPTURE
    if before is not None and fact.kind.before is not None and fact.account_id == before.account_id:
        then = fact.kind.before(before, fact.names)
        if then is not None and not isinstance(then, Unknown) and was_made(fact):
            then = Unknown("the capture holds another one: this use made it")
    found = judge(fact, now, then, purpose, clock)
    made = _command(fact, now, found.target, ask) if found.verdict == OPEN else ""
    why = found.why
    if found.verdict == OPEN and not made:
        why = f"{why}; {GONE_BY_HAND if now is None else 'no command undoes it: set it as it was, or accept it'}"
    events = tuple(write.event_id for write, _ in fact.steps)
    kind, key, part = fact.kind.part
    thing = key.format_map(fact.names) if "{" in key else fact.names.get(key, "")
    return Item(
        fact.id, fact.told, found.verdict, why, made, "", fact.kind.name, fact.region, events,
        tuple(sorted(fact.names.items())), (kind, thing, part), digest(now),
    )  # fmt: skip


def item_of_unplaced(found: Unplaced) -> Item:
    """The item of writes that belong to no object."""
    first, last = found.writes[0], found.writes[-1]
    told = f"{first.action} at {first.at}"
    if len(found.writes) > 1:
        told = f"{len(found.writes)} calls of {first.action} from {first.at} to {last.at}"
    events = tuple(write.event_id for write in found.writes)
    return Item(found.id, told, NOT_JUDGED, found.why, region=first.region, writes=events)


def judge(fact: Fact, now: State, then: State, purpose: str, clock: datetime) -> Judged:
    """The verdict. then: the state in a capture from before, Unknown where none tells."""
    kind = fact.kind
    if kind.blind:
        return Judged(NOT_JUDGED, kind.blind)
    if kind.ends and datetime.fromisoformat(fact.names[kind.ends]) <= clock:
        return Judged(REVERTED, f"it ended by itself, {fact.names[kind.ends]}")
    if isinstance(now, Unknown):
        return Judged(NOT_JUDGED, now.reason)
    if _revocation(fact, now):
        return Judged(LASTING, "it ends the sessions of the role, and is to stay")
    written = [call.state(write, fact.names) for write, call in fact.steps]
    then = told_before(fact) if isinstance(then, Unknown) else then
    found = _against_before(now, then, written, kind.lasting) if not isinstance(then, Unknown) else None
    found = found or _whichever_was_first(fact, now)
    meant = {call.meant_for for _, call in fact.steps if call.meant_for}
    if found.verdict == OPEN and purpose in meant:
        return Judged(LASTING, "that was the purpose of the use; whoever uses it must know")
    if found.verdict == OPEN and isinstance(found.target, Unknown) and set_again(fact, now, written):
        return Judged(NOT_JUDGED, f"it is as the last of several calls wrote it, and {_unknown_before(fact)}")
    return found


def _against_before(now: State, then: State, written: Sequence[State], lasting: str) -> Judged:
    same = agree(now, then)
    if isinstance(same, Unknown):
        return Judged(NOT_JUDGED, same.reason)
    if same is False:
        if now is None and lasting:
            return Judged(LASTING, lasting)
        was = "it was not there before" if then is None else "it is not as it was before"
        return Judged(OPEN, "it is not there any more, and was before" if now is None else was, then)
    untold = _untold(now, then, written)
    if untold:
        return Judged(NOT_JUDGED, f"the capture from before does not tell {', '.join(untold)}, which was written")
    return Judged(REVERTED, "it is as it was before" if now is not None else "it is not there, as before")


def _untold(now: State, then: State, written: Sequence[State]) -> list[str]:
    """Settings that were written, are so now, and of which the capture does not tell how they were."""
    if not isinstance(now, Mapping) or not isinstance(then, Mapping):
        return []
    told = [pair for made in written if isinstance(made, Mapping) and not _is_document(made) for pair in made.items()]
    news = [(key, value) for key, value in told if key not in then and value not in ("", [], {})]
    return sorted({key for key, value in news if agree(now.get(key), value) is True})


def _is_document(state: Mapping[str, Any]) -> bool:
    return "Statement" in state


def _whichever_was_first(fact: Fact, now: State) -> Judged:
    """What the calls tell, where those of the first second tell the same in any order."""
    return _in_any_order(
        _by_the_calls(one, now, [call.state(write, one.names) for write, call in one.steps]) for one in orders(fact)
    )


def _in_any_order(found: Iterable[Judged]) -> Judged:
    first, *others = found
    if any((one.verdict, one.target) != (first.verdict, first.target) for one in others):
        return Judged(NOT_JUDGED, "calls about it came within one second, and nobody knows which was the first")
    return first


def _by_the_calls(fact: Fact, now: State, written: Sequence[State]) -> Judged:
    """Without a capture: what the first call tells of before, and whether what was written is still so."""
    write, first = fact.steps[0]
    opposite = fact.kind.opposite.get(written[0]) if not isinstance(written[0], (Unknown, Mapping)) else None
    if opposite is not None and now is not None:
        if agree(now, opposite) is True:
            return Judged(REVERTED, "it is as it was before the first of these calls")
        return Judged(OPEN, "it is as a call left it", opposite)
    if first.makes(write):
        if now is None:
            return Judged(REVERTED, fact.kind.gone)
        return Judged(OPEN, "it was made in this use and is still there", None)
    removed = any(call.does == REMOVES for _, call in fact.steps)
    if first.does == REMOVES or (first.does == SETS and removed and now is None):  # what is set was there
        return _taken_away(fact, now)
    if now is None:
        return Judged(NOT_JUDGED, f"it is not there any more, and {_unknown_before(fact)}")
    return _still_written(fact, now, written)


def _unknown_before(fact: Fact) -> str:
    return f"nobody knows what it was before this use ({fact.kind.earlier.format_map(fact.names)})"


def _taken_away(fact: Fact, now: State) -> Judged:
    if now is None:
        if fact.kind.lasting:
            return Judged(LASTING, fact.kind.lasting)
        target = THERE if "{value" not in str(fact.kind.back) else Unknown("nobody knows what it was")
        return Judged(OPEN, "it was taken away and is not back", target)
    if now is THERE:
        return Judged(REVERTED, "it was taken away and is there again")
    return Judged(
        NOT_JUDGED, "it is there again, and without a capture from before nobody knows whether it is the same"
    )


def _still_written(fact: Fact, now: State, written: Sequence[State]) -> Judged:
    if now is THERE and any(call.does == ADDS for _, call in fact.steps):
        return Judged(OPEN, f"it is still there; {_unknown_before(fact)}", UNKNOWN_BEFORE)
    answers = [agree(now, made) if made is not None else False for made in written]
    if True in answers:
        return Judged(OPEN, f"it is still as it was written; {_unknown_before(fact)}", UNKNOWN_BEFORE)
    unknown = next((answer.reason for answer in answers if isinstance(answer, Unknown)), "")
    if unknown:
        return Judged(NOT_JUDGED, f"{unknown}, so nobody can tell whether it is still so")
    if fact.kind.passing:
        return Judged(REVERTED, "another is in force now")
    return Judged(NOT_JUDGED, "it was changed again since, and without a capture from before nobody knows what it was")


def _revocation(fact: Fact, now: State) -> bool:
    if fact.names.get("PolicyName") != REVOCATION_NAME or not isinstance(now, Mapping):
        return False
    try:
        return revoked_before(parse(now)) is not None
    except PolicyError:
        return False


def _command(fact: Fact, now: State, target: State, ask: Ask | None) -> str:
    kind = fact.kind
    if target is None:
        return command(kind.away, fact.names, fact.command_region)
    if isinstance(target, Unknown):
        return ""
    further = kind.kept(fact.names, target, ask) if kind.kept and ask else None
    if further:
        return command(kind.again, {**fact.names, **further}, fact.command_region)
    back = kind.back
    if isinstance(back, Mapping):
        members = ",".join(sorted(target)) if isinstance(target, Mapping) else str(target)
        back = back.get(f"{now}>{target}") or back.get(members, "")
    return command(back, fact.names, fact.command_region, target)
