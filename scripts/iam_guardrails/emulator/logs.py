"""CloudWatch Logs: metric filters that are checked and run, JSON patterns that filter, log classes."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from moto.logs.exceptions import InvalidParameterException, LogsClientError, ResourceNotFoundException
from moto.logs.models import LogGroup, LogsBackend, LogStream
from moto.logs.responses import LogsResponse

from iam_guardrails.emulator import metric_filters
from iam_guardrails.emulator.graft import Action, add_action, wrap_action
from iam_guardrails.emulator.log_patterns import decoded, extracted, judge
from iam_guardrails.emulator.state import memory
from iam_guardrails.model.trail.pattern import PatternError


def test_metric_filter(self: Any) -> str:
    """CloudWatch Logs API Reference: API_TestMetricFilter; undetermined counts as no match."""
    pattern = self._get_param("filterPattern") or ""
    _refuse_broken(pattern, "Invalid metric filter pattern")
    test, matches = judge(pattern), []
    for number, message in enumerate(self._get_param("logEventMessages") or [], 1):
        record = decoded(message)
        if test(message, record):
            values = extracted(pattern, record)
            matches.append({"eventNumber": number, "eventMessage": message, "extractedValues": values})
    return json.dumps({"matches": matches})


def put_metric_filter(self: Any, original: Action) -> str:
    """CloudWatch Logs API Reference: API_PutMetricFilter; a filter of the same name is replaced."""
    _refuse_broken(self._get_param("filterPattern") or "", "Invalid metric filter pattern")
    for change in self._get_param("metricTransformations") or []:
        if change.get("dimensions") and change.get("defaultValue") is not None:
            raise InvalidParameterException(
                "Invalid metric transformation: dimensions and default value are mutually exclusive properties."
            )
    backend, name, group = self.logs_backend, self._get_param("filterName"), self._get_param("logGroupName")
    if group not in backend.groups:
        raise ResourceNotFoundException()
    if metric_filters.log_class(backend.groups[group]) != "STANDARD":
        raise LogsClientError("InvalidOperationException", "The operation is not valid on the specified resource.")
    before = list(backend.filters.metric_filters)
    answer: str = original()
    same = [each for each in before if (each["filterName"], each["logGroupName"]) == (name, group)]
    for each in same:
        backend.filters.metric_filters.remove(each)
    return answer


def create_log_group(self: Any, original: Action) -> str:
    """CloudWatch Logs API Reference: API_CreateLogGroup; moto drops logGroupClass."""
    answer: str = original()
    group = self.logs_backend.groups[self._get_param("logGroupName")]
    group.guardrails_class = self._get_param("logGroupClass")
    return answer


def delete_log_group(self: Any, original: Action, log_group_name: str) -> None:
    """CloudWatch Logs API Reference: API_DeleteLogGroup; its metric filters go with it."""
    original(log_group_name)
    filters = self.filters.metric_filters
    filters[:] = [each for each in filters if each["logGroupName"] != log_group_name]


def to_describe_dict(self: Any, original: Action) -> dict[str, Any]:
    """CloudWatch Logs API Reference, data type LogGroup: with the class, which moto leaves out."""
    told: dict[str, Any] = original()
    return told | {"logGroupClass": metric_filters.log_class(self)}


def put_log_events(self: Any, original: Action, log_group_name: str, log_stream_name: str, log_events: Any) -> Any:
    """CloudWatch Logs API Reference: API_PutLogEvents; afterwards the events go through the metric filters."""
    token, rejected = original(log_group_name, log_stream_name, log_events)
    first = rejected.get("tooOldLogEventEndIndex", -1) + 1
    accepted = [each["message"] for each in log_events[first : rejected.get("tooNewLogEventStartIndex")]]
    memory(self.account_id).later(partial(metric_filters.run, self, log_group_name, accepted))
    return token, rejected


def filter_log_events(self: Any, original: Action) -> str:
    """CloudWatch Logs API Reference: API_FilterLogEvents; a broken pattern is refused."""
    _refuse_broken(self._get_param("filterPattern") or "", "Invalid filter pattern")
    answer: str = original()
    return answer


def _of_stream(self: Any, original: Action, start_time: Any, end_time: Any, filter_pattern: str | None) -> Any:
    pattern = filter_pattern or ""
    test = judge(pattern)
    return [each for each in original(start_time, end_time, "") if test(each["message"], decoded(each["message"]))]


def _refuse_broken(pattern: str, sentence: str) -> None:
    try:
        judge(pattern)
    except PatternError as error:
        raise InvalidParameterException(sentence) from error


def graft() -> None:
    """Install."""
    add_action(LogsResponse, test_metric_filter)
    wrap_action(LogsResponse, put_metric_filter, create_log_group, filter_log_events)
    wrap_action(LogsBackend, delete_log_group, put_log_events)
    wrap_action(LogGroup, to_describe_dict)
    wrap_action(LogStream, _named("filter_log_events", _of_stream))


def _named(name: str, action: Action) -> Action:
    action.__name__ = name
    return action
