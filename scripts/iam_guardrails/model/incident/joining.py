"""Which call was made in whose session."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from iam_guardrails.model.incident.recorded import Recorded, Roles
from iam_guardrails.model.incident.use import CONSOLE, UNSEEN, Call, Entry, Use, Uses
from iam_guardrails.model.trail.principal import role_name, subject_of
from iam_guardrails.model.value import changed

LONGEST = timedelta(hours=12)
"""The longest session there is (AWS STS API Reference, AssumeRole: DurationSeconds)."""
SAME = timedelta(minutes=2)
"""How far the console's own record of a switch lies from the AssumeRole behind it, at most."""
_EARLIER = timedelta(seconds=1)  # CloudTrail's times are whole seconds


def joined(found: Recorded, roles: Roles) -> Uses:
    """Each entry with the calls of its session; a session whose entry is not there has one that is UNSEEN.

    roles: the break-glass roles; calls of other roles and of users count where they carry on one of their sessions.
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
    led_to = {subject_of(call.led_to) for use in uses for call in use.calls if call.led_to and _followed(call, index)}
    return Uses(tuple(uses), refused, frozenset(led_to - roles))


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


class Chains:
    """Which session a session was entered from, by access key ids: AssumeRole's record has both."""

    def __init__(self, hops: Iterable[tuple[str, str]]) -> None:
        """hops: the access key id that was made, and the one that made it."""
        self._from = {made: by for made, by in hops if made}

    def knows(self, access_key_id: str) -> bool:
        """Whether it is known which key made that one."""
        return access_key_id in self._from

    def back(self, access_key_id: str) -> Iterator[str]:
        """That id, then those that it came from, the nearest first."""
        passed = {""}
        while access_key_id not in passed:
            yield access_key_id
            passed.add(access_key_id)
            access_key_id = self._from.get(access_key_id, "")


def _followed(call: Call, index: _Index) -> bool:
    """Whether what a call led to is followed: a role, or a user with a key that index.chains knows."""
    return ":user/" not in call.led_to or index.chains.knows(call.led_to_key_id)


def _hops(calls: Iterable[Call]) -> Iterator[tuple[str, str]]:
    """The access key ids that calls made, each with the one that made it.

    A key for a user counts where the session that made it had made the user too: behind a new key of another user, as
    the rotation of a secret makes it, there is an application at work, whose calls are nobody's use.  calls: in the
    order of time.
    """
    roots, users = dict[str, str](), set[tuple[str, str]]()
    for call in calls:
        root = roots.get(call.access_key_id, call.access_key_id)
        if call.made_user:
            users.add((call.made_user, root))
        if not call.led_to_key_id or (":user/" in call.led_to and (call.led_to, root) not in users):
            continue
        roots[call.led_to_key_id] = root
        yield call.led_to_key_id, call.access_key_id


class _Index:
    """Finds the entry of a call: by its access key, else by the session's name and source identity."""

    def __init__(self, entries: list[Entry], calls: Iterable[Call]) -> None:
        self._entries = entries
        self._by_key = {entry.access_key_id: n for n, entry in enumerate(entries) if entry.access_key_id}
        self.chains = Chains(_hops(calls))

    def entry_of(self, call: Call, own: bool) -> int | None:
        """The number of the entry. own: whether the call is of a session of a break-glass role."""
        for key in self.chains.back(call.access_key_id):
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
