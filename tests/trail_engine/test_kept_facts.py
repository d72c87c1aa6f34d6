"""What is kept of a day stays whole: however little memory there is, and whoever else asks and writes meanwhile."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from iam_guardrails.adapters.trail_bytes import Damage
from iam_guardrails.adapters.trail_engine.engine import HELD_BYTES, Engine
from iam_guardrails.adapters.trail_folder_objects import FolderObjects
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.trail.answer import Answerable
from iam_guardrails.model.trail.questions.all import Asked, question
from iam_guardrails.model.trail.window import Window, window

ACCOUNT = "333333333333"
DAYS = range(10, 14)


def write(folder: Path, day: int, hour: int) -> Path:
    """A file with one silencing call; its path."""
    call = {
        "eventTime": f"2026-01-{day}T{hour}:00:00Z", "eventSource": "cloudtrail.amazonaws.com",
        "eventName": "StopLogging", "eventID": f"{day} {hour}", "recipientAccountId": ACCOUNT,
        "userIdentity": {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/alex"},
    }  # fmt: skip
    name = f"{ACCOUNT}_CloudTrail_us-east-2_202601{day}T{hour}05Z_aaaaaaaaaaaaaaaa.json.gz"
    path = folder / f"AWSLogs/{ACCOUNT}/CloudTrail/us-east-2/2026/01/{day}/{name}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(json.dumps({"Records": [call]}).encode(), mtime=0))
    return path


def rows(found: Answerable) -> list[str]:
    return [row.event_id for row in question("silencer-calls").answer(Asked(list(found.facts)))]  # type: ignore[attr-defined] # these rows have one


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for day in DAYS:
        write(tmp_path / "tree", day, 12)
    return tmp_path / "tree"


@pytest.fixture
def asked(tree: Path, tmp_path: Path) -> Callable[..., Answerable]:
    def ask(objects: FolderObjects | None = None, when: Window = Window(), held: int = HELD_BYTES) -> Answerable:  # noqa: B008 - frozen
        engine = Engine(
            objects or FolderObjects(str(tree)), tmp_path / "cache", frozenset(), lambda _: None, 1, held_bytes=held
        )
        return engine.ask(when)

    return ask


NOON = [f"{day} 12" for day in DAYS]
LATER = [text for day in DAYS for text in (f"{day} 12", f"{day} 13")]


@pytest.mark.parametrize("held", [0, HELD_BYTES])
def test_one_more_file_of_a_day_takes_nothing_away(held: int, tree: Path, asked: Callable[..., Answerable]) -> None:
    assert rows(asked(held=held)) == NOON
    for day in DAYS:
        write(tree, day, 13)
    for _ in ("read", "from the cache"):
        found = asked(held=held)
        assert rows(found) == LATER and found.coverage.events == len(LATER)


class Meanwhile(FolderObjects):
    """Another command comes while the first file is read."""

    def __init__(self, path: str, other: Callable[[], object]) -> None:
        super().__init__(path)
        self._others = iter([other])

    def read(self, key: str) -> bytes:
        for other in self._others:
            other()
        return super().read(key)


def test_two_commands_at_once_answer_and_keep_the_same(tree: Path, asked: Callable[..., Answerable]) -> None:
    def slow() -> Answerable:
        return asked(Meanwhile(str(tree), asked))

    assert rows(slow()) == rows(asked()) == NOON
    for day in DAYS:
        write(tree, day, 13)
    found = slow()
    assert rows(found) == LATER and found.coverage.events == len(LATER)
    assert rows(asked()) == LATER


def test_facts_that_another_command_changed_before_they_were_asked_for_are_no_answer(
    tree: Path, asked: Callable[..., Answerable]
) -> None:
    found = asked(held=0)
    write(tree, DAYS[-1], 13)
    asked()
    with pytest.raises(Problem, match="another command changed what is kept"):
        rows(found)
    found = asked(held=0)
    asked()  # the same again
    assert len(rows(found)) == len(NOON) + 1


@pytest.mark.parametrize("held", [0, 40, HELD_BYTES])
def test_a_window_that_cuts_its_days_is_exact_whatever_is_held(held: int, asked: Callable[..., Answerable]) -> None:
    when = window("2026-01-10T12:00:00Z", "2026-01-13T12:00:00Z")
    for _ in ("read", "from the cache"):
        assert rows(asked(when=when, held=held)) == NOON[:-1]


def test_a_file_of_a_cut_day_that_can_no_longer_be_fetched_is_named(
    tree: Path, asked: Callable[..., Answerable]
) -> None:
    """It was read once, and neither its size nor its times changed since: it was archived, or a permission lacks."""
    archived = str(write(tree, 12, 14).relative_to(tree))

    class Refusing(FolderObjects):
        def read(self, key: str) -> bytes:
            if key == archived:
                raise Damage("it is archived")
            return super().read(key)

    when = window("2026-01-12T08:00:00Z", None)
    assert rows(asked(when=when)) == ["12 12", "12 14", "13 12"]
    found: Any = asked(Refusing(str(tree)), when)
    assert [(item.key, item.reason) for item in found.coverage.unreadable] == [(archived, "it is archived")]
    assert rows(found) == ["12 12", "13 12"]
    assert asked(when=when).coverage.unreadable == ()
