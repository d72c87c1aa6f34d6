"""The callers of an account, made when somebody asks for one, and what was found out of them part by part."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, overload

from iam_guardrails.model.iam.reach.each import Parts
from iam_guardrails.model.iam.reach.kinds import Kinds
from iam_guardrails.model.iam.reach.weigh import Caller
from iam_guardrails.model.value import frozen


class Callers(Sequence[Caller]):
    """All callers by number; each is made once."""

    def __init__(self, make: Callable[[int], Caller], count: int) -> None:
        self._make = make
        self._made: list[Caller | None] = [None] * count

    def __len__(self) -> int:
        return len(self._made)

    @overload
    def __getitem__(self, number: int) -> Caller: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[Caller]: ...
    def __getitem__(self, number: int | slice) -> Caller | Sequence[Caller]:
        if isinstance(number, slice):
            return [self[one] for one in range(*number.indices(len(self)))]
        found = self._made[number]
        if found is None:
            found = self._made[number] = self._make(number)
        return found


@frozen
class Weighed:
    """kinds: the callers in kinds.  answers: what those of each kind may do; see Account.of_kinds.

    unread: by the number of a caller, why policies of it are not judged.
    """

    kinds: Kinds
    answers: Sequence[tuple[Any, ...]]
    unread: Mapping[int, tuple[str, ...]]


def joined(parts: Parts, count: int) -> Weighed:
    """What was found out of all callers. parts: of some of them, their kinds by place, one caller of each kind, which
    kinds are limited and which plain, the answers of the kinds, and the callers with policies that are not judged.

    Callers of two parts are never of one kind, which costs some time and changes no answer.
    """
    of, firsts, limited, is_plain = [0] * count, list[int](), list[bool](), list[bool]()
    answers: list[tuple[Any, ...]] = []
    unread: dict[int, tuple[str, ...]] = {}
    for numbers, (kinds, one_of_each, stopped, plain, found, unjudged) in parts:
        before = len(firsts)
        for number, kind in zip(numbers, kinds, strict=True):
            of[number] = before + kind
        firsts += one_of_each
        limited += stopped
        is_plain += plain
        answers += found
        unread.update(unjudged)
    return Weighed(Kinds(of, firsts, limited, is_plain), answers, unread)
