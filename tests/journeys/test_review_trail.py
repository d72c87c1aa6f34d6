"""A review's questions to CloudTrail: what the source does not hold is not judged (tests/cases/holding.yaml)."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.review_world import basis_of

from iam_guardrails.cli import parser
from iam_guardrails.journeys.review import NO_DIGESTS, evidence_of, judge
from iam_guardrails.journeys.review_trail import BASELINE, Asker, ask_wholly, secret_regions
from iam_guardrails.model.incident.reach import LOOKUP, Reach
from iam_guardrails.model.review.calling import Calling, Commands
from iam_guardrails.model.review.review import WEEKLY
from iam_guardrails.model.review.window import looked_until
from iam_guardrails.model.trail.answer import Answer, Answerable, Coverage, Query, Unread
from iam_guardrails.model.trail.facts import IAM_CHANGE, DayFacts, Edge, Kept, Read, add_read
from iam_guardrails.model.trail.questions.all import question
from iam_guardrails.model.trail.window import Window
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import changed

ACCOUNT = "333333333333"
WINDOW = Window(datetime(2026, 11, 21, tzinfo=UTC), datetime(2026, 11, 24, 12, tzinfo=UTC))
NOW = datetime(2026, 11, 24, 13, tzinfo=UTC)
CASES = yaml.safe_load((Path(__file__).parent.parent / "cases" / "holding.yaml").read_text())["cases"]
BEFORE = tuple(f"{WINDOW.since - timedelta(days=days):%Y-%m-%d}" for days in range(BASELINE.days, 0, -1)
               if WINDOW.since)  # fmt: skip


class Source:
    """A source that holds what a case says, and all of the time before the window in the same Regions."""

    def __init__(self, case: Mapping[str, Any]) -> None:
        self._case = case

    def ask(self, window: Window) -> Answerable:
        in_window = window == WINDOW
        files = {name: days if in_window else BEFORE for name, days in self._case.get("files", {}).items()}
        source = self._case.get("source", "")
        coverage = Coverage(
            1, 0, 0, 0, 0, unread(self._case if in_window else {}), tuple(self._case.get("accounts", [ACCOUNT])),
            unit="page" if source else "file", places=tuple((ACCOUNT, name) for name in files),
            days={} if self._case.get("every") else {(ACCOUNT, one): frozenset(days) for one, days in files.items()},
            by_trail=not source.startswith(LOOKUP), every_region=bool(self._case.get("every")),
        )  # fmt: skip
        return Answerable(((day, used(day)) for day in (self._case["seen"] if in_window else BEFORE)), coverage)


def unread(case: Mapping[str, Any]) -> tuple[Unread, ...]:
    return tuple(Unread(key, "", "it is not gzip") for key in case.get("unreadable", ()))


def used(day: str) -> DayFacts:
    at = datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC) + timedelta(hours=8)
    return DayFacts({f"arn:aws:iam::{ACCOUNT}:user/ann": {"ec2.amazonaws.com Run ": int(at.timestamp())},
                     "arn:aws:iam::444444444444:user/bob": {"ec2.amazonaws.com Run ": 2**31}}, [], [], [])  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_what_is_missing_is_not_judged(case: dict[str, Any]) -> None:
    regions = secret_regions(f"arn:aws:secretsmanager:{name}:{ACCOUNT}:secret:s" for name in case.get("secrets", ()))
    asker = Asker(ACCOUNT, "us-east-2", Reach(tuple(case.get("regions", ("us-east-2",)))), regions, frozenset(), NOW)
    asked = question(case.get("question", "iam-changes"))
    found = ask_wholly(asked, Source(case), case.get("source", "a folder"), WINDOW, asker)
    assert list(found.not_judged) == case["lacks"]
    if "until" in case:
        assert found.seen_until == datetime.fromisoformat(case["until"])


def test_what_was_done_in_other_accounts_of_the_organisation_is_not_this_ones() -> None:
    other, first = "999999999999", int(datetime(2026, 11, 22, tzinfo=UTC).timestamp())

    def edge(caller: str, role: str, event_id: str) -> Edge:
        who, of = f"arn:aws:iam::{caller}:role/ci", f"arn:aws:iam::{role}:role/deploy"
        return Edge(role, "AssumeRole", who, "AssumedRole", of, None, "", "", "", first, first, "s", event_id, {})

    def kept(account: str) -> Kept:
        told = {"eventTime": "2026-11-22T00:00:00Z", "eventSource": "iam.amazonaws.com", "eventName": "CreateUser",
                "awsRegion": "us-east-1", "recipientAccountId": account, "eventID": account,
                "userIdentity": {"type": "IAMUser", "arn": f"arn:aws:iam::{account}:user/ann", "accountId": account},
                "requestParameters": {"userName": "eve"}}  # fmt: skip
        return Kept(account, first, IAM_CHANGE, json.dumps(told).encode())

    class Organisation:
        def ask(self, window: Window) -> Answerable:
            edges = [edge(other, other, "theirs"), edge(other, ACCOUNT, "in"), edge(ACCOUNT, other, "out")]
            reads = [Read(name, f"arn:aws:iam::{name}:role/app", "GetSecretValue", "db", "", first, first, "", name)
                     for name in (ACCOUNT, other)]  # fmt: skip
            ours = f"arn:aws:secretsmanager:us-east-2:{ACCOUNT}:secret:db-AbCdEf"
            reads.append(
                Read(other, f"arn:aws:iam::{other}:role/app", "GetSecretValue", ours, "", first, first, "", "in")
            )
            facts = DayFacts({}, edges, reads, [kept(ACCOUNT), kept(other)])
            coverage = Coverage(1, 0, 0, 0, 0, (), (ACCOUNT, other))
            return Answerable(iter([("2026-11-22", facts)] if window == WINDOW else []), coverage)

    asker = Asker(ACCOUNT, "us-east-2", Reach(("us-east-2",)), ("us-east-2",), frozenset(), NOW)
    found = {name: [row.event_id for row in ask_wholly(question(name), Organisation(), "a folder", WINDOW, asker).rows]
             for name in ("unusual-principals", "secret-reads", "iam-changes")}  # fmt: skip
    assert sorted(found["unusual-principals"]) == ["in", "out"]
    assert sorted(found["secret-reads"]) == [ACCOUNT, "in"] and found["iam-changes"] == [ACCOUNT]


OTHER = "999999999999"
OURS = f"arn:aws:secretsmanager:us-east-2:{ACCOUNT}:secret:db-AbCdEf"
BY_NAME, BY_ID = f"arn:aws:iam::{OTHER}:role/app", f"{OTHER} AROAEXAMPLEOFTHEAPP00"


@pytest.mark.parametrize(
    ("told", "who"),
    [
        ([(OTHER, BY_NAME, 0), (ACCOUNT, BY_ID, 0)], [BY_NAME]),
        ([(OTHER, BY_NAME, 0), (OTHER, BY_NAME, 60), (ACCOUNT, BY_ID, 0), (ACCOUNT, BY_ID, 60)], [BY_NAME]),
        ([(ACCOUNT, BY_ID, 0)], [BY_ID]),
        ([(OTHER, BY_NAME, 0)], [BY_NAME]),
        ([(OTHER, BY_NAME, 0), (ACCOUNT, BY_ID, 60)], [BY_NAME, BY_ID]),  # another read, or not all of them
        ([(OTHER, BY_NAME, 0), (ACCOUNT, BY_ID, 0), (ACCOUNT, f"{OTHER} AROAEXAMPLEOFANOTHER", 0)],
         [BY_NAME, BY_ID, f"{OTHER} AROAEXAMPLEOFANOTHER"]),  # nobody knows which of the two it is
        ([(OTHER, BY_NAME, 0), (ACCOUNT, "888888888888 AROAEXAMPLEOFATHIRD00", 0)],
         [BY_NAME, "888888888888 AROAEXAMPLEOFATHIRD00"]),
        ([(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:role/app", 0), (ACCOUNT, BY_ID, 0)],
         [f"arn:aws:iam::{ACCOUNT}:role/app", BY_ID]),
    ],
)  # fmt: skip
def test_a_read_that_two_accounts_recorded_is_one(told: list[tuple[str, str, int]], who: list[str]) -> None:
    first = int(datetime(2026, 11, 22, tzinfo=UTC).timestamp())
    reads: dict[tuple[object, ...], Read] = {}
    for number, (account, name, later) in enumerate(told):
        add_read(reads, Read(account, name, "GetSecretValue", OURS, "", first + later, first + later, "", f"{number}"))

    class Organisation:
        def ask(self, window: Window) -> Answerable:
            facts = DayFacts({}, [], list(reads.values()), [])
            coverage = Coverage(1, 0, 0, 0, 0, (), (ACCOUNT, OTHER))
            return Answerable(iter([("2026-11-22", facts)] if window == WINDOW else []), coverage)

    asker = Asker(ACCOUNT, "us-east-2", Reach(("us-east-2",)), ("us-east-2",), frozenset(), NOW)
    rows = ask_wholly(question("secret-reads"), Organisation(), "a folder", WINDOW, asker).rows
    assert sorted(row.principal for row in rows) == sorted(who)


def test_what_is_not_delivered_yet_is_not_seen() -> None:
    asker = Asker(ACCOUNT, "us-east-2", Reach(()), (), frozenset(), NOW - timedelta(minutes=55))
    case = {"seen": [], "source": f"{LOOKUP}us-east-1"}
    found = ask_wholly(question("iam-changes"), Source(case), case["source"], WINDOW, asker)
    assert found.seen_until == datetime(2026, 11, 24, 11, 50, tzinfo=UTC)


REFUSED = Unknown("s3:ListBucket was refused (AccessDenied)")
READ = Answer("iam-changes", "a folder", WINDOW, (), (), Coverage(1, 0, 1, 0, 0, ()), (), seen_until=WINDOW.until)


@pytest.mark.parametrize(
    ("told", "looked"),
    [
        ({"trail": {"iam-changes": READ}}, WINDOW.until),
        ({"trail": {"iam-changes": REFUSED}}, WINDOW.since),
        ({"trail": {"iam-changes": READ, "secret-reads": REFUSED}}, WINDOW.since),
        ({"trail": {"iam-changes": READ}, "reconciled": REFUSED}, WINDOW.since),
    ],
)
def test_time_of_which_nothing_could_be_read_is_looked_at_by_the_next_review(
    told: dict[str, Any], looked: datetime
) -> None:
    evidence = evidence_of(changed(basis_of({}), **told), WINDOW, "a folder", {})
    assert looked_until(evidence) == looked


@pytest.mark.parametrize(
    ("sandbox", "source", "says"),
    [(True, "s3://logs/AWSLogs", NO_DIGESTS), (True, "/trail", "`guardrails trail verify /trail` tells"),
     (False, "s3://logs/AWSLogs", "`guardrails trail verify s3://logs/AWSLogs` tells")],
)  # fmt: skip
def test_no_command_about_the_embedded_aws_asks_the_real_one(sandbox: bool, source: str, says: str) -> None:
    basis = basis_of({"changes": []})
    answer = basis.asked("iam-changes")
    assert isinstance(answer, Answer)
    basis = changed(basis, commands=Commands(Calling(sandbox=sandbox)),
                    trail={"iam-changes": changed(answer, source=source)})  # fmt: skip
    evidence = evidence_of(basis, Window(None, None), source, {})
    notes = judge(basis, WEEKLY, "2026-W48-weekly", evidence, lambda _: None).notes
    assert len([note for note in notes if note.startswith("not verified: ") and says in note]) == 1, notes


@pytest.mark.parametrize("queries", [(), (Query("q", 5, 1, 0),)])
def test_the_commands_in_its_notes_are_ones_that_can_be_run(queries: tuple[Query, ...]) -> None:
    basis = basis_of({"changes": []})
    asked = changed(READ, coverage=changed(READ.coverage, queries=queries))
    evidence = evidence_of(basis, WINDOW, "a folder", {})
    notes = judge(changed(basis, trail={"iam-changes": asked}), WEEKLY, "2026-W48-weekly", evidence, print).notes
    commands = [one for note in notes for one in re.findall(r"guardrails [a-z].*?(?=[`;]|$)", note)]
    assert len(commands) == 1 + len(queries)
    for command in commands:
        parser().parse_args(shlex.split(command)[1:])
