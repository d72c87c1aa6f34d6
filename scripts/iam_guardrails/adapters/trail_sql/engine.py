"""The engine that asks Athena: one query for each window, and its rows as facts."""

from __future__ import annotations

from datetime import datetime

from iam_guardrails.adapters.aws.athena import Athena
from iam_guardrails.adapters.trail_sql.binding import Lake, bound
from iam_guardrails.adapters.trail_sql.facts import facts_of
from iam_guardrails.model.trail.answer import Answerable, Coverage, Query
from iam_guardrails.model.trail.window import Window


class AthenaEngine:
    """Answers one question from a table of Athena's.

    question: its name.  roles: (account, name) of the break-glass roles.  now: see `bound`.
    """

    def __init__(
        self, athena: Athena, lake: Lake, question: str, roles: frozenset[tuple[str, str]], now: datetime
    ) -> None:
        self._athena, self._lake, self._question, self._roles, self._now = athena, lake, question, roles, now
        self._queries: tuple[Query, ...] = ()

    def ask(self, window: Window) -> Answerable:
        """Run the question's statement over the window. Raises Problem.

        The coverage names every query that this engine ran so far, as each has its price. No rows are no facts: a
        baseline without rows is told as one without records, though it may have had records of another kind.
        """
        ran = self._athena.run(bound(self._question, self._lake, window, self._roles, self._now))
        rows = list(ran.rows)
        self._queries += (Query(ran.query_id, ran.scanned, ran.milliseconds, len(rows)),)
        facts = facts_of(self._question, rows, self._roles) if rows else []
        places = tuple((account, region) for account in self._lake.accounts for region in self._lake.regions)
        seen = Coverage(0, 0, 0, 0, 0, (), self._lake.accounts, queries=self._queries, places=places)
        return Answerable(iter(facts), seen)
