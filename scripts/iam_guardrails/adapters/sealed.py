"""Files of a cache: written whole, and as if they were not there where they are damaged or of another kind.

Such a file begins with a line that says what it is, and a checksum of the rest.
"""

from __future__ import annotations

import os

from iam_guardrails.adapters.blake2 import blake2b
from iam_guardrails.model.problem import Problem

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
    """Keep a content, for the user alone. Raises Problem where the folder cannot be written.

    Without fsync, because what is kept can be made anew and is checked when it is read; and without tempfile and
    pathlib, which take longer to import than the writing takes.
    """
    folder, name = os.path.split(path)  # see above
    aside = f"{folder or '.'}/.{name}.{os.urandom(6).hex()}"
    try:
        os.makedirs(folder or ".", exist_ok=True)  # noqa: PTH103 - see above
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with open(handle, "wb") as file:  # noqa: PTH123 - a descriptor
                file.write(magic + _sum(content) + content)
            os.replace(aside, path)  # noqa: PTH105 - see above
        except BaseException:
            os.unlink(aside)  # noqa: PTH108 - see above
            raise
    except OSError as error:
        raise Problem(f"{path} cannot be written: {error.strerror}; free the folder or choose another") from None


def _sum(content: bytes | memoryview) -> bytes:
    return blake2b(content, digest_size=_SUM_BYTES).digest()
