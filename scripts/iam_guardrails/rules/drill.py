"""The drill rule: the whole path was tried out, live, within the last ninety days."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from iam_guardrails.model.drill import FAILED, LIVE, MOST_DAYS, DrillRecord, last_passed
from iam_guardrails.model.finding import Clean, Finding, NotJudged

RULE = "drill-recent"
TITLE = f"A live drill passed within the last {MOST_DAYS} days"
REMEDY = "Run `guardrails drill ENV --live` with an owner, and commit its record."
REFERENCE = "AWS Well-Architected Framework: sec_permissions_emergency_process (test regularly)"
Outcome = tuple[tuple[Finding, ...], tuple[NotJudged, ...], tuple[Clean, ...]]


def judge_drills(records: Iterable[DrillRecord], now: datetime, address: str, simulated: bool = False) -> Outcome:
    """Judge the records of one environment. simulated: whether drills on the embedded AWS count (only there)."""
    listed = tuple(records)
    last = last_passed(listed, simulated)
    if last is None:
        tried = [
            item for item in listed if item.kind == LIVE and item.outcome == FAILED and item.simulated is simulated
        ]
        what = f"the last one failed: {'; '.join(tried[-1].problems)}" if tried else "none has been done"
        return (_finding(address, f"no live drill has ever passed ({what})"),), (), ()
    age = (now - last.started_at).days
    if age > MOST_DAYS:
        when = last.started_at.date().isoformat()
        return (_finding(address, f"the last live drill that passed is {age} days old ({last.id}, {when})"),), (), ()
    return (), (), (Clean(RULE, 1),)


def _finding(address: str, message: str) -> Finding:
    return Finding(RULE, "medium", address, message, REMEDY, reference=REFERENCE)
