"""Terraform's process: what it says, and an end that leaves the state whole."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from iam_guardrails.model.value import frozen


@frozen
class Ran:
    """How a command ended: exit code, standard output, standard error (both as text)."""

    code: int
    out: str
    err: str


def collect(child: subprocess.Popen[str], stream: Callable[[str], None] | None) -> Ran:
    """Wait for the child and take what it says; `stream` gets each line of standard output as it comes.

    Ctrl-C, SIGTERM and SIGHUP are handed on as the one interrupt on which Terraform ends what it is doing, stores its
    state and releases its lock; then KeyboardInterrupt is raised.
    """
    with _ends_as_interrupt():
        return _collect(child, stream)


def _collect(child: subprocess.Popen[str], stream: Callable[[str], None] | None) -> Ran:
    assert child.stdout and child.stderr
    errors: list[str] = []
    reader = threading.Thread(target=lambda: errors.extend(child.stderr or ()), daemon=True)
    reader.start()
    lines: list[str] = []
    interrupted = False
    try:
        while True:
            try:
                for line in child.stdout:  # read to its end in any case: a full pipe would stop the child
                    lines.append(line)
                    if stream and not interrupted:  # a closed terminal takes no line any more
                        stream(line)
                code = child.wait()
                break
            except KeyboardInterrupt:
                interrupted = True
                child.send_signal(signal.SIGINT)  # in a group of its own, it gets none from the terminal
    finally:
        if child.poll() is None:
            child.terminate()
            child.wait()
    if interrupted:
        raise KeyboardInterrupt
    reader.join(timeout=5)
    return Ran(code, "".join(lines), "".join(errors))


@contextmanager
def _ends_as_interrupt() -> Iterator[None]:
    """A request to end, or a closed terminal, arrives as KeyboardInterrupt: ended at once, this process would leave
    Terraform behind with nobody to read what it says, and it would die of that in mid-apply."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked = (signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in asked}
    kept = {number: handler for number, handler in before.items() if handler is not signal.SIG_IGN}  # nohup stays
    for number in kept:
        signal.signal(number, _interrupt)
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


def _interrupt(_number: int, _frame: Any) -> None:
    raise KeyboardInterrupt
