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
from iam_guardrails.model.trail.window import MOST_TOLD, Window

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


def silent(coverage: Coverage, source: str, window: Window) -> tuple[str, ...]:
    """That LookupEvents gave no record of a window that somebody asked for, a sentence; of other sources nothing.

    An account in use has some management event, so that none is rather a mistake in what is asked than a quiet time.
    Nothing tells them apart, however short the window is. source: as `lookup:REGION,…`.
    """
    if coverage.by_trail or coverage.events or coverage.unreadable:
        return ()
    regions = ", ".join(dict.fromkeys(text.strip() for text in source.partition(":")[2].split(",")))
    return (
        f"LookupEvents gave no record at all in {regions} of {window}, so that nothing was found says nothing: the"
        " credentials may be another account's, the Region another one, or a time mistyped; ask for a longer window to"
        " see that there are records",
    )


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


def absent(
    coverage: Coverage, window: Window, owners: Iterable[str] = ()
) -> tuple[tuple[str, ...], tuple[str, ...]]:  # fmt: skip
    """What is not judged, and what is told, of accounts that have files or digests but none on days of a window, or no
    record in a log group: sentences. owners: the accounts that a question is about, where it is about some; no other
    counts then, and each of their days does.

    CloudTrail delivers a digest every hour also where there is no log file, so a day between an account's digests that
    has nothing lacks what there was. Else it may be a quiet day, or one on which the account was not there yet or no
    longer. Days of which no account has anything are told by without_files.
    """
    held, digests, needed = _by_account(coverage.days), _by_account(coverage.digests), frozenset(owners)
    if not held:
        return (), ()
    anyone = frozenset[date]().union(*held.values())
    asked, last = _days_asked(window, anyone), max(anyone)
    broken: dict[tuple[date, ...], list[str]] = {}
    quiet: dict[tuple[date, ...], list[str]] = {}
    for account_id in sorted(needed & held.keys() if needed else held):
        mine, told = held[account_id], digests.get(account_id, frozenset())
        blind = [day for day in asked if day not in mine and (window.since or day > min(mine))]
        lacking = [day for day in blind if needed or (told and min(told) < day < max(told) and day < last)]
        if lacking:
            broken.setdefault(tuple(lacking), []).append(account_id)
        if rest := [day for day in blind if day in anyone and day not in lacking]:
            quiet.setdefault(tuple(rest), []).append(account_id)
    why = "" if needed else ", although there are digests of days before and after"
    what = "file and no digest" if coverage.unit == "file" and not coverage.queries else "record"
    notes = [f"there is no {what} of {', '.join(mine)} on {told_days(list(days))}, and nothing tells whether nothing"
             " was done there" for days, mine in quiet.items()]  # fmt: skip
    if more := sum(map(len, [*quiet.values()][MOST_TOLD:])):
        notes = [*notes[:MOST_TOLD], f"{more} accounts more have days without any"]
    return tuple(f"{coverage.lacks} {', '.join(mine)} on {told_days(list(days))}{why}"
                 for days, mine in broken.items()), tuple(notes)  # fmt: skip


def _by_account(days: Mapping[tuple[str, str], frozenset[str]]) -> dict[str, frozenset[date]]:
    """Account -> the days on which it has something in any Region."""
    found: dict[str, set[date]] = {}
    for (account_id, _), those in days.items():
        for day in those:
            with suppress(ValueError):  # a folder that speaks of the 30th of February
                at = date.fromisoformat(day)
                found.setdefault(account_id, set()).add(at)
    return {account_id: frozenset(those) for account_id, those in found.items()}


def _days_asked(window: Window, there: frozenset[date]) -> list[date]:
    """The days of a window, sorted; of those that it cuts, and where it has no end, those before the newest there."""
    last = max(there)
    since = window.since.date() if window.since else min(there)
    until = window.until.date() if window.until else last
    found = []
    for number in range((until - since).days + 1):
        day = since + DAY * number
        covers = window.covers(f"{day:%Y-%m-%d}")
        if covers is not False and (day < last or (covers and window.until)):
            found.append(day)
    return found


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
