"""Answers of several people at once, and what questions have in common."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.review_making import AT, box, decision, item, review

from iam_guardrails.adapters.review_drafts import load_draft, save_draft
from iam_guardrails.journeys.review_decide import Deciding
from iam_guardrails.journeys.review_walk import kind_of
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
