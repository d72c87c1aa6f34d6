"""CloudTrail's records from the log group that a trail delivers to, and what that does not hold.

Sources: CloudWatch Logs API Reference, FilterLogEvents and DescribeLogGroups (retentionInDays; without it events are
kept for ever) and PutRetentionPolicy (no retention is shorter than a day); CloudTrail API Reference, DescribeTrails
(how a trail is configured) and GetTrailStatus (whether it records and delivers; of an organisation's trail by its ARN);
AWS CloudTrail User Guide, send-cloudtrail-events-to-cloudwatch-logs (records over 256 KB are not sent; a log event's
time is that of delivery).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from iam_guardrails.adapters.aws.errors import Unreachable
from iam_guardrails.adapters.aws.session import Session
from iam_guardrails.adapters.aws.trail_records import LOGS, Limits, Page, Progress, RegionRefused, answer_of
from iam_guardrails.model.trail.window import LATE_DAYS, Window, unread_after

LEAST_DAYS = 1


class LogGroup:
    """The log group that a trail delivers to. clock: now."""

    def __init__(
        self, session: Session, name: str, region: str, progress: Progress,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:  # fmt: skip
        self.source = f"{LOGS}{name}@{region}"
        self._session, self._name, self._region, self._progress = session, name, region, progress
        self._clock = clock
        self._group: Mapping[str, Any] | str | None = None
        self._narrow: str | None = None

    def limits(self, window: Window) -> Limits:
        """See RecordSource. A window without a beginning begins where the group's records do."""
        if self._group is None:
            self._group = self._described()
        if self._narrow is None:
            self._narrow = self._why_narrow(self._group)
        notes = (
            "a log group holds no record over 256 KB, and only what came since the trail delivers to it and within its"
            " retention",
            self._narrow or "a trail of every Region records and delivers to the log group by now, so a Region without"
            " a record is taken for one in which nothing was done",
            *unread_after(window, "log events", self._clock()),
        )  # fmt: skip
        return Limits(notes, self._gone(self._group, window), not self._narrow)

    def _gone(self, group: Mapping[str, Any] | str, window: Window) -> tuple[str, ...]:
        """What of the window the group keeps no longer, or may not; sentences."""
        days = LEAST_DAYS if isinstance(group, str) else int(group.get("retentionInDays") or 0)
        first = self._clock() - timedelta(days=days)
        if not days or window.since is None or window.since >= first:
            return ()
        if isinstance(group, str):
            return (f"how many days the log group keeps is not known, so that what came first may be gone: {group}",)
        return (f"the log group keeps {days} days, back to {first:%Y-%m-%d}: what came before is gone",)

    def _why_narrow(self, group: Mapping[str, Any] | str) -> str:
        """Why the group may hold some Regions only, a sentence; "" where a trail of every Region delivers to it."""
        unknown = "whether a trail of every Region delivers to the log group is not known"
        if isinstance(group, str):
            return f"{unknown}: {group}"
        client = self._session.client("cloudtrail", self._region)
        try:
            found = answer_of(lambda: client.describe_trails(), {}, "cloudtrail:DescribeTrails", self._region)
        except (RegionRefused, Unreachable) as refused:
            return f"{unknown}: {refused.reason}"
        # by the whole ARN: an organisation's trail is listed in its members too, whose groups may have the same name
        arn = group.get("arn", "").removesuffix(":*")
        wide = [trail for trail in found.get("trailList", ())
                if trail.get("IsMultiRegionTrail") and arn
                and trail.get("CloudWatchLogsLogGroupArn", "").removesuffix(":*") == arn]  # fmt: skip
        idle = list[str]()
        for trail in wide:
            try:
                why = self._why_idle(trail)
            except (RegionRefused, Unreachable) as refused:
                unknown += f": {refused.reason}"
                continue
            if not why:
                return ""
            idle.append(f"{trail['TrailARN']} {why}")
        if len(idle) < len(wide):
            return unknown
        return "; ".join(("no trail of every Region delivers to the log group", *idle))

    def _why_idle(self, trail: Mapping[str, Any]) -> str:
        """Why nothing comes from a trail now, a clause; "" where it records and delivers. Raises RegionRefused."""
        home = trail.get("HomeRegion") or self._region
        client = self._session.client("cloudtrail", home)
        status = answer_of(client.get_trail_status, {"Name": trail["TrailARN"]}, "cloudtrail:GetTrailStatus", home)
        if not status.get("IsLogging"):
            return "does not record"
        error = status.get("LatestCloudWatchLogsDeliveryError")
        return f"could not deliver ({error})" if error else ""

    def _described(self) -> Mapping[str, Any] | str:
        """The group as DescribeLogGroups lists it; or why that is not known, a clause."""
        client = self._session.client("logs", self._region)
        asked: dict[str, Any] = {"logGroupNamePrefix": self._name}
        try:
            while True:
                found = answer_of(lambda **given: client.describe_log_groups(**given), asked, "logs:DescribeLogGroups",
                               self._region)  # fmt: skip
                for group in found.get("logGroups", ()):
                    if group.get("logGroupName") == self._name:
                        return dict(group)
                if not found.get("nextToken"):
                    return "no log group of that name is listed"
                asked["nextToken"] = found["nextToken"]
        except (RegionRefused, Unreachable) as refused:
            return refused.reason

    def pages(self, window: Window) -> Iterator[Page]:
        """See RecordSource. Log events bear the time of delivery, so the end is asked for later than the window's."""
        client = self._session.client("logs", self._region)
        asked: dict[str, Any] = {"logGroupName": self._name}
        if window.since:
            asked["startTime"] = int(window.since.timestamp() * 1000)
        if window.until:
            asked["endTime"] = int((window.until + timedelta(days=LATE_DAYS)).timestamp() * 1000)
        number = 0
        while True:
            number += 1
            found = answer_of(client.filter_log_events, asked, "logs:FilterLogEvents", self._region)
            yield Page(f"{self._name}, page {number}", tuple(item["message"] for item in found.get("events", ())))
            token = found.get("nextToken")
            if not token:
                return
            asked["nextToken"] = token
            if number % 50 == 0:
                self._progress(f"{self._name}: {number} pages")
