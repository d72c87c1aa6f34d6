"""How each question is answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from iam_guardrails.model.trail.questions import assumptions, calls, uses
from iam_guardrails.model.trail.questions.all import Asked
from iam_guardrails.model.trail.questions.rows import Row

ANSWERING: Mapping[str, Callable[[Asked], Sequence[Row]]] = {
    "role-assumptions": lambda asked: assumptions.assumptions(asked.facts, asked.doubts),
    "unusual-principals": lambda asked: assumptions.unusual(
        asked.facts, asked.baseline, asked.never_usual, asked.doubts
    ),
    "iam-changes": lambda asked: calls.iam_changes(asked.facts, asked.doubts),
    "last-use": lambda asked: uses.last_use(asked.facts, asked.doubts),
    "actions-used": lambda asked: uses.actions_used(asked.facts, asked.doubts),
    "secret-reads": lambda asked: uses.secret_reads(asked.facts, asked.doubts),
    "root-use": lambda asked: calls.root_use(asked.facts, asked.doubts),
    "console-use": lambda asked: calls.console_use(asked.facts, asked.doubts),
    "breakglass-session": lambda asked: calls.inside(asked.facts, asked.session, asked.roles, asked.doubts),
    "silencer-calls": lambda asked: calls.silencer_calls(asked.facts, asked.doubts),
    "denied-attempts": lambda asked: uses.denied(asked.facts, asked.doubts),
}
