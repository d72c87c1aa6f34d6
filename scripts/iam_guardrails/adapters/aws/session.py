"""Signing in: a boto3 session from an explicit environment, and who it is."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, Protocol

from iam_guardrails.adapters.aws.errors import AwsError, code_of, fatal
from iam_guardrails.adapters.aws.partitions import regions_by_partition

_USER_AGENT = "iam-guardrails"
_ENDPOINT_NAMES = {
    "config": "CONFIG_SERVICE",
    "events": "EVENTBRIDGE",
    "logs": "CLOUDWATCH_LOGS",
    "s3control": "S3_CONTROL",
}


_FILES = (("AWS_CONFIG_FILE", "config_file"), ("AWS_SHARED_CREDENTIALS_FILE", "credentials_file"))


class Session(Protocol):
    """What reading needs of a session: a client per service and Region (a plain boto3.Session will do)."""

    def client(self, service_name: str, region_name: str) -> Any:
        """Return the boto3 client of a service in a Region."""


class AwsSession:
    """A signed-in session whose endpoint and certificates come from one environment mapping."""

    def __init__(self, inner: Any, environment: Mapping[str, str]) -> None:
        """`inner` is a boto3.Session; `environment` is read for endpoint and certificate settings only."""
        self._inner = inner
        self._environment = environment
        self._clients: dict[tuple[str, str], Any] = {}
        self._making = threading.Lock()

    def client(self, service_name: str, region_name: str) -> Any:
        """The client of a service in a Region, made once. Raises AwsError for a Region AWS does not have."""
        key = (service_name, region_name)
        if key not in self._clients:
            check_region(region_name)
            with self._making:  # boto3's sessions make one client at a time; clients may be shared by threads
                if key not in self._clients:
                    self._clients[key] = self._make(service_name, region_name)
        return self._clients[key]

    def is_temporary(self) -> bool:
        """Whether the credentials are a session's. Raises AwsError where they cannot be obtained."""
        try:
            found = self._inner.get_credentials()
            return bool(found is not None and found.token)
        except Exception as error:  # a profile may run any program
            raise fatal("sign-in", "", error) or AwsError(f"Sign-in failed ({code_of(error)}).") from None

    def _make(self, service: str, region: str) -> Any:
        from botocore.config import Config

        endpoint = _endpoint(self._environment, service)
        config = Config(
            user_agent_extra=_USER_AGENT,
            connect_timeout=5,
            read_timeout=10 if service == "sts" else 30,  # asked first: a hung endpoint is told soon
            retries={"mode": "standard", "max_attempts": 3},
        )
        bundle = self._environment.get("AWS_CA_BUNDLE") or None
        client = self._inner.client(service, region_name=region, endpoint_url=endpoint, verify=bundle, config=config)
        if service == "s3control" and endpoint and _is_address(endpoint):
            client.meta.events.register_first("request-created.s3-control", _without_account_host)
        return client


def _is_address(endpoint: str) -> bool:
    import ipaddress
    from urllib.parse import urlsplit

    try:
        ipaddress.ip_address(urlsplit(endpoint).hostname or "")
    except ValueError:
        return False
    return True


def _without_account_host(request: Any, **_: Any) -> None:
    """S3 Control puts the account in front of the host, and no name resolves in front of an IP address.

    The account stays in the x-amz-account-id header, which is what S3 Control goes by.
    """
    from urllib.parse import urlsplit

    parts = urlsplit(request.url)
    account, _dot, rest = parts.netloc.partition(".")
    if len(account) == 12 and account.isdigit():
        request.url = parts._replace(netloc=rest).geturl()


def _endpoint(environment: Mapping[str, str], service: str) -> str | None:
    if environment.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
        return None
    name = _ENDPOINT_NAMES.get(service, service.upper())
    return environment.get(f"AWS_ENDPOINT_URL_{name}") or environment.get("AWS_ENDPOINT_URL") or None


def check_region(region: str) -> None:
    """Raise AwsError, naming the nearest Region, when no partition of this boto3 has `region`."""
    from difflib import get_close_matches

    known = [name for names in regions_by_partition().values() for name in names]
    if region not in known:
        near = " or ".join(get_close_matches(region, known, n=2))
        hint = f" Did you mean {near}?" if near else ""
        raise AwsError(f'"{region}" is not a Region the installed boto3 knows.{hint} Correct it and repeat.')


def session(environment: Mapping[str, str], region: str) -> AwsSession:
    """Sign in with what `environment` names (keys, else AWS_PROFILE, else boto3's own chain).

    Raises AwsError when one key is missing or the profile or Region does not exist. Makes no call to AWS.
    """
    import boto3
    import botocore.session
    from botocore.exceptions import BotoCoreError

    # with keys given, AWS_PROFILE of this process must have no say: it may name another, or none that exists
    no_profile = {"profile": (None, None, None, None)} if environment.get("AWS_ACCESS_KEY_ID") else None
    core = botocore.session.Session(session_vars=no_profile)
    for variable, setting in _FILES:
        if environment.get(variable):
            core.set_config_variable(setting, environment[variable])
    given: dict[str, Any] = {"botocore_session": core, "region_name": region}
    if bool(environment.get("AWS_ACCESS_KEY_ID")) != bool(environment.get("AWS_SECRET_ACCESS_KEY")):
        raise AwsError("Only one of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY is set: give both or neither.")
    if environment.get("AWS_ACCESS_KEY_ID"):
        given["aws_access_key_id"] = environment["AWS_ACCESS_KEY_ID"]
        given["aws_secret_access_key"] = environment["AWS_SECRET_ACCESS_KEY"]
        given["aws_session_token"] = environment.get("AWS_SESSION_TOKEN") or None
    elif environment.get("AWS_PROFILE"):
        given["profile_name"] = environment["AWS_PROFILE"]
    try:
        inner = boto3.Session(**given)
    except BotoCoreError as error:
        raise fatal("sign-in", region, error) or AwsError(f"Sign-in failed ({code_of(error)}).") from None
    check_region(region)
    return AwsSession(inner, environment)


def caller(session: Session, region: str = "us-east-1") -> tuple[str, str]:
    """Who the session is, as (account id, ARN). Raises AwsError when AWS does not say or does not answer."""
    try:
        answer = session.client("sts", region_name=region).get_caller_identity()
    except AwsError:
        raise
    except Exception as error:  # botocore's parser errors share no base class with the others
        raised = fatal("sts:GetCallerIdentity", region, error)
        raise raised or AwsError(
            f"AWS did not say who the caller is (sts:GetCallerIdentity in {region}: {code_of(error)})."
        ) from None
    return str(answer["Account"]), str(answer["Arn"])
