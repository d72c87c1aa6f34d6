"""The resource that IAM looked at for a call, where the record tells it for certain; else none is claimed.

Only actions are here whose one resource follows from their parameters. A bucket named by an alias, a secret named
without its suffix or a qualified function tells no ARN: such a call counts as one on any resource.
Source: Service Authorization Reference (resource types and their ARNs); AWS KMS Developer Guide, "Logging AWS KMS API
calls with AWS CloudTrail" (a record names the key in `resources`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from iam_guardrails.model.expression import Expression
from iam_guardrails.model.value import frozen

_BUCKET = Expression(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")
_ALIAS = Expression(r".*(?:-s3alias|--ol-s3)$")
_SECRET = Expression(r"arn:[a-z-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+-[A-Za-z0-9]{6}$")
_KEY = Expression(r"arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key/[\w-]+$")
_QUEUE = Expression(r"https://(?:sqs\.([a-z0-9-]+)|([a-z0-9-]+)\.queue)\.amazonaws\.com(?:\.cn)?/(\d{12})/([\w.-]+)$")
_NAME = Expression(r"[\w.-]+$")
_PARAMETER = Expression(r"[\w./-]+$")
_ROLE = Expression(r"arn:[a-z-]+:iam::\d{12}:role/[\w+=,.@/-]+$")
_TOPIC = Expression(r"arn:[a-z-]+:sns:[a-z0-9-]+:\d{12}:[\w.-]+$")
_MACHINE = Expression(r"arn:[a-z-]+:states:[a-z0-9-]+:\d{12}:stateMachine:[\w-]+$")


@frozen
class Told:
    """What a record tells of its call. account_id: the caller's.  arns: those of its `resources`."""

    partition: str
    region: str
    account_id: str
    parameters: Mapping[str, Any]
    arns: tuple[str, ...] = ()

    def text(self, key: str) -> str:
        """A parameter; "" where there is none, or it is no text."""
        value = self.parameters.get(key)
        return value if isinstance(value, str) else ""

    def arn(self, service: str, rest: str) -> str:
        """An ARN of the caller's account and the call's Region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account_id}:{rest}"


def resources_of(action: str, told: Told) -> tuple[str, ...]:
    """The ARNs that the action was asked for; () where the record does not tell them for certain."""
    service = action.partition(":")[0]
    reader = _READERS.get(action) or _READERS.get(f"{service}:*")
    return reader(action, told) if reader else ()


def _s3(action: str, told: Told) -> tuple[str, ...]:
    bucket, key = told.text("bucketName"), told.parameters.get("key")
    if not _BUCKET.match(bucket) or _ALIAS.match(bucket) or "x-amz-copy-source" in told.parameters:
        return ()
    arn = f"arn:{told.partition}:s3:::{bucket}"
    if "Object" not in action and "Multipart" not in action and "Bucket" in action:
        return () if action == "s3:ListAllMyBuckets" else (arn,)
    if action in _OBJECTS and isinstance(key, str) and key and not set(key) & set("*?$"):
        return (f"{arn}/{key}",)
    return ()


_OBJECTS = frozenset(f"s3:{name}" for name in (
    "GetObject", "GetObjectVersion", "PutObject", "DeleteObject", "DeleteObjectVersion", "GetObjectAcl", "PutObjectAcl",
    "GetObjectTagging", "PutObjectTagging", "DeleteObjectTagging", "GetObjectAttributes", "AbortMultipartUpload",
    "ListMultipartUploadParts", "RestoreObject", "PutObjectRetention", "PutObjectLegalHold",
))  # fmt: skip


def _secret(action: str, told: Told) -> tuple[str, ...]:
    arn = told.text("secretId")
    return (arn,) if _SECRET.match(arn) else ()


def _parameter(action: str, told: Told) -> tuple[str, ...]:
    listed = told.parameters.get("names")
    names = listed if isinstance(listed, list) else [told.text("name")]
    if not names or not all(isinstance(name, str) and _PARAMETER.match(name) for name in names):
        return ()
    return tuple(told.arn("ssm", f"parameter/{name.removeprefix('/')}") for name in names)


def _key(action: str, told: Told) -> tuple[str, ...]:
    keys = tuple(dict.fromkeys(arn for arn in told.arns if _KEY.match(arn)))
    return keys if len(keys) == 1 else ()


def _table(action: str, told: Told) -> tuple[str, ...]:
    name = told.text("tableName")
    if not _NAME.match(name) or told.parameters.get("indexName"):
        return ()
    return (told.arn("dynamodb", f"table/{name}"),)


def _queue(action: str, told: Told) -> tuple[str, ...]:
    found = _QUEUE.match(told.text("queueUrl"))
    return (f"arn:{told.partition}:sqs:{found[1] or found[2]}:{found[3]}:{found[4]}",) if found else ()


def _function(action: str, told: Told) -> tuple[str, ...]:
    name = told.text("functionName")
    plain = _NAME.match(name) and not told.parameters.get("qualifier")
    return (told.arn("lambda", f"function:{name}"),) if plain else ()


def _exact(key: str, form: Expression) -> Callable[[str, Told], tuple[str, ...]]:
    def read(action: str, told: Told) -> tuple[str, ...]:
        return (told.text(key),) if form.match(told.text(key)) else ()

    return read


_READERS: Mapping[str, Callable[[str, Told], tuple[str, ...]]] = {
    "s3:*": _s3,
    **{f"secretsmanager:{name}": _secret for name in ("GetSecretValue", "DescribeSecret", "PutSecretValue",
                                                      "UpdateSecret", "DeleteSecret", "RotateSecret")},
    **{f"ssm:{name}": _parameter for name in ("GetParameter", "GetParameters", "PutParameter", "DeleteParameter")},
    **{f"kms:{name}": _key for name in ("Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext",
                                        "DescribeKey", "Sign", "Verify", "CreateGrant")},
    **{f"dynamodb:{name}": _table for name in ("DescribeTable", "GetItem", "PutItem", "UpdateItem", "DeleteItem",
                                               "Query", "Scan", "UpdateTable", "DeleteTable")},
    "sqs:*": _queue,
    **{f"lambda:{name}": _function for name in ("InvokeFunction", "GetFunction", "UpdateFunctionCode",
                                                "UpdateFunctionConfiguration", "DeleteFunction")},
    "sts:AssumeRole": _exact("roleArn", _ROLE), "sns:Publish": _exact("topicArn", _TOPIC),
    "states:StartExecution": _exact("stateMachineArn", _MACHINE),
}  # fmt: skip
