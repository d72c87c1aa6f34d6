"""Delivery in a plan: topics, subscriptions, keys, event rules and their targets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from iam_guardrails.adapters.plan_json.documents import document
from iam_guardrails.adapters.plan_json.graph import Node
from iam_guardrails.adapters.plan_json.names import KEY, ROLE, TOPIC, name_of
from iam_guardrails.adapters.plan_json.reading import AFTER_APPLY, Reading
from iam_guardrails.model.account import EventRule, EventTarget, Key, Subscription, Topic
from iam_guardrails.model.chain.links import cut_to_host
from iam_guardrails.model.expression import Expression
from iam_guardrails.model.unknown import Unknown

OWN_KEYS = ("aws_kms_key", "aws_kms_replica_key", "aws_kms_external_key")
RULE = ("aws_cloudwatch_event_rule",)
LOOKED_UP = "the plan does not show it for a key it only looks up"


def topics(reading: Reading) -> Iterator[Topic]:
    """Topics; a policy of its own resource replaces the one in the topic."""
    policies = _by_target(reading, "aws_sns_topic_policy", "arn", "policy", TOPIC)
    for node in reading.graph.of("aws_sns_topic"):
        arn = reading.arn(node)
        own = document(reading, node, "policy", arn)
        yield Topic(node.address, name_of(node), arn, node.region,
                    reading.link(node, "kms_master_key_id", *KEY), policies.get(arn, own))  # fmt: skip


def _by_target(reading: Reading, kind: str, link: str, policy: str, types: tuple[str, ...]) -> dict[Any, Any]:
    found = {}
    for node in reading.graph.of(kind):
        target = reading.link(node, link, *types)
        found[target] = document(reading, node, policy, target if isinstance(target, str) else "")
    return found


_URL = Expression(r"https?://[^\"]+")


def _short(url: re.Match[str]) -> str:
    """A URL in an address (for_each over endpoints) without what may be a token, and still another one than its kin."""
    from zlib import crc32  # here, because few addresses hold a URL

    return f"{cut_to_host(url[0])} ({crc32(url[0].encode()) & 0xFFFF:04x})"


def subscriptions(reading: Reading) -> Iterator[Subscription]:
    """Subscriptions; whether a person confirmed one is never in a plan."""
    for node in reading.graph.of("aws_sns_topic_subscription"):
        yield Subscription(
            address=_URL.sub(_short, node.address),
            topic_arn=reading.link(node, "topic_arn", *TOPIC) or Unknown(AFTER_APPLY),
            protocol=reading.value(node, "protocol", ""),
            endpoint=reading.link(node, "endpoint", "aws_sqs_queue", "aws_lambda_function") or "",
            filter_policy=reading.text(node, "filter_policy"),
            filter_policy_scope=reading.text(node, "filter_policy_scope") or "MessageAttributes",
        )


def keys(reading: Reading) -> Iterator[Key]:
    """Keys with their aliases: those of the plan, and those its data sources read."""
    aliases = _aliases(reading)
    policies = _by_target(reading, "aws_kms_key_policy", "key_id", "policy", KEY)
    seen = set()
    for node in reading.graph.of(*OWN_KEYS):
        arn = reading.arn(node)
        key_id = node.values.get("key_id") or arn
        seen.add(arn)
        own = document(reading, node, "policy", arn)
        yield Key(
            address=node.address,
            arn=arn,
            region=node.region,
            key_id="" if key_id == arn else key_id,
            policy=policies.get(arn, policies.get(key_id, own)),
            aliases=tuple(sorted(aliases.get(arn, set()) | aliases.get(key_id, set()))),
            enabled=reading.value(node, "is_enabled" if node.type == "aws_kms_key" else "enabled", True),
            rotation=reading.value(node, "enable_key_rotation", False),
            deletion_window_days=reading.value(node, "deletion_window_in_days"),
        )
    yield from _looked_up_keys(reading, seen)


def _aliases(reading: Reading) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for node in reading.graph.of("aws_kms_alias"):
        target = reading.link(node, "target_key_id", *KEY)
        if isinstance(target, str):
            found.setdefault(target, set()).add(name_of(node))
    return found


def _looked_up_keys(reading: Reading, seen: set[str]) -> Iterator[Key]:
    for node in reading.graph.of("aws_kms_key", "aws_kms_alias", mode="data"):
        arn = reading.arn(node)
        if arn in seen:
            continue
        seen.add(arn)
        values = node.values
        alias = _alias_of(reading, node)
        whose = alias or values.get("key_manager")
        yield Key(
            address=node.address,
            arn=arn,
            region=node.region,
            key_id=str(values.get("target_key_id") or values.get("key_id") or "").rpartition("/")[2],
            policy=Unknown(LOOKED_UP),
            aliases=(alias,) if alias else (),
            enabled=reading.value(node, "enabled", True) if whose else Unknown(LOOKED_UP),
            rotation=Unknown(LOOKED_UP),
            aws_managed=values.get("key_manager") == "AWS" or alias.startswith("alias/aws/"),
            state=str(values.get("key_state") or ""),
        )


def _alias_of(reading: Reading, node: Node) -> str:
    """The alias by which a data source looks its key up; "" where it goes by an id or an ARN."""
    given = reading.text(node, "name") or reading.text(node, "key_id", "")
    if isinstance(given, Unknown):
        source = reading.target(node, node.expressions.get("key_id"), ("data.aws_kms_alias",))
        given = source.values.get("name") if isinstance(source, Node) else ""
    named = str(given or "").rpartition(":")[2]
    return named if named.startswith("alias/") else ""


def event_rules(reading: Reading) -> Iterator[EventRule]:
    """EventBridge rules; the old `is_enabled` argument counts where `state` is not set."""
    for node in reading.graph.of(*RULE):
        state = reading.text(node, "state")
        if state is None:
            state = "DISABLED" if node.values.get("is_enabled") is False else "ENABLED"
        yield EventRule(
            address=node.address,
            name=name_of(node),
            arn=reading.arn(node),
            region=node.region,
            pattern=reading.text(node, "event_pattern"),
            state=state,
            bus=reading.text(node, "event_bus_name", "default"),
        )


def event_targets(reading: Reading) -> Iterator[EventTarget]:
    """Where the rules send their events."""
    for node in reading.graph.of("aws_cloudwatch_event_target"):
        yield EventTarget(
            address=node.address,
            rule_name=reading.name(node, "rule", *RULE) or Unknown(AFTER_APPLY),
            region=node.region,
            arn=reading.link(node, "arn", *TOPIC, "aws_sqs_queue", "aws_lambda_function") or Unknown(AFTER_APPLY),
            role_arn=reading.link(node, "role_arn", *ROLE),
            bus=reading.text(node, "event_bus_name", "default"),
        )
