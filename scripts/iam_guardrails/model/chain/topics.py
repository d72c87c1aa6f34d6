"""Which topics carry security alerts, who publishes to them, and what their policies let a service do."""

from __future__ import annotations

import re

from iam_guardrails.model.account import Account, Alarm, Key, Subscription, Topic
from iam_guardrails.model.chain.sight import security_rules
from iam_guardrails.model.chain.watch import actions_of, ours_and_pipelines, targets_of
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.expression import Expression
from iam_guardrails.model.iam.document import PolicyDocument, Statement
from iam_guardrails.model.once import once
from iam_guardrails.model.unknown import Unknown

CLOUDWATCH = "cloudwatch.amazonaws.com"
EVENTS = "events.amazonaws.com"
_ALERT_NAME = Expression(
    r"alert|alarm|security|break-?glass|guardrail|incident|pager|on-?call|(^|[-_])(sec|soc|cis|audit)(ops)?($|[-_])",
    re.IGNORECASE,
)


@once
def ours(account: Account, expected: Expected) -> tuple[Topic, ...]:
    """The topics security alarms and event rules speak to.

    Where one of those speaks to nobody, also topics that no other alarm uses and whose name says alert (or
    the only topic there is): they are what it was meant to speak to. So are topics whose name says alert where
    an action is hidden behind a local value, whose content a plan does not show.
    """
    reached = _alarm_actions(account, expected) | _rule_targets(account, expected)
    return tuple(topic for topic in account.topics if topic.arn in reached or _is_meant(topic, account, expected))


@once
def _alarm_actions(account: Account, expected: Expected) -> set[str]:
    return {action for alarm in ours_and_pipelines(account, expected) for action in actions_of(alarm, account)
            if not isinstance(action, Unknown)}  # fmt: skip


@once
def _rule_targets(account: Account, expected: Expected) -> set[str]:
    return {target.arn for rule in security_rules(account, expected) for target in targets_of(rule, account)
            if not isinstance(target.arn, Unknown)}  # fmt: skip


def _is_meant(topic: Topic, account: Account, expected: Expected) -> bool:
    alarms = ours_and_pipelines(account, expected)
    if _others_use(topic, account, alarms):
        return False
    says_alert = bool(_ALERT_NAME.search(topic.name))
    if says_alert and any(_hidden(action) for alarm in alarms for action in actions_of(alarm, account)):
        return True
    mute_alarm = any(not list(actions_of(alarm, account)) for alarm in alarms)
    mute_rule = any(not targets_of(rule, account) for rule in security_rules(account, expected))
    return (mute_alarm or mute_rule) and (says_alert or len(account.topics) == 1)


def _hidden(action: str | Unknown) -> bool:
    return isinstance(action, Unknown) and any(name.startswith("local.") for name in action.references)


def _others_use(topic: Topic, account: Account, alarms: tuple[Alarm, ...]) -> bool:
    return any(topic.arn in actions_of(alarm, account) for alarm in account.alarms if alarm not in alarms)


def publishers(topic: Topic, account: Account, expected: Expected) -> tuple[str, ...]:
    """The AWS services that publish to the topic in their own name: a rule with a role publishes as that
    role.
    """
    found = []
    if topic.arn in _alarm_actions(account, expected):
        found.append(CLOUDWATCH)
    rules = security_rules(account, expected)
    targets = [target for rule in rules for target in targets_of(rule, account) if target.arn == topic.arn]
    if any(target.role_arn is None for target in targets):
        found.append(EVENTS)
    return tuple(found)


def key_of(topic: Topic, account: Account) -> Key | None:
    """The topic's key, when it is part of what was read: by ARN, id or alias."""
    if not isinstance(topic.key_id, str):
        return None
    named = topic.key_id.rpartition(":")[2]
    for key in account.keys:
        if key.region == topic.region and (topic.key_id in (key.arn, key.key_id) or named in key.aliases):
            return key
    return None


def subscriptions_of(topic: Topic, account: Account) -> tuple[Subscription, ...]:
    """The subscriptions that are surely this topic's."""
    return tuple(item for item in account.subscriptions if item.topic_arn == topic.arn)


def grants(document: PolicyDocument, service: str, actions: tuple[str, ...]) -> list[Statement]:
    """The Allow statements that let the service do at least one of the actions (lower case, with prefix)."""
    allows = [item for item in document.statements if item.effect == "Allow" and _is_for(item, service)]
    return [item for item in allows if any(_covers(item, action) for action in actions)]


def denies(document: PolicyDocument, service: str, action: str) -> bool:
    """Whether an unconditional Deny takes the action from the service."""
    refusals = [item for item in document.statements if item.effect == "Deny" and not item.conditions]
    return any(_is_for(item, service) and _covers(item, action) for item in refusals)


def _is_for(item: Statement, service: str) -> bool:
    return any(
        principal.kind == "*" or principal.value == "*" or (principal.kind == "Service" and principal.value == service)
        for principal in item.principals
    )


def _covers(item: Statement, action: str) -> bool:
    if item.not_actions:
        return not any(_fits(pattern, action) for pattern in item.not_actions)
    return any(_fits(pattern, action) for pattern in item.actions)


def _fits(pattern: str, action: str) -> bool:
    """Whether an action pattern matches an action, which may itself end in `*` (then all of it must be
    covered).
    """
    text = re.escape(pattern.lower()).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(text, action, re.DOTALL) is not None
