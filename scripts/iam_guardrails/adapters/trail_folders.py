"""A look at every folder of a tree: the names, sizes and tags of the files in it, and a signature over them.

Of a folder with very many files these are not held: they are listed again when they are wanted, and the signature is a
sum over them, as they come in any order.

Most of the time goes into asking the system for each file's size and times, so two processes share the folders where
there are many files: which folder has how many is known from the last time.
"""

from __future__ import annotations

import marshal
import os
import stat
import sys
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping
from struct import Struct

from iam_guardrails.adapters.blake2 import blake2b
from iam_guardrails.adapters.trail_folder_objects import SIDECAR, is_folder, is_sidecar, key_of, name_of
from iam_guardrails.adapters.trail_objects import StoredObject
from iam_guardrails.model.problem import Problem

try:
    from iam_guardrails.adapters._folder import entries
except ImportError:  # installed without a C compiler
    HAS_FOLDER = False
else:
    HAS_FOLDER = True

_SIDECAR_NAME = f"{SIDECAR}\0".encode()
_NUMBERS = Struct("=4q")
SHARED_FROM = 4000
"""From how many files on two processes look."""
MOST_BYTES, BYTES_EACH, LARGE_FOLDER = 2 << 20, 110, 1 << 20
"""How large what is held of a folder's files may be, about how much that is of each, and how large a folder itself is,
as far as its file system tells, that may have more files."""
HALF, MORE = 0.5, 0.55
"""How much of the looking another process does, and how much where this one has more to do."""

File = tuple[str, int, int, int, int]
"""A file's name and size, when its content and when anything about it was changed last, and its inode; 0 for each of
these where a link leads to nothing."""


Files = bytes | list[File]
"""Those of a folder, sorted by name; bytes as _folder.entries gives them."""


class Look:
    """A folder as it was seen: its key, which ends with a slash or is "", and the signature of its files."""

    __slots__ = ("_files", "_root", "key", "signature")

    def __init__(self, root: str, key: str, signature: str, files: Files | None) -> None:
        self.key, self.signature, self._root, self._files = key, signature, root, files

    def files(self) -> Iterable[StoredObject]:
        """The files in it, a list where they are few; the signature is theirs when all came. Raises Problem."""
        if self._files is None:
            self._files, _, _, self.signature = _entries(f"{self._root}/{name_of(self.key)}")
        if self._files is None:
            return self._many()
        key, made = self.key, tuple.__new__  # as StoredObject(…) makes one, in half the time
        return [
            made(StoredObject, (key + key_of(name), size, f"{written}-{changed}-{inode}" if inode else ""))
            for name, size, written, changed, inode in parted(self._files)
        ]

    def _many(self) -> Iterator[StoredObject]:
        total = _Sum()
        for file in _each(f"{self._root}/{name_of(self.key)}", total, []):
            name, size, written, changed, inode = file
            yield StoredObject(self.key + key_of(name), size, f"{written}-{changed}-{inode}" if inode else "")
        self.signature = total.told()


def files_in(root: str, key: str) -> Iterable[StoredObject]:
    """The files in one folder below `root`, not those in folders in it. Raises Problem."""
    return Look(root, key, "", None).files()


def looks(
    root: str, counts: Mapping[str, int], cores: int, meanwhile: Callable[[], object] | None = None
) -> Iterator[Look]:
    """A look at every folder below `root`. Raises Problem.

    counts: how many files each had the last time.  meanwhile: what else there is to do, while another process looks.
    """
    aside = _aside(counts, MORE if meanwhile else HALF) if cores > 1 and sys.platform == "linux" else []
    helper = _Helper(root, aside) if aside else None
    try:
        if meanwhile:
            meanwhile()
        apart = set(aside)
        later = []
        for level in _walk(_Level(f"{root}/", "", ()), apart):
            if level.key in apart:
                later.append(level)
            else:
                yield level.look(root)
        seen = helper.signatures() if helper else {}
        for level in later:
            if seen.get(level.key):
                yield Look(root, level.key, seen[level.key], None)
                continue
            for inner in _walk(level, ()):
                yield inner.look(root)
    finally:
        if helper:
            helper.close()


def _aside(counts: Mapping[str, int], part: float) -> list[str]:
    """Folders that hold about this part of all files; none where that is not worth a process."""
    total = sum(counts.values())
    chosen: list[str] = []
    if total < SHARED_FROM:
        return chosen
    share = 0
    for key, count in counts.items():
        if share + count > total * part:
            break
        share += count
        chosen.append(key)
    return chosen


class _Level:
    """A folder on the way. holders: (device, inode) of those around it.  files, signature: see _entries."""

    __slots__ = ("files", "holders", "key", "path", "signature")

    def __init__(self, path: str, key: str, holders: tuple[tuple[int, int], ...]) -> None:
        self.path, self.key, self.holders = path, key, holders
        self.files: Files | None = None
        self.signature = ""

    def look(self, root: str) -> Look:
        """What was seen of it."""
        return Look(root, self.key, self.signature, self.files)


def _walk(start: _Level, apart: Collection[str]) -> Iterator[_Level]:
    """`start` and every folder below it; those in `apart` are not listed. Links are followed, but not in circles."""
    open_levels = [start]
    while open_levels:
        level = open_levels.pop()
        if level.key not in apart:
            level.files, folders, here, level.signature = _entries(level.path)
            if here in level.holders:
                raise Problem(f"{level.path[:-1]} is a link to a folder that holds it; remove the link")
            open_levels += [
                _Level(f"{level.path}{name}/", f"{level.key}{key_of(name)}/", (*level.holders, here))
                for name in folders
            ]
        yield level


def _entries(path: str) -> tuple[Files | None, list[str], tuple[int, int], str]:
    """A folder's files, None where they are very many; the folders in it; (device, inode); the signature of the files.

    Raises Problem.
    """
    try:
        own = os.stat(path)  # noqa: PTH116 - pathlib costs time for every folder
        if own.st_size <= LARGE_FOLDER or not _has_many(path):
            files, found, here = _few(path)
            if (len(files) if isinstance(files, bytes) else BYTES_EACH * len(files)) <= MOST_BYTES:
                return files, found, here, _signature(files)
            del files
        total, folders = _Sum(), list[str]()
        for _ in _each(path, total, folders):
            pass
    except OSError as error:
        raise _unlisted(path, error) from None
    return None, sorted(folders), (own.st_dev, own.st_ino), total.told()


def _few(path: str) -> tuple[Files, list[str], tuple[int, int]]:
    """A folder's files, the folders in it, and (device, inode). Raises OSError."""
    if HAS_FOLDER:
        found, folders, device, inode = entries(path)
        if _SIDECAR_NAME not in found:
            return found, folders, (device, inode)
    return one_by_one(path)


def one_by_one(path: str) -> tuple[list[File], list[str], tuple[int, int]]:
    """The same where there is no _folder, or metadata beside the files. Raises OSError."""
    files: list[File] = []
    folders = []
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        own = os.fstat(handle)
        names = set(os.listdir(handle))  # noqa: PTH208 - pathlib has no folders by descriptor
        for name in sorted(names):
            try:
                found = os.stat(name, dir_fd=handle)
            except OSError:  # a link to nothing: reading it tells
                files.append((name, 0, 0, 0, 0))
                continue
            if stat.S_ISDIR(found.st_mode):
                folders.append(name)
            elif not is_sidecar(name, names):
                files.append((name, found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino))
    finally:
        os.close(handle)
    return files, folders, (own.st_dev, own.st_ino)


def _has_many(path: str) -> bool:
    """Whether a folder that is large itself holds very many names: it may have held them once. Raises OSError."""
    with os.scandir(path) as found:
        return any(number * BYTES_EACH > MOST_BYTES for number, _ in enumerate(found))


def _each(path: str, total: _Sum, folders: list[str]) -> Iterator[File]:
    """The files in a folder as the system lists them; `total` and `folders` are added to. Raises Problem."""
    names = _Names(path)
    try:
        with os.scandir(path) as found:
            for entry in found:
                if is_folder(entry):
                    folders.append(entry.name)
                elif not is_sidecar(entry.name, names):
                    file = _seen(entry)
                    total.add(file)
                    yield file
    except OSError as error:
        raise _unlisted(path, error) from None


class _Names(Container[str]):
    """The names in a folder, looked up one by one."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __contains__(self, name: object) -> bool:
        return bool(name) and os.path.lexists(f"{self._path}/{name}")


def _seen(entry: os.DirEntry[str]) -> File:
    try:
        found = entry.stat()
    except OSError:  # a link to nothing: reading it tells
        return entry.name, 0, 0, 0, 0
    return entry.name, found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


class _Sum:
    """The signature of files that come in any order."""

    def __init__(self) -> None:
        self._count = self._sum = 0

    def add(self, file: File) -> None:
        """One more."""
        self._count += 1
        self._sum += int.from_bytes(blake2b(marshal.dumps(file, 2), digest_size=32).digest(), "big")

    def told(self) -> str:
        """The signature."""
        return f"{self._count}-{self._sum % (1 << 256):x}"


def _unlisted(path: str, error: OSError) -> Problem:
    shown = path.rstrip("/") or "/"
    return Problem(f"the folder {shown} cannot be listed ({error.strerror}); make it readable")


def parted(files: Files) -> Iterator[File]:
    """The files of a folder, one after the other."""
    if not isinstance(files, bytes):
        yield from files
        return
    at = 0
    while at < len(files):
        end = files.index(0, at)
        yield os.fsdecode(files[at:end]), *_NUMBERS.unpack_from(files, end + 1)
        at = end + 1 + _NUMBERS.size


def _signature(files: Files) -> str:
    """A hash of them. marshal's second format writes the same bytes for the same values, whoever else holds these."""
    return blake2b(files if isinstance(files, bytes) else marshal.dumps(files, 2), digest_size=16).hexdigest()


class _Helper:
    """A process that looks at some folders while this one looks at the others."""

    def __init__(self, root: str, keys: list[str]) -> None:
        self._keys = keys
        self._out, into = os.pipe()
        self._process = os.fork()
        if self._process == 0:
            try:
                told = "\n".join([_alone(f"{root}/{name_of(key)}") for key in keys])
                with open(into, "wb") as file:  # noqa: PTH123 - a descriptor
                    file.write(told.encode())
            finally:
                os._exit(0)
        os.close(into)

    def signatures(self) -> dict[str, str]:
        """What it found, by key; "" or nothing for a folder that has to be looked at again."""
        parts = []
        while part := os.read(self._out, 1 << 16):
            parts.append(part)
        found = b"".join(parts).decode().split("\n")
        return dict(zip(self._keys, found, strict=True)) if len(found) == len(self._keys) else {}

    def close(self) -> None:
        """Let it go."""
        os.close(self._out)
        os.waitpid(self._process, 0)


def _alone(path: str) -> str:
    """The signature of a folder without folders in it; "" for any other."""
    try:
        _, folders, _, signature = _entries(path)
    except Problem:
        return ""
    return "" if folders else signature
