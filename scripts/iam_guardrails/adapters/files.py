"""Files, written so that a reader sees the old content or the new one, never half of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from iam_guardrails.model.problem import Problem

if TYPE_CHECKING:  # pathlib costs milliseconds that commands which only read a file do not have to pay
    from pathlib import Path


def write_atomic(
    path: Path, content: str | bytes | Iterable[str | bytes], mode: int = 0o600, *, durable: bool = True
) -> None:
    """Write `content`, whole or in parts, to `path` by way of a temporary file in the same folder, fsync and rename.

    durable: False leaves out the fsync, for what can be made anew and is checked when it is read. The
    folder is made when it is missing. A device or a pipe, such as /dev/stdout, is written to as it is: a rename would
    take its place. Raises Problem when the folder cannot be written.
    """
    import os  # here, because reading, which most commands only do, does not need it

    parts = (content,) if isinstance(content, (str, bytes)) else content
    try:
        if _is_stream(path):
            with path.open("ab") as stream:
                stream.writelines(part.encode() if isinstance(part, str) else part for part in parts)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        name = path.parent / f".{path.name}.{os.urandom(6).hex()}"  # tempfile takes longer to import than this
        handle = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                for part in parts:
                    file.write(part.encode() if isinstance(part, str) else part)
                file.flush()
                if durable:
                    os.fsync(file.fileno())
            name.chmod(mode)
            name.replace(path)
        except BaseException:
            name.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise Problem(f"{path} cannot be written: {error.strerror}; free the folder or choose another") from None


def _is_stream(path: Path) -> bool:
    """Whether `path` is, or leads to, something that is there and neither a file nor a folder.

    So is what stands in /dev, whatever it leads to: /dev/stdout may lead to a file that others are writing to.
    """
    there = path.exists() and not path.is_dir()
    return there and (not path.is_file() or path.absolute().parts[:2] == ("/", "dev"))


def remove_unfinished(folder: Path, name: str = "") -> None:
    """Remove the temporary files that a `write_atomic` or `require_writable` which was killed left in a folder.

    name: of the file they were for, "" for any. The caller holds what keeps other writers out. Raises Problem.
    """
    import re

    wanted = re.compile(rf"\.{re.escape(name) if name else '.+'}\.(?:[0-9a-f]{{12}}|[0-9a-z_]{{8}})")
    try:
        for path in folder.glob(".*"):
            if wanted.fullmatch(path.name) and path.is_file() and not path.is_symlink():
                path.unlink(missing_ok=True)
    except OSError as error:
        raise Problem(f"{folder} cannot be written: {error.strerror}; free the folder or choose another") from None


def require_writable(path: Path) -> None:
    """Raise Problem where `path` could not be written by `write_atomic`: the folder is tried with an empty file."""
    import tempfile

    try:
        if path.is_dir():
            raise IsADirectoryError(21, "it is a folder")
        if _is_stream(path):
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}."):
            pass
    except OSError as error:
        raise Problem(f"{path} cannot be written: {error.strerror}; free the folder or choose another") from None


def read_text(path: str | Path, what: str) -> str:
    """The text of `path`; raises Problem naming `what` (e.g. "the expectations") when it cannot be read."""
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123 - see the import of pathlib above
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise Problem(f"{what}: {_unread(path, error)}") from None


def _unread(path: str | Path, error: OSError | UnicodeDecodeError) -> str:
    from iam_guardrails.model.visible import visible  # here, because mostly nothing is wrong

    told = visible(str(path))
    if isinstance(error, FileNotFoundError):
        return f"there is no file {told}"
    if isinstance(error, UnicodeDecodeError):
        return f"{told} is not UTF-8 text; save it as UTF-8"
    return f"{told} cannot be read ({error.strerror or error})"


def sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hex. Raises OSError when it cannot be read."""
    import hashlib

    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest(paths: Iterable[Path], root: Path) -> str:
    """One SHA-256 over the names (relative to `root`) and contents of the given files, whatever their order."""
    import hashlib

    total = hashlib.sha256()
    for path in sorted(paths):
        total.update(f"{path.relative_to(root).as_posix()}\0{sha256(path)}\n".encode())
    return total.hexdigest()
