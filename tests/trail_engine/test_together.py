"""The uses of many groups in one: whatever changes, it answers as if it were not there, and it is what is read."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from iam_guardrails.adapters.trail_bytes import Damage
from iam_guardrails.adapters.trail_engine.engine import Engine
from iam_guardrails.adapters.trail_folder_objects import FolderObjects
from iam_guardrails.adapters.trail_objects import open_objects
from iam_guardrails.model.trail.answer import Coverage
from iam_guardrails.model.trail.facts import PARTS, Latest
from iam_guardrails.model.trail.questions.all import QUESTIONS, Asked
from iam_guardrails.model.trail.window import Window, window
from iam_guardrails.model.value import changed
from tests.trail_history import Wanted, write_folder

WANTED = Wanted(seed=6, events=600, accounts=("111122223333", "222233334444"), days=4, twice=0.1, security=40)
OF_USES = [item for item in QUESTIONS if item.parts == ("uses",)]
ALL = Window()


def asked(
    folder: Path, cache: Path, parts: tuple[str, ...] = ("uses",), when: Window = ALL, store: Any = None
) -> tuple[list[Any], Coverage]:
    """The rows of every question about uses, and what they rest on."""
    objects = store or open_objects(str(folder))
    found = Engine(objects, cache, frozenset(), lambda _: None, 1, parts=parts).ask(when)
    facts = list(found.facts)
    return [list(item.answer(Asked(facts))) for item in OF_USES], found.coverage


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    write_folder(changed(WANTED, only_days=(0, 1, 2)), folder)
    return folder


def logs(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*_CloudTrail_*.json.gz"), key=lambda path: path.name[13:])


def facts(cache: Path) -> list[Path]:
    return sorted(cache.rglob("*.facts"), key=lambda path: path.name)


def test_what_it_holds_is_not_read_from_the_groups(tree: Path, tmp_path: Path) -> None:
    whole, seen = asked(tree, tmp_path / "cache")
    newest = facts(tmp_path / "cache")[-1].name
    for path in facts(tmp_path / "cache"):
        if path.name < newest:
            path.unlink()
    again, later = asked(tree, tmp_path / "cache")
    assert again == whole and later == changed(seen, fresh=0, read=0)


def add_a_day(folder: Path) -> None:
    write_folder(changed(WANTED, only_days=(3,)), folder)


def add_late(folder: Path) -> None:
    """A file that comes for a day that is over."""
    path = logs(folder)[0]
    path.with_name(path.name.replace(".json.gz", "late.json.gz")).write_bytes(logs(folder)[-1].read_bytes())


def empty_the_first(folder: Path) -> None:
    logs(folder)[0].write_bytes(gzip.compress(b'{"Records":[]}', mtime=0))


def remove_a_day(folder: Path) -> None:
    shutil.rmtree(logs(folder)[0].parent)


def put_aside(folder: Path) -> None:
    """A file whose name CloudTrail did not make."""
    (folder / "more.json").write_bytes(gzip.decompress(logs(folder)[0].read_bytes()))


CHANGES = [add_a_day, add_late, empty_the_first, remove_a_day, put_aside]


@pytest.mark.parametrize("first", CHANGES)
@pytest.mark.parametrize("second", CHANGES)
def test_whatever_changes_it_answers_as_if_it_were_not_there(
    first: Callable[[Path], None], second: Callable[[Path], None], tree: Path, tmp_path: Path
) -> None:
    asked(tree, tmp_path / "cache")
    for number, change in enumerate((first, second)):
        change(tree)
        found, seen = asked(tree, tmp_path / "cache")
        anew, told = asked(tree, tmp_path / f"other-{number}", PARTS)
        assert found == anew and seen == changed(told, fresh=seen.fresh, read=seen.read)
        assert asked(tree, tmp_path / "cache") == (found, changed(seen, fresh=0, read=0))


@pytest.mark.parametrize("harm", [lambda it: it[:-7], lambda _: b"", lambda it: it[:900] + b"?" + it[901:]])
def test_a_damaged_one_is_made_anew(harm: Callable[[bytes], bytes], tree: Path, tmp_path: Path) -> None:
    whole, _ = asked(tree, tmp_path / "cache")
    (path,) = (tmp_path / "cache").rglob("uses.together")
    good = path.read_bytes()
    path.write_bytes(harm(good))
    found, seen = asked(tree, tmp_path / "cache")
    assert (found, seen.fresh) == (whole, 0) and path.read_bytes() == good


def test_a_window_and_questions_about_more_are_answered_without_it(tree: Path, tmp_path: Path) -> None:
    for when, parts in ((window("2026-01-11", None), ("uses",)), (window(None, "2026-01-11T12:00:00Z"), ("uses",)),
                        (ALL, PARTS)):  # fmt: skip
        before = asked(tree, tmp_path / "fresh", PARTS, when)[0]
        asked(tree, tmp_path / "cache")
        assert asked(tree, tmp_path / "cache", parts, when)[0] == before


def test_what_could_not_be_fetched_is_not_held(tree: Path, tmp_path: Path) -> None:
    victim = logs(tree)[0]

    class Refusing(FolderObjects):
        def read(self, key: str) -> bytes:
            if key.endswith(victim.name):
                raise Damage("it is archived")
            return super().read(key)

    for _ in range(2):
        _, seen = asked(tree, tmp_path / "cache", store=Refusing(str(tree)))
        assert [item.reason for item in seen.unreadable] == ["it is archived"]
    found, seen = asked(tree, tmp_path / "cache")
    assert (found, seen.fresh, seen.unreadable) == (asked(tree, tmp_path / "other")[0], 1, ())


def test_what_could_not_be_read_is_told_again(tree: Path, tmp_path: Path) -> None:
    logs(tree)[0].write_bytes(b"<html>")
    for _ in range(2):
        assert len(asked(tree, tmp_path / "cache")[1].unreadable) == 1


def test_a_cache_that_cannot_be_written_answers_all_the_same(tree: Path, tmp_path: Path) -> None:
    whole, _ = asked(tree, tmp_path / "cache")
    (path,) = (tmp_path / "cache").rglob("uses.together")
    path.unlink()
    path.mkdir()
    assert asked(tree, tmp_path / "cache")[0] == whole


def test_the_latest_counts_in_whatever_order_days_come() -> None:
    days = [
        ("2026-01-10", {"a": {"x": 10, "y": 11}}),
        ("2026-01-12", {"a": {"x": 30}}),
        ("2026-01-11", {"a": {"x": 20, "y": 21}, "b": {"x": 22}}),
        ("2026-01-12", {"a": {"x": 29, "z": 31}}),
    ]
    for start in range(4):
        latest = Latest()
        for day, uses in days[start:] + days[:start]:
            latest.take(day, uses)
        assert latest.uses == {"a": {"x": 30, "y": 21, "z": 31}, "b": {"x": 22}}
    whole = Latest()
    whole.take("2026-01-12", latest.uses)
    for day, uses in days:
        whole.take(day, uses)
    assert whole.uses == latest.uses
