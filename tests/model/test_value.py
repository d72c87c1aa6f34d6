"""@frozen behaves as a frozen dataclass does."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import pytest

from iam_guardrails.model.value import field, frozen


@frozen
class Point:
    x: int
    y: int = 2
    tags: Mapping[str, str] = field(default_factory=dict)


def test_it_is_made_compared_hashed_and_shown() -> None:
    assert Point(1) == Point(x=1, y=2, tags={})
    assert Point(1) != Point(2)
    assert Point(1) != (1, 2, {})
    assert repr(Point(1, 3)) == "Point(x=1, y=3, tags={})"
    assert len({Point(1, tags=()), Point(1, tags=())}) == 1  # type: ignore[arg-type]  # a hashable stand-in


@frozen
class Odd:
    a: int
    b: list[int] = field(default_factory=list)
    c: int = 3
    d: int = 4


def test_what_is_left_out_is_its_default_whatever_was_given_by_place() -> None:
    made = [Odd(1), Odd(1, [2]), Odd(1, [2], 5), Odd(1, [2], 5, 6), Odd(1, d=6)]
    assert [(one.a, one.b, one.c, one.d) for one in made] == [
        (1, [], 3, 4), (1, [2], 3, 4), (1, [2], 5, 4), (1, [2], 5, 6), (1, [], 3, 6)
    ]  # fmt: skip


def test_it_cannot_be_changed() -> None:
    with pytest.raises(AttributeError, match="frozen"):
        Point(1).x = 2  # type: ignore[misc]  # the refusal is what is tested
    with pytest.raises(AttributeError, match="frozen"):
        del Point(1).x


@pytest.mark.parametrize(("args", "given"), [((), {}), ((1, 2, {}, 4), {}), ((1,), {"x": 1}), ((1,), {"z": 1})])
def test_wrong_arguments_are_refused(args: tuple[object, ...], given: dict[str, object]) -> None:
    with pytest.raises(TypeError, match="Point"):
        Point(*args, **given)  # type: ignore[arg-type]  # the refusal is what is tested


def test_defaults_are_not_shared() -> None:
    assert Point(1).tags is not Point(1).tags


def test_the_dataclasses_module_understands_it() -> None:
    assert dataclasses.is_dataclass(Point)
    assert [item.name for item in dataclasses.fields(Point)] == ["x", "y", "tags"]
    assert dataclasses.replace(Point(1), y=5) == Point(1, 5)
    assert dataclasses.asdict(Point(1)) == {"x": 1, "y": 2, "tags": {}}
    assert dataclasses.fields(Point)[0] is dataclasses.fields(Point)[0], "what is asked for was built a second time"


def test_it_matches_by_position() -> None:
    match Point(1, 2):
        case Point(x, y, _):
            assert (x, y) == (1, 2)
