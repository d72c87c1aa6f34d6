"""S3: bucket policies are stored, never evaluated.

moto evaluates a bucket policy without its Condition, so one that denies plain HTTP would deny all.
Like every other policy here it therefore decides nothing (limits.py: trust-and-policies-not-evaluated).
"""

from __future__ import annotations

from typing import Any

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket
from moto.s3.responses import S3Response

from iam_guardrails.emulator.dispatch import remember
from iam_guardrails.emulator.graft import Action, wrap_action
from iam_guardrails.emulator.s3_records import s3_record
from iam_guardrails.emulator.trails import logging_trails


def get_permission(self: Any, original: Action, action: str, resource: str) -> PermissionResult:
    """Amazon S3 User Guide, "Policies and permissions": the neutral answer, whatever the policy says."""
    return PermissionResult.NEUTRAL


def bucket_response(self: Any, original: Action, request: Any, full_url: str, headers: Any) -> Any:
    """Answer a call on a bucket, then record it, as dispatch.call_action does for the other services."""
    answer = original(request, full_url, headers)
    remember("s3", lambda: s3_record(self, answer), lambda: logging_trails(self.current_account))
    return answer


def graft() -> None:
    """Put the grafts into moto."""
    wrap_action(FakeBucket, get_permission)
    wrap_action(S3Response, bucket_response)
