"""CloudTrail's digest files for a tree: an hourly chain per account and Region, signed with RSA keys made here.

Sources: AWS CloudTrail User Guide, "CloudTrail digest file structure" and "Custom implementations of CloudTrail log
file integrity validation"; CloudTrail API Reference, ListPublicKeys.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import groupby
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.trail_history.making import TrailFile, pack
from tests.trail_history.wanted import Wanted

_HOUR = timedelta(hours=1)
_BEGIN = timedelta(minutes=1, seconds=31)


@cache
def _pair(name: str) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


class Signer:
    """CloudTrail's key pairs, one per Region; two signers of different names have different keys."""

    def __init__(self, name: str = "aws") -> None:
        self.name = name
        self.used: dict[str, bytes] = {}

    def fingerprint(self, region: str) -> str:
        """32 hexadecimal digits, like AWS's (how AWS computes them is not documented)."""
        return hashlib.md5(self._public(region), usedforsecurity=False).hexdigest()

    def sign(self, region: str, text: str) -> str:
        """The signature, in hex, of a data signing string."""
        return _pair(f"{self.name} {region}").sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()).hex()

    def public_keys(self) -> Mapping[str, Any]:
        """What `aws cloudtrail list-public-keys` prints: every key used so far."""
        return {"PublicKeyList": [{
            "Value": base64.b64encode(value).decode(), "Fingerprint": fingerprint,
            "ValidityStartTime": "2025-12-01T00:00:00+00:00", "ValidityEndTime": "2026-12-31T00:00:00+00:00",
        } for fingerprint, value in self.used.items()]}  # fmt: skip

    def _public(self, region: str) -> bytes:
        key = _pair(f"{self.name} {region}").public_key()
        value = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)
        self.used[hashlib.md5(value, usedforsecurity=False).hexdigest()] = value
        return value


def digest_files(
    wanted: Wanted, logs: Iterable[TrailFile], signer: Signer, pauses: Iterable[int] = (), late: Iterable[int] = ()
) -> Iterator[TrailFile]:
    """The digest files for the log files, which come by account, Region and delivery time, as `files` makes them.

    pauses: hours (0 is the first) in which validation was off: no digest, and the next one starts a chain.  late: hours
    whose log files came too late for their digest, and stand in a backfill digest instead.
    """
    off, slow = set(pauses), set(late)
    for (account, region), own in groupby(logs, key=lambda file: (file.account_id, file.region)):
        yield from _chain(wanted, account, region, list(map(_entry, own)), signer, off, slow)


def _entry(file: TrailFile) -> tuple[datetime, dict[str, Any]]:
    """When a log file was delivered, and what its digest says of it, but for the bucket."""
    return file.delivered, {
        "s3Bucket": "", "s3Object": file.key, "hashValue": file.hashed or hashlib.sha256(file.text).hexdigest(),
        "hashAlgorithm": "SHA-256", "newestEventTime": file.newest, "oldestEventTime": file.oldest,
    }  # fmt: skip


def _chain(
    wanted: Wanted, account: str, region: str, entries: list[tuple[datetime, dict[str, Any]]], signer: Signer,
    off: set[int], slow: set[int],
) -> Iterator[TrailFile]:  # fmt: skip
    start = datetime.fromisoformat(wanted.day(0)).replace(tzinfo=UTC) + _BEGIN
    previous: TrailFile | None = None
    for hour in range(wanted.days * 24 + 1):
        own = [one for when, one in entries if start < when <= start + _HOUR]
        if hour not in off:
            made = digest(wanted, account, region, start, [] if hour in slow else own, signer, previous)
            yield made
            if hour in slow:
                yield digest(wanted, account, region, start, own, signer, None, backfill=True)
        previous = None if hour in off else made
        start += _HOUR


def digest(
    wanted: Wanted, account: str, region: str, start: datetime, entries: list[dict[str, Any]], signer: Signer,
    previous: TrailFile | None, *, backfill: bool = False,
) -> TrailFile:  # fmt: skip
    """One digest file, signed. previous: the digest file before it in its chain."""
    end = start + _HOUR
    name = f"{account}_CloudTrail-Digest_{region}_{wanted.trail}_{wanted.regions[0]}_{end:%Y%m%dT%H%M%SZ}"
    folder = wanted.folder(account, "CloudTrail-Digest")
    key = f"{folder}{region}/{end:%Y/%m/%d}/{name}{'_backfill' * backfill}.json.gz"
    logs = [{**one, "s3Bucket": wanted.bucket} for one in entries]
    content = {
        "awsAccountId": account, "digestStartTime": _told(start), "digestEndTime": _told(end),
        "digestS3Bucket": wanted.bucket, "digestS3Object": key,
        "digestPublicKeyFingerprint": signer.fingerprint(region), "digestSignatureAlgorithm": "SHA256withRSA",
        "newestEventTime": max((one["newestEventTime"] for one in logs), default=None),
        "oldestEventTime": min((one["oldestEventTime"] for one in logs), default=None),
        "previousDigestS3Bucket": wanted.bucket if previous else None,
        "previousDigestS3Object": previous.key if previous else None,
        "previousDigestHashValue": hashlib.sha256(previous.text).hexdigest() if previous else None,
        "previousDigestHashAlgorithm": "SHA-256" if previous else None,
        "previousDigestSignature": dict(previous.metadata)["signature"] if previous else None,
        "logFiles": logs,
    }  # fmt: skip
    return signed(content, signer, region, wanted.level)


def signed(content: Mapping[str, Any], signer: Signer, region: str, level: int = 6) -> TrailFile:
    """The file of a digest's content, with the metadata of its signature, as of "Recreate the data signing string"."""
    text = json.dumps(content, separators=(",", ":")).encode()
    before = content["previousDigestSignature"]
    where = f"{content['digestS3Bucket']}/{content['digestS3Object']}"
    parts = (content["digestEndTime"], where, hashlib.sha256(text).hexdigest(), before if before else "null")
    metadata = [("signature", signer.sign(region, "\n".join(parts))), ("signature-algorithm", "SHA256withRSA")]
    end = datetime.fromisoformat(content["digestEndTime"])
    if content["digestS3Object"].endswith("_backfill.json.gz"):
        metadata.append(("backfill-generation-timestamp", f"{end + _HOUR:%Y-%m-%dT%H:%M:%S.000Z}"))
    key, account = content["digestS3Object"], content["awsAccountId"]
    return TrailFile(key, text, pack(text, level), end, account, region, metadata=tuple(metadata))


def _told(when: datetime) -> str:
    return f"{when:%Y-%m-%dT%H:%M:%SZ}"
