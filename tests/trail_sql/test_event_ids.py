"""One event id, several records: what came twice is one, what was corrected is told as it is now, and nothing that
stands under another's id takes its place. Every engine and the export say the same, in any order of the records."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iam_guardrails.adapters.aws.athena import Athena
from iam_guardrails.adapters.aws.trail_records import Page
from iam_guardrails.adapters.trail_engine.engine import Engine
from iam_guardrails.adapters.trail_engine.records import RecordEngine
from iam_guardrails.adapters.trail_export import export
from iam_guardrails.adapters.trail_objects import open_objects
from iam_guardrails.adapters.trail_sql.engine import AthenaEngine
from iam_guardrails.journeys.trail_ask import ask
from iam_guardrails.model.incident.recorded import recorded
from iam_guardrails.model.trail.answer import Answer
from iam_guardrails.model.trail.questions.all import QUESTIONS, question
from iam_guardrails.model.trail.window import Window, window
from tests.trail_sql.lake import LAKE, FakeAthena, connected
from tests.trail_sql.test_answers import NOW, ROLES, by_athena, by_files, compare
from tests.trail_sql.test_odd_records import ACCOUNT, CALLERS, OTHER, QUIET, ROLE, write

WHEN = window("2026-01-01", None)
FORGED, DISPUTED = "different records have the same event id (e-1)", "other records claim to correct a record (e-1)"
CORRECTED = "a record says that CloudTrail corrected another later (e-1)"
COUNTS_TOO = f"{CORRECTED}, and what that said counts here too"


def record(event_id: str, name: str, source: str = "iam", **more: Any) -> dict[str, Any]:
    return {
        "eventVersion": "1.11", "eventTime": "2026-01-10T09:05:00Z", "eventSource": f"{source}.amazonaws.com",
        "eventName": name, "awsRegion": "us-east-1", "sourceIPAddress": "203.0.113.1", "userIdentity": CALLERS[5],
        "requestParameters": {"userName": "x"}, "responseElements": None, "eventID": event_id, "readOnly": False,
        "recipientAccountId": ACCOUNT,
    } | more  # fmt: skip


def correcting(of: str, found: dict[str, Any], fields: str = "userAgent", **more: Any) -> dict[str, Any]:
    said = {"reason": "UPDATED_DATA", "updatedFields": fields, "originalEventID": of}
    return found | {"eventID": f"{of}-now", "addendum": said} | more


class Group:
    """A log group that holds records."""

    source = "logs:group@us-east-1"

    def __init__(self, found: Sequence[dict[str, Any]]) -> None:
        self.found = found

    def pages(self, when: Window) -> Iterator[Page]:
        for item in self.found:
            yield Page("a page", (json.dumps(item),))

    def limits(self, when: Window) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return (), ()


def by_group(name: str, found: Sequence[dict[str, Any]]) -> Answer:
    engine = RecordEngine(Group(found), ROLES)
    return ask(question(name), engine, Group.source, WHEN, baseline=timedelta(days=30), roles=ROLES)


def answers(name: str, found: Sequence[dict[str, Any]], folder: Path) -> list[Answer]:
    """Of files (all in one, and each in its own), of Athena and of a log group; from both ends of the list."""
    made = []
    for number, records in enumerate((list(found), list(found)[::-1])):
        one, each = folder / f"{name}{number}" / "one", folder / f"{name}{number}" / "each"
        for place in (one, each):
            write(place, [QUIET], "none", OTHER)
        write(one, records, "all")
        for at, item in enumerate(records):
            write(each, [item], f"n{at:03}")
        made += [by_files(name, one, one.parent / "kept1", WHEN), by_files(name, each, one.parent / "kept2", WHEN),
                 by_athena(name, FakeAthena(connected(each)), WHEN), by_group(name, records)]  # fmt: skip
    return made


def told(answer: Answer, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(getattr(row, name) for name in names) for row in answer.rows]


def said(answer: Answer) -> list[str]:
    """What is not judged, but for what a log group or two Regions leave open anyway."""
    return [text for text in answer.not_judged if "e-1" in text]


@pytest.mark.parametrize(
    "other",
    [
        record("e-1", "CreateUser", requestParameters={"userName": "build-bot"}),
        record("e-1", "CreateUser", userIdentity=CALLERS[2]),
        record("e-1", "CreateUser", eventTime="2026-01-10T09:05:01Z"),
        record("e-1", "CreateUser", errorCode="AccessDenied"),
        record("e-1", "CreateUser", userAgent="another"),
        record("e-1", "DeleteUser"),
    ],
)
def test_different_records_under_one_event_id_are_all_told(other: dict[str, Any], tmp_path: Path) -> None:
    first, *more = answers("iam-changes", [record("e-1", "CreateUser"), other], tmp_path)
    assert len(first.rows) == 2 and first.exit_code == 2
    assert [text[: len(FORGED)] for text in said(first)] == [FORGED]
    for answer in more:
        assert list(answer.rows) == list(first.rows) and said(answer) == said(first)


def test_a_record_under_the_id_of_a_silencing_call_does_not_hide_it(tmp_path: Path) -> None:
    stop = record("e-1", "StopLogging", "cloudtrail", requestParameters={"name": "trail"})
    found = [stop, record("e-1", "TagUser"), record("e-2", "TagUser")]
    for answer in answers("silencer-calls", found, tmp_path):
        assert told(answer, "action", "event_id") == [("cloudtrail:StopLogging", "e-1")]
    for answer in answers("iam-changes", found, tmp_path):
        assert told(answer, "action", "event_id") == [("iam:TagUser", "e-1"), ("iam:TagUser", "e-2")]
        assert answer.source == "athena" or said(answer), "only Athena does not see what the question does not ask for"


def test_what_came_twice_is_one_however_it_is_written(tmp_path: Path) -> None:
    once = record("e-1", "CreateUser")
    late = once | {"addendum": {"reason": "DELIVERY_DELAY"}}
    for answer in answers("iam-changes", [once, dict(reversed(once.items())), once, late], tmp_path):
        assert told(answer, "event_id") == [("e-1",)] and said(answer) == []


def test_records_of_an_assumption_under_one_id_are_not_joined(tmp_path: Path) -> None:
    entries = [record("e-1", "AssumeRole", "sts", sharedEventID="shared", readOnly=True, userIdentity=who,
                      requestParameters={"roleArn": ROLE, "roleSessionName": "x"})
               for who in (CALLERS[5], CALLERS[10])]  # fmt: skip
    for answer in answers("role-assumptions", entries, tmp_path):
        assert len(answer.rows) == 2 and [text[: len(FORGED)] for text in said(answer)] == [FORGED]


@pytest.mark.parametrize(
    ("name", "first", "other"),
    [
        ("secret-reads", ("GetSecretValue", "secretsmanager", {"secretId": "s"}), {"sourceIPAddress": "10.0.0.1"}),
        ("secret-reads", ("GetSecretValue", "secretsmanager", {"secretId": "s"}), {"userIdentity": CALLERS[2]}),
        ("role-assumptions", ("AssumeRole", "sts", {"roleArn": ROLE, "roleSessionName": "s"}),
         {"requestParameters": {"roleArn": ROLE, "roleSessionName": "innocent"}}),
        ("role-assumptions", ("AssumeRole", "sts", {"roleArn": ROLE, "roleSessionName": "s"}),
         {"userIdentity": CALLERS[5] | {"arn": f"arn:aws:iam::{ACCOUNT}:user/another"}}),
    ],
)  # fmt: skip
def test_records_under_one_id_that_are_folded_are_told_in_any_order(
    name: str, first: tuple[str, str, Any], other: dict[str, Any], tmp_path: Path
) -> None:
    call, source, asks = first
    one = record("e-1", call, source, requestParameters=asks, readOnly=True)
    made = answers(name, [one, one | other], tmp_path)
    assert len({str(answer.rows) for answer in made}) == 1
    for answer in made:  # Athena's groups tell the latest only
        assert [text[: len(FORGED)] for text in said(answer)] == [FORGED] or answer.source == "athena"
    for answer in answers(name, [one, dict(one)], tmp_path / "twice"):
        assert said(answer) == []


def test_a_failure_by_message_only_is_none_that_succeeded(tmp_path: Path) -> None:
    asks = {"roleArn": ROLE, "roleSessionName": "s"}
    for number, more in enumerate(({}, {"sharedEventID": "s-1", "recipientAccountId": OTHER})):
        found = record("e-1", "AssumeRole", "sts", requestParameters=asks, errorMessage="not allowed", **more)
        for answer in answers("role-assumptions", [found], tmp_path / f"{number}"):
            assert told(answer, "outcome") == [("Failure",)]


THERE = {"type": "AWSAccount", "accountId": OTHER, "principalId": "AROAZ:s"}


@pytest.mark.parametrize(
    "other",
    [
        {"userIdentity": THERE | {"principalId": "AROAQ:s"}, "eventTime": "2026-01-10T12:00:00Z"},
        {"requestParameters": {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/admin", "roleSessionName": "s"}},
        {"requestParameters": {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/admin", "roleSessionName": "s"},
         "userIdentity": CALLERS[5], "recipientAccountId": OTHER},
        {"userIdentity": CALLERS[5], "recipientAccountId": OTHER, "eventTime": "2026-01-10T12:00:00Z"},
    ],
)  # fmt: skip
def test_what_cannot_be_one_call_is_not_joined_and_that_is_told(other: dict[str, Any], tmp_path: Path) -> None:
    first = record("e-0", "AssumeRole", "sts", sharedEventID="e-1", readOnly=True, userIdentity=THERE,
                   requestParameters={"roleArn": ROLE, "roleSessionName": "s"})  # fmt: skip
    for name in ("role-assumptions", "breakglass-session"):
        for answer in answers(name, [first, first | {"eventID": "e-2"} | other], tmp_path / name):
            assert "e-0" in {event_id for (event_id,) in told(answer, "event_id")}
            assert name == "breakglass-session" or len(answer.rows) == 2
            if name == "role-assumptions" or len(answer.rows) == 2:
                told_so = "records that cannot be of one call share an event id (e-1)"
                assert answer.exit_code == 2 and [text[: len(told_so)] for text in said(answer)] == [told_so]


def test_a_corrected_record_is_one_call_and_told_as_it_is_now(tmp_path: Path) -> None:
    first = record("e-1", "CreateUser")
    now = correcting("e-1", first, "userIdentity, requestParameters", requestParameters={"userName": "y"})
    for answer in answers("iam-changes", [first, now, record("e-2", "TagUser")], tmp_path):
        assert told(answer, "target", "event_id") == [("y", "e-1-now"), ("x", "e-2")] and said(answer) == []
        assert any(note.startswith(CORRECTED) for note in answer.coverage.notes)
    for answer in answers("iam-changes", [now], tmp_path / "alone"):
        assert told(answer, "event_id") == [("e-1-now",)] and said(answer) == []


@pytest.mark.parametrize(
    "claims",
    [
        [correcting("e-1", record("", "GetUser", readOnly=True))],
        [correcting("e-1", record("", "CreateUser", eventTime="2026-01-10T09:05:09Z"))],
        [correcting("e-1", record("", "CreateUser", recipientAccountId=OTHER))],
        [correcting("e-1", record("", "CreateUser", requestParameters={"userName": "nice"}))],
        [correcting("e-1", record("", "CreateUser", userIdentity=CALLERS[2]), "userIdentity")],
        [correcting("e-1", record("", "CreateUser", errorCode="AccessDenied"), "errorCode")],
        [correcting("e-1", record("", "CreateUser", errorMessage="no"), "errorMessage")],
        [correcting("e-1", record("", "CreateUser", readOnly=True), "readOnly")],
        [correcting("e-1", record("", "CreateUser"), eventID=None)],
        [correcting("e-1", record("", "CreateUser"), eventID=name) for name in ("e-2", "e-3")],
        [correcting("e-1", record("", "CreateUser"), eventID="e-2"),
         correcting("e-2", record("", "CreateUser"), eventID="e-1")],
    ],
)  # fmt: skip
def test_what_only_claims_to_correct_a_record_does_not_hide_it(claims: list[dict[str, Any]], tmp_path: Path) -> None:
    first, *more = answers("iam-changes", [record("e-1", "CreateUser"), *claims], tmp_path)
    assert ("e-1", "iam:CreateUser") in told(first, "event_id", "action")
    assert any(text.startswith((DISPUTED, FORGED)) for text in said(first)) and first.exit_code == 2
    for answer in more:
        assert list(answer.rows) == list(first.rows) and said(answer) == said(first)


def test_nobody_leaves_a_session_or_an_answer_by_a_correction(tmp_path: Path) -> None:
    """Who called, what was refused and which role was entered stay, whatever the correction names."""
    entry = record("e-1", "AssumeRole", "sts", requestParameters={"roleArn": ROLE, "roleSessionName": "s"})
    elsewhere = {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/ci", "roleSessionName": "x"}
    root = record("e-1", "CreateAccessKey", userIdentity={"type": "Root", "accountId": ACCOUNT, "principalId": ACCOUNT,
                                                          "arn": f"arn:aws:iam::{ACCOUNT}:root"})  # fmt: skip
    stop = record("e-1", "StopLogging", "cloudtrail")
    inside = record("e-1", "StopInstances", "ec2", userIdentity=CALLERS[7])
    fields = "userIdentity, requestParameters, errorCode"
    for name, first, more in (
        ("breakglass-session", entry, {"requestParameters": elsewhere}),
        ("breakglass-session", inside, {"userIdentity": CALLERS[2]}), ("root-use", root, {"userIdentity": CALLERS[5]}),
        ("silencer-calls", stop, {"errorCode": "AccessDenied"}),
    ):  # fmt: skip
        for answer in answers(name, [first, correcting("e-1", first, fields, **more)], tmp_path / first["eventName"]):
            assert ("e-1", "ok") in told(answer, "event_id", "outcome") and answer.exit_code == 2
            assert [text[: len(DISPUTED)] for text in said(answer)] == [DISPUTED]


@pytest.mark.parametrize(
    ("name", "fields", "is_told"),
    [
        ("last-use", "errorCode", True), ("last-use", "", True), ("last-use", "userAgent, responseElements", False),
        ("actions-used", "requestParameters", False), ("denied-attempts", "userIdentity", True),
        ("secret-reads", "requestParameters", True), ("secret-reads", "responseElements", False),
        ("role-assumptions", "errorCode", False), ("iam-changes", "errorCode", False),
    ],
)  # fmt: skip
def test_what_a_corrected_record_said_before_is_told_where_it_counts(
    name: str, fields: str, is_told: bool, tmp_path: Path
) -> None:
    first = record("e-1", "GetSecretValue", "secretsmanager", requestParameters={"secretId": "s"}, readOnly=True)
    now = correcting("e-1", first, fields, errorCode="AccessDenied")
    for answer in answers(name, [first, now], tmp_path):
        assert [text.startswith(COUNTS_TOO) for text in said(answer)] == [True] * is_told


def test_kept_facts_tell_of_corrections_again_and_of_the_window_only(tmp_path: Path) -> None:
    first = record("e-1", "GetSecretValue", "secretsmanager", readOnly=True)
    write(tmp_path / "tree", [first], "one")
    write(tmp_path / "tree", [correcting("e-1", first, "errorCode")], "two")
    found = [by_files("last-use", tmp_path / "tree", tmp_path / "kept", WHEN) for _ in range(2)]
    assert [len(said(answer)) for answer in found] == [1, 1] and found[1].coverage.fresh == 0
    later = by_files("last-use", tmp_path / "tree", tmp_path / "kept", window("2026-01-10T10:00:00Z", None))
    assert said(later) == []


@pytest.mark.parametrize("order", [1, -1])
def test_journeys_learn_the_same_from_athena(order: int, tmp_path: Path) -> None:
    """By day, as reconcile and the review ask it: what is doubled, disputed and corrected, and what is left of it."""
    stop = record("e-1", "StopLogging", "cloudtrail", requestParameters={"name": "trail"})
    inside = record("e-2", "StopInstances", "ec2", userIdentity=CALLERS[7])
    found = [stop, record("e-1", "DescribeInstances", "ec2", userIdentity=CALLERS[7]), inside,
             correcting("e-2", inside, "sourceIPAddress", sourceIPAddress="203.0.113.9"),
             record("e-3", "TagUser", userIdentity=CALLERS[7]),
             correcting("e-3", record("", "TagRole", userIdentity=CALLERS[7]))]  # fmt: skip
    write(tmp_path / "tree", found[::order], "one")
    write(tmp_path / "tree", [QUIET], "none", OTHER)
    athena = Athena(FakeAthena(connected(tmp_path / "tree")), LAKE.region, LAKE.workgroup, LAKE.database, print,
                    lambda _: None)  # fmt: skip
    engines = [Engine(open_objects(str(tmp_path / "tree")), tmp_path / "kept", ROLES, lambda _: None, 1),
               AthenaEngine(athena, LAKE, "breakglass-session", ROLES, NOW, by_day=True)]  # fmt: skip
    files, queried = (recorded(engine.ask(WHEN).facts, ROLES) for engine in engines)
    for told_by in (files, queried):
        assert [(item.event_id, item.action) for item in told_by.records if item.event_id != "e-1"] == [
            ("e-2-now", "ec2:StopInstances"), ("e-3", "iam:TagUser"), ("e-3-now", "iam:TagRole"),
        ]  # fmt: skip
        assert {item.action for item in told_by.records if item.event_id == "e-1"} == {
            "cloudtrail:StopLogging", "ec2:DescribeInstances"}  # fmt: skip
        doubts = {name: ids for name, ids in vars(told_by.doubts).items() if ids}
        assert doubts == {"doubled": {"e-1"}, "disputed": {"e-3"}, "corrected": {"e-2"}}


def test_a_number_without_end_ends_no_answer(tmp_path: Path) -> None:
    """Whoever may write into a log group writes what he likes; Python refuses numbers of thousands of digits."""
    texts = [json.dumps(record("e-1", "CreateUser", requestParameters={"userName": name, "token": "x", "a": "HERE"}))
             .replace('"HERE"', "9" * 5000) for name in ("x", "y")]  # fmt: skip

    class Written(Group):
        def pages(self, when: Window) -> Iterator[Page]:
            yield Page("a page", tuple(texts))

    engine = RecordEngine(Written([]), ROLES)
    found = ask(question("iam-changes"), engine, Group.source, WHEN, baseline=timedelta(days=1), roles=ROLES)
    assert told(found, "target") == [("x",), ("y",)] and said(found)


POOL = [
    record(f"e-{number}", name, source, requestParameters=asked, userIdentity=who)
    for number in (1, 2) for name, source, asked in (
        ("CreateUser", "iam", {"userName": "x"}), ("StopLogging", "cloudtrail", {"name": "trail"}),
        ("AssumeRole", "sts", {"roleArn": ROLE, "roleSessionName": "s"}),
    ) for who in (CALLERS[5], CALLERS[7])
]  # fmt: skip
POOL += [correcting(item["eventID"], item, "userIdentity", userIdentity=CALLERS[2]) for item in POOL]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(found=st.lists(st.sampled_from(POOL), min_size=1, max_size=6), random=st.randoms(use_true_random=False))
def test_any_order_gives_the_same_answer(
    found: list[dict[str, Any]], random: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("ids")
    given_: dict[str, list[Any]] = {}
    for at in range(3):
        random.shuffle(found)
        place = folder / f"{at}"
        write(place, [QUIET], "none", OTHER)
        cut = random.randrange(len(found) + 1)
        write(place, found[:cut], "one")
        write(place, found[cut:], "two")
        engine = Engine(open_objects(str(place)), folder / f"kept{at}", ROLES, lambda _: None, cores=1)
        for item in QUESTIONS:
            if not item.compares:
                answer = ask(item, engine, "s", WHEN, baseline=timedelta(days=1), roles=ROLES)
                given_.setdefault(item.name, []).append((list(answer.rows), answer.not_judged, answer.coverage.notes))
    for name, those in given_.items():
        assert those[0] == those[1] == those[2], name


def exported(found: list[dict[str, Any]], folder: Path) -> tuple[list[Any], tuple[str, ...]]:
    write(folder / "tree", found, "one")
    made = export(open_objects(str(folder / "tree")), Window(), folder / "lake", lambda _: None)
    assert set(made.disputed) <= {"e-3"}
    rows = duckdb.sql(f"SELECT event_id, event_name FROM read_parquet('{folder}/lake/*/*/events.parquet')").fetchall()
    return sorted(rows), made.doubled


@pytest.mark.parametrize("order", [1, -1])
def test_the_export_has_each_of_them_and_says_so(order: int, tmp_path: Path) -> None:
    stop, tag = record("e-1", "StopLogging", "cloudtrail"), record("e-1", "TagUser", eventTime="2026-01-11T09:00:00Z")
    found = exported([stop, tag, stop, record("e-2", "TagUser")][::order], tmp_path / "doubled")
    assert found == ([("e-1", "StopLogging"), ("e-1", "TagUser"), ("e-2", "TagUser")], ("e-1",))
    first = record("e-3", "CreateUser")
    rows, doubled = exported([first, correcting("e-3", first), record("e-4", "TagUser")][::order], tmp_path / "now")
    assert (rows, doubled) == ([("e-3-now", "CreateUser"), ("e-4", "TagUser")], ())
    rows, _ = exported([first, correcting("e-3", record("", "TagUser"))][::order], tmp_path / "claimed")
    assert rows == [("e-3", "CreateUser"), ("e-3-now", "TagUser")]


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    "more",
    [{"userIdentity": CALLERS[2]}, {"errorCode": "AccessDenied"}, {"eventTime": "2026-01-11T09:00:00Z"},
     {"sourceIPAddress": "10.0.0.1", "addendum": {"originalEventID": "e-3", "updatedFields": "userAgent"}}],
)  # fmt: skip
def test_the_export_has_what_only_claims_to_be_corrected_and_says_so(
    more: dict[str, Any], order: int, tmp_path: Path
) -> None:
    first = record("e-3", "CreateUser")
    write(tmp_path / "tree", [first, correcting("e-3", first, ", ".join(more)) | more][::order], "one")
    made = export(open_objects(str(tmp_path / "tree")), Window(), tmp_path / "lake", lambda _: None)
    assert made.disputed == ("e-3",)
    rows = duckdb.sql(f"SELECT event_id FROM read_parquet('{tmp_path}/lake/*/*/events.parquet') ORDER BY 1").fetchall()
    assert rows == [("e-3",), ("e-3-now",)]


PARAMETERS = [123, 1.5, True, None, "", "text", ["x"], [ROLE], {"a": "b"}, ROLE, f"arn:aws:iam::{OTHER}:root", "é\n\"'"]
NAMES = ("roleArn", "roleSessionName", "sourceIdentity", "serialNumber", "targetPrincipal", "secretId", "name", "path",
         "secretIdList", "names")  # fmt: skip
ODD_CALLS = [("sts", "AssumeRole"), ("sts", "AssumeRoot"), ("secretsmanager", "GetSecretValue"),
             ("secretsmanager", "BatchGetSecretValue"), ("ssm", "GetParameters"), ("iam", "CreateUser")]  # fmt: skip


@st.composite
def odd(draw: st.DrawFn) -> dict[str, Any]:
    source, name = draw(st.sampled_from(ODD_CALLS))
    session = draw(st.sampled_from(["INC-1", "a/b", "/", "ü\n", ""]))
    role = draw(st.sampled_from([ROLE, f"{ROLE}é", f"{ROLE}٣ x"]))
    message = f"User: x is not authorized to perform: sts:AssumeRole on resource: {role}"
    who = CALLERS[8] | {"arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/prod-breakglass-admin/{session}"}
    asked = draw(st.none() | st.dictionaries(st.sampled_from(NAMES), st.sampled_from(PARAMETERS), max_size=4)
                 | st.sampled_from([["x"], 5]))  # fmt: skip
    return record(
        f"event-{draw(st.integers(0, 10**6)):07}", name, source, requestParameters=asked, readOnly=source != "iam",
        userIdentity=draw(st.sampled_from([CALLERS[5], CALLERS[7], who])),
        **draw(st.sampled_from([{}, {"errorCode": "AccessDenied", "errorMessage": message}])),
    )  # fmt: skip


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(found=st.lists(odd(), min_size=1, max_size=25, unique_by=lambda item: item["eventID"]))
def test_parameters_of_any_type_are_the_same_to_both_engines(
    found: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("types")
    write(folder, found, "one")
    write(folder, [QUIET], "none", OTHER)
    compare(folder, tmp_path_factory.mktemp("kept"), FakeAthena(connected(folder)), WHEN)


def test_no_statement_takes_what_is_no_text_for_one() -> None:
    """Of a number Trino's json_extract_scalar makes its text, and of an array NULL, where DuckDB gives the JSON."""
    from sqlglot import exp, parse_one

    from tests.trail_sql.golden import statements

    for name, text in statements().items():
        for found in parse_one(text, dialect="athena").find_all(exp.JSONExtractScalar):
            case = found.parent
            assert isinstance(case, exp.If), name
            assert "JSON_FORMAT" in case.this.sql(dialect="athena") and "LIKE '\"%'" in case.this.sql(dialect="athena")


def test_what_stands_in_the_wrong_type(tmp_path: Path) -> None:
    found = [record("e-1", "GetSecretValue", "secretsmanager", requestParameters={"secretId": 123}),
             record("e-2", "AssumeRole", "sts", requestParameters={"roleArn": [ROLE], "roleSessionName": 5}),
    ]  # fmt: skip
    for answer in answers("secret-reads", found, tmp_path):
        assert told(answer, "secret") == [("",)]
    for answer in answers("role-assumptions", found, tmp_path):
        assert told(answer, "role", "session") == [("", "")]
    for answer in answers("breakglass-session", found, tmp_path):
        assert told(answer, "event_id") == [("e-2",)]
