"""Which call was made in whose session: as `guardrails trail ask breakglass-session` judges it (questions.given)."""

from __future__ import annotations

from bisect import bisect
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
from iam_guardrails.model.trail.questions.given import LONGEST as LONGEST_SECONDS
from iam_guardrails.model.trail.questions.given import SLACK, Entered, Given, Own, Same
from iam_guardrails.model.trail.questions.records import Record
from iam_guardrails.model.value import changed

Told = tuple[Call, Record]
LONGEST = timedelta(seconds=LONGEST_SECONDS)
"""The longest session there is (AWS STS API Reference, AssumeRole: DurationSeconds)."""
SAME = timedelta(seconds=SLACK)
"""How far the console's own record of a switch lies from the AssumeRole behind it, at most."""


def joined(found: Recorded, roles: Roles, incidents: Iterable[Incident] = ()) -> Uses:
    """Each entry with the calls of its session; a session whose entry is not there has one that is UNSEEN.

    roles: the break-glass roles; calls of other roles and of users count where they carry on one of their sessions, or
    were made with what one of them lent (belonging).  incidents: what is known of when uses ended.
    """
    given = Given(found.records)
    entries, alone, refused = _with_sign_ins(found, given)
    further = [_given(entry) for entry in alone]
    index = _Index([*entries, *alone], Given(found.records, further) if further else given, roles)
    calls = defaultdict[int, list[Told]](list)
    doubts = {index.doubt(record) for item, record in found.sign_ins if not item.error}
    first = [index.entry_of(*one) for one in found.calls]
    for (call, record), known in zip(found.calls, first, strict=True):
        number = index.entry_again(call, record) if known is None else known
        if number is not None:
            calls[number].append((call, record))
            doubts.add(index.doubt(record, number))
    uses = [(entry, calls.pop(number, [])) for number, entry in enumerate((*entries, *alone))]
    uses += [(_unseen((call for call, _ in several), roles), several) for several in calls.values()]
    uses.sort(key=lambda use: (use[0].at, use[0].event_id))
    made, lent_to = _with_lent(uses, found, roles, {item.id: item for item in incidents})
    led_to = {subject_of(call.led_to) for use in made for call in use.calls if call.led_to}
    return Uses(tuple(made), refused, frozenset(led_to | lent_to) - roles, tuple(sorted(doubts - {""})))


def _with_lent(
    uses: Sequence[tuple[Entry, list[Told]]], found: Recorded, roles: Roles, incidents: Mapping[str, Incident]
) -> tuple[list[Use], frozenset[Subject]]:  # fmt: skip
    """The uses, each with what was done with what it lent; and the roles and users that they lent."""
    by_id = dict[str, list[Record]]()
    for record in found.records:
        by_id.setdefault(record.event_id, []).append(record)
    entries = [one.event_id for one in (*found.entries, *found.refused, *(item for item, _ in found.sign_ins))]
    claimed = {record for event_id in entries if event_id for record in by_id.get(event_id, ())}
    claimed |= {record for _, calls in uses for _, record in calls}
    made, subjects = list[Use](), frozenset[Subject]()
    for entry, calls in uses:
        done = [call for call, _ in calls]
        if any(call.action in LENDS and not call.error for call in done):
            own = {record for _, record in calls}
            begun = {record for record in by_id.get(entry.event_id, ()) if entry.event_id}
            first = [record for record in found.records if record in own or record in begun]
            known = [record for record in found.records if record in own or record in begun or record not in claimed]
            end = _ended(Use(entry, tuple(done)), first, roles, incidents.get(entry.source_identity))
            mine = belonging(known, first, {call.access_key_id for call in done}, roles, end)
            further = [record for record in mine if record not in own and record not in begun]
            claimed |= set(further)
            done = sorted((*done, *map(call_of, further)), key=lambda call: (call.at, call.event_id))
            subjects |= followed(mine, roles)
        made.append(Use(entry, tuple(done)))
    return made, subjects


def _ended(use: Use, first: Sequence[Record], roles: Roles, incident: Incident | None) -> int:
    entries = [record for record in first if record.event_id == use.entry.event_id]
    own = {call.event_id for call in use.calls if role_name(call.role) in roles or call.source_identity}
    return ended(entries, [record for record in first if record.event_id in own], incident)


def _with_sign_ins(found: Recorded, given: Given) -> tuple[list[Entry], list[Entry], tuple[Entry, ...]]:
    """The entries; the console's sign-ins into sessions of which nothing else tells; and what was refused.

    A switch of role and the AssumeRole behind it are one entry. given: of all records.
    """
    entries, refused = list(found.entries), list(found.refused)
    numbers = {entry.given.same: number for number, entry in enumerate(entries) if entry.given}
    alone = dict[tuple[tuple[str, str], str], list[Entry]]()
    for item, record in found.sign_ins:
        if item.error:
            refused.append(item)
            continue
        fits = [numbers[one.same] for one in given.of(record) if one.same in numbers]
        near = [number for number in fits if entries[number].how == CONSOLE
                and abs(entries[number].at - item.at) <= SAME]  # fmt: skip
        if near:
            entries[near[-1]] = changed(entries[near[-1]], address=item.address)  # the person's; the other is AWS's own
        elif not fits and not given.shown(record):
            others = alone.setdefault((role_name(item.role), item.session_name), [])
            if not others or item.at > others[-1].at + LONGEST:
                others.append(item)
    refused.sort(key=lambda item: (item.at, item.event_id))
    return entries, [item for several in alone.values() for item in several], tuple(refused)


class _Index:
    """Finds the entry of a call, as the question finds the session."""

    def __init__(self, entries: Sequence[Entry], given: Given, roles: Roles) -> None:
        """given: of all records, and of the sessions of all entries."""
        self._entries, self._given, self._roles = entries, given, roles
        self._numbers = {_given(entry).same: number for number, entry in enumerate(entries)}
        self._sessions = dict[int, set[Same]]()
        for same, number in self._numbers.items():
            self._sessions.setdefault(number, set()).add(same)
        self._bearing = dict[str, list[int]]()
        for number, entry in sorted(enumerate(entries), key=lambda item: item[1].at):
            self._bearing.setdefault(entry.source_identity, []).append(number)
        self._unseen = dict[tuple[Own, str], int]()

    def entry_of(self, call: Call, record: Record) -> int | None:
        """The number of the entry; a further one for each session of the roles whose entry is not there; None for a
        call of none, and where only a call that comes later may tell (`entry_again`).

        To be asked for one call after another, in the order of time: what a session led to is its own.
        """
        number = self._found(call, record)
        if number is None and role_name(call.role) in self._roles and not self._given.shown(record):
            which = (role_name(call.role), call.session_name), call.source_identity
            number = self._unseen.setdefault(which, len(self._entries) + len(self._unseen))
        if number is not None and (led := self._given.gave(record)):
            self._numbers.setdefault(led.same, number)
            self._sessions.setdefault(number, set()).add(led.same)
        return number

    def entry_again(self, call: Call, record: Record) -> int | None:
        """The same, when all calls were asked for: whose sessions are known by their calls alone is known then."""
        if (number := self._found(call, record)) is not None:
            return number
        shown = [((one.role, one.session), one.source_identity) for one in self._given.shown(record)]
        return next((self._unseen[one] for one in shown if one in self._unseen), None)

    def doubt(self, record: Record, number: int | None = None) -> str:
        """Why a call that counts as that entry's may be of another use; "" if not. number: of a sign-in it is found."""
        if number is None:
            fits = (self._numbers[one.same] for one in self._given.of(record) if one.same in self._numbers)
            number = max(fits, key=self._begun, default=len(self._entries))
        identity = self._entries[number].source_identity if number < len(self._entries) else ""
        return self._given.doubt(record, self._sessions.get(number, ()), identity)

    def _found(self, call: Call, record: Record) -> int | None:
        fits = [self._numbers[one.same] for one in self._given.of(record) if one.same in self._numbers]
        if not fits and call.source_identity and role_name(call.role) not in self._roles:
            return self._bearer(call)
        return max(fits, key=self._begun, default=None)

    def _bearer(self, call: Call) -> int | None:
        """The entry that a session of another role comes from, though the records do not tell how: it has the same
        source identity, which stays with all that a session leads to."""
        bearing = self._bearing.get(call.source_identity, [])
        last = bisect(bearing, call.at, key=lambda number: self._entries[number].at) - 1
        if last >= 0 and call.at <= self._entries[bearing[last]].at + LONGEST:
            return bearing[last]
        return next(
            (number for (_, identity), number in self._unseen.items() if identity == call.source_identity), None
        )

    def _begun(self, number: int) -> tuple[bool, datetime, int]:
        seen = number < len(self._entries)
        return (seen, self._entries[number].at if seen else datetime.min.replace(tzinfo=UTC), number)


def _given(entry: Entry) -> Entered:
    """The session that an entry gave out; of the console's own record, for as long as there are sessions."""
    if entry.given:
        return entry.given
    since = int(entry.at.timestamp())
    until = since + int(LONGEST.total_seconds())
    role, name = role_name(entry.role), entry.session_name
    return Entered(entry.event_id, role, name, "", entry.source_identity, since, until, entry.principal)


def _unseen(calls: Iterable[Call], roles: Roles) -> Entry:
    own = (call for call in calls if role_name(call.role) in roles)
    first = min(own, key=lambda call: (call.at, call.event_id))
    return Entry(
        first.event_id, first.at, first.role, role_name(first.role)[0], "unknown", "",
        "its entry is not in the source", first.session_name, first.source_identity, UNSEEN,
    )  # fmt: skip
