"""CloudTrail's records from its own API, for small windows.

Source: AWS CloudTrail API Reference, LookupEvents (management events of the last 90 days, of one Region per call, 50
per page, two calls a second).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep
from typing import Any

from iam_guardrails.adapters.aws.errors import Unreachable
from iam_guardrails.adapters.aws.session import Session
from iam_guardrails.adapters.aws.trail_records import LOOKUP, Limits, Page, Progress, RegionRefused, answer_of
from iam_guardrails.adapters.side_by_side import side_by_side
from iam_guardrails.model.trail.window import Window

KEPT_DAYS = 90
_SECONDS_PER_CALL = 0.5
_REGIONS_AT_ONCE = 12


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
            found = answer_of(client.lookup_events, asked, "cloudtrail:LookupEvents", region)
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
