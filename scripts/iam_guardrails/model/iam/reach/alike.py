"""Which goals one caller has for the same reasons, so that they are worked out once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from iam_guardrails.model.iam.document import PolicyDocument
from iam_guardrails.model.iam.reach.account import Account
from iam_guardrails.model.iam.reach.doc import Doc
from iam_guardrails.model.iam.reach.universe import bits
from iam_guardrails.model.iam.reach.weigh import Caller


def alike(account: Account, caller: Caller, goals: int) -> Iterator[int]:
    """The goals in parts (masks): those of one part meet the same statements, with the same answers."""
    for part in _by_policies(account, goals):
        parts = [part]
        for mask in _said(account, caller):
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


def _by_policies(account: Account, goals: int) -> Iterable[int]:
    """The goals by action and by the policies on their resources and keys; one by one where those name resources."""
    found: dict[object, int] = {}
    question = account.question
    for bit in bits(goals):
        asked = account.goals[bit]
        key = question.held(asked.resource).key
        policies = [account.policy_of(item) for item in (asked.resource, key) if isinstance(item, str)]
        is_own = any(_tells_apart(item) for item in policies if isinstance(item, PolicyDocument))
        place = asked.action, asked.owner, str(key), [*map(id, policies)], asked.resource if is_own else ""
        found[repr(place)] = found.get(repr(place), 0) | 1 << bit
    return found.values()


def _tells_apart(policy: PolicyDocument) -> bool:
    return any(
        item.conditions or item.not_resources or item.resources not in (("*",), ()) for item in policy.statements
    )
