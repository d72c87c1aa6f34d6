"""The policies that have a say in one action, cut to the statements about it; and answers out of decisions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from iam_guardrails.model.iam.answers import Answer
from iam_guardrails.model.iam.document import PolicyDocument, Statement
from iam_guardrails.model.iam.escalation.choices import Chosen
from iam_guardrails.model.iam.escalation.ground import Ground
from iam_guardrails.model.iam.escalation.guise import Guise
from iam_guardrails.model.iam.escalation.sheets import Sheet
from iam_guardrails.model.iam.evaluate import ALLOWED, DEPENDS, Decision, Policies

Classes = list[tuple[Answer, int]]
_NOTHING = frozenset[str]()
UNREAD = "unread "  # before what could not be read, or not be asked to the end, among the keys of an answer
OUTSIDE = "outside "  # before what must be so outside the account's file altogether


class Cut:
    """The policies that have a say in one action of one guise, cut to it; and what the identity policies are called."""

    def __init__(self, ground: Ground, guise: Guise, bit: int, ceiling: bool = True) -> None:
        self._bit, self._limit = bit, guise.boundary
        self._heard = [pair for pair in guise.documents if pair[1].heard & bit]
        self._levels = ground.scps if ceiling else ()
        sheets = [sheet for _, sheet in self._heard]
        limit = None if guise.boundary is None else guise.boundary.content(bit)
        self.key = (tuple([sheet.content(bit) for sheet in sheets]), limit, ceiling)
        sheets += [sheet for level in self._levels for sheet in level]
        sheets += [guise.boundary] if guise.boundary is not None else []
        self.mentioned: frozenset[str] = _NOTHING.union(*[sheet.mentioned(bit) for sheet in sheets])

    # Most cuts are asked only whether they are equal to one that was asked before: the rest is made when it is needed.

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """What the identity policies are called."""
        return tuple([label for label, _ in self._heard])

    @cached_property
    def identity(self) -> tuple[PolicyDocument, ...]:
        """The identity policies."""
        return _cut([sheet for _, sheet in self._heard], self._bit)

    @cached_property
    def boundary(self) -> PolicyDocument | None:
        """The permissions boundary."""
        return _bounding(self._limit, self._bit)

    @cached_property
    def scps(self) -> tuple[tuple[PolicyDocument, ...], ...]:
        """The service control policies, level by level."""
        return tuple(_cut(level, self._bit) for level in self._levels)

    def asking(self, keys: frozenset[str]) -> Cut:
        """The same policies, as if they asked for these condition keys."""
        made = Cut.__new__(Cut)
        vars(made).update(vars(self))
        made.mentioned = keys
        return made

    @property
    def statements(self) -> Iterator[tuple[Statement, str]]:
        """All their statements, each with the version of its document."""
        boundary = (self.boundary,) if self.boundary else ()
        for document in (*self.identity, *boundary, *(one for level in self.scps for one in level)):
            for item in document.statements:
                yield item, document.version

    def policies(self, trust: PolicyDocument | None = None) -> Policies:
        """As `decide` takes them."""
        return Policies(self.identity, trust, self.boundary, scps=self.scps, resource_kind="trust" if trust else "")


def _cut(sheets: Iterable[Sheet], bit: int) -> tuple[PolicyDocument, ...]:
    return tuple(document for document in (sheet.cut(bit) for sheet in sheets) if document is not None)


_SILENT = PolicyDocument(())


def _bounding(boundary: Sheet | None, bit: int) -> PolicyDocument | None:
    return None if boundary is None else boundary.cut(bit) or _SILENT


def answer_of(decision: Decision) -> Answer:
    """True, False, or the keys on which it depends."""
    if decision.decision == DEPENDS:
        return frozenset(decision.depends_on)
    return decision.decision == ALLOWED


def best(answers: Iterable[Answer]) -> Answer:
    """The answer that asks for least: True, else the first one that depends, else False."""
    found: Answer = False
    for answer in answers:
        if answer is True:
            return True
        found = answer if found is False else found
    return found


def first_best(found: Iterable[tuple[Decision, Chosen]]) -> tuple[Decision, Chosen]:
    """Of some decisions (at least one) the first that allows, else the first that depends, else the first."""
    kept: tuple[Decision, Chosen] | None = None
    for one in found:
        if one[0].decision == ALLOWED:
            return one
        if kept is None or (kept[0].decision != DEPENDS and one[0].decision == DEPENDS):
            kept = one
    assert kept is not None
    return kept
