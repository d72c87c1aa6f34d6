"""What an older decision still says about a review judged anew."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.review_making import AT, TODAY, box, decision, item, review, with_decisions

from iam_guardrails.adapters.review_drafts import Draft
from iam_guardrails.journeys.review_draft import renewed
from iam_guardrails.model.review.answer import reasons_meaning
from iam_guardrails.model.review.latest import decided_later, in_force
from iam_guardrails.model.review.review import (
    ACCEPT,
    ACKNOWLEDGE,
    CHANGED,
    CHOICES,
    KEEP,
    NEW,
    REMOVE,
    SAME,
    Box,
    Decision,
    Evidence,
    Review,
    box_key,
)
from iam_guardrails.model.review.signed import SignedReview, sealed
from iam_guardrails.model.value import changed

LATER = Evidence(AT + timedelta(days=30), "live", "cd" * 32)
IDS = ("users-1", "users-2", "roles-1")
MEANINGS = ("one", "two")


def signed(made: Review) -> SignedReview:
    return sealed(SignedReview(1, made, "Jane", "", AT, "", "d", "", ""))


decisions = st.builds(
    lambda name, meaning, choice, days, hours: decision(
        item(name, meaning=meaning), choice, at=AT + timedelta(hours=hours),
        until=TODAY + timedelta(days=days) if choice == ACCEPT else None,
    ),
    st.sampled_from(IDS), st.sampled_from(MEANINGS), st.sampled_from(CHOICES), st.integers(-3, 3),
    st.integers(0, 1000),
)  # fmt: skip
meanings = st.dictionaries(st.sampled_from(IDS), st.sampled_from(MEANINGS))


def made_of(there: dict[str, str], **more: object) -> Review:
    names = sorted({name.partition("-")[0] for name in there})
    return review(*(box(name, *(item(one, meaning=there[one]) for one in sorted(there) if one.startswith(name)))
                    for name in names) if names else (box("users"),), **more)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(meanings, meanings, st.lists(decisions, max_size=5), st.lists(decisions, max_size=5))
def test_only_the_latest_decision_counts_and_only_while_it_holds(
    earlier: dict[str, str], today: dict[str, str], in_draft: list[Decision], in_record: list[Decision]
) -> None:
    record = signed(with_decisions(made_of(earlier), *in_record))
    found = renewed(made_of(today, evidence=LATER), Draft(made_of(earlier), tuple(in_draft)), record, TODAY)
    everything = [*in_draft, *record.decisions]
    for one in found.items:
        about = [it for it in everything if it.item == one.id]
        latest = max((it.at for it in about if it.at), default=None)
        if one.decision is None:
            continue
        assert changed(one.decision, origin="") in about and one.decision.at == latest
        assert one.decision.meaning == one.meaning
        assert one.decision.choice != REMOVE
        assert one.decision.choice != ACCEPT or (one.decision.until and one.decision.until >= TODAY)
    keeping = {it.item for it in everything if it.choice == KEEP and today.get(it.item) == it.meaning
               and all(other is it or (other.at or AT) < (it.at or AT) for other in everything
                       if other.item == it.item)}  # fmt: skip
    assert keeping <= {one.id for one in found.items if one.decision}


@settings(max_examples=60, deadline=None)
@given(meanings, meanings)
def test_each_item_is_told_apart_by_its_meaning(earlier: dict[str, str], today: dict[str, str]) -> None:
    found = renewed(made_of(today), None, signed(made_of(earlier)), TODAY)
    for one in found.items:
        expected = NEW if one.id not in earlier else SAME if earlier[one.id] == one.meaning else CHANGED
        assert one.state == expected
    boxes = {one.id for one in found.boxes}
    gone = {item(name).title for name in earlier if name not in today and name.partition("-")[0] in boxes}
    assert {title for one in found.boxes for title in one.gone} == gone


def test_the_review_it_is_compared_with_is_named() -> None:
    record = signed(review())
    found = renewed(review(evidence=LATER), None, record, TODAY)
    assert (found.previous, found.previous_hash) == ("2026-11-monthly", record.hash)
    assert renewed(review(previous="x"), None, None, TODAY).previous == ""


def test_an_expired_acceptance_does_not_bring_back_an_older_keep() -> None:
    one = item()
    kept, accepted = decision(one), decision(one, ACCEPT, until=date(2026, 11, 30), at=AT + timedelta(days=1))
    draft = Draft(review(), (accepted, kept))
    assert renewed(review(evidence=LATER), draft, None, date(2026, 11, 30)).items[0].decision == accepted
    assert renewed(review(evidence=LATER), draft, None, date(2026, 12, 1)).items[0].decision is None


def test_a_removal_stays_while_the_same_capture_is_judged_again() -> None:
    removal = decision(item(), REMOVE)
    draft = Draft(with_decisions(review(), removal), (removal,))
    assert renewed(review(), draft, None, TODAY).items[0].decision == removal
    assert renewed(review(evidence=LATER), draft, None, TODAY).items[0].decision is None
    untold = review(evidence=Evidence(None, "authorization details"))
    assert renewed(untold, Draft(untold, (removal,)), None, TODAY).items[0].decision is None
    changed_mind = decision(item(), KEEP, at=AT + timedelta(hours=1))
    assert renewed(review(), Draft(review(), (changed_mind, removal)), None, TODAY).items[0].decision == changed_mind


def test_an_acknowledgement_stays_within_a_draft_while_its_reasons_are_the_same() -> None:
    refused = box("secrets", looked_at=0, not_judged=("GetResourcePolicy was refused",))
    said = Decision(box_key("secrets"), reasons_meaning(refused), ACKNOWLEDGE, "jane", reason="known", at=AT)
    draft = Draft(review(refused), (said,))
    assert renewed(review(refused, evidence=LATER), draft, None, TODAY).boxes[0].acknowledged == said
    other = box("secrets", looked_at=0, not_judged=("the capture is from a file",))
    assert renewed(review(other), draft, None, TODAY).unanswered == (other,)
    judged = renewed(review(box("secrets")), draft, None, TODAY)
    assert judged.boxes[0].acknowledged is None and judged.unanswered == ()
    record = signed(review(changed(refused, acknowledged=said)))
    assert renewed(review(refused), None, record, TODAY).unanswered != ()


REFUSED = "secretsmanager:ListSecrets was refused"


def blind(*reasons: str) -> Review:
    return review(box("secrets", looked_at=0, not_judged=reasons or (REFUSED,)), evidence=LATER)


def test_what_was_not_looked_at_is_not_gone_and_keeps_its_decision() -> None:
    kept, away = item("secrets-1"), item("secrets-2")
    decided = (decision(kept), decision(away, REMOVE))
    first = signed(with_decisions(review(box("secrets", kept, away)), *decided))
    found = renewed(blind(), None, first, TODAY).boxes[0]
    assert found.gone == () and [one.reasons for one in found.unread] == [(REFUSED,)] * 2
    assert [(one.item.id, one.item.decision.choice) for one in found.unread if one.item.decision] == [
        ("secrets-1", KEEP), ("secrets-2", REMOVE)
    ]  # fmt: skip
    second = sealed(changed(signed(changed(blind(), boxes=(found,), name="2026-12-monthly")), number=2))
    again = renewed(blind(), None, second, TODAY).boxes[0]
    assert again.gone == () and len(again.unread) == 2  # the same reason as last time is no reason to call it gone
    back = renewed(review(box("secrets", kept, away), evidence=LATER), None, second, TODAY)
    assert [one.state for one in back.items] == [SAME, SAME] and back.open == (back.items[1],)
    assert back.items[0].decision == changed(decided[0], origin="2026-11-monthly")
    gone = renewed(review(box("secrets"), evidence=LATER), None, second, TODAY).boxes[0]
    assert gone.gone == (kept.title, away.title) and gone.unread == ()


def test_what_was_not_judged_then_either_hides_nothing_that_was_seen_then() -> None:
    known = "who read them: nothing between 2026-11-01 and 2026-11-02"
    seen = signed(review(box("secrets", item("secrets-1"), not_judged=(known,))))
    later = known.replace("11-0", "12-0")
    found = renewed(review(box("secrets", not_judged=(later,)), evidence=LATER), None, seen, TODAY).boxes[0]
    assert found.gone and not found.unread
    more = renewed(review(box("secrets", not_judged=(later, REFUSED)), evidence=LATER), None, seen, TODAY).boxes[0]
    assert not more.gone and more.unread[0].reasons == (REFUSED,)


def test_a_decision_answers_the_same_item_in_every_cadence_and_says_where_it_was_signed() -> None:
    one, other = item("users-1"), item("users-2")
    until = date(2026, 12, 31)
    month = signed(with_decisions(review(box("users", one, other)), decision(one), decision(other, ACCEPT)))

    def quarter(*there: Any, today: date = TODAY, others: tuple[SignedReview, ...] = (month,)) -> Review:
        made = review(box("users", *there), cadence="quarterly", name="2026-Q4-quarterly")
        return renewed(made, None, None, today, others)

    found = quarter(one, other)
    assert not found.open and {it.decision.origin for it in found.items if it.decision} == {"2026-11-monthly"}
    assert {it.state for it in found.items} == {NEW}  # no quarterly review was signed before
    assert quarter(changed(one, meaning="another")).open and quarter(other, today=until + timedelta(days=1)).open
    later = changed(signed(with_decisions(review(box("users", one)), decision(one, REMOVE, at=AT + timedelta(days=1)))),
                    number=2)  # fmt: skip
    assert quarter(one, others=(month, sealed(later))).open
    week = sealed(changed(signed(review(cadence="quarterly")), number=4))
    assert not renewed(review(box("users", one), cadence="quarterly"), None, week, TODAY, (month, week)).open
    record = sealed(changed(signed(found), number=3))
    assert {it.decision.origin for it in record.review.items if it.decision} == {"2026-11-monthly"}
    assert decided_later(month, (month, record)) == {}  # what is only carried on is not decided again


@pytest.mark.parametrize(
    ("choice", "days", "stays", "open_again"),
    [(REMOVE, 0, True, True), (ACCEPT, 40, True, False), (ACCEPT, -1, True, True), (KEEP, 0, False, False)],
)
@pytest.mark.parametrize("name", ["iam-changes", "assume-role", "secrets", "breakglass"])
def test_an_event_that_was_to_be_undone_stays_until_it_is_kept(
    name: str, choice: str, days: int, stays: bool, open_again: bool
) -> None:
    event = item(f"{name}-1", box=name, evidence=(("event", "e1"),))
    until = TODAY + timedelta(days=days) if choice == ACCEPT else None
    record = signed(with_decisions(review(box(name, event)), decision(event, choice, until=until)))
    (week,) = renewed(review(box(name), evidence=LATER), None, record, TODAY).boxes
    assert [(one.id, one.decision is None) for one in week.items] == ([(event.id, open_again)] if stays else [])
    assert week.gone == (() if stays else (event.title,))
    if stays:
        kept = with_decisions(review(week, evidence=LATER), decision(week.items[0], KEEP, at=AT + timedelta(days=1)))
        draft = Draft(kept, tuple(one.decision for one in kept.items if one.decision))
        (again,) = renewed(review(box(name), evidence=LATER), draft, record, TODAY).boxes
        assert [one.decision and one.decision.choice for one in again.items] == [KEEP]
        (after,) = renewed(review(box(name), evidence=LATER), None, signed(kept), TODAY).boxes
        assert (after.items, after.gone) == ((), (event.title,))


def test_an_event_that_is_settled_and_happens_again_asks_again() -> None:
    event = item("assume-role-1", box="assume-role", evidence=(("last", "2026-11-20T00:00:00Z"), ("event", "e1")))
    again = changed(event, evidence=(("last", "2026-12-27T00:00:00Z"), ("event", "e2")))
    first = signed(with_decisions(review(box("assume-role", event)), decision(event, REMOVE)))
    left = renewed(review(box("assume-role"), evidence=LATER, name="2026-12-monthly"), None, first, TODAY)
    kept = with_decisions(left, decision(event, KEEP, at=AT + timedelta(days=30)))
    second = sealed(changed(signed(kept), number=2))
    found = renewed(review(box("assume-role", again), evidence=AFTER), None, second, TODAY, (first, second))
    assert found.open == found.items
    answered = with_decisions(found, decision(again, KEEP, at=AT + timedelta(days=61)))
    draft = Draft(answered, tuple(one.decision for one in answered.items if one.decision))
    assert not renewed(review(box("assume-role", again), evidence=AFTER), draft, second, TODAY, (first, second)).open


AFTER = Evidence(AT + timedelta(days=60), "live", "ef" * 32)
BLIND = box("users", not_judged=("refused",))


@pytest.mark.parametrize("choice", [KEEP, ACCEPT])
@pytest.mark.parametrize(
    ("cadence", "between", "open_again"),
    [("monthly", box("users"), True), ("quarterly", box("users"), True), ("monthly", BLIND, False),
     ("quarterly", BLIND, False), ("weekly", box("alarms"), False)],
)  # fmt: skip
def test_what_was_gone_in_a_signed_review_and_comes_back_asks_again(
    cadence: str, between: Box, open_again: bool, choice: str
) -> None:
    first = signed(with_decisions(review(), decision(item(), choice)))
    before = first if cadence == "monthly" else None
    made = review(between, cadence=cadence, name="between", evidence=LATER)
    second = sealed(changed(signed(renewed(made, None, before, TODAY, (first,))), number=2))
    last = second if before else first
    found = renewed(review(evidence=AFTER), None, last, TODAY, (first, second))
    assert bool(found.open) == open_again
    fresh = with_decisions(found, decision(item(), choice, at=AT + timedelta(days=61)))
    draft = Draft(fresh, tuple(one.decision for one in fresh.items if one.decision))
    assert not renewed(review(evidence=AFTER), draft, last, TODAY, (first, second)).open


def test_a_review_of_an_older_state_does_not_show_that_it_was_gone() -> None:
    first = signed(with_decisions(review(evidence=LATER), decision(item())))
    older = review(box("users"), cadence="quarterly", name="2026-Q4-quarterly")
    second = sealed(changed(signed(older), number=2))
    assert not renewed(review(evidence=AFTER), None, first, TODAY, (first, second)).open


def test_an_event_that_was_decided_in_a_month_is_not_asked_about_in_the_quarter() -> None:
    first, event_id = ("first", "2026-11-20T00:00:00Z"), ("event", "e1")
    event = item("assume-role-1", box="assume-role", evidence=(first, ("last", "2026-11-20T00:00:00Z"), event_id))
    month = signed(with_decisions(review(box("assume-role", event)), decision(event)))
    made = renewed(review(box("assume-role"), name="2026-12-monthly", evidence=LATER), None, month, TODAY)
    next_month = sealed(changed(signed(made), number=2))
    quarter = review(box("assume-role", event), cadence="quarterly", name="2026-Q4-quarterly", evidence=AFTER)
    assert not renewed(quarter, None, None, TODAY, (month, next_month)).open
    usual = changed(event, evidence=(first, ("last", "2026-12-20T00:00:00Z"), event_id))
    went_on = changed(quarter, boxes=(box("assume-role", usual),))
    assert not renewed(went_on, None, None, TODAY, (month, next_month)).open, "it is no item of the second month"
    again = changed(event, evidence=(("first", "2027-01-20T00:00:00Z"), ("last", "2027-01-20T00:00:00Z"), event_id))
    quarter = changed(quarter, boxes=(box("assume-role", again),))
    assert renewed(quarter, None, None, TODAY, (month, next_month)).open


@pytest.mark.parametrize(
    ("month", "quarter", "carried_out", "left"),
    [(REMOVE, KEEP, "month", "quarter"), (KEEP, REMOVE, "", "quarter")],
)  # fmt: skip
def test_of_two_cadences_the_decision_made_last_counts(month: str, quarter: str, carried_out: str, left: str) -> None:
    """The quarterly review was answered before the monthly one, and signed after it."""
    answered, later = AT + timedelta(hours=1), AT + timedelta(days=5)
    one = signed(with_decisions(review(), decision(item(), month, at=later)))
    other = with_decisions(review(cadence="quarterly", name="q"), decision(item(), quarter, at=answered))
    records = {"month": one, "quarter": sealed(changed(signed(other), number=2))}
    every = tuple(records.values())
    in_each = {name: in_force(record, every) for name, record in records.items()}
    removed = [name for name, (record, _) in in_each.items() if record.review.items[0].decision
               and record.review.items[0].decision.choice == REMOVE]  # fmt: skip
    assert removed == ([carried_out] if carried_out else [])
    assert set(decided_later(records["month"], every)) == set()
    assert set(decided_later(records[left], every)) == {item().id}
    found = renewed(review(evidence=LATER), None, one, TODAY, every)
    assert bool(found.open) == (month == REMOVE)


def test_what_an_older_capture_does_not_hold_is_not_gone() -> None:
    last = signed(with_decisions(review(evidence=LATER), decision(item(), REMOVE)))
    older = renewed(review(box("users")), None, last, TODAY).boxes[0]
    assert older.gone == () and [one.item.decision for one in older.unread] == [
        decision(item(), REMOVE, origin=last.name)
    ]
    assert "before the state that 2026-11-monthly shows" in older.unread[0].reasons[0]
    same = renewed(review(box("users"), evidence=LATER), None, last, TODAY).boxes[0]
    assert same.gone == (item().title,) and same.unread == ()
