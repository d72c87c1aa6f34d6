"""Reading in several processes: all is read once, and a process that fails ends the command with one sentence."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from iam_guardrails.adapters.trail_engine import reading
from iam_guardrails.adapters.trail_engine.reading import Batch, Found, Reader, in_forks, in_pool
from iam_guardrails.adapters.trail_engine.store import facts_of
from iam_guardrails.adapters.trail_folder_objects import FolderObjects
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.trail.facts import PARTS
from tests.trail_history import Wanted, write_folder

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forked processes are used on Linux only")
WANTED = Wanted(seed=5, events=900, days=2)


class Failing(FolderObjects):
    """A folder of which reading one file does something else."""

    def __init__(self, path: str, key: str, instead: Callable[[], Any]) -> None:
        super().__init__(path)
        self.key, self.instead = key, instead

    def read(self, key: str) -> bytes:
        if key == self.key:
            self.instead()
        return super().read(key)


@pytest.fixture
def keys(tmp_path: Path) -> list[str]:
    return write_folder(WANTED, tmp_path / "tree").keys


def children() -> str:
    """The ids of this process's children (/proc, Linux), those of the library's own pool among them."""
    return Path(f"/proc/self/task/{os.getpid()}/children").read_text()


def work(keys: list[str]) -> Iterator[Batch]:
    return iter([Batch(number, [key], 1) for number, key in enumerate(keys)])


def told(found: Found) -> tuple[Any, ...]:
    """What a batch gave; its facts are encoded in the order in which their process came to know them."""
    facts = dict(facts_of(found.facts, PARTS))
    days = {day: (item.uses, *(sorted(map(repr, part)) for part in (item.edges, item.reads, item.kept)))
            for day, item in facts.items()}  # fmt: skip
    return days, sorted(found.days), found.unreadable, found.events, found.bytes, found.missed


@pytest.mark.parametrize(("way", "cores"), [(in_forks, 2), (in_forks, 50), (in_pool, 2)])
def test_every_batch_is_read_once(way: Any, cores: int, keys: list[str], tmp_path: Path) -> None:
    reader = Reader(FolderObjects(str(tmp_path / "tree")), frozenset())
    found = sorted(way(reader, work(keys), cores), key=lambda pair: pair[0].group)
    alone = list(reading.read_all(reader, work(keys), 1))
    assert [(batch.keys, told(item)) for batch, item in found] == [(batch.keys, told(item)) for batch, item in alone]
    assert len(found) == len(keys) > 10


def problem() -> None:
    raise Problem("nothing can go on")


@pytest.mark.parametrize(
    ("instead", "sentence"),
    [(problem, "nothing can go on"), (lambda: os.kill(os.getpid(), signal.SIGKILL), "was ended from outside"),
     (lambda: 1 / 0, "was ended from outside")],
)  # fmt: skip
def test_a_process_that_fails_ends_all(instead: Any, sentence: str, keys: list[str], tmp_path: Path) -> None:
    others = children()
    before = len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").exists() else 0
    for victim in (keys[0], keys[-1]):
        reader = Reader(Failing(str(tmp_path / "tree"), victim, instead), frozenset())
        with pytest.raises(Problem, match=sentence):
            list(in_forks(reader, work(keys), 3))
    assert children() == others
    assert not before or len(list(Path("/proc/self/fd").iterdir())) == before


def test_who_stops_asking_leaves_no_process(keys: list[str], tmp_path: Path) -> None:
    others = children()
    reader = Reader(FolderObjects(str(tmp_path / "tree")), frozenset())
    for _ in in_forks(reader, work(keys), 3):
        break
    assert children() == others


def test_large_batches_and_answers_pass(keys: list[str], tmp_path: Path) -> None:
    """Larger than a pipe holds, in both directions."""
    reader = Reader(FolderObjects(str(tmp_path / "tree")), frozenset())
    many = [[f"{'x' * 200}{number}" for number in range(3000)] for _ in range(4)]
    batches = iter([Batch(number, names, 1) for number, names in enumerate(many)])
    found = list(in_forks(reader, batches, 2))
    assert [len(item.missed) for _, item in found] == [3000] * 4
