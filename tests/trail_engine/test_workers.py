"""Reading in several processes: all is read once, and a process that fails ends the command with one sentence."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
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


class Left:
    """Whether processes or descriptors are left behind."""

    def __init__(self) -> None:
        self._children, self._descriptors = children(), descriptors()

    def check(self) -> None:
        assert (children(), descriptors()) == (self._children, self._descriptors)


def descriptors() -> int:
    """How many this process has open (/proc, Linux)."""
    return len(list(Path("/proc/self/fd").iterdir()))


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


@pytest.mark.parametrize(
    ("batches", "processes"), [(0, set()), (1, {0}), (2, {0, 1}), (3, {0, 1, 2}), (4, {1, 2}), (5, {1, 2})]
)
def test_as_many_processes_read_as_there_are_cores_and_this_one_what_is_left(
    batches: int, processes: set[int], keys: list[str], tmp_path: Path
) -> None:
    read = tmp_path / "read"
    read.mkdir()

    class Telling(Reader):
        """Says which process read, as the number of a file."""

        def read(self, keys: Sequence[str]) -> bytes:
            (read / f"{os.getpid()}").write_text("")
            return super().read(keys)

    reader = Telling(FolderObjects(str(tmp_path / "tree")), frozenset())
    found = [batch.group for batch, _ in in_forks(reader, work(keys[:batches]), 2)]
    assert sorted(found) == list(range(batches))
    names = {path.name for path in read.iterdir()}
    assert (str(os.getpid()) in names) == (0 in processes) and len(names) == len(processes)


def problem() -> None:
    raise Problem("nothing can go on")


@pytest.mark.parametrize(
    ("instead", "sentence"),
    [(problem, "nothing can go on"), (lambda: os.kill(os.getpid(), signal.SIGKILL), "was ended from outside"),
     (lambda: 1 / 0, "was ended from outside")],
)  # fmt: skip
def test_a_process_that_fails_ends_all(instead: Any, sentence: str, keys: list[str], tmp_path: Path) -> None:
    left = Left()
    for victim in (keys[0], keys[-1]):
        reader = Reader(Failing(str(tmp_path / "tree"), victim, instead), frozenset())
        with pytest.raises(Problem, match=sentence):
            list(in_forks(reader, work(keys), 3))
    left.check()


@pytest.mark.parametrize(("instead", "raised"), [
    (problem, Problem), (lambda: 1 / 0, ZeroDivisionError),
    (lambda: os.kill(os.getpid(), signal.SIGINT), KeyboardInterrupt),
])  # fmt: skip
@pytest.mark.parametrize("batches", [3, 4])
def test_what_fails_in_this_process_ends_all(
    batches: int, instead: Any, raised: type, keys: list[str], tmp_path: Path
) -> None:
    left = Left()
    reader = Reader(Failing(str(tmp_path / "tree"), keys[batches - 1], instead), frozenset())
    with pytest.raises(raised):
        list(in_forks(reader, work(keys[:batches]), 3))
    left.check()


@pytest.mark.parametrize("batches", [3, 4, 10])
def test_who_stops_asking_leaves_no_process(batches: int, keys: list[str], tmp_path: Path) -> None:
    left = Left()
    reader = Reader(FolderObjects(str(tmp_path / "tree")), frozenset())
    for _ in in_forks(reader, work(keys[:batches]), 3):
        break
    left.check()


def test_large_batches_and_answers_pass(keys: list[str], tmp_path: Path) -> None:
    """Larger than a pipe holds, in both directions."""
    reader = Reader(FolderObjects(str(tmp_path / "tree")), frozenset())
    many = [[f"{'x' * 200}{number}" for number in range(3000)] for _ in range(4)]
    batches = iter([Batch(number, names, 1) for number, names in enumerate(many)])
    found = list(in_forks(reader, batches, 2))
    assert [len(item.missed) for _, item in found] == [3000] * 4
