"""The company when all is well: what its manifest in envs/prod/guardrails.toml says, and no more."""

from __future__ import annotations

from iam_guardrails.adapters.company.parts import (
    ACCOUNT_ID,
    IAM,
    REGION,
    Assignment,
    Assumption,
    Call,
    Company,
    Key,
    Secret,
    allow,
)
from iam_guardrails.adapters.company.roles import BOUNDARY, ROLES, VENDORS

_MIDDLEWARE_ONLY = {
    "Effect": "Deny", "Principal": "*", "Action": "secretsmanager:GetSecretValue", "Resource": "*",
    "Condition": {"StringNotLike": {"aws:PrincipalArn": [f"{IAM}:role/mw-ingress*"]}},
}  # fmt: skip
_WORKER = {"Effect": "Allow", "Principal": {"AWS": f"{IAM}:role/mw-worker"}, "Action": "secretsmanager:GetSecretValue",
           "Resource": "*"}  # fmt: skip
SECRETS = (
    Secret("prod/mw/webhook-token", "mw-ingress", (_MIDDLEWARE_ONLY,)),
    Secret("prod/mw/tls-key", "mw-ingress"),
    Secret("prod/mw/partner-api", "mw-ingress"),
    Secret("prod/mw/db-main", "mw-worker", (_WORKER,)),
    Secret("prod/mw/db-replica", "mw-worker"),
    Secret("prod/mw/queue-signing", "mw-worker"),
    Secret("prod/mw/smtp", "mw-worker"),
    Secret("prod/data/warehouse", "data"),
    Secret("prod/data/source-db", "data"),
    Secret("prod/billing/provider-key", "billing"),
    Secret("prod/ops/pager-key"),
    Secret("prod/ops/status-page"),
)
_BY_SERVICE = {
    "ecs-tasks": "mw-ingress mw-worker mw-worker-replay ecs-task-execution", "glue": "data-etl",
    "ec2": "bastion build-agent",
    "lambda": "mw-ingress-tls mw-worker-retry data-reports billing-sync ops-pager lambda-thumbnails reporting",
    "monitoring.rds": "rds-monitoring", "backup": "backup-plan", "events": "events-jobs",
}  # fmt: skip
_SUBJECTS = {"gha-deploy-mw": "repo:example-org/middleware:ref:refs/heads/main",
             "gha-deploy-data": "repo:example-org/data:ref:refs/heads/main",
             "gha-plan-network": "repo:example-org/network:pull_request"}  # fmt: skip
_VENDOR_OF = {"vendor-monitoring": "444455556666", "vendor-backup": "555566667777", "vendor-posture": "666677778888"}
_ARN = {role.name: role.arn for role in ROLES}
ASSUMPTIONS = (
    *(Assumption(_ARN[role], "service", f"{name}.amazonaws.com")
      for name, roles in _BY_SERVICE.items() for role in roles.split()),
    *(Assumption(_ARN[role], "web", subject, range(2, 62, 3)) for role, subject in _SUBJECTS.items()),
    *(Assumption(role.arn, "account", _VENDOR_OF[role.name]) for role in VENDORS),
    Assumption(f"{IAM}:role/prod-guardrails-reader", "role",
               _ARN["AWSReservedSSO_AccessReview_1f2e3d4c5b6a7988"], range(5, 62, 28)),
)  # fmt: skip
_READS = {
    "mw-ingress": ("prod/mw/webhook-token", "prod/mw/partner-api"), "mw-ingress-tls": ("prod/mw/tls-key",),
    "mw-worker": ("prod/mw/db-main", "prod/mw/queue-signing", "prod/mw/smtp"),
    "mw-worker-retry": ("prod/mw/db-replica",), "data-etl": ("prod/data/warehouse", "prod/data/source-db"),
    "data-reports": ("prod/data/warehouse",), "billing-sync": ("prod/billing/provider-key",),
    "ops-pager": ("prod/ops/pager-key", "prod/ops/status-page"),
}  # fmt: skip
DEPLOYED_DAYS = 3
"""How many days ago the pipelines changed IAM, each time as a commit of the day before declares it."""
_DEPLOYED = range(DEPLOYED_DAYS, DEPLOYED_DAYS + 1)
_GUARDRAILS = (
    ("CreatePolicy", {"policyName": "prod-guardrails-read-access"}),
    ("CreateRole", {"roleName": "prod-guardrails-plan"}),
    ("AttachRolePolicy", {"roleName": "prod-guardrails-plan",
                          "policyArn": f"{IAM}:policy/prod-guardrails-read-access"}),
    ("AttachRolePolicy", {"roleName": "prod-breakglass-admin", "policyArn": f"{IAM}:policy/prod-emergency-operator"}),
    ("PutRolePolicy", {"roleName": "prod-breakglass-admin", "policyName": "AWSRevokeOlderSessions"}),
    ("AddUserToGroup", {"groupName": "prod-breakglass-owners", "userName": "prod-breakglass-backup"}),
)  # fmt: skip
"""Of an apply of the guardrails themselves, whose names stand nowhere as such: variables make them."""
CALLS = (
    *(Call(_ARN[role], "secretsmanager:GetSecretValue", {"secretId": name})
      for role, names in _READS.items() for name in names),
    *(Call(_ARN[role], action, {}, range(1, 62, 2)) for role, action in (
        ("bastion", "ssm:UpdateInstanceInformation"), ("build-agent", "ecr:GetAuthorizationToken"),
        ("vendor-monitoring", "monitoring:ListMetrics"), ("vendor-posture", "iam:ListRoles"),
        ("gha-plan-network", "ec2:DescribeVpcs"), ("reporting", "athena:ListWorkGroups"),
        ("AWSReservedSSO_PlatformRead_2f3e4d5c6b7a8998", "ec2:DescribeInstances"),
        ("AWSReservedSSO_DataAnalyst_3f4e5d6c7b8a90a8", "athena:GetQueryResults"))),
    Call(_ARN["gha-deploy-mw"], "iam:PutRolePolicy", {"roleName": "mw-worker", "policyName": "mw-worker"}, _DEPLOYED),
    *(Call(_ARN["gha-deploy-mw"], f"iam:{action}", parameters, _DEPLOYED) for action, parameters in _GUARDRAILS),
)  # fmt: skip
_BOUNDED = ("sqs:*", "s3:GetObject", "s3:PutObject", "secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret",
            "kms:Decrypt", "logs:*")  # fmt: skip
SOUND = Company(
    roles=ROLES,
    groups={"support": (allow("support:DescribeCases"),)},
    policies={
        BOUNDARY: (allow(" ".join(_BOUNDED)),),
        "build-artifacts": (allow("s3:GetObject s3:PutObject", "arn:aws:s3:::build-artifacts/*"),
                            allow("ecr:PutImage", f"arn:aws:ecr:{REGION}:{ACCOUNT_ID}:repository/mw")),
        "mw-queue": (allow("sqs:SendMessage", f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:mw-dead-letters"),),
    },
    secrets=SECRETS,
    keys=tuple(Key(name) for name in ("mw-ingress", "mw-worker", "data", "billing")),
    assignments=(
        Assignment("EmergencyAccess", "emergency", ("alex.primary@example.com", "sam.backup@example.com")),
        Assignment("AccessReview", "reviewers", ("alex.primary@example.com", "kim.audit@example.com")),
        Assignment("PlatformRead", "platform", ("alex.primary@example.com", "sam.backup@example.com",
                                                "jo.platform@example.com", "lee.platform@example.com")),
        Assignment("DataAnalyst", "analysts", ("ira.data@example.com", "max.data@example.com")),
    ),
    assumptions=ASSUMPTIONS,
    calls=CALLS,
)  # fmt: skip
