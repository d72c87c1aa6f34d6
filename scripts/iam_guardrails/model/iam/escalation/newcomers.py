"""Users and roles that somebody could create: none of them is there yet, so that nobody acts as one to begin with.

A new user has a name and, where policies ask for one, a permissions boundary; what it may, its groups and policies
say, which are given to it as to any other user. There is one for each way in which the statements about creating tell
names apart, and for each boundary that some condition names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache, partial

from iam_guardrails.model.iam.document import PolicyDocument
from iam_guardrails.model.iam.escalation.patterns import NEW, examples
from iam_guardrails.model.iam.match import action_match
from iam_guardrails.model.iam.pattern import DOCUMENTED, bounded, fits, wild
from iam_guardrails.model.iam.principals import Estate, Principal
from iam_guardrails.model.iam.prove.automaton import OverBudget
from iam_guardrails.model.iam.prove.patterns import without_variables

NAME = "escalation"
MOST_NAMES, MOST_BOUNDARIES = 6, 3
_BOUNDARY = "iam:permissionsboundary"


def newcomers(estate: Estate, documents: Sequence[PolicyDocument]) -> tuple[Principal, ...]:
    """The users and roles that could be created. documents: all that have a say in the account."""
    there = {item.arn for item in estate.principals}
    found: list[Principal] = []
    for kind, action in (("user", "iam:CreateUser"), ("role", "iam:CreateRole")):
        shape = f"arn:{estate.partition}:iam::{estate.account_id}:{kind}/{NEW}"
        patterns = _patterns(documents, action)
        for boundary in ("", *_boundaries(estate, documents)):
            name = f"{NAME}-{boundary.rpartition('/')[2]}" if boundary else NAME
            for arn in _apart(_tried(shape, patterns, name, boundary == ""), patterns, there):
                there.add(arn)
                path, _, last = arn.split(f":{kind}", 1)[1].rpartition("/")
                made = Principal("user" if kind == "user" else "role", last, f"{path}/", arn, boundary_arn=boundary)
                found.append(made)
    return tuple(found)


def _patterns(documents: Iterable[PolicyDocument], action: str) -> list[str]:
    """The Resource patterns of the statements that are about the action, but those that cover everything."""
    found: dict[str, None] = {}
    names = lru_cache(maxsize=None)(partial(action_match, action=action))  # most statements name the same actions
    for document in documents:
        for item in document.statements:
            if any(map(names, item.actions)) or (item.not_actions and not any(map(names, item.not_actions))):
                found |= dict.fromkeys(map(without_variables, (*item.resources, *item.not_resources)))
    return [one for one in found if one != "*"]


def _boundaries(estate: Estate, documents: Iterable[PolicyDocument]) -> list[str]:
    """The policies of the account that conditions name as boundaries."""
    found: dict[str, None] = {}
    for document in documents:
        for item in document.statements:
            for condition in item.conditions:
                if condition.key.lower() == _BOUNDARY:
                    found |= dict.fromkeys(text for text in condition.values if text in estate.policies)
    return list(found)[:MOST_BOUNDARIES]


def _tried(shape: str, patterns: Sequence[str], name: str, thoroughly: bool) -> Iterator[str]:
    """Likely ARNs first, then one for each way in which the patterns tell ARNs of the shape apart."""
    begin = shape.removesuffix(NEW)
    yield begin + name
    for pattern in patterns:
        end = pattern.split(":", 5)[-1].partition("/")[2]
        if end and "/" not in end[:1]:
            yield begin + end.replace("*", name, 1).replace("*", "").replace("?", "x")
    if thoroughly:
        try:
            yield from examples(shape, [wild(one) for one in patterns])
        except OverBudget:
            return


def _apart(arns: Iterable[str], patterns: Sequence[str], there: Iterable[str]) -> Iterator[str]:
    """Those ARNs that are not there yet, one for each combination of patterns that cover them."""
    taken, seen = set(there), set[tuple[bool, ...]]()
    covering = [bounded(wild(one), DOCUMENTED) for one in patterns]
    for arn in arns:
        if len(seen) >= MOST_NAMES:
            return
        if arn in taken:
            continue
        covered = tuple([fits(one, arn) for one in covering])
        if covered not in seen:
            seen.add(covered)
            yield arn
