"""breakglass reconcile: CloudTrail against the records of incidents and drills, both ways."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from iam_guardrails.journeys.trail_ask import NO_FILE, Engine
from iam_guardrails.model.drill import DrillRecord
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.finding import NotJudged, Verdict, Waiver
from iam_guardrails.model.incident.against import DELIVERY, Against, BrokenRecord, told
from iam_guardrails.model.incident.incident import Incident
from iam_guardrails.model.incident.joining import LONGEST, joined
from iam_guardrails.model.incident.lent_told import unfollowed
from iam_guardrails.model.incident.placing import UNDECLARED
from iam_guardrails.model.incident.reach import NOWHERE, Reach, account_gaps, beyond, file_gaps, lookup_gaps
from iam_guardrails.model.incident.recorded import Roles, recorded
from iam_guardrails.model.incident.silent import Silence, silences
from iam_guardrails.model.incident.use import Use, Uses
from iam_guardrails.model.trail.answer import Coverage
from iam_guardrails.model.trail.holding import UNASKED, Seen, blind_days, empty_days, missing, whole_days
from iam_guardrails.model.trail.questions.doubts import Doubts
from iam_guardrails.model.trail.window import Window
from iam_guardrails.model.value import changed, field, frozen
from iam_guardrails.rules.reconcile import FAMILY, OF_RECORDS, judge_reconcile
from iam_guardrails.rules.reconcile_uses import of_incidents
from iam_guardrails.rules.waivers import apply_waivers, replaced
from iam_guardrails.rules.waivers import told as told_of

MOST_BACK = timedelta(days=90)
"""How far before the window an incident that reaches into it is followed: CloudTrail's own history is no longer."""
MOST_HOPS = 8
OUTSIDE = "reconcile-outside-purpose"
QUESTION = "breakglass-session"
"""The question whose records are needed, for an engine that answers one question only."""
NO_ROLE = "guardrails.toml names no break-glass role (breakglass.role_names), so no use of one was looked for"
Open = Callable[[Roles], tuple[Engine, str]]


@frozen
class Records:
    """What the records folders hold. elsewhere: incident id -> environment, of the other environments.
    unread: why some records could not be read, or ""."""

    incidents: tuple[Incident, ...]
    broken: tuple[BrokenRecord, ...] = ()
    drills: tuple[DrillRecord, ...] = ()
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    unread: str = ""


def reconcile(
    open_engine: Open, expected: Expected, records: Records, window: Window, now: datetime, reach: Reach = NOWHERE
) -> Verdict:  # fmt: skip
    """Judge one environment. window: both ends given.  open_engine: an engine that keeps everything of some roles.

    reach: the Regions in which a use may have left records; the home and the second Region in any case.  Raises Problem
    where the source cannot be read at all.
    """
    return reconciled(open_engine, expected, records, window, now, reach)[0]


def reconciled(
    open_engine: Open, expected: Expected, records: Records, window: Window, now: datetime, reach: Reach = NOWHERE
) -> tuple[Verdict, Mapping[str, str]]:  # fmt: skip
    """As reconcile, with the calls that an incident explains: event id -> the incident's id."""
    roles = frozenset((expected.account_id, name) for name in expected.role_names)
    if not roles:
        return Verdict(not_judged=(NotJudged(UNDECLARED, f"account {expected.account_id}", NO_ROLE),)), {}
    against = _records_side(expected, records, window, now)
    read = _read(open_engine, roles, Window(against.read_from, window.until), expected.account_id, records.incidents)
    against = changed(
        against, uses=read.uses.uses, refused=read.uses.refused, seen_until=_seen_until(read, now),
        blind=_blind(read, against.since, min(against.until, now - DELIVERY)),
    )  # fmt: skip
    verdict = judge_reconcile(against)
    unsure = [NotJudged(UNDECLARED, read.source, why) for why in _doubts(against, read, _whole(reach, expected))]
    unsure += [NotJudged(UNDECLARED, "records", records.unread)] if records.unread else []
    unsure += [NotJudged(OUTSIDE, read.source, why) for why in _beyond(read, expected)]
    undeclared, lent = _unfollowed(against, read)
    unsure += [NotJudged(OUTSIDE, read.source, why) for why in undeclared]
    clean = tuple(item for item in verdict.clean if not unsure or item.rule in OF_RECORDS)
    notes = (
        *verdict.notes,
        *lent,
        *_reach(against, read, bool(unsure)),
        *read.coverage.notes,
        *read.doubts.notes(),
        *told_of(expected),
    )
    verdict = replaced(verdict, not_judged=(*verdict.not_judged, *unsure), clean=clean, notes=notes)
    return apply_waivers(verdict, _own(expected), now.date(), "reconcile"), of_incidents(against)


def _records_side(expected: Expected, records: Records, window: Window, now: datetime) -> Against:
    """The records, the window and since when uses are to be read; no uses yet."""
    assert window.since and window.until
    bare = Against(
        expected.environment, expected.account_id, window.since, window.until, now, window.since, now,
        incidents=records.incidents, broken=records.broken, drills=records.drills, elsewhere=records.elsewhere,
        people=(*expected.people, *(expected.identity_center.users if expected.identity_center else ())),
    )  # fmt: skip
    first = min((item.opened_at for item in bare.incidents_in_window()), default=bare.since)
    return changed(bare, read_from=max(min(first, bare.since), bare.since - MOST_BACK) - LONGEST)


def _own(expected: Expected) -> list[Waiver]:
    return [item for item in expected.waivers if item.rule.startswith(FAMILY)]


@frozen
class _Reading:
    """What was read. further: roles that sessions went on to and that were not followed.

    silent: when a trail recorded nothing, or less.  lent: uses with whom they gave rights or code (unfollowed).
    doubts: about the records.
    """

    seen: Seen
    uses: Uses
    coverage: Coverage
    source: str
    further: Roles
    silent: tuple[Silence, ...] = ()
    lent: tuple[tuple[Use, str], ...] = ()
    doubts: Doubts = field(default_factory=Doubts)

    @property
    def of_trail(self) -> bool:
        """Whether it comes from files or a log group, of which some may be missing, or which may have fallen silent;
        AWS's own answers are whole up to just now.

        Athena reads files, too; on which days there are records of the account is known where it was asked.
        """
        return self.coverage.by_trail and not self.coverage.is_unasked


def _read(
    open_engine: Open, roles: Roles, window: Window, account_id: str, incidents: Sequence[Incident]
) -> _Reading:  # fmt: skip
    """The uses of the roles, and of roles and users that their sessions went on to, read again until none is new."""
    targets = roles
    for hop in range(MOST_HOPS):
        engine, source = open_engine(targets)
        answerable = engine.ask(window)
        seen = Seen(account_id, answerable.coverage)
        found = recorded(seen.pass_on(answerable.facts), roles)
        uses = joined(found, roles, incidents)
        if uses.led_to <= targets or hop == MOST_HOPS - 1:
            break
        targets = targets | uses.led_to
    silent = silences(found.records) if answerable.coverage.by_trail else ()
    lent = tuple(unfollowed(uses.uses, found.records, roles))
    return _Reading(seen, uses, answerable.coverage, source, uses.led_to - targets, silent, lent, found.doubts)


def _seen_until(read: _Reading, now: datetime) -> datetime:
    """Up to when the source holds everything: files and a log group end with the newest record."""
    newest, nothing = read.seen.newest, datetime.min.replace(tzinfo=UTC)
    if read.coverage.is_of_others(read.seen.account_id):
        return nothing
    if not read.of_trail:
        return now - DELIVERY
    return min(newest, now - DELIVERY) if newest else nothing


def _blind(read: _Reading, since: datetime, until: datetime) -> frozenset[date]:
    """The whole days of the window, over by now, of which files or a log group hold nothing of the account."""
    return blind_days(read.seen.days, since, until) if read.of_trail else frozenset()


def _whole(reach: Reach, expected: Expected) -> Reach:
    return changed(reach, regions=(expected.home_region, expected.second_region, *reach.regions))


def _doubts(against: Against, read: _Reading, reach: Reach) -> Iterator[str]:
    """Why what was not found may still have been. reach: where uses may have left records."""
    coverage, source = read.coverage, read.source
    if coverage.is_empty:
        yield NO_FILE
        return
    for gap in missing(coverage, against.account_id, against.blind):
        yield f"{gap}: uses of that time are not judged"
    if coverage.is_unasked:
        yield f"{UNASKED}: uses of days of which the table holds nothing are not judged"
    if coverage.is_of_others(against.account_id):
        return
    yield from coverage.gaps
    yield from read.doubts.open_points()
    yield from read.uses.doubts
    for silence in read.silent:
        if silence.until is None or silence.until >= against.since.timestamp():
            yield f"{silence.told}: uses at that time are not judged"
    for item in coverage.unreadable:
        yield f"{item.key}{f', {item.record}' if item.record else ''} cannot be read: {item.reason}"
    days = whole_days(against.since, min(against.until, against.now - DELIVERY))
    empty = empty_days(coverage, against.account_id, reach.regions, sorted({*days} - against.blind))
    for gap in (*lookup_gaps(source, reach), *file_gaps(coverage, against.account_id, reach), *empty):
        yield f"{gap}: uses that are recorded there are not judged"


def _beyond(read: _Reading, expected: Expected) -> Iterator[str]:
    """Where sessions went that was not read."""
    here = {*read.coverage.accounts, expected.account_id}
    yield from account_gaps(read.uses.led_to, here)
    for subject in sorted(read.further):
        if subject[0] in here:
            yield f"{beyond(subject)}, after more than {MOST_HOPS} others: what was done there is not judged"


def _unfollowed(against: Against, read: _Reading) -> tuple[list[str], list[str]]:
    """Of uses that no incident declares, and of the others, whom they gave rights or code; sentences."""
    undeclared, declared = list[str](), list[str]()
    for use, who in read.lent:
        if use not in against.uses_in_window():
            continue
        what = f"here nothing follows what those did {who}"
        incident = against.incident(use.entry.source_identity)
        if incident is None:
            undeclared.append(f"the use of {told(use.entry.at)}: {what}")
        else:
            declared.append(f"{incident.id}: {what}; `guardrails breakglass close` does")
    return undeclared, declared


def _reach(against: Against, read: _Reading, unsure: bool) -> Iterator[str]:
    until = min(against.until, against.seen_until)
    if until <= against.since:
        yield "the source holds no record of the account within the window, so that nothing is judged by it"
        return
    but = ", but for what is not judged" if unsure else ""
    yield f"the source is taken to hold every use from {told(against.since)} to {told(until)}{but}"
    newest = read.seen.newest
    if read.of_trail and newest and against.until >= against.now - DELIVERY:
        yield f"the newest record of the account is of {told(newest)}: what came later is not in the source"
