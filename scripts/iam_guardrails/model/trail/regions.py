"""What differs by partition: the Regions, the one in which global services are recorded, and the console's names.

Sources: AWS Account Management Reference Guide, "Enable or disable AWS Regions in your account" (Regions enabled by
default); AWS General Reference, "AWS Security Token Service endpoints and quotas" and "AWS Identity and Access
Management endpoints and quotas" (IAM has one endpoint per partition, and CloudTrail records its events in that
Region); AWS GovCloud (US) User Guide and AWS China getting-started guide (sign-in and console addresses; no global STS
endpoint); botocore's partitions.json (aws-eusc, the European Sovereign Cloud, which has one Region). Regions that an
account opts into come on top; the account says which (account:ListRegions), a plan does not.
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
    "aws-eusc": ("eusc-de-east-1",),
}  # fmt: skip
_BY_PREFIX = {"cn-": "aws-cn", "us-gov-": "aws-us-gov", "eusc-": "aws-eusc"}
_GLOBAL = {"aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1", "aws-eusc": "eusc-de-east-1"}
_SUFFIX = {"aws-cn": "amazonaws.com.cn", "aws-eusc": "amazonaws.eu"}
_CONSOLE = {"aws-cn": "amazonaws.cn", "aws-us-gov": "amazonaws-us-gov.com", "aws-eusc": "amazonaws-eusc.eu"}


def regions_of(partition: str, *more: str) -> tuple[str, ...]:
    """Every Region that is on by default in the partition, after `more` (the account's own), each once."""
    return tuple(dict.fromkeys((*more, *_DEFAULT.get(partition, ()))))


def partition_of(region: str) -> str:
    """The partition a Region belongs to, by its name."""
    return next((partition for prefix, partition in _BY_PREFIX.items() if region.startswith(prefix)), "aws")


def global_region(partition: str) -> str:
    """Where IAM, root's console sign-in and, in the partition "aws", the global STS endpoint are recorded."""
    return _GLOBAL.get(partition, "us-east-1")


def has_global_sts(partition: str) -> bool:
    """Whether there is a global STS endpoint (sts.amazonaws.com); elsewhere callers have Regional ones only."""
    return partition == "aws"


def dns_suffix(partition: str) -> str:
    """What the names of AWS's endpoints end in."""
    return _SUFFIX.get(partition, "amazonaws.com")


def console_domain(partition: str) -> str:
    """What the names of the console (console.…) and of the sign-in pages (signin.…) end in."""
    return _CONSOLE.get(partition, "aws.amazon.com")
