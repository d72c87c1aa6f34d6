"""Passwords and access keys of users, by the credential report, which tells no use of their other credentials."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from iam_guardrails.model.account import User
from iam_guardrails.model.credential_report import CredentialRow, KeyRow
from iam_guardrails.model.review.basis import Basis
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import changed
from iam_guardrails.rules.review.aging import CLOSED, KEPT, KEPT_BY, UNKNOWN, Aged, aged
from iam_guardrails.rules.review.users import last_use, other_ways, row_of

_EVIDENCE = (("source", "credential report"), ("window", "90 days"), ("granularity", "the credential"))


def judged(basis: Basis, now: datetime) -> Iterator[Aged]:
    """Each password and active key; a user with other credentials, or with none, stands for itself."""
    tags = {str(item["UserName"]): {str(tag["Key"]): str(tag["Value"]) for tag in item.get("Tags") or ()}
            for item in basis.entries("UserDetailList")}  # fmt: skip
    for user in basis.capture.account.users:
        row = row_of(basis, user)
        if row is None:
            why = user.has_console_password.reason if isinstance(user.has_console_password, Unknown) else "no row"
            yield Aged("user", user.name, user.arn, UNKNOWN, why=why)
        elif user.arn in basis.expected.people:
            yield Aged(
                "user",
                user.name,
                user.arn,
                KEPT,
                last_use(row),
                row.created_at,
                f"may enter the break-glass role; {KEPT_BY}",
            )
        else:
            yield from _of_user(user, row, now, tags.get(user.name, {}), basis)


def _of_user(user: User, row: CredentialRow, now: datetime, tags: dict[str, str], basis: Basis) -> Iterator[Aged]:
    active = [key for key in row.keys if key.active]
    others = other_ways(row)
    if others:
        why = f"AWS tells no last use of {' and '.join(others)}"
        yield Aged("user", user.name, user.arn, UNKNOWN, why=why)
    elif not row.has_password and not active:
        yield Aged("user", user.name, user.arn, CLOSED)
    if row.has_password:
        made = row.password_changed_at or row.created_at
        found = aged(
            "password", user.name, user.arn, row.password_last_used_at, made, now, tags, basis.today, _EVIDENCE
        )
        yield changed(found, remedy=f"aws iam delete-login-profile --user-name {user.name}")
    for key in active:
        yield _key(user, key, now, tags, basis)


def _key(user: User, key: KeyRow, now: datetime, tags: dict[str, str], basis: Basis) -> Aged:
    found = aged("access key", f"{user.name} ({key.number})", f"{user.arn}/access-key-{key.number}", key.last_used_at,
                 key.rotated_at, now, tags, basis.today, _EVIDENCE)  # fmt: skip
    remedy = (f"aws iam list-access-keys --user-name {user.name} shows its id; then aws iam update-access-key "
              f"--user-name {user.name} --access-key-id ID --status Inactive, and later delete-access-key")  # fmt: skip
    return changed(found, remedy=remedy)
