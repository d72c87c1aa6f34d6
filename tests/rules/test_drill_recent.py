"""drill-recent: each break-glass role was drilled live, in this account, within ninety days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from iam_guardrails.model.drill import FAILED, LIVE, NOT_JUDGED, OFFLINE, PASSED, RUNNING, DrillRecord
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.value import changed
from iam_guardrails.reports.drill import status_text
from iam_guardrails.rules.drill import judge_drills

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
ROLE = "arn:aws:iam::333333333333:role/emergency/prod-breakglass-admin"
OTHER = "arn:aws:iam::333333333333:role/prod-auditor"
EXPECTED = Expected("333333333333", "us-east-2", role_names=("prod-breakglass-admin",))
TWO = changed(EXPECTED, role_names=("prod-breakglass-admin", "prod-auditor"))


def passing(days: int, **more: object) -> DrillRecord:
    at = NOW - timedelta(days=days)
    record = DrillRecord(f"DRILL-{at:%Y%m%dT%H%M%SZ}", LIVE, "prod", "333333333333", at, PASSED, role_arn=ROLE)
    return changed(record, **more)


@pytest.mark.parametrize(
    ("records", "simulated", "says"),
    [
        ((passing(90),), False, ""),
        ((passing(91),), False, "is 91 days old (DRILL-20260826T090000Z, 2026-08-26)"),
        ((), False, "no live drill has ever passed (none has been done)"),
        ((passing(1, simulated=True),), False, "no live drill has ever passed"),
        ((passing(1, simulated=True),), True, ""),
        ((passing(1, kind=OFFLINE),), False, "no live drill has ever passed"),
        ((passing(1, outcome=RUNNING),), False, "no live drill has ever passed (none has been done)"),
        ((passing(1, outcome=NOT_JUDGED),), False, "no live drill has ever passed"),
        ((passing(1, outcome=FAILED, problems=("nobody heard",)),), False, "the last one failed: nobody heard"),
        ((passing(100), passing(2, outcome=FAILED)), False, "is 100 days old"),
        ((passing(1, role_arn=OTHER),), False, "prod-breakglass-admin: no live drill has ever passed (none has been"),
        ((passing(1, account_id="444444444444"),), False, "no live drill has ever passed (none has been done)"),
        ((passing(100), passing(1, role_arn=OTHER)), False, "is 100 days old"),
    ],
)
def test_a_drill_is_due_after_ninety_days(records: tuple[DrillRecord, ...], simulated: bool, says: str) -> None:
    findings, unsure, clean = judge_drills(records, NOW, "account 333333333333", EXPECTED, simulated)
    assert unsure == ()
    assert bool(clean) is not bool(says)
    assert [says in item.message for item in findings] == ([True] if says else [])


def test_each_of_two_roles_needs_a_drill_of_its_own() -> None:
    findings, _, clean = judge_drills((passing(1),), NOW, "account 333333333333", TWO)
    assert [item.message.partition(":")[0] for item in findings] == ["prod-auditor"] and clean == ()
    both = (passing(1), passing(2, role_arn=OTHER))
    assert judge_drills(both, NOW, "account 333333333333", TWO)[0] == ()
    assert [item.message.partition(":")[0] for item in judge_drills((), NOW, "x", TWO)[0]] == list(TWO.role_names)


def test_without_a_role_nothing_is_judged() -> None:
    findings, unsure, clean = judge_drills((passing(1),), NOW, "x", changed(EXPECTED, role_names=()))
    assert (findings, clean) == ((), ())
    assert "names no break-glass role" in unsure[0].reason


def test_the_status_tells_when_each_role_is_due() -> None:
    text = status_text((passing(100), passing(10, role_arn=OTHER)), TWO, "prod", NOW, False)
    assert "the next live drill of prod-breakglass-admin is overdue since 2026-11-15" in text
    assert "the next live drill of prod-auditor is due by 2027-02-13" in text
    none = status_text((passing(1, account_id="444444444444"),), EXPECTED, "prod", NOW, False)
    assert "no live drill of prod-breakglass-admin has passed yet: one is due now" in none
