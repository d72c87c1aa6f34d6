"""How each question is answered. Only what answers it is loaded, as that takes longer than to answer some of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from iam_guardrails.model.trail.questions.all import Asked
from iam_guardrails.model.trail.questions.rows import Row


def _of_assumptions(name: str, asked: Asked) -> Sequence[Row]:
    from iam_guardrails.model.trail.questions import assumptions

    if name == "unusual-principals":
        return assumptions.unusual(asked.facts, asked.baseline, asked.never_usual, asked.doubts)
    return assumptions.assumptions(asked.facts, asked.doubts)


def _of_calls(name: str, asked: Asked) -> Sequence[Row]:
    from iam_guardrails.model.trail.questions import calls

    if name == "breakglass-session":
        return calls.inside(asked.facts, asked.session, asked.roles, asked.doubts)
    answers = {
        "iam-changes": calls.iam_changes, "root-use": calls.root_use, "console-use": calls.console_use,
        "silencer-calls": calls.silencer_calls,
    }  # fmt: skip
    return answers[name](asked.facts, asked.doubts)


def _of_uses(name: str, asked: Asked) -> Sequence[Row]:
    from iam_guardrails.model.trail.questions import uses

    answers: Mapping[str, Callable[..., Sequence[Row]]] = {
        "last-use": uses.last_use, "actions-used": uses.actions_used, "secret-reads": uses.secret_reads,
        "denied-attempts": uses.denied,
    }  # fmt: skip
    return answers[name](asked.facts, asked.doubts)


ANSWERING: Mapping[str, Callable[[str, Asked], Sequence[Row]]] = {
    "role-assumptions": _of_assumptions,
    "unusual-principals": _of_assumptions,
    "iam-changes": _of_calls,
    "last-use": _of_uses,
    "actions-used": _of_uses,
    "secret-reads": _of_uses,
    "root-use": _of_calls,
    "console-use": _of_calls,
    "breakglass-session": _of_calls,
    "silencer-calls": _of_calls,
    "denied-attempts": _of_uses,
}
