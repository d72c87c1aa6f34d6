"""One piece of what is new, as it is named in a report, and how pieces are put together."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from iam_guardrails.model.iam.difference.ranks import OTHER, RANKS, Rank
from iam_guardrails.model.iam.difference.spans import Span
from iam_guardrails.model.iam.difference.subject import Held
from iam_guardrails.model.iam.document import Condition, Principal, Statement
from iam_guardrails.model.iam.match import covers, has_wildcard, names_action
from iam_guardrails.model.iam.prove.effective import Piece
from iam_guardrails.model.iam.prove.patterns import VARIABLE
from iam_guardrails.model.iam.request import Request
from iam_guardrails.model.value import changed, frozen


@frozen
class Found:
    """A piece that is new, or (request None) that could not be judged, for `reason`.

    actions, resources: its spans.  held, statement: the policy and the statement that grants it.  by: what allows
    the request.  because: why the other side does not.  limits: what still keeps a part of the piece out.
    denied: what of the other side denies it, with its conditions; where: whether it is new under these alone.
    narrowed: the conditions of the statement, less the values under which nothing is new.
    apart: whether it was taken apart; otherwise it may hold parts that are not new.
    """

    held: Held
    statement: Statement
    actions: tuple[Span, ...]
    resources: tuple[Span, ...]
    principals: tuple[Principal, ...]
    request: Request | None
    rank: Rank = OTHER
    reason: str = ""
    by: str = ""
    because: str = ""
    limits: tuple[str, ...] = ()
    apart: bool = True
    denied: tuple[tuple[str, tuple[Condition, ...]], ...] = ()
    where: bool = False
    narrowed: tuple[Condition, ...] = ()

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The conditions under which it is new."""
        return self.narrowed or self.statement.conditions

    @property
    def sort(self) -> object:
        """Equal for pieces that differ in what they cover only."""
        told = self.rank, self.by, self.because, self.limits, self.denied, self.where, self.narrowed
        return self.request is None, self.reason, self.apart, told

    def pieces(self) -> Iterator[Piece]:
        """The piece as bodies for the prover and the evaluator."""
        for action in self.actions:
            for resource in self.resources or (None,):
                piece = piece_of(self.held, self.statement, self.principals, action, (resource,) if resource else ())
                yield changed(piece, body=changed(piece.body, conditions=self.conditions)) if self.narrowed else piece


def whole_of(held: Held, statement: Statement) -> Piece:
    """All that a statement covers."""
    return Piece(statement, held.document.version if held.document else "", source=statement)


def piece_of(
    held: Held, statement: Statement, principals: tuple[Principal, ...], action: Span, resources: tuple[Span, ...]
) -> Piece:
    """What a statement covers of these principals, of one action span and of resource spans."""
    body = changed(
        statement, principals=principals, actions=(action.pattern,), not_actions=(),
        resources=tuple(item.pattern for item in resources), not_resources=(),
    )  # fmt: skip
    but = tuple(text for item in resources for text in item.but) if len(resources) == 1 else ()
    return changed(whole_of(held, statement), body=body, but_actions=action.but, but_resources=but)


def joint(found: Found) -> Piece:
    """All actions and resources of a piece at once; what a NotAction leaves out is left out of its only span."""
    piece = piece_of(found.held, found.statement, found.principals, found.actions[0], found.resources)
    return changed(piece, body=changed(piece.body, actions=tuple(span.pattern for span in found.actions)))


def listed_in(spans: tuple[Span, ...], actions: tuple[str, ...]) -> tuple[str, ...]:
    """The actions that one of the spans covers."""
    return tuple(item for item in actions if any(
        names_action((span.pattern,), item) and not names_action(span.but, item) for span in spans
    ))  # fmt: skip


def as_written(part: Span, action: Span, written: dict[str, str]) -> Span:
    """The span with the letter case of the policies."""
    known = {**written, action.pattern.lower(): action.pattern}
    return Span(_spelled(part.pattern, known), tuple(_spelled(text, known) for text in part.but))


def _spelled(text: str, known: dict[str, str]) -> str:
    """The pattern as the policies write it, or made of words that they write."""
    if text not in known:
        words = {word for pattern in known.values() for word in re.split(r"[*?]+", pattern) if word}
        for word in sorted(words, key=lambda one: (len(one), one)):
            text = text.replace(word.lower(), word)
        return text
    return known[text]


def together(found: list[Found]) -> list[Found]:
    """The pieces of several principals as one where they are the same."""
    groups: dict[tuple[object, ...], list[Found]] = {}
    for item in found:
        groups.setdefault((item.actions, item.resources, item.sort), []).append(item)
    return [changed(listed[0], principals=tuple(one for item in listed for one in item.principals))
            for listed in groups.values()]  # fmt: skip


def without_inner(found: list[Found]) -> list[Found]:
    """The pieces less those that lie within another one of the same or a graver rank."""
    kept = list(found)
    for item in found:
        if any(other is not item and _within(item, other) for other in kept):
            kept = [other for other in kept if other is not item]
    return kept


def _within(item: Found, other: Found) -> bool:
    """Whether all of a piece is in another one, which has no further conditions."""
    if other.request is None or item.principals != other.principals:
        return False
    if RANKS.index(other.rank) > RANKS.index(item.rank):
        return False
    if item.statement.not_principals or other.statement.not_principals:
        return False
    if not set(other.statement.conditions) <= set(item.statement.conditions) or not other.apart:
        return False
    return _spans_within(item.actions, other.actions, _covers_action) and (
        _spans_within(item.resources, other.resources, covers_resource)
    )


def _spans_within(items: tuple[Span, ...], others: tuple[Span, ...], within: Callable[[str, str], bool]) -> bool:
    return all(any(not other.but and within(other.pattern, item.pattern) for other in others) for item in items)


def _covers_action(wide: str, narrow: str) -> bool:
    return covers(wide.lower(), narrow.lower())


def covers_resource(wide: str, narrow: str) -> bool:
    """Whether every ARN that fits the Resource `narrow` fits `wide` too. Errs towards False, never towards True.

    A wildcard in the first five segments of `wide` may not pass a colon (see model.iam.pattern): only where it has none
    is the text all that counts.
    """
    if wide in ("*", narrow):
        return True
    start = ":".join(wide.split(":", 5)[:5])
    if wide.count(":") < 5 or has_wildcard(start) or "${" in wide:
        return False
    return covers(wide, VARIABLE.sub("*", narrow))
