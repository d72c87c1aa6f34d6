"""Records that are kept whole, in pieces that are read one at a time, packed where that saves something.

A role's records of a day may be a gigabyte: nothing here is in memory but one piece, and what it is packed to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import deflate
import msgspec

from iam_guardrails.model.trail.facts import Kept

PIECE_BYTES = 1 << 20
PACKED_FROM = 1 << 16
_LEVEL = 1
_KEPT = msgspec.msgpack.Decoder(list[Kept])

Piece = tuple[int, bytes]
"""How many bytes it unpacks to, 0 where it is not packed; and the content, some records for example, encoded."""


def packed(records: Iterable[Kept]) -> Iterator[Piece]:
    """Records as pieces."""
    some: list[Kept] = []
    size = 0
    for record in records:
        some.append(record)
        size += len(record.record)
        if size >= PIECE_BYTES:
            yield _piece(some)
            some, size = [], 0
    if some:
        yield _piece(some)


def unpacked(piece: Piece) -> list[Kept]:
    """The records of a piece. Raises ValueError where it is damaged."""
    return _KEPT.decode(opened(piece))


def joined(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Pieces, the small ones among them put together."""
    small: list[Kept] = []
    for piece in pieces:
        if piece[0]:
            yield piece
        else:
            small += unpacked(piece)
    yield from packed(small)


def _piece(records: list[Kept]) -> Piece:
    return closed(msgspec.msgpack.encode(records), PACKED_FROM)


def closed(content: bytes, packed_from: int) -> Piece:
    """A content, packed from so many bytes on."""
    if len(content) < packed_from:
        return 0, content
    return len(content), bytes(deflate.zlib_compress(content, _LEVEL))


def opened(piece: Piece) -> bytes:
    """The content of a piece. Raises ValueError where it is damaged."""
    size, content = piece
    try:
        return bytes(deflate.zlib_decompress(content, size)) if size else content
    except deflate.DeflateError as error:
        raise ValueError(str(error)) from None
