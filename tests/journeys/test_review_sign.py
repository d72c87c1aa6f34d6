"""Signing: what stands in its way, and that record and entry come into being exactly once."""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.review_making import AT, box, decision, item, review, with_decisions

from iam_guardrails.adapters import review_records
from iam_guardrails.adapters.review_drafts import draft_path, load_draft, save_draft
from iam_guardrails.journeys.review_draft import renewed
from iam_guardrails.journeys.review_sign import Desk, Signature, sign
from iam_guardrails.journeys.reviews_verify import verify_reviews
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.review.answer import reasons_meaning
from iam_guardrails.model.review.review import (
    ACCEPT,
    ACKNOWLEDGE,
    KEEP,
    REMOVE,
    Decision,
    Evidence,
    Review,
    box_key,
)
from iam_guardrails.model.review.signed import last_of
from iam_guardrails.model.value import changed

LOG = (Path(__file__).parents[2] / "Change_Log.md").read_text().partition("## Entries")[0] + "## Entries\n\nNone yet.\n"
JANE = Signature("Jane")
DONE = with_decisions(review(), decision(item()))
UNJUDGED = box("secrets", looked_at=0, not_judged=("GetResourcePolicy was refused",))
KNOWN = Decision(box_key("secrets"), reasons_meaning(UNJUDGED), ACKNOWLEDGE, "sam", reason="no access yet", at=AT)


def desk(root: Path, now: datetime = AT + timedelta(hours=1)) -> Desk:
    if not (root / "Change_Log.md").exists():
        root.mkdir(parents=True, exist_ok=True)
        (root / "Change_Log.md").write_text(LOG)
    return Desk("prod", root / "records", root / "work", root / "Change_Log.md", root / "work" / "log.lock",
                "envs/prod/records/reviews", lambda: now)  # fmt: skip


def drafted(root: Path, made: Review = DONE) -> Path:
    last = last_of(review_records.all_signed(root / "records"), made.cadence)
    draft = changed(made, previous=last.name if last else "", previous_hash=last.hash if last else "")
    save_draft(root / "work", draft, ())
    return root


def entries(root: Path) -> list[str]:
    return (root / "Change_Log.md").read_text().partition("\n## Entries\n")[2].split("\n### ")[1:]


def assert_signed_once(root: Path, name: str = "2026-11-monthly") -> None:
    assert review_records.names(root / "records") == (name,)
    assert not [one for one in verify_reviews("prod", root / "records", ()) if one.broken]
    assert len(entries(root)) == 1 and f"{name}.json" in entries(root)[0]
    assert load_draft(root / "work", "monthly") is None


def test_a_review_that_is_answered_is_signed(tmp_path: Path) -> None:
    found = sign(desk(drafted(tmp_path)), "monthly", Signature("Jane", "Sam"))
    assert found.record is not None and found.path is not None and not found.finished and found.entered
    assert (found.record.name, found.record.signed_by, found.record.second) == ("2026-11-monthly", "Jane", "Sam")
    assert last_of(review_records.all_signed(tmp_path / "records"), "monthly") == found.record
    assert_signed_once(tmp_path)
    entry = (tmp_path / "Change_Log.md").read_text().partition("## Entries\n\n")[2]
    assert entry.splitlines() == [
        "### 2026-11-28 · review · prod · monthly",
        "- Scope: 1 box (Box users), 5 things, in the capture of 2026-11-28 09:00 UTC, SHA-256 `" + "ab" * 32
        + "`; the record: `envs/prod/records/reviews/2026-11-monthly.json`.",
        "- Found: 1 in all: 1 keep.",
        "  - users-1 reaches prod: keep (jane@example.com, SEC-1)".replace("@", "@&#8203;"),
        "- Signed: Jane; second person: Sam.",
    ]  # fmt: skip


REFUSED: dict[str, tuple[Review, str]] = {
    "an item without a decision": (review(), "users-1 has no decision: users-1 reaches prod"),
    "no box": (changed(review(), boxes=()), "has no box"),
    "a box that is not judged": (with_decisions(review(UNJUDGED)), "box secrets could not be judged"),
    "a box that looked at nothing": (review(box("users", looked_at=0)), "nothing was looked at, and nothing says why"),
    "an acknowledgement of other reasons": (
        review(changed(UNJUDGED, acknowledged=changed(KNOWN, meaning="other"))), "nobody acknowledged it"),
    "an acceptance that ended": (
        with_decisions(review(), decision(item(), ACCEPT, until=date(2026, 11, 27))), "no decision that still holds"),
    "a decision about another meaning": (
        review(box("users", item(decision=decision(item(meaning="other"))))), "no decision that still holds"),
    "an old capture": (changed(DONE, evidence=Evidence(AT - timedelta(days=8), "live")), "8 days old"),
    "a capture from the future": (changed(DONE, evidence=Evidence(AT + timedelta(days=3), "live")), "still to come"),
    "an acceptance no answer can give": (
        with_decisions(review(), decision(item(), ACCEPT, until=date(2099, 12, 31))), "than 365 days away"),
    "a decision of nobody": (
        with_decisions(review(), decision(item(), ACCEPT, owner="")), "(an owner is needed); decide it anew: "),
    "a decision made tomorrow": (
        with_decisions(review(), decision(item(), at=AT + timedelta(days=9))), "made on 2026-12-07, still to come"),
    "a decision without a time": (with_decisions(review(), decision(item(), at=None)), "nothing tells when it was"),
    "an unknown choice": (with_decisions(review(), decision(item(), "sure")), "the choice 'sure' is none of keep"),
    "a decision about another item": (
        review(box("users", item(decision=changed(decision(item()), item="users-2")))), "it is about 'users-2'"),
    "an acknowledgement of nobody": (
        review(changed(UNJUDGED, acknowledged=changed(KNOWN, owner=""))), "box:secrets has a decision that nobody"),
    "a capture of the embedded AWS": (changed(DONE, evidence=Evidence(AT, "sandbox")), "of the embedded AWS, which"),
    "a capture without a time": (changed(DONE, evidence=Evidence(None, "details")), "nothing tells when"),
    "a capture with a minute of CloudTrail": (
        changed(DONE, evidence=Evidence(AT, "live", "", AT - timedelta(minutes=1), AT)), "31 days before the capture"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_answered_is_not_signed(tmp_path: Path, case: str) -> None:
    made, why = REFUSED[case]
    found = sign(desk(drafted(tmp_path, made)), "monthly", JANE)
    assert found.record is None and len(found.refused) == 1 and why in found.refused[0], found.refused
    assert found.undecided == ("capture" not in case and case != "no box")
    assert review_records.names(tmp_path / "records") == () and entries(tmp_path) == []
    assert load_draft(tmp_path / "work", "monthly") is not None


@pytest.mark.parametrize(
    "made",
    [
        with_decisions(review(), decision(item(), REMOVE)),
        with_decisions(review(), decision(item(), ACCEPT, until=date(2026, 11, 28))),
        review(changed(UNJUDGED, acknowledged=KNOWN)),
    ],
)
def test_what_is_answered_is_signed(tmp_path: Path, made: Review) -> None:
    assert sign(desk(drafted(tmp_path, made)), "monthly", JANE).record is not None


def test_an_old_capture_is_signed_with_a_reason(tmp_path: Path) -> None:
    made, _ = REFUSED["an old capture"]
    found = sign(desk(drafted(tmp_path, made)), "monthly", Signature("Jane", old="audit day"))
    assert found.record is not None and found.record.old == "audit day"
    assert "signed because: audit day" in entries(tmp_path)[0]


def test_an_entry_tells_what_was_not_judged(tmp_path: Path) -> None:
    several = changed(UNJUDGED, not_judged=("it was refused", "there was no time", "nobody asked"))
    known = changed(KNOWN, meaning=reasons_meaning(several))
    sign(desk(drafted(tmp_path, review(changed(several, acknowledged=known)))), "monthly", JANE)
    (line,) = [one for one in entries(tmp_path)[0].splitlines() if "not judged" in one]
    assert line == "  - box Box secrets not judged: it was refused and 2 more (acknowledged by sam: no access yet)"


def test_an_entry_lists_the_gravest_first_and_not_all_of_many(tmp_path: Path) -> None:
    many = [item(f"users-{number}", severity="low") for number in range(30)] + [item("users-x", severity="critical")]
    made = with_decisions(review(box("users", *many)), *(decision(one) for one in many))
    sign(desk(drafted(tmp_path, made)), "monthly", JANE)
    lines = entries(tmp_path)[0].splitlines()
    assert lines[2] == "- Found: 31 in all: 31 keep." and lines[3].startswith("  - users-x reaches prod: keep")
    assert lines[23] == "  - and 11 more, in the record"


def test_a_second_review_of_a_month_gets_a_number_and_an_entry_of_its_own(tmp_path: Path) -> None:
    for _ in range(3):
        sign(desk(drafted(tmp_path)), "monthly", JANE)
    signed = review_records.all_signed(tmp_path / "records")
    assert [one.name for one in signed] == ["2026-11-monthly", "2026-11-monthly-2", "2026-11-monthly-3"]
    assert [one.previous for one in signed] == ["", "2026-11-monthly", "2026-11-monthly-2"]
    assert len(entries(tmp_path)) == 3
    assert not [one for one in verify_reviews("prod", tmp_path / "records", ()) if one.broken]


def test_cadences_form_one_chain(tmp_path: Path) -> None:
    sign(desk(drafted(tmp_path)), "monthly", JANE)
    found = sign(desk(drafted(tmp_path, changed(DONE, cadence="weekly"))), "weekly", JANE)
    assert found.record is not None
    assert (found.record.name, found.record.number, found.record.previous) == ("2026-W48-weekly", 2, "2026-11-monthly")


def test_a_review_judged_before_the_last_one_was_signed_is_judged_anew(tmp_path: Path) -> None:
    sign(desk(drafted(tmp_path)), "monthly", JANE)
    save_draft(tmp_path / "work", changed(DONE, notes=("judged on another machine",)), ())
    found = sign(desk(tmp_path), "monthly", JANE)
    assert "2026-11-monthly is the last signed one by now; judge it anew" in found.refused[0]
    last = last_of(review_records.all_signed(tmp_path / "records"), "monthly")
    again = renewed(review(), load_draft(tmp_path / "work", "monthly"), last, AT.date())
    save_draft(tmp_path / "work", again, ())
    assert sign(desk(tmp_path), "monthly", JANE).record is not None


@pytest.mark.parametrize(("choice", "hours", "told"), [(REMOVE, 1, True), (REMOVE, -1, False), (KEEP, 1, False)])
def test_what_another_cadence_decided_otherwise_since_is_decided_anew(
    tmp_path: Path, choice: str, hours: int, told: bool
) -> None:
    at = AT - timedelta(hours=2)
    month = with_decisions(review(), decision(item(), choice, at=at + timedelta(hours=hours)))
    sign(desk(drafted(tmp_path, month)), "monthly", JANE)
    quarter = with_decisions(review(cadence="quarterly"), decision(item(), KEEP, at=at))
    found = sign(desk(drafted(tmp_path, quarter)), "quarterly", JANE)
    assert (found.record is None) == told and found.undecided == told
    if told:
        assert found.refused == (
            "users-1 is decided here (keep), and 2026-11-monthly decided remove later; decide it anew: guardrails"
            " review decide prod --cadence quarterly --all",)  # fmt: skip
        anew = with_decisions(quarter, decision(item(), KEEP, at=AT))
        assert sign(desk(drafted(tmp_path, anew)), "quarterly", JANE).record is not None


def test_nothing_is_added_to_a_broken_chain(tmp_path: Path) -> None:
    first = sign(desk(drafted(tmp_path)), "monthly", JANE)
    assert first.path is not None
    drafted(tmp_path)
    first.path.write_text(first.path.read_text().replace("Jane", "Joan"))
    with pytest.raises(Problem, match=r"are broken, and nothing is done .*2026-11-monthly: it was changed"):
        sign(desk(tmp_path), "monthly", JANE)


def test_without_a_change_log_nothing_is_signed(tmp_path: Path) -> None:
    place = desk(drafted(tmp_path))
    place.log.unlink()
    with pytest.raises(Problem, match=r"the change log .* is not there"):
        sign(place, "monthly", JANE)
    assert review_records.names(tmp_path / "records") == ()


def test_without_the_heading_of_the_entries_nothing_is_signed(tmp_path: Path) -> None:
    place = desk(drafted(tmp_path))
    place.log.write_text("# Change log\n\nEntries go elsewhere.\n")
    with pytest.raises(Problem, match="has no heading '## Entries'"):
        sign(place, "monthly", JANE)
    assert review_records.names(tmp_path / "records") == () and review_records.read_head(tmp_path / "records") is None
    assert load_draft(tmp_path / "work", "monthly") is not None
    place.log.write_text(LOG)
    assert sign(place, "monthly", JANE).entered


def test_without_a_draft_it_says_who_signed_last(tmp_path: Path) -> None:
    sign(desk(drafted(tmp_path)), "monthly", JANE)
    with pytest.raises(Problem, match=r"no monthly review of prod to sign; the last one signed is 2026-11-monthly, by"):
        sign(desk(tmp_path), "monthly", JANE)


def test_a_name_cannot_write_into_the_log(tmp_path: Path) -> None:
    odd = item(title="<script>\n### 2026-11-28 · review · prod · weekly \x1b[31m")
    sign(desk(drafted(tmp_path, with_decisions(review(box("users", odd)), decision(odd)))), "monthly", JANE)
    assert_signed_once(tmp_path)
    assert "<script>" not in entries(tmp_path)[0] and "\x1b" not in entries(tmp_path)[0]


def _child(work: Callable[[], Any]) -> int:
    """Run in a process of its own; returns how it ended (0, 2 for a Problem, or minus the signal)."""
    return os.waitstatus_to_exitcode(os.waitpid(_started(work), 0)[1])


def _started(work: Callable[[], Any]) -> int:
    child = os.fork()
    if child == 0:
        try:
            work()
            os._exit(0)
        except Problem:
            os._exit(2)
        finally:
            os._exit(3)  # never on as a second test run
    return child


def _killed_at(place: Desk, number: int) -> int:
    """Sign, killed just before the file system is asked for the `number`th time."""

    def work() -> None:
        left = [number]

        def hook(event: str, args: tuple[Any, ...]) -> None:
            if event in ("open", "os.rename", "os.remove", "os.mkdir", "os.chmod", "tempfile.mkstemp", "fcntl.flock"):
                left[0] -= 1
                if left[0] < 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)
        sign(place, "monthly", JANE)

    return _child(work)


def test_killed_anywhere_the_next_signing_finishes_it(tmp_path: Path) -> None:
    seen, number, ended = set(), 0, -signal.SIGKILL
    while ended == -signal.SIGKILL:
        root = drafted(tmp_path / str(number))
        ended = _killed_at(desk(root), number)
        state = (
            len(review_records.names(root / "records")),
            len(entries(root)),
            draft_path(root / "work", "monthly").exists(),
        )
        seen.add(state)
        assert not [one for one in verify_reviews("prod", root / "records", ()) if one.broken]
        if state[2]:
            found = sign(desk(root), "monthly", JANE)
            assert found.record is not None and found.finished == bool(state[0])
        assert_signed_once(root)
        folders = (root, root / "records", root / "records" / "reviews")
        assert not [path for folder in folders for path in folder.glob(".*")], "nothing half written is left"
        number += 1
    assert ended == 0
    assert seen == {(0, 0, True), (1, 0, True), (1, 1, True), (1, 1, False)}, "every state was met"


def test_a_signing_that_was_killed_and_judged_anew_still_gets_its_entry(tmp_path: Path) -> None:
    root = drafted(tmp_path)
    sign(desk(root), "monthly", JANE)
    (root / "Change_Log.md").write_text(LOG)
    drafted(root)
    sign(desk(root), "monthly", JANE)
    assert ["2026-11-monthly-2.json" in one for one in entries(root)] == [True, False]


@pytest.mark.parametrize("most_bytes", [0, 16, 100, 1000, 2000, 3000])
def test_a_full_disk_leaves_the_old_state_or_the_new(tmp_path: Path, most_bytes: int) -> None:
    root = drafted(tmp_path)
    place = desk(root)

    def work() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
        sign(place, "monthly", JANE)

    ended = _child(work)
    assert ended in (0, 2)
    assert not [one for one in verify_reviews("prod", root / "records", ()) if one.broken]
    if ended == 2:
        assert sign(desk(root), "monthly", JANE).record is not None
    assert_signed_once(root)


def test_two_signers_at_once_make_one_record(tmp_path: Path) -> None:
    for number in range(5):
        root = drafted(tmp_path / str(number))
        place = desk(root)
        children = [_started(partial(sign, place, "monthly", Signature(name))) for name in ("Jane", "Joan", "Sam")]
        ended = sorted(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children)
        assert ended == [0, 2, 2]
        assert_signed_once(root)


@pytest.mark.parametrize("by", [JANE, Signature("Jane", old="audit day")])
def test_a_capture_from_before_the_last_signed_one_is_not_signed(tmp_path: Path, by: Signature) -> None:
    first = with_decisions(review(), decision(item(), REMOVE))
    assert sign(desk(drafted(tmp_path, first)), "monthly", JANE).record is not None
    earlier = changed(review(box("users")), evidence=Evidence(AT - timedelta(days=4), "live", "cd" * 32))
    found = sign(desk(drafted(tmp_path, earlier)), "monthly", by)
    assert found.record is None and not found.undecided
    assert found.refused == (
        "its capture is of 2026-11-24 09:00:00 UTC, before the state that 2026-11-monthly shows (2026-11-28 09:00:00"
        " UTC), so it does not tell what became of that; judge a newer capture",)  # fmt: skip
    week = changed(earlier, cadence="weekly")  # what it looks at is another thing
    assert sign(desk(drafted(tmp_path, week)), "weekly", JANE).record is not None
