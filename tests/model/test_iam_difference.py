"""What a change of policies adds and takes away: the cases, and what is said of policies that cannot be read."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from iam_guardrails.model.iam.common import common
from iam_guardrails.model.iam.difference.compare import difference
from iam_guardrails.model.iam.difference.pieces import PROOFS
from iam_guardrails.model.iam.difference.spans import (
    NEW,
    NOT_NEW,
    OPEN,
    Answer,
    Span,
    crossing,
    intersection,
    meet,
    taken_apart,
)
from iam_guardrails.model.iam.difference.subject import Held, Side, Subject
from iam_guardrails.model.iam.document import parse
from iam_guardrails.model.iam.match import glob_match
from iam_guardrails.reports.policy_diff import Report, rank_of, render_diff, told

CASES = Path(__file__).parent.parent / "cases" / "diffs"
ROLE = "arn:aws:iam::111122223333:role/worker"
READ_ONLY = Held("AWS managed policy ReadOnly", None, "the plan does not hold its document", "read it", "arn:ReadOnly")


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(*actions: str, effect: str = "Allow") -> dict[str, Any]:
    return {"Effect": effect, "Action": list(actions), "Resource": "*"}


def side(documents: list[Any], boundary: Any = None, *held: Held) -> Side:
    listed = tuple(Held(f"policy {number}", parse(item)) for number, item in enumerate(documents, 1))
    return Side((*listed, *held), Held("limits", parse(boundary)) if boundary else None)


def role(old: Side, new: Side) -> Subject:
    return Subject("role", "identity", "aws_iam_role.worker", "worker", old, new, ROLE)


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"])
                                  for case in yaml.safe_load((CASES / "policies.yaml").read_text())])  # fmt: skip
def test_change_of_policies(case: dict[str, Any]) -> None:
    before, after = case.get("boundary", (None, None))
    kind, expect = case.get("kind", "identity"), case["expect"]
    old, new = side(case["old"], before), side(case["new"], after)
    found = difference(Subject("policy", kind, "x", "x", old, new, ROLE))
    assert found.verdict == expect["verdict"]
    assert [f"{item.rank}: {told(item)}" for item in found.gained] == expect.get("gained", [])
    assert [f"{rank_of(item, lost=True)}: {told(item)}" for item in found.lost] == expect.get("lost", [])
    shown = render_diff(Report((found,)), "text")
    for words in (*expect.get("because", ()), *expect.get("not_judged", ())):
        assert words in shown
    assert bool(found.not_judged) is bool(expect.get("not_judged"))


def test_a_policy_that_nobody_can_read_is_not_judged() -> None:
    found = difference(role(side([]), side([policy(allow("s3:GetObject"))], None, READ_ONLY)))
    assert [item.what for item in found.not_judged] == ["what AWS managed policy ReadOnly grants"]
    assert found.gained[0].unless == ("AWS managed policy ReadOnly",)
    only = difference(role(side([]), side([], None, READ_ONLY)))
    assert only.verdict == "not judged"
    gone = difference(role(side([], None, READ_ONLY), side([policy(allow("s3:GetObject"))])))
    assert [item.what for item in gone.not_judged] == ["what AWS managed policy ReadOnly denied"]


def test_the_same_unread_policy_on_both_sides_adds_nothing() -> None:
    sources = [policy(allow("s3:GetObject", "s3:PutObject"))], [policy(allow("s3:PutObject"), allow("s3:GetObject"))]
    found = difference(role(*(side(listed, None, READ_ONLY) for listed in sources)))
    assert (found.verdict, found.not_judged, found.lost_open) == ("no new access", (), ())


def test_an_unread_policy_may_grant_what_a_removed_deny_or_boundary_stopped() -> None:
    stop = policy(allow("iam:PassRole", effect="Deny"))
    found = difference(role(side([stop], None, READ_ONLY), side([], None, READ_ONLY)))
    assert found.verdict == "not judged"
    limited = difference(role(side([], policy(allow("s3:*")), READ_ONLY), side([], None, READ_ONLY)))
    assert limited.verdict == "not judged"
    kept = difference(role(side([], None, READ_ONLY), side([stop], None, READ_ONLY)))
    assert kept.verdict == "no new access"


def test_an_unread_boundary() -> None:
    def bounded(boundary: Held, *actions: str) -> Side:
        return Side((Held("policy", parse(policy(allow(*actions)))),), boundary)

    boundary = Held("managed policy limits", None, "the plan does not hold its document", "read it", "arn:limits")
    same = difference(role(bounded(boundary, "s3:*"), bounded(boundary, "s3:GetObject")))
    assert same.verdict == "no new access"
    more = difference(role(bounded(boundary, "s3:GetObject"), bounded(boundary, "s3:*")))
    assert (more.verdict, more.gained[0].unless) == ("new access", ("managed policy limits",))
    gone = difference(role(bounded(boundary, "s3:*"), side([policy(allow("s3:*"))])))
    assert gone.verdict == "not judged"
    come = difference(role(side([policy(allow("s3:*"))]), bounded(boundary, "s3:*")))
    assert come.verdict == "no new access"
    assert come.lost_open


def test_what_is_too_much_is_said_and_never_left_out() -> None:
    actions = [f"svc:Do{number}" for number in range(PROOFS)]
    found = difference(role(side([]), side([policy(allow(*actions), allow("svc:Do1", effect="Deny"))])))
    assert [item.found.apart for item in found.gained] == [False]
    assert len(found.gained[0].found.actions) == PROOFS
    shown = render_diff(Report((found,)), "text")
    assert f"and {PROOFS - 12} more" in shown
    assert "could not be taken apart" in shown and "a part of svc:Do0" in shown


def test_a_span_is_taken_apart_as_far_as_the_judge_tells() -> None:
    def judge(span: Span) -> Answer:
        if span.pattern == "s3:Get*":
            return NOT_NEW
        return OPEN if span.pattern == "s3:List*" else NEW

    def none_outside(span: Span) -> Answer:
        return NOT_NEW if span.but else judge(span)

    assert taken_apart(Span("s3:*"), ["iam:*", "s3:*", "s3:Get*", "s3:GetObject"], judge) == [
        Span("s3:*", ("s3:Get*",))]  # fmt: skip
    assert taken_apart(Span("s3:*"), ["s3:Get*", "s3:List*", "s3:Put*"], none_outside) == [
        Span("s3:Put*"), Span("s3:List*")]  # fmt: skip


def test_many_patterns_that_all_cross_are_not_read_together_in_every_order() -> None:
    asked: list[Span] = []

    def judge(span: Span) -> Answer:
        asked.append(span)
        return NEW

    patterns = [f"*{sign}*" for sign in "abcdefghi"]
    parts = taken_apart(Span("x:*"), patterns, judge)
    assert len(asked) < 20 * len(patterns) ** 2
    assert parts and all(crossing(part, patterns) for part in parts if "*" in part.pattern), "what is shared is unsaid"


def test_what_two_globs_share_is_told_exactly() -> None:
    random, texts = Random(1), ["".join(signs) for size in range(6) for signs in product("ab", repeat=size)]
    told = 0
    for _ in range(600):
        one, other = ("".join(random.choices("ab*?*", k=random.randint(1, 5))) for _ in range(2))
        shared = intersection(one, other)
        told += shared is not None
        for text in texts if shared is not None else ():
            both = glob_match(one, text) and glob_match(other, text)
            assert both == any(glob_match(item, text) for item in shared or ()), (one, other, text)
    assert told > 500
    assert intersection("prod-*", "*-secret") == ["prod-secret", "prod-*-secret"]
    assert intersection("a*", "b*") == [] and intersection("a*", "${aws:username}") is None


def test_of_many_principals_only_those_that_are_new_are_named() -> None:
    accounts = [f"{100000000000 + number}" for number in range(60)]

    def trusting(*listed: str) -> Side:
        statement = {"Effect": "Allow", "Principal": {"AWS": list(listed)}, "Action": "sts:AssumeRole"}
        return Side((Held("the trust policy", parse(policy(statement))),))

    def gained(old: Side, new: Side) -> list[tuple[int, bool]]:
        found = difference(Subject("trust policy", "trust", "x", "x", old, new, ROLE))
        return [(len(item.found.principals), item.found.apart) for item in found.gained]

    assert gained(trusting(*accounts[:24]), trusting(*accounts[:25])) == [(1, True)]
    assert gained(trusting(*accounts[:24]), trusting(*accounts[1:25])) == [(1, True)]
    assert gained(trusting(*accounts[:2]), trusting(*accounts)) == [(58, False)]


@pytest.mark.parametrize(("one", "other", "whether"), [
    ("a*", "*b", True), ("a*", "b*", False), ("a?c", "?bc", True), ("*", "", True), ("", "a", False), ("**", "x", True),
    ("prod-*", "*-secret", True), ("prod-x", "*-secret", False), ("a*b*c", "abc", True), ("a*b*c", "acb", False),
    ("${aws:username}/a", "b/a", True), ("?", "*", True), ("ab", "a", False),
])  # fmt: skip
def test_whether_two_globs_have_a_text_in_common(one: str, other: str, whether: bool) -> None:
    assert (meet(one, other), meet(other, one)) == (whether, whether)


def test_a_text_that_three_globs_have_in_common() -> None:
    assert common("a*", "*b", "*c*") == "acb"
    assert common("a*", "*b", "?c") is None
