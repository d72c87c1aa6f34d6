"""Looks at single objects of the live account: read-only calls, every page, refusals as values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iam_guardrails.adapters.aws.errors import AwsError
from iam_guardrails.adapters.aws.reading import Reading, Refused
from iam_guardrails.adapters.aws.session import Session
from iam_guardrails.model.incident.effects.kind import Answer, Look
from iam_guardrails.model.unknown import Unknown

READ_ONLY = ("Get", "List", "Describe")


class LiveLook:
    """One look after another; the same one is asked once."""

    def __init__(self, session: Session, account_id: str) -> None:
        """The session is signed in to the account."""
        self._reading = Reading(session, account_id)
        self._known: dict[str, Answer] = {}

    def __call__(self, look: Look) -> Answer:
        """The answer, every page's lists joined. Raises AwsError where no call would be answered."""
        key = repr(look)
        if key not in self._known:
            self._known[key] = self._ask(look)
        return self._known[key]

    def _ask(self, look: Look) -> Answer:
        if not look.operation.startswith(READ_ONLY):
            return Unknown(f"{look.service}:{look.operation} is no reading call")
        try:
            if not self._reading.offers(look.service, look.region, look.operation):
                return Unknown(f"the installed boto3 has no {look.service}:{look.operation}")
            return _joined(self._reading.all_pages(look.service, look.region, look.operation, **look.given))
        except Refused as refusal:
            return None if refusal.code in look.missing else Unknown(refusal.reason)
        except AwsError as error:
            if "is not a Region" in str(error):  # a record of a Region that this boto3 does not know
                return Unknown(str(error))
            raise


def _joined(pages: list[dict[str, Any]]) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for page in pages:
        for key, value in page.items():
            if isinstance(value, list) and isinstance(found.get(key), list):
                found[key] = [*found[key], *value]
            else:
                found[key] = value
    return found
