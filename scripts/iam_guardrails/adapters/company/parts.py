"""What the company is put together from: roles, users, secrets, keys, assignments, and calls that are recorded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iam_guardrails.model.value import field, frozen

ACCOUNT_ID, REGION = "333333333333", "us-east-2"
"""Those of the environment prod, whose guardrails.toml holds the company's manifest."""
IAM = f"arn:aws:iam::{ACCOUNT_ID}"
Document = Mapping[str, Any]
LONG_AGO = 900
"""Days: when most of the company was set up."""


@frozen
class Role:
    """A role. trust: who may assume it, a statement each.  statements: of its one inline policy.  attached: names of
    customer policies, or ARNs.  used: service -> (its action as CloudTrail tells it); used_days: ago."""

    name: str
    trust: tuple[Document, ...]
    statements: tuple[Document, ...] = ()
    attached: tuple[str, ...] = ()
    path: str = "/"
    boundary: str = ""
    created_days: int = LONG_AGO
    used_days: int | None = 1
    uses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        """Its ARN."""
        return f"{IAM}:role{self.path}{self.name}"


@frozen
class User:
    """An IAM user. password_days, key_days: how old its password and its key are, None for none."""

    name: str
    groups: tuple[str, ...] = ()
    password_days: int | None = None
    password_used_days: int | None = None
    key_days: int | None = None
    key_used_days: int | None = None
    created_days: int = LONG_AGO


@frozen
class Secret:
    """A secret. key: alias of its key, "" for AWS's own.  policy: statements of its resource policy."""

    name: str
    key: str = ""
    policy: tuple[Document, ...] = ()


@frozen
class Key:
    """A KMS key. more: statements of its policy besides the one for the account."""

    alias: str
    more: tuple[Document, ...] = ()


@frozen
class Assignment:
    """A permission set for a group of people. managed: ARNs of AWS's policies."""

    permission_set: str
    group: str
    people: tuple[str, ...]
    managed: tuple[str, ...] = ()


@frozen
class Assumption:
    """Somebody assumes a role, on some of the days before today. days: ago, 1 is yesterday.

    kind: "service", "role", "account" or "web" (an OpenID Connect provider).  by: its name, ARN or id.
    """

    role: str
    kind: str
    by: str
    days: range = range(1, 62)


@frozen
class Call:
    """One recorded call on some days. by: the ARN of a role or user.  action: "service:Action"."""

    by: str
    action: str
    parameters: Document
    days: range = range(1, 62)


@frozen
class Company:
    """Everything that is there."""

    roles: tuple[Role, ...] = ()
    users: tuple[User, ...] = ()
    groups: Mapping[str, tuple[Document, ...]] = field(default_factory=dict)
    policies: Mapping[str, tuple[Document, ...]] = field(default_factory=dict)
    secrets: tuple[Secret, ...] = ()
    keys: tuple[Key, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    calls: tuple[Call, ...] = ()


def document(*statements: Document) -> dict[str, Any]:
    """A policy."""
    return {"Version": "2012-10-17", "Statement": [dict(item) for item in statements]}


def allow(actions: str, resources: str | list[str] = "*", **more: Any) -> dict[str, Any]:
    """A statement that allows actions, written in one text with spaces between."""
    names = actions.split()
    return {"Effect": "Allow", "Action": names[0] if len(names) == 1 else names, "Resource": resources, **more}


def by_service(*names: str) -> dict[str, Any]:
    """A statement of a trust policy for AWS services, each in short (e.g. "lambda")."""
    services = [f"{name}.amazonaws.com" for name in names]
    return {"Effect": "Allow", "Principal": {"Service": services if len(services) > 1 else services[0]},
            "Action": "sts:AssumeRole"}  # fmt: skip


def by_role(name: str) -> dict[str, Any]:
    """A statement of a trust policy for a role of the account."""
    return {"Effect": "Allow", "Principal": {"AWS": f"{IAM}:role/{name}"}, "Action": "sts:AssumeRole"}


def by_vendor(account_id: str, external_id: str) -> dict[str, Any]:
    """A statement of a trust policy for another company's account, with the external id it must send."""
    made = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account_id}:root"}, "Action": "sts:AssumeRole"}
    return made | ({"Condition": {"StringEquals": {"sts:ExternalId": external_id}}} if external_id else {})


def by_workflow(subject: str) -> dict[str, Any]:
    """A statement of a trust policy for a workflow of a repository, by OpenID Connect."""
    provider = "token.actions.githubusercontent.com"
    return {
        "Effect": "Allow", "Principal": {"Federated": f"{IAM}:oidc-provider/{provider}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {f"{provider}:aud": "sts.amazonaws.com", f"{provider}:sub": subject}},
    }  # fmt: skip


def by_identity_center() -> dict[str, Any]:
    """The statement of the trust policy of a role of Identity Center."""
    return {
        "Effect": "Allow", "Principal": {"Federated": f"{IAM}:saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE"},
        "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"],
        "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
    }  # fmt: skip


def secret_arn(pattern: str) -> str:
    """An ARN pattern for secrets."""
    return f"arn:aws:secretsmanager:{REGION}:{ACCOUNT_ID}:secret:{pattern}"
