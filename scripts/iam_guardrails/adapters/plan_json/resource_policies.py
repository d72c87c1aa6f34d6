"""Policies that hang on resources and name principals, and grants that are no policies at all.

Source of the types: documentation of the AWS provider for Terraform, version 5.100.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from iam_guardrails.adapters.plan_json import delivery, recording
from iam_guardrails.adapters.plan_json.documents import document
from iam_guardrails.adapters.plan_json.graph import Node
from iam_guardrails.adapters.plan_json.names import KEY, name_of
from iam_guardrails.adapters.plan_json.reading import Reading
from iam_guardrails.model.account import Document, Key
from iam_guardrails.model.iam.document import parse
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import changed, frozen

OWNED = {  # policy of a resource, by the resource that it protects: (what, resource with the policy, its link)
    "aws_sqs_queue": ("queue policy", "aws_sqs_queue_policy", "queue_url"),
    "aws_secretsmanager_secret": ("secret policy", "aws_secretsmanager_secret_policy", "secret_arn"),
}
APART = {  # a policy whose resource may be in another stack: (what, its link, types of the resource)
    "aws_s3_bucket_policy": ("bucket policy", "bucket", ("aws_s3_bucket",)),
    "aws_sns_topic_policy": ("topic policy", "arn", ("aws_sns_topic",)),
    "aws_kms_key_policy": ("key policy", "key_id", KEY),
    "aws_sqs_queue_policy": ("queue policy", "queue_url", ("aws_sqs_queue",)),
    "aws_secretsmanager_secret_policy": ("secret policy", "secret_arn", ("aws_secretsmanager_secret",)),
}
OTHERS = {  # (what, the argument that holds the document, the arguments that tell what it protects)
    "aws_api_gateway_rest_api_policy": ("API policy", "policy", ("rest_api_id",)),
    "aws_backup_vault_policy": ("backup vault policy", "policy", ("backup_vault_name",)),
    "aws_cloudwatch_event_bus_policy": ("event bus policy", "policy", ("event_bus_name",)),
    "aws_cloudwatch_log_resource_policy": ("log resource policy", "policy_document", ("policy_name",)),
    "aws_codeartifact_domain_permissions_policy": ("CodeArtifact domain policy", "policy_document", ("domain",)),
    "aws_codeartifact_repository_permissions_policy": (
        "CodeArtifact repository policy", "policy_document", ("domain", "repository")),
    "aws_dynamodb_resource_policy": ("table policy", "policy", ("resource_arn",)),
    "aws_ecr_registry_policy": ("registry policy", "policy", ()),
    "aws_ecr_repository_policy": ("repository policy", "policy", ("repository",)),
    "aws_efs_file_system_policy": ("file system policy", "policy", ("file_system_id",)),
    "aws_elasticsearch_domain_policy": ("search domain policy", "access_policies", ("domain_name",)),
    "aws_glacier_vault_policy": ("vault policy", "policy", ("vault_name",)),
    "aws_glue_resource_policy": ("Glue policy", "policy", ()),
    "aws_kinesis_resource_policy": ("stream policy", "policy", ("resource_arn",)),
    "aws_opensearch_domain_policy": ("search domain policy", "access_policies", ("domain_name",)),
    "aws_s3control_access_point_policy": ("access point policy", "policy", ("access_point_arn",)),
    "aws_s3tables_table_bucket_policy": ("table bucket policy", "resource_policy", ("table_bucket_arn",)),
    "aws_sesv2_email_identity_policy": ("mail identity policy", "policy", ("email_identity", "policy_name")),
}  # fmt: skip
_QUEUE = re.compile(r"https://sqs\.([a-z0-9-]+)\.[^/]+/(\d{12})/([^/]+)")
_SUFFIX = re.compile(r"-[A-Za-z0-9]{6}$")  # of a secret's ARN (AWS Secrets Manager User Guide, "What's in a secret?")


@frozen
class ResourcePolicy:
    """The policy of a resource, None where it has none.

    protected: tells the resource from all others on both sides of a comparison, "" where that is not known yet.
    apart: whether the policy is a resource of its own, so that what it protects may outlive it.
    """

    what: str
    address: str
    name: str
    policy: Document | None
    protected: str = ""
    apart: bool = False


def resource_policies(reading: Reading) -> Iterator[ResourcePolicy]:
    """The policy of each resource of the plan, and policies on resources elsewhere."""
    for topic in delivery.topics(reading):
        yield ResourcePolicy("topic policy", topic.address, topic.name, topic.policy, _known(topic.arn))
    for key in delivery.keys(reading):
        if reading.graph.nodes[key.address].mode == "managed":
            whole = key.policy or _default(reading, key)
            yield ResourcePolicy("key policy", key.address, key.key_id or key.address, whole, key.key_id)
    for bucket in recording.buckets(reading):
        name = bucket.name if isinstance(bucket.name, str) else ""
        yield ResourcePolicy("bucket policy", bucket.address, name, bucket.policy, name)
    for kind, (what, policies, link) in OWNED.items():
        beside = {}
        for node in reading.graph.of(policies):
            beside[_target(reading, node, link, (kind,))] = document(reading, node, "policy")
        for node in reading.graph.of(kind):
            own = document(reading, node, "policy")
            yield ResourcePolicy(
                what, node.address, name_of(node), beside.get(node.address) or own, _protected(reading, node)
            )
    for kind, (what, link, owners) in APART.items():
        for node in reading.graph.of(kind):
            if not _target(reading, node, link, owners):
                value = node.values.get(link)
                name = value if isinstance(value, str) else ""
                found = document(reading, node, "policy")
                yield ResourcePolicy(what, node.address, name, found, _linked(what, name) or _later(node), True)
    for kind, (what, argument, links) in OTHERS.items():
        for node in reading.graph.of(kind):
            values = [reading.text(node, link) for link in links]
            name = "/".join(value for value in values if isinstance(value, str))
            known = not any(isinstance(value, Unknown) for value in values)
            protected = f"{node.region} {name}" if known else _later(node)
            yield ResourcePolicy(what, node.address, name, document(reading, node, argument), protected, True)


def with_policies_apart(reading: Reading) -> frozenset[str]:
    """The addresses of the resources whose policy is a resource of its own in this plan."""
    found = (_target(reading, node, link, owners)
             for kind, (_, link, owners) in APART.items() for node in reading.graph.of(kind))  # fmt: skip
    return frozenset(found)


def without_taken_off(reading: Reading, item: ResourcePolicy, gone: frozenset[str]) -> ResourcePolicy:
    """The policy of a resource; gone: those whose policy was a resource of its own that this plan deletes.

    The resource's own `policy` still shows that one, as it was read before, unless the configuration sets another.
    """
    node = reading.graph.nodes[item.address]
    if item.address not in gone or "policy" in node.expressions:
        return item
    key = next((one for one in delivery.keys(reading) if one.address == item.address), None)
    return changed(item, policy=_default(reading, key) if key else None)


def _later(node: Node) -> str:
    """Stands for a resource that is known only after the apply: none of those that are known."""
    return f"address:{node.address}"


def _known(arn: str) -> str:
    return "" if arn.startswith("address:") else arn


def _protected(reading: Reading, node: Node) -> str:
    """A queue by its ARN; a secret by its ARN without the six signs that AWS adds to its name."""
    name, account = name_of(node), node.account_id
    if node.type == "aws_sqs_queue" or name.startswith("address:"):
        return _known(reading.arn(node))
    arn = _known(reading.arn(node))
    return _SUFFIX.sub("", arn) or f"arn:{reading.partition}:secretsmanager:{node.region}:{account}:secret:{name}"


def _linked(what: str, value: str) -> str:
    """What the link of a policy means, in the form in which its resource is told."""
    queue = _QUEUE.fullmatch(value)
    if queue:
        partition = (
            "aws-cn" if queue[1].startswith("cn-") else "aws-us-gov" if queue[1].startswith("us-gov-") else "aws"
        )
        return f"arn:{partition}:sqs:{queue[1]}:{queue[2]}:{queue[3]}"
    if what == "secret policy":
        return _SUFFIX.sub("", value)
    return value.rpartition("/")[2] if what == "key policy" else value


def _default(reading: Reading, key: Key) -> Document:
    """What AWS puts on a key without a policy (AWS KMS Developer Guide, key-policy-default)."""
    root = f"arn:{reading.partition}:iam::{reading.graph.nodes[key.address].account_id}:root"
    whole = {"Effect": "Allow", "Principal": {"AWS": root}, "Action": "kms:*", "Resource": "*"}
    return parse({"Version": "2012-10-17", "Statement": [whole]})


def _target(reading: Reading, node: Node, link: str, types: tuple[str, ...]) -> str:
    """The address of the resource of this plan that a policy protects; "" where it is none of them."""
    value = node.values.get(link)
    if isinstance(value, str) and value:
        for item in reading.graph.of(*(kind for kind in types if "." not in kind)):
            names = (item.values.get(name) for name in ("id", "arn", "url", "bucket", "key_id"))
            if value in (*names, reading.arn(item)):
                return item.address
        return ""
    found = reading.target(node, node.expressions.get(link), types)
    return found.address if isinstance(found, Node) else ""
