"""Drafts of reviews: judged and not signed yet, with the decisions made so far, one file for each cadence.

Each holds a SHA-256 of its content, so that one edited by hand is not decided about or signed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from iam_guardrails.adapters.files import write_atomic
from iam_guardrails.model.codec import CodecError, decode, pieces
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.review.review import CADENCES, Decision, Review, fingerprint
from iam_guardrails.model.value import frozen

FORMAT = "guardrails review draft"
FORMAT_VERSION = 2
_DEPTH = 7  # down to one item and one row of a table: of a large account the whole text is as large as what was judged


@frozen
class Draft:
    """A review that is not signed. decisions: made in it so far, later ones first, also about what is gone by now."""

    review: Review
    decisions: tuple[Decision, ...] = ()


def draft_path(work: Path, cadence: str) -> Path:
    """Where the draft of a cadence lies. work: .guardrails/<env>, or .guardrails/sandbox/<env>."""
    return work / f"review-{cadence}.json"


def save_draft(work: Path, review: Review, decisions: Iterable[Decision]) -> Path:
    """Write a draft, whole or not at all; returns its file. decisions: later ones first. Raises Problem."""
    values = {"decisions": tuple(decisions), "format": FORMAT, "review": review, "version": FORMAT_VERSION}
    path = draft_path(work, review.cadence)
    write_atomic(path, _with_hash(pieces(values, _DEPTH)))
    return path


def _with_hash(made: Iterable[str]) -> Iterator[str]:
    """The pieces of an object, and last their hash, which is `fingerprint` of the object: the keys are in order."""
    digest, last = hashlib.sha256(), ""
    for piece in made:
        digest.update(piece.encode())
        yield last
        last = piece
    assert last == "}"
    yield _ending(digest.hexdigest()).decode()


def load_draft(work: Path, cadence: str) -> Draft | None:
    """The draft of a cadence, None where there is none. Raises Problem where it cannot be read, or was edited."""
    path = draft_path(work, cadence)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unreadable(path, str(error)) from None
    try:
        values = json.loads(content)
        as_written = content.endswith(_ending(str(values["hash"]))) and _sha256(content, values["hash"])
        del content  # of a large account it is as large as what was judged
        return _draft(values, as_written)
    except (CodecError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _unreadable(path, str(error)) from None


def drafts(work: Path) -> tuple[Draft, ...]:
    """Every draft of an environment, by cadence. Raises Problem where one cannot be read."""
    found = (load_draft(work, cadence) for cadence in CADENCES)
    return tuple(item for item in found if item is not None)


def remove_draft(work: Path, cadence: str) -> None:
    """Forget a draft, because it was signed; it need not be there. Raises OSError."""
    draft_path(work, cadence).unlink(missing_ok=True)


def _ending(digest: str) -> bytes:
    return f',"hash":"{digest}"}}\n'.encode()


def _sha256(content: bytes, digest: str) -> bool:
    """Whether it is the hash of what stands before it, as `_with_hash` writes it."""
    found = hashlib.sha256(memoryview(content)[: -len(_ending(digest))])
    found.update(b"}")
    return found.hexdigest() == digest


def _draft(values: Any, as_written: bool) -> Draft:
    """values: of the file.  as_written: whether it is to the letter what was written; else its hash is reckoned."""
    if values["format"] != FORMAT or values["version"] != FORMAT_VERSION:
        raise ValueError(f"its format is {values['format']!r} {values['version']!r}")
    if (
        not as_written
        and fingerprint({name: value for name, value in values.items() if name != "hash"}) != values["hash"]
    ):
        raise ValueError("it was edited by hand: its hash does not fit")
    decisions: tuple[Decision, ...] = decode(tuple[Decision, ...], values["decisions"], "decisions")
    review: Review = decode(Review, values["review"], "review")
    return Draft(review, decisions)


def _unreadable(path: Path, why: str) -> Problem:
    return Problem(f"the draft {path} cannot be read ({why}); remove it, and judge the review anew")
