"""ARNs that AWS will issue, where they follow from what is known; a stand-in where they do not.

Source: Service Authorization Reference, "Resource types defined by" each service, and the IAM User Guide,
reference_identifiers (IAM ARNs contain the path).
"""

from __future__ import annotations

from collections.abc import Mapping

from iam_guardrails.adapters.plan_json.graph import Node

FORMATS: Mapping[str, str] = {
    "aws_sns_topic": "arn:{partition}:sns:{region}:{account}:{name}",
    "aws_cloudwatch_log_group": "arn:{partition}:logs:{region}:{account}:log-group:{name}",
    "aws_cloudwatch_metric_alarm": "arn:{partition}:cloudwatch:{region}:{account}:alarm:{name}",
    "aws_cloudwatch_composite_alarm": "arn:{partition}:cloudwatch:{region}:{account}:alarm:{name}",
    "aws_cloudwatch_event_rule": "arn:{partition}:events:{region}:{account}:rule/{bus}{name}",
    "aws_cloudtrail": "arn:{partition}:cloudtrail:{region}:{account}:trail/{name}",
    "aws_iam_role": "arn:{partition}:iam::{account}:role{path}{name}",
    "aws_iam_user": "arn:{partition}:iam::{account}:user{path}{name}",
    "aws_iam_group": "arn:{partition}:iam::{account}:group{path}{name}",
    "aws_iam_policy": "arn:{partition}:iam::{account}:policy{path}{name}",
    "aws_iam_openid_connect_provider": "arn:{partition}:iam::{account}:oidc-provider/{name}",
    "aws_accessanalyzer_analyzer": "arn:{partition}:access-analyzer:{region}:{account}:analyzer/{name}",
    "aws_s3_bucket": "arn:{partition}:s3:::{name}",
    "aws_sqs_queue": "arn:{partition}:sqs:{region}:{account}:{name}",
    "aws_lambda_function": "arn:{partition}:lambda:{region}:{account}:function:{name}",
}
NAMED_BY = {
    "aws_cloudwatch_metric_alarm": "alarm_name", "aws_cloudwatch_composite_alarm": "alarm_name",
    "aws_accessanalyzer_analyzer": "analyzer_name", "aws_s3_bucket": "bucket",
    "aws_iam_openid_connect_provider": "url", "aws_lambda_function": "function_name",
}  # fmt: skip
TOPIC = ("aws_sns_topic", "data.aws_sns_topic")
KEY = ("aws_kms_key", "aws_kms_replica_key", "aws_kms_external_key", "data.aws_kms_key", "data.aws_kms_alias")
GROUP = ("aws_cloudwatch_log_group", "data.aws_cloudwatch_log_group")
ROLE = ("aws_iam_role", "data.aws_iam_role")
BUCKET = ("aws_s3_bucket", "data.aws_s3_bucket")


def stand_in(node: Node) -> str:
    """What stands for a name or an ARN that AWS has yet to issue; the same for all that leads to `node`."""
    address = f"data.{node.address}" if node.mode == "data" and "data." not in node.address else node.address
    return f"address:{address}"


def name_of(node: Node) -> str:
    """The resource's name, or its stand-in where Terraform or AWS makes it up during apply."""
    attribute = NAMED_BY.get(node.type, "name")
    value = node.values.get(attribute)
    if not isinstance(value, str) or not value or node.sensitive.get(attribute) is True:
        return stand_in(node)
    return value


def arn_of(node: Node, partition: str) -> str:
    """The ARN: AWS's own, else the one its name decides, else a stand-in (KMS keys, generated names)."""
    issued = node.values.get("arn") or node.values.get("target_key_arn")
    if isinstance(issued, str) and issued:
        return issued.removesuffix(":*")
    name = name_of(node)
    form = FORMATS.get(node.type)
    hidden = node.sensitive.get("path") is True or name.startswith("address:")
    if form is None or node.mode == "data" or hidden:
        return stand_in(node)
    bus = node.values.get("event_bus_name")
    return form.format(
        partition=partition, region=node.region, account=node.account_id, name=name.removeprefix("https://"),
        path=node.values.get("path") or "/", bus=f"{bus}/" if bus and bus != "default" else "",
    )  # fmt: skip
