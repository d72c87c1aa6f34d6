"""What was done with what a use lent: how much is counted as the use's, and how much is not; sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from iam_guardrails.model.counting import counted
from iam_guardrails.model.incident.lending import (
    LONG_TERM,
    Lending,
    Lent,
    Roles,
    Subject,
    entered,
    key_of,
    lending,
    made_active,
)
from iam_guardrails.model.incident.machines import reached, unknown
from iam_guardrails.model.incident.providers import Provided, came_through, named_in, opened
from iam_guardrails.model.incident.rights import Rights, counts, in_time
from iam_guardrails.model.incident.rights_before import Before
from iam_guardrails.model.incident.running import changes
from iam_guardrails.model.incident.use import Use
from iam_guardrails.model.trail.principal import subject_of
from iam_guardrails.model.trail.questions.records import Record, told
from iam_guardrails.model.unknown import Unknown


def told_lent(records: Sequence[Record], mine: Iterable[Record], end: int, roles: Roles) -> tuple[str, ...]:
    """What of it was counted, whoever did it, and what was not, since it was done after the use, which ended then."""
    listed = list(mine)
    lent = lending(records, listed, roles, end)
    ids = {record.event_id for record in listed}
    rest = [record for record in records if record.event_id not in ids]
    return (
        *_made(lent, listed, rest), *_trusted(lent, listed, rest), *_with_keys(lent, listed, rest),
        *(note for one, made in lent.providers.items() for note in _through(one, made, listed, rest)),
    )  # fmt: skip


def _made(lent: Lending, mine: Sequence[Record], rest: Sequence[Record]) -> Iterator[str]:
    """Users to whom a key or a password was given, and roles that were made."""
    callers = [subject_of(record.principal) for record in mine]
    for who, since in lent.given.items():
        how = f"as the {who[1].replace('/', ' ')} with an access key or a password that"
        yield from _counted(f"done {how} this use made at {told(since)}", callers.count(who))
    for who, several in lent.made.items():
        name = f"done in sessions of the role {who[1]}, which this use made at {told(several[0].since)}"
        yield from _counted(name, callers.count(who))
        yield from _left(name, _later(rest, who, several[-1]), several[-1])
    for who, several in lent.passwords.items():
        name = f"done as the {who[1].replace('/', ' ')}, whose password this use set at {told(several[-1].since)}"
        yield from _left(name, _later(rest, who, several[-1]), several[-1])


def _later(rest: Sequence[Record], who: Subject, last: Lent) -> int:
    """How many calls came later; none are told of where the role or the password is another by then."""
    user = who[1].startswith("user/")
    return sum(
        last.open and record.time > last.until and subject_of(record.principal) == who
        and not (user and key_of(record).startswith(LONG_TERM))
        for record in rest
    )  # fmt: skip


def _trusted(lent: Lending, mine: Sequence[Record], rest: Sequence[Record]) -> Iterator[str]:
    for who, made in lent.trusted.items():
        inside = sum(subject_of(record.principal) == who for record in mine)
        entries = sum(entered(record) == who for record in rest if record.time > made.until)
        name = f"sessions of the role {who[1]}, whose trust this use changed at {told(made.since)}"
        yield from _counted(f"done in {name}", inside)
        yield from _left(f"begun as {name}", entries, made)


def _through(one: Provided, made: Lent, mine: Sequence[Record], rest: Sequence[Record]) -> Iterator[str]:
    """What is counted is the entries; what was done in these sessions is the use's too."""
    inside, after = (sum(record.outcome == "ok" and came_through(record, one) for record in those)
                     for those in (mine, (record for record in rest if record.time > made.until)))  # fmt: skip
    name = f"begun through the identity provider {one[0]}, which this use changed at {told(made.since)}"
    yield from _counted(f"{name}, and in these sessions,", inside)
    yield from _left(name, after, made)


def _with_keys(lent: Lending, mine: Sequence[Record], rest: Sequence[Record]) -> Iterator[str]:
    active = {record.text("requestParameters", "accessKeyId") for record in mine if made_active(record)}
    for key, made in lent.keys.items():
        inside = sum(key_of(record) == key for record in mine)
        after = sum(key_of(record) == key and record.time > made.until for record in rest)
        name = f"done with the access key {key}, which this use made or made active at {told(made.since)}"
        yield from _counted(name, inside) if key in active else ()  # of the others, `_made` tells
        yield from _left(name, after, made)


def told_rights(records: Sequence[Record], mine: Iterable[Record], rights: Rights) -> tuple[str, ...]:
    """What was done by roles and users whose rights a use changed: how much is counted as the use's, and how much is
    not, since their rights of before may have allowed it or nobody took the new ones back; sentences."""
    listed = list(mine)
    ids = {record.event_id for record in listed}
    notes = list[str]()
    for who, loans in rights.loans(records, listed).items():
        those = [record for record in records if subject_of(record.principal) == who and counts(record)]
        during = {one.event_id for one in those if any(in_time(one, loan) for loan in loans if not loan.lent.open)}
        opened = [loan.lent.since for loan in loans if loan.lent.open]
        later = {one.event_id for one in those if opened and one.time >= min(opened)} - during - ids
        name = f"{'the' if '/' in who[1] else 'the role'} {who[1].replace('/', ' ')}"
        notes += _counted(f"done by {name} with rights that this use gave it for a while", len(during & ids))
        notes += _not(f"done by {name} at that time, which its rights of before may have allowed,", len(during - ids))
        notes += _not(f"done by {name} with rights that this use changed and nobody changed back,", len(later))
    return tuple(notes)


def told_running(
    records: Sequence[Record], mine: Iterable[Record], rights: Rights, end: int
) -> tuple[str, ...]:  # fmt: skip
    """What was done with roles by what a use put there, and what of it is not counted; sentences. end: of the use."""
    listed = list(mine)
    ids = {record.event_id for record in listed}
    notes = list[str]()
    for who, runs in rights.runs(records, listed, end).items():
        those = [record for record in records if subject_of(record.principal) == who and record.outcome == "ok"]
        during = [one for one in those if any(run.holds(one) for run in runs)]
        name = f"done with the role {who[1]} since this use put code there that runs with it"
        left = [one for one in during if one.event_id not in ids]
        did = sorted({one.action for one in left if changes(one) or entered(one) != ("", "")})
        notes += _counted(name, len(during) - len(left))
        notes += _not(f"{name}, as its ordinary work, reads among it", len(left))
        notes += [f"of that, these may have changed something: {', '.join(did)}"] if did else []
        last = max(run.lent.until for run in runs)
        later = sum(one.time > last and changes(one) and any(run.is_of(one) for run in runs) for one in those)
        notes += _not(f"{name}, after the use ended,", later)
    reaches = list(reached(listed))
    return (*notes, *(unknown(reaches, (record.session for record in records)) if reaches else ()))


def unfollowed(uses: Iterable[Use], records: Sequence[Record], roles: Roles) -> Iterator[tuple[Use, str]]:
    """Uses that changed others' rights, or put code where it runs with another role, with whose; a clause.

    What these did is followed where a capture tells what they were allowed before, by the examination of an incident.
    """
    rights = Rights(Before(Unknown("no capture is read")), roles)
    for use in uses:
        ids = {use.entry.event_id, *(call.event_id for call in use.calls)}
        mine = [record for record in records if record.event_id in ids]
        names = [name.replace("/", " ") if "/" in name else f"role {name}"
                 for _, name in sorted(rights.subjects(mine, mine))]  # fmt: skip
        names += sorted({name for one in reached(mine) for name in one.names or (f"instances of {one.write.action}",)})
        if names:
            what = "whose rights a session changed, or where it put code that runs with its role"
            yield use, f"{what}: {', '.join(names)}"
        if through := [one for record in mine if record.outcome == "ok" and (one := opened(record))]:
            yield use, f"who came in through an identity provider that a session changed: {named_in(through)}"


def _not(what: str, number: int) -> tuple[str, ...]:
    return (f"what was {what} is not counted here ({counted(number, 'call')})",) if number else ()


def _counted(what: str, number: int) -> tuple[str, ...]:
    return (f"what was {what} is counted here ({counted(number, 'call')}), whoever did it",) if number else ()


def _left(what: str, number: int, made: Lent) -> tuple[str, ...]:
    when = "after the use ended" if made.open else "after that was changed again"
    return (f"what was {what}, {when} at {told(made.until)} is not counted here ({counted(number, 'call')})",) if (
        number) else ()  # fmt: skip
