"""trail match: one pattern over recorded events, each with the comparison that decided."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from iam_guardrails.model.problem import Problem
from iam_guardrails.model.trail import event_pattern, event_pattern_reason
from iam_guardrails.model.trail.answers import Answers
from iam_guardrails.model.trail.matching import explain, matcher
from iam_guardrails.model.trail.pattern import PatternError, is_json_pattern, parse
from iam_guardrails.model.trail.record import EVENT_ID, TIME, Place, envelope, is_enveloped
from iam_guardrails.model.trail.recorded import Matched, Matches, NotRead, TrailRecord
from iam_guardrails.model.trail.regions import global_region

Judge = Callable[[Mapping[str, Any]], "tuple[bool | None, str]"]


def filter_judge(text: str, answers: Answers) -> Judge:
    """How CloudWatch Logs would judge an event by a filter pattern. Raises Problem for a broken pattern."""
    if not is_json_pattern(text):
        raise Problem(
            "the pattern matches words or columns of a line; only JSON patterns, as in { $.eventName = AssumeRole },"
            " are evaluated here"
        )
    try:
        node, judge = parse(text), matcher(text, answers)
    except PatternError as error:
        raise Problem(f"the pattern is broken {error}") from None

    def verdict(event: Mapping[str, Any]) -> tuple[bool | None, str]:
        record = event["detail"] if is_enveloped(event) else event
        return judge(record), explain(node, record, answers).why

    return verdict


def event_judge(text: str) -> Judge:
    """How EventBridge would judge an event by an event pattern. Raises Problem for a broken pattern.

    A record without the envelope of EventBridge is put into it: account and Region are those it was recorded in.
    """
    try:
        event_pattern.parse(text)
    except event_pattern.EventPatternError as error:
        raise Problem(f"the event pattern is broken: {error}") from None

    def verdict(event: Mapping[str, Any]) -> tuple[bool | None, str]:
        reason = event_pattern_reason.explain(text, event if is_enveloped(event) else _in_envelope(event))
        return reason.value, reason.why

    return verdict


def _in_envelope(record: Mapping[str, Any]) -> dict[str, Any]:
    account_id, region = record.get("recipientAccountId"), record.get("awsRegion")
    place = Place(str(account_id or ""), str(region or global_region("aws")))
    return envelope(record, place, EVENT_ID, str(record.get("eventTime", TIME)))


def match(pattern: str, judge: Judge, found: Iterable[TrailRecord | NotRead]) -> Matches:
    """Judge every event that could be read."""
    events: list[Matched] = []
    not_read: list[NotRead] = []
    for item in found:
        if isinstance(item, NotRead):
            not_read.append(item)
            continue
        matched, why = judge(item.event)
        record = item.event["detail"] if is_enveloped(item.event) else item.event
        events.append(Matched(item.file, item.index, record["eventName"], matched, why))
    return Matches(pattern, tuple(events), tuple(not_read))
