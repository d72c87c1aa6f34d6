"""Which processes of this machine hold a session of an incident.

One small file for each, locked by the process that entered and by every child of it that inherits the descriptor: the
kernel lets go of the lock when the last of them is gone, however that happens. The file holds process ids, no secret.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from iam_guardrails.model.value import frozen

FOLDER = "inside"


@frozen
class Holder:
    """parent, child: (process id, when it started as the kernel tells it); 0 where unknown.  path: its file."""

    path: Path
    parent: tuple[int, str]
    child: tuple[int, str]

    def end(self) -> bool:
        """Tell the process that entered, else the child, to end; whether there was one to tell."""
        for (pid, started), number in ((self.parent, signal.SIGTERM), (self.child, signal.SIGHUP)):
            if pid and started and started_at(pid) == started:
                with suppress(OSError):
                    os.kill(pid, number)
                    return True
        return False


class Mark:
    """An open file of ours; `descriptor` is for the child to inherit, -1 where none could be made."""

    def __init__(self, path: Path, file: Any) -> None:
        self._path = path
        self._file = file

    @property
    def descriptor(self) -> int:
        """What the child inherits."""
        return -1 if self._file is None else int(self._file.fileno())

    def started(self, child: int) -> None:
        """Note the child."""
        if self._file is None:
            return
        me = os.getpid()
        facts = {"parent": [me, started_at(me)], "child": [child, started_at(child)]}
        with suppress(OSError):
            self._file.seek(0)
            self._file.truncate()
            self._file.write(json.dumps(facts))
            self._file.flush()

    def remove(self) -> None:
        """Give the file up; it stays where a grandchild still holds it."""
        if self._file is None:
            return
        self._file.close()
        if not _held(self._path):
            self._path.unlink(missing_ok=True)


@contextmanager
def marked(work: Path, incident_id: str) -> Iterator[Mark]:
    """Hold a mark while a session is used. A disk that is full stops nobody from entering."""
    path, file = work / FOLDER / f"{incident_id}.{os.getpid()}.json", None
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("w")
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    mark = Mark(path, file)
    try:
        yield mark
    finally:
        with suppress(OSError):
            mark.remove()


def holders(work: Path, incident_id: str) -> tuple[Holder, ...]:
    """Who holds a session of the incident on this machine; files that nobody holds are removed."""
    found = []
    for path in sorted((work / FOLDER).glob(f"{incident_id}.*.json")):
        if _held(path):
            found.append(_holder(path))
        else:
            with suppress(OSError):
                path.unlink(missing_ok=True)
    return tuple(found)


def started_at(pid: int) -> str:
    """When a process started, as /proc or ps tells it, "" for none: its id alone may be somebody else's by now."""
    with suppress(OSError, IndexError):
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[19]
    if Path("/proc/self/stat").exists():
        return ""
    import subprocess

    with suppress(OSError):
        ran = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
        return ran.stdout.strip()
    return ""


def _held(path: Path) -> bool:
    try:
        with path.open() as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return False
    except BlockingIOError:
        return True
    except OSError:
        return False


def _holder(path: Path) -> Holder:
    def pair(facts: Any, name: str) -> tuple[int, str]:
        pid, started = facts[name]
        return int(pid), str(started)

    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        return Holder(path, pair(facts, "parent"), pair(facts, "child"))
    except (OSError, ValueError, KeyError, TypeError):
        return Holder(path, (0, ""), (0, ""))
