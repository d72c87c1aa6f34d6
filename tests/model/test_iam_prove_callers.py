"""Conditions on keys that follow from the caller: what is proven holds for every caller, with every operator."""

from __future__ import annotations

import os
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.model.random_policies import EVERY_OPERATOR

from iam_guardrails.model.iam.document import Condition, parse
from iam_guardrails.model.iam.evaluate import ALLOWED, Kind, policy_allows, statement_applies
from iam_guardrails.model.iam.prove.patterns import build, fits
from iam_guardrails.model.iam.prove.proof import DISAGREES, PROVEN
from iam_guardrails.model.iam.prove.scales import account_ids
from iam_guardrails.model.iam.prove.statements import never
from iam_guardrails.model.iam.prove.tests import read_test
from iam_guardrails.model.iam.request import Request

SIZE = {"": 200, "nightly": 20_000}[os.environ.get("GUARDRAILS_PROFILE", "")]
OF_ACCOUNTS = (
    "arn:aws:iam::111122223333:user/a", "arn:aws:iam::111122223333:user/true", "arn:aws:iam::000000000005:user/p/b",
    "arn:aws:iam::444455556666:root", "arn:aws:iam::999999999999:role/r",
    "arn:aws:sts::111122223333:assumed-role/r/s", "arn:aws:sts::111122223333:federated-user/a",
)  # fmt: skip
OTHERS = ("ec2.amazonaws.com", "*", "arn:aws:iam::111122223333:saml-provider/a", "accounts.google.com")
VALUES = {
    "aws:PrincipalArn": ["arn:aws:iam::*:user/*", OF_ACCOUNTS[0], "*", "?r*", "*a", "s*", "5", "2026-01-01"],
    "aws:PrincipalAccount": ["111122223333", "5", "111122223333.5", "1*", "anonymous", "${x:y, 'anonymous'}", "-1",
                             "1973-07-10T00:00:00Z", "999999999999", "true", "10.0.0.0/8"],
    "aws:username": ["a", "true", "TRUE", "${aws:username}", "5", "*"],
    "aws:PrincipalType": ["User", "user", "Anonymous", "A*", "5", "true"],
    "aws:PrincipalIsAWSService": ["true", "TRUE", "false", "t*", "${x:y, 'true'}"],
}  # fmt: skip


def _statement(r: Random, kind: Kind, effect: str) -> dict[str, Any]:
    key = r.choice(list(VALUES))
    condition = {r.choice(EVERY_OPERATOR): {key: r.sample(VALUES[key], r.randint(1, 2))}}
    made = {"Effect": effect, "Action": "*", "Resource": "*", "Condition": condition}
    return made if kind == "identity" else {**made, "Principal": "*"}


def test_no_caller_violates_a_proof() -> None:
    proven = 0
    for seed in range(SIZE):
        r = Random(seed)
        kind: Kind = r.choice(("identity", "resource"))
        statements = [_statement(r, kind, r.choice(("Allow", "Allow", "Deny"))) for _ in range(r.randint(1, 3))]
        policy = parse({"Version": "2012-10-17", "Statement": statements})
        asked = parse({"Version": "2012-10-17", "Statement": _statement(r, kind, "Allow")}).statements[0]
        proof = never(policy, asked, kind)
        assert proof.reason != DISAGREES, seed
        proven += proof.verdict == PROVEN
        for caller in (*OF_ACCOUNTS, *(OTHERS if kind == "resource" else ())) if proof.verdict == PROVEN else ():
            for value in (None, ("anonymous",), ("true",)):
                request = Request(caller, "s3:GetObject", "arn:aws:s3:::b/x", {"x:y": value})
                allowed = policy_allows(policy, request, kind) == ALLOWED
                assert not (allowed and statement_applies(asked, request, kind)), (seed, request)
    assert proven > SIZE * 0.2


NUMBERS = st.integers(-2, 10**12 + 2) | st.sampled_from([0, 5, 10**11, 10**12 - 1, 111122223333])


@given(NUMBERS, NUMBERS, st.sampled_from(["", ".5"]), st.sampled_from(
    ["Equals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"]))  # fmt: skip
def test_account_ids_as_numbers(limit: int, account: int, fraction: str, how: str) -> None:
    told, account_id = f"{limit}{fraction}", f"{account % 10**12:012d}"
    test = read_test(Condition(f"Numeric{how}", "aws:PrincipalAccount", (told,)), "2012-10-17")
    body = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {test.base: {"aws:PrincipalAccount": told}}}
    request = Request(f"arn:aws:iam::{account_id}:root", "s3:GetObject", "*")
    holds = policy_allows(parse({"Statement": body}), request, "identity") == ALLOWED
    assert any(fits(build(tokens), account_id) for tokens in account_ids(test, told)) is holds


@pytest.mark.parametrize("text", ["", "x", "111122223333x"])
def test_what_is_no_number_names_no_account(text: str) -> None:
    test = read_test(Condition("NumericEquals", "aws:PrincipalAccount", (text,)), "2012-10-17")
    assert account_ids(test, text) == []
