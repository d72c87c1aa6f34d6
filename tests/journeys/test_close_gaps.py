"""What a source does not hold of a use: of when a trail was silent, and of what came after its files were copied."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.incident_records import ACCOUNT, AT, ROLE, incident, record
from tests.journeys.test_close import ATTACH, HOP, NOTHING_ELSE, ROLE_ARN, ROLES, Source, entered, given_keys, keyed

from iam_guardrails.adapters.trail_engine.records import RecordEngine
from iam_guardrails.journeys.close import Collected, collect, copied_too_early
from iam_guardrails.model.incident.copied import copied_notes, copied_of, lasted_until
from iam_guardrails.model.incident.incident import Incident
from iam_guardrails.model.incident.silent import silences
from iam_guardrails.model.incident.step import ENTERED, EXITED, Exited
from iam_guardrails.model.trail.answer import Coverage
from iam_guardrails.model.trail.window import Window

CASES = yaml.safe_load((Path(__file__).parent.parent / "cases" / "incidents" / "silences.yaml").read_text())
STOP, START = "cloudtrail:StopLogging", "cloudtrail:StartLogging"
TRAIL = {"name": "main"}
USED = [(ENTERED, entered(1800))]
EXIT = (EXITED, Exited(f"arn:aws:iam::{ACCOUNT}:role/{ROLE}", AT + timedelta(seconds=330)), 300)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_when_a_trail_was_silent(case: dict[str, Any]) -> None:
    calls = [
        record(f"cloudtrail:{action}", asked, seconds=second, error="".join(error),
               **({} if who == "use" else {"role": who, "incident": ""}))
        for second, action, asked, who, *error in case["calls"]
    ]  # fmt: skip
    start = int(AT.timestamp())
    found = [[one.since - start, None if one.until is None else one.until - start] for one in silences(calls)]
    assert found == case["spans"]


def collected(records: Sequence[Any], source: str) -> Collected:
    made = Source(records)
    made.source = source
    return collect(incident(steps=USED), ROLES, partial(RecordEngine, made), Window(), NOTHING_ELSE)


@pytest.mark.parametrize("other", [{}, {"role": "ci", "incident": ""}])
def test_of_when_the_trail_was_stopped_only_the_history_of_cloudtrail_tells(other: dict[str, Any]) -> None:
    calls = [record(STOP, TRAIL, seconds=2, **other), record(*ATTACH, seconds=3), record(START, TRAIL, seconds=9)]
    gaps = collected(calls, "logs:/trail@us-east-2").gaps
    assert any("the trail main did not record" in gap and "12:00:02Z to 2026-11-28T12:00:09Z" in gap for gap in gaps)
    assert not any("did not record" in gap for gap in collected(calls, "lookup:us-east-2").gaps)


def test_a_trail_that_was_stopped_after_the_use_hides_nothing_of_it() -> None:
    calls = [record(*ATTACH), record(STOP, TRAIL, seconds=1801, role="ci", incident="")]
    assert not any("did not record" in gap for gap in collected(calls, "logs:/trail@us-east-2").gaps)


def reached(*minutes: int) -> tuple[tuple[str, str], ...]:
    """Regions, with the minute after noon to which their files reach."""
    return tuple((f"us-east-{number}", f"2026-11-28T12:{minute:02}:00Z") for number, minute in enumerate(minutes, 1))


def early(use: Incident, mine: Sequence[Any], copied: tuple[tuple[str, str], ...], others: Sequence[Any] = ()) -> str:
    found = Collected(Window(), tuple(mine), tuple(others), (), (), copied)
    return "".join(copied_too_early(use, found, AT + timedelta(hours=5), 900))


def test_files_that_were_copied_before_the_use_had_ended_and_come_are_told() -> None:
    use = incident(steps=[*USED, EXIT])  # it ended five minutes after noon
    assert early(use, [], reached(20, 20)) == early(use, [], ()) == ""
    told = early(use, [], reached(20, 18))
    assert "until 2026-11-28 12:20:00 UTC, in us-east-2 (2026-11-28T12:18:00Z): copy them again" in told
    assert copied_notes(reached(20, 18)) == (
        "the folder's files reach to 2026-11-28T12:18:00Z, and what came later is not in it",
    )


def test_names_tell_to_the_minute_when_files_were_delivered() -> None:
    use = incident(steps=[*USED, (EXITED, Exited(ROLE_ARN, AT + timedelta(seconds=330)), 330)])
    assert early(use, [], reached(20)) == ""
    assert early(use, [], reached(19))


def test_a_use_without_a_known_entry_may_have_been_entered_until_it_was_due() -> None:
    assert lasted_until([], [], incident()) == AT + timedelta(minutes=20)  # opened ten minutes before noon, for 30


REVOKE = {"roleName": ROLE, "policyName": "AWSRevokeOlderSessions", "policyDocument": (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":["*"],"Resource":["*"],'
    '"Condition":{"DateLessThan":{"aws:TokenIssueTime":"2026-11-28T12:00:30Z"}}}]}')}  # fmt: skip


@pytest.mark.parametrize(("begun", "ends"), [(5, 60), (30, 1800), (61, 1800)])
def test_a_session_that_only_cloudtrail_knows_lasts_until_it_is_over_or_revoked(begun: int, ends: int) -> None:
    expires = {"credentials": {"accessKeyId": "ASIA1", "expiration": "Nov 28, 2026, 12:30:00 PM"}}
    entry = record("sts:AssumeRole", {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/{ROLE}"}, expires, seconds=begun)
    cut = record("iam:PutRolePolicy", REVOKE, seconds=60, incident="", role="ci")
    assert lasted_until([entry], [], incident()) == AT + timedelta(seconds=1800)
    assert lasted_until([entry], [cut], incident()) == AT + timedelta(seconds=ends)


def test_a_session_that_was_entered_from_the_use_outlasts_its_exit() -> None:
    use = incident(steps=[*USED, EXIT])
    hop = record("sts:AssumeRole", HOP, given_keys("ASIA2"), userIdentity=keyed("ASIA1", ROLE), seconds=60)
    assert lasted_until([hop], [], use) == AT + timedelta(hours=12, seconds=60)  # its own record tells no end
    assert early(use, [hop], reached(20))


def test_times_of_another_accounts_files_say_nothing() -> None:
    copied = ((ACCOUNT, "us-east-2", "20261128T1220Z"), (ACCOUNT, "us-east-1", "20261128T130005Z"),
              ("444444444444", "us-east-2", "20261128T1500Z"))  # fmt: skip
    assert copied_of(Coverage(1, 1, 1, 1, 0, (), copied=copied), ACCOUNT) == (
        ("us-east-2", "2026-11-28T12:20:00Z"), ("us-east-1", "2026-11-28T13:00:05Z"),
    )  # fmt: skip
