"""What a review asks of CloudTrail, with what the source does not hold of the account, the Regions and the days.

Where an event is recorded: IAM's, root's sign-in's and the global STS endpoint's in one Region of the partition
(model.trail.regions.global_region); a Regional STS endpoint's and a secret's in their own (AWS CloudTrail User Guide,
"How CloudTrail works"; AWS IAM User Guide, cloudtrail-integration).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from iam_guardrails.journeys.trail_ask import Engine, ask
from iam_guardrails.model.iam.trust import account_of
from iam_guardrails.model.incident.against import DELIVERY
from iam_guardrails.model.incident.reach import LOOKUP, Reach, file_gaps, lookup_gaps
from iam_guardrails.model.trail.answer import Answer, Answerable, Coverage
from iam_guardrails.model.trail.holding import UNASKED, Seen, empty_days, missing, whole_days
from iam_guardrails.model.trail.object_keys import parse_key
from iam_guardrails.model.trail.questions.all import Question
from iam_guardrails.model.trail.questions.rows import SecretRead, Unusual
from iam_guardrails.model.trail.regions import global_region, partition_of
from iam_guardrails.model.trail.window import Window
from iam_guardrails.model.value import changed, frozen
from iam_guardrails.rules.review.assumptions import BASELINE_DAYS, seen_id
from iam_guardrails.rules.review.trusting import account_in

BASELINE = timedelta(days=BASELINE_DAYS)
"""How long before the window it is looked who did something usually."""
SECOND = timedelta(seconds=1)


@frozen
class Asker:
    """Of what account a review asks, and when.

    reach: the Regions of the account.  secret_regions: those of its secrets.  roles: (account, name) of the break-glass
    roles.  unsettled: ids of items that a signed review did not keep (model.review.latest).
    """

    account_id: str
    home_region: str
    reach: Reach
    secret_regions: tuple[str, ...]
    roles: frozenset[tuple[str, str]]
    now: datetime
    unsettled: frozenset[str] = frozenset()

    def never_usual(self, role: str, principal: str) -> bool:
        """Whether a signed review decided to remove an assumption of a role, or to accept it for a while."""
        return seen_id(role, principal) in self.unsettled

    def regions(self, question: str) -> Reach:
        """In which Regions that is recorded which a question is about."""
        if question == "iam-changes":
            return Reach((global_region(partition_of(self.home_region)),))
        if question == "secret-reads":
            return Reach(self.secret_regions or (self.home_region,))
        return Reach(tuple(dict.fromkeys((self.home_region, *self.reach.regions))), self.reach.why)


def ask_wholly(question: Question, engine: Engine, source: str, window: Window, asker: Asker) -> Answer:
    """The answer to a question; what the source lacks stands in its `not_judged`. window: both ends given.

    Raises Problem where the source cannot be read at all.
    """
    watched = _Watched(engine, asker.account_id)
    found = ask(question, watched, source, window, baseline=BASELINE, roles=asker.roles,
                never_usual=asker.never_usual, any_account=False)  # fmt: skip
    found = changed(found, rows=tuple(row for row in found.rows if _is_of(asker.account_id, row)))
    open_points = [*found.not_judged]
    for number, (asked, coverage, seen) in enumerate(reversed(watched.asked)):
        told = "in the time before the window, " if number else ""
        reach = asker.regions(question.name)
        open_points += (f"{told}{gap}" for gap in lacking(asked, coverage, seen, source, reach, asker.now))
    _, coverage, seen = watched.asked[-1]
    ends = _seen_until(window, coverage, seen, source, asker.now)
    first = _first_gap(window, coverage, seen, source, question.name, asker)
    return changed(found, not_judged=tuple(dict.fromkeys(open_points)),
                   seen_until=min(ends, first) if first else ends)  # fmt: skip


def _is_of(account_id: str, row: Any) -> bool:
    """Whether a row is about an account: the trail of an organisation holds what was done in others, too.

    It is where the account has the record of it; an assumption where the role or who assumed it is the account's; and a
    read of its secret, which a caller of another account names by its ARN, wherever it was recorded.
    """
    if isinstance(row, Unusual):
        named = {account_of(row.role), account_in(row.principal)} - {""}
        return not named or account_id in named
    if isinstance(row, SecretRead) and account_of(row.secret) == account_id:
        return True
    return getattr(row, "account_id", "") in ("", account_id)


class _Watched:
    """An engine, with what it held of an account for each window that it was asked for."""

    def __init__(self, engine: Engine, account_id: str) -> None:
        self._engine, self._account_id = engine, account_id
        self.asked: list[tuple[Window, Coverage, Seen]] = []

    def ask(self, window: Window) -> Answerable:
        """See journeys.trail_ask.Engine."""
        found = self._engine.ask(window)
        seen = Seen(self._account_id, found.coverage)
        self.asked.append((window, found.coverage, seen))
        return Answerable(seen.pass_on(found.facts), found.coverage)


def lacking(
    window: Window, coverage: Coverage, seen: Seen, source: str, reach: Reach, now: datetime
) -> Iterator[str]:  # fmt: skip
    """What the source lacks of an account in a window, a clause each; of one that holds nothing at all `ask` tells.

    seen: after all facts went through it.  reach: the Regions that count.
    """
    assert window.since and window.until
    if coverage.is_empty:
        return
    days = whole_days(window.since, min(window.until, now - DELIVERY))
    blind = frozenset() if _is_whole(coverage, source) else frozenset(days) - seen.days
    yield from missing(coverage, seen.account_id, blind)
    if coverage.is_unasked:
        yield UNASKED
    if coverage.is_of_others(seen.account_id):
        return
    yield from lacking_regions(coverage, seen.account_id, source, reach)
    yield from empty_days(coverage, seen.account_id, reach.regions, sorted({*days} - blind))


def lacking_regions(coverage: Coverage, account_id: str, source: str, reach: Reach) -> tuple[str, ...]:
    """The Regions that count and of which the source holds nothing, a clause each."""
    return (*lookup_gaps(source, reach), *file_gaps(coverage, account_id, reach))


def _first_gap(
    window: Window, coverage: Coverage, seen: Seen, source: str, question: str, asker: Asker
) -> datetime | None:  # fmt: skip
    """From when on the source lacks a Region, a day or a file, None for nowhere: where the next review has to begin.

    A day of which each Region has a file or a digest lacks nothing, whatever the account did on it.
    """
    assert window.since and window.until
    reach = asker.regions(question)
    if coverage.is_of_others(asker.account_id) or lacking_regions(coverage, asker.account_id, source, reach):
        return window.since
    days = {f"{day:%Y-%m-%d}" for day in whole_days(window.since, min(window.until, asker.now - DELIVERY))}
    held = [there for name in reach.regions if (there := coverage.days.get((asker.account_id, name))) is not None]
    if held:
        lacking = days - frozenset.intersection(*held)
    else:
        lacking = set() if _is_whole(coverage, source) else days - {f"{day:%Y-%m-%d}" for day in seen.days}
    lacking |= {key.day for one in coverage.unreadable if (key := parse_key(one.key))} | coverage.gap_days
    if not lacking:
        return None
    return max(window.since, datetime.fromisoformat(f"{min(lacking)}T00:00:00+00:00") - DELIVERY)


def _seen_until(window: Window, coverage: Coverage, seen: Seen, source: str, now: datetime) -> datetime:
    """Up to when the source holds what was done: files and a log group end with the newest record of the account."""
    assert window.since and window.until
    if _is_whole(coverage, source):
        return max(window.since, min(window.until, now - DELIVERY))
    return min(window.until, seen.newest + SECOND) if seen.newest else window.since


def _is_whole(coverage: Coverage, source: str) -> bool:
    """Whether an empty day may be one on which nothing was done: of AWS's own history it is, and of Athena's table
    nobody knows where it was not asked for the days."""
    return source.startswith(LOOKUP) or coverage.is_unasked


def secret_regions(arns: Iterable[str]) -> tuple[str, ...]:
    """The Regions of secrets, by their ARNs."""
    return tuple(sorted({arn.split(":")[3] for arn in arns if arn.count(":") > 3}))
