"""What the policies of an organization have no say in, and whose resource it is.

Sources: AWS Organizations User Guide, orgs_manage_policies_scps and orgs_manage_policies_rcps ("Tasks and entities not
restricted by SCPs", "Resources and entities not restricted by RCPs", "List of AWS services that support RCPs"), and
orgs_manage_policies_rcps_syntax; AWS IAM User Guide, reference_policies_condition-keys (aws:ResourceAccount).
"""

from __future__ import annotations

from iam_guardrails.model.iam.answers import Answer, on
from iam_guardrails.model.iam.caller import ANONYMOUS, PROVIDER, SERVICE, SESSION, UNKNOWN, Open
from iam_guardrails.model.iam.request import Situation
from iam_guardrails.model.iam.trust import account_of
from iam_guardrails.model.value import changed

LINKED = ":role/aws-service-role/"
LINKED_NAME = ":role/AWSServiceRoleFor"  # the ARN of such a role, without its path
_NO_ACCOUNT = (SERVICE, PROVIDER, ANONYMOUS)
RCP_SERVICES = frozenset((
    "aoss", "appconfig", "appstream", "autoscaling", "autoscaling-plans", "budgets", "clouddirectory", "cloudfront",
    "cloudsearch", "cloudtrail-data", "codeartifact", "codebuild", "codecommit", "codepipeline", "cognito-identity",
    "cognito-idp", "comprehend", "comprehendmedical", "compute-optimizer", "cost-optimization-hub", "dax", "dsql",
    "dynamodb", "ecr", "ecr-public", "events", "firehose", "fis", "fms", "gamelift", "health", "inspector-scan",
    "kendra", "kinesisvideo", "kms", "logs", "memorydb", "networkmonitor", "notifications", "opensearch",
    "pca-connector-ad", "personalize", "polly", "pricing", "resource-groups", "rolesanywhere", "s3",
    "secretsmanager", "servicediscovery", "signin", "sqs", "sts", "support", "swf", "textract",
    "timestream-influxdb", "transcribe", "transfer", "translate", "wafv2", "workspaces", "xray",
))  # fmt: skip
_OWNER = "aws:resourceaccount"
_NOT_ALWAYS_OWNED = ("ebs", "ec2", "events", "guardduty", "macie2", "route53", "securityhub", "workspaces")


def beyond_scps(situation: Situation) -> Answer:
    """Whether SCPs have no say: they limit users, roles and root, but no service-linked role."""
    return True if situation.caller.kind in _NO_ACCOUNT else _is_linked(situation)


def beyond_rcps(situation: Situation) -> Answer:
    """Whether RCPs have no say: for service-linked roles and who assumes them, kms:RetireGrant, and other services.

    AWS adds services to the list of those that RCPs support, so that the answer is open for one that is not on it.
    """
    spared = spared_by_rcps(situation.request.action, situation.request.resource)
    if spared is True:
        return True
    linked = _is_linked(situation)
    return spared if linked is False else linked


def spared_by_rcps(action: str, resource: str) -> Answer:
    """Whether RCPs have no say in requests for an action on a resource, whoever makes them; open as in beyond_rcps."""
    service = action.partition(":")[0].lower()
    if action.lower() == "kms:retiregrant" or (service == "sts" and LINKED in resource):
        return True
    return False if service in RCP_SERVICES else on(f"whether resource control policies apply to {service}")


def _is_linked(situation: Situation) -> Answer:
    told = situation.value("aws:principalarn")
    if not isinstance(told, Open):
        return bool(told) and LINKED in (told or ("",))[0]
    may_be = situation.caller.kind == SESSION and LINKED_NAME in situation.caller.role_arn
    return on("aws:principalarn") if may_be else False


def with_owner(situation: Situation, resource_account: str) -> Situation:
    """The situation with aws:ResourceAccount, where the request does not tell it: the account that owns the resource.

    It is open for services of which some actions do not have the key, and stays as it is where nobody tells the owner.
    resource_account: the owner, "" where the resource's ARN tells.
    """
    account_id = resource_account or account_of(situation.request.resource)
    if not account_id or _OWNER in situation.keys:
        return situation
    told = situation.request.action.partition(":")[0].lower() not in _NOT_ALWAYS_OWNED
    return changed(situation, keys={**situation.keys, _OWNER: (account_id,) if told else UNKNOWN})
