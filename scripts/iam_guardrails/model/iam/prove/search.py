"""Is there a request for which the satisfied statements come to what is forbidden? All are tried, class by class."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from iam_guardrails.model.iam.prove.automaton import OverBudget
from iam_guardrails.model.iam.prove.fields import Free, Option
from iam_guardrails.model.value import frozen

VISITS = 400_000
Chosen = Mapping[str, Option]
Alike = Callable[[int], int]


@frozen
class Question:
    """possible: whether some of the satisfied statements, not necessarily all, may come to what is forbidden.

    demands: what exactly these have to meet to come to it: one of each, and one is met where some statement of a mask
    is satisfied (True) or none is (False).  settled: whether what is satisfied cannot come to it, given a function that
    adds to a mask the statements which say the same as one in it.
    """

    possible: Callable[[int], bool]
    demands: tuple[tuple[tuple[int, bool], ...], ...]
    settled: Callable[[int, Alike], bool] = lambda _held, _alike: False

    def forbidden(self, held: int) -> bool:
        """Whether exactly these statements come to what is forbidden."""
        return all(any(bool(held & mask) is some for mask, some in demand) for demand in self.demands)


def hits(fields: Mapping[str, Sequence[Option]], every: int, question: Question, *, exact: bool) -> Iterator[Chosen]:
    """The classes of requests that are forbidden, one after the other. Raises OverBudget.

    exact: without the options that hang on something that nobody has told.  Nothing is left out between two hits
    except classes that satisfy the same statements as one that was no hit.
    """
    order = sorted(fields, key=lambda name: (_PLACE.get(name, 3), len(fields[name])))
    options = [[option for option in fields[name] if not exact or option[2] is None] for name in order]
    failed: set[tuple[int, int]] = set()
    visits = 0

    def walk(depth: int, alive: int, chosen: tuple[Option, ...]) -> Iterator[Chosen]:
        nonlocal visits
        visits += 1
        if visits > VISITS:
            raise OverBudget(f"more than {VISITS} combinations of options")
        if not question.possible(alive):
            return
        if depth == len(order):
            if question.forbidden(alive):
                yield dict(zip(order, chosen, strict=True))
            return
        if (depth, alive) in failed:
            return
        found = False
        for option in options[depth]:
            for hit in walk(depth + 1, alive & option[1], (*chosen, option)):
                found = True
                yield hit
        if not found:
            failed.add((depth, alive))

    yield from walk(0, every, ())


_PLACE = {"action": 0, "resource": 1, "caller": 2}


def free_of(chosen: Chosen) -> Free:
    """What the class hangs on: policy variables, or () for something else that is open; None for nothing."""
    found = [option[2] for option in chosen.values() if option[2] is not None]
    return tuple(text for free in found for text in free) if found else None
