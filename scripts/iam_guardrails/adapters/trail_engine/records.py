"""Questions to records that come without files: nothing is kept, and all of the window is read each time."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from iam_guardrails.adapters.aws.trail_records import LOGS, LOOKUP, REGION, Limits, RecordSource
from iam_guardrails.adapters.trail_engine.decode import NOT_READ, is_reckonable
from iam_guardrails.adapters.trail_engine.gather import Gathering
from iam_guardrails.model.trail.answer import Answerable, Coverage, Unread
from iam_guardrails.model.trail.holding import days_of, without_files
from iam_guardrails.model.trail.window import Window
from iam_guardrails.model.value import changed

NO_RECORD = (
    "the log group holds no record of that window, although a trail that delivers to it is never silent for long: it is"
    " another group, its retention is over or the trail was stopped, so that nothing was found says nothing"
)


class _Owner(Struct, gc=False):
    accountId: str | None = None


class _Told(Struct, gc=False):
    """What a record tells of where it was made. detail: the record, where EventBridge's envelope is around it."""

    eventTime: Annotated[datetime, Meta(tz=True)] | None = None
    awsRegion: str | None = None
    recipientAccountId: str | None = None
    userIdentity: _Owner | None = None
    detail: _Told | None = None


_TOLD = msgspec.json.Decoder(_Told)
_ACCOUNT = re.compile(r"\d{12}")


class RecordEngine:
    """Facts from a source of records. roles: (account, name) of the roles of which everything is kept."""

    def __init__(self, source: RecordSource, roles: frozenset[tuple[str, str]]) -> None:
        self._source, self._roles = source, roles

    def ask(self, window: Window) -> Answerable:
        """Read the window, and give its facts. Raises Problem."""
        gathering = Gathering(self._roles, window.since, window.until)
        pages, places = 0, set[tuple[str, str, str]]()
        for page in self._source.pages(window):
            pages += 1
            gathering.take_records(page.where, page.records)
            places |= _places(page.records, window)
        facts = gathering.facts()
        notes, gaps, every_region = Limits(*self._source.limits(window))
        if not facts and self._source.source.startswith(LOGS):
            gaps = (*gaps, NO_RECORD)
        if gathering.insights:
            notes = (*notes, f"{gathering.insights} Insights events are left out: they are no calls")
        coverage = Coverage(
            pages, pages, gathering.events, gathering.bytes, 0,
            tuple(Unread(item.key, item.record, item.reason) for item in gathering.unreadable),
            tuple(sorted({account_id for account_id, _, _ in places})), unit="page", notes=notes, gaps=gaps,
            amended=tuple(sorted({(item.part, item.event_id, item.fields) for item in gathering.amended})),
        )  # fmt: skip
        if self._source.source.startswith(LOOKUP):
            return Answerable(iter(facts.items()), changed(coverage, by_trail=False))
        days, held = sorted({day for _, _, day in places}), days_of(places)
        notes = (*notes, *without_files(days, window, "record"))
        coverage = changed(
            coverage, first_day=days[0] if days else "", last_day=days[-1] if days else "", places=tuple(sorted(held)),
            days={} if every_region else held, every_region=every_region, notes=notes,
        )  # fmt: skip
        return Answerable(iter(facts.items()), coverage)


def _places(records: Iterable[str], window: Window) -> set[tuple[str, str, str]]:
    """(account, Region, day) of the records of a window. Of one that cannot be read the gathering tells."""
    found = set()
    for record in records:
        with suppress(*NOT_READ):
            told = _TOLD.decode(record.encode(errors="replace"))
            told = told.detail or told
            account_id = told.recipientAccountId or (told.userIdentity and told.userIdentity.accountId) or ""
            region, at = told.awsRegion or "", told.eventTime
            if not at or not is_reckonable(at) or not window.holds(at):
                continue
            if _ACCOUNT.fullmatch(account_id) and REGION.fullmatch(region):  # whoever may write there writes anything
                found.add((account_id, region, f"{at.astimezone(UTC):%Y-%m-%d}"))
    return found
