"""Secrets, their policies and their keys. The value of a secret is never asked for.

Calls for n secrets with k distinct keys in one Region: ceil(n / 100) ListSecrets, n GetResourcePolicy, one
DescribeSecret for each original of replicas that guardrails.toml names; where a secret has a key of its own,
ListAliases; for each key GetKeyPolicy and ceil(grants / 100) ListGrants, and for a key that is no key of this account
and Region, or an alias that leads nowhere, DescribeKey. No call tells the policies of several secrets or keys at once.
Source: AWS Secrets Manager API Reference, API_ListSecrets (KmsKeyId is absent where the key is aws/secretsmanager;
PrimaryRegion of a replicated secret), API_GetResourcePolicy, API_DescribeSecret (ReplicationStatus).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from iam_guardrails.adapters.aws import topics
from iam_guardrails.adapters.aws.reading import Reading, Refused, document, of
from iam_guardrails.model.account import Document, Key
from iam_guardrails.model.capture.capture import KEY_GRANTS, SECRET_KEYS, SECRETS
from iam_guardrails.model.capture.secrets import KeyGrant, Secret
from iam_guardrails.model.unknown import Unknown

_AWS_OWN = ("alias/aws/", "aws/")
_REPLICAS_NOT_ASKED = Unknown(
    "secretsmanager:DescribeSecret was not called: only the secrets that guardrails.toml names are asked for replicas"
)
"""Of an original; of a secret without PrimaryRegion no replica was ever made."""


def secrets(
    reading: Reading, region: str, is_named: Callable[[str], bool]
) -> tuple[tuple[Secret, ...], tuple[Key, ...]]:
    """The secrets of a Region and the keys that encrypt them; what is refused is noted, or Unknown in a value.

    is_named: whether guardrails.toml names a secret (by its name).
    """
    reading.say(f"{region}: secrets")
    given = {"IncludePlannedDeletion": True, "MaxResults": 100}
    try:
        listed = reading.pages("secretsmanager", region, "ListSecrets", "SecretList", **given)
    except Refused as refusal:
        reading.note((SECRETS,), region, refusal.reason)
        return (), ()
    keys, by_reference = _keys(reading, region, [str(item.get("KmsKeyId") or "") for item in listed])
    found = []
    for number, item in enumerate(listed):
        if number % 25 == 0:
            reading.say(f"{region}: {number} of {len(listed)} secrets")
        found.append(_secret(reading, region, item, is_named, by_reference))
    return tuple(found), keys


def _keys(
    reading: Reading, region: str, references: Iterable[str]
) -> tuple[tuple[Key, ...], Mapping[str, str | Unknown | None]]:
    """The keys, and for each reference the ARN of its customer managed key (None for AWS's own)."""
    wanted = {name for name in references if name and not name.startswith(_AWS_OWN)}
    here = {name for name in wanted if topics.region_of(name) in ("", region)}
    own = reading.apart()
    found = topics.keys_by_name(own, region, here)
    unread = [key.policy.reason for key in found if isinstance(key.policy, Unknown)]
    for reason in (*own.refused.values(), *unread):
        reading.note((SECRET_KEYS,), region, reason)
    arns: dict[str, str | Unknown | None] = {}
    for key in found:
        arn = None if key.aws_managed else key.arn
        arns |= dict.fromkeys((key.arn, key.key_id, *key.aliases), arn)
    why = "; ".join(own.refused.values()) or "KMS does not know it"
    short = {name: topics.own_alias(reading, region, name) or name for name in wanted}
    for name in wanted:
        if short[name] not in arns:
            arns[short[name]] = name if ":key/" in name else Unknown(f"which key {name} is: {why}")
    return tuple(found), {name: arns[short[name]] for name in wanted}


def grants(reading: Reading, region: str, keys: Iterable[Key]) -> tuple[KeyGrant, ...]:
    """The grants on the account's own keys; what is refused is noted."""
    found: list[KeyGrant] = []
    for key in keys:
        if key.aws_managed:
            continue
        try:
            found += _grants(reading, region, key)
        except Refused as refusal:
            reading.note((KEY_GRANTS,), region, refusal.reason)
    return tuple(found)


def _grants(reading: Reading, region: str, key: Key) -> list[KeyGrant]:
    listed = reading.pages("kms", region, "ListGrants", "Grants", KeyId=key.arn, Limit=100)
    return [_grant(key.arn, item) for item in listed]


def _grant(key_arn: str, item: Mapping[str, Any]) -> KeyGrant:
    limits: Mapping[str, Any] = item.get("Constraints") or {}
    equals = limits.get("EncryptionContextEquals") or {}
    context = equals or limits.get("EncryptionContextSubset") or {}
    return KeyGrant(
        key_arn=key_arn,
        grant_id=item["GrantId"],
        grantee=item.get("GranteePrincipal", ""),
        operations=tuple(sorted(item.get("Operations", ()))),
        name=item.get("Name", ""),
        retiring_principal=item.get("RetiringPrincipal", ""),
        issuing_account=item.get("IssuingAccount", ""),
        created_at=item.get("CreationDate"),
        encryption_context=tuple(sorted(context.items())),
        context_equals=bool(equals),
    )


def _secret(
    reading: Reading,
    region: str,
    item: Mapping[str, Any],
    is_named: Callable[[str], bool],
    by_reference: Mapping[str, str | Unknown | None],
) -> Secret:
    arn, name, primary = str(item["ARN"]), str(item["Name"]), str(item.get("PrimaryRegion") or "")
    rotation: Any = item.get("RotationRules") or {}
    return Secret(
        arn=arn,
        name=name,
        region=region,
        policy=_policy(reading, region, arn),
        key_arn=by_reference.get(str(item.get("KmsKeyId") or "")),
        rotation=bool(item.get("RotationEnabled")),
        rotation_days=rotation.get("AutomaticallyAfterDays"),
        created_at=item.get("CreatedDate"),
        last_rotated_at=item.get("LastRotatedDate"),
        last_changed_at=item.get("LastChangedDate"),
        last_accessed_on=item.get("LastAccessedDate"),
        deleted_at=item.get("DeletedDate"),
        primary_region=primary,
        replica_regions=_replicas(reading, region, arn, is_named(name), primary),
        owning_service=str(item.get("OwningService") or ""),
    )


def policy_of(reading: Reading, region: str, arn: str) -> Document | None:
    """The policy of a secret, None where it has none, Unknown where it was refused."""
    text = of(reading.detail("secretsmanager", region, "GetResourcePolicy", SecretId=arn), "ResourcePolicy", None)
    if isinstance(text, Unknown):
        return text
    return document(text, f"the policy of secret {arn}") if text else None


def _policy(reading: Reading, region: str, arn: str) -> Document | None:
    """The same, and noted where it cannot be told."""
    found = policy_of(reading, region, arn)
    if isinstance(found, Unknown):
        reading.note((SECRETS,), region, found.reason)
    return found


def _replicas(
    reading: Reading, region: str, arn: str, named: bool, primary: str
) -> tuple[str, ...] | Unknown:  # fmt: skip
    if primary != region:
        return ()  # it has none: it is a replica, or there are no replicas of it
    if not named:
        return _REPLICAS_NOT_ASKED
    status = of(reading.detail("secretsmanager", region, "DescribeSecret", SecretId=arn), "ReplicationStatus", ())
    if isinstance(status, Unknown):
        reading.note((SECRETS,), region, status.reason)
        return status
    return tuple(sorted(item["Region"] for item in status or ()))
