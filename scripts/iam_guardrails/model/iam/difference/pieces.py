"""What is new, in pieces: each Allow statement of the new side, taken apart by principal, action and resource.

Every request that the new side allows is covered by one of its Allow statements, so that what is new is covered by
the pieces that are named, or by those that could not be judged. Each named piece carries a request that shows it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from iam_guardrails.model.iam.difference import reasons
from iam_guardrails.model.iam.difference.found import (
    Found,
    as_written,
    joint,
    listed_in,
    piece_of,
    together,
    whole_of,
    without_inner,
)
from iam_guardrails.model.iam.difference.ranks import OTHER, TRUST, Rank, by_action, may_reach
from iam_guardrails.model.iam.difference.spans import (
    NEW,
    NOT_NEW,
    OPEN,
    Answer,
    Span,
    crossing,
    inside,
    taken_apart,
)
from iam_guardrails.model.iam.difference.subject import Held, Side
from iam_guardrails.model.iam.document import Condition, Principal, Statement
from iam_guardrails.model.iam.judge import Kind
from iam_guardrails.model.iam.operators import read_operator
from iam_guardrails.model.iam.prove.effective import Grants, Piece, new_access
from iam_guardrails.model.iam.prove.near import trimmed
from iam_guardrails.model.iam.prove.proof import PROVEN, REFUTED, Proof
from iam_guardrails.model.iam.request import Request
from iam_guardrails.model.value import changed

PROOFS = 300  # for one side of one subject
PRINCIPALS = 20  # of one statement, looked at one by one
_ANSWERS: dict[str, Answer] = {PROVEN: NOT_NEW, REFUTED: NEW}


class Pieces:
    """Takes one change of a subject apart. assumptions: what its proofs rest on.  known: the proofs so far."""

    def __init__(self, old: Side, new: Side, kind: Kind, arn: str) -> None:
        self.old, self.new, self.kind, self.arn = grants_of(old), grants_of(new), kind, arn
        self.before, self.side = old, new
        self.assumptions: dict[str, None] = {}
        self.known: dict[Piece, Proof] = {}
        self.parting = [item for document in _documents(old, new) for item in document]

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
        return without_inner(made)

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
        proof = self.proof(whole_of(held, statement))
        if proof.verdict == PROVEN:
            return
        parts = [(item,) for item in self._principals(held, statement)]
        if len(parts) > PRINCIPALS:
            part = tuple(item for (item,) in parts)
            one = changed(whole, principals=part)
            proof = self.proof(changed(whole_of(held, statement), body=changed(statement, principals=part)))
            yield from (changed(item, apart=False) for item in self._by_action(one, proof))
            return
        if len(parts) < 2 and len(parts) == len(statement.principals):
            yield from self._by_action(whole, proof)
            return
        named: list[Found] = []
        for part in parts:
            one = changed(whole, principals=part)
            proof = self.proof(changed(whole_of(held, statement), body=changed(statement, principals=part)))
            named += self._by_action(one, proof) if proof.verdict != PROVEN else ()
        yield from together(named)

    def _principals(self, held: Held, statement: Statement) -> tuple[Principal, ...]:
        """The principals of a statement: of many, less those that the other side names if nothing is new to them."""
        listed = statement.principals
        if len(listed) <= PRINCIPALS:
            return listed
        named = {one for item in self.parting if item.effect == "Allow" for one in item.principals}
        shared = tuple(item for item in listed if item in named)
        if shared and len(shared) < len(listed):
            body = changed(statement, principals=shared)
            if self.proof(changed(whole_of(held, statement), body=body)).verdict == PROVEN:
                return tuple(item for item in listed if item not in named)
        return listed

    def _by_action(self, whole: Found, proof: Proof) -> Iterator[Found]:
        """The statement, of which something is new or may be, by its actions and then by its resources."""
        if self._alone(whole):
            for group in self._ranks(whole.actions):
                one = changed(whole, actions=group)
                one = self._judged(one, self.proof(joint(one)))
                yield from [one] if one.request is not None or one.reason else []
            return
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

    def _alone(self, whole: Found) -> bool:
        """Whether no other statement is about any of it: then all of its actions are new on all of its resources."""
        variable = any("${" in span.pattern for span in whole.resources)
        return not variable and not self._near(tuple(span.pattern for span in whole.actions), whole.resources)

    def _ranks(self, actions: tuple[Span, ...]) -> Iterator[tuple[Span, ...]]:
        """The actions, those that are listed under the same rank together."""
        groups: dict[str, list[Span]] = {}
        for span in actions:
            listed = (rank for rank, names in by_action() if self.kind == "identity" and listed_in((span,), names))
            groups.setdefault(next(listed, OTHER), []).append(span)
        yield from (tuple(group) for group in groups.values())

    def _new_actions(self, whole: Found) -> list[Span]:
        made: list[Span] = []
        named = [text for item in self._near((), whole.resources) for text in (*item.actions, *item.not_actions)]
        patterns = [text.lower() for text in named]
        written = {text.lower(): text for text in reversed(named)}

        def judge(span: Span) -> Answer:
            return self._answer(whole, span, whole.resources)

        for action in whole.actions:
            low = Span(action.pattern.lower(), tuple(text.lower() for text in action.but))
            answer = judge(low)
            if answer == OPEN:
                made.append(action)
            elif answer == NEW:
                parts = taken_apart(low, patterns, judge) if self._affordable(low, patterns) else [low]
                made += [as_written(part, action, written) for part in parts]
        return list(dict.fromkeys(made))

    def _by_resource(self, whole: Found, action: Span) -> list[Found]:
        if not whole.resources or 5 * len(whole.resources) > self._left():
            one = changed(whole, actions=(action,))
            piece = piece_of(whole.held, whole.statement, whole.principals, action, whole.resources)
            one = self._judged(one, self.proof(piece), apart=len(whole.resources) < 2)
            return [one] if one.request is not None or one.reason else []

        def judge(span: Span) -> Answer:
            return self._answer(whole, action, (span,))

        spans: list[Span] = []
        for resource in whole.resources:
            near = self._near((action.pattern,), (resource,))
            patterns = [text for item in near for text in (*item.resources, *item.not_resources)]
            answer = judge(resource)
            if answer == NEW and self._affordable(resource, patterns):
                spans += taken_apart(resource, patterns, judge)
            elif answer != NOT_NEW:
                spans.append(resource)
        groups: dict[object, list[Found]] = {}
        for span in dict.fromkeys(spans):
            one = changed(whole, actions=(action,), resources=(span,))
            one = self._judged(one, self.proof(next(one.pieces())), apart=not self._crossed(action, span))
            if one.request is not None or one.reason:
                groups.setdefault(one.sort, []).append(one)
        return [changed(listed[0], resources=tuple(item.resources[0] for item in listed)) for listed in groups.values()]

    def _crossed(self, action: Span, resource: Span) -> bool:
        """Whether a statement is about a part of the piece that its pattern neither holds nor lies within."""
        for item in self._near((action.pattern,), (resource,)):
            if crossing(action, item.actions or item.not_actions, any_case=True):
                return True
            if crossing(resource, item.resources or item.not_resources):
                return True
        return False

    def _near(self, actions: tuple[str, ...], resources: tuple[Span, ...]) -> list[Statement]:
        """The statements that may part what is new from what is not there, as far as they are about it."""
        found = (trimmed(item, actions, tuple(span.pattern for span in resources)) for item in self.parting)
        return [item for item in found if item is not None]

    def _affordable(self, span: Span, patterns: Sequence[str]) -> bool:
        return 2 * len(inside(span, patterns)) < self._left()

    def _answer(self, whole: Found, action: Span, resources: tuple[Span, ...]) -> Answer:
        proof = self.proof(piece_of(whole.held, whole.statement, whole.principals, action, resources))
        return _ANSWERS.get(proof.verdict, OPEN)

    def _judged(self, found: Found, proof: Proof, *, apart: bool = True) -> Found:
        """The piece with what its proof says; without reason and request where nothing in it is new."""
        if proof.verdict != REFUTED or proof.request is None:
            return changed(found, reason="" if proof.verdict == PROVEN else f"{proof.because}: {proof.reason}")
        rank, request = (TRUST, proof.request) if self.kind != "identity" else self._ranked(found, proof.request)
        denied = reasons.denying(self.before, request, self.kind)
        return changed(
            found, request=request, rank=rank, apart=apart,
            by=reasons.allowing(self.side, request, self.kind),
            because=reasons.missing(self.before, request, self.kind),
            denied=denied, where=self._by_denies_alone(found, denied), narrowed=self._narrowed(found),
            limits=reasons.kept_limits(self.side, request, self.kind),
        )  # fmt: skip

    def _by_denies_alone(self, found: Found, denied: Sequence[tuple[str, tuple[Condition, ...]]]) -> bool:
        """Whether nothing but statements that deny under conditions kept the piece out before."""
        if not denied or not all(conditions for _, conditions in denied) or self._left() <= 0:
            return False
        held, gone = dict(denied), 0
        policies = []
        for one in self.before.policies:
            statements = one.document.statements if one.document else ()
            kept = tuple(item for item in statements
                         if item.effect != "Deny" or f"{item.label} of {one.name}" not in held)  # fmt: skip
            gone += len(statements) - len(kept)
            policies.append(changed(one, document=changed(one.document, statements=kept)) if one.document else one)
        if gone != len(held):  # a boundary denies, or names are not told apart
            return False
        without = grants_of(changed(self.before, policies=tuple(policies)))
        return new_access(without, self.new, self.kind, joint(found), self.arn).verdict == PROVEN

    def _narrowed(self, found: Found) -> tuple[Condition, ...]:
        """The statement's conditions less the values under which nothing of the piece is new."""
        made, narrower = list(found.statement.conditions), False
        for place, condition in enumerate(made):
            operator = read_operator(condition.operator)
            plain = operator is not None and not operator.negated and operator.base != "Null"
            if operator is None or not plain or operator.quantifier == "ForAllValues" or operator.if_exists:
                continue
            if len(condition.values) < 2 or len(condition.values) > self._left():
                continue
            new = tuple(value for value in condition.values if not self._known(found, place, value))
            if new and len(new) < len(condition.values):
                made[place], narrower = changed(condition, values=new), True
        return tuple(made) if narrower else ()

    def _known(self, found: Found, place: int, value: str) -> bool:
        """Whether nothing of the piece is new under this value of one condition."""
        conditions = list(found.statement.conditions)
        conditions[place] = changed(conditions[place], values=(value,))
        piece = joint(found)
        return self.proof(changed(piece, body=changed(piece.body, conditions=tuple(conditions)))).verdict == PROVEN

    def _ranked(self, found: Found, request: Request) -> tuple[Rank, Request]:
        """The gravest rank of the piece, with a request that shows it."""
        piece = piece_of(found.held, found.statement, found.principals, Span(""), found.resources)
        patterns = [[span.pattern for span in spans] for spans in (found.actions, found.resources)]
        for rank, actions in by_action():
            meant = tuple(item for item in listed_in(found.actions, actions) if may_reach(item, *patterns))
            if meant and self._left() <= 0:
                return rank, request  # not asked any more whether it is one of these that is new
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
