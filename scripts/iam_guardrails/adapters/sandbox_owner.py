"""An owner's credentials in the embedded AWS: a key that exists for as long as it is needed and no longer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from iam_guardrails.adapters.aws.session import session
from iam_guardrails.adapters.sandbox_process import SandboxError

_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


@contextmanager
def owner_variables(variables: Mapping[str, str], region: str, user_name: str) -> Iterator[dict[str, str]]:
    """The environment of a user of the sandbox's account. variables: the account's, as sandbox_access makes them.

    Raises SandboxError where there is no such user.
    """
    iam: Any = session(variables, region).client("iam", region_name=region)
    try:
        key = iam.create_access_key(UserName=user_name)["AccessKey"]
    except iam.exceptions.NoSuchEntityException:
        raise SandboxError(f"the embedded AWS has no user {user_name}: apply first (guardrails apply … --sandbox)"
                           ) from None  # fmt: skip
    except Exception as error:  # botocore's parser errors share no base class with the others
        raise SandboxError(f"the embedded AWS made no key for {user_name} ({type(error).__name__})") from None
    kept = {name: value for name, value in variables.items() if name not in _KEYS}
    try:
        yield kept | {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    finally:
        with suppress(Exception):  # a sandbox that is gone has no key either
            iam.delete_access_key(UserName=user_name, AccessKeyId=key["AccessKeyId"])
