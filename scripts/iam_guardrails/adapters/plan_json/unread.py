"""What grants or limits access and is no policy that is read: it is told where it comes, changes or goes.

Source of the types: documentation of the AWS provider for Terraform, version 5.100.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from iam_guardrails.adapters.plan_json.graph import Node
from iam_guardrails.adapters.plan_json.names import name_of
from iam_guardrails.adapters.plan_json.reading import Reading, holds
from iam_guardrails.model.iam.difference.subject import Effect
from iam_guardrails.model.value import frozen

# (what, what it does to access, the attributes that count; all where none is named)
UNREAD: dict[str, tuple[str, Effect, tuple[str, ...]]] = {
    "aws_acmpca_permission": ("permission of the certificate authority", "grant", ()),
    "aws_ami_launch_permission": ("launch permission of an image", "grant", ()),
    "aws_cloudformation_stack": ("template at a URL", "both", ("template_url",)),
    "aws_cloudformation_stack_set": ("template at a URL", "both", ("template_url",)),
    "aws_cloudwatch_event_permission": ("event bus permission", "grant", ()),
    "aws_cognito_identity_pool": (
        "admission to the identity pool",
        "change",
        (
            "allow_unauthenticated_identities",
            "allow_classic_flow",
            "cognito_identity_providers",
            "developer_provider_name",
            "openid_connect_provider_arns",
            "saml_provider_arns",
            "supported_login_providers",
        ),
    ),
    "aws_cognito_identity_pool_provider_principal_tag": ("mapping of session tags", "both", ()),
    "aws_cognito_identity_pool_roles_attachment": ("roles of the identity pool", "grant", ()),
    "aws_cognito_user_group": ("role of the user group", "change", ("role_arn",)),
    "aws_db_cluster_snapshot": ("accounts that share the snapshot", "both", ("shared_accounts",)),
    "aws_db_snapshot": ("accounts that share the snapshot", "both", ("shared_accounts",)),
    "aws_ebs_snapshot_block_public_access": ("public access block of snapshots", "limit", ()),
    "aws_ec2_image_block_public_access": ("public access block of images", "limit", ()),
    "aws_eks_access_entry": ("EKS access entry", "grant", ()),
    "aws_eks_access_policy_association": ("EKS access policy", "grant", ()),
    "aws_eks_pod_identity_association": ("EKS Pod Identity association", "grant", ()),
    "aws_iam_access_key": ("access key", "grant", ()),
    "aws_iam_group_policies_exclusive": ("exclusive inline policies of a group", "coming", ()),
    "aws_iam_group_policy_attachments_exclusive": ("exclusive attachments of a group", "coming", ()),
    "aws_iam_instance_profile": ("role of the instance profile", "change", ("role",)),
    "aws_iam_openid_connect_provider": ("OpenID Connect provider", "grant", ()),
    "aws_iam_organizations_features": ("central management of root access", "grant", ()),
    "aws_iam_saml_provider": ("SAML provider", "grant", ()),
    "aws_iam_service_specific_credential": ("service credential", "grant", ()),
    "aws_iam_signing_certificate": ("signing certificate", "grant", ()),
    "aws_iam_user_policies_exclusive": ("exclusive inline policies of a user", "coming", ()),
    "aws_iam_user_policy_attachments_exclusive": ("exclusive attachments of a user", "coming", ()),
    "aws_iam_user_login_profile": ("console password", "grant", ()),
    "aws_iam_user_ssh_key": ("SSH key", "grant", ()),
    "aws_identitystore_group_membership": ("Identity Center group membership", "grant", ()),
    "aws_kms_grant": ("KMS grant", "grant", ()),
    "aws_lakeformation_data_lake_settings": ("Lake Formation settings", "grant", ()),
    "aws_lakeformation_permissions": ("Lake Formation permission", "grant", ()),
    "aws_lambda_function": ("role of the function", "change", ("role",)),
    "aws_lambda_function_url": ("function URL", "grant", ()),
    "aws_lambda_layer_version_permission": ("Lambda layer permission", "grant", ()),
    "aws_lambda_permission": ("Lambda permission", "grant", ()),
    "aws_organizations_account": ("place of the account in the organization", "change", ("parent_id",)),
    "aws_organizations_delegated_administrator": ("delegated administrator", "grant", ()),
    "aws_organizations_organization": (
        "setup of the organization",
        "change",
        ("enabled_policy_types", "aws_service_access_principals", "feature_set"),
    ),
    "aws_organizations_organizational_unit": ("place of the unit in the organization", "change", ("parent_id",)),
    "aws_organizations_policy": ("organization policy", "both", ()),
    "aws_organizations_policy_attachment": ("organization policy attachment", "both", ()),
    "aws_ram_principal_association": ("resource share", "grant", ()),
    "aws_ram_resource_association": ("resource in a share", "grant", ()),
    "aws_rolesanywhere_profile": ("Roles Anywhere profile", "grant", ()),
    "aws_rolesanywhere_trust_anchor": ("Roles Anywhere trust anchor", "grant", ()),
    "aws_s3_account_public_access_block": ("public access block of the account", "limit", ()),
    "aws_s3_bucket": ("ACL of the bucket", "grant", ("acl", "grant")),
    "aws_s3_bucket_acl": ("bucket ACL", "grant", ()),
    "aws_s3_bucket_public_access_block": ("public access block", "limit", ()),
    "aws_s3_bucket_object": ("ACL of the object", "grant", ("acl",)),
    "aws_s3_object": ("ACL of the object", "grant", ("acl",)),
    "aws_s3_object_acl": ("object ACL", "grant", ()),
    "aws_s3_object_copy": ("ACL of the object", "grant", ("acl", "grant")),
    "aws_s3control_access_grant": ("S3 access grant", "grant", ()),
    "aws_s3control_access_grants_instance": ("instance of S3 access grants", "grant", ()),
    "aws_s3control_access_grants_location": ("location of S3 access grants", "grant", ()),
    "aws_secretsmanager_secret": ("key of the secret", "change", ("kms_key_id",)),
    "aws_serverlessapplicationrepository_cloudformation_stack": ("application's template", "both", ()),
    "aws_servicecatalog_principal_portfolio_association": ("access to the portfolio", "grant", ()),
    "aws_snapshot_create_volume_permission": ("volume permission of a snapshot", "grant", ()),
    "aws_ssm_document": ("accounts that share the document", "both", ("permissions",)),
    "aws_ssm_parameter": ("key of the parameter", "change", ("type", "key_id")),
    "aws_ssoadmin_account_assignment": ("Identity Center assignment", "grant", ()),
    "aws_ssoadmin_customer_managed_policy_attachment": ("Identity Center policy attachment", "both", ()),
    "aws_ssoadmin_managed_policy_attachment": ("Identity Center policy attachment", "both", ()),
    "aws_ssoadmin_permission_set_inline_policy": ("Identity Center inline policy", "both", ()),
    "aws_ssoadmin_permissions_boundary_attachment": ("Identity Center permissions boundary", "limit", ()),
    "aws_ssoadmin_trusted_token_issuer": ("trusted token issuer", "grant", ()),
    "aws_vpc_endpoint": ("VPC endpoint policy", "limit", ("policy",)),
    "aws_vpc_endpoint_policy": ("VPC endpoint policy", "limit", ()),
    "aws_vpc_endpoint_service": ("principals of the endpoint service", "both", ("allowed_principals",)),
    "aws_vpc_endpoint_service_allowed_principal": ("principal of the endpoint service", "grant", ()),
}
TAKEN_AWAY = "the plan does not show what is there by hand and is taken away, perhaps a Deny"
LEFT_OUT = ("tags", "tags_all")
LINKED = {"role": "aws_iam_role"}
OWN_KEYS = ("alias/aws/secretsmanager", "alias/aws/ssm")  # what encrypts where no key is named
ACLS = ("acl", "grant")  # read back, too, where the configuration does not set them; "private" grants nothing


@frozen
class Unread:
    """One thing that is not weighed. values: the same text means the same grant; "" where not all is known."""

    what: str
    effect: Effect
    node: Node
    values: str
    reason: str = "it is no policy document, and not weighed here"


def unread_grants(reading: Reading) -> Iterator[Unread]:
    """Grants and limits that no policy document of a principal or a resource holds."""
    for kind, (what, effect, told) in UNREAD.items():
        for node in reading.graph.of(kind):
            attributes = tuple(name for name in told if name not in ACLS or _declares(node, name))
            listed = attributes or tuple(name for name in node.values if not told and name not in LEFT_OUT)
            marks = [name for name in (attributes if told else node.unknown) if holds(node.unknown.get(name))]
            values: dict[str, Any] = {name: node.values.get(name) for name in listed}
            values |= {"acl": None} if values.get("acl") == "private" else {}
            values |= {name: linked for name in marks if (linked := _linked(reading, node, name))}
            if told and effect != "change" and not marks and not any(values.values()):
                continue
            if told:
                values = {name: _short(value) for name, value in values.items()}
            known = all(values.get(name) is not None for name in marks if name not in LEFT_OUT)
            text = json.dumps(values, sort_keys=True) if known else ""
            yield Unread(what, effect, node, text, *((TAKEN_AWAY,) if effect == "coming" else ()))
    yield from _ownership(reading)


def _ownership(reading: Reading) -> Iterator[Unread]:
    """Whether ACLs count in a bucket: BucketOwnerEnforced ends them, anything else brings them back.

    Source: Amazon S3 User Guide, about-object-ownership.
    """
    for node in reading.graph.of("aws_s3_bucket_ownership_controls"):
        rules = node.values.get("rule")
        found = [item.get("object_ownership") for item in rules] if isinstance(rules, list) else []
        known = bool(found and found[0]) and not holds(node.unknown.get("rule"))
        values = json.dumps([node.values.get("bucket"), *found]) if known and node.values.get("bucket") else ""
        if known and found == ["BucketOwnerEnforced"]:
            yield Unread("object ownership without ACLs", "limit", node, values)
        else:
            yield Unread("object ownership with ACLs", "grant", node, values)


def _declares(node: Node, name: str) -> bool:
    """Whether the configuration sets the argument; a plan without its configuration is taken at its word."""
    return not node.config or name in node.expressions


def _linked(reading: Reading, node: Node, name: str) -> str:
    """The name of the role that an attribute will tell, where the plan holds it."""
    if name not in LINKED:
        return ""
    target = reading.target(node, node.expressions.get(name), (LINKED[name],))
    found = name_of(target) if isinstance(target, Node) else ""
    return "" if found.startswith("address:") else found


def _short(value: Any) -> Any:
    """A role or a key by its name, whether its ARN or its name is given; None for nothing, and for AWS's own key."""
    if not value or value in OWN_KEYS:
        return None
    if not isinstance(value, str) or not value.startswith("arn:"):
        return value
    service, name = value.split(":")[2:3], value.rpartition(":")[2]
    if service != ["kms"]:
        return value.rpartition("/")[2]
    if name in OWN_KEYS:
        return None
    return name.removeprefix("key/") if name.startswith("key/") and not name.startswith("key/mrk-") else value
