"""Which Regions an account can use."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from iam_guardrails.adapters.aws.errors import AwsError
from iam_guardrails.adapters.aws.regions import regions_of


class Ec2:
    """EC2, in the partition aws; answers with Regions and their OptInStatus, or raises."""

    meta = SimpleNamespace(partition="aws")

    def __init__(self, found: dict[str, str] | Exception) -> None:
        self.found = found

    def client(self, service_name: str, region_name: str) -> Any:
        """As a session."""
        assert (service_name, region_name) == ("ec2", "us-east-2")
        return self

    def describe_regions(self) -> dict[str, Any]:
        if isinstance(self.found, Exception):
            raise self.found
        return {"Regions": [{"RegionName": name, "OptInStatus": status} for name, status in self.found.items()]}


def test_the_enabled_regions_of_the_partition_are_those_that_aws_names() -> None:
    told = {"us-east-2": "opt-in-not-required", "af-south-1": "opted-in", "ap-east-1": "not-opted-in",
            "cn-north-1": "opt-in-not-required", "xx-new-9": "opted-in"}  # fmt: skip
    found = regions_of(Ec2(told), "us-east-2")
    assert found.enabled == ("af-south-1", "us-east-2", "xx-new-9")
    assert (found.askable, found.why) == (("af-south-1", "us-east-2"), "")


def test_where_aws_does_not_say_every_region_of_the_partition_counts() -> None:
    refused = ClientError({"Error": {"Code": "UnauthorizedOperation", "Message": "no"}}, "DescribeRegions")
    found = regions_of(Ec2(refused), "us-east-2")
    assert found.enabled == found.askable
    assert {"us-east-2", "af-south-1"} <= set(found.enabled)
    assert "cn-north-1" not in found.enabled
    assert found.why == "ec2:DescribeRegions was refused (UnauthorizedOperation)"


def test_aws_that_cannot_be_reached_ends_it() -> None:
    with pytest.raises(AwsError):
        regions_of(Ec2(EndpointConnectionError(endpoint_url="https://x")), "us-east-2")
