"""Resource patterns against the shape of a resource: one example for each way they tell resources apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from iam_guardrails.model.iam.pattern import DOCUMENTED, ONE, ONE_INSIDE, RUN, RUN_INSIDE, Tokens, bounded
from iam_guardrails.model.iam.prove.automaton import Automaton, Member
from iam_guardrails.model.iam.prove.patterns import Token, run

NEW = "{new}"
_WILD: dict[str, Token] = {RUN: ("*", ""), ONE: ("?", ""), RUN_INSIDE: ("*", ":"), ONE_INSIDE: ("?", ":")}
STATES = 4_000


def standing(tokens: Tokens, text: str) -> frozenset[int]:
    """Where in the Resource pattern one can stand after the text, which begins an ARN; empty where nowhere."""
    return frozenset(run(_tokens(tokens), text))


def examples(shape: str, patterns: Iterable[Tokens]) -> list[str]:
    """Texts of the shape, one for each combination of patterns that some text of it fits.

    shape: an ARN with NEW for each name that is free, e.g. "arn:aws:iam::111122223333:user/{new}".  patterns: Resource
    elements with their variables filled in, read as DOCUMENTED.  Raises OverBudget where there are too many.
    """
    head, _, _ = shape.partition(NEW)
    members = [Member(one, tuple(sorted(run(one, head))), domain=True) for one in _shapes(shape)]
    number = 0
    for tokens in dict.fromkeys(map(tuple, patterns)):
        made = _tokens(tokens)
        here = run(made, head)
        absorbed = bool(made) and made[-1] == ("*", "") and len(made) - 1 in here
        if here and not absorbed:  # else it covers none of them, or all of them
            members.append(Member(made, tuple(sorted(here)), 1 << number))
            number += 1
    return list(Automaton(members).classes(head, STATES).values())


def fits_shape(shape: str, resource: str) -> bool:
    """Whether the resource is of the shape: names hold no colon and, but for paths in IAM, no slash."""
    name = "[^:]+" if ":iam:" in shape else "[^:/]+"
    return re.fullmatch(name.join(map(re.escape, shape.split(NEW))), resource) is not None


def _tokens(tokens: Tokens) -> tuple[Token, ...]:
    return tuple(_WILD.get(token) or ("c", token) for token in bounded(tokens, DOCUMENTED))


def _shapes(shape: str) -> Iterator[tuple[Token, ...]]:
    """The shape with names of one sign, and with longer ones, which in IAM may hold a path."""
    longer: list[Token] = [("?", ":/"), ("*", ":" if ":iam:" in shape else ":/"), ("?", ":/")]
    anything = shape.endswith(f":{NEW}") and shape.count(":") == 5  # a resource of whatever type
    for name in [[("?", ""), ("*", "")]] if anything else [[("?", ":/")], longer]:
        made: list[Token] = []
        for number, part in enumerate(shape.split(NEW)):
            made += name if number else []
            made += [("c", sign) for sign in part]
        yield tuple(made)
