"""Files of a cache: written whole, and as if they were not there where they are damaged or of another kind.

Such a file begins with a line that says what it is, and a checksum of the rest.
"""

from __future__ import annotations

from iam_guardrails.adapters.blake2 import blake2b

_SUM_BYTES = 16


def read(path: str, magic: bytes) -> bytes | None:
    """What was written there under the same `magic`; None where there is nothing that can be used."""
    try:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - pathlib costs milliseconds that a repeat need not pay
            content = file.read()
    except (OSError, ValueError):
        return None
    start = len(magic) + _SUM_BYTES
    rest = memoryview(content)[start:]
    if not content.startswith(magic) or _sum(rest) != content[len(magic) : start]:
        return None
    return bytes(rest)


def write(path: str, magic: bytes, content: bytes) -> None:
    """Keep a content, for the user alone. Raises Problem where the folder cannot be written."""
    from pathlib import Path

    from iam_guardrails.adapters.files import write_atomic

    write_atomic(Path(path), magic + _sum(content) + content, mode=0o600, durable=False)


def _sum(content: bytes | memoryview) -> bytes:
    return blake2b(content, digest_size=_SUM_BYTES).digest()
