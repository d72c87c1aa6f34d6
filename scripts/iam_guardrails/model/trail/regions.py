"""The Regions whose STS endpoint a caller can choose, by partition.

Source: AWS Account Management Reference Guide, "Enable or disable AWS Regions in your account" (Regions enabled by
default), and AWS General Reference, "AWS Security Token Service endpoints and quotas". Regions that an account opts
into come on top; the account says which (account:ListRegions), a plan does not.
"""

from __future__ import annotations

_DEFAULT = {
    "aws": (
        "us-east-1", "us-east-2", "us-west-1", "us-west-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3",
        "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ca-central-1", "eu-central-1", "eu-north-1", "eu-west-1",
        "eu-west-2", "eu-west-3", "sa-east-1",
    ),
    "aws-cn": ("cn-north-1", "cn-northwest-1"),
    "aws-us-gov": ("us-gov-east-1", "us-gov-west-1"),
}  # fmt: skip


def regions_of(partition: str, *more: str) -> tuple[str, ...]:
    """Every Region that is on by default in the partition, after `more` (the account's own), each once."""
    return tuple(dict.fromkeys((*more, *_DEFAULT.get(partition, ()))))
