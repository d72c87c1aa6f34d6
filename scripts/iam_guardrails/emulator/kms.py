"""KMS: the rotation period."""

from __future__ import annotations

import json
from typing import Any

from moto.kms.responses import KmsResponse

from iam_guardrails.emulator.graft import Action, wrap_action

_DEFAULT_DAYS = 365


def enable_key_rotation(self: Any, original: Action) -> Any:
    """KMS API Reference: API_EnableKeyRotation; moto forgets RotationPeriodInDays."""
    answer = original()
    days = self._get_param("RotationPeriodInDays") or _DEFAULT_DAYS
    self.kms_backend.describe_key(self._get_param("KeyId")).guardrails_rotation_days = days
    return answer


def get_key_rotation_status(self: Any, original: Action) -> str:
    """KMS API Reference: API_GetKeyRotationStatus."""
    status = json.loads(original())
    key = self.kms_backend.describe_key(self._get_param("KeyId"))
    status["KeyId"] = key.id
    if status["KeyRotationEnabled"]:
        status["RotationPeriodInDays"] = getattr(key, "guardrails_rotation_days", _DEFAULT_DAYS)
    return json.dumps(status)


def graft() -> None:
    """Install."""
    wrap_action(KmsResponse, enable_key_rotation, get_key_rotation_status)
