"""All users and roles of an account before one question, and for each what it may do itself."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from iam_guardrails.model.iam.document import PolicyDocument
from iam_guardrails.model.iam.principals import Estate, Principal
from iam_guardrails.model.iam.reach.actions import Actions
from iam_guardrails.model.iam.reach.doc import Book, Doc
from iam_guardrails.model.iam.reach.grants import Grants
from iam_guardrails.model.iam.reach.leg import Asked, Leg, Masks
from iam_guardrails.model.iam.reach.question import Question
from iam_guardrails.model.iam.reach.subject import Subject, subject_of
from iam_guardrails.model.iam.reach.weigh import Caller, Weigher
from iam_guardrails.model.unknown import Unknown

Levels = tuple[tuple[Doc, ...], ...]


class Account:
    """One account and one question. more_actions: further actions that will be asked about (of chains)."""

    def __init__(self, estate: Estate, question: Question, more_actions: Sequence[str] = ()) -> None:
        self.estate, self.question = estate, question
        goals, keys = question.asked(), question.key_legs(estate)
        asked = [item.action for leg in (goals, *keys) for item in leg if item]
        self.actions = Actions([*asked, *more_actions])
        self.book = Book(estate, self.actions)
        self.nobody = Subject(f"arn:{estate.partition}:iam::{estate.account_id}:role/nobody", {}, False)
        self._scps = self._levels("SCP", question.scps) if "scp" not in question.exempt else ()
        self._rcps = self._levels("RCP", question.rcps) if "rcp" not in question.exempt else ()
        self.main = self.weigher(Leg("", goals, self.actions, "resource"))
        self.on_keys = tuple(self.weigher(Leg("key", leg, self.actions, "key")) for leg in keys)
        self.every = self.main.leg.every

    @cached_property
    def callers(self) -> tuple[Caller, ...]:
        """The users, then the roles."""
        return tuple(self._caller(item) for item in self.estate.principals)

    @cached_property
    def direct(self) -> list[Masks]:
        """What each caller may do itself: the goals that are certain, and those that are possible."""
        return [self.ability(caller) for caller in self.callers]

    def ability(self, caller: Caller, granted: int = 0, rewritten: int = 0, keys_rewritten: int = 0) -> Masks:
        """What one caller may do; see Weigher.ability."""
        yes, maybe = self.main.ability(caller, granted, rewritten)
        for weigher in self.on_keys:
            if not maybe:
                break
            beside = self.every & ~weigher.leg.every
            sure, may = weigher.ability(caller, granted, keys_rewritten & weigher.leg.every)
            yes, maybe = yes & (sure | beside), maybe & (may | beside)
        return yes, maybe

    def not_judged(self, number: int) -> int:
        """The goals of a caller whose answer hangs on a policy that is not known."""
        yes, maybe = self.direct[number]
        hanging = maybe & ~yes
        if not hanging or self.unknown(self.callers[number]):
            return hanging
        theirs = self.main.leg.every & ~self.main.ours & ~self.main.unowned
        return hanging & theirs & self.main.untold

    def unknown(self, caller: Caller) -> tuple[str, ...]:
        """Why policies of a caller are not judged."""
        docs = (*caller.docs, *([caller.boundary] if caller.boundary else ()))
        return tuple(f"{doc.label}: {doc.unknown}" for doc in docs if doc.unknown)

    def weigher(self, leg: Leg, policies: list[tuple[int, PolicyDocument]] | None = None, untold: int = 0) -> Weigher:
        """A leg with the policies on its resources: those given, or those that the question tells."""
        if policies is None:
            policies, untold = self._told(leg)
        grants = Grants(leg, policies, self.nobody)
        return Weigher(leg, grants, self.nobody, self.estate.account_id, untold, self._rcps)

    def leg_of(self, name: str, action: str, resources: Sequence[str], kind: str = "resource") -> Leg:
        """A leg of one action on many resources of this account."""
        from iam_guardrails.model.iam.reach.question import request

        asked: list[Asked | None] = [request(action, item, self.question.owner(item)) for item in resources]
        return Leg(name, asked, self.actions, kind)

    def _told(self, leg: Leg) -> tuple[list[tuple[int, PolicyDocument]], int]:
        masks: dict[int, tuple[int, PolicyDocument]] = {}
        untold = 0
        for number, item in enumerate(leg.asked):
            policy = self.question.held(item.resource).policy if item else None
            if isinstance(policy, Unknown):
                untold |= 1 << number
            elif policy is not None:
                mask = masks[id(policy)][0] if id(policy) in masks else 0
                masks[id(policy)] = (mask | 1 << number, policy)
        return list(masks.values()), untold

    def _levels(self, name: str, levels: tuple[tuple[PolicyDocument, ...], ...] | None) -> Levels:
        return tuple(
            tuple(Doc(f"{name} level {number}, policy {place}", item, self.actions.every)
                  for place, item in enumerate(level, 1))
            for number, level in enumerate(levels or (), 1)
        )  # fmt: skip

    def _caller(self, principal: Principal) -> Caller:
        docs = self.book.of(principal)
        boundary = self.book.boundary(principal) if principal.boundary_arn else None
        above = () if principal.path.startswith("/aws-service-role/") else self._scps
        return Caller(subject_of(self.estate, principal), docs, boundary, above)
