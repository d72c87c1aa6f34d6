"""Change_Log.md: entries newest first, each once, the file written whole."""

from __future__ import annotations

import fcntl
import re
from pathlib import Path
from typing import IO

from iam_guardrails.adapters.files import read_text, remove_unfinished, require_writable, write_atomic
from iam_guardrails.model.problem import Problem

HEADING = "## Entries"
NONE_YET = "None yet."
FORM = ("Why", "Who", "When", "What was changed", "Alarms", "Prevention")
"""The lines of the entry of a use of the role."""
EMPTY = f"# Change log: what people did with emergency access\n\n{HEADING}\n\n{NONE_YET}\n"


def add_entry(path: Path, lock: Path, entry: str, *, make: bool = False, mark: str = "") -> bool:
    """Put an entry above the others; False where one of the same kind, environment and id is there already.

    mark: where these may stand several times (reviews), a text that only an entry about the same thing holds.

    entry: begins with its heading, "### DAY · KIND · ENVIRONMENT · ID".  lock: a file that one writer at a time holds.
    make: whether to make the file where there is none. Raises Problem.
    """
    head = entry.split("\n", 1)[0]
    what = head.split(" · ", 1)
    if not re.fullmatch(r"### \d{4}-\d{2}-\d{2} · .+", head):
        raise Problem(f"{head[:80]!r} is no heading of an entry of {path.name}")
    with _opened(lock) as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        remove_unfinished(path.parent, path.name)
        lines = _lines(path, make)
        begin = _entries(lines, path)
        if _is_there(lines[begin:], what[1], mark):
            return False
        rest = "\n".join(line for line in lines[begin + 1 :] if line.strip() != NONE_YET).strip("\n")
        above = "\n".join(lines[: begin + 1])
        below = f"\n{rest}\n" if rest else ""
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
        write_atomic(path, f"{above}\n\n{entry.strip()}\n{below}", mode=mode)
    return True


def require_entries(path: Path, lock: Path, *, make: bool = False) -> None:
    """Raise Problem where `add_entry` could not write into the log: before something is done that belongs in there."""
    with _opened(lock) as held:
        _entries(_lines(path, make), path)
        fcntl.flock(held, fcntl.LOCK_EX)  # the file that tries the folder is not taken for what a killed one left
        require_writable(path)


def entries(path: Path) -> dict[str, str]:
    """The entries by what stands behind the day, e.g. "break-glass · prod · INC-1", with what stands below it.

    Empty where there is no log, or none that can be read.
    """
    try:
        lines = _text(path).split("\n")
        begin = _entries(lines, path)
    except Problem:
        return {}
    found: dict[str, str] = {}
    what = ""
    for line in lines[begin + 1 :]:
        if line.startswith("### "):
            what = line.partition(" · ")[2].strip()
        found[what] = f"{found.get(what, '')}{'' if line.startswith('### ') else line}\n"
    found.pop("", None)
    return found


def lacks(body: str) -> tuple[str, ...]:
    """Which lines of the form an entry of a use lacks."""
    there = re.findall(r"^- ([A-Z][^:]*): *\S", body, re.MULTILINE)
    return tuple(name for name in FORM if name not in there)


def _opened(lock: Path) -> IO[str]:
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        return lock.open("a")
    except OSError as error:
        raise Problem(f"{lock} cannot be written: {error.strerror}; free the folder or choose another") from None


def _lines(path: Path, make: bool) -> list[str]:
    text = EMPTY if make and not path.exists() else _text(path)
    return text.split("\n")


def _is_there(lines: list[str], what: str, mark: str) -> bool:
    """Whether an entry has that heading, whatever its day, and the mark below it."""
    fits = False
    for line in lines:
        if line.startswith("### "):
            fits = line.split(" · ", 1)[1:] == [what]
        if fits and mark in line:
            return True
    return False


def _entries(lines: list[str], path: Path) -> int:
    """The line of the heading, outside the example of the form."""
    fenced = False
    for number, line in enumerate(lines):
        if line.startswith("```"):
            fenced = not fenced
        elif line.strip() == HEADING and not fenced:
            return number
    raise Problem(f"{path} has no heading {HEADING!r}, below which entries go; restore it from version control")


def _text(path: Path) -> str:
    """The text of a log. Raises Problem."""
    if not path.exists():
        raise Problem(f"the change log {path} is not there, into which the entry goes; restore it from"
                      " version control, and repeat")  # fmt: skip
    return read_text(path, "the change log")
