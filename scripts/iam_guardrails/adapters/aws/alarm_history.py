"""Which alarms fired and which actions followed.

Source: Amazon CloudWatch API Reference, DescribeAlarmHistory and AlarmHistoryItem (StateUpdate, Action; CloudWatch
keeps the history of 30 days).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from iam_guardrails.adapters.aws.reading import Reading
from iam_guardrails.model.review.weekly import Firing, Told

_ARN = re.compile(r"arn:[^\s\"]+")


def firings(reading: Reading, regions: Sequence[str], since: datetime, until: datetime) -> tuple[Firing, ...]:
    """Every alarm that went into ALARM between two times, in some Regions. Raises Refused or AwsError."""
    found: list[Firing] = []
    for region in regions:
        reading.say(f"CloudWatch: the history of alarms in {region}")
        items = reading.pages(
            "cloudwatch", region, "DescribeAlarmHistory", "AlarmHistoryItems", StartDate=since, EndDate=until,
            ScanBy="TimestampAscending", AlarmTypes=["MetricAlarm", "CompositeAlarm"],
        )  # fmt: skip
        found += _of_region(region, items)
    return tuple(sorted(found, key=lambda item: (item.at, item.name)))


def _of_region(region: str, items: Iterable[Mapping[str, Any]]) -> list[Firing]:
    by_name: dict[str, list[Mapping[str, Any]]] = {}
    for item in items:
        by_name.setdefault(str(item["AlarmName"]), []).append(item)
    return [one for name, listed in by_name.items() for one in _of_alarm(name, region, listed)]


def _of_alarm(name: str, region: str, items: list[Mapping[str, Any]]) -> list[Firing]:
    found: list[Firing] = []
    told: list[list[Told]] = []
    ringing = False
    for item in sorted(items, key=lambda one: (one["Timestamp"], one["HistoryItemType"] == "Action")):
        if item["HistoryItemType"] == "StateUpdate":
            state, reason = _state(item)
            ringing = state == "ALARM"
            if ringing:
                found.append(Firing(name, region, item["Timestamp"], reason))
                told.append([])
        elif item["HistoryItemType"] == "Action" and ringing:
            told[-1].append(_told(item))
    return [Firing(one.name, region, one.at, one.reason, tuple(more)) for one, more in zip(found, told, strict=True)]


def _state(item: Mapping[str, Any]) -> tuple[str, str]:
    try:
        state = json.loads(item.get("HistoryData") or "{}")["newState"]
        return str(state["stateValue"]), str(state.get("stateReason") or "")
    except (ValueError, KeyError, TypeError):
        summary = str(item.get("HistorySummary", ""))
        return ("ALARM" if summary.lower().endswith("to alarm") else ""), summary


def _told(item: Mapping[str, Any]) -> Told:
    summary = str(item.get("HistorySummary", ""))
    arn = _ARN.search(summary)
    failed = not summary.lower().startswith("successfully")
    return Told(item["Timestamp"], arn.group().rstrip(".,") if arn else "", summary if failed else "")
