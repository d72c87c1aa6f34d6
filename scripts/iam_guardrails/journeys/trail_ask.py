"""trail ask: one question, answered from the facts of a window, with what it rests on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from iam_guardrails.model.trail.answer import Answer, Answerable, Coverage
from iam_guardrails.model.trail.questions.all import Asked, Question
from iam_guardrails.model.trail.questions.doubts import Doubts, amended
from iam_guardrails.model.trail.questions.rows import Inside
from iam_guardrails.model.trail.window import UNREAD, Window
from iam_guardrails.model.value import changed

if TYPE_CHECKING:
    from iam_guardrails.model.trail.facts import DayFacts

NO_ROLE = "no break-glass role is named, so no session of one was looked for; give --config guardrails.toml or --role"
NO_SESSION = "no session or source identity {!r} was seen, or asked for; without --session each is told"
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
    any_account: bool = True,
) -> Answer:
    """Answer a question. baseline: how long before the window.  roles: (account, name) of the break-glass roles.

    never_usual: see `Asked`.  any_account: whether every account in the source counts; who asks about one judges
    himself which Regions the source lacks of it.
    """
    open_points: list[str] = []
    doubts = Doubts()
    notes: tuple[str, ...] = ()
    before: list[tuple[str, DayFacts]] = []
    begins: str | None = None
    unread = False
    if question.compares:
        if window.since is None:
            open_points.append("without --since there is no time before the window to compare with")
        else:
            known = engine.ask(window.before(baseline))
            before = list(known.facts)
            unread = bool(known.coverage.unreadable) or known.coverage.unread_later
            notes = _late_start(known.coverage, window.since - baseline, window.since)
            begins = known.coverage.first_day if notes else None
            if known.coverage.unit == "file" and not known.coverage.queries:
                notes += tuple(f"of the baseline: {note}" for note in known.coverage.notes if note.startswith(UNREAD))
            if not before:
                begins = ""
                open_points.append(
                    f"there are no records of the {baseline.days} days before the window, so everybody counts as new"
                )
            open_points += [f"the baseline lacks {item.key}: {item.reason}" for item in known.coverage.unreadable]
            open_points += [f"of the baseline: {gap}" for gap in known.coverage.gaps]
            open_points += [f"of the baseline: {gap}" for gap in amended(known.coverage.amended, question.parts)]
    if question.of_roles and not roles:
        open_points.append(NO_ROLE)
    found = engine.ask(window)
    rows = question.answer(Asked(found.facts, before, session, roles, never_usual, doubts))
    if question.of_roles:
        from iam_guardrails.model.trail.questions.calls import onward, unclear, unseen  # milliseconds not all need pay

        inside = [row for row in rows if isinstance(row, Inside)]
        open_points += [*onward(inside, roles), *unclear(inside)]
        if session and not rows:
            notes = (*notes, NO_SESSION.format(session))
        if not found.coverage.is_empty:
            notes = (*notes, *unseen(role for role in doubts.unseen if not found.coverage.is_of_others(role[0])))
    open_points += (*doubts.open_points(), *amended(found.coverage.amended, question.parts))
    notes = (*notes, *doubts.notes())
    open_points += found.coverage.gaps
    if found.coverage.is_empty:
        open_points.append(NO_FILE)
    elif any_account:
        from iam_guardrails.model.trail.holding import absent, missing, silent  # as above

        owners = sorted({account_id for account_id, _ in roles}) if question.of_roles else ()
        nothing = silent(found.coverage, source, window)
        open_points += nothing or (gap for account_id in owners for gap in missing(found.coverage, account_id, ()))
        gaps, told = absent(found.coverage, window, owners)
        open_points += gaps
        notes = (*notes, *told)
        if found.coverage.queries:
            from iam_guardrails.model.incident.reach import table_gaps  # as above

            gaps, told = table_gaps(found.coverage, owners, of_one_region=question.of_one_region)
            open_points += gaps
            notes = (*notes, *told)
        if question.of_one_region:
            from iam_guardrails.model.incident.reach import global_gaps, global_notes  # as above

            open_points += global_gaps(found.coverage, source, window, owners)
            notes = (*notes, *global_notes(found.coverage, window, owners))
    coverage = changed(found.coverage, notes=(*found.coverage.notes, *notes)) if notes else found.coverage
    begins = found.coverage.first_day if begins == "" else begins
    return Answer(question.name, source, window, question.columns, rows, coverage, tuple(open_points), begins=begins,
                  baseline_unread=unread)  # fmt: skip


def _late_start(baseline: Coverage, since: datetime, until: datetime) -> tuple[str, ...]:
    """A sentence where the files or records of a baseline begin later than it does, as then more counts as new."""
    first = baseline.first_day
    if not first or first <= f"{since:%Y-%m-%d}" or first >= f"{until:%Y-%m-%d}":
        return ()
    what = "files" if baseline.unit == "file" else "records"
    return (f"the baseline from {since:%Y-%m-%d} on has {what} from {first} on only: who came earlier counts as new",)
