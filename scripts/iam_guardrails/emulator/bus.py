"""The default event bus: CloudTrail's records against the rules, what matches to the targets.

SOURCE: EventBridge User Guide, "Read-only management events from AWS services": those reach only rules in the
state ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS.
"""

from __future__ import annotations

import logging
import uuid
from typing import Any

from moto.events.models import events_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from iam_guardrails.emulator.bus_input import rendered
from iam_guardrails.emulator.identity import Json
from iam_guardrails.emulator.state import memory
from iam_guardrails.model.trail.event_pattern import EventPatternError, matches
from iam_guardrails.model.trail.record import Place, envelope

_EVERYTHING = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
log = logging.getLogger("iam_guardrails.emulator")


def deliver(record: Json) -> None:
    """Put one record on the default bus of its account and Region."""
    account = events_backends.get(record["recipientAccountId"])
    backend = None if account is None else account.get(record["awsRegion"])
    rules = list(backend.event_buses["default"].rules.values()) if backend is not None else []
    states = (_EVERYTHING,) if record["readOnly"] else (_EVERYTHING, "ENABLED")
    rules = [rule for rule in rules if rule.state in states and rule.event_pattern.dump()]
    if not rules:
        return
    place = Place(record["recipientAccountId"], record["awsRegion"])
    event = envelope(record, place, str(uuid.uuid4()), record["eventTime"])
    for rule in rules:
        if _matches(rule, event):
            for target in list(rule.targets):
                _send(rule, target, event)


def _matches(rule: Any, event: Json) -> bool:
    pattern = rule.event_pattern.dump()
    try:
        return matches(pattern, event)
    except EventPatternError as error:
        noted = memory(rule.account_id).kind("events", rule.region_name, "broken")
        if noted.get(rule.name) != pattern:
            noted[rule.name] = pattern
            log.warning("event rule %s was not evaluated: %s", rule.name, error)
        return False


def _send(rule: Any, target: Json, event: Json) -> None:
    arn = target["Arn"]
    _, _, service, region, account_id, name, *_ = f"{arn}::::::".split(":")
    try:
        text = rendered(target, rule, event)
        if service == "sns":
            sns_backends[account_id][region].publish(text, arn=arn)
        elif service == "sqs":
            group = target.get("SqsParameters", {}).get("MessageGroupId")
            sqs_backends[account_id][region].send_message(name, text, group_id=group)
        else:
            log.warning("event rule %s: not delivered to %s: the embedded AWS serves SNS and SQS", rule.name, arn)
    except Exception as error:  # one target that fails does not keep the event from the others
        log.warning("event rule %s: not delivered to %s: %r", rule.name, arn, error)
