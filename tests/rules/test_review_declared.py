"""What is declared asks again when it is not what a signed review saw. Cases: tests/cases/meaning/declared.yaml."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.review_making import AT, decision, review
from tests.review_world import basis_of

from iam_guardrails.model.review.asked_again import asked_again
from iam_guardrails.model.review.review import ACCEPT, KEEP, REMOVE, Item, Review
from iam_guardrails.model.review.signed import SignedReview, read_record, sealed, text_of
from iam_guardrails.model.value import changed

CASES = yaml.safe_load((Path(__file__).parent.parent / "cases" / "meaning" / "declared.yaml").read_text())["cases"]
CHANGES = [one for one in CASES if "says" in one]


def judged(case: dict[str, Any], world: str, *signed: SignedReview) -> Review:
    """The review of a world after others were signed."""
    made = import_module(f"iam_guardrails.rules.review.{case['box']}").box(basis_of({**case["same"], **case[world]}))
    return asked_again(review(made), signed)


def signing(number: int, made: Review, choice: str = KEEP) -> SignedReview:
    """The review as it is read from its record, with the same decision about everything."""
    boxes = tuple(
        changed(box, items=tuple(changed(item, decision=decision(item, choice)) for item in box.items))
        for box in made.boxes
    )
    record = SignedReview(number, changed(made, name=f"r{number}", boxes=boxes), "ann", "", AT, "", "", "", "")
    return read_record(text_of(sealed(record)))


def asking(made: Review) -> list[Item]:
    return [item for item in made.items if item.id in {one.id for box in made.boxes for one in box.declared}]


@pytest.mark.parametrize("case", CASES, ids=[one["name"] for one in CASES])
def test_a_change_asks_again(case: dict[str, Any]) -> None:
    first = judged(case, "before")
    assert first.boxes[0].declared and asking(first) == []  # the first review takes it as it is
    found = asking(judged(case, "after", signing(1, first)))
    assert bool(found) == ("says" in case)
    assert all(case["says"] in item.title and "not what it was in r1" in item.reasons[0] for item in found)


@pytest.mark.parametrize("case", CHANGES, ids=[one["name"] for one in CHANGES])
@pytest.mark.parametrize(("choice", "asks"), [(KEEP, False), (ACCEPT, True), (REMOVE, True)])
def test_only_a_signed_keep_settles_it(case: dict[str, Any], choice: str, asks: bool) -> None:
    first = signing(1, judged(case, "before"))
    second = signing(2, judged(case, "after", first), choice)
    third = judged(case, "after", first, second)
    assert bool(asking(third)) == asks
    assert bool(asking(judged(case, "after", first, second, signing(3, third, choice)))) == asks
    assert bool(asking(judged(case, "before", first, second))) != asks  # back to what it was, after a keep, is a change
