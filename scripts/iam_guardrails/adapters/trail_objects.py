"""CloudTrail's files in a folder or under a prefix of an S3 bucket, behind one port.

An adapter can be pickled, so that several processes read through their own connections. Sources: Amazon S3 API
Reference, ListObjectsV2 (in order of the keys' UTF-8 bytes), GetObject, HeadObject (user-defined metadata).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from operator import itemgetter
from typing import Any, NamedTuple, Protocol

from iam_guardrails.adapters.trail_bytes import MAXIMUM_FILE_BYTES, Damage
from iam_guardrails.model.problem import Problem

SIDECAR = ".metadata.json"
_S3 = "s3://"
_TOO_MUCH = f"it holds more than {MAXIMUM_FILE_BYTES >> 20} MiB"


class Absent(Damage):
    """There is no object with that key."""


class StoredObject(NamedTuple):
    """An object as the store lists it: its key ("/" between folders), size in bytes, and a tag of its content.

    The tag changes when the content does: S3's ETag, or for a file its modification time and inode. A tuple, because
    there are as many as files.
    """

    key: str
    size: int
    etag: str


class TrailObjects(Protocol):
    """A store of files that CloudTrail wrote."""

    @property
    def source(self) -> str:
        """What names it: a folder, or s3://bucket/prefix."""

    @property
    def bucket(self) -> str:
        """The bucket; "" for a folder, whose files may come from any."""

    @property
    def reads_at_once(self) -> int:
        """How many reads at once pay off in one process: several where most of a read is waiting."""

    def list(self, under: str = "") -> Iterator[StoredObject]:
        """Every object whose key begins with `under`, sorted by key. Raises Problem when a part cannot be listed."""

    def read(self, key: str) -> bytes:
        """The content as stored, not unpacked. Raises Absent, Damage (a clause), or Problem when nothing can go on."""

    def metadata(self, key: str) -> Mapping[str, str]:
        """The object's user-defined metadata, without "x-amz-meta-". Raises Absent, Damage or Problem."""


def open_objects(source: str, environment: Mapping[str, str] | None = None, region: str = "") -> TrailObjects:
    """The store that `source` names: an existing folder, or s3://bucket or s3://bucket/prefix.

    environment: where S3's credentials and Region are looked for, os.environ when None.  region: the bucket's Region,
    else AWS_REGION, AWS_DEFAULT_REGION, us-east-1; S3 redirects within a partition. Raises Problem.
    """
    if source.startswith(_S3):
        bucket, _slash, prefix = source.removeprefix(_S3).partition("/")
        if not bucket:
            raise Problem(f'"{source}" names no bucket; write s3://bucket or s3://bucket/prefix')
        return S3Objects(bucket, prefix, region, environment)
    try:
        mode = os.stat(source).st_mode  # noqa: PTH116 - pathlib costs milliseconds that other commands need not pay
    except FileNotFoundError:
        raise Problem(
            f"there is no folder {source}; name a folder of CloudTrail files, or s3://bucket/prefix"
        ) from None
    except (OSError, ValueError) as error:
        raise Problem(f"{source} cannot be opened ({getattr(error, 'strerror', None) or error})") from None
    if not stat.S_ISDIR(mode):
        raise Problem(f"{source} is no folder; name the folder that holds the CloudTrail files, or s3://bucket/prefix")
    return FolderObjects(source)


class FolderObjects:
    """The files of a folder; keys are paths relative to it.

    The metadata of the object KEY stands in the file KEY.metadata.json, when there is one: what `aws s3api
    head-object` printed, or a plain JSON object of names and values. Such files are no objects of their own.
    """

    reads_at_once = 1

    def __init__(self, path: str) -> None:
        self.source = path
        self.bucket = ""
        self._root = path

    def list(self, under: str = "") -> Iterator[StoredObject]:
        """See TrailObjects. Links are followed; a link to a folder that holds it is a Problem."""
        yield from _walk(self._root, under)

    def read(self, key: str) -> bytes:
        """See TrailObjects."""
        return _content(self._path(key))

    def metadata(self, key: str) -> Mapping[str, str]:
        """See TrailObjects; empty when there is no file KEY.metadata.json."""
        path = self._path(key)
        if not os.path.lexists(path):
            raise Absent("there is no such file")
        try:
            return _metadata(_content(path + SIDECAR))
        except Absent:
            return {}

    def _path(self, key: str) -> str:
        if not key or key.startswith("/") or ".." in key.split("/"):
            raise Absent("there is no such file")
        return f"{self._root}/{key}"


def _walk(root: str, under: str) -> Iterator[StoredObject]:
    """The files below a folder in the order of their keys; one generator, because nested ones hand each file up."""
    holders: list[tuple[int, int]] = []
    levels = [_entries(root, "", holders)]
    while levels:
        for whole, entry in levels[-1]:
            if whole.endswith("/"):
                if whole.startswith(under) or under.startswith(whole):
                    levels.append(_entries(entry.path, whole, holders))
                    break
            elif whole.startswith(under) and not whole.endswith(SIDECAR):
                yield _listed(whole, entry)
        else:
            levels.pop()
            holders.pop()


def _entries(folder: str, key: str, holders: list[tuple[int, int]]) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """What a folder holds, with the keys, sorted; a folder's key ends with a slash. `holders` are those around it."""
    try:
        found = os.stat(folder)  # noqa: PTH116 - see above
        here = (found.st_dev, found.st_ino)
        if here in holders:
            raise Problem(f"{folder} is a link to a folder that holds it; remove the link")
        with os.scandir(folder) as entries:
            named = [(f"{key}{entry.name}/" if entry.is_dir() else key + entry.name, entry) for entry in entries]
    except OSError as error:
        raise Problem(f"the folder {folder} cannot be listed ({error.strerror}); make it readable") from None
    holders.append(here)
    named.sort(key=_key)
    return iter(named)


_key = itemgetter(0)


def _listed(key: str, entry: os.DirEntry[str]) -> StoredObject:
    try:
        found = entry.stat()
    except OSError:  # a link to nothing: reading it tells
        return StoredObject(key, 0, "")
    return StoredObject(key, found.st_size, f"{found.st_mtime_ns}-{found.st_ino}")


def _content(path: str) -> bytes:
    """The file's bytes, in as few calls as can be: a month of a trail has tens of thousands of files."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # without waiting for a pipe's other end
        try:
            return _read_whole(handle)
        finally:
            os.close(handle)
    except (FileNotFoundError, NotADirectoryError):
        raise Absent("there is no such file") from None
    except (OSError, ValueError) as error:
        raise Damage(f"it cannot be read ({getattr(error, 'strerror', None) or error})") from None


def _read_whole(handle: int) -> bytes:
    found = os.fstat(handle)
    if stat.S_ISDIR(found.st_mode):
        raise Absent("there is no such file")
    if not stat.S_ISREG(found.st_mode):
        raise Damage("it is no regular file")
    if found.st_size > MAXIMUM_FILE_BYTES:
        raise Damage(_TOO_MUCH)
    content = os.read(handle, found.st_size + 1)
    if len(content) == found.st_size:
        return content
    parts = [content]  # it is growing, or came in parts
    while parts[-1] and sum(map(len, parts)) <= MAXIMUM_FILE_BYTES:
        parts.append(os.read(handle, 1 << 20))
    return _limited(b"".join(parts))


def _limited(content: bytes) -> bytes:
    if len(content) > MAXIMUM_FILE_BYTES:
        raise Damage(_TOO_MUCH)
    return content


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


class S3Objects:
    """The objects of a bucket under a prefix; keys are whole, from the root of the bucket."""

    reads_at_once = 8

    def __init__(
        self, bucket: str, prefix: str = "", region: str = "", environment: Mapping[str, str] | None = None,
        client: Any = None,
    ) -> None:  # fmt: skip
        """`prefix` names a folder: "logs" holds logs/x, not logs2/x.  client: an S3 client, made when needed if None.

        For the rest see open_objects. A pickled copy makes its own client.
        """
        self.source = _S3 + bucket + (f"/{prefix}" if prefix else "")
        self.bucket = bucket
        self._prefix = prefix if not prefix or prefix.endswith("/") else prefix + "/"
        self._environment = environment
        variables = os.environ if environment is None else environment
        self._region = region or variables.get("AWS_REGION") or variables.get("AWS_DEFAULT_REGION") or "us-east-1"
        self._client = client
        self._process = os.getpid()

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_client": None}

    def list(self, under: str = "") -> Iterator[StoredObject]:
        """See TrailObjects."""
        if not (under.startswith(self._prefix) or self._prefix.startswith(under)):
            return
        start = max(self._prefix, under, key=len)
        given: dict[str, str] = {}
        while True:
            page = self._page(start, given)
            for found in page.get("Contents", ()):
                yield StoredObject(found["Key"], found["Size"], found["ETag"].strip('"'))
            if not page.get("IsTruncated"):
                return
            token = page.get("NextContinuationToken", "")
            if not token or token == given.get("ContinuationToken"):
                raise Problem(f"S3 did not say how the list of {self.source} goes on; repeat the command")
            given = {"ContinuationToken": token}

    def _page(self, start: str, given: Mapping[str, str]) -> Mapping[str, Any]:
        try:
            page: Mapping[str, Any] = self._connected().list_objects_v2(Bucket=self.bucket, Prefix=start, **given)
            return page
        except Problem:
            raise
        except Exception as error:  # botocore's parser errors share no base class with the others
            from iam_guardrails.adapters.aws.errors import AwsError, fatal, sentence

            raise fatal("s3:ListBucket", self._region, error) or AwsError(
                f"{self.source} cannot be listed: {sentence('s3:ListBucket', error)}; check the bucket's name and that"
                " these credentials may list it"
            ) from None

    def read(self, key: str) -> bytes:
        """See TrailObjects."""
        body = self._asked("GetObject", key)["Body"]
        try:
            content: bytes = body.read(MAXIMUM_FILE_BYTES + 1)
        except Exception as error:  # the network may end in the middle in many ways
            raise Damage(f"reading it ended too early ({type(error).__name__})") from None
        return _limited(content)

    def metadata(self, key: str) -> Mapping[str, str]:
        """See TrailObjects."""
        found: Mapping[str, str] = self._asked("HeadObject", key).get("Metadata", {})
        return found

    def _asked(self, operation: str, key: str) -> Mapping[str, Any]:
        client = self._connected()
        method = client.get_object if operation == "GetObject" else client.head_object
        try:
            answer: Mapping[str, Any] = method(Bucket=self.bucket, Key=key)
            return answer
        except Exception as error:  # botocore's parser errors share no base class with the others
            from iam_guardrails.adapters.aws.errors import code_of, fatal, sentence

            action, code = "s3:GetObject", code_of(error)  # HeadObject needs the same permission
            if code in ("NoSuchKey", "404", "NotFound"):
                raise Absent("there is no such object") from None
            if code == "InvalidObjectState":
                raise Damage("it is archived in a Glacier storage class; restore it first") from None
            raise fatal(action, self._region, error) or Damage(
                f"it cannot be read: {sentence(action, error)}"
            ) from None

    def _connected(self) -> Any:
        """The client; a forked process makes its own, because two must not write into one connection."""
        if self._client is None or self._process != os.getpid():
            self._process = os.getpid()
            from iam_guardrails.adapters.aws.session import session

            variables = dict(os.environ if self._environment is None else self._environment)
            self._client = session(variables, self._region).client("s3", self._region)
        return self._client
