"""KMS as the emulator adds to it, seen through boto3."""

from __future__ import annotations

from typing import Any


def test_the_rotation_period_is_kept(aws: Any) -> None:
    kms = aws("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    before = kms.get_key_rotation_status(KeyId=key)
    assert (before["KeyRotationEnabled"], "RotationPeriodInDays" in before) == (False, False)
    kms.enable_key_rotation(KeyId=key)
    assert kms.get_key_rotation_status(KeyId=key)["RotationPeriodInDays"] == 365
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=180)
    status = kms.get_key_rotation_status(KeyId=key)
    assert (status["KeyRotationEnabled"], status["RotationPeriodInDays"], status["KeyId"]) == (True, 180, key)
