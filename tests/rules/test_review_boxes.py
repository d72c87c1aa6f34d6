"""Each box is judged over its own cases, kept as data in tests/cases/review/<box>.yaml.

A file maps `clean`, `findings` and `unjudged` to cases. A case holds an account in short (tests/review_world.py) and:
subjects: exactly those of the items; says: pieces that stand in titles, reasons, remedies or in what is not judged;
not_judged: whether a box with findings is open too; shows: pieces of tables and notes; of_the_day: whether the items
are there on that day only.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.review_world import basis_of

from iam_guardrails.model.review.basis import Basis
from iam_guardrails.model.review.pictures import Timeline
from iam_guardrails.model.review.review import CLEAN, FOUND, NOT_JUDGED, Box
from iam_guardrails.model.value import changed

CASES = Path(__file__).parent.parent / "cases" / "review"
DAY = timedelta(days=1)
OUTCOMES = {"clean": CLEAN, "findings": FOUND, "unjudged": NOT_JUDGED}


def load() -> list[tuple[str, str, dict[str, Any]]]:
    found = []
    for path in sorted(CASES.glob("*.yaml")):
        for outcome, cases in yaml.safe_load(path.read_text()).items():
            if not outcome.startswith("_"):  # a place for anchors
                found += [(path.stem, outcome, case) for case in cases]
    return found


def judge(name: str) -> Callable[[Basis], Box]:
    made: Callable[[Basis], Box] = import_module(f"iam_guardrails.rules.review.{name}").box
    return made


LOADED = load()


@pytest.mark.parametrize(("name", "outcome", "case"), LOADED, ids=[f"{n}-{o}-{c['name']}" for n, o, c in LOADED])
def test_case(name: str, outcome: str, case: dict[str, Any]) -> None:
    box = judge(name)(basis_of(case))
    assert box.outcome == OUTCOMES[outcome], (box.items, box.not_judged)
    assert sorted(item.subject.rpartition(":")[2] for item in box.items) == sorted(case.get("subjects", []))
    if outcome != "unjudged":
        assert bool(box.not_judged) == case.get("not_judged", False), box.not_judged
    told = [*box.not_judged]
    for item in box.items:
        told += [
            item.title,
            *item.reasons,
            item.remedy,
            item.severity,
            *(f"{key}: {value}" for key, value in item.evidence),
        ]
        assert item.id.startswith(f"{item.box}-") and item.box == box.id and item.meaning
    for piece in case.get("says", []):
        assert any(piece in text for text in told), (piece, told)
    shown = [*box.notes, *(" | ".join(row) for table in box.tables for row in table.rows)]
    for piece in case.get("shows", []):
        assert any(piece in text for text in shown), (piece, shown)
    assert len({item.id for item in box.items}) == len(box.items)


@pytest.mark.parametrize("name", sorted({name for name, _, _ in LOADED}))
def test_a_day_later_every_item_is_the_same_one(name: str) -> None:
    """Otherwise it is told as new, and what was decided about it is lost."""
    for case in (case for box, outcome, case in LOADED if (box, outcome) == (name, "findings")):
        now, items = basis_of(case), judge(name)
        capture, account = now.capture, now.capture.account
        if capture.captured_at is None or account.seen_at is None:
            continue
        aged = changed(capture, captured_at=capture.captured_at + DAY,
                       account=changed(account, seen_at=account.seen_at + DAY))  # fmt: skip
        later = {item.id: item for item in items(changed(now, capture=aged, today=now.today + DAY, kept={})).items}
        for item in () if case.get("of_the_day") else items(basis_of(case)).items:
            assert item.id in later and later[item.id].meaning == item.meaning, item.title


def test_a_key_that_was_rotated_and_grew_old_again_is_asked_about_again() -> None:
    (case,) = (case for box, _, case in LOADED if box == "hygiene" and case["name"] == "an old access key")
    now = basis_of(case)
    account = now.capture.account
    rotated = tuple(changed(key, created_at=key.created_at + DAY) for key in account.access_keys if key.created_at)
    assert rotated
    later = changed(now, capture=changed(now.capture, account=changed(account, access_keys=rotated)), kept={})
    before, after = ({item.id: item.meaning for item in judge("hygiene")(basis).items} for basis in (now, later))
    assert before.keys() == after.keys() and len(before) == 2
    assert not set(before.values()) & set(after.values())


@pytest.mark.parametrize("name", ["breakglass", "entry"])
def test_the_timeline_of_break_glass_stands_in_the_week_and_in_the_month(name: str) -> None:
    incident = {"id": "INC-1", "state": "closed", "opened_at": "2026-11-25T09:00:00+00:00",
                "due_at": "2026-11-25T10:00:00+00:00", "person": "ann", "reason": "an outage",
                "closed_at": "2026-11-25T11:00:00+00:00"}  # fmt: skip
    case = {"roles": {"prod-breakglass-admin": {}}, "more": {"incidents": [incident]}}
    (picture,) = judge(name)(basis_of(case)).pictures
    assert isinstance(picture, Timeline) and [(one.lane, one.label) for one in picture.marks] == [
        ("incidents", "INC-1")
    ]
    assert judge(name)(basis_of({"roles": case["roles"]})).pictures == ()
