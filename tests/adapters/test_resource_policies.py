"""The policies of secrets and buckets as they are kept before a use of the role."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from iam_guardrails.adapters.aws.reading import Reading
from iam_guardrails.adapters.aws.resource_policies import resource_policies
from iam_guardrails.adapters.side_by_side import begun
from iam_guardrails.model.unknown import Unknown

POLICY = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]}'


def refused(operation: str, code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, operation)


class Cloud:
    """Secrets "a-…", with a policy in one Region only, and three buckets: with a policy, without, and another's."""

    def __init__(self, denied: str = "") -> None:
        self.denied = denied

    def client(self, service: str, *, region_name: str) -> Any:
        self.region = region_name
        return Client(self, region_name)


class Client:
    def __init__(self, cloud: Cloud, region: str) -> None:
        self._cloud, self._region = cloud, region

    def can_paginate(self, name: str) -> bool:
        return False

    def list_secrets(self, **given: Any) -> dict[str, Any]:
        if self._cloud.denied == self._region:
            raise refused("ListSecrets", "AccessDeniedException")
        return {"SecretList": [{"ARN": f"arn:aws:secretsmanager:{self._region}:1:secret:a-AbCdEf", "Name": "a"}]}

    def get_resource_policy(self, **given: Any) -> dict[str, Any]:
        return {"ResourcePolicy": POLICY} if ":us-east-2:" in given["SecretId"] else {}

    def list_buckets(self, **given: Any) -> dict[str, Any]:
        return {"Buckets": [{"Name": name} for name in ("with", "without", "shut")]}

    def get_bucket_policy(self, **given: Any) -> dict[str, Any]:
        if given["Bucket"] == "with":
            return {"Policy": POLICY}
        raise refused("GetBucketPolicy", "NoSuchBucketPolicy" if given["Bucket"] == "without" else "AccessDenied")


def read(cloud: Cloud) -> tuple[dict[tuple[str, str], Any], Reading]:
    reading = Reading(cloud, "333333333333")  # type: ignore[arg-type]  # the two calls of a session that it needs
    found = resource_policies(reading, "us-east-2", ("us-east-2", "us-east-1", "us-east-2"), begun)
    assert len(found) == len({(item.kind, item.name, item.region) for item in found})
    return {(item.name, item.region): item.policy for item in found}, reading


def test_every_policy_is_kept_and_that_there_is_none_is_told_from_a_refusal() -> None:
    found, reading = read(Cloud())
    assert found["a", "us-east-2"].statements and found["with", ""].statements
    assert found["a", "us-east-1"] is None and found["without", ""] is None
    assert isinstance(found["shut", ""], Unknown) and reading.refused == {}


def test_a_list_that_is_refused_is_noted_with_its_region() -> None:
    found, reading = read(Cloud("us-east-1"))
    assert set(found) == {("a", "us-east-2"), ("with", ""), ("without", ""), ("shut", "")}
    assert list(reading.refused) == ["resource_policies@us-east-1"]
