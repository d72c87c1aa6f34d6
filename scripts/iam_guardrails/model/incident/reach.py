"""In which Regions a use may have left records, and which of them a source does not show.

Source: AWS CloudTrail User Guide, "How CloudTrail works" (a record is of the Region in which the call was made, those
of global services are of us-east-1; LookupEvents of one Region holds that Region's events), and
cloudtrail-log-file-validation-digest-file-structure (a digest every hour, also where there is no log file).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date

from iam_guardrails.model.trail.answer import Coverage
from iam_guardrails.model.trail.holding import told_days
from iam_guardrails.model.trail.regions import global_region, has_global_sts, partition_of
from iam_guardrails.model.trail.window import Window
from iam_guardrails.model.value import frozen

LOOKUP = "lookup:"
NOT_ASKED = "Athena's table was not asked about"


@frozen
class Reach:
    """The Regions that count. why: why nobody knows which Regions are enabled, "" where these are all of them."""

    regions: tuple[str, ...]
    why: str = ""

    def lacking(self, there: Iterable[str]) -> str:
        """Those that are not there, with the doubt; "" where all are."""
        shown = set(there)
        found = [region for region in dict.fromkeys(self.regions) if region not in shown]
        doubt = f" (which of them are enabled is not known: {self.why})" if self.why else ""
        return f"{', '.join(found)}{doubt}" if found else ""


NOWHERE = Reach(())


def lookup_of(regions: Iterable[str]) -> str:
    """The source that asks LookupEvents in those Regions."""
    return LOOKUP + ",".join(dict.fromkeys(regions))


def lookup_gaps(source: str, reach: Reach) -> tuple[str, ...]:
    """What LookupEvents of too few Regions cannot show; sentences. Other sources: nothing."""
    if not source.startswith(LOOKUP):
        return ()
    lacking = reach.lacking(text.strip() for text in source.removeprefix(LOOKUP).split(","))
    return (f"LookupEvents was not asked in {lacking}",) if lacking else ()


def global_gaps(coverage: Coverage, source: str, window: Window, owners: Iterable[str] = ()) -> tuple[str, ...]:
    """That a source holds nothing of the Region in which IAM, root's sign-in and global STS are recorded; sentences.

    owners: the accounts that count, all where none is named.
    """
    if source.startswith(LOOKUP):
        region = global_region(partition_of(source.removeprefix(LOOKUP)))
        return tuple(f"{gap}, {_why(region)}" for gap in lookup_gaps(source, Reach((region,))))
    lacking: dict[tuple[str, str], list[str]] = {}
    counting = set(owners)
    for account_id in sorted({owner for owner, _ in coverage.places}):
        if counting and account_id not in counting:
            continue
        here = coverage.regions(account_id)
        region = global_region(partition_of(here[0]))
        if coverage.every_region:
            continue
        if region not in here:
            lacking.setdefault((region, ""), []).append(account_id)
        elif days := _undigested(coverage, account_id, region, window):
            when = f" on {told_days(days)}, although there are digests of other Regions"
            lacking.setdefault((region, when), []).append(account_id)
    return tuple(
        f"{coverage.lacks if coverage.was_asked(region) else NOT_ASKED} {region} of {', '.join(mine)}{when},"
        f" {_why(region)}"
        for (region, when), mine in lacking.items()
    )


def _why(region: str) -> str:
    """What is recorded in the global Region of a partition."""
    if has_global_sts(partition_of(region)):
        return "where the changes of IAM, the sign-ins of root and calls of the global STS endpoint are recorded"
    return "where the changes of IAM and the sign-ins of root are recorded"


def global_notes(coverage: Coverage, window: Window, owners: Iterable[str] = ()) -> tuple[str, ...]:
    """Days on which the Region of `global_gaps` has no file where no digest tells whether that is right; sentences.

    owners: the accounts that count, all where none is named.
    """
    found: dict[tuple[str, str], list[str]] = {}
    counting = set(owners)
    for account_id in sorted({owner for owner, _ in coverage.days}):
        here = coverage.regions(account_id)
        region = global_region(partition_of(here[0])) if here else ""
        if region not in here or (counting and account_id not in counting):
            continue
        told = {day for (owner, _), days in coverage.digests.items() if owner == account_id for day in days}
        files = {place: days - told for place, days in coverage.days.items()}
        if days := _days_without(coverage, account_id, region, window, files):
            found.setdefault((region, told_days(days)), []).append(account_id)
    what = "file" if coverage.unit == "file" and not coverage.queries else "record"
    return tuple(f"there is no {what} of {region} of {', '.join(mine)} on {when}, and without digests nothing tells"
                 " whether nothing was done there" for (region, when), mine in found.items())  # fmt: skip


def _undigested(coverage: Coverage, account_id: str, region: str, window: Window) -> list[date]:
    """The days of a window on which other Regions of the account have digests, and this one has nothing; sorted."""
    return _days_without(coverage, account_id, region, window, coverage.digests)


def _days_without(
    coverage: Coverage, account_id: str, region: str, window: Window,
    elsewhere: Mapping[tuple[str, str], frozenset[str]],
) -> list[date]:  # fmt: skip
    """The days of a window of which `elsewhere` has something of the account, and the Region nothing; sorted.

    Not the newest day, as a Region's digest comes once an hour, nor the first where the window begins before it, as a
    trail begins in the middle of a day.
    """
    mine = {day for (owner, _), days in coverage.days.items() if owner == account_id for day in days}
    others = {day for (owner, _), days in elsewhere.items() if owner == account_id for day in days}
    first, last = min(mine, default=""), max(mine, default="")
    edges = {last} if window.since and f"{window.since:%Y-%m-%d}" >= first else {first, last}
    found = []
    for day in sorted(others - coverage.days.get((account_id, region), frozenset()) - edges):
        with suppress(ValueError):  # a folder that speaks of the 30th of February
            found += [date.fromisoformat(day)] if window.covers(day) is not False else []
    return found


def beyond(subject: tuple[str, str]) -> str:
    """Where a session went that the source does not show; the beginning of a sentence. subject: account and name."""
    account_id, name = subject
    what = name.replace("/", " ") if "/" in name else f"role {name}"
    return f"a session went on to the {what} of the account {account_id}"


def account_gaps(led_to: Iterable[tuple[str, str]], here: Iterable[str]) -> tuple[str, ...]:
    """What was done in accounts of which a source holds nothing; sentences. here: those of which it holds something."""
    known = set(here)
    return tuple(
        f"{beyond(subject)}, of which the source holds nothing: what was done there is not judged"
        for subject in sorted(led_to) if subject[0] not in known
    )  # fmt: skip


def file_regions(coverage: Coverage, account_id: str) -> tuple[str, ...]:
    """Of which Regions there are files of an account, or a log group's records; nothing for other sources."""
    found = () if coverage.queries else coverage.regions(account_id)
    what = "files" if coverage.unit == "file" else "records"
    return (f"there are {what} of {', '.join(found)}, and of no other Region",) if found else ()


def file_gaps(coverage: Coverage, account_id: str, reach: Reach) -> tuple[str, ...]:
    """What files, a log group, or Athena's table, of too few Regions cannot show; sentences. LookupEvents: nothing.

    Where nothing is done there is no log file, but a digest every hour, and it counts (Coverage.places).
    """
    if not coverage.by_trail or coverage.is_empty:
        return ()
    here = coverage.regions(account_id)
    if not here and coverage.unit == "file" and not coverage.queries:
        return (f"the files' folders do not tell of which Regions of {account_id} they are",)
    if not here:
        return (f"{coverage.lacks} the account {account_id}",)
    if coverage.every_region:
        return ()
    asked = [region for region in reach.regions if coverage.was_asked(region)]
    others = [region for region in reach.regions if not coverage.was_asked(region)]
    told = ((coverage.lacks, Reach((*asked,), reach.why)), (NOT_ASKED, Reach((*others,), reach.why)))
    return tuple(f"{what} {lacking}" for what, those in told if (lacking := those.lacking(here)))


def table_gaps(
    coverage: Coverage, owners: Iterable[str] = (), *, of_one_region: bool
) -> tuple[tuple[str, ...], tuple[str, ...]]:  # fmt: skip
    """What is not judged, and what is told, of what Athena's table was made for and of which it holds no record on the
    days of the window; sentences. Other sources: nothing, they do not tell what they should hold.

    owners: the accounts that count, all where none is named; what it holds only of others, model.trail.holding.missing
    tells of them.  of_one_region: whether global_gaps tells of the Region where the most is recorded.
    """
    if not coverage.made_for:
        return (), ()
    counting = sorted(set(owners) or {account_id for account_id, _ in coverage.made_for})
    nothing = [account_id for account_id in counting if account_id not in coverage.accounts]
    if nothing and owners and coverage.accounts:
        nothing = []
    gaps = (f"{coverage.lacks} the account{'s' * (len(nothing) > 1)} {', '.join(nothing)}",) if nothing else ()
    alike: dict[tuple[str, ...], list[str]] = {}
    for account_id in counting:
        here = coverage.regions(account_id)
        known = {*here, global_region(partition_of(here[0]))} if here and of_one_region else {*here}
        lacking = tuple(region for owner, region in coverage.made_for if owner == account_id and region not in known)
        if here and lacking:
            alike.setdefault(lacking, []).append(account_id)
    notes = [f"{coverage.lacks} {', '.join(lacking)} of {', '.join(mine)}, and nothing tells whether nothing was done"
             " there" for lacking, mine in alike.items()]  # fmt: skip
    if coverage.is_unasked and not coverage.days:
        notes.append("on which days of the window Athena's table holds records of an account was not asked")
    return gaps, tuple(notes)
