"""Who is subscribed to a topic, and whether a person stands behind it.

Sources: Amazon SNS Developer Guide, sns-event-destinations (person-to-person and application-to-application),
sns-message-filtering and sns-message-filtering-scope (attributes or body; a message whose attributes lack a key of the
policy is dropped); Amazon CloudWatch User Guide, Notify_Users_Alarm_Changes (what an alarm's message says).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from iam_guardrails.model.account import Account, Subscription, Topic
from iam_guardrails.model.chain.links import Link, Listener, distinct
from iam_guardrails.model.chain.topics import subscriptions_of
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.trail import event_pattern
from iam_guardrails.model.unknown import Unknown

PEOPLE = ("email", "email-json", "sms", "application")
"""Protocols that end at a person. Whether somebody reads what others pass on, only [alerts] recipients can say."""
Message = Mapping[str, Any] | None  # what is known of the body; None: nothing


def subscription_link(
    topic: Topic, message: Message, account: Account, expected: Expected
) -> tuple[Link, tuple[Listener, ...]]:
    """The last link, and who is behind it when it holds."""
    found = subscriptions_of(topic, account)
    doubtful = [item for item in account.subscriptions if isinstance(item.topic_arn, Unknown)]
    answers = {item.address: hears(item, message, account, expected) for item in found}
    listeners = distinct(_listener(item) for item in found if answers[item.address][0])
    if listeners:
        return Link("subscription", topic.address, detail=f"{len(listeners)} endpoints"), listeners
    doubts = [f"{address}: {why}" for address, (hears, why) in answers.items() if hears is None]
    doubts += [f"{item.address}: its topic is known only after apply" for item in doubtful]
    if doubts:
        return Link("subscription", topic.address, None, doubts[0]), ()
    why = "; ".join(f"{address} {text}" for address, (_, text) in answers.items()) or "nobody is subscribed"
    remedy = "Subscribe each owner, and have them confirm it."
    return Link("subscription", topic.address, False, why, remedy), ()


def alarm_message(name: str, arn: str, account: Account) -> Message:
    """What is known of the message of an alarm that goes to ALARM."""
    return {"AlarmName": name, "AlarmArn": arn, "AWSAccountId": account.account_id, "NewStateValue": "ALARM"}


def filter_policy_passes(item: Subscription, message: Message) -> tuple[bool | None, str]:
    """Whether a subscription's filter policy lets an alarm's or rule's message through; why not, or why that is not
    known. These messages carry no attributes, and of their body `message` is known.
    """
    text = item.filter_policy
    if isinstance(text, Unknown):
        return None, f"its filter policy: {text.reason}"
    if not text:
        return True, ""
    try:
        policy = json.loads(text)
    except ValueError:
        return None, "its filter policy is no JSON"
    if not policy:
        return True, ""
    if isinstance(item.filter_policy_scope, Unknown):
        return None, f"the scope of its filter policy: {item.filter_policy_scope.reason}"
    if item.filter_policy_scope == "MessageBody":
        return _body_passes(text, policy, message)
    try:
        passes = event_pattern.matches(text, {})
    except event_pattern.EventPatternError:
        return None, "its filter policy is not one that is evaluated here"
    return passes, "" if passes else "has a filter policy, and these messages carry no attributes"


def _body_passes(text: str, policy: object, message: Message) -> tuple[bool | None, str]:
    unsure = None, "whether its filter policy lets the message's body through is not evaluated here"
    if message is None or not isinstance(policy, dict) or not set(policy) <= set(message):
        return unsure
    try:
        passes = event_pattern.matches(text, message)
    except event_pattern.EventPatternError:
        return unsure
    return passes, "" if passes else "has a filter policy that leaves this message out"


def hears(item: Subscription, message: Message, account: Account, expected: Expected) -> tuple[bool | None, str]:
    """Whether a person gets a message over the subscription: (answer, why not or why unknown)."""
    if item.confirmed is False:
        return False, "is not confirmed"
    if item.confirmed is None and account.origin != "plan":  # a plan cannot know, and `subscription-confirmed` says so
        return None, "whether it is confirmed could not be read"
    passes, why = filter_policy_passes(item, message)
    if passes is not True:
        return passes, why
    if isinstance(item.protocol, Unknown):
        return None, f"its protocol: {item.protocol.reason}"
    if item.protocol not in PEOPLE and not _is_listed(item, expected):
        what = f"a {item.protocol} endpoint, and whether a person reads what arrives there is not known"
        return None, f"{what}; list it under [alerts] recipients of guardrails.toml if one does"
    return True, ""


def _is_listed(item: Subscription, expected: Expected) -> bool:
    endpoint = str(item.endpoint).lower()
    return any(endpoint == text.lower() for _, listed in expected.recipients for text in listed)


def _listener(item: Subscription) -> Listener:
    return Listener(_shown(item.protocol), _shown(item.endpoint), item.confirmed)


def _shown(text: str | Unknown) -> str:
    return f"(known after apply: {', '.join(text.references) or 'not named'})" if isinstance(text, Unknown) else text
