"""Secrets without their values: who may read them, by which key, when anybody last did.

Sources: AWS Secrets Manager API Reference, SecretListEntry, API_GetResourcePolicy and API_DescribeSecret; AWS KMS API
Reference, GrantListEntry and GrantConstraints.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iam_guardrails.model.account import Document, Text
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import frozen

if TYPE_CHECKING:
    from datetime import datetime


@frozen
class KeyGrant:
    """A grant on a key: it lets the grantee in whatever the key's policy says.

    grantee: an ARN, or the name of an AWS service.  operations: e.g. ("Decrypt", "GenerateDataKey").
    encryption_context: what a request must name, as (key, value); `context_equals` tells whether it may name no more.
    """

    key_arn: str
    grant_id: str
    grantee: str
    operations: tuple[str, ...] = ()
    name: str = ""
    retiring_principal: str = ""
    issuing_account: str = ""
    created_at: datetime | None = None
    encryption_context: tuple[tuple[str, str], ...] = ()
    context_equals: bool = False


@frozen
class Secret:
    """One secret in one Region; a replica is a secret of its own there.

    policy: its resource policy, None without one.  key_arn: the customer managed key that encrypts it, None for AWS's
    own.  last_accessed_on: the day (AWS rounds it), None for never.  primary_region: where a replica's original is;
    "" for a secret without replicas.  replica_regions: Unknown where nobody asked.  owning_service: the AWS service
    that manages it.
    """

    arn: str
    name: str
    region: str
    policy: Document | None = None
    key_arn: Text | None = None
    rotation: bool = False
    rotation_days: int | None = None
    created_at: datetime | None = None
    last_rotated_at: datetime | None = None
    last_changed_at: datetime | None = None
    last_accessed_on: datetime | None = None
    deleted_at: datetime | None = None
    primary_region: str = ""
    replica_regions: tuple[str, ...] | Unknown = ()
    owning_service: str = ""
