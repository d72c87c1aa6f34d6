"""The list of questions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from iam_guardrails.model.problem import Problem
from iam_guardrails.model.trail.facts import DayFacts
from iam_guardrails.model.trail.questions import assumptions, calls, uses
from iam_guardrails.model.trail.questions.rows import (
    ActionUse,
    Assumption,
    Change,
    Denied,
    Inside,
    LastUse,
    Row,
    SecretRead,
    Unusual,
)
from iam_guardrails.model.value import frozen

Facts = Iterable[tuple[str, DayFacts]]


@frozen
class Asked:
    """What a question is asked of. baseline: the facts before the window, for the question that compares; session: for
    the one about a session; roles: (account, name) of the break-glass roles.
    """

    facts: Facts
    baseline: Facts = ()
    session: str = ""
    roles: frozenset[tuple[str, str]] = frozenset()


@frozen
class Question:
    """One question.

    name: as it is asked.  about: what it answers, a clause.  row: the type of its rows.  answer: facts to rows.
    compares: whether it needs a baseline.  of_roles: whether it is about the break-glass roles.
    """

    name: str
    about: str
    row: type
    answer: Callable[[Asked], Sequence[Row]]
    compares: bool = False
    of_roles: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(self.row.__annotations__)


QUESTIONS: tuple[Question, ...] = (
    Question("role-assumptions", "who assumed which role, from where, with MFA or not, under which source identity",
             Assumption, lambda asked: assumptions.assumptions(asked.facts)),
    Question("unusual-principals", "who assumed a role and had not done so in the baseline before", Unusual,
             lambda asked: assumptions.unusual(asked.facts, asked.baseline), compares=True),
    Question("iam-changes", "what was changed in IAM, and by whom", Change,
             lambda asked: calls.iam_changes(asked.facts)),
    Question("last-use", "when each principal last did anything", LastUse, lambda asked: uses.last_use(asked.facts)),
    Question("actions-used", "which actions each principal used, and when last", ActionUse,
             lambda asked: uses.actions_used(asked.facts)),
    Question("secret-reads", "who read which secret or parameter", SecretRead,
             lambda asked: uses.secret_reads(asked.facts)),
    Question("root-use", "what the root user did", Change, lambda asked: calls.root_use(asked.facts)),
    Question("console-use", "who signed in to the console or switched roles there", Change,
             lambda asked: calls.console_use(asked.facts)),
    Question("breakglass-session", "everything done in the sessions of the break-glass roles, and every entry", Inside,
             lambda asked: calls.inside(asked.facts, asked.session, asked.roles), of_roles=True),
    Question("silencer-calls", "which calls took a guardrail away, or tried to", Change,
             lambda asked: calls.silencer_calls(asked.facts)),
    Question("denied-attempts", "which actions were refused to whom", Denied, lambda asked: uses.denied(asked.facts)),
)  # fmt: skip


def question(name: str) -> Question:
    """The question of that name. Raises Problem."""
    for item in QUESTIONS:
        if item.name == name:
            return item
    raise Problem(f'there is no question "{name}"; `guardrails trail questions` lists them')
