"""What a source of CloudTrail's records holds of an account: the days on which it did anything, and what is missing.

Source: AWS CloudTrail User Guide, "How CloudTrail works" (files come about five minutes after the call, on average) and
cloudtrail-log-file-validation-digest-file-structure (a digest every hour, also where there is no log file).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from iam_guardrails.model.trail.answer import Coverage
from iam_guardrails.model.trail.window import Window

if TYPE_CHECKING:
    from iam_guardrails.model.trail.facts import DayFacts

DAY = timedelta(days=1)


class Seen:
    """Facts on their way, with the days on which the account did anything, and when it last did (`newest`).

    coverage: what the facts rest on; of Athena's table it tells more days than they do, or they tell none.
    """

    def __init__(self, account_id: str, coverage: Coverage) -> None:
        self._mark = f":{account_id}:"
        self.account_id = account_id
        self._is_told = not coverage.is_unasked
        active = (coverage.active or {}).get(account_id, {})
        self.days = {date.fromisoformat(day) for day in active}
        self.newest = datetime.fromtimestamp(max(active.values()), UTC) if active else None

    def pass_on(self, facts: Iterable[tuple[str, DayFacts]]) -> Iterator[tuple[str, DayFacts]]:
        """The same facts."""
        for day, found in facts:
            mine = [uses for who, uses in found.uses.items() if self._mark in who and uses]
            edges = [edge.last for edge in found.edges if edge.account_id == self.account_id]
            if self._is_told and (mine or edges):
                self.days.add(date.fromisoformat(day))
                if self.newest is None or day >= f"{self.newest:%Y-%m-%d}":
                    latest = datetime.fromtimestamp(max([*edges, *(max(uses.values()) for uses in mine)]), UTC)
                    self.newest = max(latest, self.newest or latest)
            yield day, found


def whole_days(since: datetime, until: datetime) -> tuple[date, ...]:
    """The days that lie in a window from their beginning to their end."""
    first = since.date() if since.time() == time.min else since.date() + DAY
    return tuple(first + DAY * number for number in range((until.date() - first).days))


def blind_days(days: Iterable[date], since: datetime, until: datetime) -> frozenset[date]:
    """The whole days of a window on which nothing was seen. days: on which something was."""
    return frozenset(whole_days(since, until)) - frozenset(days)


def missing(coverage: Coverage, account_id: str, blind: Iterable[date]) -> Iterator[str]:
    """What a source that is not empty lacks of an account, a clause each. blind: see blind_days."""
    if coverage.is_of_others(account_id) and not coverage.accounts:
        yield f"LookupEvents gave no record, so that nothing tells whether it was asked in the account {account_id}"
        return
    if coverage.is_of_others(account_id):
        yield f"the source holds nothing of the account {account_id}, only of {', '.join(coverage.accounts)}"
        return
    if days := sorted(blind):
        yield f"the source holds no record of the account on {told_days(days)}"


UNASKED = "Athena was not asked on which days the account did anything"


def empty_days(
    coverage: Coverage, account_id: str, regions: Iterable[str], days: Iterable[date]
) -> Iterator[str]:  # fmt: skip
    """On which of the days some Regions have neither a log file nor a digest, or no record in a log group; a clause for
    Regions alike.

    Regions without any are told by model.incident.reach.file_gaps; of other sources there is nothing.
    """
    wanted = frozenset(f"{day:%Y-%m-%d}" for day in days)
    alike: dict[frozenset[str], list[str]] = {}
    for region in dict.fromkeys(regions):
        there = coverage.days.get((account_id, region))
        if there is not None and (lacking := wanted - there):
            alike.setdefault(lacking, []).append(region)
    for lacking, names in alike.items():
        told = told_days(sorted(date.fromisoformat(text) for text in lacking))
        yield f"{coverage.lacks} {', '.join(names)} on {told}"


def without_files(days: Sequence[str], window: Window, what: str = "file") -> Iterator[str]:
    """A sentence about the whole days of a window of which a source has no file. days: of its files, sorted.
    what: a noun, for what else it has of days.

    Without a beginning or an end the window goes from the first file's day, or to the last one's.
    """
    seen = []
    for day in days:
        with suppress(ValueError):  # a name that speaks of the 30th of February
            seen.append(date.fromisoformat(day))
    if not seen:
        return
    since = window.since or datetime.combine(seen[0], time.min, UTC)
    until = window.until or datetime.combine(seen[-1], time.min, UTC)
    if blind := blind_days(seen, since, until):
        yield f"there is no {what} of {told_days(sorted(blind))}"


def days_of(places: Iterable[tuple[str, str, str]]) -> Mapping[tuple[str, str], frozenset[str]]:
    """(account, Region) -> days, of (account, Region, day)."""
    found: dict[tuple[str, str], set[str]] = {}
    for account_id, region, day in places:
        found.setdefault((account_id, region), set()).add(day)
    return {place: frozenset(days) for place, days in found.items()}


def told_days(days: list[date]) -> str:
    """Days in a sentence, those that follow one another as a span; days: sorted, at least one."""
    spans = [[days[0], days[0]]]
    for before, day in pairwise(days):
        if day - before == DAY:
            spans[-1][1] = day
        else:
            spans.append([day, day])
    return ", ".join(f"{first:%Y-%m-%d}" + (f" to {last:%Y-%m-%d}" if last > first else "") for first, last in spans)
