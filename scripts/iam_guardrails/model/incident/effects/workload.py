"""Lambda functions and S3 buckets: safe mode, and what is open to the world.

Sources: AWS Lambda API Reference, GetFunctionConfiguration (RevisionId changes with every change) and
GetFunctionConcurrency; Amazon S3 API Reference, GetBucketPolicy and GetPublicAccessBlock.
"""

from __future__ import annotations

from collections.abc import Mapping

from iam_guardrails.model.incident.effects.kind import ADDS, REMOVES, SETS, Call, Kind, Names, State
from iam_guardrails.model.incident.effects.reading import (
    at,
    of,
    settings,
    written_document,
    written_value,
)
from iam_guardrails.model.incident.effects.state import document, only
from iam_guardrails.model.incident.effects.write import Write
from iam_guardrails.model.unknown import Unknown

_NO_FUNCTION = ("ResourceNotFoundException",)
_FUNCTION = {"FunctionName": "functionName"}
_LAMBDA = (("aws_lambda_function", {"function_name": "FunctionName"}),)
CONFIGURATION = Kind(
    "function-configuration", "the function {FunctionName} is set up as it is now",
    ("lambda", "GetFunctionConfiguration", {"FunctionName": "{FunctionName}"}), at("RevisionId"), _NO_FUNCTION,
    terraform=_LAMBDA,
)  # fmt: skip
CONCURRENCY = Kind(
    "function-concurrency", "the function {FunctionName} has a concurrency of its own",
    ("lambda", "GetFunctionConcurrency", {"FunctionName": "{FunctionName}"}), at("ReservedConcurrentExecutions"),
    _NO_FUNCTION, away="aws lambda delete-function-concurrency --function-name {FunctionName}",
    back="aws lambda put-function-concurrency --function-name {FunctionName} --reserved-concurrent-executions {value}",
    terraform=_LAMBDA,
)  # fmt: skip
_BUCKET = {"Bucket": "bucketName"}
_NO_BUCKET = ("NoSuchBucket", "NoSuchBucketPolicy")
BUCKET_POLICY = Kind(
    "bucket-policy", "the bucket {Bucket} has a bucket policy", ("s3", "GetBucketPolicy", {"Bucket": "{Bucket}"}),
    at("Policy", as_document=True), _NO_BUCKET,
    before=of("buckets", "name", "Bucket", lambda thing, names: document(thing.policy), whole=False),
    away="aws s3api delete-bucket-policy --bucket {Bucket}",
    back="aws s3api put-bucket-policy --bucket {Bucket} --policy {value}",
    terraform=(("aws_s3_bucket_policy", {"bucket": "Bucket"}),), part=("buckets", "Bucket", "policy"),
)  # fmt: skip
_BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def _blocks_written(write: Write, names: Names) -> State:
    """All four are set by a call; one that it does not name is off."""
    told = write.value("PublicAccessBlockConfiguration|publicAccessBlockConfiguration")
    if not isinstance(told, Mapping):
        return Unknown("CloudTrail does not record the settings")
    found = {key[:1].upper() + key[1:]: value in (True, "true") for key, value in told.items()}
    return dict.fromkeys(_BLOCKS, False) | only(found, _BLOCKS)


PUBLIC_BLOCK = Kind(
    "public-access-block", "the bucket {Bucket} blocks public access as it does now",
    ("s3", "GetPublicAccessBlock", {"Bucket": "{Bucket}"}), settings("PublicAccessBlockConfiguration", _BLOCKS),
    ("NoSuchBucket", "NoSuchPublicAccessBlockConfiguration"),
    before=of("public_access_blocks", "bucket_name", "Bucket", lambda thing, names: {
        "BlockPublicAcls": thing.block_public_acls, "IgnorePublicAcls": thing.ignore_public_acls,
        "BlockPublicPolicy": thing.block_public_policy, "RestrictPublicBuckets": thing.restrict_public_buckets},
        whole=False),
    back="aws s3api put-public-access-block --bucket {Bucket} --public-access-block-configuration BlockPublicAcls="
    "{value_BlockPublicAcls},IgnorePublicAcls={value_IgnorePublicAcls},BlockPublicPolicy={value_BlockPublicPolicy},"
    "RestrictPublicBuckets={value_RestrictPublicBuckets}",
    terraform=(("aws_s3_bucket_public_access_block", {"bucket": "Bucket"}),),
    part=("public_access_blocks", "Bucket", ""),
)  # fmt: skip
_REVISION = written_value("response:revisionId")

CALLS: tuple[Call, ...] = (
    Call("lambda:UpdateFunctionConfiguration", CONFIGURATION, SETS, _FUNCTION, _REVISION),
    Call("lambda:UpdateFunctionCode", CONFIGURATION, SETS, _FUNCTION, _REVISION),
    Call("lambda:PutFunctionConcurrency", CONCURRENCY, ADDS, _FUNCTION, written_value("reservedConcurrentExecutions")),
    Call("lambda:DeleteFunctionConcurrency", CONCURRENCY, REMOVES, _FUNCTION),
    Call("s3:PutBucketPolicy", BUCKET_POLICY, ADDS, _BUCKET, written_document("bucketPolicy|policy")),
    Call("s3:DeleteBucketPolicy", BUCKET_POLICY, REMOVES, _BUCKET),
    Call("s3:PutBucketPublicAccessBlock", PUBLIC_BLOCK, SETS, _BUCKET, _blocks_written),
    Call("s3:PutPublicAccessBlock", PUBLIC_BLOCK, SETS, _BUCKET, _blocks_written),
    Call("s3:DeleteBucketPublicAccessBlock", PUBLIC_BLOCK, REMOVES, _BUCKET),
)  # fmt: skip
