"""How far a long reading is, on a stream such as stderr."""

from __future__ import annotations

from typing import TextIO


class Bar:
    """One line that changes on a terminal, plain lines elsewhere."""

    WIDTH = 24

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._live = stream, stream.isatty()
        self._total, self._done, self._said = 1, 0, ""

    def plan(self, pieces: int) -> None:
        """There are that many pieces."""
        self._total = max(pieces, 1)

    def step(self, part: str, kept: bool) -> None:
        """One more is there."""
        self._done += 1
        if kept:
            self.say(f"{part}: kept from before")
        elif self._live:
            self._draw()

    def say(self, text: str) -> None:
        """What is being done."""
        self._said = text
        if self._live:
            self._draw()
        else:
            print(f"  {text}", file=self._stream, flush=True)

    def end(self) -> None:
        """Take the line away."""
        if self._live:
            print("\r\033[K", end="", file=self._stream, flush=True)

    def _draw(self) -> None:
        full = min(self.WIDTH, self.WIDTH * self._done // self._total)
        line = f"[{'#' * full}{'.' * (self.WIDTH - full)}] {self._done}/{self._total} {self._said}"
        print(f"\r\033[K{line[:110]}", end="", file=self._stream, flush=True)
