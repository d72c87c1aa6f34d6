"""A store in memory that can be tampered with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from iam_guardrails.adapters.trail_objects import Absent, StoredObject
from tests.trail_history.making import TrailFile


class Kept:
    """A TrailObjects of the given files: `content` by key, `kept` the metadata by key; both may be changed."""

    reads_at_once = 1

    def __init__(self, files: Iterable[TrailFile], bucket: str = "", under: str = "", prefix: str = "") -> None:
        """bucket: "" as for a folder.  under: what is cut off the keys, as in a copy that begins lower.

        prefix: what keys must begin with, as where only a folder of a bucket is looked at.
        """
        self.source = f"s3://{bucket}" if bucket else "store"
        self.bucket, self.prefix = bucket, prefix
        self.content: dict[str, bytes] = {}
        self.kept: dict[str, Mapping[str, str]] = {}
        for file in files:
            if not file.key.startswith(prefix):
                continue
            key = file.key.removeprefix(under)
            self.content[key] = file.packed
            self.kept[key] = dict(file.metadata)

    def list(self, under: str = "") -> Iterator[StoredObject]:
        for key in sorted(self.content):
            if key.startswith(under):
                yield StoredObject(key, len(self.content[key]), "")

    def read(self, key: str) -> bytes:
        if key not in self.content:
            raise Absent("there is no such file")
        return self.content[key]

    def metadata(self, key: str) -> Mapping[str, str]:
        self.read(key)
        return self.kept.get(key, {})
