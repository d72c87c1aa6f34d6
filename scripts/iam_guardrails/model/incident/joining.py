"""Which call was made in whose session."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from iam_guardrails.model.incident.belonging import belonging, followed
from iam_guardrails.model.incident.chains import Chains
from iam_guardrails.model.incident.ending import ended
from iam_guardrails.model.incident.incident import Incident
from iam_guardrails.model.incident.lending import LENDS, Subject
from iam_guardrails.model.incident.recorded import Recorded, Roles, call_of
from iam_guardrails.model.incident.use import CONSOLE, UNSEEN, Call, Entry, Use, Uses
from iam_guardrails.model.trail.principal import role_name, subject_of
from iam_guardrails.model.trail.questions.records import Record
from iam_guardrails.model.value import changed

LONGEST = timedelta(hours=12)
"""The longest session there is (AWS STS API Reference, AssumeRole: DurationSeconds)."""
SAME = timedelta(minutes=2)
"""How far the console's own record of a switch lies from the AssumeRole behind it, at most."""
_EARLIER = timedelta(seconds=1)  # CloudTrail's times are whole seconds


def joined(found: Recorded, roles: Roles, incidents: Iterable[Incident] = ()) -> Uses:
    """Each entry with the calls of its session; a session whose entry is not there has one that is UNSEEN.

    roles: the break-glass roles; calls of other roles and of users count where they carry on one of their sessions, or
    were made with what one of them lent (belonging).  incidents: what is known of when uses ended.
    """
    entries, refused = _with_sign_ins(found)
    index = _Index(entries, found.calls)
    calls: dict[int, list[Call]] = {number: [] for number in range(len(entries))}
    orphans: dict[tuple[str, str, str], list[Call]] = {}
    for call in found.calls:
        own = role_name(call.role) in roles
        number = index.entry_of(call, own)
        if number is not None:
            calls[number].append(call)
        elif own:
            orphans.setdefault((call.role, call.session_name, call.source_identity), []).append(call)
    uses = [Use(entry, tuple(calls[number])) for number, entry in enumerate(entries)]
    uses += [Use(_unseen(several), tuple(several)) for several in orphans.values()]
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
    """Finds the entry of a call: by its access key, else by the session's name and source identity."""

    def __init__(self, entries: list[Entry], calls: Iterable[Call]) -> None:
        self._entries = entries
        self._by_key = {entry.access_key_id: n for n, entry in enumerate(entries) if entry.access_key_id}
        self._chains = Chains((call.led_to_key_id, call.access_key_id) for call in calls if call.led_to_key_id)

    def entry_of(self, call: Call, own: bool) -> int | None:
        """The number of the entry. own: whether the call is of a session of a break-glass role."""
        for key in self._chains.back(call.access_key_id):
            if key in self._by_key:
                return self._by_key[key]
        if not own and not call.source_identity:
            return None
        near = [n for n, entry in enumerate(self._entries) if entry.at - _EARLIER <= call.at <= entry.at + LONGEST
                and _continues(call, entry, own)]  # fmt: skip
        return max(near, key=lambda n: (self._entries[n].at, n), default=None)


def _continues(call: Call, entry: Entry, own: bool) -> bool:
    if not own:
        return call.source_identity == entry.source_identity
    if role_name(call.role) != role_name(entry.role) or call.session_name != entry.session_name:
        return False
    return not (call.source_identity and call.source_identity != entry.source_identity)


def _unseen(calls: Iterable[Call]) -> Entry:
    first = min(calls, key=lambda call: (call.at, call.event_id))
    return Entry(
        first.event_id, first.at, first.role, role_name(first.role)[0], "unknown", "",
        "its entry is not in the source", first.session_name, first.source_identity, UNSEEN,
    )  # fmt: skip
