"""What `review status` makes of records and drafts, on a day of our choice."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from tests.journeys.test_review_sign import JANE, desk, drafted
from tests.review_making import AT, box, decision, item, review, with_decisions

from iam_guardrails.adapters.removal_records import RemovalRecords
from iam_guardrails.adapters.review_drafts import draft_path, save_draft
from iam_guardrails.adapters.review_records import all_signed, write_head, write_record
from iam_guardrails.adapters.terminal import Style
from iam_guardrails.journeys.review_draft import renewed
from iam_guardrails.journeys.review_sign import sign
from iam_guardrails.journeys.review_status import status_of
from iam_guardrails.model.removal.record import REMOVED, ROLLING, Begun, Removal
from iam_guardrails.model.review.calling import Calling
from iam_guardrails.model.review.latest import in_force
from iam_guardrails.model.review.period import DONE, DUE, NEVER, OVERDUE
from iam_guardrails.model.review.review import ACCEPT, KEEP, REMOVE, Evidence, Review
from iam_guardrails.model.review.signed import sealed
from iam_guardrails.model.review.standing import (
    EXPIRED,
    EXPIRING,
    REMOVAL_OPEN,
    Standing,
    Status,
    exit_code,
    merged,
    next_step,
)
from iam_guardrails.model.value import changed
from iam_guardrails.reports.review_entry import entry_of
from iam_guardrails.reports.review_status import as_text

KEPT, GOING, ENDING = item("users-1"), item("users-2"), item("users-3")
DECIDED = with_decisions(
    review(box("users", KEPT, GOING, ENDING)),
    decision(KEPT, KEEP), decision(GOING, REMOVE), decision(ENDING, ACCEPT, until=date(2026, 12, 31)),
)  # fmt: skip
LATER = Evidence(AT + timedelta(days=20), "live", "cd" * 32)


def signed(root: Path, *cadences: str) -> Path:
    for cadence in cadences:
        sign(desk(drafted(root, changed(DECIDED, cadence=cadence))), cadence, JANE)
    return root


def status(root: Path, day: str) -> Status:
    records = root / "records"
    return status_of("prod", records, root / "work", date.fromisoformat(day), removals(records).all)


def removals(records: Path, at: datetime = AT + timedelta(days=1)) -> RemovalRecords:
    return RemovalRecords(records, lambda: at, "jane@host")


def of(found: Status, cadence: str) -> Standing:
    return next(one for one in found.standings if one.cadence == cadence)


@pytest.mark.parametrize(
    ("day", "weekly", "monthly", "quarterly", "code"),
    [
        ("2026-11-28", DONE, DONE, DONE, 0),
        ("2026-12-05", DUE, DUE, DONE, 0),
        ("2026-12-06", OVERDUE, DUE, DONE, 1),
        ("2027-01-01", OVERDUE, OVERDUE, DUE, 1),
        ("2027-04-01", OVERDUE, OVERDUE, OVERDUE, 1),
    ],
)
def test_each_cadence_has_its_own_day(
    tmp_path: Path, day: str, weekly: str, monthly: str, quarterly: str, code: int
) -> None:
    found = status(signed(tmp_path, "weekly", "monthly", "quarterly"), day)
    assert [one.due.state for one in found.standings] == [weekly, monthly, quarterly]
    assert [one.last.signed_by for one in found.standings if one.last] == ["Jane"] * 3
    assert exit_code(found) == code


def test_what_was_never_signed_is_overdue(tmp_path: Path) -> None:
    found = status(signed(tmp_path, "monthly"), "2026-11-28")
    assert (of(found, "weekly").due.state, of(found, "weekly").is_overdue) == (NEVER, True)
    assert exit_code(found) == 1
    assert "2 of 3 were never signed" in as_text(found, "x", Style(True))


@pytest.mark.parametrize(
    ("day", "kinds"),
    [
        ("2026-11-28", [REMOVAL_OPEN]),
        ("2026-12-16", [REMOVAL_OPEN]),
        ("2026-12-17", [REMOVAL_OPEN, EXPIRING]),
        ("2026-12-31", [REMOVAL_OPEN, EXPIRING]),
        ("2027-01-01", [REMOVAL_OPEN, EXPIRED]),
    ],
)
def test_what_was_promised_is_told(tmp_path: Path, day: str, kinds: list[str]) -> None:
    assert [one.kind for one in status(signed(tmp_path, "monthly"), day).promises] == kinds


DRAFTS: dict[str, tuple[Review, list[str]]] = {
    "it is gone": (review(box("users", KEPT), evidence=LATER), []),
    "it is still there": (review(box("users", GOING, ENDING), evidence=LATER), ["users-2", "users-3"]),
    "it is still there, and kept now": (
        with_decisions(review(box("users", GOING), evidence=LATER), decision(GOING, KEEP)), []),
    "it is to be removed once more": (
        with_decisions(review(box("users", GOING), evidence=LATER), decision(GOING, REMOVE, owner="sam")), ["users-2"]),
    "it is still there, and the acceptance goes on": (
        with_decisions(review(box("users", ENDING), evidence=LATER), changed(
            decision(ENDING, ACCEPT, until=date(2026, 12, 31)), origin="2026-11-monthly")), ["users-3"]),
    "its box was not judged": (
        review(box("users", not_judged=("refused",)), evidence=LATER), ["users-2", "users-3"]),
    "its box is not there": (review(box("roles"), evidence=LATER), ["users-2", "users-3"]),
    "the capture is the same": (review(box("users")), ["users-2", "users-3"]),
    "the capture has no time": (
        review(box("users"), evidence=Evidence(None, "details")), ["users-2", "users-3"]),
}  # fmt: skip


@pytest.mark.parametrize("case", DRAFTS)
def test_a_later_capture_shows_what_was_done(tmp_path: Path, case: str) -> None:
    draft, left = DRAFTS[case]
    save_draft(signed(tmp_path, "monthly") / "work", draft, ())
    found = status(tmp_path, "2026-12-20")
    assert [one.subject.rpartition("/")[2] for one in found.promises] == left


def test_the_latest_signed_decision_counts_whatever_the_cadence(tmp_path: Path) -> None:
    signed(tmp_path, "monthly")
    kept = changed(with_decisions(review(box("users", GOING)), decision(GOING, KEEP)), cadence="quarterly")
    sign(desk(drafted(tmp_path, kept)), "quarterly", JANE)
    assert status(tmp_path, "2026-11-28").promises == ()
    records = all_signed(tmp_path / "records")
    review_, later = in_force(records[0], records)
    assert [(one.item.id, one.review, one.decision.choice) for one in later] == [
        ("users-2", "2026-Q4-quarterly", KEEP)]  # fmt: skip
    assert not [one for one in review_.decisions if one.choice == REMOVE] and review_.hash == records[0].hash
    signed(tmp_path, "monthly")
    records = all_signed(tmp_path / "records")
    assert in_force(records[2], records) == (records[2], ())
    assert [one.subject[-7:] for one in status(tmp_path, "2026-11-28").promises] == ["users-2"]


def test_what_was_not_looked_at_stays_to_be_removed(tmp_path: Path) -> None:
    first = all_signed(signed(tmp_path, "monthly") / "records")[0]
    blind = review(box("users", not_judged=("refused",)), evidence=LATER)
    draft = renewed(blind, None, first, LATER.captured_at.date() if LATER.captured_at else AT.date())
    record = sealed(changed(first, number=2, review=changed(draft, name="2026-12-monthly"), previous=first.name,
                            previous_hash=first.hash))  # fmt: skip
    write_record(tmp_path / "records", record)
    write_head(tmp_path / "records", record)
    found = status(tmp_path, "2026-12-20")
    assert [(one.review, one.kind, one.subject[-7:]) for one in found.promises] == [
        ("2026-12-monthly", REMOVAL_OPEN, "users-2"), ("2026-12-monthly", EXPIRING, "users-3")
    ]  # fmt: skip
    assert "3 of 2026-11-monthly not judged this time" in entry_of(record, "x")


def taken(root: Path, at: datetime, review_hash: str = "", item_id: str = GOING.id) -> Removal:
    """A record of a removal, up to the step that says that an item is removed."""
    records = removals(root / "records", at)
    begun = records.begin(Begun("", "prod", "333333333333", "2026-11-monthly", review_hash, False, False))
    return records.append(begun, REMOVED, {"item": item_id})


def to_remove(root: Path) -> list[str]:
    return [one.subject[-7:] for one in status(root, "2026-11-30").promises if one.kind == REMOVAL_OPEN]


def test_what_was_removed_is_not_to_be_removed_any_more(tmp_path: Path) -> None:
    (record,) = all_signed(signed(tmp_path, "monthly") / "records")
    taken(tmp_path, AT - timedelta(days=1))
    assert to_remove(tmp_path) == ["users-2"], "removed before the capture, in which it is there again"
    taken(tmp_path, AT + timedelta(days=1), item_id="users-9")
    assert to_remove(tmp_path) == ["users-2"]
    first = taken(tmp_path, AT - timedelta(hours=1), record.hash)
    assert to_remove(tmp_path) == []
    removals(tmp_path / "records").append(first, ROLLING, {})
    assert to_remove(tmp_path) == ["users-2"], "it is given back"
    last = taken(tmp_path, AT + timedelta(days=2))
    assert to_remove(tmp_path) == [], "removed for another review, since this one's capture"
    path = removals(tmp_path / "records").path(last.begun.id)
    path.write_text(path.read_text().replace("users-2", "users-8"))
    found = status(tmp_path, "2026-11-30")
    assert exit_code(found) == 2 and path.name in of(found, "monthly").problem
    assert next_step(found) == "guardrails records verify prod"


def test_what_is_broken_is_shown_by_a_command_of_the_same_side(tmp_path: Path) -> None:
    root = signed(tmp_path, "monthly")
    (root / "records" / "reviews" / "head.json").write_text('{"records": 2, "hash": ""}')
    found = status_of("prod", root / "records", root / "work", AT.date(), tuple, Calling(sandbox=True))
    assert of(found, "monthly").problem.endswith("guardrails records verify prod --sandbox")


def test_the_next_step_is_the_most_pressing_one(tmp_path: Path) -> None:
    root = signed(tmp_path, "weekly", "monthly", "quarterly")
    kept = changed(DECIDED, cadence="monthly")
    assert next_step(status(root, "2026-11-28")) == "guardrails review remove prod --cadence quarterly"
    assert next_step(changed(status(root, "2026-11-28"), promises=status(root, "2027-01-01").promises[-1:])) == (
        "guardrails review prod --cadence quarterly"
    )
    assert next_step(status(root, "2026-12-06")) == "guardrails review prod --cadence weekly"
    assert next_step(status(root, "2027-01-05"), Calling("/x y", True)) == (
        "guardrails --root '/x y' review prod --cadence weekly --sandbox"
    )
    save_draft(root / "work", kept, ())
    assert next_step(status(root, "2026-12-06")) == "guardrails review sign prod --cadence monthly --as NAME"
    save_draft(root / "work", changed(review(), cadence="weekly"), ())
    assert next_step(status(root, "2026-12-06")) == "guardrails review decide prod --cadence weekly"
    draft_path(root / "work", "weekly").write_text("{")
    broken = status(root, "2026-11-28")
    assert exit_code(broken) == 2 and "remove it" in of(broken, "weekly").problem
    assert next_step(broken) == f"rm {draft_path(root / 'work', 'weekly')} && guardrails review prod --cadence weekly"
    assert next_step(merged([])) == "nothing: there is no environment"


def test_nothing_promised_and_nothing_due_names_the_next_day(tmp_path: Path) -> None:
    for cadence in ("weekly", "monthly", "quarterly"):
        kept = changed(with_decisions(review(), decision(item())), cadence=cadence)
        sign(desk(drafted(tmp_path, kept)), cadence, JANE)
    found = status(tmp_path, "2026-11-28")
    assert next_step(found) == "guardrails review prod --cadence weekly  # by 2026-12-05"
    assert "nothing is overdue" in as_text(found, "x", Style(True))
