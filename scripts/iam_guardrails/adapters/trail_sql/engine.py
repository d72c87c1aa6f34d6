"""The engine that asks Athena: one query for each window, and its rows as facts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from iam_guardrails.adapters.aws.athena import Athena
from iam_guardrails.adapters.trail_sql.binding import Lake, bound
from iam_guardrails.adapters.trail_sql.facts import (
    Active,
    Lost,
    amended,
    facts_by_day,
    facts_of,
    held_of,
    no_events_of,
    wanted_of,
)
from iam_guardrails.model.trail.answer import Answerable, Coverage
from iam_guardrails.model.trail.holding import days_of, without_files
from iam_guardrails.model.trail.window import MOST_TOLD, Window, unread_after


class AthenaEngine:
    """Answers one question from a table of Athena's.

    question: its name.  roles: (account, name) of the break-glass roles.  now, by_day: see `bound`.
    """

    def __init__(
        self, athena: Athena, lake: Lake, question: str, roles: frozenset[tuple[str, str]], now: datetime,
        *, by_day: bool = False,
    ) -> None:  # fmt: skip
        self._athena, self._lake, self._question, self._roles, self._now = athena, lake, question, roles, now
        self._by_day = by_day

    def ask(self, window: Window) -> Answerable:
        """Run the question's statement over the window. Raises Problem.

        The coverage names every query that was run so far, as each has its price. No rows are no facts: not by day, a
        baseline without rows is told as one without records, though it may have had records of another kind.
        """
        statement = bound(self._question, self._lake, window, self._roles, self._now, by_day=self._by_day)
        rows = self._athena.run(statement)
        active: Active | None = None
        lost: list[Lost] = []
        if self._by_day:
            facts, active, corrected = facts_by_day(self._question, rows, self._roles, lost)
        else:
            wanted = wanted_of(self._question, rows)
            facts = facts_of(self._question, wanted, self._roles, lost) if wanted else []
            corrected = amended(self._question, wanted)
        held, no_events = held_of(rows), no_events_of(rows)
        days = days_of((account, region, day) for account, region, *told in held for day in told)
        seen = Coverage(
            0, 0, 0, 0, 0, tuple(item for _, item in lost), tuple(sorted({account for account, *_ in held})),
            queries=self._athena.queries, days=days, active=active,
            places=tuple(sorted({(account, region) for account, region, *_ in held})),
            made_for=tuple((account, region) for account in self._lake.accounts for region in self._lake.regions),
            amended=corrected, gaps=_told(no_events),
            gap_days=frozenset(day for *_, day in (*no_events, *((day,) for day, _ in lost))),
            notes=(*without_files(sorted(frozenset().union(*days.values())), window, "record"),
                   *unread_after(window, "files", self._now)),
        )  # fmt: skip
        return Answerable(iter(facts), seen)


def _told(no_events: Mapping[tuple[str, ...], int]) -> tuple[str, ...]:
    """A sentence about records that are no events. no_events: how many, by account, Region and day."""
    if not no_events:
        return ()
    number = sum(no_events.values())
    what = "record is no event" if number == 1 else "records are no events"
    places = [f"{' '.join(place)} ({those})" for place, those in no_events.items()]
    more = len(places) - MOST_TOLD
    return (
        f"{number} {what} of CloudTrail's (no eventSource or no eventName,"
        " or no eventTime as CloudTrail writes it (YYYY-MM-DDTHH:MM:SSZ)) and in no answer: files of"
        f" {', '.join(places[:MOST_TOLD])}{f' and of {more} places more' if more > 0 else ''}",
    )
