"""S3 in the embedded AWS: a bucket policy with a condition does not lock everybody out."""

from __future__ import annotations

import json
from typing import Any

import pytest


def test_tls_only_bucket_policy_leaves_the_bucket_usable(aws: Any) -> None:
    s3 = aws("s3")
    s3.create_bucket(Bucket="tls-only", CreateBucketConfiguration={"LocationConstraint": "us-east-2"})
    statement = {
        "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::tls-only/*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }  # fmt: skip
    document = {"Version": "2012-10-17", "Statement": [statement]}
    s3.put_bucket_policy(Bucket="tls-only", Policy=json.dumps(document))
    s3.put_object(Bucket="tls-only", Key="state", Body=b"1")
    assert s3.get_object(Bucket="tls-only", Key="state")["Body"].read() == b"1"
    with pytest.raises(s3.exceptions.ClientError) as missing:
        s3.head_object(Bucket="tls-only", Key="other")
    assert missing.value.response["Error"]["Code"] == "404"
