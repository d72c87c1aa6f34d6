"""Questions to records that come without files: nothing is kept, and all of the window is read each time."""

from __future__ import annotations

from iam_guardrails.adapters.aws.trail_records import LOGS, LOOKUP, RecordSource
from iam_guardrails.adapters.trail_engine.gather import Gathering
from iam_guardrails.model.trail.answer import Answerable, Coverage, Unread
from iam_guardrails.model.trail.window import Window

NO_RECORD = (
    "the log group holds no record of that window, although a trail that delivers to it is never silent for long: it is"
    " another group, its retention is over or the trail was stopped, so that nothing was found says nothing"
)


class RecordEngine:
    """Facts from a source of records. roles: (account, name) of the roles of which everything is kept."""

    def __init__(self, source: RecordSource, roles: frozenset[tuple[str, str]]) -> None:
        self._source, self._roles = source, roles

    def ask(self, window: Window) -> Answerable:
        """Read the window, and give its facts. Raises Problem."""
        gathering = Gathering(self._roles, window.since, window.until)
        pages = 0
        for page in self._source.pages(window):
            pages += 1
            gathering.take_records(page.where, page.records)
        facts = gathering.facts()
        notes, gaps = self._source.limits(window)
        if not facts and self._source.source.startswith(LOGS):
            gaps = (*gaps, NO_RECORD)
        if gathering.insights:
            notes = (*notes, f"{gathering.insights} Insights events are left out: they are no calls")
        coverage = Coverage(
            pages, pages, gathering.events, gathering.bytes, 0,
            tuple(Unread(item.key, item.record, item.reason) for item in gathering.unreadable),
            unit="page", notes=notes, gaps=gaps, by_trail=not self._source.source.startswith(LOOKUP),
        )  # fmt: skip
        return Answerable(iter(facts.items()), coverage)
