"""CloudWatch Logs: log groups, what they keep, and the metric filters that tell of a use of the role.

Source: CloudWatch Logs API Reference (the calls named here). Deleting a log group deletes its events and its filters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from iam_guardrails.model.counting import counted
from iam_guardrails.model.further import read_further, settings_of
from iam_guardrails.model.incident.effects.harm import DESTROYS, Harm, taking_away
from iam_guardrails.model.incident.effects.kind import ADDS, REMOVES, SETS, Ask, Call, Kind, Names, Remade, State
from iam_guardrails.model.incident.effects.reading import always, member, of, written_value
from iam_guardrails.model.incident.effects.state import Whole
from iam_guardrails.model.incident.effects.write import Write, listed
from iam_guardrails.model.unknown import Unknown

_NOT_FOUND = ("ResourceNotFoundException", "ResourceNotFound")


def _change(item: Mapping[str, Any]) -> dict[str, Any]:
    """A transformation, so that the same one is the same however it is written."""
    default = item.get("defaultValue")
    found = {**item, "defaultValue": None if default is None else float(default), "metricValue": str(
        item.get("metricValue", "1"))}  # fmt: skip
    return {name: value for name, value in found.items() if value not in (None, "", {}, "None")}


def _filter(item: Mapping[str, Any]) -> State:
    told = {**item, "metricTransformations": [_change(one) for one in item.get("metricTransformations") or ()]}
    return {"filterPattern": "", **settings_of("metric_filters", told)}


def _filter_before(thing: Any, names: Names) -> State:
    change = {
        "metricName": thing.metric_name,
        "metricNamespace": thing.namespace,
        "metricValue": thing.value,
        "defaultValue": thing.default_value,
        "dimensions": dict(thing.dimensions),
        "unit": thing.unit,
    }
    found = {"filterPattern": thing.pattern, "metricTransformations": [_change(change)]}
    return Whole({**found, **read_further(thing.further)}) if thing.further is not None else found


def _filter_written(write: Write, names: Names) -> State:
    if write.value("filterPattern") is None:
        return Unknown("CloudTrail does not record the filter")
    return _filter({**write.request, "metricTransformations": listed(write.value("metricTransformations"))})


_PUT = "aws logs put-metric-filter --log-group-name {logGroupName} --filter-name {filterName}"
FILTER = Kind(
    "metric-filter", "the log group {logGroupName} has the metric filter {filterName}",
    ("logs", "DescribeMetricFilters", {"logGroupName": "{logGroupName}", "filterNamePrefix": "{filterName}"}),
    member("metricFilters", "filterName", "filterName", _filter), _NOT_FOUND, whole=True,
    before=of("metric_filters", "name", "filterName", _filter_before, regional=True,
              also={"log_group_name": "logGroupName"}),
    away="aws logs delete-metric-filter --log-group-name {logGroupName} --filter-name {filterName}",
    back={"filterPattern,metricTransformations": f"{_PUT} --filter-pattern {{value_filterPattern}}"
          " --metric-transformations {value_metricTransformations}", "*": f"{_PUT} --cli-input-json {{value}}"},
    terraform=(("aws_cloudwatch_log_metric_filter", {"log_group_name": "logGroupName", "name": "filterName"}),),
    part=("metric_filters", "filterName", ""), harm=taking_away(), silent="what it counts may not have been told of",
)  # fmt: skip
_FILTER = {"logGroupName": "logGroupName", "filterName": "filterName"}
_GROUPS = ("logs", "DescribeLogGroups", {"logGroupNamePrefix": "{logGroupName}"})

FOR_EVER = "for ever"


def _keep_as_before(names: Names, now: State, then: State) -> list[list[str]]:
    group = ["--log-group-name", names["logGroupName"]]
    if then == FOR_EVER:
        return [["aws", "logs", "delete-retention-policy", *group]]
    return [["aws", "logs", "put-retention-policy", *group, "--retention-in-days", f"{then:.0f}"]]


def _dropped(written: Sequence[State], usual: State) -> str:
    """What a group that kept its events for a shorter time has lost (CloudWatch Logs User Guide,
    Working-with-log-groups-and-streams: events that are too old are marked for deletion at once)."""
    days = [float(one) for one in written if isinstance(one, (int, float))]
    then = float(usual) if isinstance(usual, (int, float)) else None
    if not days or (then is not None and min(days) >= then):
        return ""
    return f"what was older than {counted(int(min(days)), 'day')} may be gone, for it was kept no longer for a while"


def _retention_harm(names: Names, now: State, target: State, *_: Any) -> Harm | None:
    """Kept for a shorter time again, what is older is gone."""
    if not isinstance(target, (int, float)) or (now != FOR_EVER and float(target) >= float(now)):
        return None
    return Harm(DESTROYS)


RETENTION = Kind(
    "log-retention", "the log group {logGroupName} keeps its events as long as it does now", _GROUPS,
    member("logGroups", "logGroupName", "logGroupName", lambda item: item.get("retentionInDays", FOR_EVER)),
    before=of("log_groups", "name", "logGroupName", lambda thing, names: thing.retention_days or FOR_EVER,
              regional=True, whole=False),
    steps=_keep_as_before, lost=_dropped,
    terraform=(("aws_cloudwatch_log_group", {"name": "logGroupName"}),),
    part=("log_groups", "logGroupName", "retention_days"), harm=_retention_harm,
)  # fmt: skip


def _group_content(names: Names, ask: Ask) -> State:
    found = ask("DescribeLogGroups", {"logGroupNamePrefix": names["logGroupName"]})
    if not isinstance(found, Mapping):
        return found
    own = [item for item in found.get("logGroups", ()) if item.get("logGroupName") == names["logGroupName"]]
    return {"retention": own[0].get("retentionInDays", FOR_EVER), "class": own[0].get("logGroupClass", "STANDARD"),
            "key": own[0].get("kmsKeyId")} if own else None  # fmt: skip


GROUP = Kind(
    "log-group", "the log group {logGroupName} exists", _GROUPS, member("logGroups", "logGroupName", "logGroupName"),
    away="aws logs delete-log-group --log-group-name {logGroupName}",
    terraform=(("aws_cloudwatch_log_group", {"name": "logGroupName"}),), part=("log_groups", "logGroupName", ""),
    remade=Remade(
        "what it held is gone, and its metric filters and subscription filters with it", content=_group_content,
        before=of("log_groups", "name", "logGroupName", lambda thing, names: Whole({
            "retention": thing.retention_days or FOR_EVER, "class": thing.log_class, "key": thing.key_arn}),
            regional=True, whole=False),
        beyond=True, parts={"retention": RETENTION}),
)  # fmt: skip
_GROUP = {"logGroupName": "logGroupName"}
CALLS: tuple[Call, ...] = (
    Call("logs:PutMetricFilter", FILTER, ADDS, _FILTER, _filter_written),
    Call("logs:DeleteMetricFilter", FILTER, REMOVES, _FILTER),
    Call("logs:CreateLogGroup", GROUP, ADDS, _GROUP, fresh=True),
    Call("logs:DeleteLogGroup", GROUP, REMOVES, _GROUP),
    Call("logs:PutRetentionPolicy", RETENTION, SETS, _GROUP, written_value("retentionInDays")),
    Call("logs:DeleteRetentionPolicy", RETENTION, SETS, _GROUP, always(FOR_EVER)),
)  # fmt: skip
