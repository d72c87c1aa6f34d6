"""The door of the break-glass role: who calls, which MFA devices there are, one AssumeRole, and who came out.

Sources: AWS STS API Reference, AssumeRole and GetCallerIdentity; IAM API Reference, ListMFADevices (the serial number
of a security key is an ARN with :u2f/, and it cannot answer for an API call); IAM User Guide,
troubleshoot_access-denied (what a refusal says of the kind of policy that denied).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from iam_guardrails.adapters.aws.entry_errors import entry_error, told_at
from iam_guardrails.adapters.aws.errors import AwsError, code_of, fatal
from iam_guardrails.adapters.aws.session import AwsSession, Session, session
from iam_guardrails.model.iam.revocation import REVOCATION_NAME
from iam_guardrails.model.incident.child import child_environment
from iam_guardrails.model.incident.entry import Caller, Issued, Keys, Order
from iam_guardrails.model.incident.revoking import DENIED_BY_ROLE

SessionOf = Callable[[Mapping[str, str], str], Session]


class AwsDoor:
    """`journeys.breakglass_enter.Door` on a real account, or on the embedded AWS."""

    def __init__(
        self, owner: Session, variables: Mapping[str, str], region: str, now: Callable[[], datetime],
        session_of: SessionOf = session,
    ) -> None:  # fmt: skip
        """owner: signed in as who enters.  variables: endpoints and certificates for the new session.  region: where
        the role is assumed."""
        self._owner = owner
        self._variables = variables
        self._region = region
        self._now = now
        self._session_of = session_of

    def caller(self) -> Caller:
        """Who the owner's credentials are. Raises AwsError."""
        found = caller_of(self._owner, self._region)
        temporary = isinstance(self._owner, AwsSession) and self._owner.is_temporary()
        return Caller(found.account_id, found.arn, found.at, temporary, found.region)

    def devices(self, user_name: str) -> tuple[str, ...] | None:
        """Serial numbers of a user's MFA devices, security keys too; None where AWS does not tell."""
        try:
            iam = self._owner.client("iam", region_name=self._region)
            found = iam.list_mfa_devices(UserName=user_name)["MFADevices"]
            return tuple(str(item["SerialNumber"]) for item in found)
        except Exception:  # whatever it is, the person can be asked instead
            return None

    def assume(self, order: Order, serial: str, code: str) -> Issued:
        """Assume the role. serial, code: "" where no MFA goes into the call. Raises Refused or AwsError."""
        given: dict[str, Any] = {
            "RoleArn": order.role_arn, "RoleSessionName": order.session_name, "SourceIdentity": order.incident_id,
            "DurationSeconds": order.seconds,
        }  # fmt: skip
        if code:
            given |= {"SerialNumber": serial, "TokenCode": code}
        try:
            answer = self._owner.client("sts", region_name=self._region).assume_role(**given)
        except Exception as error:  # botocore's parser errors share no base class with the others
            raise entry_error(error, order, bool(code), self._now()) from None
        return _issued(answer, self._now())

    def identity(self, issued: Issued, incident_id: str) -> Caller:
        """Who AWS says the new session is, asked with exactly the child's variables. Raises AwsError."""
        variables = child_environment(self._variables, issued.keys, self._region, issued.expires_at, incident_id)
        return caller_of(self._session_of(variables, self._region), self._region)

    def revocation(self, issued: Issued, incident_id: str, role_name: str) -> str | None:
        """The text of the role's AWSRevokeOlderSessions as the new session reads it; None where there is none, or
        nobody tells: a session that may not look may do all else."""
        variables = child_environment(self._variables, issued.keys, self._region, issued.expires_at, incident_id)
        try:
            iam = self._session_of(variables, self._region).client("iam", region_name=self._region)
            found = iam.get_role_policy(RoleName=role_name, PolicyName=REVOCATION_NAME)["PolicyDocument"]
            return found if isinstance(found, str) else json.dumps(found)
        except Exception as error:  # no answer keeps nobody out
            return DENIED_BY_ROLE if "explicit deny in an identity-based policy" in str(error) else None


def caller_of(signed_in: Session, region: str) -> Caller:
    """Who a session is, and AWS's time. Raises AwsError."""
    try:
        sts = signed_in.client("sts", region_name=region)
        answer = sts.get_caller_identity()
    except AwsError:
        raise
    except Exception as error:  # botocore's parser errors share no base class with the others
        raise fatal("sts:GetCallerIdentity", region, error) or AwsError(
            f"AWS did not say who the caller is (sts:GetCallerIdentity in {region}: {code_of(error)})."
        ) from None
    return Caller(str(answer["Account"]), str(answer["Arn"]), told_at(answer), False, str(sts.meta.region_name))


def _issued(answer: Mapping[str, Any], now: datetime) -> Issued:
    given, user = answer["Credentials"], answer["AssumedRoleUser"]
    keys = Keys(str(given["AccessKeyId"]), str(given["SecretAccessKey"]), str(given["SessionToken"]))
    return Issued(
        keys, given["Expiration"].astimezone(UTC).replace(microsecond=0), str(user["Arn"]), str(user["AssumedRoleId"]),
        str(answer.get("SourceIdentity") or ""), told_at(answer) or now,
    )  # fmt: skip
