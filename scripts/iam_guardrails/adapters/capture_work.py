"""The pieces of a capture that is being made: one file each in a folder of their own, and a head that says for what.

The folder holds what AWS answered and never a credential. A lock, which the kernel lets go of however the process
ends, keeps a second capture out.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from iam_guardrails.adapters.files import write_atomic
from iam_guardrails.model.capture.piece import Piece
from iam_guardrails.model.codec import CodecError, decode, encode
from iam_guardrails.model.problem import Problem

GOOD_FOR = timedelta(hours=2)
"""How long after its beginning a capture may be gone on with: what was read must still belong together."""


class PieceFolder:
    """The pieces of one capture; open it with `opened`. begun_at: when the capture began."""

    def __init__(self, folder: Path, begun_at: datetime) -> None:
        self.folder = folder
        self.begun_at = begun_at

    def find(self, part: str, key: str) -> Piece | None:
        """A piece that was kept whole, else None."""
        try:
            found: Piece = decode(Piece, json.loads(self._path(part, key).read_text(encoding="utf-8")), "piece")
        except (OSError, ValueError, CodecError, TypeError):
            return None
        return found if (found.part, found.key) == (part, key) else None

    def keep(self, piece: Piece) -> None:
        """Write a piece. Raises Problem."""
        text = json.dumps({**encode(_bare(piece)), "content": piece.content}, ensure_ascii=False)
        write_atomic(self._path(piece.part, piece.key), text)

    def count(self) -> int:
        """How many pieces there are."""
        return len(list(self.folder.glob("*.piece.json")))

    def remove(self) -> None:
        """Forget every piece, when the capture is complete."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, part: str, key: str) -> Path:
        return self.folder / f"{part}{'.' if key else ''}{key}.piece.json"


def _bare(piece: Piece) -> Piece:
    return Piece(piece.part, piece.key, piece.read_at, {}, piece.calls, piece.refused, piece.unasked)


@contextmanager
def opened(work: Path, about: Any, now: datetime, fresh: bool = False) -> Iterator[tuple[PieceFolder, str]]:
    """The folder for a capture, locked, and a sentence about what became of an earlier one ("" for nothing).

    about: JSON values that say what is captured and how; pieces of another question are not gone on with.
    fresh: begin anew in any case. Raises Problem where another capture runs, or the folder cannot be written.
    """
    folder = work / "capture"
    with _locked(work / "capture.lock"):
        wanted = hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()
        begun_at, said = _earlier(folder, wanted, now, fresh)
        if begun_at is None:
            shutil.rmtree(folder, ignore_errors=True)
            begun_at = now
            write_atomic(folder / "head.json", json.dumps({"about": wanted, "begun_at": now.isoformat()}))
        yield PieceFolder(folder, begun_at), said


def _earlier(folder: Path, wanted: str, now: datetime, fresh: bool) -> tuple[datetime | None, str]:
    """When the capture that is to be gone on with began, and what to say."""
    try:
        head = json.loads((folder / "head.json").read_text(encoding="utf-8"))
        about, begun_at = str(head["about"]), datetime.fromisoformat(head["begun_at"])
    except (OSError, ValueError, KeyError, TypeError):
        return None, ""
    when = f"the capture that began at {begun_at:%Y-%m-%d %H:%M} UTC and was not finished"
    if fresh:
        return None, f"{when} is forgotten (--fresh)"
    if about != wanted:
        return None, f"{when} asked for something else; this one begins anew"
    if not now - GOOD_FOR <= begun_at <= now:
        return None, f"{when} is older than {GOOD_FOR.seconds // 3600} hours; this one begins anew"
    return begun_at, f"going on with {when}"


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a")
    except OSError as error:
        raise Problem(f"{path} cannot be written: {error.strerror}; free the folder or choose another") from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Problem(f"another capture of this environment runs (it holds {path}); wait until it ends") from None
        yield
