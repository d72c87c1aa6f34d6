"""Facts set aside until they are asked for: in memory up to a number of bytes, the rest in a file without a name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

import msgspec

from iam_guardrails.model.problem import Problem


class Aside:
    """Encoded facts, one part after another. folder: where the file may lie.  most: how many bytes are held."""

    def __init__(self, folder: str, most: int) -> None:
        self._folder, self._left = folder, most
        self._held: list[msgspec.Raw] = []
        self._file: IO[bytes] | None = None
        self._sizes: list[int] = []

    def put(self, facts: msgspec.Raw) -> None:
        """Set one part aside. Raises Problem where the folder cannot be written."""
        self._left -= len(facts)
        if self._left >= 0:
            self._held.append(facts)
            return
        try:
            if self._file is None:
                from tempfile import TemporaryFile  # it costs milliseconds that other commands need not pay

                self._file = TemporaryFile(dir=self._folder)  # noqa: SIM115 - read in `parts`, and gone with this
            self._file.write(facts)
            self._file.flush()
        except OSError as error:
            raise Problem(
                f"{self._folder} cannot be written: {error.strerror}; free the folder or choose another"
            ) from None
        self._sizes.append(len(facts))

    def parts(self) -> Iterator[msgspec.Raw]:
        """All that was set aside, once."""
        yield from self._held
        if self._file is not None:
            with self._file as file:
                file.seek(0)
                for size in self._sizes:
                    yield msgspec.Raw(file.read(size))
