"""The alerting chain in a plan: metric filters, alarms, topics, subscriptions, keys, event rules and their targets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from iam_guardrails.adapters.plan_json.documents import document
from iam_guardrails.adapters.plan_json.graph import Node
from iam_guardrails.adapters.plan_json.names import name_of
from iam_guardrails.adapters.plan_json.reading import AFTER_APPLY, Reading, holds
from iam_guardrails.model.account import (
    Alarm,
    EventRule,
    EventTarget,
    Key,
    MetricFilter,
    Subscription,
    Topic,
)
from iam_guardrails.model.unknown import Unknown

TOPIC = ("aws_sns_topic", "data.aws_sns_topic")
KEY = ("aws_kms_key", "aws_kms_replica_key", "aws_kms_external_key", "data.aws_kms_key", "data.aws_kms_alias")
GROUP = ("aws_cloudwatch_log_group", "data.aws_cloudwatch_log_group")
RULE = ("aws_cloudwatch_event_rule",)
ROLE = ("aws_iam_role", "data.aws_iam_role")
EXPRESSION = Unknown("the alarm judges a metric expression, not one metric")


def metric_filters(reading: Reading) -> Iterator[MetricFilter]:
    """Metric filters with their transformation (AWS allows exactly one)."""
    for node in reading.graph.of("aws_cloudwatch_log_metric_filter"):
        blocks = reading.blocks(node, "metric_transformation")
        block = _Block(reading, node, "metric_transformation", blocks)
        dimensions = block.get("dimensions") or {}
        yield MetricFilter(
            address=node.address,
            name=name_of(node),
            region=node.region,
            log_group_name=reading.name(node, "log_group_name", *GROUP) or Unknown(AFTER_APPLY),
            pattern=reading.value(node, "pattern", ""),
            metric_name=block.get("name") or Unknown(AFTER_APPLY),
            namespace=block.get("namespace") or Unknown(AFTER_APPLY),
            value=block.get("value") or "1",
            default_value=block.get("default_value") or None,
            dimensions=_pairs(dimensions),
        )


class _Block:
    """The single block of a resource, read value by value."""

    def __init__(self, reading: Reading, node: Node, name: str, blocks: list[Any] | Unknown) -> None:
        self._whole = blocks if isinstance(blocks, Unknown) else None
        self._values = {} if isinstance(blocks, Unknown) or not blocks else blocks[0]
        marks = node.unknown.get(name)
        self._marks = marks[0] if isinstance(marks, list) and marks and isinstance(marks[0], Mapping) else {}
        self._unknown = reading.unknown(node, name)

    def get(self, name: str, default: Any = None) -> Any:
        if self._whole is not None:
            return self._whole
        if holds(self._marks.get(name)):
            return self._unknown
        found = self._values.get(name)
        return default if found is None else found


def _pairs(values: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(values, Mapping):
        return ()
    return tuple((str(name), str(value)) for name, value in sorted(values.items()))


def alarms(reading: Reading) -> Iterator[Alarm]:
    """Metric alarms and composite alarms."""
    for node in reading.graph.of("aws_cloudwatch_metric_alarm"):
        yield _metric_alarm(reading, node)
    for node in reading.graph.of("aws_cloudwatch_composite_alarm"):
        yield Alarm(
            address=node.address, name=name_of(node), arn=reading.arn(node), region=node.region,
            actions_enabled=reading.value(node, "actions_enabled", True),
            actions=reading.links(node, "alarm_actions", *TOPIC),
            rule=reading.value(node, "alarm_rule", ""),
        )  # fmt: skip


def _metric_alarm(reading: Reading, node: Node) -> Alarm:
    metric = _metric(reading, node)
    return Alarm(
        address=node.address,
        name=name_of(node),
        arn=reading.arn(node),
        region=node.region,
        namespace=metric["namespace"],
        metric_name=metric["metric_name"],
        statistic=metric["statistic"],
        period_seconds=metric["period"],
        evaluation_periods=reading.value(node, "evaluation_periods", 1),
        datapoints_to_alarm=reading.value(node, "datapoints_to_alarm") or None,
        threshold=metric["threshold"],
        comparison=metric["comparison"],
        treat_missing_data=reading.text(node, "treat_missing_data", "missing"),
        actions_enabled=reading.value(node, "actions_enabled", True),
        actions=reading.links(node, "alarm_actions", *TOPIC),
        dimensions=metric["dimensions"],
    )


def _metric(reading: Reading, node: Node) -> dict[str, Any]:
    threshold = reading.value(node, "threshold")
    if reading.value(node, "threshold_metric_id"):
        threshold = Unknown("the alarm compares with an anomaly band, not a number")
    found: dict[str, Any] = {
        "namespace": reading.text(node, "namespace"), "metric_name": reading.text(node, "metric_name"),
        "statistic": reading.text(node, "statistic") or reading.text(node, "extended_statistic"),
        "period": reading.value(node, "period"), "threshold": threshold,
        "comparison": reading.value(node, "comparison_operator", "GreaterThanOrEqualToThreshold"),
        "dimensions": _pairs(node.values.get("dimensions")),
    }  # fmt: skip
    queries = reading.blocks(node, "metric_query")
    if isinstance(queries, Unknown):
        return found | dict.fromkeys(
            ("namespace", "metric_name", "statistic", "period", "threshold"), queries
        )
    return found | _query(queries) if queries else found


def _query(queries: list[Mapping[str, Any]]) -> dict[str, Any]:
    """The facts of a metric-math alarm: those of its only metric; what an expression decides is not claimed."""
    metrics = [item["metric"][0] for item in queries if item.get("metric")]
    blind: dict[str, Any] = {"statistic": EXPRESSION, "threshold": EXPRESSION, "comparison": EXPRESSION}
    if len(metrics) != 1:
        spaces = {item.get("namespace") for item in metrics}
        space = spaces.pop() if len(spaces) == 1 else None
        return blind | {"namespace": space or EXPRESSION, "metric_name": EXPRESSION, "period": EXPRESSION}
    only = metrics[0]
    found = {
        "namespace": only.get("namespace") or EXPRESSION, "metric_name": only.get("metric_name") or EXPRESSION,
        "period": only.get("period") or EXPRESSION, "dimensions": _pairs(only.get("dimensions")),
    }  # fmt: skip
    return found | ({"statistic": only.get("stat")} if len(queries) == 1 else blind)


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


def subscriptions(reading: Reading) -> Iterator[Subscription]:
    """Subscriptions; whether a person confirmed one is never in a plan."""
    for node in reading.graph.of("aws_sns_topic_subscription"):
        yield Subscription(
            address=node.address,
            topic_arn=reading.link(node, "topic_arn", *TOPIC) or Unknown(AFTER_APPLY),
            protocol=reading.value(node, "protocol", ""),
            endpoint=reading.link(node, "endpoint", "aws_sqs_queue", "aws_lambda_function") or "",
            filter_policy=reading.text(node, "filter_policy"),
        )


def keys(reading: Reading) -> Iterator[Key]:
    """Keys with their aliases: those of the plan, and those its data sources read."""
    aliases = _aliases(reading)
    policies = _by_target(reading, "aws_kms_key_policy", "key_id", "policy", KEY)
    seen = set()
    for node in reading.graph.of("aws_kms_key", "aws_kms_replica_key", "aws_kms_external_key"):
        arn = reading.arn(node)
        key_id = node.values.get("key_id") or ""
        seen.add(arn)
        enabled = (
            reading.value(node, "is_enabled", True)
            if node.type == "aws_kms_key"
            else reading.value(node, "enabled", True)
        )
        yield Key(
            address=node.address, arn=arn, region=node.region, key_id=key_id,
            policy=policies.get(arn, policies.get(key_id or arn, document(reading, node, "policy", arn))),
            aliases=tuple(sorted({*aliases.get(arn, ()), *aliases.get(key_id, ())} if key_id else aliases.get(arn, ()))),
            enabled=enabled,
            rotation=reading.value(node, "enable_key_rotation", False),
            deletion_window_days=reading.value(node, "deletion_window_in_days"),
        )  # fmt: skip
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
        alias = str(node.values.get("name") or "")
        yield Key(
            address=node.address, arn=arn, region=node.region,
            key_id=str(node.values.get("target_key_id") or node.values.get("key_id") or "").rpartition("/")[2],
            policy=Unknown("the plan does not show the policy of a key it only looks up"),
            aliases=(alias,) if alias else (),
            enabled=reading.value(node, "enabled", True),
            rotation=Unknown("the plan does not show it for a key it only looks up"),
            aws_managed=node.values.get("key_manager") == "AWS" or alias.startswith("alias/aws/"),
            state=str(node.values.get("key_state") or ""),
        )  # fmt: skip


def event_rules(reading: Reading) -> Iterator[EventRule]:
    """EventBridge rules; the old `is_enabled` argument counts where `state` is not set."""
    for node in reading.graph.of(*RULE):
        state = reading.text(node, "state")
        if state is None:
            state = "DISABLED" if node.values.get("is_enabled") is False else "ENABLED"
        yield EventRule(node.address, name_of(node), reading.arn(node), node.region,
                        reading.text(node, "event_pattern"), state, reading.text(node, "event_bus_name", "default"))  # fmt: skip


def event_targets(reading: Reading) -> Iterator[EventTarget]:
    """Where the rules send their events."""
    for node in reading.graph.of("aws_cloudwatch_event_target"):
        yield EventTarget(
            address=node.address,
            rule_name=reading.name(node, "rule", *RULE) or Unknown(AFTER_APPLY),
            region=node.region,
            arn=reading.link(node, "arn", *TOPIC, "aws_sqs_queue", "aws_lambda_function")
            or Unknown(AFTER_APPLY),
            role_arn=reading.link(node, "role_arn", *ROLE),
            bus=reading.text(node, "event_bus_name", "default"),
        )
