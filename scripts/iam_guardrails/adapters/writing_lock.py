"""A lock for one writer at a time on a machine; the kernel lets go of it however the process ends."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from iam_guardrails.model.problem import Problem

LOCK_SECONDS = 10.0


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Hold the lock of that file. Raises Problem where another holds it for LOCK_SECONDS, or it cannot be made."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a")
    except OSError as error:
        raise Problem(f"{path} cannot be written: {error.strerror}; free the folder or choose another") from None
    with file:
        until = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    told = f"another guardrails holds {path} for {LOCK_SECONDS:.0f} s; end it and repeat"
                    raise Problem(told) from None
                time.sleep(0.05)
        yield
