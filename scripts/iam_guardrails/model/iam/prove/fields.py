"""One text field of a request (action, resource, caller, a condition key): its options.

An option stands for all texts that satisfy the same statements: an example, the statements as a bit mask, and the
policy variables that had to match for it (None where the option hangs on no variable).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from iam_guardrails.model.iam.prove.automaton import OverBudget
from iam_guardrails.model.iam.prove.classes import Domain, classes, exact_classes
from iam_guardrails.model.iam.prove.patterns import Pattern, Token

Free = tuple[str, ...] | None
Option = tuple[Any, int, Free]  # (example, satisfied statements, variables that matched)
Literal = tuple[int, bool]  # (number of a pattern set, whether it has to match)
MOST_FREE = 8


class TextField:
    """Pattern sets of one field, and what each statement asks of them."""

    def __init__(self, domain: Domain) -> None:
        self.domain = domain
        self.sets: list[tuple[Pattern, ...]] = []
        self.variables: dict[int, str] = {}  # number of the set -> the text with the variable
        self.wider: list[tuple[int, int]] = []  # a set with a variable, and one that matches wherever it does
        self.known: dict[object, int] = {}
        self.clauses: list[tuple[int, tuple[Literal, ...]]] = []
        self.asked = 0

    def union(self, patterns: Iterable[Pattern]) -> int:
        """The number of the set that matches where one of `patterns` does."""
        listed = tuple(patterns)
        key = frozenset((item.head, item.tokens) for item in listed)
        return self._number(key, listed)

    def variable(self, text: str, *widest: Pattern) -> int:
        """The number of a set that may match where one of `widest` does; the same text stands for the same answer."""
        number = self._number(text, widest)
        self.variables[number] = text
        return number

    def _number(self, key: object, listed: tuple[Pattern, ...]) -> int:
        if key not in self.known:
            self.known[key] = len(self.sets)
            self.sets.append(listed)
        return self.known[key]

    def require(self, statements: int, clause: Sequence[Literal]) -> None:
        """The statements (a bit mask) hold only where one literal of the clause does."""
        self.clauses.append((statements, tuple(clause)))
        self.asked |= statements

    def options(self, every: int, exact: bool = False) -> list[Option]:
        """The options; statements of `every` that ask nothing are always satisfied. Raises OverBudget."""
        items: dict[tuple[str, tuple[Token, ...]], tuple[Pattern, int]] = {}
        for number, patterns in enumerate(self.sets):
            for item in patterns:
                key = (item.head, item.tokens)
                items[key] = (item, items.get(key, (item, 0))[1] | 1 << number)
        listed = list(items.values())
        found, doubtful = (exact_classes(listed, self.domain), frozenset[int]()) if exact else (
            classes(listed, self.domain))  # fmt: skip
        made: list[Option] = []
        for vector, text in found.items():
            free = [number for number in self.variables if vector >> number & 1]
            if len(free) > MOST_FREE:
                raise OverBudget(f"more than {MOST_FREE} policy variables that may match at once")
            settled = None if vector not in doubtful else ()
            for choice in range(1 << len(free)):
                if self._cannot_be(free, choice):
                    continue
                held, on = self._chosen(vector, free, choice)
                made.append((text, self._mask(every, held), on if free else settled))
        return merged(made)

    def _cannot_be(self, free: Sequence[int], choice: int) -> bool:
        chosen = {number: bool(choice >> place & 1) for place, number in enumerate(free)}
        return any(chosen.get(number, False) and not chosen.get(wider, True) for number, wider in self.wider)

    def _chosen(self, vector: int, free: Sequence[int], choice: int) -> tuple[int, tuple[str, ...]]:
        on = [number for place, number in enumerate(free) if choice >> place & 1]
        for number in free:
            vector &= ~(1 << number)
        for number in on:
            vector |= 1 << number
        return vector, tuple(self.variables[number] for number in on)

    def _mask(self, every: int, vector: int) -> int:
        mask = every
        for statements, clause in self.clauses:
            if mask & statements and not any(bool(vector >> number & 1) is wanted for number, wanted in clause):
                mask &= ~statements
        return mask


def merged(options: Iterable[Option]) -> list[Option]:
    """One option for each mask, one without variables if there is one."""
    found: dict[int, Option] = {}
    for option in options:
        kept = found.get(option[1])
        if kept is None or (kept[2] is not None and option[2] is None):
            found[option[1]] = option
    return list(found.values())
