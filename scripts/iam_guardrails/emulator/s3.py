"""S3: bucket policies are stored, never evaluated.

moto evaluates a bucket policy without its Condition, so one that denies plain HTTP would deny all.
Like every other policy here it therefore decides nothing (limits.py: trust-and-policies-not-evaluated).
"""

from __future__ import annotations

from typing import Any

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket

from iam_guardrails.emulator.graft import Action, wrap_action


def get_permission(self: Any, original: Action, action: str, resource: str) -> PermissionResult:
    """Amazon S3 User Guide, "Policies and permissions": the neutral answer, whatever the policy says."""
    return PermissionResult.NEUTRAL


def graft() -> None:
    """Put the graft into moto."""
    wrap_action(FakeBucket, get_permission)
