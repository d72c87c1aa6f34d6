"""STS: AssumeRole says the source identity back, as AWS does, and remembers it for the session's records."""

from __future__ import annotations

from typing import Any

from moto.core.utils import utcnow
from moto.sts.models import sts_backends
from moto.sts.responses import TokenResponse

from iam_guardrails.emulator.graft import Action, wrap_action


def assume_role(self: Any, original: Action) -> Any:
    """STS API Reference: API_AssumeRole; moto drops SourceIdentity and the MFA of the call.

    A session that was entered from another has the source identity of that one, and no other (AWS IAM User Guide,
    id_credentials_temp_control-access_monitor: it persists through role chaining and cannot be changed).
    """
    caller = sts_backends[self.current_account][self.partition].get_assumed_role_from_access_key(self.access_key)
    answer = original()
    source_identity = getattr(caller, "guardrails_source_identity", None) or self._get_param("SourceIdentity")
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
