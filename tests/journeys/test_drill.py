"""A live drill from its first record to its last, with a world and a mailbox of its own; the rule about its age."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from iam_guardrails.adapters import drills
from iam_guardrails.journeys import drill
from iam_guardrails.journeys.drill import first_record, run_live, run_offline
from iam_guardrails.journeys.drill_plan import LivePlan
from iam_guardrails.model.account import Account
from iam_guardrails.model.codec import decode
from iam_guardrails.model.drill import (
    FAILED,
    LIVE,
    NOT_JUDGED,
    OFFLINE,
    PASSED,
    RUNNING,
    DrillRecord,
    EntryRefused,
    Message,
    Watched,
)
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.value import changed

CASES = yaml.safe_load((Path(__file__).parent.parent / "cases" / "rules" / "chain.yaml").read_text())
WHOLE = next(part for part in CASES["_parts"] if isinstance(part, dict) and "event_targets" in part)
ROLE = "arn:aws:iam::333333333333:role/prod-breakglass-admin"
HOME, EAST = (f"arn:aws:sns:{region}:333333333333:prod-security-alerts" for region in ("us-east-2", "us-east-1"))
WEST = HOME.replace("us-east-2", "eu-west-1")
NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
EXPECTED = Expected("333333333333", "us-east-2", role_names=("prod-breakglass-admin",), incident_id_pattern="INC-*")
ASSUMED = Watched("assumed", "us-east-2")
PLAN = LivePlan("prod", "333333333333", ROLE, "us-east-2", (ASSUMED,), ("alarm", "event rule"), (HOME,), "INC-*")


class FakeWorld:
    """An account in which the alarm rings `rings_after` seconds after the entry (None: never)."""

    def __init__(self, rings_after: int | None = 20, refuses: str = "", loud: tuple[str, ...] = ()) -> None:
        self.clock, self.entered_at = NOW, None
        self.rings_after, self.refuses, self.loud = rings_after, refuses, loud
        self.entries: list[tuple[str, str, str]] = []
        self.silent: Problem | None = None

    entered_at: datetime | None
    ringing_in = "us-east-2"

    def enter(self, role_arn: str, incident_id: str, session_name: str) -> str:
        self.entries.append((role_arn, incident_id, session_name))
        if self.refuses:
            raise EntryRefused(self.refuses)
        self.entered_at = self.clock
        return "arn:aws:iam::333333333333:user/breakglass/alex"

    def in_alarm(self, alarms: Iterable[Watched]) -> tuple[Watched, ...]:
        if self.silent:
            raise self.silent
        return tuple(alarm for alarm in alarms if alarm.name in self.loud)

    def rung_since(self, alarms: Iterable[Watched], since: datetime) -> Mapping[Watched, datetime]:
        if self.entered_at is None or self.rings_after is None:
            return {}
        at = self.entered_at + timedelta(seconds=self.rings_after)
        return {alarm: at for alarm in alarms if since <= at <= self.clock and alarm.region == self.ringing_in}

    def now(self) -> datetime:
        return self.clock


class FakeMailbox:
    """Delivers `sent` (seconds after the entry, message); every look takes ten seconds."""

    def __init__(self, world: FakeWorld, sent: list[tuple[int, Message]], left: tuple[str, ...] = ()) -> None:
        self.world, self.sent, self.left = world, list(sent), left
        self.opened: tuple[str, ...] = ()
        self.closed = 0
        self.breaks: dict[str, BaseException] = {}

    def open(self, topic_arns: Iterable[str]) -> None:
        if "open" in self.breaks:
            raise self.breaks["open"]
        self.opened = tuple(topic_arns)

    def messages(self) -> list[Message]:
        if "messages" in self.breaks:
            raise self.breaks["messages"]
        self.world.clock += timedelta(seconds=10)
        assert self.world.entered_at
        passed = (self.world.clock - self.world.entered_at).total_seconds()
        arrived = [message for at, message in self.sent if at <= passed]
        self.sent = [pair for pair in self.sent if pair[0] > passed]
        return arrived

    def close(self) -> tuple[str, ...]:
        self.closed += 1
        return self.left


ALARM_MESSAGE = Message(HOME, '{"AlarmName": "assumed"}', "assumed")
RULE_MESSAGE = Message(HOME, "CRITICAL in prod: … incident INC-DRILL-20261125T090000Z …")
OTHER = Message(HOME, '{"AlarmName": "topic-change"}', "topic-change")


def tried(
    world: FakeWorld, mailbox: FakeMailbox, plan: LivePlan = PLAN, wait: int = 60
) -> tuple[DrillRecord, list[DrillRecord]]:
    saved: list[DrillRecord] = []
    record = first_record(LIVE, "prod", "333333333333", NOW, False, plan)
    return run_live(plan, record, world, mailbox, wait, lambda _: None, saved.append), saved


def test_a_drill_that_passes_measures_both_ways() -> None:
    world = FakeWorld()
    mailbox = FakeMailbox(world, [(10, OTHER), (20, RULE_MESSAGE), (30, ALARM_MESSAGE)])
    record, saved = tried(world, mailbox)
    assert record.outcome == PASSED and record.problems == ()
    assert [(item.name, item.seconds) for item in record.rung] == [("assumed", 20.0)]
    assert {(item.way, item.seconds) for item in record.heard} == {("event rule", 20.0), ("alarm", 30.0)}
    assert world.entries == [(ROLE, "INC-DRILL-20261125T090000Z", "DRILL-20261125T090000Z")]
    assert mailbox.opened == (HOME,) and mailbox.closed == 1
    assert [item.outcome for item in saved] == [RUNNING, PASSED]
    assert record.person.endswith("user/breakglass/alex")


@pytest.mark.parametrize(
    ("world", "sent", "says"),
    [
        (FakeWorld(None), [(20, RULE_MESSAGE)], "the alarm assumed did not come within 60 s"),
        (FakeWorld(), [(20, RULE_MESSAGE)], "the alarm's message did not come within 60 s"),
        (FakeWorld(), [(20, ALARM_MESSAGE)], "the event rule's message did not come within 60 s"),
        (FakeWorld(), [(20, OTHER)], "the alarm's message did not come"),
        (FakeWorld(), [(90, RULE_MESSAGE), (90, ALARM_MESSAGE)], "did not come within 60 s"),
        (FakeWorld(refuses="no MFA (AccessDenied)"), [], "AWS refused the entry: no MFA (AccessDenied)"),
        (FakeWorld(loud=("assumed",)), [], "assumed is in ALARM already"),
    ],
)
def test_a_drill_that_fails_says_what_is_missing(world: FakeWorld, sent: list[tuple[int, Message]], says: str) -> None:
    mailbox = FakeMailbox(world, sent)
    record, saved = tried(world, mailbox)
    assert record.outcome == FAILED
    assert any(says in text for text in record.problems), record.problems
    assert saved[-1] == record
    assert mailbox.closed == (0 if world.loud else 1)


def test_a_broken_chain_is_not_tried() -> None:
    world = FakeWorld()
    plan = changed(PLAN, ways=(), alarms=(), broken=("the chain ends at the alarm x: it has no alarm action",))
    record, _ = tried(world, FakeMailbox(world, []), plan)
    assert record.outcome == FAILED and "the chain ends at the alarm x" in record.problems[1]
    assert world.entries == []


def test_one_way_that_works_does_not_make_up_for_one_that_is_broken() -> None:
    world = FakeWorld()
    plan = changed(PLAN, ways=("event rule",), alarms=(), broken=("by the alarm the chain ends at the alarm x",))
    record, _ = tried(world, FakeMailbox(world, [(10, RULE_MESSAGE)]), plan)
    assert record.outcome == FAILED and record.problems == plan.broken
    assert [item.way for item in record.heard] == ["event rule"]


STOPS = [
    (KeyboardInterrupt(), "the drill was interrupted"),
    (SystemExit(1), "the drill was interrupted"),
    (Problem("sqs:CreateQueue was refused (AccessDenied)"), "sqs:CreateQueue was refused (AccessDenied)"),
    (KeyError("secret"), "a defect in guardrails itself stopped the drill (KeyError)"),
]


@pytest.mark.parametrize("where", ["open", "messages"])
@pytest.mark.parametrize(("error", "says"), STOPS)
def test_whatever_stops_a_drill_its_mailbox_is_removed_and_the_record_says_what(
    error: BaseException, says: str, where: str
) -> None:
    world = FakeWorld()
    mailbox = FakeMailbox(world, [])
    mailbox.breaks[where] = error
    saved: list[DrillRecord] = []
    record = first_record(LIVE, "prod", "333333333333", NOW, False, PLAN)
    with pytest.raises(type(error)):
        run_live(PLAN, record, world, mailbox, 60, lambda _: None, saved.append)
    assert mailbox.closed == 1
    assert (saved[-1].outcome, saved[-1].problems) == (FAILED, (says,))
    assert bool(saved[-1].person) is (where == "messages"), "who entered is told, also when it ended early"


def test_alarms_that_cannot_be_read_end_the_drill_with_their_own_sentence() -> None:
    world = FakeWorld()
    world.silent = Problem("cloudwatch:DescribeAlarms was refused (AccessDenied)")
    mailbox = FakeMailbox(world, [])
    saved: list[DrillRecord] = []
    with pytest.raises(Problem):
        run_live(PLAN, first_record(LIVE, "prod", "333333333333", NOW, False, PLAN), world, mailbox, 60,
                 lambda _: None, saved.append)  # fmt: skip
    assert saved[-1].problems == ("cloudwatch:DescribeAlarms was refused (AccessDenied)",)
    assert mailbox.closed == 0 and world.entries == []


def test_an_alarm_is_looked_for_in_its_own_region() -> None:
    west = changed(PLAN, alarms=(Watched("assumed", "eu-west-1"),), topic_arns=(WEST,))
    sent = [(10, changed(RULE_MESSAGE, topic_arn=WEST)), (20, changed(ALARM_MESSAGE, topic_arn=WEST))]
    world = FakeWorld()
    world.ringing_in = "eu-west-1"
    record, _ = tried(world, FakeMailbox(world, sent), west)
    assert (record.outcome, record.problems) == (PASSED, ())
    assert [(item.name, item.region) for item in record.rung] == [("assumed", "eu-west-1")]
    elsewhere, _ = tried(here := FakeWorld(), FakeMailbox(here, sent), west)
    assert "the alarm assumed in eu-west-1 did not come within 60 s" in elsewhere.problems


def test_a_message_of_an_alarm_of_that_name_in_another_region_does_not_count() -> None:
    world = FakeWorld()
    sent = [(10, RULE_MESSAGE), (10, changed(ALARM_MESSAGE, topic_arn=EAST))]
    record, _ = tried(world, FakeMailbox(world, sent), changed(PLAN, topic_arns=(HOME, EAST)))
    assert record.problems == ("the alarm's message did not come within 60 s",)


def test_what_could_not_be_removed_is_told() -> None:
    world = FakeWorld()
    left = ("aws sqs delete-queue --queue-url https://example.com/q",)
    record, _ = tried(world, FakeMailbox(world, [(10, RULE_MESSAGE), (10, ALARM_MESSAGE)], left))
    assert record.left_behind == left


def test_offline_each_event_is_put_to_the_patterns() -> None:
    account = decode(
        Account, {"origin": "plan", "account_id": "333333333333", "home_region": "us-east-2", **WHOLE}, "a"
    )
    record, outcomes = run_offline(account, EXPECTED, first_record(OFFLINE, "prod", "333333333333", NOW, False))
    assert (record.events_told, record.events_told + record.events_lost) == (30, len(outcomes))
    assert record.outcome == FAILED  # only the role's use is watched here
    assert any("StopLogging" in text for text in record.problems)


def test_offline_what_is_undecided_is_neither_told_nor_lost() -> None:
    facts = {**WHOLE, "metric_filters": [{**WHOLE["metric_filters"][0], "pattern": {"unknown": "known after apply"}}]}
    head = {"origin": "plan", "account_id": "333333333333", "home_region": "us-east-2", "event_rules": []}
    account = decode(Account, {**facts, **head, "event_targets": []}, "a")
    record, outcomes = run_offline(account, EXPECTED, first_record(OFFLINE, "prod", "333333333333", NOW, False))
    assert record.outcome == NOT_JUDGED
    assert (record.events_told, record.events_lost, record.events_undecided) == (0, 0, len(outcomes))
    assert all("not judged, because" in text for text in record.problems)


def test_offline_without_a_role_there_is_nothing_to_drill() -> None:
    account = decode(Account, {"origin": "plan", "account_id": "333333333333", "home_region": "us-east-2"}, "a")
    with pytest.raises(Problem, match="names no break-glass role"):
        run_offline(account, changed(EXPECTED, role_names=()), first_record(OFFLINE, "x", "333333333333", NOW, False))


def test_records_are_kept_and_read_back(tmp_path: Path) -> None:
    world = FakeWorld()
    record, _ = tried(world, FakeMailbox(world, [(10, RULE_MESSAGE), (10, ALARM_MESSAGE)]))
    path = drills.save(tmp_path, record)
    assert drills.load(tmp_path) == (record,)
    path.write_text(path.read_text()[:50])
    with pytest.raises(Problem, match=r"DRILL-.*\.json is no drill record"):
        drills.load(tmp_path)


def test_the_journey_knows_no_aws() -> None:
    assert "boto" not in Path(drill.__file__).read_text()
