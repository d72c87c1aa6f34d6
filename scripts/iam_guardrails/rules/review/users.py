"""Box: everybody who can sign in to the account, as an IAM user or through IAM Identity Center. Expected: no user.

Source: IAM User Guide, id_credentials_getting-report (credential report); IAM Identity Center User Guide, useraccess.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from iam_guardrails.model.account import User
from iam_guardrails.model.capture.capture import IDENTITY_CENTER
from iam_guardrails.model.credential_report import CredentialReport, CredentialRow
from iam_guardrails.model.removal.target import GRACE_EVIDENCE, GRACE_TAG
from iam_guardrails.model.review.basis import Basis, day, listed, moment
from iam_guardrails.model.review.declaration import Declared
from iam_guardrails.model.review.manifest import named_by
from iam_guardrails.model.review.review import Box, Item, Table, fingerprint, item_id
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.rules.review import center
from iam_guardrails.rules.review.power import power_of

ID, TITLE = "users", "Users with access"
ASKS = "List all IAM users with access to the environment (should be near zero; prefer SSO and roles)"
COLUMNS = ("user", "console", "MFA", "access keys", "other credentials", "last use", "declared")
_OLD = timedelta(minutes=15)
_SSO = "/aws-reserved/sso.amazonaws.com/"


def box(basis: Basis) -> Box:
    """An item for each user that can sign in and is not declared, and for each assignment that nobody declared."""
    users = basis.capture.account.users
    items = [item for user in users if (item := _item(basis, user))]
    people = center.judged(basis, ID)
    tables = [Table("IAM users", COLUMNS, tuple(_row(basis, user) for user in users))] if users else []
    missing = [*_users_not_judged(basis), *_center_not_judged(basis), *people.not_judged]
    notes = [] if users or missing else ["the account has no IAM user"]
    notes += [f"people of Identity Center were asked about one by one, since their list was not to be had: {why}"
              for each in basis.capture.identity_centers for why in each.singly]  # fmt: skip
    notes += _aged_report(basis)
    looked_at = len(users) + people.looked_at or int(not missing)  # an empty list was looked at
    return Box(ID, TITLE, ASKS, looked_at, (*items, *people.items), tuple(missing), tuple(notes),
               (*tables, *people.tables), declared=(*_declared(basis), *people.declared))  # fmt: skip


def _aged_report(basis: Basis) -> Iterator[str]:
    """As of when passwords, keys and devices are told, where AWS had made the report some time before."""
    report, at = basis.capture.credentials, basis.capture.captured_at
    made = report.generated_at if isinstance(report, CredentialReport) else None
    if made is not None and at is not None and at - made > _OLD and basis.capture.account.users:
        yield (f"passwords, keys and MFA are those of {made:%Y-%m-%d %H:%M} UTC, when AWS made its credential report:"
               " what was made since is not in it")  # fmt: skip


def _declared(basis: Basis) -> Iterator[Declared]:
    """The declared users, each bound to what it may."""
    for user in basis.capture.account.users:
        if is_declared(basis, user) and (power := power_of(basis, user.arn)):
            remedy = f"give {user.name} the policies back that it had, or say that it is right as it is now (keep)"
            yield Declared(item_id(ID, user.arn, "declared"), user.arn, f"what the user {user.name} may", power, remedy)


def _users_not_judged(basis: Basis) -> Iterator[str]:
    if isinstance(basis.capture.details, Unknown):
        yield f"the IAM users: {basis.capture.details.reason}"
    elif "UserDetailList" not in basis.capture.details:
        yield "the IAM users: the authorization details hold no list of users"
    blind: dict[str, list[str]] = {}
    for user in basis.capture.account.users:
        if isinstance(user.has_console_password, Unknown):
            blind.setdefault(user.has_console_password.reason, []).append(user.name)
    for why, names in blind.items():
        yield f"whether {len(names)} users can sign in ({listed(names)}): {why}"


def _center_not_judged(basis: Basis) -> Iterator[str]:
    named = [item["RoleName"] for item in basis.entries("RoleDetailList") if str(item.get("Path", "")).startswith(_SSO)]
    reached = f"; Identity Center reaches the account by {listed(named)}" if named else ""
    for key, why in basis.capture.not_judged(IDENTITY_CENTER).items():
        yield f"who has access through Identity Center ({key}): {why}{reached}"
        reached = ""
    if reached and not basis.capture.identity_centers:
        yield f"who has access through Identity Center: the capture holds no instance{reached}"


def row_of(basis: Basis, user: User) -> CredentialRow | None:
    """The user's row of the credential report, None where there is none, or it is of an earlier user of that name."""
    report = basis.capture.credentials
    if "rows" not in basis.kept:
        made = {item["UserName"]: moment(item.get("CreateDate")) for item in basis.entries("UserDetailList")}
        basis.kept["rows"] = report.rows_of(made) if isinstance(report, CredentialReport) else {}
    found: CredentialRow | None = basis.kept["rows"].get(user.name)
    return found


def is_declared(basis: Basis, user: User) -> bool:
    """Whether guardrails.toml names the user: as an owner of the break-glass role, or as another stack's."""
    return user.arn in basis.expected.people or named_by(basis.expected.declared_users, user.name)


def _ways_in(row: CredentialRow) -> list[str]:
    keys = sum(key.active for key in row.keys)
    ways = ["a console password"] if row.has_password else []
    ways += [f"{keys} active access key{'s' if keys > 1 else ''}"] if keys else []
    return [*ways, *other_ways(row)]


def other_ways(row: CredentialRow) -> list[str]:
    """Credentials beside password and access keys: certificates, and Git and service-specific credentials.

    Source: IAM User Guide, id_credentials_getting-report (cert_1_active, additional_credentials_info).
    """
    count = row.active_certificates
    ways = [f"{count} active signing certificate{'s' if count > 1 else ''}"] if count else []
    return ways + ([f"other credentials ({row.other_credentials})"] if row.other_credentials else [])


def _item(basis: Basis, user: User) -> Item | None:
    row = row_of(basis, user)
    ways = _ways_in(row) if row else []
    if row is None or not ways or is_declared(basis, user):
        return None
    bare = bool(row.has_password) and not row.mfa_active
    held = [*(policy for policy in user.attached_policy_arns if isinstance(policy, str)),
            *(policy.name for policy in user.inline_policies), *user.group_names]  # fmt: skip
    title = f"IAM user {user.name} can sign in: {', '.join(ways)}{', without MFA' if bare else ''}"
    keys = [[key.number, day(key.rotated_at)] for key in row.keys if key.active]
    meaning = fingerprint([ways, row.mfa_active, keys, sorted(held), user.boundary_arn, power_of(basis, user.arn)])
    evidence = (
        ("console", "yes" if row.has_password else "no"), ("MFA", "yes" if row.mfa_active else "no"),
        ("active keys", str(sum(key.active for key in row.keys))),
        ("other credentials", ", ".join(other_ways(row)) or "none"), ("last use", _last_told(row)),
        ("created", day(row.created_at)), ("policies and groups", listed(held) or "none"), *_grace(user),
    )  # fmt: skip
    reasons = (f"guardrails.toml names {user.name} neither under [breakglass] people nor under [declared] users",)
    return Item(item_id(ID, user.arn, "user"), ID, user.arn, title, "high" if bare else "medium", meaning, reasons,
                evidence, _remedy(user, row))  # fmt: skip


def _grace(user: User) -> Iterator[tuple[str, str]]:
    """The tag by which somebody wants to keep it: a removal stops where it is another one by then."""
    yield from ((GRACE_EVIDENCE, value) for key, value in user.tags or () if key == GRACE_TAG)


def last_use(row: CredentialRow) -> datetime | None:
    """When the user last signed in or used a key."""
    times = (row.password_last_used_at, *(key.last_used_at for key in row.keys))
    return max((at for at in times if at is not None), default=None)


def _remedy(user: User, row: CredentialRow) -> str:
    steps = [f"aws iam delete-login-profile --user-name {user.name}"] if row.has_password else []
    if any(key.active for key in row.keys):
        steps += [f"aws iam list-access-keys --user-name {user.name}",
                  f"aws iam update-access-key --user-name {user.name} --access-key-id ID --status Inactive"
                  ]  # fmt: skip
    if row.active_certificates:
        steps += [f"aws iam list-signing-certificates --user-name {user.name}",
                  f"aws iam update-signing-certificate --user-name {user.name} --certificate-id ID --status Inactive"
                  ]  # fmt: skip
    if row.other_credentials:
        steps += [f"aws iam list-service-specific-credentials --user-name {user.name}",
                  f"aws iam update-service-specific-credential --user-name {user.name} --service-specific-credential-id"
                  " ID --status Inactive", f"aws iam list-ssh-public-keys --user-name {user.name}"]  # fmt: skip
    lines = "; ".join(steps)
    return f"give the person a role through Identity Center; then: {lines}"


def _row(basis: Basis, user: User) -> tuple[str, ...]:
    row, declared = row_of(basis, user), "yes" if is_declared(basis, user) else "no"
    if row is None:
        return (user.name, *["not known"] * 5, declared)
    keys = ", ".join("active" if key.active else "inactive" for key in row.keys if key.exists) or "none"
    console, mfa = ("yes" if row.has_password else "no"), ("yes" if row.mfa_active else "no")
    others = ", ".join(other_ways(row))
    return (user.name, console, mfa, keys, others or "none", _last_told(row), declared)


def _last_told(row: CredentialRow) -> str:
    """The day of the last use; AWS tells none of other credentials, so that "never" would say too much."""
    return "not known" if other_ways(row) and last_use(row) is None else day(last_use(row))
