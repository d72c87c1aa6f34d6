"""STS: AssumeRole says the source identity back, as AWS does, and remembers it for the session's records."""

from __future__ import annotations

from typing import Any

from moto.core.utils import utcnow
from moto.sts.responses import TokenResponse

from iam_guardrails.emulator.graft import Action, wrap_action


def assume_role(self: Any, original: Action) -> Any:
    """STS API Reference: API_AssumeRole; moto drops SourceIdentity and the MFA of the call."""
    answer = original()
    source_identity = self._get_param("SourceIdentity")
    session = answer.result["Credentials"]
    session.guardrails_began = utcnow()
    session.guardrails_source_identity = source_identity
    session.guardrails_mfa = bool(self._get_param("SerialNumber") and self._get_param("TokenCode"))
    if source_identity:
        answer.result["SourceIdentity"] = source_identity
    return answer


def graft() -> None:
    """Install."""
    wrap_action(TokenResponse, assume_role)
