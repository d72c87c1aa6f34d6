"""The credential report: have AWS make it, fetch it, and turn its lines into values.

Sources: IAM API Reference, API_GenerateCredentialReport (STARTED, INPROGRESS, COMPLETE) and API_GetCredentialReport
(errors ReportInProgress, ReportNotPresent, ReportExpired; GeneratedTime); IAM User Guide,
id_credentials_getting-report (columns by name; TRUE/FALSE in either case; `N/A`, `no_information` and `not_supported`
mean no value; a report is made at most every four hours).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from iam_guardrails.adapters.aws.reading import Reading, Refused
from iam_guardrails.model.credential_report import CredentialReport, CredentialRow, KeyRow
from iam_guardrails.model.value import frozen

_ATTEMPTS = 20
_OLDEST = timedelta(hours=4, minutes=15)  # the docs' four hours, and a margin for the clocks
_NOTHING = frozenset({"", "n/a", "no_information", "not_supported"})


@frozen
class Begun:
    """A report that was asked for. made: AWS said that it is there already."""

    made: bool


def begin_report(reading: Reading, region: str) -> Begun:
    """Have AWS make the report, or learn that a fresh one is there. Raises Refused."""
    return Begun(reading.ask("iam", region, "GenerateCredentialReport").get("State") == "COMPLETE")


def finish_report(
    reading: Reading, region: str, begun: Begun, now: datetime, wait: Callable[[float], None]
) -> CredentialReport:
    """Fetch the report, waiting for it up to about a minute. Raises Refused.

    now: against which an old report, handed out while the new one is made, is told.
    """
    made = begun.made
    for attempt in range(_ATTEMPTS):
        try:
            answer = reading.ask("iam", region, "GetCredentialReport")
            if made or not _is_old(answer.get("GeneratedTime"), now):
                return _report(answer)
            made = begin_report(reading, region).made
        except Refused as refusal:
            if refusal.code in ("ReportNotPresent", "ReportExpired"):
                made = begin_report(reading, region).made
            elif refusal.code != "ReportInProgress":
                raise
        wait(min(0.2 * 2**attempt, 3.0))
    raise Refused("iam:GetCredentialReport: the report was not there in about a minute", "Timeout")


def _is_old(made_at: datetime | None, now: datetime) -> bool:
    return made_at is not None and made_at < now - _OLDEST


def _report(answer: Mapping[str, Any]) -> CredentialReport:
    try:
        return CredentialReport(answer.get("GeneratedTime"), parse_report(answer["Content"]))
    except ValueError as error:
        raise Refused(f"iam:GetCredentialReport brought something else than a report ({error})", "NoReport") from None


def parse_report(content: bytes) -> tuple[CredentialRow, ...]:
    """The report's rows. Columns go by their header, in any order; unknown ones are left out.

    Raises ValueError when no column is called user.
    """
    lines = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    header = [name.strip().lower() for name in next(lines, [])]
    if "user" not in header:
        raise ValueError("the report has no column called user")
    rows = (dict(zip(header, line, strict=False)) for line in lines if line)
    return tuple(_row(row) for row in rows if row.get("user"))


def _row(row: Mapping[str, str]) -> CredentialRow:
    def time(name: str) -> datetime | None:
        return moment(row.get(name, ""))

    password = row.get("password_enabled", "")
    return CredentialRow(
        user=row["user"],
        arn=row.get("arn", ""),
        created_at=time("user_creation_time"),
        has_password=None if password.strip().lower() == "not_supported" else truth(password),
        password_last_used_at=time("password_last_used"),
        password_changed_at=time("password_last_changed"),
        password_rotates_at=time("password_next_rotation"),
        mfa_active=truth(row.get("mfa_active", "")),
        keys=tuple(_key(row, number) for number in (1, 2)),
        active_certificates=sum(truth(row.get(f"cert_{number}_active", "")) for number in (1, 2)),
        other_credentials=_text(row, "additional_credentials_info"),
    )


def _key(row: Mapping[str, str], number: int) -> KeyRow:
    prefix = f"access_key_{number}_"
    return KeyRow(
        number,
        truth(row.get(f"{prefix}active", "")),
        moment(row.get(f"{prefix}last_rotated", "")),
        moment(row.get(f"{prefix}last_used_date", "")),
        _text(row, f"{prefix}last_used_region"),
        _text(row, f"{prefix}last_used_service"),
    )


def _text(row: Mapping[str, str], name: str) -> str:
    value = row.get(name, "").strip()
    return "" if value.lower() in _NOTHING else value


def truth(text: str) -> bool:
    """TRUE, true and True are true; everything else (also N/A and not_supported) is not."""
    return text.strip().lower() == "true"


def moment(text: str) -> datetime | None:
    """A time of the report, or None for N/A, no_information, not_supported and anything that is no time."""
    if text.strip().lower() in _NOTHING:
        return None
    try:
        found = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
