"""Signed reviews on disk: envs/<env>/records/reviews/<name>.json, and a head that shows a tail that was cut off."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from pathlib import Path

from iam_guardrails.adapters.files import read_text, remove_unfinished, write_atomic
from iam_guardrails.adapters.writing_lock import writing
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.review.signed import SignedReview, read_record, text_of
from iam_guardrails.model.value import frozen

FOLDER = "reviews"
HEAD = "head.json"


@frozen
class ReviewHead:
    """What the folder held when it was last written: how many records, and the hash of the last."""

    records: int
    hash: str


def reviews_folder(records: Path) -> Path:
    """Where signed reviews lie. records: envs/<env>/records."""
    return records / FOLDER


def names(records: Path) -> tuple[str, ...]:
    """The names of the records, in the order of the alphabet."""
    return tuple(sorted(path.stem for path in reviews_folder(records).glob("*.json") if path.name != HEAD))


def record_path(records: Path, name: str) -> Path:
    """The file of a record; it need not exist."""
    return reviews_folder(records) / f"{name}.json"


def load(records: Path, name: str) -> SignedReview:
    """One record. Raises Problem where it cannot be read, or was changed."""
    path = record_path(records, name)
    try:
        return read_record(read_text(path, "the record of the review"))
    except ValueError as error:
        raise Problem(f"{path}: {error}; restore the record from version control") from None


def all_signed(records: Path) -> tuple[SignedReview, ...]:
    """Every signed review of an environment, in the order they were signed. Raises Problem where one is broken."""
    return tuple(sorted((load(records, name) for name in names(records)), key=lambda item: (item.number, item.name)))


def read_head(records: Path) -> ReviewHead | None:
    """The head, None where there is none. Raises Problem where it cannot be read."""
    path = reviews_folder(records) / HEAD
    if not path.exists():
        return None
    try:
        values = json.loads(read_text(path, "the head of the reviews"))
        return ReviewHead(int(values["records"]), str(values["hash"]))
    except (ValueError, KeyError, TypeError):
        raise Problem(f"{path}, which tells how many reviews there are, cannot be read; restore it") from None


def tidy(records: Path) -> None:
    """Remove what a signing that was killed left half written, so that nobody commits it. The caller holds the lock."""
    remove_unfinished(reviews_folder(records))


def write_record(records: Path, record: SignedReview) -> Path:
    """Write a sealed record that is not there yet; returns its file. Raises Problem. The caller holds the lock."""
    path = record_path(records, record.name)
    if path.exists():
        raise Problem(f"there is a record {path} already; repeat, to get another name")
    write_atomic(path, text_of(record), mode=0o644)
    return path


def write_head(records: Path, last: SignedReview | None) -> None:
    """Write the head, after the record it speaks of; nothing where it says so already. Raises Problem.

    last: None before the first record is written, so that no record ever lacks a head.
    """
    head = ReviewHead(last.number, last.hash) if last else ReviewHead(0, "")
    text = json.dumps({"records": head.records, "hash": head.hash}) + "\n"
    path = reviews_folder(records) / HEAD
    if not path.exists() or path.read_text(encoding="utf-8", errors="replace") != text:
        write_atomic(path, text, mode=0o644)


def locked(work: Path, name: str = "reviews.lock") -> AbstractContextManager[None]:
    """Hold what only one writer of drafts and records may hold; name: of the file that is held. See `writing`."""
    return writing(work / name)
