"""The drill rule: the whole path was tried out, live, within the last ninety days, with each break-glass role."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from iam_guardrails.model.drill import FAILED, MOST_DAYS, DrillRecord, last_passed, of_role
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.finding import Clean, Finding, NotJudged

RULE = "drill-recent"
TITLE = f"A live drill of each break-glass role passed within the last {MOST_DAYS} days"
REMEDY = "Run `guardrails drill ENV --live` with an owner (with --role where there are several), and commit its record."
REFERENCE = "AWS Well-Architected Framework: sec_permissions_emergency_process (test regularly)"
NO_ROLE = "guardrails.toml names no break-glass role (breakglass.role_names), so none can have been drilled"
Outcome = tuple[tuple[Finding, ...], tuple[NotJudged, ...], tuple[Clean, ...]]


def judge_drills(
    records: Iterable[DrillRecord], now: datetime, address: str, expected: Expected, simulated: bool = False
) -> Outcome:
    """Judge the records of one environment, role by role; those of another account or role do not count.

    simulated: whether drills on the embedded AWS count (only there).
    """
    if not expected.role_names:
        return (), (NotJudged(RULE, address, NO_ROLE),), ()
    listed = tuple(records)
    messages = [
        f"{name}: {why}"
        for name in expected.role_names
        if (why := _overdue(of_role(listed, expected.account_id, name), now, simulated))
    ]
    if messages:
        return tuple(_finding(address, message) for message in messages), (), ()
    return (), (), (Clean(RULE, len(expected.role_names)),)


def _overdue(records: tuple[DrillRecord, ...], now: datetime, simulated: bool) -> str:
    """Why a drill of the role is due; "" where none is."""
    last = last_passed(records, simulated)
    if last is None:
        tried = [item for item in records if item.outcome == FAILED and item.simulated is simulated]
        what = f"the last one failed: {'; '.join(tried[-1].problems)}" if tried else "none has been done"
        return f"no live drill has ever passed ({what})"
    age = (now - last.started_at).days
    if age > MOST_DAYS:
        return f"the last live drill that passed is {age} days old ({last.id}, {last.started_at.date().isoformat()})"
    return ""


def _finding(address: str, message: str) -> Finding:
    return Finding(RULE, "medium", address, message, REMEDY, reference=REFERENCE)
