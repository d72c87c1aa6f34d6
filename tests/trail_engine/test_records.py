"""Records without files: LookupEvents and a log group answer as the files do, page by page, and say what they lack."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iam_guardrails.adapters.aws.trail_log_group import LogGroup
from iam_guardrails.adapters.aws.trail_lookup import Lookup
from iam_guardrails.adapters.aws.trail_records import Limits, Once, Page, record_source
from iam_guardrails.adapters.trail_engine.engine import Engine
from iam_guardrails.adapters.trail_engine.records import NO_RECORD, RecordEngine
from iam_guardrails.adapters.trail_objects import open_objects
from iam_guardrails.adapters.trail_s3_objects import S3Objects
from iam_guardrails.journeys.trail_ask import ask
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.trail.questions.all import QUESTIONS, Asked, Question, question
from iam_guardrails.model.trail.window import Window, window
from iam_guardrails.reports.trail_ask import render_answer
from tests.adapters.test_trail_days import Bucket, content_of
from tests.trail_history import Wanted, records, write_folder

ROLES = frozenset({("111122223333", "prod-breakglass-admin")})
NOW = datetime(2026, 1, 20, tzinfo=UTC)
REGIONS = ("us-east-1", "us-east-2")
GROUP = "/aws/cloudtrail/prod-trail"
ARN = "arn:aws:logs:us-east-2:111122223333:log-group"


class Refused(Exception):
    """As botocore's ClientError looks."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.response = {"Error": {"Code": code}}


class Trail:
    """CloudTrail and CloudWatch Logs over some records: 50 a page, the newest first; events of a log group by time."""

    def __init__(
        self, held: list[dict[str, Any]], fails: str | Exception = "", retention: int | None = None,
        trails: list[dict[str, Any]] | None = None, statuses: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        self.held, self.fails, self.calls, self.retention, self.trails = held, fails, 0, retention, trails
        self.statuses = statuses or {}

    def client(self, service_name: str, region_name: str) -> Any:
        return _Client(self, service_name, region_name)


class _Client:
    def __init__(self, trail: Trail, service: str, region: str) -> None:
        self.trail, self.service, self.region = trail, service, region

    def _called(self, service: str) -> None:
        assert self.service == service
        self.trail.calls += 1
        if isinstance(self.trail.fails, Exception):
            raise self.trail.fails
        if self.trail.fails:
            raise Refused(self.trail.fails)

    def lookup_events(self, MaxResults: int, **asked: Any) -> Mapping[str, Any]:
        self._called("cloudtrail")
        first, last = asked.get("StartTime"), asked.get("EndTime")
        mine = [
            item for item in self.trail.held
            if item["awsRegion"] == self.region and (first is None or when(item) >= first)
            and (last is None or when(item) <= last)
        ]  # fmt: skip
        mine.sort(key=when, reverse=True)
        start = int(asked.get("NextToken", 0))
        page = {"Events": [{"CloudTrailEvent": json.dumps(item)} for item in mine[start : start + MaxResults]]}
        return {**page, "NextToken": str(start + MaxResults)} if start + MaxResults < len(mine) else page

    def describe_trails(self) -> Mapping[str, Any]:
        assert self.service == "cloudtrail"
        if self.trail.trails is None:
            raise Refused("AccessDeniedException")
        return {"trailList": self.trail.trails}

    def get_trail_status(self, Name: str) -> Mapping[str, Any]:
        assert (self.service, self.region) == ("cloudtrail", "us-east-1")
        status = self.trail.statuses.get(Name, {"IsLogging": True})
        if status is None:
            raise Refused("AccessDeniedException")
        return status

    def describe_log_groups(self, logGroupNamePrefix: str, nextToken: str = "") -> Mapping[str, Any]:
        if self.trail.retention is None:
            raise Refused("AccessDeniedException")
        kept = {"retentionInDays": self.trail.retention} if self.trail.retention else {}
        pages = [{"logGroups": [{"logGroupName": f"{logGroupNamePrefix}-2", "retentionInDays": 1}], "nextToken": "2"},
                 {"logGroups": [{"logGroupName": logGroupNamePrefix, "arn": f"{ARN}:{logGroupNamePrefix}:*",
                                 **kept}]}]  # fmt: skip
        return pages[1 if nextToken else 0]

    def filter_log_events(self, logGroupName: str, **asked: Any) -> Mapping[str, Any]:
        self._called("logs")
        assert logGroupName == "/aws/cloudtrail/prod-trail"
        delivered = [(when(item) + timedelta(minutes=6), item) for item in self.trail.held]
        mine = [
            item for time, item in delivered
            if asked.get("startTime", 0) <= time.timestamp() * 1000 < asked.get("endTime", 9e15)
        ]  # fmt: skip
        start = int(asked.get("nextToken", 0))
        page = {"events": [{"message": json.dumps(item)} for item in mine[start : start + 100]]}
        return {**page, "nextToken": str(start + 100)} if start + 100 < len(mine) else page


def when(record: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(record["eventTime"])


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, Any]]]:
    folder = tmp_path_factory.mktemp("tree")
    write_folder(Wanted(seed=9, events=700, days=2, twice=0, security=90), folder)
    return folder, list(records(folder))


def waits() -> tuple[list[float], Any]:
    slept: list[float] = []
    return slept, slept.append


@pytest.mark.parametrize(
    "limits", [(None, None), ("2026-01-10T06:00:00Z", "2026-01-11T18:30:00Z"), ("2026-01-11", None)]
)
def test_every_source_gives_the_same_answers(
    limits: tuple[str | None, str | None], history: tuple[Path, list[dict[str, Any]]], tmp_path: Path
) -> None:
    folder, held = history
    asked = window(*limits)
    slept, wait = waits()
    trail = Trail(held)
    engines: list[Any] = [
        Engine(open_objects(str(folder)), tmp_path / "cache", ROLES, lambda _: None, 1),
        RecordEngine(Lookup(trail, REGIONS, lambda _: None, lambda: NOW, wait), ROLES),
        RecordEngine(LogGroup(trail, "/aws/cloudtrail/prod-trail", "us-east-2", lambda _: None), ROLES),
    ]
    for item in QUESTIONS:
        if not item.compares:
            answers = [list(item.answer(Asked(list(engine.ask(asked).facts), roles=ROLES))) for engine in engines]
            assert answers[0] == answers[1] == answers[2]
            assert answers[0] or limits[0], item.name
    assert slept and set(slept) == {0.5}
    files, history_of, group = (engine.ask(asked).coverage for engine in engines)
    assert files.accounts == history_of.accounts == group.accounts
    assert files.places == group.places


def answered(engine: Any, item: Any, asked: Window) -> tuple[Any, ...]:
    """The rows, and what answering had to say of event ids; for a question that compares, with the day before."""
    before = list(engine.ask(Window(asked.since - timedelta(days=1), asked.since)).facts) if item.compares else ()
    told = Asked(list(engine.ask(asked).facts), before, roles=ROLES)
    return list(item.answer(told)), list(told.doubts.open_points()), list(told.doubts.notes())


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    wanted=st.builds(Wanted, seed=st.integers(100, 10**6), events=st.just(220), days=st.integers(1, 3),
                     twice=st.sampled_from([0.0, 0.3]), per_file=st.integers(3, 60), security=st.just(60),
                     rarer=st.integers(0, 2)),
    since=st.integers(0, 60), hours=st.none() | st.integers(1, 48), random=st.randoms(use_true_random=False),
)  # fmt: skip
def test_any_history_is_the_same_from_every_source(
    wanted: Wanted, since: int, hours: int | None, random: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever the window, what was delivered twice, and the order in which a log group has the records."""
    folder = tmp_path_factory.mktemp("any")
    write_folder(wanted, folder / "tree")
    held = list(records(folder / "tree"))
    begin = datetime(2026, 1, 10, tzinfo=UTC) + timedelta(hours=since)
    asked = Window(begin, begin + timedelta(hours=hours) if hours else None)
    bucket = S3Objects("b", client=Bucket(content_of(folder / "tree")))
    mixed = random.sample(held, len(held))
    engines = [
        Engine(open_objects(str(folder / "tree")), folder / "files", ROLES, lambda _: None, 1),
        Engine(bucket, folder / "bucket", ROLES, lambda _: None, 1),
        RecordEngine(Lookup(Trail(held), REGIONS, lambda _: None, lambda: NOW, lambda _: None), ROLES),
        RecordEngine(LogGroup(Trail(mixed), GROUP, "us-east-2", lambda _: None), ROLES),
    ]
    for item in QUESTIONS:
        first, *others = (answered(engine, item, asked) for engine in engines)
        assert first[1:] == ([], []), item.name
        for other in others:
            assert other == first, item.name


def test_those_histories_hold_what_came_twice_and_who_is_unusual(tmp_path: Path) -> None:
    write_folder(Wanted(seed=100, events=220, days=3, twice=0.3, per_file=20, security=60), tmp_path)
    held = list(records(tmp_path))
    assert len({item["eventID"] for item in held}) < len(held)
    engine = RecordEngine(LogGroup(Trail(held), GROUP, "us-east-2", lambda _: None), ROLES)
    assert answered(engine, question("unusual-principals"), window("2026-01-11", None))[0]


def test_what_such_a_source_does_not_hold_is_said(history: tuple[Path, list[dict[str, Any]]]) -> None:
    engine = RecordEngine(Lookup(Trail(history[1]), REGIONS, print, lambda: NOW, lambda _: None), ROLES)

    def answer(when: Window) -> Any:
        return ask(question("iam-changes"), engine, "lookup", when, baseline=timedelta(days=1), roles=ROLES)

    recent = answer(window("2026-01-10", None))
    assert recent.exit_code == 0 and "management events only" in recent.coverage.notes[0]
    old = answer(window("2025-01-01", None))
    assert old.exit_code == 2 and "the last 90 days, back to 2025-10-22" in old.not_judged[0]
    assert answer(Window()).exit_code == 2


def test_what_a_baseline_lacks_is_said() -> None:
    engine = RecordEngine(Lookup(Trail([]), REGIONS, print, lambda: NOW, lambda _: None), ROLES)
    day = window("2026-01-10", "2026-01-11")
    for days, lacks in ((30, False), (90, True)):
        found = ask(question("unusual-principals"), engine, "s", day, baseline=timedelta(days=days), roles=ROLES)
        assert any(text.startswith("of the baseline: LookupEvents holds") for text in found.not_judged) is lacks


UNKNOWN = "how many days the log group keeps is not known, so that what came first may be gone:"


@pytest.mark.parametrize(
    ("retention", "since", "gap"),
    [
        (7, "2026-01-10", "the log group keeps 7 days, back to 2026-01-13: what came before is gone"),
        (30, "2026-01-10", ""),
        (0, "2026-01-10", ""),
        (7, None, ""),
        (None, "2026-01-10", f"{UNKNOWN} logs:DescribeLogGroups was refused (AccessDeniedException)"),
        (None, "2026-01-19", ""),  # no group keeps less than a day
        (None, None, ""),
    ],
)
def test_what_a_log_group_no_longer_keeps_is_said(
    retention: int | None, since: str | None, gap: str, history: tuple[Path, list[dict[str, Any]]]
) -> None:
    group = LogGroup(Trail(history[1], retention=retention), GROUP, "us-east-2", print, lambda: NOW)
    found = RecordEngine(group, ROLES).ask(window(since, None)).coverage
    assert [text for text in found.gaps if text != NO_RECORD] == ([gap] if gap else [])


def test_a_group_that_is_not_listed_may_have_lost_anything() -> None:
    class Unlisted(_Client):
        def describe_log_groups(self, logGroupNamePrefix: str, nextToken: str = "") -> Mapping[str, Any]:
            return {"logGroups": []}

    class Empty(Trail):
        def client(self, service_name: str, region_name: str) -> Any:
            return Unlisted(self, service_name, region_name)

    group = LogGroup(Empty([]), GROUP, "us-east-2", print, lambda: NOW)
    assert group.limits(window("2026-01-10", None)).gaps == (f"{UNKNOWN} no log group of that name is listed",)


def delivering(every_region: bool, arn: str = f"{ARN}:{GROUP}:*") -> list[dict[str, Any]]:
    """Trails as DescribeTrails lists them: one without a log group, and one that delivers to it."""
    return [{"Name": "files", "TrailARN": "files", "IsMultiRegionTrail": True},
            {"Name": "main", "TrailARN": "main", "HomeRegion": "us-east-1", "IsMultiRegionTrail": every_region,
             "CloudWatchLogsLogGroupArn": arn}]  # fmt: skip


def call(day: str, region: str, account: str = "111122223333") -> dict[str, Any]:
    return {"eventTime": f"{day}T09:00:00Z", "eventSource": "ec2.amazonaws.com", "eventName": "DescribeVpcs",
            "eventID": f"{day} {region}", "awsRegion": region, "recipientAccountId": account}  # fmt: skip


NOT_KNOWN = (
    "whether a trail of every Region delivers to the log group is not known: cloudtrail:DescribeTrails was refused"
)


@pytest.mark.parametrize(
    ("trails", "note", "code"),
    [
        (delivering(True), "a trail of every Region records and delivers to the log group by now", 0),
        (delivering(False), "no trail of every Region delivers to the log group", 2),
        (delivering(True, f"{ARN}:{GROUP}-2:*"), "no trail of every Region delivers to the log group", 2),
        (
            delivering(True, f"{ARN}:{GROUP}:*".replace("1111", "4444")),
            "no trail of every Region delivers to the log group",
            2,
        ),
        ([], "no trail of every Region delivers to the log group", 2),
        (None, NOT_KNOWN, 2),
    ],
)
def test_a_region_of_which_a_log_group_holds_nothing_is_not_judged_unless_its_trail_records_every_region(
    trails: list[dict[str, Any]] | None, note: str, code: int
) -> None:
    held = [call(day, "us-east-2") for day in ("2026-01-10", "2026-01-12")]
    group = LogGroup(Trail(held, retention=0, trails=trails), GROUP, "us-east-2", print, lambda: NOW)
    week = window("2026-01-10", "2026-01-15")
    found = ask(
        question("iam-changes"), RecordEngine(group, ROLES), group.source, week, baseline=timedelta(1), roles=ROLES
    )
    assert found.exit_code == code
    assert [text[:52] for text in found.not_judged] == (
        ["the log group holds no record of us-east-1 of 111122"] if code else []
    )
    assert found.coverage.notes[1].startswith(note)
    assert found.coverage.notes[2].startswith("not read: log events delivered after 2026-01-17; ")
    assert found.coverage.notes[3:] == ("there is no record of 2026-01-11, 2026-01-13 to 2026-01-14",)
    told = render_answer(found, "text")
    assert "; 1 account in us-east-2, records of 2026-01-10 to 2026-01-12" in told


SECOND: dict[str, Any] = {**delivering(True)[1], "Name": "second", "TrailARN": "second"}


@pytest.mark.parametrize(
    ("statuses", "note"),
    [
        ({"main": {"IsLogging": False}}, "no trail of every Region delivers to the log group; main does not record"),
        (
            {"main": {"IsLogging": True, "LatestCloudWatchLogsDeliveryError": "Access denied"}},
            "no trail of every Region delivers to the log group; main could not deliver (Access denied)",
        ),
        (
            {"main": None},
            "whether a trail of every Region delivers to the log group is not known: cloudtrail:GetTrailStatus was"
            " refused (AccessDeniedException)",
        ),
        ({"main": {"IsLogging": True}, "second": None}, ""),
        ({"main": None, "second": {"IsLogging": True}}, ""),
        ({"main": {"IsLogging": False}, "second": {"IsLogging": True}}, ""),
        (
            {"main": None, "second": {"IsLogging": False}},
            "whether a trail of every Region delivers to the log group is not known: cloudtrail:GetTrailStatus was"
            " refused (AccessDeniedException)",
        ),
    ],
)
def test_a_trail_of_every_region_counts_while_it_records_and_delivers(statuses: Mapping[str, Any], note: str) -> None:
    trails = [*delivering(True), *([SECOND] if "second" in statuses else [])]
    trail = Trail([], retention=0, trails=trails, statuses=statuses)
    limits = LogGroup(trail, GROUP, "us-east-2", print, lambda: NOW).limits(Window())
    assert limits.every_region == (not note)
    assert limits.notes[1] == note or (not note and limits.notes[1].startswith("a trail of every Region records"))


def test_days_of_which_a_log_group_holds_other_regions_only_are_told() -> None:
    held = [call(f"2026-01-{day}", "us-east-2") for day in range(10, 15)]
    held += [call(f"2026-01-{day}", "us-east-1") for day in (10, 12, 14)]
    group = LogGroup(Trail(held, retention=0, trails=[]), GROUP, "us-east-2", print, lambda: NOW)
    week = window("2026-01-10", "2026-01-15")
    found = ask(
        question("iam-changes"), RecordEngine(group, ROLES), group.source, week, baseline=timedelta(1), roles=ROLES
    )
    assert found.exit_code == 0
    assert found.coverage.notes[-1].startswith(
        "there is no record of us-east-1 of 111122223333 on 2026-01-11, 2026-01-13, and without digests"
    )


@pytest.mark.parametrize("source", ["lookup", "logs"])
def test_a_source_of_another_account_tells_nothing_of_a_role(source: str) -> None:
    trail = Trail([call("2026-01-10", "us-east-1", "444455556666")], retention=0, trails=delivering(True))
    made: Any = {"lookup": Lookup(trail, ("us-east-1",), print, lambda: NOW, lambda _: None),
            "logs": LogGroup(trail, GROUP, "us-east-2", print, lambda: NOW)}[source]  # fmt: skip
    week = window("2026-01-10", "2026-01-15")
    engine = RecordEngine(made, ROLES)
    found = ask(question("breakglass-session"), engine, made.source, week, baseline=timedelta(1), roles=ROLES)
    assert (list(found.rows), found.exit_code) == ([], 2)
    assert "the source holds nothing of the account 111122223333, only of 444455556666" in found.not_judged


def test_where_a_record_was_made_is_read_as_carefully_as_the_rest() -> None:
    """Whoever may write into a log group writes what he likes; an envelope of EventBridge's is looked into."""
    good = call("2026-01-10", "us-east-1")
    odd = [{**good, "awsRegion": "\x1b[31mus"}, {**good, "recipientAccountId": "all of them"},
           {**good, "eventTime": "0001-01-01T00:00:00Z"}, {**good, "eventTime": "2026-01-10T09:00:00"},
           {**good, "awsRegion": 7}, [good], "a text", {"detail": call("2026-01-11", "us-west-2"), "detail-type": "x"},
           call("2026-01-20", "eu-west-1")]  # fmt: skip

    class Written(LogGroup):
        def pages(self, window: Window) -> Any:
            yield Page("g, page 1", (*(json.dumps(one) for one in odd), "{", "\ud800", json.dumps(good)))

    engine = RecordEngine(Written(Trail([]), "g", "us-east-2", print), ROLES)
    found = engine.ask(window("2026-01-10", "2026-01-15")).coverage
    assert found.days == {("111122223333", "us-east-1"): {"2026-01-10"}, ("111122223333", "us-west-2"): {"2026-01-11"}}


@pytest.mark.parametrize("days", [("2026-03-01", "2026-03-08"), ("2026-01-09", "2026-01-10")])
def test_a_source_of_records_that_holds_nothing_of_the_window_answers_nothing(
    days: tuple[str, str], history: tuple[Path, list[dict[str, Any]]]
) -> None:
    """Also where it holds something of the days after it. What journeys read of CloudTrail's own history for a window
    of theirs, which may be one of minutes, may well be empty: they judge themselves what that says."""
    when, trail = window(*days), Trail(history[1], retention=0)
    group, lookup = LogGroup(trail, GROUP, "us-east-2", print), Lookup(trail, REGIONS, print, lambda: NOW)
    for source, said in ((group, "the log group holds no record of that window"),
                         (lookup, "LookupEvents gave no record at all in us-east-1, us-east-2 of")):  # fmt: skip
        engine = RecordEngine(source, ROLES)
        for any_account in (True, False):
            found = ask(question("silencer-calls"), engine, source.source, when, baseline=timedelta(1), roles=ROLES,
                        any_account=any_account)  # fmt: skip
            told = any_account or source is group
            assert (list(found.rows), found.exit_code) == ([], 2 if told else 0)
            assert [text.startswith(said) for text in found.not_judged] == [True] * told
    assert engine.ask(when).coverage.gaps == ()


def test_insights_events_of_a_log_group_are_no_calls() -> None:
    insight = {"eventVersion": "1.11", "eventTime": "2026-01-10T09:00:00Z", "eventType": "AwsCloudTrailInsight",
               "eventID": "one", "eventCategory": "Insight", "insightDetails": {"state": "Start"}}  # fmt: skip
    call = {"eventTime": "2026-01-10T09:00:00Z", "eventSource": "iam.amazonaws.com", "eventName": "CreateUser",
            "eventID": "two", "userAgent": "AwsCloudTrailInsight"}  # fmt: skip

    class Mixed(LogGroup):
        def pages(self, window: Window) -> Any:
            yield Page("g, page 1", (json.dumps(insight), json.dumps(call)))

    engine = RecordEngine(Mixed(Trail([]), "g", "us-east-2", print), ROLES)
    found = ask(question("iam-changes"), engine, "g", Window(), baseline=timedelta(days=1), roles=ROLES)
    assert [row.event_id for row in found.rows] == ["two"]  # type: ignore[union-attr] # these rows have one
    assert (found.exit_code, found.coverage.notes[-1]) == (0, "1 Insights events are left out: they are no calls")


def test_a_record_that_is_cut_off_is_named_and_hides_no_other() -> None:
    class Broken(LogGroup):
        def pages(self, window: Window) -> Any:
            whole = {"eventTime": "2026-01-10T09:00:00Z", "eventSource": "iam.amazonaws.com", "eventName": "CreateUser",
                     "eventID": "one", "readOnly": False}  # fmt: skip
            cut = json.dumps(whole)[:-20]
            yield Page("g, page 1", (cut, json.dumps(whole), json.dumps({**whole, "eventID": "two"})))

    engine = RecordEngine(Broken(Trail([]), "g", "us-east-2", print), ROLES)
    found = ask(question("iam-changes"), engine, "g", Window(), baseline=timedelta(days=1), roles=ROLES)
    assert [row.event_id for row in found.rows] == ["one", "two"]  # type: ignore[union-attr] # these rows have one
    assert [item.key for item in found.coverage.unreadable] == ["g, page 1, record 0"]
    assert found.exit_code == 2


WHOLE = {"eventTime": "2026-01-10T09:00:00Z", "eventSource": "iam.amazonaws.com", "eventName": "CreateUser",
         "eventID": "one", "readOnly": False}  # fmt: skip
DULL = json.dumps({**WHOLE, "eventID": "dull", "eventName": "GetUser", "readOnly": True})


@pytest.mark.parametrize("odd", [f'{DULL}],"Records":[{DULL}', f'{DULL}],"Records":[{DULL},{DULL}', f"{DULL},{DULL}",
                                 f'{DULL}]}} {{"Records":[{DULL}', "]", ""])  # fmt: skip
@pytest.mark.parametrize("last", [True, False])
def test_no_message_of_a_log_group_hides_the_others(odd: str, last: bool) -> None:
    """Whoever may put events into the group writes what he likes there."""

    class Written(LogGroup):
        def pages(self, window: Window) -> Any:
            yield Page("g, page 1", (json.dumps(WHOLE), odd) if last else (odd, json.dumps(WHOLE)))

    engine = RecordEngine(Written(Trail([]), "g", "us-east-2", print), ROLES)
    found = ask(question("iam-changes"), engine, "g", Window(), baseline=timedelta(days=1), roles=ROLES)
    assert [row.event_id for row in found.rows] == ["one"]  # type: ignore[union-attr] # these rows have one
    assert {item.key for item in found.coverage.unreadable} == {f"g, page 1, record {int(last)}"}


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("lookup:", "names no Regions"), ("lookup:us-east-2,", "names no Regions"), ("lookup:here", "names no Regions"),
        ("logs:/aws/cloudtrail", "names no log group and Region"), ("logs:@us-east-2", "names no log group and Region"),
        ("some/folder", "names no log group and Region"),
    ],
)  # fmt: skip
def test_a_source_that_names_nothing(source: str, fault: str) -> None:
    with pytest.raises(Problem, match=fault):
        record_source(source, lambda _: Trail([]), print)


@pytest.mark.parametrize("source", ["lookup:us-east-2", "logs:/aws/cloudtrail/prod-trail@us-east-2"])
def test_a_refused_call_is_one_sentence(source: str) -> None:
    made = record_source(source, lambda _: Trail([], fails="AccessDeniedException"), print)
    with pytest.raises(
        Problem, match=r"(LookupEvents|FilterLogEvents) was refused \(AccessDeniedException\) in us-east-2"
    ):
        RecordEngine(made, ROLES).ask(Window())


class Elsewhere(Trail):
    """CloudTrail that answers in one Region only."""

    def __init__(
        self, held: list[dict[str, Any]], answers: str, fails: str | Exception = "AccessDeniedException"
    ) -> None:
        super().__init__(held, fails)
        self.answers = answers

    def client(self, service_name: str, region_name: str) -> Any:
        fails = "" if region_name == self.answers else self.fails
        return Trail(self.held, fails).client(service_name, region_name)


def test_a_region_that_does_not_answer_hides_no_other_and_is_told(history: tuple[Path, list[dict[str, Any]]]) -> None:
    told: list[str] = []
    trail = Elsewhere(history[1], "us-east-2")
    made = record_source("lookup:us-east-2,eu-west-1,us-east-1", lambda _: trail, told.append)
    found = RecordEngine(made, ROLES).ask(window("2026-01-10", "2026-01-12"))
    assert found.coverage.events
    assert [gap for gap in found.coverage.gaps if "90 days" not in gap] == [
        f"nothing, or not all, was read of {region}: cloudtrail:LookupEvents was refused (AccessDeniedException)"
        for region in ("eu-west-1", "us-east-1")
    ]
    assert sorted(text.split()[1] for text in told) == ["eu-west-1", "us-east-1", "us-east-2"]
    assert told[1].endswith("(2 of 3 Regions)")


def test_a_region_that_is_named_twice_is_asked_and_counted_once(history: tuple[Path, list[dict[str, Any]]]) -> None:
    answers, calls = [], []
    for named in ("us-east-2", "us-east-2, us-east-2", "us-east-2,us-east-2,us-east-2"):
        trail = Trail(history[1])
        made = record_source(f"lookup:{named}", lambda _, there=trail: there, print)
        found = RecordEngine(made, ROLES).ask(window("2026-01-10", "2026-01-10T06:00:00Z"))
        answers.append((dict(found.facts), found.coverage))
        calls.append(trail.calls)
    assert answers[0][1].events and answers[0] == answers[1] == answers[2] and calls == [calls[0]] * 3
    assert any(note.endswith("here of us-east-2") for note in answers[2][1].notes)


@pytest.mark.parametrize("item", QUESTIONS, ids=lambda item: item.name)
def test_a_history_without_any_record_judges_nothing(
    item: Question, history: tuple[Path, list[dict[str, Any]]]
) -> None:
    """An account in use has some management event: it may be another one's, another Region or a mistyped time."""
    source, recent = "lookup:us-east-1, us-east-2", datetime.now(UTC).replace(microsecond=0) - timedelta(days=10)
    for when in (Window(recent, recent + timedelta(days=1)), Window(recent, recent + timedelta(minutes=5))):
        engine = RecordEngine(record_source(source, lambda _: Trail(history[1]), print), ROLES)
        found = ask(item, engine, source, when, baseline=timedelta(days=1), roles=ROLES)
        told = [text for text in found.not_judged if text.startswith("LookupEvents gave no record")]
        assert found.exit_code == 2 and len(told) == 1 and not found.rows
        assert told[0].startswith(f"LookupEvents gave no record at all in us-east-1, us-east-2 of {when}, so that")
        assert all(words in told[0] for words in ("another account", "Region", "mistyped"))
        assert "NOT JUDGED: LookupEvents gave no record" in render_answer(found, "text").replace("\n", " ")


def test_a_history_with_a_record_of_anything_is_judged(history: tuple[Path, list[dict[str, Any]]]) -> None:
    recent = datetime.now(UTC).replace(microsecond=0) - timedelta(days=10)
    one = {**history[1][0], "eventTime": f"{recent + timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ}",
           "awsRegion": "us-east-1", "eventName": "DescribeRegions", "eventSource": "ec2.amazonaws.com"}  # fmt: skip
    source, when = "lookup:us-east-1,us-east-2", Window(recent, recent + timedelta(minutes=5))
    engine = RecordEngine(record_source(source, lambda _: Trail([one]), print), ROLES)
    found = ask(question("iam-changes"), engine, source, when, baseline=timedelta(days=1), roles=ROLES)
    assert (found.coverage.events, found.not_judged, found.exit_code) == (1, (), 0)


TIMES_OUT = ConnectTimeoutError(endpoint_url="https://cloudtrail.example/")


@pytest.mark.parametrize("answers", REGIONS)
def test_a_region_that_times_out_is_no_end(answers: str, history: tuple[Path, list[dict[str, Any]]]) -> None:
    trail = Elsewhere(history[1], answers, TIMES_OUT)
    (other,) = {*REGIONS} - {answers}
    found = RecordEngine(record_source(f"lookup:{','.join(REGIONS)}", lambda _: trail, print), ROLES).ask(Window())
    lost = f"nothing, or not all, was read of {other}: cloudtrail:LookupEvents failed (ConnectTimeoutError)"
    assert found.coverage.events and lost in found.coverage.gaps


def test_where_no_region_answers_there_is_no_answer() -> None:
    trail = Elsewhere([], "eu-west-1", TIMES_OUT)
    made = record_source(f"lookup:{','.join(REGIONS)}", lambda _: trail, print)
    with pytest.raises(Problem, match=r"AWS did not answer cloudtrail:LookupEvents in us-east-1 at https://cloudtrail"):
        RecordEngine(made, ROLES).ask(Window())


def test_regions_are_asked_side_by_side_and_bring_the_same(history: tuple[Path, list[dict[str, Any]]]) -> None:
    """Every Region waits until the others have been asked too: one after the other, none would ever answer."""
    together = threading.Barrier(3, timeout=20)

    class Waiting(Trail):
        def client(self, service_name: str, region_name: str) -> Any:
            together.wait()
            return super().client(service_name, region_name)

    regions, when = (*REGIONS, "eu-west-1"), window("2026-01-10", "2026-01-12")
    found = list(Lookup(Waiting(history[1]), regions, print, lambda: NOW, lambda _: None).pages(when))
    trail = Trail(history[1])
    alone = [page for region in regions
             for page in Lookup(trail, (region,), print, lambda: NOW, lambda _: None).pages(when)]  # fmt: skip
    assert sorted(found, key=repr) == sorted(alone, key=repr)
    for region in regions:  # in the order of the Region
        names = [page.where for page in found if region in page.where]
        assert names == [f"LookupEvents {region}, page {number}" for number in range(1, len(names) + 1)]


def test_whoever_stops_taking_ends_the_reading(history: tuple[Path, list[dict[str, Any]]]) -> None:
    before = threading.active_count()
    pages = Lookup(Trail(history[1] * 40), REGIONS, print, lambda: NOW, lambda _: None).pages(Window())
    next(pages)
    pages.close()  # type: ignore[attr-defined] # a generator
    deadline = time.monotonic() + 20
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert threading.active_count() <= before


def test_records_are_read_once_for_a_window_unless_they_are_very_many(
    history: tuple[Path, list[dict[str, Any]]],
) -> None:
    when, other = window("2026-01-10", "2026-01-12"), window("2026-01-11", "2026-01-12")
    trail = Trail(history[1])
    once = Once(Lookup(trail, REGIONS[:1], print, lambda: NOW, lambda _: None))
    first = list(once.pages(when))
    calls = trail.calls
    assert list(once.pages(when)) == first and trail.calls == calls
    assert once.limits(when)[0][0].startswith("LookupEvents holds")
    list(once.pages(other))
    assert trail.calls > calls
    few = Once(Lookup(trail, REGIONS[:1], print, lambda: NOW, lambda _: None), most_bytes=10)
    calls = trail.calls
    assert list(few.pages(when)) == list(few.pages(when)) == first
    assert trail.calls > calls + 1


def test_what_a_kept_reading_lost_is_told_whatever_was_read_since() -> None:
    class Flaky:
        source, lost = "lookup:us-east-1", ("nothing was read of us-east-1",)

        def pages(self, window: Window) -> Iterator[Page]:
            yield Page("page 1", ("{}",))

        def limits(self, window: Window) -> Limits:
            return Limits((), self.lost)

    flaky = Flaky()
    once, first, other = Once(flaky), window("2026-01-10", "2026-01-11"), window("2026-01-11", "2026-01-12")
    list(once.pages(first))
    flaky.lost = ()
    list(once.pages(other))
    assert list(once.pages(first)) and once.limits(first).gaps == ("nothing was read of us-east-1",)
    assert once.limits(other).gaps == ()
