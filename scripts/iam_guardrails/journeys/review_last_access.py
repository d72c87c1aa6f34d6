"""Last accessed data of a capture, as the tightening of policies takes it."""

from __future__ import annotations

from datetime import datetime

from iam_guardrails.model.capture.capture import Capture
from iam_guardrails.model.iam.tightening.evidence import LastAccessed


def told_of(capture: Capture) -> dict[str, LastAccessed]:
    """By ARN, of everybody whom the capture asked about."""
    found = {}
    for one in capture.last_access:
        services: dict[str, int | None] = dict.fromkeys(one.unused)
        services |= {item.service: _seconds(item.last_used_at) for item in one.used}
        actions: dict[str, int | None] = {name: None for item in one.used for name in item.unused_actions}
        actions |= {each.action: _seconds(each.last_used_at) for item in one.used for each in item.actions}
        found[one.principal_arn] = LastAccessed(services, actions, _seconds(one.job_at) if one.job_at else 0)
    return found


def _seconds(at: datetime) -> int:
    return int(at.timestamp())
