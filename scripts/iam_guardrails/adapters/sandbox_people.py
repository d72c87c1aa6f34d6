"""What people do by hand on real AWS and a demo has to do for them in the sandbox: their own MFA devices."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
import time
from collections.abc import Callable, Iterable
from typing import Any

from iam_guardrails.adapters.sandbox_access import environment
from iam_guardrails.adapters.sandbox_process import Sandbox, SandboxError

_STEP_SECONDS = 30


def seed_owner_mfa(
    sandbox: Sandbox,
    account_id: str,
    user_names: Iterable[str],
    *,
    region: str = "us-east-1",
    now: Callable[[], float] = time.time,
) -> tuple[str, ...]:
    """Demo step: give each named IAM user a virtual MFA device, as its owner would, with plain IAM calls.

    A user that has a device keeps it. Returns the serial numbers, in the order of the names.
    Errors: SandboxError when a user does not exist or the sandbox does not answer.
    Source: IAM User Guide, "Assign MFA devices in the AWS CLI or AWS API".
    """
    from botocore.exceptions import BotoCoreError, ClientError

    iam = _iam(sandbox, account_id, region)
    serials = []
    for name in user_names:
        try:
            serials.append(_device_of(iam, name, now))
        except iam.exceptions.NoSuchEntityException as error:
            raise SandboxError(f"Account {account_id} has no IAM user {name}: apply first.") from error
        except (BotoCoreError, ClientError) as error:
            raise SandboxError(f"The MFA device of {name} could not be set up: {error}") from error
    return tuple(serials)


def totp(seed: bytes, at: float) -> str:
    """The six digits that a device with this base32 seed shows at `at` (Unix seconds). RFC 6238, SHA-1."""
    counter = struct.pack(">Q", int(at) // _STEP_SECONDS)
    digest = hmac.new(base64.b32decode(seed), counter, hashlib.sha1).digest()
    start = digest[-1] & 0x0F
    number: int = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"


def _iam(sandbox: Sandbox, account_id: str, region: str) -> Any:
    import boto3
    from botocore.config import Config

    variables = environment(sandbox, account_id, region)
    session = boto3.Session(
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=variables["AWS_SESSION_TOKEN"],
        region_name=region,
    )
    return session.client("iam", endpoint_url=sandbox.endpoint, config=Config(proxies={}))


def _device_of(iam: Any, user_name: str, now: Callable[[], float]) -> str:
    held = iam.list_mfa_devices(UserName=user_name)["MFADevices"]
    if held:
        return str(held[0]["SerialNumber"])
    _forget_unassigned(iam, user_name)
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName=user_name)["VirtualMFADevice"]
    serial, seed, at = str(device["SerialNumber"]), device["Base32StringSeed"], now()
    iam.enable_mfa_device(
        UserName=user_name,
        SerialNumber=serial,
        AuthenticationCode1=totp(seed, at - _STEP_SECONDS),
        AuthenticationCode2=totp(seed, at),
    )
    return serial


def _forget_unassigned(iam: Any, user_name: str) -> None:
    """A device that was made and never enabled (an interrupted demo) is of no use: its seed is lost."""
    pages = iam.get_paginator("list_virtual_mfa_devices").paginate(AssignmentStatus="Unassigned")
    for page in pages:
        for device in page["VirtualMFADevices"]:
            if device["SerialNumber"].endswith(f":mfa/{user_name}"):
                iam.delete_virtual_mfa_device(SerialNumber=device["SerialNumber"])
