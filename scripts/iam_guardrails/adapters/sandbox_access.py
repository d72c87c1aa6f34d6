"""Getting into the sandbox: the environment that points ordinary AWS code at one of its accounts."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

from iam_guardrails.adapters.sandbox_process import Sandbox, SandboxError

_PROXIES = frozenset({"http_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY"})


def environment(sandbox: Sandbox, account_id: str, region: str) -> dict[str, str]:
    """Exactly the variables that point ordinary AWS code, Terraform included, at one account of the sandbox.

    The credentials are those of a role session in that account (sts:AssumeRole, one hour). HTTP_PROXY sends
    plain-HTTP hosts such as `<account>.127.0.0.1`, which S3 Control makes up, to the sandbox as well; for
    that NO_PROXY must be gone. Use `child_environment` to apply them.   Errors: SandboxError.
    """
    if not (account_id.isascii() and account_id.isdigit() and len(account_id) == 12):
        raise SandboxError(f"{account_id!r} is not an account id: give twelve digits.")
    session = _assume(sandbox, account_id, region)
    return {
        "AWS_ENDPOINT_URL": sandbox.endpoint,
        "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
        "AWS_SESSION_TOKEN": session["SessionToken"],
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "HTTP_PROXY": sandbox.endpoint,
    }


def names_to_remove(names: Iterable[str]) -> frozenset[str]:
    """Those of `names` that must not stay beside `environment`: AWS_* and the proxies for plain HTTP."""
    return frozenset(name for name in names if name.startswith("AWS_") or name in _PROXIES)


def child_environment(base: Mapping[str, str], sandbox: Sandbox, account_id: str, region: str) -> dict[str, str]:
    """`base` without `names_to_remove`, plus `environment`: for a child process.   Errors: SandboxError."""
    removed = names_to_remove(base)
    kept = {name: value for name, value in base.items() if name not in removed}
    return kept | environment(sandbox, account_id, region)


def _assume(sandbox: Sandbox, account_id: str, region: str) -> dict[str, Any]:
    import boto3
    import botocore.session
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    core = botocore.session.Session(session_vars={"profile": (None, None, None, None)})  # whatever AWS_PROFILE names
    client = boto3.Session("sandbox", "sandbox", region_name=region, botocore_session=core).client(
        "sts",
        endpoint_url=sandbox.endpoint,
        config=Config(proxies={}, retries={"total_max_attempts": 2}, connect_timeout=5, read_timeout=30),
    )
    role = f"arn:aws:iam::{account_id}:role/OrganizationAccountAccessRole"
    try:
        answer = client.assume_role(RoleArn=role, RoleSessionName="sandbox", DurationSeconds=3600)
    except (BotoCoreError, ClientError) as error:
        raise SandboxError(_unreachable(sandbox)) from error
    credentials: dict[str, Any] = answer["Credentials"]
    return credentials


def _unreachable(sandbox: Sandbox) -> str:
    return f"The sandbox at {sandbox.endpoint} does not answer: start it again with `guardrails sandbox up`."
