"""Objects are looked at in their order, several at once where that pays off, and never too many."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from tests.trail_history.kept import Kept

from iam_guardrails.adapters.trail_ahead import HELD_BYTES, ahead, content_of
from iam_guardrails.adapters.trail_objects import Absent
from iam_guardrails.model.problem import Problem


class Distant(Kept):
    reads_at_once = 4


@pytest.mark.parametrize("kind", [Kept, Distant])
@pytest.mark.parametrize("number", [0, 1, 2, 3, 50])
def test_in_their_order(kind: type[Kept], number: int) -> None:
    def look(item: int) -> int:
        time.sleep(0.001 * (item % 3))
        return item * item

    assert list(ahead(kind([]), range(number), look)) == [(item, item * item) for item in range(number)]


def test_the_first_is_alone_and_the_others_are_several() -> None:
    together, alone = threading.Barrier(4), threading.get_ident()

    def look(item: int) -> int:
        if 1 <= item <= 4:
            together.wait(timeout=20)
        return threading.get_ident()

    found = dict(ahead(Distant([]), range(9), look))
    assert found[0] == alone
    assert alone not in {found[item] for item in range(1, 9)}
    assert {by for _, by in ahead(Kept([]), [0, 6, 7], look)} == {alone}


@pytest.mark.parametrize(("size", "most"), [(0, 8), (1, 8), (HELD_BYTES // 3, 3), (HELD_BYTES * 9, 1)])
def test_what_is_held_is_bounded(size: int, most: int) -> None:
    taken = done = 0

    def items() -> Iterator[int]:
        nonlocal taken
        for item in range(40):
            taken += 1
            yield item

    for _ in ahead(Distant([]), items(), lambda item: item, lambda _: size):
        assert taken - done <= most + 2  # the one that is handed out, and the one that would be next
        done += 1
    assert done == 40


@pytest.mark.parametrize("kind", [Kept, Distant])
def test_what_a_look_raises_ends_it(kind: type[Kept]) -> None:
    def look(item: int) -> int:
        if item == 5:
            raise Problem("the credentials have expired")
        return item

    seen = []
    with pytest.raises(Problem, match="expired"):
        for item, _ in ahead(kind([]), iter(range(1_000_000)), look):
            seen.append(item)
    assert seen == [0, 1, 2, 3, 4]


def test_what_cannot_be_had_is_given_as_its_reason() -> None:
    assert isinstance(content_of(Kept([]), "none"), Absent)
