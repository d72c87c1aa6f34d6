"""Asking AWS what its documentation of filter patterns leaves open, one TestMetricFilter per case.

Source: API reference of TestMetricFilter: it "tests the filter pattern of a metric filter against a sample of log
event messages", changes nothing, and answers with the messages that match.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from iam_guardrails.adapters.aws.reading import Reading, Refused
from iam_guardrails.adapters.aws.session import Session
from iam_guardrails.model.trail.open_cases import CASES
from iam_guardrails.model.value import frozen


@frozen
class Asked:
    """answers: the verdict of each case AWS answered.  refused: why a case got no answer, by its id."""

    answers: Mapping[str, bool]
    refused: Mapping[str, str]


def ask(session: Session, account_id: str, region: str, progress: Callable[[str], None] | None = None) -> Asked:
    """Ask every case. Raises AwsError where no further call would be answered either."""
    reading = Reading(session, account_id, progress=progress)
    reading.say(f"CloudWatch Logs in {region}: {len(CASES)} questions about filter patterns")
    answers: dict[str, bool] = {}
    refused: dict[str, str] = {}
    for case in CASES:
        given = {"filterPattern": case.pattern, "logEventMessages": [case.event]}
        try:
            answer = reading.ask("logs", region, "TestMetricFilter", **given)
        except Refused as refusal:
            refused[case.id] = refusal.reason
        else:
            answers[case.id] = bool(answer.get("matches"))
    return Asked(answers, refused)
