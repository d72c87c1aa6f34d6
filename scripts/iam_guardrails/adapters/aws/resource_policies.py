"""The policies of all secrets and buckets, so that what was there before a use of the role can be put back.

Calls: in each Region ceil(n / 100) ListSecrets and n GetResourcePolicy; one ListBuckets and a GetBucketPolicy for each.
Source: AWS Secrets Manager API Reference, GetResourcePolicy; Amazon S3 API Reference, ListBuckets and GetBucketPolicy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from iam_guardrails.adapters.aws import buckets, secrets
from iam_guardrails.adapters.aws.reading import Reading
from iam_guardrails.adapters.side_by_side import Begin, at_once
from iam_guardrails.model.account import BUCKET, SECRET, Document, ResourcePolicy

PLACE = "resource_policies"
_SHARES = 8
"""How many readings of policies go on side by side."""


def resource_policies(
    reading: Reading, home_region: str, regions: Iterable[str], begin: Begin = at_once
) -> tuple[ResourcePolicy, ...]:
    """The policies of the secrets of some Regions and of all buckets.

    Where the list is refused, `reading.refused` says so under "resource_policies", with the Region of secrets; a single
    policy that is refused is Unknown. Raises AwsError.
    """
    reading.say("the policies of secrets and buckets")
    listed: list[tuple[ResourcePolicy, Callable[[], Document | None]]] = []
    for region in dict.fromkeys(regions):
        listed += reading.attempt((PLACE,), region, partial(_secrets, reading, region))
    listed += reading.attempt((PLACE,), home_region, partial(_buckets, reading, home_region))
    waiting = [begin(partial(_read, listed[share::_SHARES])) for share in range(_SHARES)]
    return tuple(found for wait in waiting for found in wait())


def _read(share: Iterable[tuple[ResourcePolicy, Callable[[], Document | None]]]) -> list[ResourcePolicy]:
    return [ResourcePolicy(thing.kind, thing.arn, thing.name, thing.region, read()) for thing, read in share]


def _secrets(reading: Reading, region: str) -> list[Any]:
    there = reading.pages("secretsmanager", region, "ListSecrets", "SecretList", MaxResults=100)
    return [(ResourcePolicy(SECRET, item["ARN"], item["Name"], region),
             partial(secrets.policy_of, reading, region, item["ARN"])) for item in there]  # fmt: skip


def _buckets(reading: Reading, region: str) -> list[Any]:
    names = [item["Name"] for item in reading.ask("s3", region, "ListBuckets").get("Buckets", ())]
    return [(ResourcePolicy(BUCKET, f"arn:{reading.partition}:s3:::{name}", name),
             partial(buckets.policy_of, reading, region, name)) for name in names]  # fmt: skip
