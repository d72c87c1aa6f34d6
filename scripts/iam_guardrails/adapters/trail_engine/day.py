"""What is gathered of one day, and the facts it comes to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from iam_guardrails.adapters.trail_engine.decode import Event
from iam_guardrails.adapters.trail_engine.one_record import (
    Key,
    account_of,
    asked_of,
    canonical,
    seconds,
    secrets_of,
)
from iam_guardrails.model.trail.facts import DayFacts, Edge, Kept, Read, add_read, use_of

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)


class Day:
    """What is gathered of one day.

    cells: for each combination its latest time and what it counts as.  reads: for combinations that read secrets, and
    for the account and the requestParameters of those reads, [first, last, address and event id of the latest].
    """

    __slots__ = ("cells", "edges", "end", "kept", "reads", "start")

    def __init__(self, start: datetime) -> None:
        self.start, self.end = start, start + _DAY
        self.cells: dict[Key, list[Any]] = {}
        self.reads: dict[Key, dict[tuple[str, bytes], list[Any]]] = {}
        self.edges: dict[tuple[object, ...], Edge] = {}
        self.kept: dict[object, Kept] = {}

    def read(self, key: Key, event: Event) -> None:
        """Put one read of secrets among those that are alike; what they ask for is worked out once, in the end."""
        reads = self.reads.setdefault(key, {})
        alike = (account_of(event), bytes(event.requestParameters))
        here, time = reads.get(alike), event.eventTime
        if here is None:
            reads[alike] = [time, time, event.sourceIPAddress or "", event.eventID or ""]
        elif time > here[1] or (time == here[1] and (event.eventID or "") > here[3]):
            here[1:] = time, event.sourceIPAddress or "", event.eventID or ""
        elif time < here[0]:
            here[0] = time

    def facts(self, said: dict[str | None, str]) -> DayFacts:
        """The facts. said: the principals of callers that were seen, by their text; it is added to."""
        uses = _uses(self, said)
        return DayFacts(uses, list(self.edges.values()), _reads(self, said), list(self.kept.values()))


def _uses(day: Day, said: dict[str | None, str]) -> dict[str, dict[str, int]]:
    """See DayFacts. said: the principals of the callers that were seen."""
    uses: dict[str, dict[str, int]] = {}
    begin = seconds(day.start)
    for (who, name, source, error), (last, _) in day.cells.items():
        principal = said.get(who)
        if principal is None:
            principal = said[who] = canonical(who)
        mine = uses.get(principal)
        if mine is None:
            mine = uses[principal] = {}
        action = use_of(source, name, error or "")
        when = begin + (last - day.start).seconds
        if when > mine.get(action, -1):  # sessions of one role may come under two texts
            mine[action] = when
    return uses


def _reads(day: Day, said: dict[str | None, str]) -> list[Read]:
    """See DayFacts."""
    found: dict[tuple[object, ...], Read] = {}
    asked: dict[bytes, Sequence[str]] = {}
    begin = seconds(day.start)
    for (who, name, source, error), reads in day.reads.items():
        action = f"{source.partition('.')[0]}:{name}"
        for (account_id, parameters), (first, last, address, event_id) in reads.items():
            secrets = asked.get(parameters)
            if secrets is None:
                secrets = asked[parameters] = secrets_of(asked_of(parameters))
            times = begin + (first - day.start).seconds, begin + (last - day.start).seconds
            for secret in secrets:
                add_read(found, Read(account_id, said[who], action, secret, error or "", *times, address, event_id))
    return list(found.values())
