"""What the two big calls about identities brought, and what was asked beside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iam_guardrails.model.credential_report import CredentialReport
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import field, frozen


@frozen
class Identities:
    """details: UserDetailList, GroupDetailList, RoleDetailList and Policies as GetAccountAuthorizationDetails gives
    them, all pages joined, documents decoded, times as ISO 8601 text.  Unknown says why a call brought nothing.
    """

    details: Mapping[str, Any] | Unknown
    report: CredentialReport | Unknown


@frozen
class Asked:
    """What IAM was asked about single names. session_seconds: role name -> MaxSessionDuration.  mfa_kinds: user name
    -> kinds of device ("virtual", "hardware", "u2f")."""

    session_seconds: Mapping[str, int | Unknown] = field(default_factory=dict)
    mfa_kinds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
