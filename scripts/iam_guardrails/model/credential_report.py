"""IAM's credential report, typed: one row for the root user and for each IAM user.

Source: IAM User Guide, "Get credential reports for your AWS account" (id_credentials_getting-report): the columns, the
words N/A, no_information and not_supported, and that a report is made at most every four hours.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from iam_guardrails.model.value import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_APART = timedelta(minutes=1)
ROOT_ROW = "<root_account>"


@frozen
class KeyRow:
    """One of the two access keys of a row. number: 1 or 2.  The times are None for "never" and for "not known"."""

    number: int
    active: bool
    rotated_at: datetime | None = None
    last_used_at: datetime | None = None
    last_used_region: str = ""
    last_used_service: str = ""

    @property
    def exists(self) -> bool:
        """Whether there is such a key: a deleted one leaves neither the word TRUE nor a time of rotation."""
        return self.active or self.rotated_at is not None


@frozen
class CredentialRow:
    """One row. user: the name, or "<root_account>".

    has_password: None for the root user, of whom the report does not say it.  password_last_used_at: None for never,
    also for "no_information".  active_certificates: how many signing certificates are active.  other_credentials: the
    column additional_credentials_info, as AWS writes it ("" where it tells nothing).
    """

    user: str
    arn: str
    created_at: datetime | None = None
    has_password: bool | None = None
    password_last_used_at: datetime | None = None
    password_changed_at: datetime | None = None
    password_rotates_at: datetime | None = None
    mfa_active: bool = False
    keys: tuple[KeyRow, ...] = ()
    active_certificates: int = 0
    other_credentials: str = ""


@frozen
class CredentialReport:
    """The report. generated_at: when AWS made it; None where it does not say."""

    generated_at: datetime | None
    rows: tuple[CredentialRow, ...]

    def rows_of(self, created: Mapping[str, datetime | None]) -> dict[str, CredentialRow]:
        """The rows by user, without those that are of an earlier user of the name. created: of the users there are.

        AWS makes a report at most every four hours: a user may have been deleted and made anew since.
        """
        found = {}
        for row in self.rows:
            made = created.get(row.user)
            if made is None or row.created_at is None or abs(made - row.created_at) < _APART:
                found[row.user] = row
        return found

    def row(self, user: str) -> CredentialRow | None:
        """The row of a user, None where there is none (the report may be older than the user)."""
        return next((item for item in self.rows if item.user == user), None)
