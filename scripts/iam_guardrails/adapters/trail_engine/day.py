"""What is gathered of one day, and the facts it comes to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from iam_guardrails.adapters.trail_engine.decode import Event
from iam_guardrails.adapters.trail_engine.one_record import (
    Key,
    account_of,
    asked_of,
    seconds,
    secrets_of,
)
from iam_guardrails.model.trail.facts import DayFacts, Edge, Kept, Read, add_read
from iam_guardrails.model.trail.principal import resource_in_message

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)


Alike = dict[tuple[str, bytes], list[Any]]
"""The reads of one combination: account and requestParameters -> [first, last, address and event id of the latest]."""


class Day:
    """What is gathered of one day.

    cells: for each combination its latest time, what it counts as, Alike where it reads secrets, else None, and its
    class.
    """

    __slots__ = ("cells", "edges", "end", "kept", "start")

    def __init__(self, start: datetime) -> None:
        self.start, self.end = start, start + _DAY
        self.cells: dict[Key, list[Any]] = {}
        self.edges: dict[tuple[object, ...], Edge] = {}
        self.kept: dict[object, Kept] = {}

    def facts(self) -> DayFacts:
        """The facts."""
        return DayFacts(_uses(self), list(self.edges.values()), _reads(self), list(self.kept.values()))


def take_read(reads: Alike, event: Event) -> None:
    """Put one read of secrets among those that are alike; what they ask for is worked out once, in the end.

    A refused one may have no parameters, and name the secret in its message only.
    """
    parameters = bytes(event.requestParameters)
    if event.errorMessage and parameters in (b"", b"null") and (secret := resource_in_message(event.errorMessage)):
        parameters = msgspec.json.encode({"secretId": secret})
    alike = (account_of(event), parameters)
    here, time = reads.get(alike), event.eventTime
    if here is None:
        reads[alike] = [time, time, event.sourceIPAddress or "", event.eventID or ""]
    elif time > here[1] or (time == here[1] and (event.eventID or "") > here[3]):
        here[1:] = time, event.sourceIPAddress or "", event.eventID or ""
    elif time < here[0]:
        here[0] = time


def _uses(day: Day) -> dict[str, dict[str, int]]:
    """See DayFacts."""
    uses: dict[str, dict[str, int]] = {}
    start, begin = day.start, seconds(day.start)
    for last, _, _, (_, _, use, user) in day.cells.values():
        mine = uses.get(user)
        if mine is None:
            mine = uses[user] = {}
        when = begin + (last - start).seconds
        if when > mine.get(use, -1):  # sessions of one role may come under two texts
            mine[use] = when
    return uses


def _reads(day: Day) -> list[Read]:
    """See DayFacts."""
    found: dict[tuple[object, ...], Read] = {}
    asked: dict[bytes, Sequence[str]] = {}
    begin = seconds(day.start)
    for (_, name, source, error), (_, _, reads, (_, principal, _, _)) in day.cells.items():
        if not reads:
            continue
        action = f"{source.partition('.')[0]}:{name}"
        for (account_id, parameters), (first, last, address, event_id) in reads.items():
            secrets = asked.get(parameters)
            if secrets is None:
                secrets = asked[parameters] = secrets_of(asked_of(parameters))
            times = begin + (first - day.start).seconds, begin + (last - day.start).seconds
            for secret in secrets:
                add_read(found, Read(account_id, principal, action, secret, error or "", *times, address, event_id))
    return list(found.values())
