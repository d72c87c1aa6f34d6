"""Metric filters: log events become data points.

SOURCE: CloudWatch Logs User Guide, "Filter pattern syntax for metric filters": the default value is reported
for log events that do not match, and nothing is reported where no log event arrives; log groups of the
Standard class only.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from moto.core.utils import utcnow

from iam_guardrails.emulator import metrics
from iam_guardrails.emulator.identity import Json
from iam_guardrails.emulator.log_patterns import Judge, decoded, judge, value_at
from iam_guardrails.emulator.state import memory
from iam_guardrails.model.trail.comparing import Verdict
from iam_guardrails.model.trail.pattern import PatternError

log = logging.getLogger("iam_guardrails.emulator")


def run(backend: Any, group_name: str, messages: Sequence[str]) -> None:
    """Put the messages through the filters of the group. `backend` is moto's of the account and Region."""
    group = backend.groups.get(group_name)
    if group is None or log_class(group) != "STANDARD" or not messages:
        return
    now = utcnow()
    parsed = [(text, decoded(text)) for text in messages]
    for each in list(backend.filters.metric_filters):
        if each["logGroupName"] == group_name:
            _filter(backend, each, parsed, now)
    size = [{"Name": "LogGroupName", "Value": group_name}]
    where = (backend.account_id, backend.region_name)
    metrics.publish(where, "AWS/Logs", "IncomingLogEvents", [1.0] * len(messages), now, size)


def log_class(group: Any) -> str:
    """STANDARD, INFREQUENT_ACCESS or DELIVERY."""
    return getattr(group, "guardrails_class", None) or "STANDARD"


def _filter(backend: Any, each: Json, parsed: Iterable[tuple[str, Any]], now: datetime) -> None:
    try:
        test: Judge = judge(each["filterPattern"] or "")
    except PatternError as error:
        log.warning("metric filter %s was not evaluated: %s", each["filterName"], error)
        return
    verdicts = [(test(text, record), record) for text, record in parsed]
    if any(verdict is None for verdict, _ in verdicts):
        _note(backend, each)
    for change in each["metricTransformations"]:
        _transform(backend, change, verdicts, now)


def _transform(backend: Any, change: Json, verdicts: Iterable[tuple[Verdict, Any]], now: datetime) -> None:
    points: dict[tuple[tuple[str, str], ...], list[float]] = {}
    for verdict, record in verdicts:
        value = _number(change["metricValue"], record) if verdict else change.get("defaultValue")
        dimensions = _dimensions(change.get("dimensions") or {}, record)
        if value is not None and dimensions is not None:
            points.setdefault(dimensions, []).append(float(value))
    where, unit = (backend.account_id, backend.region_name), change.get("unit") or "None"
    for dimensions, values in points.items():
        named = [{"Name": name, "Value": value} for name, value in dimensions]
        metrics.publish(where, change["metricNamespace"], change["metricName"], values, now, named, unit)


def _number(text: str, record: Any) -> float | None:
    value = value_at(text, record) if text.startswith("$") else text
    try:
        return None if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        return None


def _dimensions(wanted: dict[str, str], record: Any) -> tuple[tuple[str, str], ...] | None:
    """The dimensions with their values; None when a value is not there, for then AWS reports nothing."""
    found = {name: value_at(selector, record) for name, selector in wanted.items()}
    if any(value is None for value in found.values()):
        return None
    return tuple((name, str(value)) for name, value in sorted(found.items()))


def _note(backend: Any, each: Json) -> None:
    """Say once per filter and pattern that something was left undetermined, and so counted as no match."""
    noted = memory(backend.account_id).kind("logs", backend.region_name, "undetermined")
    if noted.get(each["filterName"]) != each["filterPattern"]:
        noted[each["filterName"]] = each["filterPattern"]
        log.warning("metric filter %s: AWS does not document whether some events match; taken as no match",
                    each["filterName"])  # fmt: skip
