"""Detection in a plan: metric filters, metric alarms and composite alarms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from iam_guardrails.adapters.plan_json.graph import Node
from iam_guardrails.adapters.plan_json.names import GROUP, TOPIC, name_of
from iam_guardrails.adapters.plan_json.reading import AFTER_APPLY, Reading, holds
from iam_guardrails.model.account import Alarm, MetricFilter
from iam_guardrails.model.unknown import Unknown

FILTER = ("aws_cloudwatch_log_metric_filter",)
EXPRESSION = Unknown("the alarm judges a metric expression, not one metric")


def metric_filters(reading: Reading) -> Iterator[MetricFilter]:
    """Metric filters with their transformation (AWS allows exactly one)."""
    for node in reading.graph.of(*FILTER):
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
            unit=block.get("unit") or "None",
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
        unit=metric["unit"],
    )


def _metric(reading: Reading, node: Node) -> dict[str, Any]:
    threshold = reading.value(node, "threshold")
    if reading.value(node, "threshold_metric_id"):
        threshold = Unknown("the alarm compares with an anomaly band, not a number")
    found: dict[str, Any] = {
        "namespace": reading.text(node, "namespace"), "metric_name": _metric_name(reading, node),
        "statistic": reading.text(node, "statistic") or reading.text(node, "extended_statistic"),
        "period": reading.value(node, "period"), "threshold": threshold,
        "comparison": reading.value(node, "comparison_operator", "GreaterThanOrEqualToThreshold"),
        "dimensions": _pairs(reading.value(node, "dimensions")), "unit": reading.text(node, "unit") or None,
    }  # fmt: skip
    queries = reading.blocks(node, "metric_query")
    if isinstance(queries, Unknown):
        return found | dict.fromkeys(("namespace", "metric_name", "statistic", "period", "threshold"), queries)
    return found | _query(queries) if queries else found


def _metric_name(reading: Reading, node: Node) -> Any:
    """The metric's name; an Unknown one names the filters it is made from by their addresses.

    It is not taken for such a filter's name: a plan does not show whether the reference stands alone or inside
    a longer text.
    """
    found = reading.text(node, "metric_name")
    if not isinstance(found, Unknown):
        return found
    filters = reading.targets(node, node.expressions.get("metric_name"), FILTER)
    return found if isinstance(filters, Unknown) else Unknown(found.reason, tuple(item.address for item in filters))


def _query(queries: list[Mapping[str, Any]]) -> dict[str, Any]:
    """The facts of a metric-math alarm: those of its only metric, not what an expression decides."""
    metrics = [item["metric"][0] for item in queries if item.get("metric")]
    blind: dict[str, Any] = {"statistic": EXPRESSION, "threshold": EXPRESSION, "comparison": EXPRESSION}
    if len(metrics) != 1:
        spaces = {item.get("namespace") for item in metrics}
        space = spaces.pop() if len(spaces) == 1 else None
        return blind | {"namespace": space or EXPRESSION, "metric_name": EXPRESSION, "period": EXPRESSION}
    only = metrics[0]
    found = {
        "namespace": only.get("namespace") or EXPRESSION,
        "metric_name": only.get("metric_name") or EXPRESSION,
        "period": only.get("period") or EXPRESSION,
        "dimensions": _pairs(only.get("dimensions")),
        "unit": only.get("unit") or None,
    }
    return found | ({"statistic": only.get("stat")} if len(queries) == 1 else blind)
