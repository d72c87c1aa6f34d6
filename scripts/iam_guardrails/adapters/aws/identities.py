"""The identity part of an account in as few calls as AWS allows, and the account that is made of it.

With n users, groups, roles and managed policies: sts:GetCallerIdentity, iam:GenerateCredentialReport,
ceil(n / 1000) iam:GetAccountAuthorizationDetails and iam:GetCredentialReport. The report is asked for first, so that
AWS makes it while the details are read; each time it is not there yet costs one call more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from iam_guardrails.adapters.aws import iam
from iam_guardrails.adapters.aws.credential_report import begin_report, finish_report
from iam_guardrails.adapters.aws.credentials import credentials_of
from iam_guardrails.adapters.aws.errors import AwsError
from iam_guardrails.adapters.aws.reading import Reading, Refused
from iam_guardrails.adapters.aws.session import Session, caller
from iam_guardrails.model.account import Account
from iam_guardrails.model.capture.identities import Asked, Identities
from iam_guardrails.model.credential_report import CredentialReport
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import changed

_EMPTY: Mapping[str, Any] = {name: [] for name in iam.LISTS}


def check_account(session: Session, account_id: str, region: str) -> str:
    """The caller's ARN. Raises AwsError when the session is not signed in to `account_id`."""
    actual, arn = caller(session, region)
    if actual != account_id:
        raise AwsError(
            f"The credentials belong to account {actual} ({arn}), but account {account_id} was asked for:"
            " choose the profile of that account and repeat."
        )
    return arn


def open_reading(
    session: Session,
    account_id: str,
    region: str,
    progress: Callable[[str], None] | None = None,
    wait: Callable[[float], None] | None = None,
) -> Reading:
    """A reading of `account_id`, after making sure that the session belongs to it. Raises AwsError.

    wait: repeats what AWS throttles, after waiting (see Reading).
    """
    arn = check_account(session, account_id, region)
    reading = Reading(session, account_id, arn.split(":")[1], progress, wait)
    reading.calls["sts:GetCallerIdentity"] = 1
    return reading


def read_identities(reading: Reading, region: str, now: datetime, wait: Callable[[float], None]) -> Identities:
    """The authorization details and the credential report; Unknown with the reason where a call was refused."""
    reading.say("IAM: roles, users and policies")
    report: CredentialReport | Unknown
    details: Mapping[str, Any] | Unknown
    try:
        begun = begin_report(reading, region)
    except Refused as refusal:
        begun, report = None, Unknown(refusal.reason)
    try:
        details = iam.authorization_details(reading, region)
    except Refused as refusal:
        details = Unknown(refusal.reason)
    reading.say("IAM: credential report")
    if begun:
        try:
            report = finish_report(reading, region, begun, now, wait)
        except Refused as refusal:
            report = Unknown(refusal.reason)
    return Identities(details, report)


def details_of(reading: Reading, read: Identities) -> Mapping[str, Any]:
    """The four lists, empty where the call was refused; then that is noted for what they would have held."""
    if isinstance(read.details, Unknown):
        reading.note(("roles", "users", "managed_policies", "groups"), None, read.details.reason)
        return _EMPTY
    return read.details


def with_identities(account: Account, read: Identities, asked: Asked, not_asked: Unknown | None = None) -> Account:
    """`account` with the roles, users, managed policies and groups that were read.

    not_asked: why nobody knows the session length of a role that `asked` does not name.
    """
    raw = _EMPTY if isinstance(read.details, Unknown) else read.details
    known = credentials_of(read.report, raw.get("UserDetailList", ()), asked.mfa_kinds)
    lengths = (asked.session_seconds, not_asked) if not_asked else (asked.session_seconds,)
    return changed(
        account,
        roles=tuple(iam.roles(raw.get("RoleDetailList", ()), *lengths)),
        users=tuple(iam.users(raw.get("UserDetailList", ()), known)),
        managed_policies=tuple(iam.managed_policies(raw)),
        groups=tuple(iam.groups(raw.get("GroupDetailList", ()))),
    )
