"""All users and roles of an account before one question, and for each what it may do itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from itertools import chain
from typing import Any

from iam_guardrails.model.iam.caller import Value
from iam_guardrails.model.iam.document import PolicyDocument
from iam_guardrails.model.iam.evaluate import kind_of
from iam_guardrails.model.iam.listed import listed
from iam_guardrails.model.iam.policies import Policies
from iam_guardrails.model.iam.principals import Estate, Parsed
from iam_guardrails.model.iam.reach.actions import Actions
from iam_guardrails.model.iam.reach.book import Book
from iam_guardrails.model.iam.reach.callers import Callers, Weighed, joined
from iam_guardrails.model.iam.reach.doc import Doc
from iam_guardrails.model.iam.reach.each import Each, at_once
from iam_guardrails.model.iam.reach.grants import Grants
from iam_guardrails.model.iam.reach.key_use import by_hand, is_grantable
from iam_guardrails.model.iam.reach.kinds import Kinds, sort
from iam_guardrails.model.iam.reach.leg import Asked, Leg, Three, both
from iam_guardrails.model.iam.reach.question import Question, request
from iam_guardrails.model.iam.reach.subject import Subject
from iam_guardrails.model.iam.reach.weigh import Caller, Weigher
from iam_guardrails.model.iam.request import Request
from iam_guardrails.model.unknown import Unknown

Levels = tuple[tuple[Doc, ...], ...]


class Account:
    """One account and one question. more_actions: further actions that will be asked about (of chains).

    besides: what else is to be worked out for each kind of callers, together with what they may do.
    """

    def __init__(
        self, estate: Estate, question: Question, more_actions: Sequence[str] = (), each: Each = at_once
    ) -> None:
        self._each = each
        self.besides: tuple[Callable[[Caller, bool], Any], ...] = ()
        self.estate, self.question, self.principals = estate, question, listed(estate.principals)
        goals, keys = question.asked(), question.key_legs(estate)
        asked = [item.action for item in (*goals, *chain.from_iterable(keys)) if item]
        self.actions = Actions([*asked, *more_actions])
        self.book = Book(estate, self.actions)
        self._grants: list[Grants] = []
        self.nobody = Subject(f"arn:{estate.partition}:iam::{estate.account_id}:role/nobody")
        self._scps = self._levels("SCP", question.scps) if "scp" not in question.exempt else ()
        self._rcps = self._levels("RCP", question.rcps) if "rcp" not in question.exempt else ()
        self.goals = goals
        self._told_by_hand: dict[tuple[str, frozenset[str]], Mapping[str, Value]] = {}
        self.mains = tuple(self._mains(goals))
        self.on_keys = tuple(self.weigher(Leg("key", leg, self.actions, "key")) for leg in keys)
        self.every = (1 << len(goals)) - 1
        self.shut = question.shut(estate.account_id)
        self.unsure = question.unsure()
        self.grantable = sum(1 << bit for bit, item in enumerate(goals) if is_grantable(item.action))

    @property
    def has_rcps(self) -> bool:
        """Whether there are resource control policies."""
        return bool(self._rcps)

    @property
    def kinds(self) -> Kinds:
        """The callers in kinds that get the same answers. To be asked for when all legs are there."""
        return self._weighed.kinds

    @property
    def of_kinds(self) -> Sequence[tuple[Any, ...]]:
        """For each kind what its callers may do themselves: on the resources, and on their keys (None where nothing
        hangs on the keys, and there are no `besides`). Then what comes of `besides`.
        """
        return self._weighed.answers

    @property
    def unread(self) -> Mapping[int, tuple[str, ...]]:
        """By the number of a caller: why policies of it are not judged."""
        return self._weighed.unread

    @cached_property
    def by_kind(self) -> list[Three]:
        """What the callers of each kind may do themselves."""
        return [main if keys is None or not main[2] else both(main, keys) for main, keys, *_ in self.of_kinds]

    @cached_property
    def callers(self) -> Callers:
        """The users, then the roles."""
        return Callers(self._caller, len(self.principals))

    @cached_property
    def _weighed(self) -> Weighed:
        if self._each is not at_once:
            self.book.look_ahead(self._each)
        return joined(self._each(self._weigh, len(self.principals)), len(self.principals))

    def _weigh(self, numbers: Sequence[int]) -> Any:
        """Some callers in kinds, and what each kind may do; see model.iam.reach.callers.joined."""
        callers = [self.callers[number] for number in numbers]
        asks = [key for level in (*self._scps, *self._rcps) for doc in level for key in doc.asking]
        kinds = sort(callers, self._grants, asks, is_above=self.has_rcps)
        answers = [self._answers(callers[place]) for place in kinds.firsts]
        unread = [(number, self.unknown(item)) for number, item in zip(numbers, callers, strict=True)
                  if not item.is_known]  # fmt: skip
        return kinds.of, [numbers[place] for place in kinds.firsts], kinds.limited, kinds.is_plain, answers, unread

    def _answers(self, caller: Caller) -> tuple[Any, ...]:
        main = self.on_resources(caller, False)
        keys = self.on_their_keys(caller, False) if main[2] or self.besides else None
        return main, keys, *[work(caller, False) for work in self.besides]

    @property
    def direct(self) -> list[Three]:
        """What each caller may do itself."""
        return [self.by_kind[kind] for kind in self.kinds.of]

    def three(self, caller: Caller, granted: bool = False) -> Three:
        """What one caller may do; see Weigher.three. granted: whether a policy of its own would allow everything."""
        main = self.on_resources(caller, granted)
        return both(main, self.on_their_keys(caller, granted)) if main[2] and self.on_keys else main

    def on_resources(self, caller: Caller, granted: bool, *, rewritten: bool = False, admitted: bool = False) -> Three:
        """The goals as far as the resources themselves go. rewritten: whether their policies name the caller, and deny
        nothing.  admitted: whether there are grants for the caller on those that are keys.
        """
        yes = known = maybe = 0
        for weigher in self.mains:
            every = weigher.leg.every
            by_grant = self.grantable & every if admitted and weigher.leg.resource_kind == "key" else 0
            one, two, three = weigher.three(caller, every if granted else 0, every if rewritten else 0, by_grant)
            yes, known, maybe = yes | one, known | two, maybe | three
        settled = ~self.shut & ~self.unsure
        return yes & settled, known & settled, maybe & ~self.shut

    def on_their_keys(self, caller: Caller, granted: bool, *, rewritten: bool = False, admitted: bool = False) -> Three:
        """The goals as far as the keys of the resources go; see on_resources."""
        found = (self.every, self.every, self.every)
        for weigher in self.on_keys:
            every = weigher.leg.every
            beside = self.every & ~every
            on = weigher.three(caller, every if granted else 0, every if rewritten else 0, every if admitted else 0)
            found = both(found, (on[0] | beside, on[1] | beside, on[2] | beside))
        return found

    @cached_property
    def hinging(self) -> int:
        """The goals that the policy of the resource, or of its key, decides, which is not told."""
        found = self.unsure
        for weigher in (*self.mains, *self.on_keys):
            found |= weigher.hinging
        return found

    def unknown(self, caller: Caller) -> tuple[str, ...]:
        """Why policies of a caller are not judged."""
        if caller.is_known:
            return ()
        docs = (*caller.docs, *([caller.boundary] if caller.boundary else ()))
        return tuple(f"{doc.label}: {doc.unknown}" for doc in docs if doc.unknown)

    def weigher(
        self, leg: Leg, policies: list[tuple[int, PolicyDocument]] | None = None, untold: int = 0,
        plain: Mapping[str, int] | None = None,
    ) -> Weigher:  # fmt: skip
        """A leg with the policies on its resources: those given, or those that the question tells. plain: see Grants"""
        if policies is None:
            policies, untold = self._told(leg)
        grants = Grants(leg, policies, self.nobody, plain)
        self._grants.append(grants)
        return Weigher(leg, grants, self.nobody, self.estate.account_id, untold, self._rcps)

    def leg_of(self, action: str, resources: Sequence[str], kind: str = "resource") -> Leg:
        """A leg of one action on many resources, which are sorted."""
        return Leg(action, [self.step(action, item) for item in resources], self.actions, kind)

    def step(self, action: str, resource: str) -> Asked:
        """The request of a caller that opens a way to the goals: it writes to a policy, or makes a grant."""
        more = self._by_hand(action, resource) if action.startswith("kms:") else None
        return request(action, resource, self.question.owner(resource), more, self.question.now)

    def _by_hand(self, action: str, resource: str) -> Mapping[str, Value]:
        wanted = self._wanted.get(resource, frozenset())
        if (action, wanted) not in self._told_by_hand:
            self._told_by_hand[action, wanted] = by_hand(action, wanted)
        return self._told_by_hand[action, wanted]

    @cached_property
    def _wanted(self) -> Mapping[str, frozenset[str]]:
        """What the goals ask of each key, and of each resource that is one."""
        found: dict[str, set[str]] = {}
        for item in chain(self.goals, *(weigher.leg.asked for weigher in self.on_keys)):
            if item and item.action[:4].lower() == "kms:":
                found.setdefault(item.resource, set()).add(item.action)
        return {resource: frozenset(actions) for resource, actions in found.items()}

    def _mains(self, goals: Sequence[Asked]) -> Iterator[Weigher]:
        """A leg for each kind of policy that a resource can have: a role's trust policy and a key's count otherwise."""
        kinds = [kind_of(Request("*", item.action, item.resource), Policies()) for item in goals]
        for kind in dict.fromkeys(kinds):
            leg = [item if kind == its else None for item, its in zip(goals, kinds, strict=True)]
            yield self.weigher(Leg("", leg, self.actions, kind))

    def has_trust(self, resource: str) -> bool:
        """Whether a resource is a role whose trust policy is in the file."""
        return resource in self._trusts

    def policy_of(self, resource: str) -> Parsed | None:
        """The policy on a resource as the question tells it, or the trust policy of a role that is in the file."""
        if ":role/" in resource and resource in self._trusts:
            trust = self.principals.trust(self._trusts[resource])
            return None if trust is None else self.estate.parsed(trust)
        return self.question.held(resource).policy

    @cached_property
    def arns(self) -> frozenset[str]:
        """The ARNs of all users and roles."""
        return frozenset(self.principals.arns)

    @cached_property
    def ids(self) -> frozenset[str] | None:
        """The unique ids of all users and roles; None where the file lacks one."""
        found = frozenset([self.principals.traits(number).unique_id for number in range(len(self.principals))])
        return None if "" in found else found

    @cached_property
    def _trusts(self) -> dict[str, int]:
        users = len(self.estate.users)
        return {arn: users + number for number, arn in enumerate(self.principals.arns[users:])}

    def _told(self, leg: Leg) -> tuple[list[tuple[int, PolicyDocument]], int]:
        masks: dict[int, tuple[int, PolicyDocument]] = {}
        untold = 0
        for number, item in enumerate(leg.asked):
            if item is None or (leg.resource_kind == "resource" and item.resource.split(":", 3)[2:3] == ["iam"]):
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

    def _caller(self, number: int) -> Caller:
        held = self.principals.holding(number)
        docs = self.book.of(held)
        boundary = self.book.boundary(held.boundary_arn) if held.boundary_arn else None
        above = () if held.path.startswith("/aws-service-role/") else self._scps
        flags = flags_of(docs)
        is_known = flags >= 0 and (boundary is None or boundary.flags >= 0)
        subject = Subject(self.principals.arns[number], self.estate, partial(self.principals.traits, number))
        return Caller(subject, docs, boundary, above, flags, is_known)


def flags_of(docs: Sequence[Doc]) -> int:
    """The actions that documents are about."""
    flags = 0
    for doc in docs:
        flags |= doc.flags
    return flags
