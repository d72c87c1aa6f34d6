"""Trust policies as doors, and the idioms people write to demand MFA."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iam_guardrails.model.iam import mfa, trust
from iam_guardrails.model.iam.document import PolicyDocument, parse
from iam_guardrails.model.iam.trust import classify, doors, same_principal

ALICE = "arn:aws:iam::333333333333:user/people/alice"
SSO = "arn:aws:iam::333333333333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef"
PRESENT = "aws:MultiFactorAuthPresent"
AGE = "aws:MultiFactorAuthAge"


def policy(*statements: dict[str, Any]) -> PolicyDocument:
    return parse({"Version": "2012-10-17", "Statement": list(statements)})


def allow(condition: dict[str, Any] | None = None, principal: Any = ALICE) -> dict[str, Any]:
    made = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}
    return made | ({"Condition": condition} if condition else {})


def deny(condition: dict[str, Any]) -> dict[str, Any]:
    return {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole", "Condition": condition}


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("*", trust.ANYONE), ("333333333333", trust.ACCOUNT),
        ("arn:aws:iam::333333333333:root", trust.ACCOUNT),
        (ALICE, trust.USER), ("arn:aws-cn:iam::333333333333:role/x", trust.ROLE),
        (SSO, trust.IDENTITY_CENTER),
        ("arn:aws:sts::333333333333:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/a",
         trust.IDENTITY_CENTER),
        ("arn:aws:sts::333333333333:assumed-role/hub/session", trust.ROLE),
        ("arn:aws:sts::333333333333:federated-user/bob", trust.FEDERATED),
        ("arn:aws:iam::333333333333:saml-provider/idp", trust.FEDERATED),
        ("AROAEXAMPLEEXAMPLE123", trust.UNIQUE_ID), ("AIDAEXAMPLEEXAMPLE123", trust.UNIQUE_ID),
        ("someone", trust.OTHER), ("arn:aws:iam::333333333333:group/ops", trust.OTHER),
    ],
)  # fmt: skip
def test_principals_are_told_apart(value: str, kind: str) -> None:
    assert classify(value) == kind


def test_an_account_has_two_spellings_and_a_user_is_its_name() -> None:
    assert same_principal("333333333333", "arn:aws:iam::333333333333:root")
    assert same_principal(ALICE, "arn:aws:iam::333333333333:user/alice")
    assert not same_principal(ALICE, "arn:aws:iam::444444444444:user/people/alice")
    assert not same_principal(ALICE, "arn:aws:iam::333333333333:role/alice")


def test_a_pin_turns_the_account_into_who_it_names() -> None:
    pinned = {"ArnEquals": {"aws:PrincipalArn": [ALICE, SSO]}}
    found = doors(policy(allow(pinned, "333333333333")))
    assert [(door.kind, door.value) for door in found] == [(trust.USER, ALICE), (trust.IDENTITY_CENTER, SSO)]


def test_the_tightest_pin_counts() -> None:
    both = {
        "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::333333333333:user/*"},
        "ArnEquals": {"aws:PrincipalArn": ALICE},
    }
    assert [door.value for door in doors(policy(allow(both, "333333333333")))] == [ALICE]


@pytest.mark.parametrize(
    "statement",
    [
        {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"},
        {
            "Effect": "Allow",
            "Principal": {"AWS": ALICE},
            "Action": ["sts:TagSession", "sts:SetSourceIdentity"],
        },
        {"Effect": "Allow", "Principal": {"AWS": ALICE}, "NotAction": "sts:Assume*"},
    ],
)
def test_statements_that_open_nothing_are_no_doors(statement: dict[str, Any]) -> None:
    assert doors(policy(statement)) == ()


PROVED = [
    policy(allow({"Bool": {PRESENT: "true"}})),
    policy(allow({"Bool": {PRESENT.upper(): [True]}})),
    policy(allow({"StringEquals": {PRESENT: "true"}})),
    policy(allow({"Null": {PRESENT: "false"}, "Bool": {PRESENT: "true"}})),
    policy(allow({"ForAnyValue:Bool": {PRESENT: "true"}})),
    policy(allow({"NumericLessThan": {AGE: "3600"}})),
    policy(allow({"Null": {AGE: "false"}})),
    policy(allow(), deny({"BoolIfExists": {PRESENT: "false"}})),
    policy(allow(), deny({"StringNotEquals": {PRESENT: "true"}})),
    policy(allow(), deny({"NumericGreaterThanIfExists": {AGE: "3600"}})),
    policy(allow(), deny({"Null": {AGE: "true"}})),
    policy(allow({"BoolIfExists": {PRESENT: "true"}}), deny({"Null": {PRESENT: "true"}})),
]
REFUTED = [
    policy(allow()),
    policy(allow({"BoolIfExists": {PRESENT: "true"}})),
    policy(allow({"Null": {PRESENT: "false"}})),
    policy(allow({"StringNotEquals": {PRESENT: "false"}})),
    policy(allow({"ForAllValues:Bool": {PRESENT: "true"}})),
    policy(allow({"NumericLessThanIfExists": {AGE: "3600"}})),
    policy(allow(), deny({"Bool": {PRESENT: "false"}})),
    policy(allow(), deny({"Null": {PRESENT: "true"}})),
    policy(allow(), deny({"ForAnyValue:Bool": {PRESENT: "false"}})),
    policy(allow(), deny({"NumericGreaterThan": {AGE: "3600"}})),
]


@pytest.mark.parametrize("document", PROVED)
def test_idioms_that_demand_mfa(document: PolicyDocument) -> None:
    assert mfa.requires_mfa(doors(document)[0], document) is True


@pytest.mark.parametrize("document", REFUTED)
def test_idioms_that_do_not(document: PolicyDocument) -> None:
    assert mfa.requires_mfa(doors(document)[0], document) is False


@pytest.mark.parametrize("document", [*PROVED, *REFUTED])
def test_none_of_them_shuts_the_user_out(document: PolicyDocument) -> None:
    assert not mfa.locked(doors(document)[0], document)


CONDITIONS = st.dictionaries(
    st.sampled_from(["Bool", "BoolIfExists", "Null", "ForAllValues:Bool", "StringNotEquals"]),
    st.fixed_dictionaries({PRESENT: st.lists(st.sampled_from(["true", "false"]), min_size=1, max_size=2)}),
    min_size=1,
    max_size=3,
)


def by_hand(statement: dict[str, Any], value: str | None) -> bool:
    """Whether every condition of the statement holds, written out operator by operator."""
    answers = []
    for operator, keys in statement.get("Condition", {}).items():
        listed = keys[PRESENT]
        answers.append({
            "Bool": value in listed,
            "BoolIfExists": value is None or value in listed,
            "Null": ("true" in listed and value is None) or ("false" in listed and value is not None),
            "ForAllValues:Bool": value is None or value in listed,
            "StringNotEquals": value not in listed,
        }[operator])  # fmt: skip
    return all(answers)


@given(CONDITIONS, CONDITIONS)
def test_mixed_conditions_agree_with_evaluation_by_hand(first: dict[str, Any], second: dict[str, Any]) -> None:
    grant, refusal = allow(first), deny(second)
    document = policy(grant, refusal)
    door = doors(document)[0]
    for state in (mfa.NO_KEY, mfa.TEMPORARY_WITHOUT_MFA, mfa.WITH_MFA):
        expected = by_hand(grant, state[0]) and not by_hand(refusal, state[0])
        assert mfa.admitted(door, document, state) is expected


def test_the_age_limit_is_the_tightest_one() -> None:
    document = policy(allow({"NumericLessThan": {AGE: "7200"}}), deny({"NumericGreaterThanIfExists": {AGE: "1800"}}))
    assert mfa.age_limit(doors(document)[0], document) == 1800
    assert mfa.age_limit(doors(policy(allow()))[0], policy(allow())) is None
