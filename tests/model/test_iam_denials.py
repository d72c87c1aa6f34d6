"""Which Denies of a boundary surely stop a call, and which do not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iam_guardrails.model.iam.caller import UNKNOWN, Value
from iam_guardrails.model.iam.denials import Denials, Left, Target
from iam_guardrails.model.iam.document import PolicyDocument, parse
from iam_guardrails.model.iam.evaluate import EXPLICIT_DENY, Request, policy_allows

CALLER = "arn:aws:iam::333333333333:role/prod-breakglass-admin"
TRAIL = "arn:aws:cloudtrail:us-east-2:333333333333:trail/prod-trail"
OWN: dict[str, Value] = {"aws:resourceaccount": ("333333333333",), "aws:resourcetag/guardrail": ("true",)}
STOP = "cloudtrail:StopLogging"


def policy(*statements: dict[str, Any]) -> PolicyDocument:
    return parse({"Version": "2012-10-17", "Statement": list(statements)})


def left(statement: dict[str, Any], target: Target | None = None) -> Left | None:
    denials = Denials(policy({"Effect": "Deny", "Action": "cloudtrail:*", "Resource": "*"} | statement), CALLER)
    return denials.left(denials.of(STOP), target or Target(TRAIL, "the trail", OWN))


@pytest.mark.parametrize(
    "statement",
    [
        {},
        {"Resource": "arn:aws:cloudtrail:*:333333333333:trail/prod-*"},
        {"Condition": {"ArnLike": {"aws:PrincipalArn": CALLER}}},
        {"Condition": {"StringEquals": {"aws:ResourceTag/guardrail": "true"}}},
        {"Condition": {"StringEquals": {"aws:ResourceAccount": "333333333333"}}},
        {"Condition": {"StringNotEquals": {"aws:ResourceAccount": "999999999999"}}},
        {"Resource": "arn:aws:*:*:333333333333:*", "Condition": {"Null": {"aws:ResourceTag/guardrail": "false"}}},
    ],
)
def test_denials_that_bite(statement: dict[str, Any]) -> None:
    assert left(statement) is None


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ({"Effect": "Allow"}, "not denied"),
        ({"Action": "s3:*"}, "not denied"),
        ({"Resource": "arn:aws:cloudtrail:*:333333333333:trail/other"}, "denied only on other resources"),
        ({"Action": "*", "Resource": [], "NotResource": TRAIL}, "denied only on other resources"),
        ({"Condition": {"Bool": {"aws:ViaAWSService": "false"}}}, "only under a condition on aws:ViaAWSService"),
        ({"Condition": {"ArnNotLike": {"aws:PrincipalArn": CALLER}}}, "only under a condition on aws:PrincipalArn"),
        (
            {"Condition": {"StringEquals": {"aws:ResourceAccount": "999999999999"}}},
            "a condition on aws:ResourceA",
        ),
        ({"Condition": {"StringNotEquals": {"aws:ResourceAccount": "333333333333"}}}, "condition on aws:ResourceAcc"),
        ({"Condition": {"StringEquals": {"aws:ResourceTag/guardrail": "false"}}}, "condition on aws:ResourceTag"),
    ],
)
def test_denials_that_do_not(statement: dict[str, Any], reason: str) -> None:
    found = left(statement)
    assert found is not None
    assert found.certain
    assert reason in found.why


def test_what_is_not_known_of_the_thing_is_no_answer() -> None:
    found = left({"Condition": {"StringEquals": {"aws:ResourceTag/team": "sre"}}})
    assert found == Left("statement 1 denies it by aws:ResourceTag/team, which is not known of the guardrail", False)


def test_a_scope_that_iam_ignores_does_not_bite() -> None:
    anything = Target("*", "every resource", {"aws:resourceaccount": UNKNOWN})
    found = left({"Resource": TRAIL}, anything)
    assert found is not None
    assert "does not look at" in found.why
    assert left({}, anything) is None
    for text in ("*:*", "*:*:*:*:*:*", "arn:*:*:*:*:*"):  # the request has no ARN that these fit
        assert left({"Resource": text}, anything) is not None, text


@pytest.mark.parametrize(
    ("resource", "certain"),
    [
        ("arn:aws:cloudtrail:us-east-2:333333333333:trail/prod-trail", False),
        ("arn:aws:cloudtrail:*:*:trail/prod-*", False),
        ("arn:aws:cloudtrail:us-east-1:333333333333:trail/*", True),
        ("arn:aws:cloudtrail:us-east-2:999999999999:trail/*", True),
        ("arn:aws:cloudtrail:us-east-2:333333333333:eventdatastore/x", True),
    ],
)
def test_an_arn_that_is_not_known_to_its_end(resource: str, certain: bool) -> None:
    target = Target("arn:aws:cloudtrail:us-east-2:333333333333:trail/~~~~", "the trail", OWN, "it is not issued yet")
    found = left({"Resource": resource}, target)
    assert found is not None
    assert found.certain is certain
    assert left({"Resource": "arn:aws:cloudtrail:*:333333333333:trail/*"}, target) is None


REGION, MFA = "aws:RequestedRegion", "aws:MultiFactorAuthPresent"


@pytest.mark.parametrize(
    ("conditions", "denied"),
    [
        ([{"StringEquals": {REGION: "us-east-2"}}, {"StringNotEquals": {REGION: "us-east-2"}}], True),
        ([{"StringLike": {REGION: "us-*"}}, {"StringNotLike": {REGION: "us-east-*"}}], True),
        ([{"Bool": {MFA: "true"}}, {"BoolIfExists": {MFA: "false"}}], True),
        ([{"Bool": {MFA: ["true", "false"]}}, {"Null": {MFA: "true"}}], True),
        ([{"Bool": {"aws:ViaAWSService": ["true", "false"]}}], True),
        (
            [
                {"StringEquals": {REGION: "us-east-2", "aws:ResourceAccount": "333333333333"}},
                {"StringNotEquals": {REGION: "us-east-2"}, "ArnLike": {"aws:PrincipalArn": CALLER}},
            ],
            True,
        ),
        ([{"StringEquals": {REGION: "us-east-2"}}, {"StringNotEqualsIfExists": {REGION: "us-east-1"}}], False),
        ([{"StringLike": {REGION: "us-*"}}, {"StringNotLike": {REGION: "us-west-*"}, "Bool": {MFA: "true"}}], False),
        ([{"Bool": {MFA: "true"}}, {"Bool": {MFA: "false"}}], False),
        ([{"StringEquals": {"foo:bar": "x"}}, {"StringNotEquals": {"foo:bar": "x"}}], False),
        ([{"NumericLessThanEqualsIfExists": {"aws:PrincipalTag/level": "10"}},
          {"NumericGreaterThan": {"aws:PrincipalTag/level": "10"}}], False),
        ([{"StringEquals": {REGION: "a"}}, {"StringNotEquals": {REGION: "a", "aws:ResourceAccount": "333333333333"}}],
         False),
    ],
)  # fmt: skip
def test_denials_together(conditions: list[Any], denied: bool) -> None:
    body = {"Effect": "Deny", "Action": "cloudtrail:*", "Resource": "*"}
    denials = Denials(policy(*({**body, "Condition": item} for item in conditions)), CALLER)
    found = denials.left(denials.of(STOP), Target(TRAIL, "the trail", OWN))
    assert (found is None) is denied
    assert found is None or found.certain


def test_denials_together_on_the_thing_alone() -> None:
    one = {"Effect": "Deny", "Action": "*", "Resource": TRAIL, "Condition": {"StringEquals": {REGION: "us-east-2"}}}
    other = {**one, "Condition": {"StringNotEquals": {REGION: "us-east-2"}}}
    elsewhere = {**other, "Resource": "arn:aws:cloudtrail:us-east-2:333333333333:trail/other"}
    for last, denied in ((other, True), (elsewhere, False)):
        denials = Denials(policy(one, last), CALLER)
        assert (denials.left(denials.of(STOP), Target(TRAIL, "the trail", OWN)) is None) is denied
        anything = Target("*", "every resource", {"aws:resourceaccount": UNKNOWN})
        assert denials.left(denials.of(STOP), anything) is not None


_KEYS = ("aws:ResourceAccount", "aws:ResourceTag/guardrail", "aws:RequestedRegion", "aws:PrincipalArn")
_VALUES = ("333333333333", "999999999999", "true", "us-east-2", CALLER, "*")
_conditions = st.dictionaries(
    st.sampled_from(
        ("StringEquals", "StringNotEquals", "StringLike", "ForAnyValue:StringEquals", "ForAllValues:StringEquals")
    ),
    st.dictionaries(st.sampled_from(_KEYS), st.sampled_from(_VALUES), min_size=1, max_size=2),
    max_size=2,
)
_denies = st.fixed_dictionaries(
    {
        "Effect": st.just("Deny"),
        "Action": st.sampled_from(("*", "cloudtrail:*", STOP, "s3:*")),
        "Resource": st.sampled_from(("*", TRAIL, "arn:aws:cloudtrail:*:*:trail/*", "arn:aws:s3:::*")),
        "Condition": _conditions,
    }
)


@given(st.lists(_denies, min_size=1, max_size=3), st.sampled_from((None, ("us-east-2",), ("eu-west-1",))))
def test_whoever_is_denied_for_certain_is_denied_in_every_request(
    denies: list[dict[str, Any]], region: tuple[str, ...] | None
) -> None:
    document = policy({"Effect": "Allow", "Action": "*", "Resource": "*"}, *denies)
    denials = Denials(document, CALLER)
    request = Request(CALLER, STOP, TRAIL, {**OWN, "aws:requestedregion": region})
    denied = policy_allows(document, request, "identity") == EXPLICIT_DENY
    found = denials.left(denials.of(STOP), Target(TRAIL, "the trail", OWN))
    assert denied or found is not None
