"""Records of reviews that were changed, left out, moved, or written anew."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from tests.review_making import AT, decision, item, review, with_decisions

from iam_guardrails.adapters import review_records as records
from iam_guardrails.journeys.reviews_verify import verify_reviews
from iam_guardrails.model.review.signed import SignedReview, read_record, sealed, text_of
from iam_guardrails.model.value import changed

NAMES = ("2026-09-monthly", "2026-10-monthly", "2026-W48-weekly")


def chain(folder: Path) -> Path:
    """Three signed reviews."""
    before: SignedReview | None = None
    for number, name in enumerate(NAMES, start=1):
        made = changed(with_decisions(review(), decision(item())), name=name, cadence=name.rpartition("-")[2])
        before = sealed(SignedReview(
            number, made, "Jane", "", AT + timedelta(days=number), "", f"{number}" * 64,
            before.name if before else "", before.hash if before else "",
        ))  # fmt: skip
        records.write_record(folder, before)
        records.write_head(folder, before)
    return folder


def at(folder: Path, number: int) -> Path:
    return records.record_path(folder, NAMES[number - 1])


def rewritten(path: Path, **more: object) -> None:
    """A record whose content was changed by somebody who knows how the hash is made."""
    path.write_text(text_of(sealed(changed(read_record(path.read_text()), **more))))


def _changed(folder: Path) -> None:
    at(folder, 2).write_text(at(folder, 2).read_text().replace('"keep"', '"accept"'))


def _renamed(folder: Path) -> None:
    at(folder, 3).rename(records.record_path(folder, "2026-W47-weekly"))


def _swapped(folder: Path) -> None:
    one, two = at(folder, 1).read_text(), at(folder, 2).read_text()
    at(folder, 1).write_text(two)
    at(folder, 2).write_text(one)


def _cut_head(folder: Path) -> None:
    (records.reviews_folder(folder) / records.HEAD).unlink()


def _twin(folder: Path) -> None:
    record = read_record(at(folder, 3).read_text())
    other = sealed(changed(record, review=changed(record.review, name="2026-11-monthly"), signed_by="Joan"))
    records.write_record(folder, other)


TAMPERED: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "changed": (_changed, NAMES[1], "its hash does not fit"),
    "first rewritten": (lambda to: rewritten(at(to, 1), signed_by="Joan"), NAMES[1], "2026-09-monthly, is not the one"),
    "last rewritten": (lambda to: rewritten(at(to, 3), signed_by="Joan"), "reviews/head.json", "review 3 is not the"),
    "first missing": (lambda to: at(to, 1).unlink(), NAMES[1], "the review before it, 2026-09-monthly, is missing"),
    "middle missing": (lambda to: at(to, 2).unlink(), NAMES[2], "the review before it, 2026-10-monthly, is missing"),
    "last missing": (lambda to: at(to, 3).unlink(), "reviews/head.json", "the last 1 is missing"),
    "renamed": (_renamed, "2026-W47-weekly", "it is the record of 2026-W48-weekly under another name"),
    "swapped": (_swapped, NAMES[0], "it is the record of 2026-10-monthly under another name"),
    "renumbered": (lambda to: rewritten(at(to, 3), number=5), NAMES[2], "does not follow 2026-10-monthly"),
    "cut loose": (lambda to: rewritten(at(to, 2), previous=""), NAMES[1], "do not fit"),
    "head gone": (_cut_head, "reviews/head.json", "is missing"),
    "head is none": (lambda to: (records.reviews_folder(to) / records.HEAD).write_text("{"), "reviews/head.json",
                     "cannot be read"),
    "signed apart": (_twin, NAMES[2], "2026-11-monthly was signed after the same review"),
    "not text": (lambda to: at(to, 2).write_bytes(b"\xff"), NAMES[1], "is not UTF-8 text"),
}  # fmt: skip


def test_a_chain_that_is_whole_is_whole(tmp_path: Path) -> None:
    found = verify_reviews("prod", chain(tmp_path), ())
    assert [(one.review, one.number, one.broken, one.notes) for one in found] == [
        (name, number, (), ()) for number, name in enumerate(NAMES, start=1)
    ]
    assert verify_reviews("prod", tmp_path / "none", ()) == []


@pytest.mark.parametrize("case", TAMPERED)
def test_tampering_is_found(tmp_path: Path, case: str) -> None:
    tamper, where, why = TAMPERED[case]
    tamper(chain(tmp_path))
    broken = {one.review: [it.why for it in one.broken] for one in verify_reviews("prod", tmp_path, ()) if one.broken}
    assert where in broken and any(why in text for text in broken[where]), broken


def test_a_record_the_head_does_not_know_yet_is_fine(tmp_path: Path) -> None:
    head = records.reviews_folder(chain(tmp_path)) / records.HEAD
    head.write_text(json.dumps({"records": 2, "hash": read_record(at(tmp_path, 2).read_text()).hash}))
    assert not [one for one in verify_reviews("prod", tmp_path, ()) if one.broken]


def test_a_clock_that_went_back_is_noted_and_proves_nothing(tmp_path: Path) -> None:
    rewritten(at(chain(tmp_path), 3), signed_at=AT)
    records.write_head(tmp_path, read_record(at(tmp_path, 3).read_text()))
    found = verify_reviews("prod", tmp_path, ())
    note = "the clock went back: it was signed before 2026-10-monthly, which it follows"
    assert [one.notes for one in found] == [(), (), (note,)]
    assert not [one for one in found if one.broken]


def test_a_review_of_another_environment_is_told(tmp_path: Path) -> None:
    found = verify_reviews("dev", chain(tmp_path), ())
    assert all(one.broken[0].why == "it is a review of prod" for one in found)


def test_what_an_earlier_commit_has_must_be_there_unchanged(tmp_path: Path) -> None:
    chain(tmp_path)
    kept = {name: records.record_path(tmp_path, name).read_text() for name in NAMES}
    assert not [one for one in verify_reviews("prod", tmp_path, [("main", kept)]) if one.broken]
    for path in records.reviews_folder(tmp_path).iterdir():
        path.unlink()
    assert verify_reviews("prod", tmp_path, ()) == []
    found = verify_reviews("prod", tmp_path, [("main", kept)])
    why = {one.review: one.broken[0].why for one in found}
    assert why.pop("reviews/head.json").endswith("is missing")
    assert why == dict.fromkeys(NAMES, "the whole record is missing; it is in main")
    chain(tmp_path)
    rewritten(at(tmp_path, 3), signed_by="Joan")
    records.write_head(tmp_path, read_record(at(tmp_path, 3).read_text()))
    assert not [one for one in verify_reviews("prod", tmp_path, ()) if one.broken]
    found = verify_reviews("prod", tmp_path, [("main", kept)])
    assert [one.review for one in found if one.broken] == [NAMES[2]]
    assert found[2].broken[0].why == "the record differs from the one in main"
