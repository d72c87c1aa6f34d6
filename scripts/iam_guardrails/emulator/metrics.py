"""Metric data: what metric filters report beside what clients put, found quickly by the alarms."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from moto.cloudwatch.models import CloudWatchBackend, MetricAggregatedDatum, cloudwatch_backends

from iam_guardrails.emulator.graft import Action, wrap_action
from iam_guardrails.emulator.state import memory

MOST_POINTS = 50_000  # per account and Region
_MOST_OF_ONE = 5_000
Place = tuple[str, str]  # account, Region


class Series:
    """The data points of one metric, oldest first. `fresh`: something came since the alarms last looked."""

    def __init__(self) -> None:
        self.points: deque[Any] = deque(maxlen=_MOST_OF_ONE)
        self.own: Any = None  # the point of the current second
        self.fresh = False

    def add(self, point: Any) -> None:
        """Append one of moto's data points."""
        self.points.append(point)
        self.fresh = True


def series(place: Place, namespace: str, name: str, dimensions: Iterable[tuple[str, str]]) -> Series:
    """The one series of that metric, empty when nothing was reported yet."""
    known = memory(place[0]).kind("cloudwatch", place[1], "series")
    key = "\x1f".join((namespace, name, *(f"{a}\x1e{b}" for a, b in sorted(dimensions))))
    found: Series = known.setdefault(key, Series())
    return found


def publish(
    place: Place,
    namespace: str,
    name: str,
    values: Sequence[float],
    at: datetime,
    dimensions: list[dict[str, str]] | None = None,
    unit: str = "Count",
) -> None:
    """Report values of one moment. What comes in the same second is one point with its statistics."""
    named = dimensions or []
    line = series(place, namespace, name, [(each["Name"], each["Value"]) for each in named])
    second, own = at.replace(microsecond=0), line.own
    if own is None or own.timestamp.replace(microsecond=0) != second:
        figures = (min(values), max(values), float(len(values)), sum(values))
        line.own = MetricAggregatedDatum(namespace, name, *figures, named, at, unit)
        _data(place).append(line.own)
        line.add(line.own)
        return
    own.min, own.max = min(own.min, *values), max(own.max, *values)
    own.sample_count, own.sum = own.sample_count + len(values), own.sum + sum(values)
    line.fresh = True


def _data(place: Place) -> list[Any]:
    data: list[Any] = cloudwatch_backends[place[0]][place[1]].metric_data
    del data[: max(0, len(data) - MOST_POINTS)]
    return data


def put_metric_data(self: Any, original: Action, namespace: str, metric_data: Any) -> None:
    """CloudWatch API Reference: API_PutMetricData; the alarms on it are evaluated in the next round."""
    before = len(self.metric_data)
    original(namespace, metric_data)
    for point in self.metric_data[before:]:
        pairs = [(each.name, each.value) for each in point.dimensions]
        series((self.account_id, self.region_name), point.namespace, point.name, pairs).add(point)


def graft() -> None:
    """Install."""
    wrap_action(CloudWatchBackend, put_metric_data)
