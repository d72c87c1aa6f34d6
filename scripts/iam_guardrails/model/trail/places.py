"""Where the key of a bucket is in a store that may be a copy of the bucket."""

from __future__ import annotations

from collections.abc import Iterable

PACKED = ".gz"


class Places:
    """Where a key of a bucket is in the store.

    A copy may begin below the bucket's root, or above it; what is taken away or put in front is the same for all files
    of a bucket, so it is what most of its digest files say. A file of a copy may be unpacked, which its name then tells
    (packed).
    """

    def __init__(self, found: Iterable[tuple[str, str, str]], bucket: str = "", prefix: str = "") -> None:
        """found: bucket, key in it, key in the store, of many files.  bucket: the store's own, where it is a bucket.

        prefix: what all keys of the store begin with, as only a part of a bucket is looked at.
        """
        self._prefix = prefix
        counts: dict[str, dict[tuple[str, str], int]] = {}
        for name, object_key, key in found:
            ends = _ends(packed(object_key), packed(key))
            if ends is not None:
                own = counts.setdefault(name, {})
                own[ends] = own.get(ends, 0) + 1
        self._ends = {name: max(own, key=lambda ends: own[ends]) for name, own in counts.items()}
        if bucket:
            self._ends[bucket] = ("", "")
        every = [(count, ends) for own in counts.values() for ends, count in own.items()]
        self._usual = max(every)[1] if every else ("", "")

    def stored(self, bucket: str, object_key: str) -> str:
        """The key in the store, as long as the file is not unpacked there; "" when it cannot be in it."""
        if bucket not in self._ends and bucket and self._ends:
            return ""
        head, lead = self._ends.get(bucket, self._usual)
        key = lead + object_key.removeprefix(head) if object_key.startswith(head) else ""
        return key if key.startswith(self._prefix) else ""

    def delivered(self, key: str) -> str:
        """The key in the bucket of a file whose content does not tell."""
        head, lead = self._usual
        return packed(head + key.removeprefix(lead))


def packed(key: str) -> str:
    """The key of a file as CloudTrail delivers it, gzipped, where this one may be an unpacked copy."""
    return key if key.endswith(PACKED) else key + PACKED


def _ends(object_key: str, key: str) -> tuple[str, str] | None:
    """What the bucket's key has in front that the store's lacks, and the other way round; None for unlike keys."""
    if f"/{object_key}".endswith(f"/{key}"):
        return object_key[: len(object_key) - len(key)], ""
    if key.endswith(f"/{object_key}"):
        return "", key[: len(key) - len(object_key)]
    return None
