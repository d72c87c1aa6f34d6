"""trail ask: one question, answered from the facts of a window, with what it rests on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from iam_guardrails.model.trail.answer import Answer, Answerable
from iam_guardrails.model.trail.questions.all import Asked, Question
from iam_guardrails.model.trail.window import Window

if TYPE_CHECKING:
    from iam_guardrails.model.trail.facts import DayFacts

NO_ROLE = "no break-glass role is named, so no session of one was looked for; give --config guardrails.toml or --role"
NO_FILE = "there is no file of CloudTrail's for that window, so that nothing was found says nothing"


class Engine(Protocol):
    """What answers questions: it knows a source, and gives the facts of a window."""

    def ask(self, window: Window) -> Answerable:
        """Read what is new, and give the facts of the window. Raises Problem."""


def ask(
    question: Question,
    engine: Engine,
    source: str,
    window: Window,
    *,
    baseline: timedelta,
    roles: frozenset[tuple[str, str]],
    session: str = "",
    never_usual: Callable[[str, str], bool] = lambda _role, _principal: False,
) -> Answer:
    """Answer a question. baseline: how long before the window.  roles: (account, name) of the break-glass roles.

    never_usual: see `Asked`.
    """
    open_points = []
    before: list[tuple[str, DayFacts]] = []
    if question.compares:
        if window.since is None:
            open_points.append("without --since there is no time before the window to compare with")
        else:
            known = engine.ask(Window(window.since - baseline, window.since))
            before = list(known.facts)
            if not before:
                open_points.append(
                    f"there are no records of the {baseline.days} days before the window, so everybody counts as new"
                )
            open_points += [f"the baseline lacks {item.key}: {item.reason}" for item in known.coverage.unreadable]
    if question.of_roles and not roles:
        open_points.append(NO_ROLE)
    found = engine.ask(window)
    rows = question.answer(Asked(found.facts, before, session, roles, never_usual))
    open_points += found.coverage.gaps
    if found.coverage.is_empty:
        open_points.append(NO_FILE)
    return Answer(question.name, source, window, question.columns, rows, found.coverage, tuple(open_points))
