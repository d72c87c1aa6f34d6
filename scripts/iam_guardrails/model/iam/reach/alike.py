"""Which goals one caller has for the same reasons, so that they are worked out once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from iam_guardrails.model.iam.document import PolicyDocument
from iam_guardrails.model.iam.organization import LINKED
from iam_guardrails.model.iam.reach.account import Account
from iam_guardrails.model.iam.reach.doc import Doc
from iam_guardrails.model.iam.reach.universe import bits
from iam_guardrails.model.iam.reach.weigh import Caller


def alike(account: Account, caller: Caller, among: Iterable[int]) -> Iterator[int]:
    """Goals in parts (masks): those of one part meet the same statements, with the same answers. among: the goals as
    `by_policies` parts them.
    """
    told = _said(account, caller)
    for part in among:
        parts = [part]
        for mask in told:
            parts = [piece for one in parts for piece in (one & mask, one & ~mask) if piece]
        yield from parts


def _said(account: Account, caller: Caller) -> Iterable[int]:
    """What each statement of the caller's policies, and of those above, says of the goals."""
    legs = [weigher.leg for weigher in (*account.mains, *account.on_keys)]
    levels = (*caller.above, *(account.mains[0].rcps if account.mains else ()))
    docs: list[Doc] = [*caller.docs, *(doc for level in levels for doc in level)]
    found: dict[int, None] = {}
    for doc in (*docs, *([caller.boundary] if caller.boundary else ())):
        for rule in doc.rules:
            for leg in legs:
                said = rule.says(leg, caller.subject)
                found |= {said.sure: None, said.may: None}
    return found


def by_policies(account: Account, goals: int) -> Sequence[int]:
    """The goals by action and by the policies on their resources and keys; one by one where those name resources."""
    found: dict[object, int] = {}
    question = account.question
    numbers: dict[object, int] = {}  # equal policies say the same
    for bit in bits(goals):
        asked = account.goals[bit]
        key = question.held(asked.resource).key
        policies = [account.policy_of(item) for item in (asked.resource, key) if isinstance(item, str)]
        is_own = any(_tells_apart(item) for item in policies if isinstance(item, PolicyDocument))
        told = [numbers.setdefault(item, len(numbers)) for item in policies]
        context = repr(asked.context), LINKED in asked.resource
        place = asked.action, asked.owner, str(key), told, context, asked.resource if is_own else ""
        found[repr(place)] = found.get(repr(place), 0) | 1 << bit
    return tuple(found.values())


def _tells_apart(policy: PolicyDocument) -> bool:
    """Whether a policy names resources: its conditions look at the request's context alone."""
    return any(item.not_resources or item.resources not in (("*",), ()) for item in policy.statements)
