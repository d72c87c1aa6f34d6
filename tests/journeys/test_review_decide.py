"""Answers of several people at once, and what questions have in common."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.review_making import AT, box, decision, item, review

from iam_guardrails.adapters.review_drafts import load_draft, save_draft
from iam_guardrails.journeys.review_decide import Deciding
from iam_guardrails.journeys.review_walk import Voice, kind_of, walk
from iam_guardrails.model.review.answer import Answer, Question, questions

ITEMS = tuple(item(f"users-{number}") for number in range(8))


def deciding(work: Path) -> Deciding:
    return Deciding(work, "prod", "monthly", "me@here", lambda: AT)


def test_of_several_who_decide_at_once_every_answer_is_kept(tmp_path: Path) -> None:
    save_draft(tmp_path, review(box("users", *ITEMS)), ())
    children = []
    for question in questions(review(box("users", *ITEMS))):
        child = os.fork()
        if child == 0:
            try:
                deciding(tmp_path).put([(Answer(question.key, "remove", "jane"), question)])
                os._exit(0)
            finally:
                os._exit(3)  # never on as a second test run
        children.append(child)
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0] * 8
    draft = load_draft(tmp_path, "monthly")
    assert draft is not None and not draft.review.open and len(draft.decisions) == 8


def test_a_new_answer_replaces_the_one_before(tmp_path: Path) -> None:
    old = decision(ITEMS[0], at=AT)
    save_draft(tmp_path, review(box("users", *ITEMS)), (old, decision(ITEMS[1])))
    (question, *_) = questions(review(box("users", *ITEMS)))
    found = deciding(tmp_path).put([(Answer(question.key, "remove", "sam"), question)])
    assert [(one.item, one.choice, one.owner, one.by) for one in found.decisions] == [
        ("users-0", "remove", "sam", "me@here"), ("users-1", "keep", "jane@example.com", "jane")]  # fmt: skip
    assert load_draft(tmp_path, "monthly") == found


def asked(**more: str) -> Question:
    return questions(review(box("users", item(**more))))[0]


PAIRS: list[tuple[dict[str, str], dict[str, str], bool]] = [
    ({"subject": "arn:aws:iam::1:user/a", "title": "a has no MFA"},
     {"subject": "arn:aws:iam::1:user/b", "title": "b has no MFA"}, True),
    ({"subject": "arn:aws:iam::1:user/a", "title": "a has no MFA"},
     {"subject": "arn:aws:iam::1:user/b", "title": "b has a key"}, False),
    ({"subject": "arn:aws:iam::1:role/x/a", "title": "a was not used for 120 days"},
     {"subject": "arn:aws:iam::1:role/y/b", "title": "b was not used for 400 days"}, True),
    ({"subject": "a", "title": "a has a mark"}, {"subject": "b", "title": "b has a mark"}, True),
    ({"subject": "a", "title": "a has no MFA", "severity": "low"}, {"subject": "b", "title": "b has no MFA"}, False),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other", "alike"), PAIRS)
def test_what_may_be_answered_alike(one: dict[str, str], other: dict[str, str], alike: bool) -> None:
    assert (kind_of(asked(**one)) == kind_of(asked(**other))) == alike


def test_items_of_two_boxes_are_never_alike() -> None:
    both = questions(review(box("users", item()), box("roles", item("roles-1", subject=item().subject,
                                                                   title=item().title))))  # fmt: skip
    assert kind_of(both[0]) != kind_of(both[1])


OWNED = ["keep", "kim"]
WALKS: dict[str, tuple[list[str], list[tuple[str, str, str]]]] = {
    "each field": ([*OWNED, "SEC-1", "known to kim"], [("users-0", "kim", "known to kim")]),
    "back at the owner": (["keep", "back", *OWNED, "", "known"], [("users-0", "kim", "known")]),
    "back at the ticket": ([*OWNED, "Back", *OWNED, "", "known"], [("users-0", "kim", "known")]),
    "back at the reason": ([*OWNED, "", " back ", *OWNED, "", "known"], [("users-0", "kim", "known")]),
    "back at the day": (["accept", "kim", "SEC-1", "back", *OWNED, "", "known"], [("users-0", "kim", "known")]),
    "skip at the owner": (["keep", "skip", *OWNED, "", "known"], [("users-1", "kim", "known")]),
    "skip at the reason": ([*OWNED, "", "SKIP", *OWNED, "", "known"], [("users-1", "kim", "known")]),
    "quit at the reason": ([*OWNED, "", "quit"], []),
    "quit at the day": (["accept", "kim", "SEC-1", "quit"], []),
    "a reason that begins so": ([*OWNED, "", "back office needs it"], [("users-0", "kim", "back office needs it")]),
}  # fmt: skip


@pytest.mark.parametrize("case", WALKS)
def test_back_skip_and_quit_are_heard_at_each_question(tmp_path: Path, case: str) -> None:
    said, decided = WALKS[case]
    two = (item("users-0", title="users-0 has a key"), item("users-1", title="users-1 has no MFA"))
    save_draft(tmp_path, review(box("users", *two)), ())
    answers, lines = iter([*said, *["quit"] * 9]), list[str]()
    voice = Voice(lambda question, default: next(answers), lines.append, lambda question, place: place)
    made = walk(deciding(tmp_path), voice)
    kept = [(one.id, one.decision.owner, one.decision.reason) for one in made.items if one.decision]
    assert kept == decided
    draft = load_draft(tmp_path, "monthly")
    assert draft is not None and draft.review == made
    stopped = case.split()[0] in ("back", "skip", "quit")
    assert ("nothing of this answer is kept" in lines) == stopped
