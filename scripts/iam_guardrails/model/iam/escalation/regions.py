"""The Regions of a partition, and those among which policies tell places apart.

Source: AWS General Reference, rande (Regions and endpoints); AWS Account Management Reference, manage-acct-regions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from iam_guardrails.model.iam.escalation.patterns import standing
from iam_guardrails.model.iam.pattern import RUN, Tokens, fits, wild

_COMMERCIAL = """us-east-1 us-east-2 us-west-1 us-west-2 af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2
ap-northeast-3 ap-south-1 ap-south-2 ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5
ap-southeast-6 ap-southeast-7 ca-central-1 ca-west-1 eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2
eu-west-1 eu-west-2 eu-west-3 il-central-1 me-central-1 me-south-1 mx-central-1 sa-east-1"""
_REGIONS = {
    "aws": tuple(_COMMERCIAL.split()),
    "aws-cn": ("cn-north-1", "cn-northwest-1"),
    "aws-us-gov": ("us-gov-west-1", "us-gov-east-1"),
    "aws-eusc": ("eusc-de-east-1",),
    "aws-iso": ("us-iso-east-1", "us-iso-west-1"),
    "aws-iso-b": ("us-isob-east-1", "us-isob-west-1"),
    "aws-iso-e": ("eu-isoe-west-1",),
    "aws-iso-f": ("us-isof-south-1", "us-isof-east-1"),
}


def regions_of(partition: str) -> tuple[str, ...]:
    """The Regions of the partition, the one in which global services answer first."""
    return _REGIONS.get(partition, _REGIONS["aws"])


class Regions:
    """Tells Regions apart as the patterns of policies do."""

    def __init__(self, partition: str) -> None:
        self.partition = partition
        self.all = regions_of(partition)
        self._one = {name: tuple([region == name for region in self.all]) for name in self.all}
        self._any: tuple[object, ...] = (True,) * len(self.all)
        self._kept: dict[object, tuple[object, ...]] = {}

    def apart(self, services: Iterable[str], patterns: Iterable[Tokens], asked: Sequence[str]) -> list[str]:
        """One Region for each way in which the Resource patterns, and the values `asked` of a condition, see Regions.

        services: those whose resources are named, e.g. "lambda".  The first is the first Region of the partition.
        """
        listed = [tuple(one) for one in patterns]
        columns = [self._column(service, one) for service in services for one in listed]
        columns += [tuple(fits(wild(value), region) for region in self.all) for value in asked]
        if not columns:
            return list(self.all[:1])
        distinct = {id(column): column for column in columns}.values()  # one pattern's column is one object
        found: dict[tuple[object, ...], str] = {}
        for region, seen in zip(self.all, zip(*distinct, strict=True), strict=True):
            found.setdefault(seen, region)
        return list(found.values())

    def _column(self, service: str, tokens: tuple[str, ...]) -> tuple[object, ...]:
        begin = f"arn:{self.partition}:{service}:"
        if tokens[: len(begin)] == tuple(begin):
            rest = tokens[len(begin) :]
            if rest[:1] == (RUN,) and rest[1:2] in ((), (":",)):  # any Region: no name of one holds a colon
                return self._any
            end = rest.index(":") if ":" in rest else -1
            named = "".join(rest[:end]) if end >= 0 else ""
            if named in self._one:  # nearly all: one Region, written out
                return self._one[named]
        key = (service, tokens)
        if key not in self._kept:
            self._kept[key] = tuple(standing(tokens, f"{begin}{region}:") for region in self.all)
        return self._kept[key]


__all__ = ["Regions", "regions_of"]
