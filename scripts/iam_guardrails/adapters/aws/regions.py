"""The Regions that an account can use.

Sources: Amazon EC2 API Reference, DescribeRegions (without AllRegions: the enabled ones; OptInStatus); boto3 reference,
Session.get_available_regions (adapters.aws.partitions).
"""

from __future__ import annotations

from iam_guardrails.adapters.aws.errors import AwsError, fatal, sentence
from iam_guardrails.adapters.aws.partitions import regions_by_partition
from iam_guardrails.adapters.aws.session import Session
from iam_guardrails.model.value import frozen

_ENABLED = ("opt-in-not-required", "opted-in")


@frozen
class Regions:
    """enabled: sorted; those of the partition where AWS did not say which are.  askable: those that botocore knows.

    why: why AWS did not say which are enabled; "" where it did.
    """

    enabled: tuple[str, ...]
    askable: tuple[str, ...]
    why: str = ""


def regions_of(session: Session, home_region: str) -> Regions:
    """The Regions of the account, one call. Raises AwsError where AWS cannot be reached, or credentials do not work."""
    client = session.client("ec2", home_region)
    known, others = _known(client.meta.partition)
    try:
        answer = client.describe_regions()
    except AwsError:
        raise
    except Exception as error:  # botocore's parser errors share no base class with the others
        if raised := fatal("ec2:DescribeRegions", home_region, error):
            raise raised from None
        return Regions(known, known, sentence("ec2:DescribeRegions", error))
    named = {item["RegionName"] for item in answer.get("Regions", ()) if item.get("OptInStatus") in _ENABLED}
    enabled = sorted(named - others)
    return Regions(tuple(enabled), tuple(name for name in enabled if name in known))


def _known(partition: str) -> tuple[tuple[str, ...], frozenset[str]]:
    """The Regions of a partition and of the others, as botocore knows them; it knows EC2 everywhere."""
    found = dict(regions_by_partition())
    mine = found.pop(partition, ())
    return mine, frozenset(name for names in found.values() for name in names)
