"""breakglass reconcile: CloudTrail against the records of incidents and drills, both ways."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta

from iam_guardrails.journeys.trail_ask import NO_FILE, Engine
from iam_guardrails.model.drill import DrillRecord
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.finding import NotJudged, Verdict, Waiver
from iam_guardrails.model.incident.against import DELIVERY, Against, BrokenRecord, told
from iam_guardrails.model.incident.incident import Incident
from iam_guardrails.model.incident.joining import LONGEST, joined
from iam_guardrails.model.incident.placing import UNDECLARED
from iam_guardrails.model.incident.recorded import Roles, recorded
from iam_guardrails.model.incident.use import Uses
from iam_guardrails.model.trail.answer import Coverage
from iam_guardrails.model.trail.facts import DayFacts
from iam_guardrails.model.trail.window import Window
from iam_guardrails.model.value import changed, field, frozen
from iam_guardrails.rules.reconcile import FAMILY, OF_RECORDS, judge_reconcile
from iam_guardrails.rules.waivers import apply_waivers, replaced
from iam_guardrails.rules.waivers import told as told_of

MOST_BACK = timedelta(days=90)
"""How far before the window an incident that reaches into it is followed: CloudTrail's own history is no longer."""
MOST_HOPS = 8
QUESTION = "breakglass-session"
"""The question whose records are needed, for an engine that answers one question only."""
NO_ROLE = "guardrails.toml names no break-glass role (breakglass.role_names), so no use of one was looked for"
Open = Callable[[Roles], tuple[Engine, str]]


@frozen
class Records:
    """What the records folders hold. elsewhere: incident id -> environment, of the other environments."""

    incidents: tuple[Incident, ...]
    broken: tuple[BrokenRecord, ...] = ()
    drills: tuple[DrillRecord, ...] = ()
    elsewhere: Mapping[str, str] = field(default_factory=dict)


def reconcile(open_engine: Open, expected: Expected, records: Records, window: Window, now: datetime) -> Verdict:
    """Judge one environment. window: both ends given.  open_engine: an engine that keeps everything of some roles.

    Raises Problem where the source cannot be read at all.
    """
    roles = frozenset((expected.account_id, name) for name in expected.role_names)
    if not roles:
        return Verdict(not_judged=(NotJudged(UNDECLARED, f"account {expected.account_id}", NO_ROLE),))
    assert window.since and window.until
    bare = Against(
        expected.environment, expected.account_id, window.since, window.until, now, window.since, now,
        incidents=records.incidents, broken=records.broken, drills=records.drills, elsewhere=records.elsewhere,
        people=(*expected.people, *(expected.identity_center.users if expected.identity_center else ())),
    )  # fmt: skip
    read_from = _read_from(bare)
    seen, uses, coverage, source = _read(open_engine, roles, Window(read_from, window.until), expected.account_id)
    kept = not (coverage.unit != "file" or coverage.queries)
    against = changed(
        bare, uses=uses.uses, refused=uses.refused, read_from=read_from, seen_until=_seen_until(kept, seen, now),
        blind=_blind(seen, window.since, min(window.until, now - DELIVERY)) if kept else frozenset(),
    )  # fmt: skip
    verdict = judge_reconcile(against)
    unsure = [NotJudged(UNDECLARED, source, why) for why in _doubts(against, coverage, source, expected)]
    unsure += [NotJudged("reconcile-outside-purpose", source, why) for why in _beyond(uses, coverage, expected)]
    clean = tuple(item for item in verdict.clean if not unsure or item.rule in OF_RECORDS)
    notes = (*verdict.notes, *_reach(against, kept, seen), *coverage.notes, *told_of(expected))
    verdict = replaced(verdict, not_judged=(*verdict.not_judged, *unsure), clean=clean, notes=notes)
    return apply_waivers(verdict, _own(expected), now.date(), "reconcile")


def _own(expected: Expected) -> list[Waiver]:
    return [item for item in expected.waivers if item.rule.startswith(FAMILY)]


def _read_from(against: Against) -> datetime:
    """Since when uses are read: what an incident of the window covers, and a session before it."""
    first = min((item.opened_at for item in against.incidents_in_window()), default=against.since)
    return max(min(first, against.since), against.since - MOST_BACK) - LONGEST


class _Seen:
    """Facts on their way, with the days on which the account did anything, and when it last did."""

    def __init__(self, account_id: str) -> None:
        self._mark = f":{account_id}:"
        self._account_id = account_id
        self.days: set[date] = set()
        self.newest: datetime | None = None

    def pass_on(self, facts: Iterable[tuple[str, DayFacts]]) -> Iterator[tuple[str, DayFacts]]:
        for day, found in facts:
            times = [last for who, uses in found.uses.items() if self._mark in who for last in uses.values()]
            times += [edge.last for edge in found.edges if edge.account_id == self._account_id]
            if times:
                latest = datetime.fromtimestamp(max(times), UTC)
                self.newest = max(latest, self.newest or latest)
                self.days.add(latest.date())
            yield day, found


def _read(open_engine: Open, roles: Roles, window: Window, account_id: str) -> tuple[_Seen, Uses, Coverage, str]:
    """The uses of the roles, and of every role that their sessions went on to, read again until none is new."""
    targets = roles
    for _ in range(MOST_HOPS):
        engine, source = open_engine(targets)
        answerable = engine.ask(window)
        seen = _Seen(account_id)
        uses = joined(recorded(seen.pass_on(answerable.facts), roles), roles)
        if uses.led_to <= targets:
            break
        targets = targets | uses.led_to
    return seen, uses, answerable.coverage, source


def _seen_until(kept: bool, seen: _Seen, now: datetime) -> datetime:
    """Up to when the source holds everything: files end with the newest record, AWS's own answers just before now."""
    if not kept:
        return now - DELIVERY
    return min(seen.newest, now - DELIVERY) if seen.newest else datetime.min.replace(tzinfo=UTC)


def _blind(seen: _Seen, since: datetime, until: datetime) -> frozenset[date]:
    """The whole days of the window, over by now, of which files hold nothing of the account."""
    first = since.date() if since == datetime.combine(since.date(), datetime.min.time(), UTC) else None
    days = (until.date() - since.date()).days
    start = since.date() if first else since.date() + timedelta(days=1)
    listed = {start + timedelta(days=number) for number in range(days)}
    return frozenset(day for day in listed - seen.days if day < until.date())


def _doubts(against: Against, coverage: Coverage, source: str, expected: Expected) -> Iterator[str]:
    """Why what was not found may still have been."""
    if coverage.is_empty:
        yield NO_FILE
        return
    if coverage.accounts and against.account_id not in coverage.accounts:
        yield f"it holds nothing of the account {against.account_id}, only of {', '.join(coverage.accounts)}"
    elif against.blind:
        days = ", ".join(f"{day:%Y-%m-%d}" for day in sorted(against.blind))
        yield f"it holds no record of the account on {days}: uses on these days are not judged"
    yield from coverage.gaps
    for item in coverage.unreadable:
        yield f"{item.key}{f', {item.record}' if item.record else ''} cannot be read: {item.reason}"
    if source.startswith("lookup:"):
        lacking = {expected.home_region, expected.second_region} - set(source.removeprefix("lookup:").split(","))
        if lacking:
            yield f"it leaves out {', '.join(sorted(lacking))}, where an entry may be recorded"


def _beyond(uses: Uses, coverage: Coverage, expected: Expected) -> Iterator[str]:
    """Where sessions went that the source does not hold."""
    here = {*coverage.accounts, expected.account_id}
    for account_id, name in sorted(uses.led_to):
        if account_id not in here:
            yield (f"a session went on to the role {name} of the account {account_id}, of which the source holds"
                   " nothing: what was done there is not judged")  # fmt: skip


def _reach(against: Against, kept: bool, seen: _Seen) -> Iterator[str]:
    yield f"uses from {told(against.since)} to {told(min(against.until, against.seen_until))}"
    if kept and seen.newest and against.until >= against.now - DELIVERY:
        yield f"the newest record of the account is of {told(seen.newest)}: what came later is not in the source"
