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
from iam_guardrails.model.iam.revocation import REVOCATION_NAME
from iam_guardrails.model.incident.effects.facts import Fact, Unplaced
from iam_guardrails.model.incident.effects.judged import Judged, command_to
from iam_guardrails.model.incident.effects.kind import ADDS, REMOVES, SETS, Ask, Earlier, State
from iam_guardrails.model.incident.effects.order import orders, set_again, told_before, was_made
from iam_guardrails.model.incident.effects.remade import is_remade, judge_remade, replaced
from iam_guardrails.model.incident.effects.sessions import SESSION
from iam_guardrails.model.incident.effects.state import GONE, THERE, Whole, agree, digest
from iam_guardrails.model.incident.effects.weighing import may_stay, weighed
from iam_guardrails.model.incident.effects.write import Write
from iam_guardrails.model.incident.examined import LASTING, NOT_JUDGED, OPEN, REVERTED, Item
from iam_guardrails.model.incident.revoking import AHEAD, revocation_moment
from iam_guardrails.model.trail.principal import role_name, role_of
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import changed

NO_CAPTURE = Unknown("there is no capture from before")
UNKNOWN_BEFORE = Unknown("nobody knows what it was before this use")
GONE_BY_HAND = "no command puts it back; make it again, with Terraform where it declares it"


def item_of(
    fact: Fact, now: State, before: Account | None, purpose: str, clock: datetime, ask: Ask | None = None,
    roles: frozenset[str] = frozenset(),
) -> Item:  # fmt: skip
    """The item of one object. now: its state as looked at.  purpose: what the use was declared for.

    ask: for where the state from before is kept still; without it, the command writes that state anew.
    roles: names of the roles of which the use had sessions.
    """
    if before is not None and fact.account_id != before.account_id:
        before = None
    then = before_of(fact, before)
    found = _in_any_order(
        (judge_remade(one, before, ask) if not one.kind.whole and is_remade(one, now, then) else None)
        or replaced(one, now, ask) or judge(one, now, then, purpose, clock, roles)
        for one in orders(fact)
    )  # fmt: skip
    found = _with_what_was_missed(fact, found, now if isinstance(then, Unknown) else then)
    found = _with_the_silence(fact, weighed(fact, found, now, purpose, before, ask), now)
    made = found.command
    if found.verdict == OPEN and not made:
        made = command_to(fact.kind, fact.names, fact.command_region, now, found.target, ask)
    why = found.why
    if found.verdict == OPEN and not made:
        made = _put_back(fact, now, before, ask)
        beside = fact.kind.after if made else _by_hand(fact, now)
        why = f"{why}; {beside}" if beside else why
    why = f"{why}{_unsure(write for write, _ in fact.steps)}"
    events = tuple(write.event_id for write, _ in fact.steps)
    kind, key, part = fact.kind.part
    thing = key.format_map(fact.names) if "{" in key else fact.names.get(key, "")
    return Item(
        fact.id, fact.told, found.verdict, why, made, "", fact.kind.name, fact.region, events,
        tuple(sorted(fact.names.items())), (kind, thing, "" if now == GONE else part), digest(_seen(fact, now)),
        found.harm.what if found.harm else "", may_stay(found, now),
    )  # fmt: skip


def _seen(fact: Fact, now: State) -> State:
    """What of a state a word is about: of settings of which no capture tells, those that the calls set."""
    written = [call.state(write, fact.names) for write, call in fact.steps]
    if fact.kind.before is not None or not isinstance(now, Mapping) or _is_document(now):
        return now
    if not all(isinstance(made, Mapping) for made in written):
        return now
    return {name: now.get(name) for made in written for name in made}


def _put_back(fact: Fact, now: State, before: Account | None, ask: Ask | None) -> str:
    if fact.kind.put_back is None or ask is None:
        return ""
    return fact.kind.put_back(Earlier(fact.names, now, [write for write, _ in fact.steps], before), ask)


def _by_hand(fact: Fact, now: State) -> str:
    if fact.kind.by_hand:
        told = fact.kind.by_hand.format_map({**fact.names, "since": fact.steps[0][0].at})
        return f"no command puts it back: {told}"
    return GONE_BY_HAND if now is None else "no command undoes it: set it as it was, or accept it"


def _with_what_was_missed(fact: Fact, found: Judged, usual: State) -> Judged:
    """What looks reverted, with what is gone all the same, and what may not have been told of in between.

    usual: how it was before, or where that is not known, how it is now.
    """
    if found.verdict != REVERTED:
        return found
    written = [call.state(write, fact.names) for write, call in fact.steps]
    if fact.kind.lost and (lost := fact.kind.lost(written, usual)):
        return Judged(NOT_JUDGED, f"{found.why}, but {lost}")
    first, last = fact.steps[0][0].at, fact.steps[-1][0].at
    if not fact.kind.silent or (len(fact.steps) == 1 and agree(written[0], usual) is True):
        return found
    until = f"until {last}" if last != first else "until somebody put it back"
    return changed(found, why=f"{found.why}; from {first} {until} {fact.kind.silent}")


def _with_the_silence(fact: Fact, found: Judged, now: State) -> Judged:
    """What stays because it tells again, with when it may not have told, where a call of the use had stopped it."""
    written = [call.state(write, fact.names) for write, call in fact.steps]
    if found.verdict != LASTING or not fact.kind.silent or all(agree(made, now) is True for made in written):
        return found
    first, last = fact.steps[0][0].at, fact.steps[-1][0].at
    return changed(found, why=f"{found.why}; from {first} until {last} {fact.kind.silent}")


def before_of(fact: Fact, before: Account | None) -> State:
    """The state of an object in a capture; Unknown where none tells."""
    if before is None or fact.account_id != before.account_id or fact.kind.before is None:
        return NO_CAPTURE
    then = fact.kind.before(before, fact.names)
    if fact.kind.whole and then is not None and not isinstance(then, Unknown) and was_made(fact):
        return Unknown("the capture holds another one: this use made it")
    return then


def item_of_unplaced(found: Unplaced) -> Item:
    """The item of writes that belong to no object."""
    first, last = found.writes[0], found.writes[-1]
    told = f"{first.action} at {first.at}"
    if len(found.writes) > 1:
        told = f"{len(found.writes)} calls of {first.action} from {first.at} to {last.at}"
    events = tuple(write.event_id for write in found.writes)
    why = f"{found.why}{_unsure(found.writes)}"
    return Item(found.id, told, NOT_JUDGED, why, region=first.region, writes=events)


def _unsure(writes: Iterable[Write]) -> str:
    """What is to be added where AWS answered calls with errors of its own."""
    errors = ", ".join(dict.fromkeys(write.error for write in writes if write.is_unsure))
    return f"; AWS answered with {errors}, which does not tell whether it was done" if errors else ""


def judge(
    fact: Fact, now: State, then: State, purpose: str, clock: datetime, roles: frozenset[str] = frozenset()
) -> Judged:
    """The verdict. then: the state in a capture from before, Unknown where none tells. roles: see `item_of`."""
    kind = fact.kind
    if kind.blind:
        return Judged(NOT_JUDGED, kind.blind)
    if kind.ends and datetime.fromisoformat(fact.names[kind.ends]) <= clock:
        return Judged(REVERTED, f"it ended by itself, {fact.names[kind.ends]}")
    if isinstance(now, Unknown):
        return Judged(NOT_JUDGED, now.reason)
    if kind.over and now == GONE:
        return Judged(NOT_JUDGED, kind.over.format_map(fact.names))
    if _revokes(fact, now, then, clock, roles):
        return Judged(LASTING, "it ends the sessions of the role, and is to stay")
    written = [call.state(write, fact.names) for write, call in fact.steps]
    if kind.passing and now is not None and all(agree(now, made) is False for made in written):
        return Judged(REVERTED, "another is in force now")
    then = told_before(fact) if isinstance(then, Unknown) else then
    found = _against_before(fact, now, then, written) if not isinstance(then, Unknown) else None
    found = found or _whichever_was_first(fact, now)
    if found.verdict == OPEN and all(call.is_meant(write, purpose) for write, call in fact.steps):
        return Judged(LASTING, "that was the purpose of the use; whoever uses it must know")
    if found.verdict == OPEN and isinstance(found.target, Unknown) and set_again(fact, now, written):
        return Judged(NOT_JUDGED, f"it is as the last of several calls wrote it, and {_unknown_before(fact)}")
    return found


def _against_before(fact: Fact, now: State, then: State, written: Sequence[State]) -> Judged:
    lasting = fact.kind.lasting
    over = any(call.does != SETS for _, call in fact.steps)
    same = agree(now, then)
    if isinstance(same, Unknown):
        return Judged(NOT_JUDGED, same.reason)
    if same is False:
        if now is None and lasting:
            return Judged(LASTING, lasting)
        was = "it was not there before" if then is None else "it is not as it was before"
        return Judged(OPEN, "it is not there any more, and was before" if now is None else was, then)
    if untold := _untold(now, then, written, over):
        return Judged(NOT_JUDGED, f"the capture from before does not tell {untold}")
    return Judged(REVERTED, "it is as it was before" if now is not None else "it is not there, as before")


def _untold(now: State, then: State, written: Sequence[State], over: bool) -> str:
    """What the capture does not tell of settings that were written over: those that are set now, or that are now as
    they were written; "" for nothing. over: the call wrote over all of them, so that what is not set now may have been.
    """
    if not isinstance(now, Mapping) or not isinstance(then, Mapping) or isinstance(then, Whole) or _is_document(then):
        return ""
    told = [pair for made in written if isinstance(made, Mapping) and not _is_document(made) for pair in made.items()]
    news = [(key, value) for key, value in told if key not in then and value not in (None, "", [], {})]
    names = sorted({key for key, value in news if agree(now.get(key), value) is True})
    if names or not over:
        return ", ".join(names) + ", which was written" if names else ""
    return "every setting, for an earlier version of guardrails made it"


def _is_document(state: Mapping[str, Any]) -> bool:
    return "Statement" in state


def _whichever_was_first(fact: Fact, now: State) -> Judged:
    """What the calls tell, where those of the first second tell the same in any order."""
    return _in_any_order(
        _by_the_calls(one, now, [call.state(write, one.names) for write, call in one.steps]) for one in orders(fact)
    )


def _in_any_order(found: Iterable[Judged]) -> Judged:
    first, *others = found
    if any((one.verdict, one.target, one.command) != (first.verdict, first.target, first.command) for one in others):
        return Judged(NOT_JUDGED, "calls about it came within one second, and nobody knows which was the first")
    return first


def _by_the_calls(fact: Fact, now: State, written: Sequence[State]) -> Judged:
    """Without a capture: what the first call tells of before, and whether what was written is still so."""
    write, first = fact.steps[0]
    if isinstance(now, str) and now in fact.kind.doubts:
        return Judged(NOT_JUDGED, fact.kind.doubts[now])
    opposite = fact.kind.opposite.get(written[0]) if not isinstance(written[0], (Unknown, Mapping, list)) else None
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
        known = fact.kind.steps is None and "{value" not in str(fact.kind.back)
        target = THERE if known else Unknown("nobody knows what it was")
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


def _revokes(fact: Fact, now: State, then: State, clock: datetime, roles: frozenset[str]) -> bool:
    """Whether it is the end of this use's sessions: of a role of which it had some, at a moment after they began, not
    before that of an earlier revocation, and no more ahead of the clock than a revocation is."""
    if fact.names.get("PolicyName") != REVOCATION_NAME or fact.names.get("RoleName") not in roles:
        return False
    until, earlier = revocation_moment(now), revocation_moment(then)
    if until is None or until > clock + AHEAD or (earlier is not None and until < earlier):
        return False
    return until.timestamp() >= fact.steps[0][0].seconds


def roles_of(facts: Sequence[Fact]) -> frozenset[str]:
    """Names of the roles of which the use had sessions: those that called, and those that were entered."""
    callers = {role_name(role_of(write.caller))[1] for fact in facts for write, _ in fact.steps}
    return frozenset(callers | {fact.names["RoleName"] for fact in facts if fact.kind is SESSION}) - {""}
