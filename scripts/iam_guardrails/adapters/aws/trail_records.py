"""CloudTrail's records from its own API (LookupEvents) and from a log group, for small windows.

Sources: AWS CloudTrail API Reference, LookupEvents (management events of the last 90 days, of one Region per call, 50
per page, two calls a second); CloudWatch Logs API Reference, FilterLogEvents and DescribeLogGroups (retentionInDays;
without it events are kept for ever) and PutRetentionPolicy (no retention is shorter than a day); CloudTrail API
Reference, DescribeTrails (how a trail is configured) and GetTrailStatus (whether it records and delivers; of an
organisation's trail by its ARN); AWS CloudTrail User Guide,
send-cloudtrail-events-to-cloudwatch-logs (records over 256 KB are not sent; a log event's time is that of delivery).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep
from typing import Any, NamedTuple, Protocol

from iam_guardrails.adapters.aws.errors import AwsError, Unreachable, fatal, sentence
from iam_guardrails.adapters.aws.session import Session
from iam_guardrails.adapters.side_by_side import side_by_side
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.trail.window import LATE_DAYS, Window, unread_after
from iam_guardrails.model.value import frozen

Progress = Callable[[str], None]
LOOKUP, LOGS = "lookup:", "logs:"
KEPT_DAYS = 90
LEAST_DAYS = 1
_SECONDS_PER_CALL = 0.5
_REGIONS_AT_ONCE = 12
MOST_KEPT_BYTES = 50_000_000
REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-\d+")


class RegionRefused(AwsError):
    """One Region did not answer a call; `reason` is a clause."""

    def __init__(self, reason: str, region: str) -> None:
        super().__init__(f"{reason} in {region}; check the name, and that these credentials may call it")
        self.reason = reason


@frozen
class Page:
    """Some records as CloudTrail wrote them. where: for messages, e.g. "LookupEvents us-east-1, page 3"."""

    where: str
    records: tuple[str, ...]


class Limits(NamedTuple):
    """notes: what such a source never holds.  gaps: what of the window it does not hold; sentences.

    every_region: whether something tells that it holds what was done in every Region, so that one of which there is no
    record is one in which nothing was done.
    """

    notes: tuple[str, ...]
    gaps: tuple[str, ...]
    every_region: bool = False


class RecordSource(Protocol):
    """Where records come from, without files."""

    @property
    def source(self) -> str:
        """What names it."""

    def pages(self, window: Window) -> Iterator[Page]:
        """The records of a window, or some more. Raises Problem."""

    def limits(self, window: Window) -> Limits:
        """What it does not hold; asked after its pages."""


class Lookup:
    """LookupEvents, in each of some Regions, several at a time.

    clock: now; wait: sleeps so many seconds. Where it does not answer in a Region, the others are asked all the same,
    and `limits` tells of it afterwards; where it answers in none, `pages` raises what the first of them raised.
    """

    def __init__(
        self, session: Session, regions: Sequence[str], progress: Progress,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC), wait: Callable[[float], None] = sleep,
    ) -> None:  # fmt: skip
        self.source = LOOKUP + ",".join(regions)
        self._session, self._regions, self._progress = session, regions, progress
        self._clock, self._wait = clock, wait
        self._lost: dict[str, RegionRefused | Unreachable] = {}

    def limits(self, window: Window) -> Limits:
        """See RecordSource."""
        always = f"LookupEvents holds management events only, here of {', '.join(self._regions)}"
        first = self._clock() - timedelta(days=KEPT_DAYS)
        lost = tuple(f"nothing, or not all, was read of {region}: {self._lost[region].reason}"
                     for region in self._regions if region in self._lost)  # fmt: skip
        if window.since and window.since >= first:
            return Limits((always,), lost)
        old = f"LookupEvents holds the last {KEPT_DAYS} days, back to {first:%Y-%m-%d}; give --since"
        return Limits((always,), (old, *lost))

    def pages(self, window: Window) -> Iterator[Page]:
        """See RecordSource; at most two calls a second, which is what AWS answers in each Region.

        Pages of one Region come in its order, those of several as they come.
        """
        self._lost, ended = {}, 0
        for region, found in side_by_side(self._regions, lambda name: self._of_region(name, window), _REGIONS_AT_ONCE):
            if isinstance(found, Page):
                yield found
                continue
            ended += 1
            if len(self._regions) > 2:
                self._progress(f"LookupEvents {region} ({ended} of {len(self._regions)} Regions)")
            if isinstance(found.error, RegionRefused | Unreachable):
                self._lost[region] = found.error
            elif found.error:
                raise found.error
        if self._lost.keys() >= set(self._regions):
            raise self._lost[self._regions[0]]

    def _of_region(self, region: str, window: Window) -> Iterator[Page]:
        client = self._session.client("cloudtrail", region)
        asked: dict[str, Any] = {"MaxResults": 50}
        if window.since:
            asked["StartTime"] = window.since
        if window.until:
            asked["EndTime"] = window.until
        number, begun = 0, monotonic()
        while True:
            number += 1
            found = _asked(client.lookup_events, asked, "cloudtrail:LookupEvents", region)
            records = tuple(item["CloudTrailEvent"] for item in found.get("Events", ()))
            yield Page(f"LookupEvents {region}, page {number}", records)
            token = found.get("NextToken")
            if not token:
                break
            asked["NextToken"] = token
            if number % 20 == 0:
                self._progress(f"LookupEvents {region}: {number} pages, {monotonic() - begun:.0f} s")
            if not _is_local(client):
                self._wait(_SECONDS_PER_CALL)


def _is_local(client: Any) -> bool:
    """Whether an AWS on this machine answers, which has no limit on calls."""
    endpoint = str(getattr(getattr(client, "meta", None), "endpoint_url", ""))
    return endpoint.startswith(("http://127.0.0.1:", "http://localhost:"))


class Once:
    """Records that are read once for each window, however often they are asked for, unless they are very many."""

    def __init__(self, inner: RecordSource, most_bytes: int = MOST_KEPT_BYTES) -> None:
        self.source = inner.source
        self._inner, self._most_bytes = inner, most_bytes
        self._kept: dict[Window, tuple[Page, ...]] = {}
        self._limits: dict[Window, Limits] = {}

    def limits(self, window: Window) -> Limits:
        """See RecordSource. As they were when the window was read: the inner source tells them of its last reading."""
        return self._limits.get(window) or self._inner.limits(window)

    def pages(self, window: Window) -> Iterator[Page]:
        """See RecordSource."""
        if window in self._kept:
            yield from self._kept[window]
            return
        pages, size = list[Page](), 0
        for page in self._inner.pages(window):
            size += sum(len(text) for text in page.records)
            if size <= self._most_bytes:
                pages.append(page)
            yield page
        self._limits[window] = self._inner.limits(window)
        if size <= self._most_bytes:
            self._kept[window] = tuple(pages)


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
            found = _asked(lambda: client.describe_trails(), {}, "cloudtrail:DescribeTrails", self._region)
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
        status = _asked(client.get_trail_status, {"Name": trail["TrailARN"]}, "cloudtrail:GetTrailStatus", home)
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
                found = _asked(lambda **given: client.describe_log_groups(**given), asked, "logs:DescribeLogGroups",
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
            found = _asked(client.filter_log_events, asked, "logs:FilterLogEvents", self._region)
            yield Page(f"{self._name}, page {number}", tuple(item["message"] for item in found.get("events", ())))
            token = found.get("nextToken")
            if not token:
                return
            asked["nextToken"] = token
            if number % 50 == 0:
                self._progress(f"{self._name}: {number} pages")


def _asked(method: Callable[..., Any], given: dict[str, Any], action: str, region: str) -> Any:
    try:
        return method(**given)
    except Problem:
        raise
    except Exception as error:  # botocore's parser errors share no base class with the others
        raise fatal(action, region, error) or RegionRefused(sentence(action, error), region) from None


def record_source(source: str, session: Callable[[str], Session], progress: Progress) -> RecordSource:
    """The source that `lookup:REGION,…` or `logs:GROUP@REGION` names. Raises Problem.

    session: signs in to a Region.
    """
    if source.startswith(LOOKUP):
        regions = [text.strip() for text in source.removeprefix(LOOKUP).split(",")]
        if not all(REGION.fullmatch(text) for text in regions):
            raise Problem(f'"{source}" names no Regions; write lookup:us-east-2,us-east-1')
        return Lookup(session(regions[0]), regions, progress)
    name, _, region = source.removeprefix(LOGS).rpartition("@")
    if not source.startswith(LOGS) or not name or not REGION.fullmatch(region):
        raise Problem(f'"{source}" names no log group and Region; write logs:/aws/cloudtrail/prod-trail@us-east-2')
    return LogGroup(session(region), name, region, progress)
