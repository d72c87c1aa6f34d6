"""What IAM Access Analyzer and AWS Config found themselves.

Sources: IAM Access Analyzer API Reference, FindingSummary (external access), FindingSummaryV2 and the details of
GetFindingV2 (unused access); AWS Config API Reference, ComplianceByConfigRule and EvaluationResult.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import field, frozen

if TYPE_CHECKING:
    from datetime import datetime

EXTERNAL = "ExternalAccess"
UNUSED_ROLE, UNUSED_KEY = "UnusedIAMRole", "UnusedIAMUserAccessKey"
UNUSED_PASSWORD, UNUSED_PERMISSION = "UnusedIAMUserPassword", "UnusedPermission"


@frozen
class UnusedService:
    """Permissions for a service that went unused. actions: those AWS names, e.g. "s3:PutObject"; none where the whole
    service is meant.  last_used_at: None for never within the analyzer's days."""

    service: str
    actions: tuple[str, ...] = ()
    last_used_at: datetime | None = None


@frozen
class UnusedDetail:
    """last_used_at: None for never within the analyzer's days.  key_suffix: the last four characters of a key's id.
    services: of UNUSED_PERMISSION."""

    last_used_at: datetime | None = None
    key_suffix: str = ""
    services: tuple[UnusedService, ...] = ()


@frozen
class AnalyzerFinding:
    """One finding that is not resolved.

    kind: EXTERNAL or one of the UNUSED_….  status: "ACTIVE" or "ARCHIVED".  resource: an ARN.  error: why the analyzer
    could not look at the resource, "" otherwise.  principal, actions, condition, is_public: of EXTERNAL.
    detail: of the others; Unknown where it was not asked or refused.  A role is reported in every Region.
    """

    id: str
    kind: str
    status: str
    region: str
    analyzer_arn: str
    resource: str
    resource_type: str
    owner_account_id: str = ""
    created_at: datetime | None = None
    analyzed_at: datetime | None = None
    updated_at: datetime | None = None
    error: str = ""
    principal: Mapping[str, str] = field(default_factory=dict)
    actions: tuple[str, ...] = ()
    condition: Mapping[str, str] = field(default_factory=dict)
    is_public: bool | None = None
    detail: UnusedDetail | Unknown | None = None


@frozen
class NonCompliant:
    """A resource that a Config rule does not accept. recorded_at: when that was found."""

    resource_type: str
    resource_id: str
    recorded_at: datetime | None = None
    annotation: str = ""


@frozen
class RuleCompliance:
    """What a Config rule says. compliance: "COMPLIANT", "NON_COMPLIANT", "NOT_APPLICABLE" or "INSUFFICIENT_DATA"."""

    rule_name: str
    region: str
    compliance: str
    resources: tuple[NonCompliant, ...] | Unknown = ()
