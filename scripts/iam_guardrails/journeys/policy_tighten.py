"""policy tighten: what roles used, from CloudTrail, against what their policies allow; the review calls it too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time

from iam_guardrails.adapters.terraform_source.patch import Root, patch_for
from iam_guardrails.journeys.review_trail import lacking, lacking_regions
from iam_guardrails.journeys.trail_ask import NO_FILE, Engine
from iam_guardrails.model.iam.principals import Estate
from iam_guardrails.model.iam.tightening.evidence import LastAccessed
from iam_guardrails.model.iam.tightening.evidence import Window as Days
from iam_guardrails.model.iam.tightening.narrow import Pins
from iam_guardrails.model.iam.tightening.observed import gather
from iam_guardrails.model.iam.tightening.outcome import Outcome, left_alone, tighten
from iam_guardrails.model.iam.tightening.patches import Patches
from iam_guardrails.model.iam.tightening.span import cut, spanned
from iam_guardrails.model.iam.tightening.subjects import shared_with
from iam_guardrails.model.iam.tightening.use import Asked
from iam_guardrails.model.incident.reach import LOOKUP, Reach
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.trail.answer import Coverage
from iam_guardrails.model.trail.holding import Seen, missing
from iam_guardrails.model.trail.principal import role_name
from iam_guardrails.model.trail.regions import partition_of, regions_of
from iam_guardrails.model.trail.window import Window
from iam_guardrails.model.value import changed, field, frozen

Progress = Callable[[str], None]
Roles = frozenset[tuple[str, str]]


@frozen
class Request:
    """What is asked for: see outcome.Asked. names: of roles, () for all.  breakglass: ARNs.

    reach: the Regions in which the roles may have acted; None where nobody knows, then those that are on by default.
    """

    window: Window
    now: datetime
    names: tuple[str, ...] = ()
    breakglass: frozenset[str] = frozenset()
    last_accessed: Mapping[str, LastAccessed] = field(default_factory=dict)
    recorded: frozenset[str] = frozenset()
    aggressive: bool = False
    root: Root | None = None
    reach: Reach | None = None


@frozen
class Tightened:
    """source: what was asked.  patches: None without a Terraform root to look at."""

    outcome: Outcome
    source: str
    patches: Patches | None = None


def tighten_policies(
    estate: Estate, open_engine: Callable[[Roles], tuple[Engine, str]], request: Request, progress: Progress
) -> Tightened:
    """Read what the roles did, and propose. open_engine: gives the facts of a window, and keeps all of the roles'; and
    the source.

    Raises Problem where the source cannot be read, holds nothing of the window or of the account, or a role is not in
    the account.
    """
    days = _days(request)
    chosen = _chosen(estate, request.names)
    first = Asked(chosen, days, request.breakglass, request.last_accessed, request.recorded, request.aggressive)
    never = {arn for arn, item in left_alone(estate, first).items() if item.judged}
    watched = {role_name(arn): arn for arn in sorted(shared_with(estate, chosen - never))}
    engine, source = open_engine(frozenset(watched))
    found = engine.ask(request.window)
    seen = Seen(estate.account_id, found.coverage)
    gathered = gather(seen.pass_on(found.facts), watched)
    if found.coverage.is_empty or not seen.days:
        other = "; ".join(missing(found.coverage, estate.account_id, ())) or NO_FILE
        raise Problem(f"{other}, and no policy is tightened by it")
    lacks = _lacking(found.coverage, seen, source, days, request)
    gaps = [f"{item.key} could not be read: {item.reason}" for item in found.coverage.unreadable]
    gaps += gathered.doubts.open_points()
    known = spanned(changed(days, gaps=(*found.coverage.gaps, *gaps, *lacks)), [_beginning(day) for day in seen.days])
    asked = changed(first, window=known, told=cut(days, known))
    outcome = changed(tighten(estate, asked, gathered, progress=progress), lacking=lacks)
    if request.root is None:
        return Tightened(outcome, source)
    patches = patch_for(outcome, estate, request.root)
    if patches.kept_resources:  # a Resource that is an expression stays, and the rest of its policy is tightened
        pins = {key: Pins(resources=places) for key, places in patches.kept_resources.items()}
        outcome = changed(tighten(estate, asked, gathered, pins, progress), lacking=lacks)
        patches = patch_for(outcome, estate, request.root)
    return Tightened(outcome, source, patches)


def _lacking(coverage: Coverage, seen: Seen, source: str, days: Days, request: Request) -> tuple[str, ...]:
    """What the source lacks of the account, so that what was done there looks unused, a clause each.

    Where nobody told the Regions, single days are not looked at, and folders that do not tell their Region are no gap.
    Raises Problem where the Regions are told, and the source does not hold all of them.
    """
    if request.reach is not None:
        if nowhere := lacking_regions(coverage, seen.account_id, source, request.reach):
            raise Problem(f"{'; '.join(nowhere)}, so that whatever roles do there would look unused")
        window = Window(datetime.fromtimestamp(days.since, UTC), datetime.fromtimestamp(days.until, UTC))
        return tuple(lacking(window, coverage, seen, source, request.reach, request.now))
    partition = partition_of((coverage.regions(seen.account_id) or (source.removeprefix(LOOKUP),))[0])
    usual = Reach(regions_of(partition))
    if coverage.regions(seen.account_id) or coverage.unit == "page":
        return lacking_regions(coverage, seen.account_id, source, usual)
    return ()


def _days(request: Request) -> Days:
    since, until = request.window.since, request.window.until or request.now
    if since is None:
        raise Problem("say with --since from when on the use of the roles counts, e.g. --since 2026-01-31")
    if since >= request.now:
        raise Problem(f"--since {since:%Y-%m-%d} is in the future")
    return Days(int(since.timestamp()), int(min(until, request.now).timestamp()))


def _beginning(day: date) -> int:
    return int(datetime.combine(day, time.min, UTC).timestamp())


def _chosen(estate: Estate, names: tuple[str, ...]) -> frozenset[str]:
    if not names:
        return frozenset(role.arn for role in estate.roles)
    known = {role.name: role.arn for role in estate.roles} | {role.arn: role.arn for role in estate.roles}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise Problem(f"account {estate.account_id} has no role {unknown[0][:200]!r}")
    return frozenset(known[name] for name in names)
