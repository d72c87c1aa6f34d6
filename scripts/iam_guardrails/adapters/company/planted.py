"""What is wrong in the company: each problem with what it adds, and where a review must name it.

The items that follow from one problem stand together: an old key of a user is a user that can sign in, a key too many,
a key too old, and access that nobody uses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from iam_guardrails.adapters.company.parts import (
    ACCOUNT_ID,
    IAM,
    REGION,
    Assignment,
    Assumption,
    Call,
    Company,
    Key,
    Role,
    Secret,
    User,
    allow,
    by_identity_center,
    by_role,
    by_service,
    by_vendor,
    secret_arn,
)
from iam_guardrails.adapters.company.sound import SOUND
from iam_guardrails.model.value import changed, frozen

OTHER, STRANGER = "777788889999", "888899990000"
ADMIN_ROLE = f"/aws-reserved/sso.amazonaws.com/{REGION}/"


@frozen
class Where:
    """An item that must be there. box: its id.  subject: how its subject ends.  says: stands in its title."""

    box: str
    subject: str
    says: str


@frozen
class Planted:
    """A problem. what: in words.  found: exactly the items that name it, in reviews of `cadence`.  put: the company
    with it."""

    what: str
    found: tuple[Where, ...]
    put: Callable[[Company], Company]
    cadence: str = "monthly"


def _users(*found: User) -> Callable[[Company], Company]:
    return lambda company: changed(company, users=(*company.users, *found))


def _role(made: Role) -> Callable[[Company], Company]:
    return lambda company: changed(company, roles=(*company.roles, made))


def _edit(name: str, edit: Callable[[Role], Role]) -> Callable[[Company], Company]:
    return lambda company: changed(
        company, roles=tuple(edit(role) if role.name == name else role for role in company.roles)
    )


def _all(*steps: Callable[[Company], Company]) -> Callable[[Company], Company]:
    def put(company: Company) -> Company:
        for step in steps:
            company = step(company)
        return company

    return put


def _assumed(*found: Assumption) -> Callable[[Company], Company]:
    return lambda company: changed(company, assumptions=(*company.assumptions, *found))


def _called(*found: Call) -> Callable[[Company], Company]:
    return lambda company: changed(company, calls=(*company.calls, *found))


def _shared(company: Company) -> Company:
    both = {"mw-ingress", "mw-worker"}
    return changed(company, roles=tuple(
        changed(role, attached=(*role.attached, "mw-queue")) if role.name in both else role for role in company.roles
    ))  # fmt: skip


def _billing(company: Company) -> Company:
    """The secret and its key let another account in."""
    stranger = {"AWS": f"arn:aws:iam::{OTHER}:root"}
    read = {"Effect": "Allow", "Principal": stranger, "Action": "secretsmanager:GetSecretValue", "Resource": "*"}
    decrypt = {"Effect": "Allow", "Principal": stranger, "Action": "kms:Decrypt", "Resource": "*"}
    name, alias = "prod/billing/provider-key", "billing"
    secrets = tuple(Secret(one.name, one.key, (read,)) if one.name == name else one for one in company.secrets)
    keys = tuple(Key(one.alias, (decrypt,)) if one.alias == alias else one for one in company.keys)
    return changed(company, secrets=secrets, keys=keys)


def _contractors(company: Company) -> Company:
    policy = "arn:aws:iam::aws:policy/AdministratorAccess"
    role = Role("AWSReservedSSO_AdministratorAccess_4f5e6d7c8b9aa0b8", (by_identity_center(),), attached=(policy,),
                path=ADMIN_ROLE, uses={"ec2": ("RunInstances",)})  # fmt: skip
    seat = Assignment("AdministratorAccess", "contractors", ("pat@contractor.example",), (policy,))
    return changed(company, roles=(*company.roles, role), assignments=(*company.assignments, seat))


def _without_use(role: Role) -> Role:
    return changed(role, statements=(*role.statements, allow("dynamodb:PutItem", f"arn:aws:dynamodb:{REGION}:"
                                                             f"{ACCOUNT_ID}:table/mw-jobs")))  # fmt: skip


PLANTED = (
    Planted("an access key that is 412 days old and was not used for 200", (
        Where("users", "user/legacy-export", "can sign in: 1 active access key"),
        Where("hygiene", "", "legacy-export has an active long-lived access key"),
        Where("hygiene", "", "the access key of legacy-export"),
        Where("stale", "user/legacy-export/access-key-1", "was last used on")),
        _users(User("legacy-export", key_days=412, key_used_days=200))),
    Planted("an access key of a pipeline that should come by OpenID Connect", (
        Where("users", "user/deploy-bot", "can sign in: 1 active access key"),
        Where("hygiene", "", "deploy-bot has an active long-lived access key")),
        _users(User("deploy-bot", key_days=30, key_used_days=1))),
    Planted("a console user without MFA", (
        Where("users", "user/m.keller", "can sign in: a console password, without MFA"),
        Where("hygiene", "user/m.keller", "m.keller has a console password and no MFA device")),
        _users(User("m.keller", ("support",), password_days=60, password_used_days=4))),
    Planted("contractors are administrators through Identity Center", (
        Where("users", "group contractors", "(1 member) has access as administrator"),
        Where("wildcards", "policy/AdministratorAccess", "every action on every resource"),
        Where("secrets", "AWSReservedSSO_AdministratorAccess_4f5e6d7c8b9aa0b8", "can read 12 of 12 secrets")),
        _contractors),
    Planted("the build agent may become a worker of the middleware, and did", (
        Where("middleware", "role/mw-worker-replay", "role/build-agent, undeclared"),
        Where("secrets", "role/build-agent", "can read 1 of 12 secrets: prod/mw/db-main"),
        Where("assume-role", "role/build-agent", "assumed mw-worker-replay for the first time")),
        _all(_edit("mw-worker-replay", lambda role: changed(role, trust=(*role.trust, by_role("build-agent")))),
             _assumed(Assumption(f"{IAM}:role/mw-worker-replay", "role", f"{IAM}:role/build-agent", range(6, 8))))),
    Planted("a role of the middleware without the boundary", (
        Where("middleware", "role/mw-ingress-tls", "has no permissions boundary; declared is mw-boundary"),),
        _edit("mw-ingress-tls", lambda role: changed(role, boundary=""))),
    Planted("ingress and worker share a policy that writes", (
        Where("middleware", "role/mw-worker", "share the policy mw-queue, which writes"),
        Where("middleware", "role/mw-worker", "can both do sqs:sendmessage on")),
        _shared),
    Planted("a policy that writes to every bucket", (
        Where("wildcards", "role/reporting/reporting", "s3:* is every action of the service"),),
        _edit("reporting", lambda role: changed(role, statements=(*role.statements, allow("s3:*", "arn:aws:s3:::*"))))),
    Planted("a pipeline that passes every role", (
        Where("wildcards", "role/gha-deploy-data/gha-deploy-data", "iam:PassRole passes every role"),
        Where("hygiene", "", "allows iam:PassRole on every role")),
        _edit("gha-deploy-data", lambda role: changed(role, statements=(*role.statements, allow("iam:PassRole"))))),
    Planted("a tool for support reads secrets that nobody gave it", (
        Where("secrets", "role/support-tool", "can read 2 of 12 secrets: prod/ops/pager-key, prod/ops/status-page"),),
        _role(Role("support-tool", (by_service("ec2"),), (
            allow("secretsmanager:GetSecretValue", secret_arn("prod/ops/*")),), created_days=40))),
    Planted("a secret that another account may read", (
        Where("secrets", f"arn:aws:iam::{OTHER}:root", "the resource policy of prod/billing/provider-key lets"),),
        _billing),
    Planted("a secret that somebody read who may not", (
        Where("secrets", "role/vpc-flow-logs", "read prod/mw/smtp, which nobody declared"),),
        _called(Call(f"{IAM}:role/vpc-flow-logs", "secretsmanager:GetSecretValue", {"secretId": "prod/mw/smtp"},
                     range(9, 10)))),
    Planted("a vendor's role lets in a second account, which came in", (
        Where("assume-role", "role/vendor-posture", f"vendor-posture lets in anybody of account {STRANGER}"),
        Where("assume-role", f"AROAEXAMPLEVENDOR{STRANGER[:4]}", "assumed vendor-posture for the first time")),
        _all(_edit("vendor-posture", lambda role: changed(role, trust=(*role.trust, by_vendor(STRANGER, "")))),
             _assumed(Assumption(f"{IAM}:role/vendor-posture", "account", STRANGER, range(12, 14))))),
    Planted("a role that nobody used for 300 days", (
        Where("stale", "role/old-migration", "was last used on"),),
        _role(Role("old-migration", (by_service("ec2"),), (
            allow("dynamodb:GetItem", f"arn:aws:dynamodb:{REGION}:{ACCOUNT_ID}:table/orders"),), used_days=300))),
    Planted("a permission of the worker that it does not use", (
        Where("stale", "role/mw-worker", "does not use 1 of the 6 services it may use: dynamodb"),),
        _edit("mw-worker", _without_use)),
    Planted("a change of IAM by hand", (
        Where("iam-changes", "reporting", "iam:AttachRolePolicy on reporting"),),
        _called(Call(f"{IAM}:user/m.keller", "iam:AttachRolePolicy", {
            "roleName": "reporting", "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}, range(2, 3))), "weekly"),
    Planted("a change by hand of a role that a merged commit changes in another way", (
        Where("iam-changes", "mw-worker", "iam:AttachRolePolicy on mw-worker by"),),
        _called(Call(f"{IAM}:user/m.keller", "iam:AttachRolePolicy", {
            "roleName": "mw-worker", "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"},
            range(2, 3))), "weekly"),
)  # fmt: skip


def compared(
    found: Iterable[tuple[str, str, str]], cadence: str, planted: Iterable[Planted] = PLANTED
) -> tuple[tuple[str, ...], tuple[tuple[str, str, str], ...]]:
    """What a review of that cadence missed of what is planted, and what it accuses besides; an item counts once.

    found: the box, the subject and the title of each item.
    """
    left, missing = list(found), []
    for one in planted:
        for where in one.found if one.cadence == cadence else ():
            hit = next((item for item in left if item[0] == where.box and item[1].endswith(where.subject)
                        and where.says in item[2]), None)  # fmt: skip
            if hit is None:
                missing.append(f"{one.what}: {where.box}, {where.subject or 'anything'}: {where.says}")
            else:
                left.remove(hit)
    return tuple(missing), tuple(left)


def with_problems(planted: tuple[Planted, ...] = PLANTED) -> Company:
    """The company with these problems."""
    company = SOUND
    for one in planted:
        company = one.put(company)
    return company
