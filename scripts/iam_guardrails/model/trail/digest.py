"""CloudTrail's digest files: what one says, and the text that its signature is over.

Sources: AWS CloudTrail User Guide, "CloudTrail digest file structure" and "Custom implementations of CloudTrail log
file integrity validation"; for a digest that starts a chain the text ends in "null", as the reference implementation in
the AWS CLI (`aws cloudtrail validate-logs`) has it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from iam_guardrails.model.value import frozen

SIGNATURE_ALGORITHM = "SHA256withRSA"
HASH_ALGORITHM = "SHA-256"
_LONGEST = 4096  # ours: a key of S3 has at most 1,024 bytes, a signature by an RSA key of 8,192 bits 2,048 letters
_TIME = re.compile(r"2\d{3}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)


class DigestError(ValueError):
    """The content is no digest file; the message is a clause about the file."""


@frozen
class NamedLog:
    """A log file as a digest names it: bucket, key, SHA-256 (hex) of its unpacked content, and the hash's name."""

    bucket: str
    key: str
    hash_value: str
    hash_algorithm: str


@frozen
class Previous:
    """What a digest says of the one before it: bucket, key, SHA-256 (hex) of the unpacked content, signature (hex)."""

    bucket: str
    key: str
    hash_value: str
    signature: str


@frozen
class Digest:
    """The content of a digest file. Times are YYYY-MM-DDTHH:MM:SSZ; previous is None where a chain starts."""

    account_id: str
    start: str
    end: str
    bucket: str
    key: str
    fingerprint: str
    signature_algorithm: str
    previous: Previous | None
    logs: tuple[NamedLog, ...]


def parse_digest(content: bytes) -> Digest:
    """The digest in an unpacked digest file. Raises DigestError."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        raise DigestError("it is not JSON") from None
    if not isinstance(found, dict):
        raise DigestError("it is no JSON object")
    start, end = _time(found, "digestStartTime"), _time(found, "digestEndTime")
    if start >= end:
        raise DigestError("its hour ends before it starts")
    return Digest(
        _text(found, "awsAccountId"), start, end, _text(found, "digestS3Bucket"), _text(found, "digestS3Object"),
        _text(found, "digestPublicKeyFingerprint"), _text(found, "digestSignatureAlgorithm"), _previous(found),
        _logs(found),
    )  # fmt: skip


def _previous(found: Mapping[str, Any]) -> Previous | None:
    names = ("previousDigestS3Bucket", "previousDigestS3Object", "previousDigestHashValue", "previousDigestSignature")
    if missing := [name for name in names if name not in found]:
        raise DigestError(f"it has no {missing[0]}")
    if all(found[name] is None for name in names):
        return None
    if found.get("previousDigestHashAlgorithm") != HASH_ALGORITHM:
        raise DigestError(f"its previousDigestHashAlgorithm is not {HASH_ALGORITHM}")
    bucket, key, hashed, signature = (_text(found, name) for name in names)
    return Previous(bucket, key, hashed.lower(), signature)


def _logs(found: Mapping[str, Any]) -> tuple[NamedLog, ...]:
    logs = found.get("logFiles")
    if not isinstance(logs, list):
        raise DigestError("it has no list of logFiles")
    made = []
    for log in logs:
        if not isinstance(log, dict):
            raise DigestError("one of its logFiles is no JSON object")
        bucket, key, value = (_text(log, name) for name in ("s3Bucket", "s3Object", "hashValue"))
        made.append(NamedLog(bucket, key, value.lower(), _text(log, "hashAlgorithm")))
    return tuple(made)


def _text(found: Mapping[str, Any], name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str) or not value:
        raise DigestError(f"it has no {name}")
    if len(value) > _LONGEST:
        raise DigestError(f"its {name} is longer than {_LONGEST} characters")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise DigestError(f"its {name} is no text") from None
    return value


def _time(found: Mapping[str, Any], name: str) -> str:
    value = _text(found, name)
    try:
        if _TIME.fullmatch(value) and datetime.fromisoformat(value):
            return value
    except ValueError:  # the 30th of February
        pass
    raise DigestError(f"its {name} is no time")


def signing_text(end: str, bucket: str, key: str, hashed: str, previous_signature: str) -> str:
    """The data signing string. hashed: the SHA-256, in hex, of the unpacked digest file.  previous_signature: as the
    digest has it, "" where a chain starts.
    """
    return f"{end}\n{bucket}/{key}\n{hashed}\n{previous_signature or 'null'}"
