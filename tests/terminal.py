"""A program on a terminal of its own."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

SECONDS = 60.0


class Terminal:
    """A program on a terminal, 80 columns wide. seen: all that it wrote.  folder: where it runs."""

    def __init__(
        self, arguments: Sequence[str], variables: Mapping[str, str], columns: int = 80, folder: Path | None = None
    ) -> None:
        self.seen = ""
        self._from = 0
        self.pid, self._end = pty.fork()
        if self.pid == 0:
            try:
                signal.signal(signal.SIGINT, signal.SIG_DFL)  # as a login shell's child has it
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
                if folder:
                    os.chdir(folder)
                os.execvpe(arguments[0], list(arguments), dict(variables))
            finally:
                os._exit(127)  # never on as a second test run

    def until(self, text: str, seconds: float = SECONDS) -> str:
        """What appeared since the last call, up to `text`; fails when the time is over."""
        deadline = time.monotonic() + seconds
        while (at := self.seen.find(text, self._from)) < 0:
            assert time.monotonic() < deadline, f"no {text!r} in:\n{self.seen}"
            if not self._read(0.1):
                at = self.seen.find(text, self._from)
                break
        assert at >= 0, f"it ended without {text!r}:\n{self.seen}"
        found, self._from = self.seen[self._from : at + len(text)], at + len(text)
        return found

    def skip(self) -> None:
        """Look at nothing again that was read so far."""
        self._from = len(self.seen)

    def type(self, text: str) -> None:
        """Type a text; a line ends with a line feed."""
        os.write(self._end, text.encode())

    def ended(self, seconds: float = SECONDS) -> int:
        """The exit code of the program, once it is gone."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self._read(0.05)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                while self._read(0.1):
                    pass
                return os.waitstatus_to_exitcode(status)
        os.kill(self.pid, signal.SIGKILL)
        raise AssertionError(f"it still ran:\n{self.seen}")

    def close(self) -> None:
        """Take the terminal away, as closing its window does."""
        os.close(self._end)

    def _read(self, seconds: float) -> bool:
        """Read what is there; False at the end."""
        if not select.select([self._end], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self._end, 65536)
        except OSError:  # how Linux tells that the other side is gone
            return False
        self.seen += data.decode(errors="replace")
        return bool(data)
