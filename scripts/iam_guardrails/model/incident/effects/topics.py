"""SNS: topics and who is subscribed: what carries the alert of a use of the role.

Source: Amazon SNS API Reference (the calls named here). Deleting a topic deletes its subscriptions; one made again has
the same ARN, none of them, and the policy of a new topic.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from iam_guardrails.model.account import Account
from iam_guardrails.model.further import read_further, settings_of
from iam_guardrails.model.incident.effects.harm import Harm, of_document
from iam_guardrails.model.incident.effects.kind import (
    ADDS,
    REMOVES,
    SETS,
    Answer,
    Ask,
    Call,
    Kind,
    Names,
    Remade,
    Renewed,
    State,
)
from iam_guardrails.model.incident.effects.reading import exists, of
from iam_guardrails.model.incident.effects.state import THERE, Whole, decoded, document
from iam_guardrails.model.incident.effects.subscriptions import setting_before, subscribed_before
from iam_guardrails.model.incident.effects.write import Write
from iam_guardrails.model.unknown import Unknown


def _subscription_before(account: Account, names: Names) -> State:
    """Captures hold every subscription of a topic that they hold; an ARN is its topic's with an id."""
    found = of("subscriptions", "address", "SubscriptionArn", lambda thing, names: THERE, whole=False)(account, names)
    refused = {place.partition("@")[0] for place in account.refused}
    topic = names["SubscriptionArn"].rpartition(":")[0]
    if found is THERE or {"topics", "subscriptions"} & refused or topic not in {one.arn for one in account.topics}:
        return found
    return None


def _subscriber_before(account: Account, names: Names) -> State:
    found = (item for item in account.subscriptions if item.address == names["SubscriptionArn"])
    item = next(found, None)
    if item is None or isinstance(item.filter_policy, Unknown) or isinstance(item.endpoint, Unknown):
        return Unknown("the capture does not tell whom it was for")
    return [item.topic_arn, _as_text(item.protocol, item.endpoint, item.confirmed, item.filter_policy,
                                     item.filter_policy_scope)]  # fmt: skip


def _subscriber_now(names: Names, ask: Ask) -> State:
    arn = names["SubscriptionArn"]
    found = ask("GetSubscriptionAttributes", {"SubscriptionArn": arn})
    if not isinstance(found, Mapping):
        return found
    told = found.get("Attributes") or {}
    return [told.get("TopicArn"), _as_text(told.get("Protocol"), told.get("Endpoint"),
                                           told.get("PendingConfirmation", "false") == "false",
                                           told.get("FilterPolicy"), told.get("FilterPolicyScope", "MessageAttributes"))
            ]  # fmt: skip


_NO_TOPIC = ("NotFound", "NotFoundException", "ResourceNotFound")
SUBSCRIPTION = Kind(
    "subscription", "the subscription {SubscriptionArn} exists",
    ("sns", "GetSubscriptionAttributes", {"SubscriptionArn": "{SubscriptionArn}"}), exists(), _NO_TOPIC, whole=True,
    before=_subscription_before, renewed=Renewed(before=_subscriber_before, now=_subscriber_now),
    away="aws sns unsubscribe --subscription-arn {SubscriptionArn}",
    terraform=(("aws_sns_topic_subscription", {"arn": "SubscriptionArn"}),),
    part=("subscriptions", "SubscriptionArn", ""), put_back=subscribed_before,
    after="an address has to confirm it again, and a capture holds neither raw delivery nor a redrive policy of it",
    by_hand="Terraform or the owner of the topic tells whether it should be there: aws sns unsubscribe takes one away,"
    " and aws sns subscribe makes one again, which an address then has to confirm",
)  # fmt: skip


def _attribute(names: Names, answers: Sequence[Answer]) -> State:
    found = answers[-1]
    if found is None or isinstance(found, Unknown):
        return found
    return _setting(names["AttributeName"], (found.get("Attributes") or {}).get(names["AttributeName"], ""))


def _setting(name: str, value: Any) -> State:
    return document(value) if name == "Policy" and value else decoded(value)


def _setting_before(account: Account, names: Names) -> State:
    """Captures hold every attribute as it was; one that was not set is empty."""
    return of("topics", "arn", "TopicArn", _captured, whole=False)(account, names)


def _captured(topic: Any, names: Names) -> State:
    further = read_further(topic.further) if topic.further is not None else {}
    held = {**further, "Policy": topic.policy, "KmsMasterKeyId": topic.key_id or ""}
    name = names["AttributeName"]
    if topic.further is not None and name not in held:
        return ""
    if held.get(name) is None:
        return Unknown(f"the capture does not tell its {name}")
    return _setting(name, held[name])


def _attribute_written(write: Write, names: Names) -> State:
    value = write.value("attributeValue")
    if value is None:
        return Unknown("CloudTrail does not record the value")
    return _setting(names["AttributeName"], value)


_TOPIC_ATTRIBUTES = {"Policy": "policy", "KmsMasterKeyId": "kms_master_key_id", "DisplayName": "display_name",
                     "DeliveryPolicy": "delivery_policy"}  # fmt: skip
_SUBSCRIPTION_ATTRIBUTES = {
    "FilterPolicy": "filter_policy", "FilterPolicyScope": "filter_policy_scope", "RedrivePolicy": "redrive_policy",
    "DeliveryPolicy": "delivery_policy", "RawMessageDelivery": "raw_message_delivery",
    "SubscriptionRoleArn": "subscription_role_arn",
}  # fmt: skip


def _declared_as(type_: str, arn: str, attributes: Mapping[str, str]) -> tuple[tuple[str, Mapping[str, str]], ...]:
    """The resource type, once for each attribute that AWS and Terraform call so, where the configuration names it."""
    return tuple((type_, {"=AttributeName": name, "arn": arn, mine: ""}) for name, mine in attributes.items())


def _setting_harm(names: Names, now: State, target: State, *_: Any) -> Harm | None:
    return of_document()(names, now, target) if names["AttributeName"] == "Policy" else None


TOPIC_SETTING = Kind(
    "topic-setting", "the topic {TopicArn} has the {AttributeName} that it has now",
    ("sns", "GetTopicAttributes", {"TopicArn": "{TopicArn}"}), _attribute, _NO_TOPIC,
    before=_setting_before,
    back="aws sns set-topic-attributes --topic-arn {TopicArn} --attribute-name {AttributeName} --attribute-value"
    " {value}",
    terraform=(("aws_sns_topic_policy", {"=AttributeName": "Policy", "arn": "TopicArn", "policy": ""}),
               *_declared_as("aws_sns_topic", "TopicArn", _TOPIC_ATTRIBUTES)),
    part=("topics", "TopicArn", ""), harm=_setting_harm,
)  # fmt: skip
SUBSCRIPTION_SETTING = Kind(
    "subscription-setting", "the subscription {SubscriptionArn} has the {AttributeName} that it has now",
    ("sns", "GetSubscriptionAttributes", {"SubscriptionArn": "{SubscriptionArn}"}), _attribute, _NO_TOPIC,
    before=setting_before,
    back="aws sns set-subscription-attributes --subscription-arn {SubscriptionArn} --attribute-name {AttributeName}"
    " --attribute-value {value}",
    terraform=_declared_as("aws_sns_topic_subscription", "SubscriptionArn", _SUBSCRIPTION_ATTRIBUTES),
    part=("subscriptions", "SubscriptionArn", ""),
    by_hand="a capture holds the filter of a subscription and no more, and SNS nothing: Terraform or whoever subscribed"
    " tells the {AttributeName} that it had before {since}, which aws sns set-subscription-attributes sets",
)  # fmt: skip


def _topic_content(names: Names, ask: Ask) -> State:
    """What making a topic again can change: its settings, its policy, and who is subscribed."""
    found, listed = (ask(operation, {"TopicArn": names["TopicArn"]})
                     for operation in ("GetTopicAttributes", "ListSubscriptionsByTopic"))  # fmt: skip
    for one in (found, listed):
        if not isinstance(one, Mapping):
            return one
    assert isinstance(found, Mapping)
    assert isinstance(listed, Mapping)
    told = settings_of("topics", found.get("Attributes") or {})
    if "Policy" in told:
        told["Policy"] = document(told["Policy"])
    subscribed = [_subscribed(item, ask) for item in listed.get("Subscriptions", ())]
    return {**told, "subscriptions": sorted(subscribed)}


def _subscribed(item: Mapping[str, Any], ask: Ask) -> str:
    """A subscription as text: who gets what of the topic; one made again has another ARN."""
    arn = str(item.get("SubscriptionArn", ""))
    attributes: Mapping[str, Any] = {}
    if arn.startswith("arn:"):
        told = ask("GetSubscriptionAttributes", {"SubscriptionArn": arn})
        attributes = told.get("Attributes") or {} if isinstance(told, Mapping) else {"FilterPolicy": "?"}
    policy, scope = attributes.get("FilterPolicy"), attributes.get("FilterPolicyScope", "MessageAttributes")
    return _as_text(item.get("Protocol"), item.get("Endpoint"), arn.startswith("arn:"), policy, scope)


def _as_text(protocol: Any, endpoint: Any, confirmed: Any, policy: Any, scope: Any) -> str:
    return json.dumps([protocol, endpoint, bool(confirmed), decoded(policy), scope if policy else ""], sort_keys=True)


def _topic_before(account: Account, names: Names) -> State:
    for place, why in account.refused.items():
        if place.partition("@")[0] in ("topics", "subscriptions"):
            return Unknown(f"the capture lacks {place}: {why}")
    topic = next((item for item in account.topics if item.arn == names["TopicArn"]), None)
    if topic is None:
        return Unknown("the capture does not hold it")
    own = [item for item in account.subscriptions if item.topic_arn == topic.arn]
    unread = next((value for item in own for value in (item.filter_policy, item.endpoint)
                   if isinstance(value, Unknown)), None)  # fmt: skip
    subscribed = unread or sorted(_as_text(item.protocol, item.endpoint, item.confirmed, item.filter_policy,
                                           item.filter_policy_scope) for item in own)  # fmt: skip
    found = {"KmsMasterKeyId": topic.key_id, "Policy": document(topic.policy), "subscriptions": subscribed}
    return Whole({**found, **read_further(topic.further)}) if topic.further is not None else found


TOPIC = Kind(
    "topic", "the topic {TopicArn} exists", ("sns", "GetTopicAttributes", {"TopicArn": "{TopicArn}"}), exists(),
    _NO_TOPIC, away="aws sns delete-topic --topic-arn {TopicArn}",
    before=of("topics", "arn", "TopicArn", lambda thing, names: THERE, whole=False),
    terraform=(("aws_sns_topic", {"arn": "TopicArn"}),), part=("topics", "TopicArn", ""),
    remade=Remade(content=_topic_content, before=_topic_before, beyond=True),
)  # fmt: skip
_TOPIC, _SUBSCRIPTION = {"TopicArn": "topicArn"}, {"SubscriptionArn": "subscriptionArn"}
_NAMED = {"AttributeName": "attributeName"}

CALLS: tuple[Call, ...] = (
    Call("sns:Unsubscribe", SUBSCRIPTION, REMOVES, _SUBSCRIPTION),
    Call("sns:Subscribe", SUBSCRIPTION, ADDS, {"SubscriptionArn": "response:subscriptionArn"}),
    Call("sns:SetTopicAttributes", TOPIC_SETTING, SETS, _TOPIC | _NAMED, _attribute_written),
    Call("sns:SetSubscriptionAttributes", SUBSCRIPTION_SETTING, SETS, _SUBSCRIPTION | _NAMED, _attribute_written),
    Call("sns:CreateTopic", TOPIC, ADDS, {"TopicArn": "response:topicArn"}),
    Call("sns:DeleteTopic", TOPIC, REMOVES, _TOPIC),
)  # fmt: skip
