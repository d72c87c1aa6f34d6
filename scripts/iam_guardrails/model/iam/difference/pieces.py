"""What is new, in pieces: each Allow statement of the new side, taken apart by principal, action and resource.

Every request that the new side allows is covered by one of its Allow statements, so that what is new is covered by
the pieces that are named, or by those that could not be judged. Each named piece carries a request that shows it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from iam_guardrails.model.iam.difference import reasons
from iam_guardrails.model.iam.difference.ranks import BY_ACTION, OTHER, TRUST, Rank
from iam_guardrails.model.iam.difference.spans import NEW, NOT_NEW, OPEN, Answer, Span, inside, taken_apart
from iam_guardrails.model.iam.difference.subject import Held, Side
from iam_guardrails.model.iam.document import Principal, Statement
from iam_guardrails.model.iam.judge import Kind
from iam_guardrails.model.iam.match import covers, names_action
from iam_guardrails.model.iam.prove.effective import Grants, Piece, new_access
from iam_guardrails.model.iam.prove.proof import PROVEN, REFUTED, Proof
from iam_guardrails.model.iam.request import Request
from iam_guardrails.model.value import changed, frozen

PROOFS = 600  # for one side of one subject
PRINCIPALS = 20  # of one statement, looked at one by one
_ANYBODY = (Principal("*", "*"),)
_ANSWERS: dict[str, Answer] = {PROVEN: NOT_NEW, REFUTED: NEW}


@frozen
class Found:
    """A piece that is new, or (request None) that could not be judged, for `reason`.

    actions, resources: its spans.  held, statement: the policy and the statement that grants it.  by: what allows
    the request.  because: why the other side does not.  limits: what still keeps a part of the piece out.
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

    @property
    def sort(self) -> object:
        """Equal for pieces that differ in what they cover only."""
        return self.request is None, self.reason, self.rank, self.by, self.because, self.limits, self.apart

    def pieces(self) -> Iterator[Piece]:
        """The piece as bodies for the prover and the evaluator."""
        for action in self.actions:
            for resource in self.resources or (None,):
                yield _piece(self.held, self.statement, self.principals, action, (resource,) if resource else ())


class Pieces:
    """Takes one change of a subject apart. assumptions: what its proofs rest on.  known: the proofs so far."""

    def __init__(self, old: Side, new: Side, kind: Kind, arn: str) -> None:
        self.old, self.new, self.kind, self.arn = grants_of(old), grants_of(new), kind, arn
        self.before, self.side = old, new
        self.assumptions: dict[str, None] = {}
        self.known: dict[Piece, Proof] = {}
        bodies = [item for document in _documents(old, new) for item in document]
        self.action_patterns = [text for item in bodies for text in (*item.actions, *item.not_actions)]
        self.resource_patterns = [text for item in bodies for text in (*item.resources, *item.not_resources)]

    def found(self) -> list[Found]:
        """The pieces, narrower ones that lie within others left out."""
        made: list[Found] = []
        seen: set[object] = set()
        for held in self.side.policies:
            for statement in held.document.statements if held.document else ():
                key = (changed(statement, index=0, sid=""), held.document.version if held.document else "")
                if statement.effect == "Allow" and key not in seen:
                    seen.add(key)
                    made += self._statement(held, statement)
        return _without_inner(made)

    def proof(self, piece: Piece) -> Proof:
        """Whether nothing of the piece is new."""
        if piece not in self.known:
            found = self.known[piece] = new_access(self.old, self.new, self.kind, piece, self.arn)
            self.assumptions |= dict.fromkeys(found.assumptions)
        return self.known[piece]

    def _left(self) -> int:
        """How many more proofs may be made."""
        return PROOFS - len(self.known)

    def _statement(self, held: Held, statement: Statement) -> Iterator[Found]:
        actions = tuple(map(Span, statement.actions)) or (Span("*", statement.not_actions),)
        resources = tuple(map(Span, statement.resources))
        if statement.not_resources:
            resources = (Span("*", statement.not_resources),)
        whole = Found(held, statement, actions, resources, statement.principals, None)
        proof = self.proof(_whole(held, statement))
        if proof.verdict == PROVEN:
            return
        parts = [(item,) for item in statement.principals]
        if len(parts) < 2 or len(parts) > PRINCIPALS:
            yield from self._by_action(whole, proof)
            return
        named: list[Found] = []
        for part in parts:
            one = changed(whole, principals=part)
            proof = self.proof(changed(_whole(held, statement), body=changed(statement, principals=part)))
            named += self._by_action(one, proof) if proof.verdict != PROVEN else ()
        yield from _together(named)

    def _by_action(self, whole: Found, proof: Proof) -> Iterator[Found]:
        """The statement, of which something is new or may be, by its actions and then by its resources."""
        if 2 * len(whole.actions) > self._left():
            yield self._judged(whole, proof, apart=False)
            return
        groups: dict[tuple[object, ...], list[tuple[Span, Found]]] = {}
        for action in self._new_actions(whole):
            for part in self._by_resource(whole, action):
                groups.setdefault((part.sort, part.resources), []).append((action, part))
        if not groups and proof.verdict == REFUTED:  # new as a whole, and no part of it by itself
            yield self._judged(whole, proof, apart=False)
        for listed in groups.values():
            yield changed(listed[0][1], actions=tuple(dict.fromkeys(action for action, _ in listed)))

    def _new_actions(self, whole: Found) -> list[Span]:
        made: list[Span] = []
        patterns = [text.lower() for text in self.action_patterns]
        written = {text.lower(): text for text in reversed(self.action_patterns)}

        def judge(span: Span) -> Answer:
            return self._answer(whole, span, whole.resources)

        for action in whole.actions:
            low = Span(action.pattern.lower(), tuple(text.lower() for text in action.but))
            answer = judge(low)
            if answer == OPEN:
                made.append(action)
            elif answer == NEW:
                parts = taken_apart(low, patterns, judge) if self._affordable(low, patterns) else [low]
                made += [_written(part, action, written) for part in parts]
        return list(dict.fromkeys(made))

    def _by_resource(self, whole: Found, action: Span) -> list[Found]:
        if not whole.resources or 5 * len(whole.resources) > self._left():
            one = changed(whole, actions=(action,))
            piece = _piece(whole.held, whole.statement, whole.principals, action, whole.resources)
            one = self._judged(one, self.proof(piece), apart=len(whole.resources) < 2)
            return [one] if one.request is not None or one.reason else []

        def judge(span: Span) -> Answer:
            return self._answer(whole, action, (span,))

        spans: list[Span] = []
        for resource in whole.resources:
            answer = judge(resource)
            if answer == NEW and self._affordable(resource, self.resource_patterns):
                spans += taken_apart(resource, self.resource_patterns, judge)
            elif answer != NOT_NEW:
                spans.append(resource)
        groups: dict[object, list[Found]] = {}
        for span in dict.fromkeys(spans):
            one = changed(whole, actions=(action,), resources=(span,))
            one = self._judged(one, self.proof(next(one.pieces())))
            if one.request is not None or one.reason:
                groups.setdefault(one.sort, []).append(one)
        return [changed(listed[0], resources=tuple(item.resources[0] for item in listed)) for listed in groups.values()]

    def _affordable(self, span: Span, patterns: Sequence[str]) -> bool:
        return 2 * len(inside(span, patterns)) < self._left()

    def _answer(self, whole: Found, action: Span, resources: tuple[Span, ...]) -> Answer:
        proof = self.proof(_piece(whole.held, whole.statement, whole.principals, action, resources))
        return _ANSWERS.get(proof.verdict, OPEN)

    def _judged(self, found: Found, proof: Proof, *, apart: bool = True) -> Found:
        """The piece with what its proof says; without reason and request where nothing in it is new."""
        if proof.verdict != REFUTED or proof.request is None:
            return changed(found, reason="" if proof.verdict == PROVEN else f"{proof.because}: {proof.reason}")
        rank, request = (TRUST, proof.request) if self.kind != "identity" else self._ranked(found, proof.request)
        return changed(
            found, request=request, rank=rank, apart=apart,
            by=reasons.allowing(self.side, request, self.kind),
            because=reasons.missing(self.before, request, self.kind),
            limits=reasons.kept_limits(self.side, request, self.kind),
        )  # fmt: skip

    def _ranked(self, found: Found, request: Request) -> tuple[Rank, Request]:
        """The gravest rank of the piece, with a request that shows it."""
        piece = _piece(found.held, found.statement, found.principals, Span(""), found.resources)
        for rank, actions in BY_ACTION:
            meant = tuple(item for item in actions if any(
                names_action((span.pattern,), item) and not names_action(span.but, item) for span in found.actions
            ))  # fmt: skip
            proof = self.proof(changed(piece, body=changed(piece.body, actions=meant))) if meant else None
            if proof is not None and proof.verdict != PROVEN:
                return rank, proof.request or request
        return OTHER, request


def grants_of(side: Side) -> Grants:
    """What is known of a side, for the prover."""
    documents = tuple(held.document for held in side.policies if held.document is not None)
    return Grants(documents, side.boundary.document if side.boundary else None)


def _documents(old: Side, new: Side) -> Iterator[list[Statement]]:
    """The statements whose patterns may part what is new from what is not: all but the Allows of the new side."""
    for held in (*old.policies, *(side.boundary for side in (old, new) if side.boundary)):
        yield list(held.document.statements) if held.document else []
    for held in new.policies:
        yield [item for item in held.document.statements if item.effect == "Deny"] if held.document else []


def _whole(held: Held, statement: Statement) -> Piece:
    return Piece(statement, held.document.version if held.document else "")


def _piece(
    held: Held, statement: Statement, principals: tuple[Principal, ...], action: Span, resources: tuple[Span, ...]
) -> Piece:
    body = changed(
        statement, principals=principals, actions=(action.pattern,), not_actions=(),
        resources=tuple(item.pattern for item in resources), not_resources=(),
    )  # fmt: skip
    but = tuple(text for item in resources for text in item.but) if len(resources) == 1 else ()
    return changed(_whole(held, statement), body=body, but_actions=action.but, but_resources=but)


def _written(part: Span, action: Span, written: dict[str, str]) -> Span:
    """The span with the letter case of the policies."""
    known = {**written, action.pattern.lower(): action.pattern}
    return Span(known.get(part.pattern, part.pattern), tuple(known.get(text, text) for text in part.but))


def _together(found: list[Found]) -> list[Found]:
    """The pieces of several principals as one where they are the same."""
    groups: dict[tuple[object, ...], list[Found]] = {}
    for item in found:
        groups.setdefault((item.actions, item.resources, item.sort), []).append(item)
    return [changed(listed[0], principals=tuple(one for item in listed for one in item.principals))
            for listed in groups.values()]  # fmt: skip


def _without_inner(found: list[Found]) -> list[Found]:
    kept = list(found)
    for item in found:
        if any(other is not item and _within(item, other) for other in kept):
            kept = [other for other in kept if other is not item]
    return kept


def _within(item: Found, other: Found) -> bool:
    """Whether all of a piece is in another one, which has no further conditions."""
    if other.request is None or item.principals != other.principals or item.rank != other.rank:
        return False
    if item.statement.not_principals or other.statement.not_principals:
        return False
    if not set(other.statement.conditions) <= set(item.statement.conditions) or not other.apart:
        return False
    return _spans_within(item.actions, other.actions, lower=True) and _spans_within(item.resources, other.resources)


def _spans_within(items: tuple[Span, ...], others: tuple[Span, ...], *, lower: bool = False) -> bool:
    def case(text: str) -> str:
        return text.lower() if lower else text

    return all(any(not other.but and covers(case(other.pattern), case(item.pattern)) for other in others)
               for item in items)  # fmt: skip
