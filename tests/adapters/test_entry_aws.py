"""AWS's side of enter and exit: what is asked, what a refusal means, and that nothing secret is told; fake clients."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError

from iam_guardrails.adapters import tty
from iam_guardrails.adapters.aws.entry import AwsDoor
from iam_guardrails.adapters.aws.entry_errors import entry_error
from iam_guardrails.adapters.aws.errors import AwsError
from iam_guardrails.adapters.aws.revocation import AwsRevoker
from iam_guardrails.adapters.console_url import console_url, post
from iam_guardrails.model.incident.entry import DENIED, OTHER_REASON, WRONG_CODE, WRONG_DEVICE, Keys, Order, Refused
from iam_guardrails.model.problem import Problem

ACCOUNT, HOME = "333333333333", "us-east-2"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/prod-breakglass-admin"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/prod-breakglass-admin/alex"
NOW = datetime(2026, 11, 28, 12, 50, tzinfo=UTC)
ORDER = Order("INC-1", "prod", ACCOUNT, HOME, "prod-breakglass-admin", ROLE_ARN, "alex", 1800, 1800)
KEYS = Keys("ASIAEXAMPLE", "a/secret+", "token==")


def metadata(at: datetime = NOW) -> dict[str, Any]:
    return {"HTTPHeaders": {"date": format_datetime(at, usegmt=True)}}


def refusal(code: str, message: str = "", at: datetime | None = NOW) -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": message}}
    if at:
        answer["ResponseMetadata"] = metadata(at)
    return ClientError(answer, "AssumeRole")


class Client:
    """STS and IAM in one; `raises` is raised by every call but GetCallerIdentity."""

    def __init__(self, raises: Exception | None = None, arn: str = SESSION) -> None:
        self.raises, self.arn = raises, arn
        self.calls: list[tuple[str, Mapping[str, Any]]] = []
        self.document: Any = {"Statement": []}
        self.meta = type("Meta", (), {"region_name": HOME})()

    def get_caller_identity(self) -> Mapping[str, Any]:
        return {"Account": ACCOUNT, "Arn": self.arn, "ResponseMetadata": metadata()}

    def assume_role(self, **given: Any) -> Mapping[str, Any]:
        self._call("assume_role", given)
        keys = {"AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": "a/secret+", "SessionToken": "token==",
                "Expiration": NOW + timedelta(seconds=given["DurationSeconds"], microseconds=7)}  # fmt: skip
        user = {"Arn": SESSION, "AssumedRoleId": "AROAX:alex"}
        return {"Credentials": keys, "AssumedRoleUser": user, "SourceIdentity": given["SourceIdentity"],
                "ResponseMetadata": metadata()}  # fmt: skip

    def list_mfa_devices(self, **given: Any) -> Mapping[str, Any]:
        self._call("list_mfa_devices", given)
        return {"MFADevices": [{"SerialNumber": "arn:one"}]}

    def get_role_policy(self, **given: Any) -> Mapping[str, Any]:
        self._call("get_role_policy", given)
        return {"PolicyDocument": self.document}

    def put_role_policy(self, **given: Any) -> None:
        self._call("put_role_policy", given)

    def _call(self, name: str, given: Mapping[str, Any]) -> None:
        self.calls.append((name, given))
        if self.raises:
            raise self.raises


class Session:
    def __init__(self, client: Client) -> None:
        self.only = client
        self.regions: list[str] = []

    def client(self, service_name: str, region_name: str) -> Any:
        self.regions.append(region_name)
        return self.only


def door(client: Client, made: list[Mapping[str, str]] | None = None) -> AwsDoor:
    def session_of(variables: Mapping[str, str], _region: str) -> Session:
        if made is not None:
            made.append(variables)
        return Session(client)

    return AwsDoor(Session(client), {"AWS_ENDPOINT_URL": "http://e", "AWS_PROFILE": "x"}, HOME, lambda: NOW, session_of)


def test_one_assume_role_with_exactly_what_was_declared() -> None:
    client = Client()
    issued = door(client).assume(ORDER, "arn:device", "123456")
    assert client.calls == [
        ("assume_role", {"RoleArn": ROLE_ARN, "RoleSessionName": "alex", "SourceIdentity": "INC-1",
                         "DurationSeconds": 1800, "SerialNumber": "arn:device", "TokenCode": "123456"})
    ]  # fmt: skip
    assert (issued.at, issued.expires_at, issued.source_identity) == (NOW, NOW + timedelta(minutes=30), "INC-1")
    door(client).assume(ORDER, "", "")
    assert "TokenCode" not in client.calls[1][1] and "SerialNumber" not in client.calls[1][1]


def test_the_new_session_is_asked_with_the_childs_own_variables() -> None:
    client, made = Client(), []
    issued = door(client).assume(ORDER, "", "")
    seen = door(client, made).identity(issued, "INC-1")
    assert (seen.account_id, seen.arn, seen.region, seen.at) == (ACCOUNT, SESSION, HOME, NOW)
    (variables,) = made
    assert variables["AWS_SESSION_TOKEN"] == "token==" and variables["AWS_REGION"] == HOME
    assert variables["AWS_ENDPOINT_URL"] == "http://e" and "AWS_PROFILE" not in variables


def test_devices_that_aws_does_not_tell_are_asked_for() -> None:
    assert door(Client()).devices("alex") == ("arn:one",)
    assert door(Client(refusal("AccessDenied"))).devices("alex") is None
    assert door(Client(EndpointConnectionError(endpoint_url="https://iam"))).devices("alex") is None


WRONG = "MultiFactorAuthentication failed with invalid MFA one time pass code. "
UNABLE = "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid"
PLAIN = f"User: arn:aws:iam::{ACCOUNT}:user/alex is not authorized to perform: sts:AssumeRole on resource: {ROLE_ARN}"
SCP = f"{PLAIN} with an explicit deny in a service control policy"
SETTING = PLAIN.replace("sts:AssumeRole", "sts:SetSourceIdentity")


@pytest.mark.parametrize(
    ("error", "kind", "says"),
    [
        (refusal("AccessDenied", WRONG), WRONG_CODE, "a code works once"),
        (refusal("AccessDenied", UNABLE), WRONG_DEVICE, "--mfa-serial"),
        (refusal("AccessDenied", SCP), DENIED, "a service control policy of the organisation denies it"),
        (refusal("AccessDenied", SCP.replace("service control", "resource control")), DENIED, "a resource control"),
        (refusal("AccessDenied", SETTING), DENIED, "sts:SetSourceIdentity is not allowed"),
        (refusal("AccessDenied", PLAIN), DENIED, "no MFA (give --mfa-serial and a code)"),
        (refusal("ExpiredToken"), OTHER_REASON, "your own credentials have expired"),
        (refusal("ExpiredTokenException"), OTHER_REASON, "your own credentials have expired"),
        (refusal("RegionDisabledException"), OTHER_REASON, "STS is switched off in us-east-2"),
        (refusal("MalformedPolicyDocument", "bad  JSON"), OTHER_REASON, "(MalformedPolicyDocument: bad JSON)"),
        (refusal("ValidationError", "DurationSeconds exceeds"), OTHER_REASON, "DurationSeconds exceeds"),
        (refusal("SignatureDoesNotMatch", "Signature expired: …", NOW - timedelta(seconds=420)), OTHER_REASON,
         "this machine's clock is 420 s ahead of AWS's (SignatureDoesNotMatch): it is 2026-11-28 12:43:00 UTC"),
        (refusal("RequestExpired", "", NOW + timedelta(hours=1)), OTHER_REASON, "clock is 3600 s behind AWS's"),
        (refusal("InvalidClientTokenId", "Signature not yet current: …", None), OTHER_REASON, "too old or too new"),
        (refusal("RequestExpired", "", None), OTHER_REASON, "too old or too new"),
    ],
)  # fmt: skip
def test_a_refusal_says_what_it_means(error: ClientError, kind: str, says: str) -> None:
    found = entry_error(error, ORDER, False, NOW)
    assert isinstance(found, Refused) and found.kind == kind
    assert says in str(found) and "\n" not in str(found)


def test_with_a_code_missing_mfa_is_not_the_reason() -> None:
    assert "no MFA" not in str(entry_error(refusal("AccessDenied", PLAIN), ORDER, True, NOW))


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (refusal("SignatureDoesNotMatch", "The request signature we calculated does not match"), "does not accept"),
        (refusal("InvalidClientTokenId"), "does not accept the credentials"),
        (EndpointConnectionError(endpoint_url="https://sts.us-east-2.amazonaws.com/x"), "did not answer"),
        (NoCredentialsError(), "There are no AWS credentials"),
    ],
)
def test_what_is_no_answer_of_the_role_is_told_as_everywhere(error: Exception, says: str) -> None:
    with pytest.raises(AwsError, match=says):
        door(Client(error)).assume(ORDER, "", "")


def test_the_revocation_is_read_and_written() -> None:
    client = Client()
    revoker = AwsRevoker(lambda: Session(client), HOME)
    assert revoker.read("role") == '{"Statement": []}'
    client.document = "%7B%22Statement%22%3A%20%5B%5D%7D"
    assert revoker.read("role") == '{"Statement": []}'
    revoker.write("role", "{}")
    name = {"RoleName": "role", "PolicyName": "AWSRevokeOlderSessions"}
    assert client.calls[-1] == ("put_role_policy", {**name, "PolicyDocument": "{}"})
    client.raises = refusal("NoSuchEntity")
    assert revoker.read("role") is None
    with pytest.raises(AwsError, match="has no role role"):
        revoker.write("role", "{}")
    client.raises = refusal("AccessDenied")
    with pytest.raises(AwsError, match=r"iam:PutRolePolicy was refused \(AccessDenied\) for the role role"):
        revoker.write("role", "{}")


class Federation:
    def __init__(self, answer: bytes = b'{"SigninToken": "a+b="}') -> None:
        self.answer = answer
        self.sent: list[tuple[str, dict[str, str]]] = []

    def __call__(self, url: str, form: bytes) -> bytes:
        self.sent.append((url, dict(urllib.parse.parse_qsl(form.decode(), strict_parsing=True))))
        return self.answer


@pytest.mark.parametrize(
    ("seconds", "chained", "duration"),
    [(1800, False, "1800"), (3600, False, "3599"), (600, False, None), (1800, True, None)],
)
def test_the_session_duration_follows_awss_rules(seconds: int, chained: bool, duration: str | None) -> None:
    federation = Federation()
    url = console_url(KEYS, HOME, "aws", seconds, chained, federation)
    ((endpoint, form),) = federation.sent
    assert endpoint == "https://signin.aws.amazon.com/federation"
    assert form.get("SessionDuration") == duration and form["Action"] == "getSigninToken"
    assert json.loads(form["Session"]) == {
        "sessionId": "ASIAEXAMPLE", "sessionKey": "a/secret+", "sessionToken": "token=="
    }  # fmt: skip
    asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))
    assert asked["SigninToken"] == "a+b=" and asked["Destination"] == "https://us-east-2.console.aws.amazon.com/"
    assert "secret" not in url and "token==" not in url


def test_the_console_of_another_partition_and_an_answer_without_a_token() -> None:
    federation = Federation()
    assert console_url(KEYS, "us-gov-west-1", "aws-us-gov", 900, False, federation).startswith(
        "https://signin.amazonaws-us-gov.com/federation?"
    )
    for answer in (b"<html>", b"{}", b"[]"):
        with pytest.raises(Problem, match="without a sign-in token"):
            console_url(KEYS, HOME, "aws", 900, False, Federation(answer))


def test_a_federation_endpoint_that_does_not_answer_is_one_sentence() -> None:
    with pytest.raises(Problem, match="does not answer") as caught:
        post("http://127.0.0.1:9/federation", b"Session=secret")
    assert "secret" not in str(caught.value)


def test_codes_come_from_a_command_and_a_used_one_is_not_tried_again() -> None:
    said: list[str] = []
    assert tty.Asked("echo 123456", said.append).code("arn:x", "") == "123456"
    with pytest.raises(Problem, match="prints the same one"):
        tty.Asked("echo 123456", said.append).code("arn:x", "123456")
    for command in ("echo 12345", "echo 1234567", "false", "echo abcdef", "echo " + "\uff11" * 6):
        with pytest.raises(Problem, match="six digits"):
            tty.Asked(command, said.append).code("arn:x", "")
    assert tty.Asked("true", said.append).device("arn:proposed") == "arn:proposed"
