"""The child that has the credentials: started with them in its environment only, watched, and ended.

The child of a terminal stays in our process group, so that Ctrl-C and Ctrl-Z reach it as they would reach any command;
we ignore Ctrl-C while it runs. Without a terminal it gets a group of its own, and a signal to end goes to all of it.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from iam_guardrails.model.problem import Problem

GRACE_SECONDS = 5.0
REDRAW_SECONDS = 0.1
_STDERR = 2


class ChildProcess:
    """`journeys.breakglass_hold.Child` as a real process."""

    def __init__(
        self, arguments: Sequence[str], variables: Mapping[str, str], *, shell: bool,
        keep: tuple[int, ...] = (), grace_seconds: float = GRACE_SECONDS, aside: bool = False,
    ) -> None:  # fmt: skip
        """Start it. shell: an interactive shell, which takes SIGHUP as its end.  keep: descriptors it inherits.
        aside: its stdout is our stderr.

        Raises Problem where the program cannot be started. `close` gives signals and terminal back.
        """
        self._signal = signal.SIGHUP if shell else signal.SIGTERM
        self._grace = grace_seconds
        self._told = False
        self._terminal = _terminal()
        self._foreground = _is_ours(self._terminal)
        self._settings = _settings(self._terminal)
        self._before: dict[int, Any] = {}
        self._reader, self._writer = os.pipe()
        for end in (self._reader, self._writer):
            os.set_blocking(end, False)
        self._group = self._terminal < 0
        self._catch()
        try:
            self._process = subprocess.Popen(
                list(arguments), env=dict(variables), pass_fds=keep, process_group=0 if self._group else None,
                stdout=_STDERR if aside else None,
            )  # fmt: skip
        except OSError as error:
            self.close()
            raise Problem(f"{arguments[0]} cannot be started: {error.strerror}") from None
        self._before[signal.SIGTTOU] = signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # after: a child inherits it

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def wait(self, seconds: float) -> int | None:
        """As `Child.wait`."""
        until = time.monotonic() + seconds
        while (code := self._process.poll()) is None and not self._told:
            left = until - time.monotonic()
            if left <= 0:
                break
            with suppress(InterruptedError):
                select.select([self._reader], [], [], left)
            with suppress(BlockingIOError):
                os.read(self._reader, 512)
        return code

    def told_to_end(self) -> bool:
        """As `Child.told_to_end`."""
        return self._told

    def end(self) -> int:
        """As `Child.end`: SIGHUP for a shell, SIGTERM for a command, and SIGKILL after the grace."""
        for number, seconds in ((self._signal, self._grace), (signal.SIGKILL, None)):
            self._send(number)
            with suppress(subprocess.TimeoutExpired):
                return self._process.wait(seconds)
        raise AssertionError("waiting for a killed process has no end of its own")

    def redraw(self) -> None:
        """Let whatever is on the terminal write itself anew: a window that changes its size is what programs heed.

        readline looks for a real change, so one line is taken away and given back.
        """
        if self._terminal < 0:
            return
        with suppress(OSError, termios.error):
            rows, columns = termios.tcgetwinsize(self._terminal)
            if rows > 2:
                termios.tcsetwinsize(self._terminal, (rows - 1, columns))
                time.sleep(REDRAW_SECONDS)
                termios.tcsetwinsize(self._terminal, (rows, columns))

    def close(self) -> None:
        """Give the signals and the terminal back, whatever the child did to it; a job in the background had none."""
        if self._terminal >= 0:
            if self._foreground:
                with suppress(OSError, termios.error):
                    os.tcsetpgrp(self._terminal, os.getpgrp())
                    if self._settings is not None:
                        termios.tcsetattr(self._terminal, termios.TCSADRAIN, self._settings)
            os.close(self._terminal)
            self._terminal = -1
        signal.set_wakeup_fd(-1)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}
        for end in (self._reader, self._writer):
            with suppress(OSError):
                os.close(end)

    def _send(self, number: int) -> None:
        with suppress(ProcessLookupError):
            if self._group:
                os.killpg(self._process.pid, number)
            else:
                self._process.send_signal(number)

    def _catch(self) -> None:
        """Handlers, and not SIG_IGN, which the child would inherit."""

        def told(_number: int, _frame: Any) -> None:
            self._told = True

        handlers: dict[int, Callable[[int, Any], None]] = {
            signal.SIGINT: _nothing, signal.SIGQUIT: _nothing, signal.SIGCHLD: _nothing,
            signal.SIGTERM: told, signal.SIGHUP: told,
        }  # fmt: skip
        for number, handler in handlers.items():
            self._before[number] = signal.signal(number, handler)
        signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)


def _nothing(_number: int, _frame: Any) -> None:
    pass


def _terminal() -> int:
    """A descriptor of the controlling terminal, -1 where there is none."""
    try:
        return os.open("/dev/tty", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return -1


def _is_ours(terminal: int) -> bool:
    """Whether the terminal is with our process group, and so to be taken back."""
    with suppress(OSError):
        return terminal >= 0 and os.tcgetpgrp(terminal) == os.getpgrp()
    return False


def _settings(terminal: int) -> Any:
    with suppress(OSError, termios.error):
        return termios.tcgetattr(terminal) if terminal >= 0 else None
    return None


def no_core_dump() -> None:
    """What this process and its children hold must not end up in a core file."""
    import resource

    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


def program_of(arguments: Sequence[str]) -> str:
    """The name for the record: arguments may hold secrets."""
    return Path(arguments[0]).name
