"""The list of questions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from iam_guardrails.model.problem import Problem
from iam_guardrails.model.trail.questions.doubts import Doubts
from iam_guardrails.model.trail.questions.rows import (
    BESIDE,
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
from iam_guardrails.model.value import field, frozen

TYPE_CHECKING = False  # as typing.TYPE_CHECKING, which costs more than a question that was answered before may
if TYPE_CHECKING:  # facts cost more than the rest together, and an answer that is kept needs none
    from iam_guardrails.model.trail.facts import DayFacts

    Facts = Iterable[tuple[str, DayFacts]]


@frozen
class Asked:
    """What a question is asked of. baseline: the facts before the window, for the question that compares; session: for
    the one about a session; roles: (account, name) of the break-glass roles; never_usual: whether a role and a
    principal count as new even though the baseline has them; doubts: what answering has to say beside is put there.
    """

    facts: Facts
    baseline: Facts = ()
    session: str = ""
    roles: frozenset[tuple[str, str]] = frozenset()
    never_usual: Callable[[str, str], bool] = lambda _role, _principal: False
    doubts: Doubts = field(default_factory=Doubts)


@frozen
class Question:
    """One question.

    name: as it is asked.  about: what it answers, a clause.  row: the type of its rows.  parts: what it works from
    (model.trail.facts.PARTS).  compares: whether it needs a baseline.  of_roles: whether it is about the break-glass
    roles.  of_one_region: whether it is about what one Region of the partition records (regions.global_region).
    """

    name: str
    about: str
    row: type
    parts: tuple[str, ...]
    compares: bool = False
    of_roles: bool = False
    of_one_region: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(name for name in self.row.__annotations__ if name not in BESIDE)

    def answer(self, asked: Asked) -> Sequence[Row]:
        """The rows."""
        from iam_guardrails.model.trail.questions.answering import ANSWERING

        return ANSWERING[self.name](self.name, asked)


QUESTIONS: tuple[Question, ...] = (
    Question("role-assumptions", "who assumed which role, from where, with MFA or not, under which source identity",
             Assumption, ("edges", "kept"), of_one_region=True),
    Question("unusual-principals", "who assumed a role and had not done so in the baseline before", Unusual,
             ("edges", "kept"), compares=True, of_one_region=True),
    Question("iam-changes", "what was changed in IAM and in Identity Center's assignments, permission sets and group"
             " members, and by whom", Change, ("kept",), of_one_region=True),
    Question("last-use", "when each principal last did something with success, was refused something, and failed with"
             " something for another reason", LastUse, ("uses",)),
    Question("actions-used", "which actions each principal used, and when last", ActionUse, ("uses",)),
    Question("secret-reads", "who read which secret or parameter", SecretRead, ("reads",)),
    Question("root-use", "what the root user did", Change, ("kept",), of_one_region=True),
    Question("console-use", "who signed in to the console or the access portal, or switched roles there", Change,
             ("kept",), of_one_region=True),
    Question("breakglass-session", "everything done in the sessions of the break-glass roles, and every entry", Inside,
             ("kept",), of_roles=True, of_one_region=True),
    Question("silencer-calls", "which calls took a guardrail away, or tried to", Change, ("kept",),
             of_one_region=True),
    Question("denied-attempts", "which actions were refused to whom, as the error's code tells", Denied, ("uses",)),
)  # fmt: skip


def question(name: str) -> Question:
    """The question of that name. Raises Problem."""
    for item in QUESTIONS:
        if item.name == name:
            return item
    told = name if name.isprintable() else repr(name)[1:-1]
    raise Problem(f'there is no question "{told}"; `guardrails trail questions` lists them')
