"""How things are measured: in turns (A B A B …), medians, and every figure beside the command it is compared with."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
BIN = Path(sys.executable).parent
# What only a developer's shell sets and what would make every start slower than it is for others.
DROPPED = ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "PYTHONDEVMODE", "PYTHONMALLOC")


@dataclass(frozen=True)
class Row:
    """One line of the table. `reached` is None where there is a figure but no goal."""

    what: str
    measured: str
    goal: str
    reached: bool | None
    peer: str


def child_environment() -> dict[str, str]:
    """The environment of everything that is measured."""
    return {key: value for key, value in os.environ.items() if key not in DROPPED}


def command(words: Sequence[str | Path], codes: Sequence[int] = (0,)) -> Callable[[], None]:
    """An action that runs a command; raises when it ends otherwise than `codes` say, so a failure is never "fast"."""

    def run() -> None:
        ran = subprocess.run([str(word) for word in words], cwd=ROOT, env=child_environment(), check=False,
                             stdin=subprocess.DEVNULL, capture_output=True, text=True)  # fmt: skip
        if ran.returncode not in codes:
            raise RuntimeError(f"{shown(words)} ended with {ran.returncode}: {ran.stderr.strip()[-400:]}")

    return run


def in_turns(actions: Mapping[str, Callable[[], object]], rounds: int, warm_up: bool = True) -> dict[str, float]:
    """The median seconds of each action: `rounds` rounds in turns, after one that does not count (`warm_up`)."""
    taken: dict[str, list[float]] = {name: [] for name in actions}
    for number in range(-1 if warm_up else 0, rounds):
        for name, action in actions.items():
            start = time.perf_counter()
            action()
            if number >= 0:
                taken[name].append(time.perf_counter() - start)
    return {name: statistics.median(times) for name, times in taken.items()}


def shown(words: Sequence[str | Path]) -> str:
    """A command as a person would type it at the root of the project."""
    return " ".join(str(word).replace(f"{ROOT}/", "") for word in words)


def table(rows: Sequence[Row]) -> str:
    """The rows as text, one per line, columns aligned."""
    verdicts = {True: "reached", False: "MISSED", None: ""}
    lines = [("what", "measured", "goal", "", "compared in the same run with")]
    lines += [(row.what, row.measured, row.goal, verdicts[row.reached], row.peer) for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(4)]
    made = ["  ".join([*(cell.ljust(width) for cell, width in zip(line, widths, strict=False)), line[4]])
            for line in lines]  # fmt: skip
    return "\n".join([made[0], "  ".join("-" * width for width in widths), *made[1:]])
