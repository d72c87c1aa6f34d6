"""The public keys with which CloudTrail's digest files are checked: from a file, or asked of AWS; and the check.

Sources: CloudTrail API Reference, ListPublicKeys and PublicKey (DER, PKCS #1); AWS CloudTrail User Guide, "Custom
implementations of CloudTrail log file integrity validation" (SHA256withRSA; one key pair per Region and time).
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from iam_guardrails.model.problem import Problem
from iam_guardrails.model.value import frozen


@frozen
class PublicKey:
    """A key: its fingerprint, its DER bytes, and from when to when it is used (ISO 8601, "" when not told)."""

    fingerprint: str
    value: bytes
    start: str = ""
    end: str = ""


class PublicKeys:
    """Keys by fingerprint. `asked` holds the Regions of which AWS itself told every key of the time in question."""

    def __init__(self, keys: Iterable[PublicKey] = (), asked: Iterable[str] = (), refused: str = "") -> None:
        self._keys = {key.fingerprint: key for key in keys}
        self._ready: dict[str, Any] = {}
        self.asked = frozenset(asked)
        self.refused = refused

    def __contains__(self, fingerprint: object) -> bool:
        return fingerprint in self._keys

    def __len__(self) -> int:
        return len(self._keys)

    def used_at(self, fingerprint: str, time: str) -> bool:
        """Whether the key is one of these and was used at a time (YYYY-MM-DDTHH:MM:SSZ)."""
        key = self._keys.get(fingerprint)
        return key is not None and (not key.start or key.start <= time) and (not key.end or time <= key.end)

    def signed(self, fingerprint: str, text: str, signature: str) -> bool:
        """Whether `signature` (hex) is the key's over `text`. Raises KeyError for a key that is not here."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.hashes import SHA256

        key = self._ready.get(fingerprint)
        if key is None:
            key = self._ready[fingerprint] = _rsa(self._keys[fingerprint].value)
        try:
            key.verify(binascii.unhexlify(signature), text.encode(), PKCS1v15(), SHA256())
        except (InvalidSignature, ValueError):  # not hexadecimal
            return False
        return True


def _rsa(value: bytes) -> Any:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    key = load_der_public_key(value)
    if not isinstance(key, RSAPublicKey):
        raise ValueError("it is no RSA key")
    return key


def read_public_keys(paths: Iterable[str]) -> PublicKeys:
    """The keys in files that hold what `aws cloudtrail list-public-keys` printed. Raises Problem."""
    from iam_guardrails.adapters.files import read_text

    return PublicKeys(key for path in paths for key in _of_file(path, read_text(path, "the public keys")))


def _of_file(path: str, text: str) -> Iterable[PublicKey]:
    advice = "save what `aws cloudtrail list-public-keys --start-time … --end-time …` prints"
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise Problem(f"the public keys: {path} is not JSON; {advice}") from None
    listed = (found.get("PublicKeyList") or found.get("publicKeyList")) if isinstance(found, dict) else None
    if not isinstance(listed, list):
        raise Problem(f"the public keys: {path} has no PublicKeyList; {advice}")
    for number, item in enumerate(listed):
        try:
            key = _key(item)
            _rsa(key.value)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            why = f"no {error}" if isinstance(error, KeyError) else str(error)[:100] or type(error).__name__
            raise Problem(f"the public keys: key {number} of {path} cannot be used ({why}); {advice}") from None
        yield key


def _key(item: Mapping[str, Any]) -> PublicKey:
    value = item["Value"]
    return PublicKey(
        str(item["Fingerprint"]), value if isinstance(value, bytes) else base64.b64decode(value, validate=True),
        _time(item.get("ValidityStartTime")), _time(item.get("ValidityEndTime")),
    )  # fmt: skip


def _time(value: Any) -> str:
    """A time as the AWS CLI prints it (ISO 8601 or seconds since 1970) or boto3 gives it."""
    if value in (None, ""):
        return ""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            value = datetime.fromisoformat(value)
    if isinstance(value, (int, float)):
        value = datetime.fromtimestamp(value, UTC)
    if not isinstance(value, datetime):
        raise ValueError("its validity is no time")
    return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if value.tzinfo else f"{value:%Y-%m-%dT%H:%M:%SZ}"


def ask_public_keys(session: Any, spans: Mapping[str, tuple[str, str]]) -> PublicKeys:
    """The keys of each Region between two times, from AWS (cloudtrail:ListPublicKeys).

    A Region that refuses is not among `asked`, and `refused` says why; without credentials there are no keys at all.
    """
    from iam_guardrails.adapters.aws.errors import AwsError
    from iam_guardrails.adapters.aws.reading import Reading, Refused

    reading = Reading(session, "")
    keys: list[PublicKey] = []
    asked, refused = [], ""
    for region, (start, end) in spans.items():
        times = {"StartTime": datetime.fromisoformat(start), "EndTime": datetime.fromisoformat(end)}
        try:
            found = reading.pages("cloudtrail", region, "ListPublicKeys", "PublicKeyList", **times)
            keys += [_key(item) for item in found]
            asked.append(region)
        except Refused as refusal:
            refused = refusal.reason
        except AwsError as error:
            refused = str(error).rstrip(".")
            break
    return PublicKeys(keys, asked, refused)
