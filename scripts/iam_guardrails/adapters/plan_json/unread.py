"""What grants or limits access and is no policy that is read: it is told where it comes, changes or goes.

Source of the types: documentation of the AWS provider for Terraform, version 5.100.
"""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.adapters.plan_json.graph import Node
from iam_guardrails.adapters.plan_json.reading import Reading

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


def unread_grants(reading: Reading) -> Iterator[tuple[str, Node]]:
    """Grants and limits that no policy document of a principal or a resource holds."""
    for kind, what in UNREAD.items():
        for node in reading.graph.of(kind):
            yield what, node
