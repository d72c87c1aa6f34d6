"""CloudTrail's records without files: what such a source tells, and what opens one by its name.

LookupEvents is trail_lookup, a log group trail_log_group.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Protocol

from iam_guardrails.adapters.aws.errors import AwsError, fatal, sentence
from iam_guardrails.adapters.aws.session import Session
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.trail.window import Window
from iam_guardrails.model.value import frozen

Progress = Callable[[str], None]
LOOKUP, LOGS = "lookup:", "logs:"
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


def answer_of(method: Callable[..., Any], given: dict[str, Any], action: str, region: str) -> Any:
    """What a call gives. Raises Problem where nothing can go on, RegionRefused where one Region does not answer."""
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
    from iam_guardrails.adapters.aws.trail_log_group import LogGroup  # they need what stands above
    from iam_guardrails.adapters.aws.trail_lookup import Lookup

    if source.startswith(LOOKUP):
        regions = [text.strip() for text in source.removeprefix(LOOKUP).split(",")]
        if not all(REGION.fullmatch(text) for text in regions):
            raise Problem(f'"{source}" names no Regions; write lookup:us-east-2,us-east-1')
        return Lookup(session(regions[0]), tuple(dict.fromkeys(regions)), progress)
    name, _, region = source.removeprefix(LOGS).rpartition("@")
    if not source.startswith(LOGS) or not name or not REGION.fullmatch(region):
        raise Problem(f'"{source}" names no log group and Region; write logs:/aws/cloudtrail/prod-trail@us-east-2')
    return LogGroup(session(region), name, region, progress)
