"""All users and roles of an account before one question, and for each what it may do itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import chain

from iam_guardrails.model.iam.document import PolicyDocument
from iam_guardrails.model.iam.evaluate import kind_of
from iam_guardrails.model.iam.policies import Policies
from iam_guardrails.model.iam.principals import Estate, Parsed, Principal
from iam_guardrails.model.iam.reach.actions import Actions
from iam_guardrails.model.iam.reach.doc import Book, Doc
from iam_guardrails.model.iam.reach.grants import Grants
from iam_guardrails.model.iam.reach.leg import Asked, Leg, Masks
from iam_guardrails.model.iam.reach.question import Question, request
from iam_guardrails.model.iam.reach.subject import Subject, subject_of
from iam_guardrails.model.iam.reach.universe import Universe
from iam_guardrails.model.iam.reach.weigh import Caller, Weigher
from iam_guardrails.model.iam.request import Request
from iam_guardrails.model.unknown import Unknown

Levels = tuple[tuple[Doc, ...], ...]


class Account:
    """One account and one question. more_actions: further actions that will be asked about (of chains)."""

    def __init__(self, estate: Estate, question: Question, more_actions: Sequence[str] = ()) -> None:
        self.estate, self.question, self.principals = estate, question, estate.principals
        goals, keys = question.asked(), question.key_legs(estate)
        asked = [item.action for item in (*goals, *chain.from_iterable(keys)) if item]
        self.actions = Actions([*asked, *more_actions])
        self.book = Book(estate, self.actions)
        self._legs: dict[int, tuple[Sequence[str], list[Asked], Universe]] = {}  # by the list, which is kept
        self.nobody = Subject(f"arn:{estate.partition}:iam::{estate.account_id}:role/nobody")
        self._scps = self._levels("SCP", question.scps) if "scp" not in question.exempt else ()
        self._rcps = self._levels("RCP", question.rcps) if "rcp" not in question.exempt else ()
        self.goals = goals
        self.mains = tuple(self._mains(goals))
        self.on_keys = tuple(self.weigher(Leg("key", leg, self.actions, "key")) for leg in keys)
        self.every = (1 << len(goals)) - 1
        self.shut = question.shut(estate.account_id)

    @cached_property
    def callers(self) -> tuple[Caller, ...]:
        """The users, then the roles."""
        return tuple(self._caller(item) for item in self.principals)

    @cached_property
    def direct(self) -> list[Masks]:
        """What each caller may do itself: the goals that are certain, and those that are possible."""
        return [self.ability(caller) for caller in self.callers]

    def ability(self, caller: Caller, granted: int = 0, rewritten: int = 0, keys_rewritten: int = 0) -> Masks:
        """What one caller may do; see Weigher.ability."""
        yes = maybe = 0
        for weigher in self.mains:
            sure, may = weigher.ability(caller, granted, rewritten & weigher.leg.every)
            yes, maybe = yes | sure, maybe | may
        for weigher in self.on_keys:
            if not maybe:
                break
            beside = self.every & ~weigher.leg.every
            sure, may = weigher.ability(caller, granted, keys_rewritten & weigher.leg.every)
            yes, maybe = yes & (sure | beside), maybe & (may | beside)
        return yes & ~self.shut, maybe & ~self.shut

    def not_judged(self, number: int) -> int:
        """The goals of a caller whose answer hangs on a policy that is not known."""
        yes, maybe = self.direct[number]
        hanging = maybe & ~yes
        if not hanging or self.unknown(self.callers[number]):
            return hanging
        return hanging & self.other_side_untold

    @cached_property
    def other_side_untold(self) -> int:
        """The goals that nobody's own policies decide: of another account, or a key, whose policy is not told."""
        found = 0
        for main in self.mains:
            ours = main.ours | main.unowned if main.leg.resource_kind == "resource" else 0
            found |= main.untold & ~ours
        return found

    def unknown(self, caller: Caller) -> tuple[str, ...]:
        """Why policies of a caller are not judged."""
        if caller.flags >= 0 and (caller.boundary is None or caller.boundary.flags >= 0):
            return ()
        docs = (*caller.docs, *([caller.boundary] if caller.boundary else ()))
        return tuple(f"{doc.label}: {doc.unknown}" for doc in docs if doc.unknown)

    def weigher(self, leg: Leg, policies: list[tuple[int, PolicyDocument]] | None = None, untold: int = 0) -> Weigher:
        """A leg with the policies on its resources: those given, or those that the question tells."""
        if policies is None:
            policies, untold = self._told(leg)
        grants = Grants(leg, policies, self.nobody)
        return Weigher(leg, grants, self.nobody, self.estate.account_id, untold, self._rcps)

    def leg_of(self, name: str, action: str, resources: Sequence[str], kind: str = "resource") -> Leg:
        """A leg of one action on many resources, which are sorted."""
        known = self._legs.get(id(resources))
        if known is None:
            asked = [request(action, item, self.question.owner(item)) for item in resources]
            known = self._legs[id(resources)] = resources, asked, Universe(resources)
        asked = [Asked(action, *item[1:]) for item in known[1]]
        return Leg(name, asked, self.actions, kind, known[2])

    def _mains(self, goals: Sequence[Asked]) -> Iterator[Weigher]:
        """A leg for each kind of policy that a resource can have: a role's trust policy and a key's count otherwise."""
        kinds = [kind_of(Request("*", item.action, item.resource), Policies()) for item in goals]
        for kind in dict.fromkeys(kinds):
            leg = [item if kind == its else None for item, its in zip(goals, kinds, strict=True)]
            yield self.weigher(Leg("", leg, self.actions, kind))

    def policy_of(self, resource: str) -> Parsed | None:
        """The policy on a resource as the question tells it, or the trust policy of a role that is in the file."""
        if ":role/" in resource and resource in self._trusts:
            return self.estate.trust_document(self._trusts[resource])
        return self.question.held(resource).policy

    @cached_property
    def arns(self) -> frozenset[str]:
        """The ARNs of all users and roles."""
        return frozenset(item.arn for item in self.principals)

    @cached_property
    def _trusts(self) -> dict[str, Principal]:
        return {item.arn: item for item in self.estate.roles}

    def _told(self, leg: Leg) -> tuple[list[tuple[int, PolicyDocument]], int]:
        masks: dict[int, tuple[int, PolicyDocument]] = {}
        untold = 0
        for number, item in enumerate(leg.asked):
            if item is None or (leg.resource_kind == "resource" and item.resource in self._trusts):
                continue  # a role has a trust policy, and it counts for sts:AssumeRole alone
            policy = self.policy_of(item.resource)
            if isinstance(policy, Unknown):
                untold |= 1 << number
            elif policy is not None:
                mask = masks[id(policy)][0] if id(policy) in masks else 0
                masks[id(policy)] = (mask | 1 << number, policy)
        return list(masks.values()), untold

    def _levels(self, name: str, levels: tuple[tuple[PolicyDocument, ...], ...] | None) -> Levels:
        return tuple(
            tuple(self.book.whole(f"{name} level {number}, policy {place}", item)
                  for place, item in enumerate(level, 1))
            for number, level in enumerate(levels or (), 1)
        )  # fmt: skip

    def _caller(self, principal: Principal) -> Caller:
        docs = self.book.of(principal)
        boundary = self.book.boundary(principal.boundary_arn) if principal.boundary_arn else None
        above = () if principal.path.startswith("/aws-service-role/") else self._scps
        return Caller(subject_of(self.estate, principal), docs, boundary, above, flags_of(docs))


def flags_of(docs: Sequence[Doc]) -> int:
    """The actions that documents are about."""
    flags = 0
    for doc in docs:
        flags |= doc.flags
    return flags
