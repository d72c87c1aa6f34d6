"""What a capture did not ask about is neither gone nor changed, in its own cadence and in others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.review_making import AT, TODAY, decision, with_decisions
from tests.review_world import IAM, ID, NOW, basis_of, capture_of, policy

from iam_guardrails.journeys.review import evidence_of, judge
from iam_guardrails.journeys.review_draft import renewed
from iam_guardrails.model.capture.capture import COMPLIANCE, FINDINGS, LAST_ACCESS, Capture
from iam_guardrails.model.review.review import MONTHLY, QUARTERLY, REMOVE, UNCLEAR, Item, Review, unjudged
from iam_guardrails.model.review.signed import SignedReview, read_record, sealed, text_of
from iam_guardrails.model.trail.window import Window
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import changed

EAST, WEST = "us-east-2", "us-west-2"
LEFT_OUT = "it was left out (--without)"
READS = policy({"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"})
ONE = policy({"Effect": "Allow", "Action": "secretsmanager:GetSecretValue",
              "Resource": f"arn:aws:secretsmanager:{WEST}:{ID}:secret:far-AbCdEf"})  # fmt: skip


def finding(number: int, resource: str, kind: str, region: str) -> dict[str, Any]:
    return {"id": f"f{number}", "kind": "ExternalAccess", "status": "ACTIVE", "region": region, "analyzer_arn": "a",
            "resource": resource, "resource_type": kind, "principal": {"AWS": "*"}, "is_public": True}  # fmt: skip


def used(name: str, unused: str) -> dict[str, Any]:
    return {"principal_arn": f"{IAM}:role/{name}", "granularity": "ACTION_LEVEL", "job_at": NOW.isoformat(),
            "unused": [unused]}  # fmt: skip


RECENT = {"last_used": (NOW - timedelta(days=2)).isoformat()}
WORLD: dict[str, Any] = {
    "roles": {"both": {**RECENT, "inline": {"p": READS}}, "far": {**RECENT, "inline": {"p": ONE}}, "third": RECENT},
    "secrets": {"near": {}, "far": {"more": {"arn": f"arn:aws:secretsmanager:{WEST}:{ID}:secret:far-AbCdEf",
                                             "region": WEST}}},
    "more": {
        "regions": [EAST, WEST],
        "findings": [finding(1, "arn:aws:s3:::open", "AWS::S3::Bucket", EAST),
                     finding(2, f"arn:aws:sqs:{WEST}:{ID}:q", "AWS::SQS::Queue", WEST),
                     finding(3, f"{IAM}:role/third", "AWS::IAM::Role", WEST)],
        "compliance": [{"rule_name": f"prod-guardrail-{name}", "region": region, "compliance": "NON_COMPLIANT",
                        "resources": [{"resource_type": "AWS::X::Y", "resource_id": "x"}]}
                       for name, region in (("near", EAST), ("far", WEST))],
        "last_access": [used("both", "s3"), used("far", "sqs")],
    },
}  # fmt: skip
FULL = capture_of(WORLD)


def without(part: str, **more: Any) -> Callable[[Capture], Capture]:
    return lambda one: changed(one, unasked={**one.unasked, part: LEFT_OUT}, **more)


def in_one_region(one: Capture) -> Capture:
    return changed(
        one, regions=(EAST,), secrets=tuple(each for each in one.secrets if each.region == EAST),
        findings=tuple(each for each in one.findings if each.region == EAST),
        compliance=tuple(each for each in one.compliance if each.region == EAST),
    )  # fmt: skip


LESS: dict[str, tuple[Callable[[Capture], Capture], int]] = {
    "nobody's last accessed data": (without(LAST_ACCESS, last_access=()), 2),
    "last accessed data of fewer": (lambda one: changed(one, last_access=one.last_access[:1]), 1),
    "last accessed data of nobody in scope": (lambda one: changed(one, last_access=()), 2),
    "no findings": (without(FINDINGS, findings=()), 3),
    "no analyzer in a Region": (lambda one: changed(
        one, unasked={f"{FINDINGS}@{WEST}": "there is no analyzer"}, findings=one.findings[:1]), 2),
    "no compliance": (without(COMPLIANCE, compliance=()), 2),
    "a Region less": (in_one_region, 4),  # what is there, and who reads only there
}  # fmt: skip


def reviewed(capture: Capture, number: int, cadence: str = MONTHLY) -> Review:
    base = basis_of({**WORLD, "unusual": []})
    made = changed(base, capture=changed(capture, captured_at=NOW + timedelta(days=number)))
    evidence = evidence_of(made, Window(None, None), "", {})
    return judge(made, cadence, f"r{number}", evidence, lambda _: None)


def signing(number: int, made: Review, choice: str = "keep") -> SignedReview:
    done = with_decisions(made, *(decision(one, choice, at=AT + timedelta(days=number)) for one in made.open))
    return read_record(text_of(sealed(SignedReview(number, done, "ann", "", AT, "", f"d{number}", "", ""))))


def titles(items: tuple[Item, ...]) -> set[str]:
    return {item.title for item in items}


@pytest.mark.parametrize("case", LESS)
def test_what_was_not_asked_about_is_neither_gone_nor_changed(case: str) -> None:
    less, count = LESS[case]
    first = signing(1, renewed(reviewed(FULL, 1), None, None, TODAY), REMOVE)
    found = renewed(reviewed(less(FULL), 2), None, first, TODAY, (first,))
    assert [title for box in found.boxes for title in box.gone] == []
    assert not [item.title for item in found.items if item.state == "changed"]
    assert len(found.unread) == count and all(item.decision for item in found.unread)
    assert all(unjudged(box) for box in found.boxes if box.unread)  # and no such box is clean
    second = signing(2, found)
    third = renewed(reviewed(less(FULL), 3), None, second, TODAY, (first, second))
    assert titles(third.unread) == titles(found.unread) and not [box.gone for box in third.boxes if box.gone]
    again = renewed(reviewed(FULL, 4), None, signing(3, third), TODAY, (first, second))
    assert titles(again.unread) == set() and titles(found.unread) <= titles(again.items)


@pytest.mark.parametrize("case", LESS)
def test_a_review_of_another_cadence_that_asked_less_takes_no_decision_back(case: str) -> None:
    less, _ = LESS[case]
    month = signing(1, renewed(reviewed(FULL, 1), None, None, TODAY))
    quarter = signing(2, renewed(reviewed(less(FULL), 2, QUARTERLY), None, None, TODAY, (month,)))
    again = renewed(reviewed(FULL, 3), None, month, TODAY, (month, quarter))
    # in one Region less somebody decided last about a reader of other secrets: that does not speak for him, and he is
    # no other than in the month before
    assert [(one.title, one.state) for one in again.open] == (
        [("role/both can read 2 of 2 secrets: far, near", "same")] if "Region less" in case else []
    )


def test_the_reason_says_what_was_left_out() -> None:
    first = signing(1, renewed(reviewed(FULL, 1), None, None, TODAY))
    found = renewed(reviewed(LESS["no findings"][0](FULL), 2), None, first, TODAY, (first,))
    told = [why for box in found.boxes for one in box.unread for why in one.reasons]
    assert told and all(why.startswith("what IAM Access Analyzer") and LEFT_OUT in why for why in told)


def test_what_was_asked_about_and_is_not_there_is_gone() -> None:
    first = signing(1, renewed(reviewed(FULL, 1), None, None, TODAY))
    nothing = changed(FULL, findings=(), compliance=(), last_access=tuple(
        changed(one, unused=()) for one in FULL.last_access))  # fmt: skip
    found = renewed(reviewed(nothing, 2), None, first, TODAY, (first,))
    assert len([title for box in found.boxes for title in box.gone]) == 7 and found.unread == ()


def test_a_principal_that_is_gone_is_gone_whoever_was_asked_about() -> None:
    first = signing(1, renewed(reviewed(FULL, 1), None, None, TODAY))
    assert not isinstance(FULL.details, Unknown)
    roles = [one for one in FULL.details["RoleDetailList"] if one["RoleName"] != "far"]
    left = changed(FULL, details={**FULL.details, "RoleDetailList": roles}, last_access=FULL.last_access[:1])
    found = renewed(reviewed(left, 2), None, first, TODAY, (first,))
    assert [title for box in found.boxes for title in box.gone] == [
        "far does not use 1 of the 1 services it may use: sqs"
    ]


def test_a_reader_of_whose_secrets_only_some_were_read_is_unclear_and_asks() -> None:
    first = signing(1, renewed(reviewed(FULL, 1), None, None, TODAY))
    found = renewed(reviewed(in_one_region(FULL), 2), None, first, TODAY, (first,))
    [item] = [one for one in found.items if one.state == UNCLEAR]
    assert item.box == "secrets" and "role/both" in item.title and item.decision is None
    assert "it may have changed" in item.reasons[-1] and "us-west-2" in item.reasons[-1]
