"""One embedded AWS for the session, in this process so that a test can feed it; a new account per test."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import make_server

from iam_guardrails.emulator import install
from iam_guardrails.emulator.pipeline import Pipeline
from iam_guardrails.emulator.server import application

HOME = "us-east-2"
_numbers = itertools.count(500_000_000_001)
_session = boto3.Session()  # one for all clients: it reads each service's model once
Client = Callable[..., Any]


class QuietHandler(MotoRequestHandler):
    """The server's own handler, without a line per request."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    install()
    server = make_server("127.0.0.1", 0, application({"pid": 0}), threaded=True, request_handler=QuietHandler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    with Pipeline(delay=0.05):
        yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def account_id() -> str:
    return str(next(_numbers))


def client_with(endpoint: str, keys: dict[str, str], service: str, region: str) -> Any:
    return _session.client(
        service,
        region_name=region,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys.get("SessionToken"),
        endpoint_url=endpoint,
        config=Config(proxies={"http": endpoint}, retries={"total_max_attempts": 1}),
    )


@pytest.fixture
def assume(endpoint: str) -> Callable[..., dict[str, str]]:
    """AssumeRole by a caller of the emulator's default account; the answer's credentials."""

    def assumed(role_arn: str, session: str = "tester", region: str = HOME, **options: Any) -> dict[str, str]:
        outsider = {"AccessKeyId": "outsider", "SecretAccessKey": "outsider"}
        sts = client_with(endpoint, outsider, "sts", region)
        answer = sts.assume_role(RoleArn=role_arn, RoleSessionName=session, **options)
        credentials: dict[str, str] = answer["Credentials"]
        return credentials

    return assumed


@pytest.fixture
def aws(endpoint: str, account_id: str, assume: Callable[..., dict[str, str]]) -> Client:
    """`aws("iam", region=…, keys=…)`: a boto3 client in the test's own account."""
    own: dict[str, str] = {}

    def client(service: str, region: str = HOME, keys: dict[str, str] | None = None) -> Any:
        if not own:
            own.update(assume(f"arn:aws:iam::{account_id}:role/Tester"))
        return client_with(endpoint, keys or own, service, region)

    return client


@pytest.fixture
def queue(aws: Client, account_id: str) -> Callable[[str], Any]:
    """`queue(topic_arn)`: an SQS queue subscribed to the topic; the answer reads its next message."""

    def subscribed(topic_arn: str, **attributes: str) -> Callable[[], Any]:
        region = topic_arn.split(":")[3]
        sqs, name = aws("sqs", region=region), f"queue-{next(_numbers)}"
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = f"arn:aws:sqs:{region}:{account_id}:{name}"
        sns = aws("sns", region=region)
        sns.subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=arn, Attributes=attributes)

        def receive() -> str | None:
            messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1).get("Messages")
            if not messages:
                return None
            sqs.delete_message(QueueUrl=url, ReceiptHandle=messages[0]["ReceiptHandle"])
            return str(messages[0]["Body"])

        return receive

    return subscribed
