"""The roles of the company when all is well: the middleware, data and billing, CI, services, vendors, people."""

from __future__ import annotations

from iam_guardrails.adapters.company.parts import (
    ACCOUNT_ID,
    REGION,
    Role,
    allow,
    by_identity_center,
    by_service,
    by_vendor,
    by_workflow,
    secret_arn,
)

BOUNDARY = "mw-boundary"
_SSO = f"/aws-reserved/sso.amazonaws.com/{REGION}/"
_AWS = "arn:aws:iam::aws:policy/"
_HERE = f"{REGION}:{ACCOUNT_ID}"
_READ = "secretsmanager:GetSecretValue secretsmanager:DescribeSecret"


def _logs(name: str) -> dict[str, object]:
    return allow("logs:CreateLogStream logs:PutLogEvents", f"arn:aws:logs:{_HERE}:log-group:/{name}:*")


def _secrets(*names: str) -> dict[str, object]:
    return allow(_READ, [secret_arn(f"{name}-??????") for name in names])


def _key(alias: str) -> dict[str, object]:
    """`{alias}` becomes the ARN of the key when it is made."""
    return allow("kms:Decrypt", f"{{{alias}}}")


_SEND = allow("sqs:SendMessage sqs:GetQueueUrl", f"arn:aws:sqs:{_HERE}:mw-jobs")
_TAKE = allow("sqs:ReceiveMessage sqs:DeleteMessage", f"arn:aws:sqs:{_HERE}:mw-jobs")
_INGRESS = {"secretsmanager": ("GetSecretValue",), "kms": ("Decrypt",), "logs": ("CreateLogStream",)}
MIDDLEWARE = (
    Role("mw-ingress", (by_service("ecs-tasks"),), (
        _secrets("prod/mw/webhook-token", "prod/mw/partner-api"), _key("mw-ingress"), _SEND, _logs("mw/ingress")),
        boundary=BOUNDARY, uses=_INGRESS | {"sqs": ("SendMessage",)}),
    Role("mw-ingress-tls", (by_service("lambda"),), (
        _secrets("prod/mw/tls-key"), _key("mw-ingress"), _logs("mw/ingress-tls")),
        boundary=BOUNDARY, uses=_INGRESS),
    Role("mw-worker", (by_service("ecs-tasks"),), (
        _secrets("prod/mw/db-main", "prod/mw/queue-signing", "prod/mw/smtp"), _key("mw-worker"), _TAKE,
        allow("s3:PutObject s3:GetObject", "arn:aws:s3:::mw-results/*"), _logs("mw/worker")),
        boundary=BOUNDARY, uses=_INGRESS | {"sqs": ("ReceiveMessage",), "s3": ("PutObject",)}),
    Role("mw-worker-retry", (by_service("lambda"),), (
        _secrets("prod/mw/db-replica"), _key("mw-worker"), _TAKE, _logs("mw/worker-retry")),
        boundary=BOUNDARY, uses=_INGRESS | {"sqs": ("ReceiveMessage",)}),
    Role("mw-worker-replay", (by_service("ecs-tasks"),), (
        _secrets("prod/mw/db-main"), _key("mw-worker"), allow("s3:GetObject", "arn:aws:s3:::mw-results/*")),
        boundary=BOUNDARY, uses={"secretsmanager": ("GetSecretValue",), "kms": ("Decrypt",), "s3": ("GetObject",)}),
)  # fmt: skip
OTHER_TIERS = (
    Role("data-etl", (by_service("glue"),), (
        _secrets("prod/data/warehouse", "prod/data/source-db"), _key("data"),
        allow("s3:GetObject s3:PutObject s3:ListBucket", ["arn:aws:s3:::data-lake", "arn:aws:s3:::data-lake/*"]))),
    Role("data-reports", (by_service("lambda"),), (
        _secrets("prod/data/warehouse"), _key("data"), _logs("data/reports"))),
    Role("billing-sync", (by_service("lambda"),), (
        _secrets("prod/billing/provider-key"), _key("billing"), _logs("billing/sync"))),
    Role("ops-pager", (by_service("lambda"),), (
        _secrets("prod/ops/pager-key", "prod/ops/status-page"), _logs("ops/pager"))),
)  # fmt: skip
_DEPLOY = "ecs:RegisterTaskDefinition ecs:UpdateService lambda:UpdateFunctionCode"
CI = (
    Role("gha-deploy-mw", (by_workflow("repo:example-org/middleware:ref:refs/heads/main"),), (
        allow(_DEPLOY, [f"arn:aws:ecs:{_HERE}:service/mw/*", f"arn:aws:ecs:{_HERE}:task-definition/mw-*:*",
                        f"arn:aws:lambda:{_HERE}:function:mw-*"]),
        allow("iam:PassRole", f"arn:aws:iam::{ACCOUNT_ID}:role/mw-*",
              Condition={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}))),
    Role("gha-deploy-data", (by_workflow("repo:example-org/data:ref:refs/heads/main"),), (
        allow("glue:UpdateJob", f"arn:aws:glue:{_HERE}:job/data-*"),)),
    Role("gha-plan-network", (by_workflow("repo:example-org/network:pull_request"),), (
        allow("ec2:Describe* elasticloadbalancing:Describe*"),)),
)  # fmt: skip
SERVICES = (
    Role("ecs-task-execution", (by_service("ecs-tasks"),),
         attached=(f"{_AWS}service-role/AmazonECSTaskExecutionRolePolicy",)),
    Role("lambda-thumbnails", (by_service("lambda"),), (allow("s3:GetObject s3:PutObject", "arn:aws:s3:::images/*"),),
         attached=(f"{_AWS}service-role/AWSLambdaBasicExecutionRole",), path="/service-role/"),
    Role("rds-monitoring", (by_service("monitoring.rds"),),
         attached=(f"{_AWS}service-role/AmazonRDSEnhancedMonitoringRole",)),
    Role("vpc-flow-logs", (by_service("vpc-flow-logs"),), (_logs("vpc/flow"),)),
    Role("backup-plan", (by_service("backup"),),
         attached=(f"{_AWS}service-role/AWSBackupServiceRolePolicyForBackup",)),
    Role("bastion", (by_service("ec2"),), attached=(f"{_AWS}AmazonSSMManagedInstanceCore",)),
    Role("build-agent", (by_service("ec2"),),
         attached=("build-artifacts", f"{_AWS}AmazonEC2ContainerRegistryReadOnly")),
    Role("events-jobs", (by_service("events"),), (
        allow("sqs:SendMessage", f"arn:aws:sqs:{_HERE}:scheduled-jobs"),)),
    Role("reporting", (by_service("lambda"),), (allow("athena:GetQueryResults athena:ListWorkGroups"),)),
)  # fmt: skip
LINKED = ("ecs.amazonaws.com", "rds.amazonaws.com", "elasticloadbalancing.amazonaws.com")
"""Services that made a role of their own."""
VENDORS = (
    Role("vendor-monitoring", (by_vendor("444455556666", "mon-7f2c"),), (
        allow("cloudwatch:GetMetricData cloudwatch:ListMetrics tag:GetResources"),)),
    Role("vendor-backup", (by_vendor("555566667777", "bkp-11d9"),), (
        allow("ec2:DescribeSnapshots ec2:DescribeVolumes"),)),
    Role("vendor-posture", (by_vendor("666677778888", "csp-93ae"),), attached=(f"{_AWS}SecurityAudit",)),
)  # fmt: skip
_ASSUME = allow("sts:AssumeRole sts:SetSourceIdentity", f"arn:aws:iam::{ACCOUNT_ID}:role/prod-breakglass-admin")
_REVIEW = allow("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT_ID}:role/prod-guardrails-reader")
PEOPLE = (
    Role("AWSReservedSSO_EmergencyAccess_0f1e2d3c4b5a6978", (by_identity_center(),), (_ASSUME,), path=_SSO,
         uses={"sts": ("AssumeRole",)}),
    Role("AWSReservedSSO_AccessReview_1f2e3d4c5b6a7988", (by_identity_center(),), (_REVIEW,), path=_SSO,
         uses={"sts": ("AssumeRole",)}),
    Role("AWSReservedSSO_PlatformRead_2f3e4d5c6b7a8998", (by_identity_center(),), (
        allow("ec2:Describe* ecs:Describe* ecs:List* logs:Get* logs:FilterLogEvents"),), path=_SSO,
        uses={"ec2": ("DescribeInstances",), "ecs": ("ListTasks",), "logs": ("GetLogEvents",)}),
    Role("AWSReservedSSO_DataAnalyst_3f4e5d6c7b8a90a8", (by_identity_center(),), (
        allow("athena:GetQueryResults athena:ListWorkGroups glue:GetTables"),), path=_SSO,
        uses={"athena": ("GetQueryResults",), "glue": ("GetTables",)}),
)  # fmt: skip
ROLES = MIDDLEWARE + OTHER_TIERS + CI + SERVICES + VENDORS + PEOPLE
