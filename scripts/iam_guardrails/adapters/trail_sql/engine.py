"""The engine that asks Athena: one query for each window, and its rows as facts."""

from __future__ import annotations

from datetime import datetime

from iam_guardrails.adapters.aws.athena import Athena
from iam_guardrails.adapters.trail_sql.binding import Lake, bound
from iam_guardrails.adapters.trail_sql.facts import Active, amended, facts_by_day, facts_of, held_of, wanted_of
from iam_guardrails.model.trail.answer import Answerable, Coverage
from iam_guardrails.model.trail.holding import days_of, without_files
from iam_guardrails.model.trail.window import Window, unread_after


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
        if self._by_day:
            facts, active, corrected = facts_by_day(self._question, rows, self._roles)
        else:
            wanted = wanted_of(self._question, rows)
            facts = facts_of(self._question, wanted, self._roles) if wanted else []
            corrected = amended(self._question, wanted)
        held = held_of(rows)
        days = days_of((account, region, day) for account, region, *told in held for day in told)
        seen = Coverage(
            0, 0, 0, 0, 0, (), tuple(sorted({account for account, *_ in held})), queries=self._athena.queries,
            places=tuple(sorted({(account, region) for account, region, *_ in held})), days=days, active=active,
            made_for=tuple((account, region) for account in self._lake.accounts for region in self._lake.regions),
            amended=corrected,
            notes=(*without_files(sorted(frozenset().union(*days.values())), window, "record"),
                   *unread_after(window, "files", self._now)),
        )  # fmt: skip
        return Answerable(iter(facts), seen)
