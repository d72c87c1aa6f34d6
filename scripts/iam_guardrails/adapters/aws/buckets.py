"""The S3 buckets that hold evidence, and the public access blocks of account and buckets.

Source: S3 API Reference, GetBucketPolicy, GetBucketVersioning, GetBucketEncryption, GetPublicAccessBlock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from iam_guardrails.adapters.aws.reading import Reading, Refused, document, of
from iam_guardrails.model.account import Bucket, PublicAccessBlock, Text
from iam_guardrails.model.iam.document import PolicyDocument
from iam_guardrails.model.unknown import Unknown

_NO_BLOCK = "NoSuchPublicAccessBlockConfiguration"
_NO_ENCRYPTION = "ServerSideEncryptionConfigurationNotFoundError"


def buckets(reading: Reading, region: str, names: Iterable[str]) -> list[Bucket]:
    """The named buckets as far as they exist; what a bucket in another account does not tell is Unknown."""
    found = [_bucket(reading, region, name) for name in sorted(set(names))]
    return [bucket for bucket in found if bucket is not None]


def _bucket(reading: Reading, region: str, name: str) -> Bucket | None:
    try:
        versioned: bool | Unknown = (
            reading.ask("s3", region, "GetBucketVersioning", Bucket=name).get("Status") == "Enabled"
        )
    except Refused as refusal:
        if refusal.code in ("NoSuchBucket", "404"):
            return None
        versioned = Unknown(refusal.reason)
    encryption, key = _encryption(reading, region, name)
    arn = f"arn:{reading.partition}:s3:::{name}"
    return Bucket(arn, name, arn, policy_of(reading, region, name), versioned, encryption, key)


def policy_of(reading: Reading, region: str, name: str) -> PolicyDocument | Unknown | None:
    """The policy of a bucket, None where it has none, Unknown where it was refused."""
    answer = reading.detail("s3", region, "GetBucketPolicy", absent=("NoSuchBucketPolicy",), Bucket=name)
    text = of(answer, "Policy", None)
    if text is None or isinstance(text, Unknown):
        return text
    return document(text, f"the policy of bucket {name}")


def _encryption(reading: Reading, region: str, name: str) -> tuple[Text | None, Text | None]:
    answer = reading.detail("s3", region, "GetBucketEncryption", absent=(_NO_ENCRYPTION,), Bucket=name)
    if isinstance(answer, Unknown):
        return answer, answer
    rules = (answer or {}).get("ServerSideEncryptionConfiguration", {}).get("Rules", ())
    used = rules[0].get("ApplyServerSideEncryptionByDefault", {}) if rules else {}
    return used.get("SSEAlgorithm"), used.get("KMSMasterKeyID")


def account_block(reading: Reading, region: str) -> list[PublicAccessBlock]:
    """The account-wide public access block, if there is one."""
    answer = _ask_block(reading, "s3control", region, AccountId=reading.account_id)
    return [] if answer is None else [_block("account/public-access-block", None, answer)]


def bucket_blocks(reading: Reading, region: str, names: Iterable[str]) -> list[PublicAccessBlock]:
    """The public access blocks of the named buckets; Unknown settings where the bucket does not tell."""
    found = []
    for name in sorted(set(names)):
        address = f"arn:{reading.partition}:s3:::{name}"
        try:
            answer = _ask_block(reading, "s3", region, Bucket=name)
        except Refused as refusal:
            hidden = Unknown(refusal.reason)
            found.append(PublicAccessBlock(address, name, hidden, hidden, hidden, hidden))
            continue
        if answer is not None:
            found.append(_block(address, name, answer))
    return found


def _ask_block(reading: Reading, service: str, region: str, **given: str) -> Mapping[str, Any] | None:
    try:
        answer = reading.ask(service, region, "GetPublicAccessBlock", **given)
    except Refused as refusal:
        if refusal.code in (_NO_BLOCK, "NoSuchBucket"):
            return None
        raise
    found: Mapping[str, Any] = answer["PublicAccessBlockConfiguration"]
    return found


def _block(address: str, bucket: str | None, found: Mapping[str, Any]) -> PublicAccessBlock:
    return PublicAccessBlock(
        address=address,
        bucket_name=bucket,
        block_public_acls=found.get("BlockPublicAcls", False),
        block_public_policy=found.get("BlockPublicPolicy", False),
        ignore_public_acls=found.get("IgnorePublicAcls", False),
        restrict_public_buckets=found.get("RestrictPublicBuckets", False),
    )
