"""CloudTrail's public keys: from files and from AWS."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, NoCredentialsError
from tests.trail_history import Signer

from iam_guardrails.adapters.trail_keys import ask_public_keys, read_public_keys
from iam_guardrails.model.problem import Problem

SIGNER = Signer()
NAME = SIGNER.fingerprint("us-east-1")
LISTED = SIGNER.public_keys()["PublicKeyList"][0]
# AWS CloudTrail User Guide, "Custom implementations of CloudTrail log file integrity validation": the sample response
# of list-public-keys, a key in PKCS #1 and one with the algorithm before it.
DOCUMENTED = {"publicKeyList": [
    {"ValidityStartTime": "1436317441.0", "ValidityEndTime": "1438909441.0", "Value": "MIIBCgKCAQEAn11L2YZ9h7onug2ILi1MWyHiMRsTQjfWE+pHVRLk1QjfWhirG+lpOa8NrwQ/r7Ah5bNL6HepznOU9XTDSfmmnP97mqyc7z/upfZdS/AHhYcGaz7n6Wc/RRBU6VmiPCrAUojuSk6/GjvA8iOPFsYDuBtviXarvuLPlrT9kAd4Lb+rFfR5peEgBEkhlzc5HuWO7S0y+KunqxX6jQBnXGMtxmPBPP0FylgWGNdFtks/4YSKcgqwH0YDcawP9GGGDAeCIqPWIXDLG1jOjRRzWfCmD0iJUkz8vTsn4hq/5ZxRFE7UBAUiVcGbdnDdvVfhF9C3dQiDq3k7adQIziLT0cShgQIDAQAB", "Fingerprint": "8eba5db5bea9b640d1c96a77256fe7f2"},  # noqa: E501 - a key
    {"ValidityStartTime": "1434589370.0", "ValidityEndTime": "1437181370.0", "Value": "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAqlzPJbvZJ42UdcmLfPUqXYNfOs6I8lCfao/tOs8CmzPOEdtLWugB9xoIUz78qVHdKIqxbaG4jWHfJBiOSSFBM0lt8cdVo4TnRa7oG9io5pysS6DJhBBAeXsicufsiFJR+wrUNh8RSLxL4k6G1+BhLX20tJkZ/erT97tDGBujAelqseGg3vPZbTx9SMfOLN65PdLFudLP7Gat0Z9p5jw/rjpclKfo9Bfc3heeBxWGKwBBOKnFAaN9V57pOaosCvPKmHd9bg7jsQkI9Xp22IzGLsTFJZYVA3KiTAElDMu80iFXPHEq9hKNbt9e4URFam+1utKVEiLkR2disdCmPTK0VQIDAQAB", "Fingerprint": "31e8b5433410dfb61a9dc45cc65b22ff"},  # noqa: E501 - a key
]}  # fmt: skip


def test_keys_in_files(tmp_path: Path) -> None:
    (tmp_path / "one").write_text(json.dumps(SIGNER.public_keys()))
    (tmp_path / "two").write_text(json.dumps(DOCUMENTED))
    keys = read_public_keys([str(tmp_path / "one"), str(tmp_path / "two")])
    assert len(keys) == 3
    assert NAME in keys and "31e8b5433410dfb61a9dc45cc65b22ff" in keys
    assert keys.used_at("8eba5db5bea9b640d1c96a77256fe7f2", "2015-07-08T01:04:01Z")
    assert not keys.used_at("8eba5db5bea9b640d1c96a77256fe7f2", "2015-07-08T01:04:00Z")
    assert not keys.used_at("8eba5db5bea9b640d1c96a77256fe7f2", "2015-08-07T01:04:02Z")
    assert not keys.used_at("none", "2015-08-07T01:04:02Z")
    signature = SIGNER.sign("us-east-1", "text")
    assert keys.signed(NAME, "text", signature)
    assert not keys.signed(NAME, "texT", signature)
    for broken in ("", "zz", signature[2:], "00" * 256, "é"):
        assert not keys.signed(NAME, "text", broken)
    assert not keys.signed("31e8b5433410dfb61a9dc45cc65b22ff", "text", signature)


EC_KEY = (
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7L"
    "tkBoN79R9Q=="
)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "is not JSON"), ("[" * 100_000, "is not JSON"), ("[]", "has no PublicKeyList"),
        ("{}", "has no PublicKeyList"),
        ({"PublicKeyList": [7]}, "key 0 of .* cannot be used"), ({"PublicKeyList": [{}]}, "no 'Value'"),
        ({"PublicKeyList": [LISTED, {**LISTED, "Value": "a"}]}, "key 1 of .* cannot be used"),
        ({"PublicKeyList": [{**LISTED, "Value": "AAAA"}]}, "key 0 of .* cannot be used"),
        ({"PublicKeyList": [{**LISTED, "Value": EC_KEY}]}, "it is no RSA key"),
        ({"PublicKeyList": [{**LISTED, "ValidityStartTime": "then"}]}, "cannot be used"),
        ({"PublicKeyList": [{**LISTED, "ValidityStartTime": 1e300}]}, "cannot be used"),
        ({"PublicKeyList": [{**LISTED, "ValidityEndTime": []}]}, "its validity is no time"),
    ],
)  # fmt: skip
def test_files_that_hold_no_keys(text: Any, reason: str, tmp_path: Path) -> None:
    (tmp_path / "keys").write_text(text if isinstance(text, str) else json.dumps(text))
    with pytest.raises(Problem, match=rf"{reason}.*list-public-keys"):
        read_public_keys([str(tmp_path / "keys")])
    with pytest.raises(Problem, match="there is no file"):
        read_public_keys([str(tmp_path / "none")])


class Session:
    """A session whose CloudTrail answers ListPublicKeys in two pages."""

    def __init__(self, answer: Callable[[str, str], Any]) -> None:
        self.answer = answer
        self.asked: list[tuple[str, datetime, datetime]] = []

    def client(self, service_name: str, region_name: str) -> Any:
        session = self

        class Client:
            def list_public_keys(self, StartTime: datetime, EndTime: datetime, NextToken: str = "") -> Any:
                session.asked.append((region_name, StartTime, EndTime))
                return session.answer(region_name, NextToken)

        return Client()


def pages(region: str, token: str) -> Any:
    if region == "us-west-2":
        raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "ListPublicKeys")
    value = base64.b64decode(LISTED["Value"])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    if token:
        return {"PublicKeyList": [{"Fingerprint": NAME, "Value": value, "ValidityStartTime": start}]}
    return {"PublicKeyList": [], "NextToken": "more"}


def test_keys_are_asked_of_each_region_for_its_time() -> None:
    session = Session(pages)
    spans = {"us-east-1": ("2026-01-10T00:00:00Z", "2026-01-11T00:00:00Z"), "us-west-2": ("2026-01-10T00:00:00Z",) * 2}
    keys = ask_public_keys(session, spans)
    assert (
        NAME in keys and keys.used_at(NAME, "2026-01-01T00:00:00Z") and not keys.used_at(NAME, "2025-12-31T23:59:59Z")
    )
    assert keys.asked == {"us-east-1"}
    assert keys.refused == "cloudtrail:ListPublicKeys was refused (AccessDeniedException)"
    assert session.asked[0] == ("us-east-1", datetime(2026, 1, 10, tzinfo=UTC), datetime(2026, 1, 11, tzinfo=UTC))


def test_without_credentials_there_are_no_keys() -> None:
    def refuse(_region: str, _token: str) -> Any:
        raise NoCredentialsError

    keys = ask_public_keys(Session(refuse), {"us-east-1": ("2026-01-10T00:00:00Z",) * 2})
    assert (len(keys), keys.asked) == (0, frozenset())
    assert "There are no AWS credentials" in keys.refused
