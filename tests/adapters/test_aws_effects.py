"""Looks at single objects of the live account, over a session that is given its answers."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from iam_guardrails.adapters.aws.effects import LiveLook
from iam_guardrails.adapters.aws.errors import AwsError
from iam_guardrails.model.incident.effects.kind import Look
from iam_guardrails.model.unknown import Unknown

LOOK = Look("iam", "us-east-2", "ListAccessKeys", {"UserName": "ci"}, frozenset({"NoSuchEntity"}))


class Answering:
    """A session whose clients answer each call with the next of these."""

    def __init__(self, *answers: Any) -> None:
        self.answers, self.asked = list(answers), list[dict[str, Any]]()

    def client(self, service_name: str, region_name: str) -> Any:
        """Itself, as every client."""
        return self

    def list_access_keys(self, **given: Any) -> Any:
        """One call."""
        self.asked.append(given)
        found = self.answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return found


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "x"}}, "ListAccessKeys")


def test_every_page_counts() -> None:
    session = Answering(
        {"AccessKeyMetadata": [1], "IsTruncated": True, "Marker": "m"}, {"AccessKeyMetadata": [2], "IsTruncated": False}
    )
    look = LiveLook(session, "1")
    found = look(LOOK)
    assert isinstance(found, dict)
    assert found["AccessKeyMetadata"] == [1, 2]
    assert session.asked == [{"UserName": "ci"}, {"UserName": "ci", "Marker": "m"}]
    assert look(LOOK) is found  # the same look is asked once


@pytest.mark.parametrize(
    ("error", "verdict"), [("NoSuchEntity", None), ("AccessDenied", Unknown), ("Throttling", Unknown)]
)
def test_gone_is_not_refused(error: str, verdict: Any) -> None:
    found = LiveLook(Answering(refused(error)), "1")(LOOK)
    assert found is None if verdict is None else isinstance(found, verdict)


def test_without_credentials_nothing_is_judged() -> None:
    with pytest.raises(AwsError):
        LiveLook(Answering(NoCredentialsError()), "1")(LOOK)


def test_only_reading_calls_are_made() -> None:
    session = Answering({})
    found = LiveLook(session, "1")(Look("iam", "us-east-2", "DeleteUser", {}))
    assert isinstance(found, Unknown)
    assert session.asked == []
