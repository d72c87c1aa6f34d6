"""CloudTrail's files in a folder (trail_objects)."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Container, Iterable, Iterator, Mapping
from itertools import groupby

from iam_guardrails.adapters.trail_bytes import MAXIMUM_FILE_BYTES, PIECE, Damage
from iam_guardrails.adapters.trail_objects import HELD_BYTES, TOO_MUCH, Absent, StoredObject, limited
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.trail.places import PACKED

SIDECAR = ".metadata.json"
_READ = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC  # without waiting for a pipe's other end


class FolderObjects:
    """The files of a folder; keys are paths relative to it, as text (key_of).

    The metadata of the object KEY stands in the file KEY.metadata.json, when there is one: what `aws s3api
    head-object` printed, or a plain JSON object of names and values. Such files are no objects of their own; one beside
    which there is no KEY is one like any other. Where KEY.gz was unpacked, KEY.gz.metadata.json is KEY's.
    """

    reads_at_once = 1

    def __init__(self, path: str) -> None:
        self.source = path
        self.bucket = ""
        self.prefix = ""
        self._root = path

    def list(self, under: str = "") -> Iterator[StoredObject]:
        """See TrailObjects. Links are followed; a link to a folder that holds it is a Problem."""
        yield from _walk(self._root, under)

    def read(self, key: str) -> bytes:
        """See TrailObjects."""
        return _content(self._path(key))

    def open(self, key: str) -> bytes | Iterator[bytes]:
        """See TrailObjects."""
        path = self._path(key)
        try:
            size = os.stat(path).st_size  # noqa: PTH116 - as in `open_objects`
        except (OSError, ValueError):  # reading it tells
            size = 0
        return _pieces(path) if size > HELD_BYTES else self.read(key)

    def read_several(self, keys: Iterable[str]) -> Iterator[tuple[str, bytes | Iterator[bytes] | Damage]]:
        """What `open` gives of each file, in their order, or why it cannot be had; each folder is looked up once."""
        for name, alike in groupby(keys, _folder_of):
            try:
                folder = os.open(self._path(name or "."), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            except (OSError, ValueError, Absent):
                yield from ((key, self._opened_or_why(key)) for key in alike)
                continue
            try:
                for key in alike:
                    try:
                        yield key, _content(name_of(key[len(name) :]), folder, HELD_BYTES)
                    except Larger:
                        yield key, self._opened_or_why(key)
                    except Damage as damage:
                        yield key, damage
            finally:
                os.close(folder)

    def _opened_or_why(self, key: str) -> bytes | Iterator[bytes] | Damage:
        try:
            return self.open(key)
        except Damage as damage:
            return damage

    def metadata(self, key: str) -> Mapping[str, str]:
        """See TrailObjects; empty when there is no file KEY.metadata.json."""
        path = self._path(key)
        if not os.path.lexists(path):
            raise Absent("there is no such file")
        for beside in (path + SIDECAR, path + PACKED + SIDECAR):
            try:
                return _metadata(_content(beside))
            except Absent:
                continue
        return {}

    def _path(self, key: str) -> str:
        if not key or key.startswith("/") or ".." in key.split("/"):
            raise Absent("there is no such file")
        return f"{self._root}/{name_of(key)}"


def key_of(name: str) -> str:
    """A file's or folder's name as keys have it, which can always be written as UTF-8.

    A name on a disk is any bytes, e.g. what somebody unpacked who knew another encoding; a byte that is no UTF-8 stands
    as `\\xe4`, and where a name holds such letters itself, their backslash as `\\x5c`.
    """
    if is_plain(name):
        return name
    return os.fsencode(re.sub(r"\\(?=x(?:[89a-f][0-9a-f]|5c))", r"\\x5c", name)).decode("utf-8", "backslashreplace")


def name_of(key: str) -> str:
    """The path of which `key_of` made the key."""
    if is_plain(key):
        return key
    raw = key.encode("utf-8", "surrogatepass")  # half a letter, as a digest may name, is in no name of a file
    return os.fsdecode(re.sub(rb"\\x([89a-f][0-9a-f]|5c)", lambda found: bytes.fromhex(found[1].decode()), raw))


def is_plain(names: str) -> bool:
    """Whether `key_of` changes nothing in any of these names."""
    return names.isascii() and "\\" not in names


def is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether this is a folder, or a link to one; of a link that leads nowhere, or in a circle, reading it tells."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def is_sidecar(name: str, names: Container[str]) -> bool:
    """Whether a file holds the metadata of another one of the names in its folder."""
    if not name.endswith(SIDECAR):
        return False
    whose = name.removesuffix(SIDECAR)
    return whose in names or (whose.endswith(PACKED) and whose.removesuffix(PACKED) in names)


def _walk(root: str, under: str) -> Iterator[StoredObject]:
    """The files below a folder in the order of their keys; one generator, because nested ones hand each file up."""
    holders: list[tuple[int, int]] = []
    levels = [("", _names(root, holders))]
    while levels:
        folder, names = levels[-1]
        for name in names:
            key = folder + name
            if name.endswith("/"):
                if key.startswith(under) or under.startswith(key):
                    levels.append((key, _names(f"{root}/{name_of(key[:-1])}", holders)))
                    break
            elif key.startswith(under):
                yield _listed(root, key)
        else:
            levels.pop()
            holders.pop()


def _names(folder: str, holders: list[tuple[int, int]]) -> Iterator[str]:
    """What a folder holds, sorted as keys are; a folder's name ends with a slash. `holders` are those around it.

    Names are all that is held of a folder, however many files are in it.
    """
    try:
        found = os.stat(folder)  # noqa: PTH116 - pathlib costs time that other commands need not pay
        here = (found.st_dev, found.st_ino)
        if here in holders:
            raise Problem(f"{folder} is a link to a folder that holds it; remove the link")
        with os.scandir(folder) as entries:
            names = [f"{entry.name}/" if is_folder(entry) else entry.name for entry in entries]
    except OSError as error:
        raise Problem(f"the folder {folder} cannot be listed ({error.strerror}); make it readable") from None
    holders.append(here)
    if any(name.endswith(SIDECAR) for name in names):
        whose = {name.removesuffix("/") for name in names}
        names = [name for name in names if not is_sidecar(name, whose)]
    if not is_plain("".join(names)):
        names = [key_of(name) for name in names]
    names.sort()
    return iter(names)


def _listed(root: str, key: str) -> StoredObject:
    try:
        found = os.stat(f"{root}/{name_of(key)}")  # noqa: PTH116 - pathlib costs time for every file
    except OSError:  # a link to nothing: reading it tells
        return StoredObject(key, 0, "")
    return StoredObject(key, found.st_size, f"{found.st_mtime_ns}-{found.st_ctime_ns}-{found.st_ino}")


def _folder_of(key: str) -> str:
    """A key up to its last slash; what makes it no key, a slash at its start or "..", shows there or opens a folder."""
    return key[: key.rfind("/") + 1]


class Larger(Damage):
    """A file is larger than may be held at once."""


def _content(path: str, folder: int | None = None, most: int = MAXIMUM_FILE_BYTES) -> bytes:
    """The file's bytes, in as few calls as can be: a month of a trail has tens of thousands of files.

    folder: the descriptor of the folder that `path` begins in.  most: how large it may be. Raises Damage, Larger among
    it.
    """
    try:
        handle = os.open(path, _READ, dir_fd=folder)
        try:
            return _read_whole(handle, most)
        finally:
            os.close(handle)
    except (FileNotFoundError, NotADirectoryError):
        raise Absent("there is no such file") from None
    except (OSError, ValueError) as error:
        raise Damage(f"it cannot be read ({getattr(error, 'strerror', None) or error})") from None


def _pieces(path: str) -> Iterator[bytes]:
    """A large file's bytes. Raises Damage."""
    total = 0
    try:
        with open(os.open(path, _READ), "rb", buffering=0) as file:  # noqa: PTH123 - a descriptor
            while piece := file.read(PIECE):
                total += len(piece)
                if total > MAXIMUM_FILE_BYTES:
                    raise Damage(TOO_MUCH)
                yield piece
    except OSError as error:
        raise Damage(f"it cannot be read ({error.strerror})") from None


def _read_whole(handle: int, most: int) -> bytes:
    found = os.fstat(handle)
    size = found.st_size
    if not stat.S_ISREG(found.st_mode):
        raise Absent("there is no such file") if stat.S_ISDIR(found.st_mode) else Damage("it is no regular file")
    if size > MAXIMUM_FILE_BYTES:
        raise Damage(TOO_MUCH)
    if size > most:
        raise Larger
    content = os.read(handle, size + 1)
    if len(content) == size:
        return content
    parts = [content]  # it is growing, or came in parts
    while parts[-1] and sum(map(len, parts)) <= MAXIMUM_FILE_BYTES:
        parts.append(os.read(handle, 1 << 20))
    return limited(b"".join(parts))


def _metadata(content: bytes) -> Mapping[str, str]:
    import json

    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        raise Damage(f"the file of its metadata ({SIDECAR}) is not JSON") from None
    inner = found.get("Metadata", found) if isinstance(found, dict) else None
    if not isinstance(inner, dict):
        raise Damage(f"the file of its metadata ({SIDECAR}) is no JSON object of names and values")
    return {name.lower().removeprefix("x-amz-meta-"): value for name, value in inner.items() if isinstance(value, str)}
