"""Which call was made in whose session: as `guardrails trail ask breakglass-session` judges it (questions.given)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from iam_guardrails.model.incident.belonging import belonging, followed
from iam_guardrails.model.incident.ending import ended
from iam_guardrails.model.incident.incident import Incident
from iam_guardrails.model.incident.lending import LENDS, Subject
from iam_guardrails.model.incident.recorded import Recorded, Roles, call_of
from iam_guardrails.model.incident.use import CONSOLE, UNSEEN, Call, Entry, Use, Uses
from iam_guardrails.model.trail.principal import role_name, subject_of
from iam_guardrails.model.trail.questions.given import Entered, Given, entered
from iam_guardrails.model.trail.questions.records import Record
from iam_guardrails.model.value import changed

LONGEST = timedelta(hours=12)
"""The longest session there is (AWS STS API Reference, AssumeRole: DurationSeconds)."""
SAME = timedelta(minutes=2)
"""How far the console's own record of a switch lies from the AssumeRole behind it, at most."""


def joined(found: Recorded, roles: Roles, incidents: Iterable[Incident] = ()) -> Uses:
    """Each entry with the calls of its session; a session whose entry is not there has one that is UNSEEN.

    roles: the break-glass roles; calls of other roles and of users count where they carry on one of their sessions, or
    were made with what one of them lent (belonging).  incidents: what is known of when uses ended.
    """
    entries, refused = _with_sign_ins(found)
    index = _Index(entries, found, roles)
    calls = defaultdict[int, list[Call]](list)
    all_calls = list(zip(found.calls, found.told_by, strict=True))
    first = [index.entry_of(*one) for one in all_calls]
    for (call, record), known in zip(all_calls, first, strict=True):  # again: a session may be seen only later
        if (number := index.entry_of(call, record) if known is None else known) is not None:
            calls[number].append(call)
    uses = [Use(entry, tuple(calls.pop(number, ()))) for number, entry in enumerate(entries)]
    uses += [Use(_unseen(several, roles), tuple(several)) for several in calls.values()]
    uses.sort(key=lambda use: (use.entry.at, use.entry.event_id))
    uses, lent_to = _with_lent(uses, found, roles, {item.id: item for item in incidents})
    led_to = {subject_of(call.led_to) for use in uses for call in use.calls if call.led_to}
    return Uses(tuple(uses), refused, frozenset(led_to | lent_to) - roles)


def _with_lent(
    uses: Sequence[Use], found: Recorded, roles: Roles, incidents: Mapping[str, Incident]
) -> tuple[list[Use], frozenset[Subject]]:  # fmt: skip
    """The uses, each with what was done with what it lent; and the roles and users that they lent."""
    claimed = {one.event_id for one in (*found.entries, *found.refused, *found.sign_ins)}
    claimed |= {call.event_id for use in uses for call in use.calls}
    made, subjects = list[Use](), frozenset[Subject]()
    for use in uses:
        if any(call.action in LENDS and not call.error for call in use.calls):
            ids = {use.entry.event_id, *(call.event_id for call in use.calls)}
            first = [record for record in found.records if record.event_id in ids]
            known = [record for record in found.records if record.event_id in ids or record.event_id not in claimed]
            mine = belonging(known, first, {call.access_key_id for call in use.calls}, roles,
                             _ended(use, first, roles, incidents.get(use.entry.source_identity)))  # fmt: skip
            further = [call_of(record) for record in mine if record.event_id not in ids]
            claimed |= {call.event_id for call in further}
            use = changed(use, calls=tuple(sorted((*use.calls, *further), key=lambda call: (call.at, call.event_id))))
            subjects |= followed(mine, roles)
        made.append(use)
    return made, subjects


def _ended(use: Use, first: Sequence[Record], roles: Roles, incident: Incident | None) -> int:
    entries = [record for record in first if record.event_id == use.entry.event_id]
    own = {call.event_id for call in use.calls if role_name(call.role) in roles or call.source_identity}
    return ended(entries, [record for record in first if record.event_id in own], incident)


def _with_sign_ins(found: Recorded) -> tuple[list[Entry], tuple[Entry, ...]]:
    """The entries, with the console's sign-ins that no AssumeRole tells of; a switch and its AssumeRole are one."""
    entries = list(found.entries)
    refused = list(found.refused)
    for item in found.sign_ins:
        if item.error:
            refused.append(item)
            continue
        near = [n for n, entry in enumerate(entries) if entry.how == CONSOLE and _alike(entry, item) and
                abs(entry.at - item.at) <= SAME]  # fmt: skip
        if near:
            entries[near[0]] = changed(entries[near[0]], address=item.address)  # the person's; the other is AWS's own
        elif not any(_alike(entry, item) and entry.at <= item.at <= entry.at + LONGEST for entry in entries):
            entries.append(item)
    return entries, tuple(sorted(refused, key=lambda item: (item.at, item.event_id)))


def _alike(entry: Entry, item: Entry) -> bool:
    return role_name(entry.role) == role_name(item.role) and entry.session_name == item.session_name


class _Index:
    """Finds the entry of a call, as the question finds the session."""

    def __init__(self, entries: Sequence[Entry], found: Recorded, roles: Roles) -> None:
        sessions = {number: _given(entry) for number, entry in enumerate(entries)}
        told = {_same(one) for record in found.records if (one := entered(record))}
        self._given = Given(found.records, [one for one in sessions.values() if _same(one) not in told])
        self._by_session = {_same(one): number for number, one in sessions.items()}
        self._entries, self._roles = entries, roles
        self._unseen: dict[tuple[str, str, str], int] = {}

    def entry_of(self, call: Call, record: Record) -> int | None:
        """The number of the entry; a further one for each session of the roles whose entry is not there; None for a
        call of none. To be asked for one call after another, in the order of time: what a session led to is its own."""
        number = self._found(call, record)
        if number is None and role_name(call.role) in self._roles:
            which = call.role, call.session_name, call.source_identity
            number = self._unseen.setdefault(which, len(self._entries) + len(self._unseen))
        if number is not None and (led := entered(record)):
            self._by_session.setdefault(_same(led), number)
        return number

    def _found(self, call: Call, record: Record) -> int | None:
        fits = [self._by_session[_same(one)] for one in self._given.of(record) if _same(one) in self._by_session]
        if not fits and call.source_identity and role_name(call.role) not in self._roles:
            fits = [number for number, entry in enumerate(self._entries) if _leads(entry, call)]
            fits = fits or [number for which, number in self._unseen.items() if which[2] == call.source_identity]
        return max(fits, key=self._begun, default=None)

    def _begun(self, number: int) -> tuple[bool, datetime, int]:
        seen = number < len(self._entries)
        return (seen, self._entries[number].at if seen else datetime.min.replace(tzinfo=UTC), number)


def _leads(entry: Entry, call: Call) -> bool:
    """Whether a session of another role may come from there, though the records do not tell how: it has the same source
    identity, which stays with all that a session leads to."""
    return entry.source_identity == call.source_identity and entry.at <= call.at <= entry.at + LONGEST


def _given(entry: Entry) -> Entered:
    """The session that an entry gave out; of the console's own record, for as long as there are sessions."""
    if entry.given:
        return entry.given
    since = int(entry.at.timestamp())
    until = since + int(LONGEST.total_seconds())
    role, name = role_name(entry.role), entry.session_name
    return Entered(entry.event_id, role, name, "", entry.source_identity, since, until, entry.principal)


def _same(one: Entered) -> tuple[str, tuple[str, str], str, int]:
    """What makes it one session, also where the records of two accounts tell of it."""
    return (one.event_id, one.role, one.session, one.since)


def _unseen(calls: Iterable[Call], roles: Roles) -> Entry:
    own = (call for call in calls if role_name(call.role) in roles)
    first = min(own, key=lambda call: (call.at, call.event_id))
    return Entry(
        first.event_id, first.at, first.role, role_name(first.role)[0], "unknown", "",
        "its entry is not in the source", first.session_name, first.source_identity, UNSEEN,
    )  # fmt: skip
