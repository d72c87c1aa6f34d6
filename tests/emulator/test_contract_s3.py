"""S3 as the emulator changes it, seen through boto3."""

from __future__ import annotations

import json
from typing import Any


def test_a_bucket_policy_is_kept_and_decides_nothing(aws: Any, account_id: str) -> None:
    s3, name = aws("s3"), f"state-{account_id}"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "us-east-2"})
    refuse_plain_http = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [refuse_plain_http]})
    s3.put_bucket_policy(Bucket=name, Policy=policy)
    s3.put_object(Bucket=name, Key="state", Body=b"x")
    assert s3.get_object(Bucket=name, Key="state")["Body"].read() == b"x"
    assert s3.get_bucket_policy(Bucket=name)["Policy"] == policy
