"""Which condition keys hold several values. Every other key holds one.

Sources: AWS IAM User Guide, reference_policies_condition-keys (global keys: "Value type - Multivalued") and
reference_policies_condition-single-vs-multi-valued-context-keys; Service Authorization Reference (types ArrayOf…).
"""

from __future__ import annotations

MULTIVALUED = frozenset(
    {
        "aws:calledvia", "aws:principalorgpaths", "aws:principalservicenameslist", "aws:resourceorgpaths",
        "aws:sourceorgpaths", "aws:tagkeys", "aws:vpceorgpaths",
        "cognito-identity.amazonaws.com:amr", "dynamodb:attributes", "dynamodb:leadingkeys",
        "kms:encryptioncontextkeys", "kms:grantoperations", "kms:resourcealiases",
        "route53:changeresourcerecordsetsactions",
        "route53:changeresourcerecordsetsnormalizedrecordnames", "route53:changeresourcerecordsetsrecordtypes",
        "secretsmanager:addreplicaregions", "sts:transitivetagkeys",
    }
)  # fmt: skip


def is_multivalued(key: str, count: int) -> bool:
    """Whether `key` (lower case) holds several values: it is known for that, or the request gives more than one."""
    return count > 1 or key in MULTIVALUED
