"""Policies that hang on resources and name principals, and grants that are no policies at all.

Source of the types: documentation of the AWS provider for Terraform, version 5.100.
"""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.adapters.plan_json import delivery, recording
from iam_guardrails.adapters.plan_json.documents import document
from iam_guardrails.adapters.plan_json.graph import Node
from iam_guardrails.adapters.plan_json.names import KEY, name_of
from iam_guardrails.adapters.plan_json.reading import Reading
from iam_guardrails.model.account import Document, Key
from iam_guardrails.model.iam.document import parse

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
OTHERS = {  # (what, the argument that holds the document)
    "aws_api_gateway_rest_api_policy": ("API policy", "policy"),
    "aws_backup_vault_policy": ("backup vault policy", "policy"),
    "aws_cloudwatch_event_bus_policy": ("event bus policy", "policy"),
    "aws_cloudwatch_log_resource_policy": ("log resource policy", "policy_document"),
    "aws_codeartifact_domain_permissions_policy": ("CodeArtifact domain policy", "policy_document"),
    "aws_codeartifact_repository_permissions_policy": ("CodeArtifact repository policy", "policy_document"),
    "aws_dynamodb_resource_policy": ("table policy", "policy"),
    "aws_ecr_registry_policy": ("registry policy", "policy"),
    "aws_ecr_repository_policy": ("repository policy", "policy"),
    "aws_efs_file_system_policy": ("file system policy", "policy"),
    "aws_elasticsearch_domain_policy": ("search domain policy", "access_policies"),
    "aws_glacier_vault_policy": ("vault policy", "policy"),
    "aws_glue_resource_policy": ("Glue policy", "policy"),
    "aws_kinesis_resource_policy": ("stream policy", "policy"),
    "aws_opensearch_domain_policy": ("search domain policy", "access_policies"),
    "aws_s3control_access_point_policy": ("access point policy", "policy"),
    "aws_s3tables_table_bucket_policy": ("table bucket policy", "resource_policy"),
    "aws_sesv2_email_identity_policy": ("mail identity policy", "policy"),
}
UNREAD = {  # what grants or limits access and is no document of a principal or a resource
    "aws_identitystore_group_membership": "Identity Center group membership",
    "aws_kms_grant": "KMS grant",
    "aws_lambda_layer_version_permission": "Lambda layer permission",
    "aws_lambda_permission": "Lambda permission",
    "aws_organizations_policy": "organization policy",
    "aws_organizations_policy_attachment": "organization policy attachment",
    "aws_ram_principal_association": "resource share",
    "aws_rolesanywhere_profile": "Roles Anywhere profile",
    "aws_rolesanywhere_trust_anchor": "Roles Anywhere trust anchor",
    "aws_s3_bucket_acl": "bucket ACL",
    "aws_s3_object_acl": "object ACL",
    "aws_ssoadmin_account_assignment": "Identity Center assignment",
    "aws_ssoadmin_customer_managed_policy_attachment": "Identity Center policy attachment",
    "aws_ssoadmin_managed_policy_attachment": "Identity Center policy attachment",
    "aws_ssoadmin_permission_set_inline_policy": "Identity Center inline policy",
    "aws_ssoadmin_permissions_boundary_attachment": "Identity Center permissions boundary",
    "aws_vpc_endpoint_policy": "VPC endpoint policy",
}
Found = tuple[str, str, str, Document | None]  # (what, address, name, policy)


def resource_policies(reading: Reading) -> Iterator[Found]:
    """The policy of each resource of the plan, None where it has none, and policies on resources elsewhere."""
    for topic in delivery.topics(reading):
        yield "topic policy", topic.address, topic.name, topic.policy
    for key in delivery.keys(reading):
        if reading.graph.nodes[key.address].mode == "managed":
            yield "key policy", key.address, key.key_id or key.address, key.policy or _default(reading, key)
    for bucket in recording.buckets(reading):
        yield "bucket policy", bucket.address, bucket.name if isinstance(bucket.name, str) else "", bucket.policy
    for kind, (what, policies, link) in OWNED.items():
        beside = {}
        for node in reading.graph.of(policies):
            beside[_target(reading, node, link, (kind,))] = document(reading, node, "policy")
        for node in reading.graph.of(kind):
            own = document(reading, node, "policy")
            yield what, node.address, name_of(node), beside.get(node.address) or own
    for kind, (what, link, owners) in APART.items():
        for node in reading.graph.of(kind):
            if not _target(reading, node, link, owners):
                protected = node.values.get(link)
                name = protected if isinstance(protected, str) else ""
                yield what, node.address, name, document(reading, node, "policy")
    for kind, (what, argument) in OTHERS.items():
        for node in reading.graph.of(kind):
            yield what, node.address, "", document(reading, node, argument)


def unread_grants(reading: Reading) -> Iterator[tuple[str, Node]]:
    """Grants and limits that no policy document of a principal or a resource holds."""
    for kind, what in UNREAD.items():
        for node in reading.graph.of(kind):
            yield what, node


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
