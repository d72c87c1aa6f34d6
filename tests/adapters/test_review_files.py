"""Drafts and signed reviews on disk."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.review_making import AT, box, decision, item, review, with_decisions

from iam_guardrails.adapters import review_records as records
from iam_guardrails.adapters.review_drafts import Draft, draft_path, drafts, load_draft, remove_draft, save_draft
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.review.period import period_of, review_name
from iam_guardrails.model.review.review import ACCEPT, Evidence, Review, Table, fingerprint
from iam_guardrails.model.review.signed import SignedReview, last_of, read_record, sealed, text_of
from iam_guardrails.model.value import changed

ODD = item("users-2", title="r\u00f6le <script> \ud800", evidence=(("a", "b"), ("a", "c")))


def made() -> Review:
    tables = (Table("who reads", ("role", "secret"), (("a", "b"), ("c", "d"))),)
    one = item()
    return with_decisions(review(box("users", one, ODD, tables=tables, gone=("x",))), decision(one, ACCEPT))


def signed(number: int = 1, name: str = "2026-11-monthly", **more: object) -> SignedReview:
    return sealed(SignedReview(number, changed(made(), name=name, **more), "Jane", "Sam", AT, "", "d" * 64, "", ""))


def test_a_draft_comes_back_as_it_was(tmp_path: Path) -> None:
    review_ = made()
    save_draft(tmp_path / "work", review_, review_.items[:1] and (review_.items[0].decision,))
    assert load_draft(tmp_path / "work", "monthly") == Draft(review_, (review_.items[0].decision,))
    assert load_draft(tmp_path / "work", "weekly") is None
    assert [one.review.cadence for one in drafts(tmp_path / "work")] == ["monthly"]
    remove_draft(tmp_path / "work", "monthly")
    assert drafts(tmp_path / "work") == ()


def test_a_capture_without_a_time_comes_back(tmp_path: Path) -> None:
    untold = review(evidence=Evidence(None, "authorization details"), judged_at=None)
    save_draft(tmp_path, untold, ())
    assert load_draft(tmp_path, "monthly") == Draft(untold)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"format": "guardrails review draft", "version": 3}', "\ud800"])
def test_a_draft_that_is_none_ends_in_a_sentence(tmp_path: Path, text: str) -> None:
    draft_path(tmp_path, "monthly").write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(Problem, match=r"cannot be read .*remove it, and judge the review anew"):
        load_draft(tmp_path, "monthly")


def test_a_draft_with_a_field_of_a_later_guardrails_ends_in_a_sentence(tmp_path: Path) -> None:
    path = save_draft(tmp_path, review(), ())
    values = json.loads(path.read_text())
    values["review"]["evidence"]["captured_at"] = "yesterday"
    values["hash"] = fingerprint({name: value for name, value in values.items() if name != "hash"})
    path.write_text(json.dumps(values))
    with pytest.raises(Problem, match=r"yesterday.*remove it"):
        load_draft(tmp_path, "monthly")


@pytest.mark.parametrize(
    "edit",
    [
        lambda values: values["review"]["boxes"][0].update(items=[]),
        lambda values: values["review"]["boxes"][0]["items"][0]["decision"].update(owner="", until="2099-12-31"),
        lambda values: values.update(decisions=[]),
        lambda values: values.update(hash=""),
        lambda values: values.pop("hash"),
    ],
)  # fmt: skip
def test_a_draft_that_was_edited_by_hand_is_refused(tmp_path: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    one = made().items[0].decision
    assert one is not None
    path = save_draft(tmp_path, made(), (one,))
    values = json.loads(path.read_text())
    path.write_text(json.dumps(values))
    assert load_draft(tmp_path, "monthly") == Draft(made(), (one,)), "white space is no edit"
    edit(values)
    path.write_text(json.dumps(values))
    with pytest.raises(Problem, match=r"cannot be read .*hash.*remove it, and judge the review anew"):
        load_draft(tmp_path, "monthly")


def test_a_record_comes_back_as_it_was() -> None:
    record = signed()
    assert read_record(text_of(record)) == record
    values = json.loads(text_of(record))
    assert values["capture_sha256"] == "ab" * 32 and values["name"] == "2026-11-monthly"
    assert values["boxes"][0]["items"][0]["decision"]["until"] == "2026-12-31"


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('"Jane"', '"Joan"', "its hash does not fit"),
        ('"choice": "accept"', '"choice": "keep"', "its hash does not fit"),
        ('"second": "Sam"', '"second": "Sam",\n "second": "Sam"', "another form"),
        ("\n }", "\n  }", "another form"),
        ('"version": 1', '"version": 2', "its format is 2"),
        ("guardrails review", "guardrails revue", "no record of a review"),
        ("{", "", "no JSON"),
    ],
)
def test_a_changed_record_is_told(old: str, new: str, why: str) -> None:
    text = text_of(signed())
    assert old in text
    with pytest.raises(ValueError, match=why):
        read_record(text.replace(old, new, 1))


def test_the_last_signed_review_is_the_one_with_the_highest_number(tmp_path: Path) -> None:
    assert last_of((), "monthly") is None
    ten = [signed(number, f"2026-11-monthly-{number}" if number > 1 else "2026-11-monthly") for number in range(1, 11)]
    weekly = signed(11, "2026-W48-weekly", cadence="weekly")
    for one in [*ten, weekly]:
        records.write_record(tmp_path, one)
        records.write_head(tmp_path, one)
    there = records.all_signed(tmp_path)
    assert [one.number for one in there] == list(range(1, 12))
    assert last_of(reversed(there), "monthly") == ten[-1]
    assert last_of(there, "weekly") == weekly
    assert last_of(there, "quarterly") is None
    assert records.read_head(tmp_path) == records.ReviewHead(11, weekly.hash)


def test_a_record_is_never_written_over(tmp_path: Path) -> None:
    records.write_record(tmp_path, signed())
    with pytest.raises(Problem, match=r"there is a record .* already"):
        records.write_record(tmp_path, signed())


def test_a_broken_record_is_named(tmp_path: Path) -> None:
    path = records.write_record(tmp_path, signed())
    path.write_text(path.read_text().replace("Jane", "Joan"))
    with pytest.raises(Problem, match=r"2026-11-monthly.json: it was changed.*restore"):
        records.all_signed(tmp_path)
    path.write_text("{}\n")
    with pytest.raises(Problem, match=r"2026-11-monthly.json: it is no record of a review"):
        records.all_signed(tmp_path)


@pytest.mark.parametrize(
    ("cadence", "day", "name"),
    [
        ("weekly", "2026-11-28", "2026-W48-weekly"), ("weekly", "2027-01-01", "2026-W53-weekly"),
        ("weekly", "2026-01-05", "2026-W02-weekly"), ("monthly", "2026-11-30", "2026-11-monthly"),
        ("monthly", "2026-01-01", "2026-01-monthly"), ("quarterly", "2026-10-01", "2026-Q4-quarterly"),
        ("quarterly", "2026-12-31", "2026-Q4-quarterly"), ("quarterly", "2026-03-31", "2026-Q1-quarterly"),
    ],
)  # fmt: skip
def test_a_review_is_called_by_its_period(cadence: str, day: str, name: str) -> None:
    assert review_name(cadence, date.fromisoformat(day)) == name


def test_a_cadence_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="no cadence"):
        period_of("yearly", date(2026, 1, 1))
