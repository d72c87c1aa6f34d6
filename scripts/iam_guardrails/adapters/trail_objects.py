"""CloudTrail's files in a folder or under a prefix of an S3 bucket, behind one port.

An adapter can be pickled, so that several processes read through their own connections.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping

from iam_guardrails.adapters.trail_bytes import MAXIMUM_FILE_BYTES, Damage
from iam_guardrails.model.problem import Problem

TYPE_CHECKING = False  # as typing.TYPE_CHECKING, which costs more than a question that was answered before may
if TYPE_CHECKING:
    from typing import NamedTuple, Protocol

    class StoredObject(NamedTuple):
        """An object as the store lists it: its key ("/" between folders), size in bytes, and a tag of its content.

        The tag changes when the content does: S3's ETag, or for a file the times of the last change of its content,
        which anybody may set, and of anything about it, which nobody may, and its inode. A tuple, because there are as
        many as files.
        """

        key: str
        size: int
        etag: str
else:
    from collections import namedtuple

    Protocol = object
    StoredObject = namedtuple("StoredObject", "key size etag")

S3 = "s3://"
HELD_BYTES = 2 << 20
"""How large a file as stored may be to be held as a whole: a trail's are smaller, but anything may lie beside them."""
TOO_MUCH = f"it holds more than {MAXIMUM_FILE_BYTES >> 20} MiB"


class Absent(Damage):
    """There is no object with that key."""


class TrailObjects(Protocol):
    """A store of files that CloudTrail wrote."""

    @property
    def source(self) -> str:
        """What names it: a folder, or s3://bucket/prefix."""

    @property
    def bucket(self) -> str:
        """The bucket; "" for a folder, whose files may come from any."""

    @property
    def prefix(self) -> str:
        """What every key begins with: the folder of a bucket that is looked at, with its slash; "" for all there is."""

    @property
    def reads_at_once(self) -> int:
        """How many reads at once pay off in one process: several where most of a read is waiting."""

    def list(self, under: str = "") -> Iterator[StoredObject]:
        """Every object whose key begins with `under`, sorted by key. Raises Problem when a part cannot be listed."""

    def read(self, key: str) -> bytes:
        """The content as stored, not unpacked. Raises Absent, Damage (a clause), or Problem when nothing can go on."""

    def open(self, key: str) -> bytes | Iterator[bytes]:
        """The same, in pieces where it is larger than HELD_BYTES; these raise Damage where they end too early."""

    def metadata(self, key: str) -> Mapping[str, str]:
        """The object's user-defined metadata, without "x-amz-meta-". Raises Absent, Damage or Problem."""


def open_objects(source: str, environment: Mapping[str, str] | None = None, region: str = "") -> TrailObjects:
    """The store that `source` names: an existing folder, or s3://bucket or s3://bucket/prefix.

    environment: where S3's credentials and Region are looked for, os.environ when None.  region: the bucket's Region,
    else AWS_REGION, AWS_DEFAULT_REGION, us-east-1; S3 redirects within a partition. Raises Problem.
    """
    if source.startswith(S3):
        bucket, _slash, prefix = source.removeprefix(S3).partition("/")
        if not bucket:
            raise Problem(f'"{source}" names no bucket; write s3://bucket or s3://bucket/prefix')
        from iam_guardrails.adapters.trail_s3_objects import S3Objects

        return S3Objects(bucket, prefix, region, environment)
    try:
        mode = os.stat(source).st_mode  # noqa: PTH116 - pathlib costs milliseconds that other commands need not pay
    except FileNotFoundError:
        told = f"there is no folder {_told(source)}; name a folder of CloudTrail files, or s3://bucket/prefix"
        raise Problem(told) from None
    except (OSError, ValueError) as error:
        raise Problem(f"{_told(source)} cannot be opened ({getattr(error, 'strerror', None) or error})") from None
    if not stat.S_ISDIR(mode):
        told = f"{_told(source)} is no folder; name the folder that holds the CloudTrail files, or s3://bucket/prefix"
        raise Problem(told)
    from iam_guardrails.adapters.trail_folder_objects import FolderObjects

    return FolderObjects(source)


def _told(path: str) -> str:
    """A path on one line, whatever is in it."""
    from iam_guardrails.model.visible import visible  # it costs milliseconds, and mostly nothing is wrong

    return visible(path)


def limited(content: bytes) -> bytes:
    """The content as it is. Raises Damage where it is larger than a file of CloudTrail's can be."""
    if len(content) > MAXIMUM_FILE_BYTES:
        raise Damage(TOO_MUCH)
    return content
