"""A look at every folder of a tree: the names, sizes and tags of the files in it, and a signature over them.

Of a folder with very many files these are not held: they are listed again when they are wanted, and the signature is a
sum over them, as they come in any order.

Most of the time goes into asking the system for each file's size and times. Where it could be built, `walk.c` does so
in a thread beside Python, which may have begun before anything else was loaded (trail_walk). It signs folders in its
own way: without it every folder counts as changed once, and what is known of the files in it stays known.
"""

from __future__ import annotations

import marshal
import os
import stat
from collections.abc import Container, Iterable, Iterator

from iam_guardrails.adapters import trail_walk
from iam_guardrails.adapters.blake2 import blake2b
from iam_guardrails.adapters.trail_folder_objects import SIDECAR, is_folder, is_plain, is_sidecar, key_of, name_of
from iam_guardrails.adapters.trail_objects import StoredObject
from iam_guardrails.model.problem import Problem

_SIDECAR_NAME = SIDECAR.encode()
_NUMBERS, _NUMBERS_BYTES = "=3qQ", 32
MOST_BYTES, BYTES_EACH, LARGE_FOLDER = trail_walk.MOST_BYTES, 110, 1 << 20
"""How large what is held of a folder's files may be, about how much that is of each, and how large a folder itself is,
as far as its file system tells, that may have more files."""

File = tuple[str, int, int, int, int]
"""A file's name and size, when its content and when anything about it was changed last, and its inode; 0 for each of
these where a link leads to nothing."""
Files = tuple[bytes, bytes]
"""Those of a folder, as Walk tells them: their names, sorted, a zero byte between them; and their numbers."""
NONE: Files = (b"", b"")


class Look:
    """A folder as it was seen: its key, which ends with a slash or is "", and the signature of its files."""

    __slots__ = ("_files", "_root", "key", "signature")

    def __init__(self, root: str, key: str, files: Files | None, signature: str = "") -> None:
        self.key, self._root, self._files = key, root, files
        self.signature = signature or (_signature(files) if files else "")

    def files(self) -> Iterable[StoredObject]:
        """The files in it, a list where they are few; the signature is theirs when all came. Raises Problem."""
        if self._files is None:
            self._files, _, _, self.signature = _entries(f"{self._root}/{name_of(self.key)}")
        if self._files is None:
            return self._many()
        if not self._files[1]:
            return []
        from struct import iter_unpack  # here, because where nothing changed nobody looks at files

        key, made = self.key, tuple.__new__  # as StoredObject(…) makes one, in half the time
        names, numbers = _names_of(self._files), iter_unpack(_NUMBERS, self._files[1])
        if not is_plain("".join(names)):
            names = [key_of(name) for name in names]
        return [
            made(StoredObject, (key + name, size, f"{written}-{changed}-{inode}" if inode else ""))
            for name, (size, written, changed, inode) in zip(names, numbers, strict=True)
        ]

    def _many(self) -> Iterator[StoredObject]:
        total = _Sum()
        for file in _each(f"{self._root}/{name_of(self.key)}", total, []):
            name, size, written, changed, inode = file
            yield StoredObject(self.key + key_of(name), size, f"{written}-{changed}-{inode}" if inode else "")
        self.signature = total.told()


def files_in(root: str, key: str) -> Iterable[StoredObject]:
    """The files in one folder below `root`, not those in folders in it. Raises Problem."""
    return Look(root, key, None).files()


def looks(root: str) -> Iterator[Look]:
    """A look at every folder below `root`, in any order. Raises Problem."""
    walk = trail_walk.taken(root, MOST_BYTES)
    if walk is None:
        yield from (level.look(root) for level in _walk(_Level(f"{root}/", "", ())))
        return
    try:
        for name, names, numbers, signature, failed in walk:
            key, path = key_of(name), f"{root}/{name}"
            if failed == trail_walk.MANY:
                yield from (level.look(root) for level in _walk(_Level(path, key, _around(root, name))))
            elif failed:
                raise _circle(path) if failed == trail_walk.CIRCLE else _unlisted(path, os.strerror(failed))
            else:
                files = (names, numbers)
                kept = _without_sidecars(path, files)
                yield Look(root, key, kept, signature.hex() if kept is files else "")
    finally:
        walk.close()


def _around(root: str, name: str) -> tuple[tuple[int, int], ...]:
    """(device, inode) of the folders through which a walk came from `root` to `name`. Raises Problem."""
    path, found = f"{root}/", []
    for part in name.split("/")[:-1]:
        try:
            own = os.stat(path)  # noqa: PTH116 - as below
        except OSError as error:
            raise _unlisted(path, error.strerror or str(error)) from None
        found.append((own.st_dev, own.st_ino))
        path = f"{path}{part}/"
    return tuple(found)


class _Level:
    """A folder on the way. holders: (device, inode) of those around it.  files, signature: see _entries."""

    __slots__ = ("files", "holders", "key", "path", "signature")

    def __init__(self, path: str, key: str, holders: tuple[tuple[int, int], ...]) -> None:
        self.path, self.key, self.holders = path, key, holders
        self.files: Files | None = None
        self.signature = ""

    def look(self, root: str) -> Look:
        """What was seen of it."""
        return Look(root, self.key, self.files, self.signature)


def _walk(start: _Level) -> Iterator[_Level]:
    """`start` and every folder below it. Links are followed, but not in circles."""
    open_levels = [start]
    while open_levels:
        level = open_levels.pop()
        level.files, folders, here, level.signature = _entries(level.path)
        if here in level.holders:
            raise _circle(level.path)
        open_levels += [
            _Level(f"{level.path}{name}/", f"{level.key}{key_of(name)}/", (*level.holders, here)) for name in folders
        ]
        yield level


def _entries(path: str) -> tuple[Files | None, list[str], tuple[int, int], str]:
    """A folder's files, None where they are very many; the folders in it; (device, inode); the signature of the files.

    Raises Problem.
    """
    try:
        own = os.stat(path)  # noqa: PTH116 - pathlib costs time for every folder
        if own.st_size <= LARGE_FOLDER or not _has_many(path):
            files, found, here = one_by_one(path)
            if sum(map(len, files)) <= MOST_BYTES:
                return files, found, here, _signature(files)
            del files
        total, folders = _Sum(), list[str]()
        for _ in _each(path, total, folders):
            pass
    except OSError as error:
        raise _unlisted(path, error.strerror or str(error)) from None
    return None, sorted(folders), (own.st_dev, own.st_ino), total.told()


def one_by_one(path: str) -> tuple[Files, list[str], tuple[int, int]]:
    """A folder's files, the folders in it, and (device, inode). Raises OSError."""
    names: list[bytes] = []
    numbers: list[int] = []
    folders = []
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        own = os.fstat(handle)
        there = set(os.listdir(handle))  # noqa: PTH208 - pathlib has no folders by descriptor
        for name in sorted(there, key=os.fsencode):
            try:
                found = os.stat(name, dir_fd=handle)
            except OSError:  # a link to nothing: reading it tells
                if not is_sidecar(name, there):
                    names.append(os.fsencode(name))
                    numbers += 0, 0, 0, 0
                continue
            if stat.S_ISDIR(found.st_mode):
                folders.append(name)
            elif not is_sidecar(name, there):
                names.append(os.fsencode(name))
                numbers += found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino
    finally:
        os.close(handle)
    return (b"\0".join(names), _packed(numbers)), folders, (own.st_dev, own.st_ino)


def _packed(numbers: list[int]) -> bytes:
    """As Walk has them; of one that does not fit, a time after the year 2262 or an inode, what is left of it there."""
    from struct import error, pack  # as above

    try:
        return pack(f"={len(numbers)}q", *numbers)
    except error:
        return pack(f"={len(numbers)}Q", *(number & 0xFFFF_FFFF_FFFF_FFFF for number in numbers))


def _names_of(files: Files) -> list[str]:
    return os.fsdecode(files[0]).split("\0") if files[0] else []


def _without_sidecars(path: str, files: Files) -> Files:
    """Without those that hold the metadata of others. path: of their folder, which may hold folders too."""
    if _SIDECAR_NAME not in files[0]:
        return files
    names = _names_of(files)
    there, around = set(names), _Names(path)
    left = [number for number, name in enumerate(names) if not (is_sidecar(name, there) or is_sidecar(name, around))]
    size, numbers = _NUMBERS_BYTES, files[1]
    return (
        b"\0".join(os.fsencode(names[number]) for number in left),
        b"".join(numbers[number * size : (number + 1) * size] for number in left),
    )


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
        raise _unlisted(path, error.strerror or str(error)) from None


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


def _unlisted(path: str, reason: str) -> Problem:
    shown = path.rstrip("/") or "/"
    return Problem(f"the folder {shown} cannot be listed ({reason}); make it readable")


def _circle(path: str) -> Problem:
    return Problem(f"{path[:-1]} is a link to a folder that holds it; remove the link")


def _signature(files: Files) -> str:
    """A hash of them."""
    found = blake2b(b"%d\n" % len(files[0]), digest_size=16)
    for part in files:
        found.update(part)
    return found.hexdigest()
