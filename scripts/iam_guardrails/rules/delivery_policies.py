"""May the services that raise security alerts publish to the topic, and nobody else: key, key policy, topic
policy.
"""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.model.account import Account, Topic
from iam_guardrails.model.chain.topics import (
    EVENTS,
    denies,
    grants,
    key_of,
    ours,
    publishers,
)
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.iam.document import PolicyDocument, Statement
from iam_guardrails.model.unknown import NotKnown, known
from iam_guardrails.rules.engine import Absence, Rule, rule

SEED = "3 Alerting"
NOTHING = Absence(
    "there is no topic that a security alarm or event rule speaks to",
    ("alarm-metric-exists", "alarm-action-topic", "alarm-actions-present", "event-rule-target"),
)
NEEDS = ("topics", "alarms", "metric_filters", "trails", "event_rules", "event_targets")
KEYS = "Amazon SNS Developer Guide: sns-key-management"
EVENT_POLICY = "Amazon EventBridge User Guide: eb-use-resource-based"
_KEY_ACTIONS = (("kms:generatedatakey*", "kms:generatedatakey"), ("kms:decrypt",))
_NARROWING = ("aws:sourceowner", "aws:sourceaccount", "aws:sourcearn", "aws:principalorgid",
              "aws:principalaccount",
              "aws:principalarn", "aws:sourceorgid", "aws:principalorgpaths")  # fmt: skip


@rule(
    id="topic-key-usable", title="Alerts are encrypted with a key that CloudWatch and EventBridge may use",
    severity="critical", seed=SEED, reference=KEYS, select=ours, needs=("keys", *NEEDS), nothing=NOTHING,
    remedy="Set `kms_master_key_id` to a customer-managed key whose policy admits "
           "cloudwatch.amazonaws.com and events.amazonaws.com.",
)  # fmt: skip
def _key_usable(topic: Topic, account: Account, expected: Expected) -> Iterator[str]:
    key_id = known(topic.key_id, "the key")
    key = key_of(topic, account)
    if key_id is None or (key and not key.aws_managed and key.enabled is True and not _is_aws_alias(key_id)):
        return
    if _is_aws_alias(key_id) or (key and key.aws_managed):
        yield (
            f"it is encrypted with {key_id}, a key of AWS whose policy nobody can edit: CloudWatch alarms "
            "and event rules cannot publish to the topic, and nobody is told"
        )
    elif key and known(key.enabled, f"{key.address}: whether it is enabled") is False:
        yield f"its key {key.address} is {key.state or 'disabled'}: nothing can be published"


def _is_aws_alias(key_id: str) -> bool:
    return key_id.rpartition(":")[2].startswith("alias/aws/")


@rule(
    id="topic-key-policy", title="The topic's key lets the services that raise alerts use it",
    severity="critical", seed=SEED, reference=KEYS, select=ours, needs=("keys", *NEEDS), nothing=NOTHING,
    remedy="Add a key policy statement for the service with kms:GenerateDataKey* and kms:Decrypt; no "
           "Condition for events.amazonaws.com, which sends no source keys with its KMS calls.",
)  # fmt: skip
def _key_policy(topic: Topic, account: Account, expected: Expected) -> Iterator[str]:
    key_id = known(topic.key_id, "the key")
    services = publishers(topic, account, expected)
    if key_id is None or _is_aws_alias(key_id) or not services:
        return
    key = key_of(topic, account)
    if key is None:
        raise NotKnown(f"the key {key_id} is not part of what was read")
    policy = known(key.policy, f"{key.address}: the key policy")
    for service in services:
        if (
            problem := _key_problem(policy, service)
            if policy
            else f"does not admit {service} (it is the default policy)"
        ):
            yield f"the policy of its key {key.address} {problem}: what {service} publishes is lost"


def _key_problem(policy: PolicyDocument, service: str) -> str:
    for names in _KEY_ACTIONS:
        found = grants(policy, service, names)
        usable = [item for item in found if not (service == EVENTS and item.conditions)]
        if not found or any(denies(policy, service, name) for name in names):
            return f"does not let {service} call {_spelled(names[0])}"
        if not usable:
            return f"admits {service} only under a Condition, whose keys EventBridge does not send"
    return ""


def _spelled(action: str) -> str:
    return {"kms:generatedatakey*": "kms:GenerateDataKey*", "kms:decrypt": "kms:Decrypt"}[action]


@rule(
    id="topic-encrypted", title="Alerts are encrypted at rest", severity="low", seed=SEED,
    reference="Amazon SNS Developer Guide: sns-server-side-encryption", select=ours, needs=NEEDS,
    nothing=NOTHING, remedy="Set `kms_master_key_id` to a customer-managed key (never alias/aws/sns).",
)  # fmt: skip
def _encrypted(topic: Topic, account: Account, expected: Expected) -> Iterator[str]:
    if known(topic.key_id, "the key") is None:
        yield "the topic has no key: the text of the alerts is stored as it is"


@rule(
    id="topic-policy-publishers", title="The topic's policy lets the services that raise alerts publish",
    severity="critical", seed=SEED, reference=EVENT_POLICY, select=ours, needs=NEEDS, nothing=NOTHING,
    remedy="Allow sns:Publish to cloudwatch.amazonaws.com (Condition aws:SourceAccount) and to "
           "events.amazonaws.com (no Condition), or give the event target a role.",
)  # fmt: skip
def _policy_publishers(topic: Topic, account: Account, expected: Expected) -> Iterator[str]:
    services = publishers(topic, account, expected)
    policy = known(topic.policy, "the topic policy") if services else None
    for service in services:
        if policy is None:
            if service == EVENTS:  # the owner's default policy is enough for an alarm of the same account
                yield (
                    "it has only the default policy, which does not let EventBridge publish: event rules tell nobody"
                )
        elif not grants(policy, service, ("sns:publish",)) or denies(policy, service, "sns:publish"):
            yield f"its policy does not let {service} publish: what it has to say is lost"


@rule(
    id="topic-policy-no-condition-for-events", title="No Condition keeps EventBridge from publishing",
    severity="high", seed=SEED, reference=EVENT_POLICY, select=ours, needs=NEEDS, nothing=NOTHING,
    remedy="Take the Condition out of the statement for events.amazonaws.com, or give the event target a "
           "role.",
)  # fmt: skip
def _no_condition_for_events(topic: Topic, account: Account, expected: Expected) -> Iterator[str]:
    if EVENTS not in publishers(topic, account, expected):
        return
    policy = known(topic.policy, "the topic policy")
    found = grants(policy, EVENTS, ("sns:publish",)) if policy else []
    if found and all(item.conditions for item in found):
        keys = ", ".join(condition.key for condition in found[0].conditions)
        yield (
            f"{found[0].label} lets EventBridge publish only under a Condition ({keys}); topic policies "
            "support none for EventBridge, and its events are dropped without a trace"
        )


@rule(
    id="topic-policy-not-public", title="Only the account and its services may use the topic",
    severity="high", seed=SEED, reference="Amazon SNS Developer Guide: sns-access-policy-use-cases",
    select=ours, needs=NEEDS, nothing=NOTHING,
    remedy="Name the principals, or narrow the statement with aws:SourceOwner, aws:SourceAccount or "
           "aws:PrincipalOrgID.",
)  # fmt: skip
def _not_public(topic: Topic, account: Account, expected: Expected) -> Iterator[str]:
    policy = known(topic.policy, "the topic policy")
    for item in policy.statements if policy else ():
        if item.effect == "Allow" and _is_anyone(item) and not _is_narrowed(item):
            yield (
                f"{item.label} lets anyone in the world do {', '.join(item.actions) or 'everything but a few calls'}"
            )


def _is_anyone(item: Statement) -> bool:
    listed = any(
        principal.kind == "*" or (principal.kind == "AWS" and principal.value == "*") for principal in item.principals
    )
    return listed or bool(item.not_principals)


def _is_narrowed(item: Statement) -> bool:
    for condition in item.conditions:
        operator = condition.operator.lower()
        positive = "not" not in operator and not operator.endswith("ifexists") and operator != "null"
        if positive and condition.key.lower() in _NARROWING and "*" not in condition.values:
            return True
    return False


RULES: tuple[Rule, ...] = (
    _key_usable, _key_policy, _encrypted, _policy_publishers, _no_condition_for_events, _not_public,
)  # fmt: skip
