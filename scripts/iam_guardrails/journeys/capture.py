"""capture: one part after the other is read and kept, so that a run that was killed goes on where it stopped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from iam_guardrails.model.capture.capture import PARTS
from iam_guardrails.model.capture.piece import Piece

Done = Mapping[str, Sequence[Piece]]


class Reader(Protocol):
    """Reads the parts of one account."""

    def keys(self, part: str, done: Done) -> Sequence[str]:
        """The pieces of a part, by what was read before it; the same at every run."""

    def read(self, part: str, key: str, done: Done) -> Piece:
        """One piece. Raises Problem where reading cannot go on; what is refused stands in the piece."""


class Work(Protocol):
    """Where pieces are kept until all are there."""

    def find(self, part: str, key: str) -> Piece | None:
        """A piece that was kept, None where it must be read."""

    def keep(self, piece: Piece) -> None:
        """Keep a piece. Raises Problem where that is not possible."""


class Progress(Protocol):
    """Whoever waits."""

    def plan(self, pieces: int) -> None:
        """How many pieces there are, as far as is known by now."""

    def step(self, part: str, kept: bool) -> None:
        """A piece is there. kept: an earlier run had read it."""


def read_parts(reader: Reader, work: Work, progress: Progress, without: Sequence[str] = ()) -> dict[str, list[Piece]]:
    """Every piece of every part but those of `without`, in order. Raises Problem; what was read by then is kept."""
    done: dict[str, list[Piece]] = {}
    for part in PARTS:
        if part in without:
            continue
        keys = reader.keys(part, done)
        there = sum(len(pieces) for pieces in done.values())
        progress.plan(there + len(keys) + len([name for name in PARTS[PARTS.index(part) + 1 :] if name not in without]))
        done[part] = list(_pieces(part, keys, reader, work, progress, done))
    return done


def _pieces(
    part: str, keys: Sequence[str], reader: Reader, work: Work, progress: Progress, done: Done
) -> Iterator[Piece]:  # fmt: skip
    for key in keys:
        kept = work.find(part, key)
        piece = kept or reader.read(part, key, done)
        if not kept:
            work.keep(piece)
        progress.step(part, kept is not None)
        yield piece
