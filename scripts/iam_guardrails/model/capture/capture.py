"""A capture: the account and everything around it that a review judges, read once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from iam_guardrails.model.account import Account, Key
from iam_guardrails.model.capture.findings import AnalyzerFinding, RuleCompliance
from iam_guardrails.model.capture.identities import Asked
from iam_guardrails.model.capture.identity_center import IdentityCenter
from iam_guardrails.model.capture.last_access import LastAccess
from iam_guardrails.model.capture.records import DrillSummary, IncidentSummary
from iam_guardrails.model.capture.secrets import KeyGrant, Secret
from iam_guardrails.model.credential_report import CredentialReport
from iam_guardrails.model.finding import Waiver
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import field, frozen

if TYPE_CHECKING:
    from datetime import datetime

FORMAT_VERSION = 1
"""Of the file. Raise it when an older program would read a file wrongly; adding a field with a default is no reason."""
LIVE, SANDBOX, DETAILS_ONLY = "live", "sandbox", "authorization-details"

IDENTITIES, ACCOUNT, FINDINGS, COMPLIANCE = "identities", "account", "findings", "compliance"
SECRETS, LAST_ACCESS, IDENTITY_CENTER, RECORDS = "secrets", "last_access", "identity_center", "records"
SECRET_KEYS, KEY_GRANTS = "secret_keys", "key_grants"
"""Keys of `refused`: read with SECRETS."""
NO_CONTRACT = Unknown("nobody looked for it")
NOTHING_ASKED = Asked()
PARTS = (IDENTITIES, ACCOUNT, FINDINGS, COMPLIANCE, SECRETS, LAST_ACCESS, IDENTITY_CENTER)
"""What is read from AWS, in the order it is read. RECORDS lie on this machine."""


@frozen
class PartRead:
    """One part. read_at: when its last call had answered.  calls: API action -> how often it was called."""

    name: str
    read_at: datetime
    calls: Mapping[str, int] = field(default_factory=dict)


@frozen
class Capture:
    """Everything one capture holds.

    origin: LIVE, SANDBOX or DETAILS_ONLY.  captured_at: when it began (None for DETAILS_ONLY, where nobody knows).
    account: what the rules judge, with origin "capture".  details: see Identities; Unknown where the call was refused.
    asked: what IAM told of single names.  secret_keys: the keys that encrypt secrets.  key_grants: on these.
    refused: what brought no answer -> why; keys are a part, "part@region", "part:arn", or as in `Account.refused`.
    unasked: what was not asked for -> why (the same keys).
    contract: what the last apply on the capturing machine says it built.
    sha256: of the content of the file it was read from, "" for a capture that was not written.
    """

    origin: str
    environment: str
    account_id: str
    home_region: str
    captured_at: datetime | None
    account: Account
    details: Mapping[str, Any] | Unknown
    credentials: CredentialReport | Unknown
    asked: Asked = NOTHING_ASKED
    regions: tuple[str, ...] = ()
    tool_version: str = ""
    parts: tuple[PartRead, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    unasked: Mapping[str, str] = field(default_factory=dict)
    last_access: tuple[LastAccess, ...] = ()
    findings: tuple[AnalyzerFinding, ...] = ()
    compliance: tuple[RuleCompliance, ...] = ()
    secrets: tuple[Secret, ...] = ()
    secret_keys: tuple[Key, ...] = ()
    key_grants: tuple[KeyGrant, ...] = ()
    identity_centers: tuple[IdentityCenter, ...] = ()
    drills: tuple[DrillSummary, ...] = ()
    incidents: tuple[IncidentSummary, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    contract: Mapping[str, Any] | Unknown = NO_CONTRACT
    sha256: str = ""

    @property
    def calls(self) -> dict[str, int]:
        """API action -> how often it was called for what the capture holds."""
        total: dict[str, int] = {}
        for part in self.parts:
            for action, count in part.calls.items():
                total[action] = total.get(action, 0) + count
        return dict(sorted(total.items()))

    def not_judged(self, part: str) -> dict[str, str]:
        """Why a part, or some of it, is not judged: the key (see `refused`) -> a clause. Empty where all was read."""
        named = {**self.unasked, **self.refused}
        return {key: why for key, why in named.items() if key.split("@")[0].split(":")[0] == part}

    def last_access_of(self, principal_arn: str) -> LastAccess | Unknown:
        """When a user or role used what; Unknown with the reason where that was not asked or was refused."""
        for item in self.last_access:
            if item.principal_arn == principal_arn:
                return item
        named = {**self.unasked, **self.refused}
        why = named.get(f"{LAST_ACCESS}:{principal_arn}") or named.get(LAST_ACCESS)
        return Unknown(why or "it is outside of what the capture was told to ask about (--last-accessed)")
