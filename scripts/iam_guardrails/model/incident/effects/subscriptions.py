"""How a subscription is made again as a capture holds it, and what a capture tells of its settings.

Sources: Amazon SNS API Reference, Subscribe (Attributes) and SetSubscriptionAttributes (an empty JSON object as
FilterPolicy takes the filter away). A capture holds whom it is for and its filter, no other setting.
"""

from __future__ import annotations

import json
from typing import Any

from iam_guardrails.model.account import Account
from iam_guardrails.model.incident.effects.kind import Ask, Earlier, Names, State, joined
from iam_guardrails.model.incident.effects.reading import of
from iam_guardrails.model.incident.effects.state import Whole, decoded
from iam_guardrails.model.unknown import Unknown

_SHOWN = ("email", "email-json", "sms", "lambda", "sqs")
"""Protocols whose endpoints may be shown: a URL can hold what only its owner may know."""


def subscribed_before(earlier: Earlier, ask: Ask) -> str:
    """The command that makes a subscription again that is gone; "" where the capture does not tell all of it."""
    if earlier.now is not None or earlier.before is None:
        return ""
    found = (one for one in earlier.before.subscriptions if one.address == earlier.names["SubscriptionArn"])
    item = next(found, None)
    if item is None or item.protocol not in _SHOWN:
        return ""
    told = [item.topic_arn, item.protocol, item.endpoint, item.filter_policy or "", item.filter_policy_scope]
    if any(isinstance(value, Unknown) for value in told):
        return ""
    topic, protocol, endpoint, policy, scope = map(str, told)
    words = ["aws", "sns", "subscribe", "--topic-arn", topic, "--protocol", protocol]
    filtered = {"FilterPolicy": policy, "FilterPolicyScope": scope}
    further = ["--attributes", json.dumps(filtered)] if policy else []
    return joined([[*words, "--notification-endpoint", endpoint, *further]], earlier.names["Region"])


def setting_before(account: Account, names: Names) -> State:
    """The filter of a subscription in a capture; Unknown for every other setting."""
    return of("subscriptions", "address", "SubscriptionArn", _captured, whole=False)(account, names)


def _captured(item: Any, names: Names) -> State:
    name = names["AttributeName"]
    if isinstance(item.filter_policy, Unknown):
        return item.filter_policy
    policy = decoded(item.filter_policy or "{}")
    if name == "FilterPolicy" and isinstance(policy, dict):
        return Whole(policy)
    if name == "FilterPolicyScope" and policy:
        return item.filter_policy_scope
    return Unknown(f"the capture does not tell its {name}")
