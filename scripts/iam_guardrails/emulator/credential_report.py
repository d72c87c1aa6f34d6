"""IAM's credential report: columns and letter case as AWS writes them, the root row, what the keys did."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.iam.exceptions import ReportNotPresentException
from moto.iam.responses import IamResponse

from iam_guardrails.emulator.graft import Action, wrap_action

_KEY = ("active", "last_rotated", "last_used_date", "last_used_region", "last_used_service")
COLUMNS = (
    "user",
    "arn",
    "user_creation_time",
    "password_enabled",
    "password_last_used",
    "password_last_changed",
    "password_next_rotation",
    "mfa_active",
    *(f"access_key_1_{name}" for name in _KEY),
    *(f"access_key_2_{name}" for name in _KEY),
    "cert_1_active",
    "cert_1_last_rotated",
    "cert_2_active",
    "cert_2_last_rotated",
    "additional_credentials_info",
)
NONE = "N/A"
_EPOCH = "2020-01-01T00:00:00+00:00"


def generate_credential_report(self: Any, original: Action) -> ActionResult:
    """IAM API Reference: API_GenerateCredentialReport; a new one each time (AWS: every four hours)."""
    first = not self.backend.report_generated()
    self.backend.generate_report()
    self.backend.guardrails_report = (report(self.backend), utcnow())
    if first:
        return ActionResult({"State": "STARTED", "Description": "No report exists. Starting a new report."})
    return ActionResult({"State": "COMPLETE"})


def get_credential_report(self: Any, original: Action) -> ActionResult:
    """IAM API Reference: API_GetCredentialReport; columns as in the IAM User Guide, credential reports."""
    made = getattr(self.backend, "guardrails_report", None)
    if made is None:
        raise ReportNotPresentException("No report exists. Call GenerateCredentialReport to create one.")
    content, at = made
    return ActionResult({"Content": content, "ReportFormat": "text/csv", "GeneratedTime": at})


def report(backend: Any) -> str:
    """The CSV text for one account: `<root_account>` first, then the users."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval=NONE, lineterminator="\n")
    writer.writeheader()
    writer.writerow(_root(backend))
    for user in backend.users.values():
        writer.writerow(_user(backend, user))
    return text.getvalue()


def _root(backend: Any) -> dict[str, str]:
    unsupported = dict.fromkeys(
        ("password_enabled", "password_last_changed", "password_next_rotation"), "not_supported"
    )
    parts = ("mfa", "access_key_1", "access_key_2", "cert_1", "cert_2")
    switches = dict.fromkeys((f"{part}_active" for part in parts), "false")
    return {
        "user": "<root_account>",
        "arn": f"arn:{backend.partition}:iam::{backend.account_id}:root",
        "user_creation_time": _EPOCH,
        "password_last_used": "no_information",
        **unsupported,
        **switches,
    }


def _user(backend: Any, user: Any) -> dict[str, str]:
    row = {
        "user": user.name,
        "arn": user.arn,
        "user_creation_time": _time(user.create_date),
        "password_enabled": _flag(bool(user.password)),
        "mfa_active": _flag(bool(user.mfa_devices)),
        **_password(backend, user),
    }
    keys = list(user.access_keys)[:2]
    for number in (1, 2):
        row |= _key(number, keys[number - 1] if number <= len(keys) else None)
    certificates = list(user.signing_certificates.values())[:2]
    for number in (1, 2):
        has = number <= len(certificates) and certificates[number - 1].status == "Active"
        row[f"cert_{number}_active"] = _flag(has)
    return row


def _password(backend: Any, user: Any) -> dict[str, str]:
    if not user.password:
        return {}
    policy = backend.account_password_policy
    days = getattr(policy, "max_password_age", None) if policy else None
    changed = user.create_date
    return {
        "password_last_used": _time(user.password_last_used) if user.password_last_used else "no_information",
        "password_last_changed": _time(changed),
        "password_next_rotation": _time(changed + timedelta(days=int(days))) if days else NONE,
    }


def _key(number: int, key: Any) -> dict[str, str]:
    prefix = f"access_key_{number}_"
    if key is None:
        return {prefix + "active": "false"}
    row = {prefix + "active": _flag(key.status == "Active"), prefix + "last_rotated": _time(key.create_date)}
    used = key.last_used
    if used is not None:
        row[prefix + "last_used_date"] = _time(used.timestamp)
        row[prefix + "last_used_region"] = used.region
        row[prefix + "last_used_service"] = used.service
    return row


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _time(value: datetime) -> str:
    return value.strftime("%Y-%m-%dT%H:%M:%S+00:00")


def graft() -> None:
    """Install."""
    wrap_action(IamResponse, generate_credential_report, get_credential_report)
