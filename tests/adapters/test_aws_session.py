"""Signing in: where credentials and endpoints come from, and one clear sentence when that fails."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from iam_guardrails.adapters.aws import AwsError, caller, session

KEYS = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "very-secret"}


def closed_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


class Answering:
    """A session whose STS raises or answers what it was given."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def client(self, service_name: str, region_name: str) -> Any:
        return self

    def get_caller_identity(self) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def test_nothing_of_boto3_is_loaded_by_the_import() -> None:
    code = "import sys, iam_guardrails.adapters.aws; print([n for n in sys.modules if n.startswith('boto')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_endpoint_of_the_environment_is_used_and_the_more_special_one_wins() -> None:
    made = session(
        KEYS
        | {
            "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
            "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS": "http://127.0.0.1:2",
        },
        "us-east-2",
    )
    assert made.client("iam", "us-east-2").meta.endpoint_url == "http://127.0.0.1:1"
    assert made.client("logs", "us-east-1").meta.endpoint_url == "http://127.0.0.1:2"


def test_without_an_endpoint_it_is_aws() -> None:
    assert (
        session(KEYS, "us-east-2").client("sns", "us-east-1").meta.endpoint_url == "https://sns.us-east-1.amazonaws.com"
    )


def test_a_client_is_made_once() -> None:
    made = session(KEYS, "us-east-2")
    assert made.client("kms", "us-east-2") is made.client("kms", "us-east-2")


def test_an_unknown_region_is_named_with_its_nearest() -> None:
    with pytest.raises(AwsError, match=r'"us-esat-2" is not a Region .* Did you mean .*us-east-2'):
        session(KEYS, "us-esat-2")
    with pytest.raises(AwsError, match='"us-east-9" is not a Region'):
        session(KEYS, "us-east-2").client("sns", "us-east-9")


def test_a_profile_that_does_not_exist(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("")
    environment = {"AWS_PROFILE": "prod", "AWS_CONFIG_FILE": str(tmp_path / "config"),
                   "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none")}  # fmt: skip
    with pytest.raises(AwsError, match="profile named in AWS_PROFILE does not exist"):
        session(environment, "us-east-2")


@pytest.mark.parametrize("variable", ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"])
def test_a_settings_file_that_cannot_be_read_is_named(tmp_path: Path, variable: str) -> None:
    (tmp_path / "settings").write_text("no settings at all")
    with pytest.raises(AwsError, match=f"AWS's settings in {tmp_path / 'settings'} cannot be read: mend that file"):
        caller(session({variable: str(tmp_path / "settings")}, "us-east-2"), "us-east-2")


def test_a_profile_of_the_files_the_environment_names(tmp_path: Path) -> None:
    (tmp_path / "credentials").write_text("[prod]\naws_access_key_id = A\naws_secret_access_key = B\n")
    environment = {"AWS_PROFILE": "prod", "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
                   "AWS_CONFIG_FILE": str(tmp_path / "none"), "AWS_ENDPOINT_URL": closed_port()}  # fmt: skip
    with pytest.raises(AwsError, match="did not answer"):  # and not: no credentials
        caller(session(environment, "us-east-2"), "us-east-2")


def test_an_endpoint_that_does_not_answer() -> None:
    url = closed_port()
    with pytest.raises(AwsError) as caught:
        caller(session(KEYS | {"AWS_ENDPOINT_URL": url}, "us-east-2"), "us-east-2")
    text = str(caught.value)
    assert f"AWS did not answer sts:GetCallerIdentity in us-east-2 at {url}" in text
    assert "AWS_ENDPOINT_URL" in text
    assert "very-secret" not in text
    assert "\n" not in text


def test_half_of_the_credentials() -> None:
    with pytest.raises(AwsError, match="Only one of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"):
        session({"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE"}, "us-east-2")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (
            "ExpiredToken",
            "The AWS credentials have expired (sts:GetCallerIdentity in us-east-2): sign in again",
        ),
        ("InvalidClientTokenId", "AWS does not accept the credentials"),
        ("SignatureDoesNotMatch", "AWS does not accept the credentials"),
        (
            "AccessDenied",
            "AWS did not say who the caller is (sts:GetCallerIdentity in us-east-2: AccessDenied)",
        ),
    ],
)
def test_what_sts_says_becomes_one_sentence(code: str, words: str) -> None:
    error = ClientError({"Error": {"Code": code, "Message": "token very-secret"}}, "GetCallerIdentity")
    with pytest.raises(AwsError) as caught:
        caller(Answering(error), "us-east-2")
    assert words in str(caught.value)
    assert "very-secret" not in str(caught.value)


def test_who_the_caller_is() -> None:
    answer = {"Account": "333333333333", "Arn": "arn:aws:iam::333333333333:user/x"}
    assert caller(Answering(answer)) == ("333333333333", "arn:aws:iam::333333333333:user/x")
