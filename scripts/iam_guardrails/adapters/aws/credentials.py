"""Passwords, access keys, MFA devices and the root user: what the authorization details leave out.

Source: IAM User Guide, id_credentials_mfa_configure-api-require (a FIDO key cannot answer for an AssumeRole with MFA).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from iam_guardrails.adapters.aws.reading import Reading, Refused
from iam_guardrails.model.account import AccessKey, RootUser
from iam_guardrails.model.credential_report import ROOT_ROW, CredentialReport, CredentialRow
from iam_guardrails.model.review.basis import moment
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import field, frozen


@frozen
class Credentials:
    """Rows of the credential report and kinds of MFA device, both by user name.

    unread: why there is no report, or empty.
    """

    rows: Mapping[str, CredentialRow] = field(default_factory=dict)
    mfa_kinds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unread: str = ""

    def has_console_password(self, user_name: str) -> bool | Unknown:
        """Whether a user has a console password; Unknown without a report, or when the user is newer."""
        row = self.rows.get(user_name)
        if row is None:
            return Unknown(self.unread or "the credential report is older than this user (it may be 4 hours old)")
        return row.has_password is True


def credentials_of(
    report: CredentialReport | Unknown, users: Iterable[Mapping[str, Any]],
    mfa_kinds: Mapping[str, tuple[str, ...]] | None = None,
) -> Credentials:  # fmt: skip
    """What a report, or the reason why there is none, says of users (as GetAccountAuthorizationDetails tells them)."""
    if isinstance(report, Unknown):
        return Credentials(mfa_kinds=mfa_kinds or {}, unread=report.reason)
    return Credentials(report.rows_of({item["UserName"]: moment(item.get("CreateDate")) for item in users}),
                       mfa_kinds or {})  # fmt: skip


def device_kind(serial: str) -> str:
    """Tell "virtual" (TOTP app), "u2f" (FIDO key, passkey) or "hardware" (TOTP token) by the serial."""
    resource = serial.partition(":iam::")[2].partition(":")[2]
    if resource.startswith("mfa/"):
        return "virtual"
    return "u2f" if resource.startswith("u2f/") else "hardware"


def mfa_kinds(
    reading: Reading, region: str, owners: Iterable[str], console_users: Iterable[str]
) -> dict[str, tuple[str, ...]]:
    """Kinds of device by user.

    Owners are asked for all their devices, one call each. For console users one list of virtual devices
    answers for most, the others are asked singly. Users whose devices were refused are left out.
    """
    owning = list(dict.fromkeys(owners))
    found = {name: devices for name in owning if (devices := _devices(reading, region, name)) is not None}
    rest = [name for name in dict.fromkeys(console_users) if name not in owning]
    virtual = _virtual_owners(reading, region) if len(rest) > 1 else frozenset()
    for name in rest:
        devices = ("virtual",) if name in virtual else _devices(reading, region, name)
        if devices is not None:
            found[name] = devices
    return found


def _devices(reading: Reading, region: str, user_name: str) -> tuple[str, ...] | None:
    try:
        listed = reading.pages("iam", region, "ListMFADevices", "MFADevices", UserName=user_name)
    except Refused as refusal:
        if refusal.code != "NoSuchEntity":  # an owner who does not exist is told by the list of users
            reading.note(("users",), None, refusal.reason)
        return None
    return tuple(sorted(device_kind(item["SerialNumber"]) for item in listed))


def _virtual_owners(reading: Reading, region: str) -> frozenset[str]:
    try:
        listed = reading.pages("iam", region, "ListVirtualMFADevices", "VirtualMFADevices", AssignmentStatus="Assigned")
    except Refused:
        return frozenset()  # every user is asked about singly then
    return frozenset(item["User"]["UserName"] for item in listed if "UserName" in item.get("User", {}))


def access_keys(
    reading: Reading, region: str, users: Mapping[str, str], owners: Iterable[str], known: Credentials
) -> list[AccessKey]:
    """Keys of every user (`users`: name to ARN): of owners as they are now, of the others by the report."""
    asked = [name for name in dict.fromkeys(owners) if name in users]
    found = [key for name in asked for key in _listed_keys(reading, region, name, users[name], known)]
    if known.unread:
        reading.note(("access_keys",), None, known.unread)
        return found
    others = (name for name in users if name not in asked and name in known.rows)
    return found + [key for name in others for key in _reported_keys(name, users[name], known.rows[name])]


def _listed_keys(reading: Reading, region: str, name: str, arn: str, known: Credentials) -> list[AccessKey]:
    listed = reading.attempt(
        ("access_keys",), None,
        lambda: reading.pages("iam", region, "ListAccessKeys", "AccessKeyMetadata", UserName=name),
    )  # fmt: skip
    row = known.rows.get(name)
    reported = {key.created_at: key.last_used_at for key in _reported_keys(name, arn, row)}
    return [_listed_key(item, name, arn, reported) for item in listed]


def _listed_key(
    item: Mapping[str, Any], name: str, arn: str, reported: Mapping[datetime | None, datetime | None]
) -> AccessKey:
    suffix, created = str(item["AccessKeyId"])[-4:], item.get("CreateDate")
    active = item.get("Status") == "Active"
    return AccessKey(f"{arn}/access-key-…{suffix}", name, suffix, active, created, reported.get(created))


def _reported_keys(name: str, arn: str, row: CredentialRow | None) -> list[AccessKey]:
    keys = row.keys if row else ()
    return [
        AccessKey(f"{arn}/access-key-{key.number}", name, "", key.active, key.rotated_at, key.last_used_at)
        for key in keys if key.exists
    ]  # fmt: skip


def root_users(reading: Reading, region: str, known: Credentials) -> list[RootUser]:
    """The root user: devices and keys from the account summary (always fresh), last use from the report."""
    if known.unread:
        raise Refused(known.unread, "NoReport")
    row = known.rows.get(ROOT_ROW)
    if row is None:
        raise Refused("the credential report has no row for the root user", "NoReport")
    summary = reading.ask("iam", region, "GetAccountSummary")["SummaryMap"]
    used = [row.password_last_used_at, *(key.last_used_at for key in row.keys)]
    return [
        RootUser(
            address=f"arn:{reading.partition}:iam::{reading.account_id}:root",
            mfa_active=bool(summary.get("AccountMFAEnabled")),
            has_access_key=bool(summary.get("AccountAccessKeysPresent")),
            last_used_at=max((time for time in used if time), default=None),
        )
    ]
