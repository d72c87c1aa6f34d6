"""The bytes of a file of CloudTrail events, plain or gzipped, a piece at a time and never more than a limit.

Sources: AWS CloudTrail User Guide, "CloudTrail log file examples" (files are gzipped JSON); RFC 1952 (a gzip file may
have several members; it begins with the bytes 1f 8b).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from itertools import chain

TYPE_CHECKING = False  # as typing.TYPE_CHECKING, which costs more than a question that was answered before may
if TYPE_CHECKING:
    from typing import BinaryIO

PIECE = 1 << 18
MAXIMUM_FILE_BYTES = 1 << 30  # ours, after unpacking: a trail writes files of some ten megabytes
_GZIP = b"\x1f\x8b"
PACKED_TWICE = "what it unpacks to is gzipped again; unpack it once"


class Damage(Exception):
    """The rest of a file cannot be read; the message is a clause about the file, or about the event at hand."""


def pieces(name: str) -> Iterator[bytes]:
    """The unpacked bytes of a file, of stdin for "-". Raises Damage where they end before the file does."""
    if name == "-":
        yield from _pieces(sys.stdin.buffer)
        return
    if os.path.isdir(name):  # noqa: PTH112 - pathlib costs milliseconds that a repeated question need not pay
        raise Damage("it is a folder; name the files in it")
    try:
        file = open(name, "rb")  # noqa: PTH123, SIM115 - see above; closed below, where reading may fail in other ways
    except FileNotFoundError:
        raise Damage("there is no such file") from None
    except (OSError, ValueError) as error:
        raise Damage(f"it cannot be opened ({getattr(error, 'strerror', None) or error})") from None
    with file:
        yield from _pieces(file)


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    start = _read(file)
    while len(start) == 1 and (more := _read(file)):
        start += more
    raw = _rest(start, file)
    yield from _limited(_unpacked(raw) if start.startswith(_GZIP) else raw)


def pieces_of(content: bytes) -> Iterator[bytes]:
    """The unpacked bytes of a file's content, gzipped or plain. Raises Damage where they end before it does."""
    return unpacked(content[at : at + PIECE] for at in range(0, len(content), PIECE))


def unpacked(stored: Iterator[bytes]) -> Iterator[bytes]:
    """The same of a content that comes in pieces."""
    start = next(stored, b"")
    while len(start) == 1 and (more := next(stored, b"")):
        start += more
    raw = chain((start,), stored)
    yield from _limited(_unpacked(raw) if start.startswith(_GZIP) else raw)


def _limited(unpacked: Iterator[bytes]) -> Iterator[bytes]:
    total = 0
    for piece in unpacked:
        if not total and piece.startswith(_GZIP):
            raise Damage(PACKED_TWICE)
        total += len(piece)
        if total > MAXIMUM_FILE_BYTES:
            raise Damage(f"it holds more than {MAXIMUM_FILE_BYTES >> 20} MiB; split it")
        yield piece


def _read(file: BinaryIO) -> bytes:
    try:
        return file.read(PIECE)
    except OSError as error:
        raise Damage(f"it cannot be read ({error.strerror})") from None


def _rest(start: bytes, file: BinaryIO) -> Iterator[bytes]:
    while start:
        yield start
        start = _read(file)


def _unpacked(packed: Iterator[bytes]) -> Iterator[bytes]:
    import zlib  # here, because CloudTrail's own files are unpacked by another library (trail_engine.decode.inflate)

    member = zlib.decompressobj(wbits=31)
    for piece in packed:
        while piece:
            if member.eof:
                piece = piece.lstrip(b"\0")  # padding between members is allowed
                if not piece:
                    break
                member = zlib.decompressobj(wbits=31)
            try:
                unpacked = member.decompress(piece, PIECE)
            except zlib.error as error:
                raise Damage(f"its gzip data is damaged ({error})") from None
            piece = member.unused_data if member.eof else member.unconsumed_tail
            if unpacked:
                yield unpacked
    if not member.eof:
        raise Damage("its gzip data ends too early: the file is cut off")
