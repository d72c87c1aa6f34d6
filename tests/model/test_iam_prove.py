"""Statements about policies: the verdicts of the cases, and random pairs held against the evaluator."""

from __future__ import annotations

import os
import re
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from tests.model import random_policies
from tests.model.pairs import many

from iam_guardrails.model.iam.document import Statement, parse
from iam_guardrails.model.iam.prove import automaton, fields, smt
from iam_guardrails.model.iam.prove.statements import (
    compare,
    never,
    not_granted,
    only_principals,
    requires_incident,
    requires_mfa,
)

CASES = Path(__file__).parent.parent / "cases" / "iam" / "prove"
PAIRS = {"": 1_000, "nightly": 20_000}[os.environ.get("GUARDRAILS_PROFILE", "")]
BLOCKS = 10


# z3, where it is installed, answers what is too large for the classes: both questions below have a counterexample
TOO_LARGE = "refuted" if smt.installed() else "undetermined"


def _load(name: str) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in yaml.safe_load((CASES / name).read_text())]


@pytest.mark.parametrize("case", _load("statements.yaml"))
def test_statement(case: dict[str, Any]) -> None:
    policy = parse(case["policy"])
    if "old" in case:
        proof = compare(parse(case["old"]), policy, case["kind"])
    else:
        asked = {"Version": "2012-10-17", "Statement": [{**case["never"], "Effect": "Allow"}]}
        proof = never(policy, parse(asked).statements[0], case["kind"])
    assert proof.verdict == case["verdict"]
    assert proof.reason.startswith(case.get("reason", ""))
    assert bool(proof.reason) is ("reason" in case)
    if "principal" in case:
        assert proof.request is not None
        assert re.fullmatch(case["principal"], proof.request.principal)
    assert "assumed" not in case or case["assumed"] in proof.assumptions
    assert (proof.request is not None) is (proof.verdict == "refuted")


@pytest.mark.parametrize("case", _load("mfa_idioms.yaml"))
def test_mfa_idiom(case: dict[str, Any]) -> None:
    proof = requires_mfa(parse(case["trust"]))
    assert proof.verdict == case["verdict"]
    assert bool(proof.reason) is (proof.verdict == "undetermined")


def test_every_operator_comes_up_with_every_prefix_and_ending() -> None:
    seen = {operator for seed in range(2_500) for item in random_policies.policy(Random(seed), "resource")["Statement"]
            for operator in item.get("Condition", ())}  # fmt: skip
    assert set(random_policies.EVERY_OPERATOR) <= seen


@pytest.mark.parametrize("block", range(BLOCKS))
def test_no_proof_is_violated_and_every_counterexample_stands(block: int) -> None:
    """1,000 random pairs; GUARDRAILS_PROFILE=nightly makes it 20,000."""
    size = PAIRS // BLOCKS
    counted, wrong, _ = many(block * size, size, 60)
    assert wrong == []
    decided = counted["proven"] + counted["refuted"]
    assert decided >= 0.95 * size, counted
    assert min(counted["proven"], counted["refuted"]) > 0.2 * size, counted


ALICE = "arn:aws:iam::111122223333:user/alice"
TRUST: dict[str, Any] = {
    "Effect": "Allow", "Principal": {"AWS": [ALICE, "arn:aws:iam::111122223333:role/ops"]}, "Action": "sts:AssumeRole",
    "Condition": {"StringLike": {"sts:SourceIdentity": "INC-*"}},
}  # fmt: skip


def test_only_named_principals_get_in() -> None:
    trust = parse({"Statement": [TRUST]})
    assert only_principals(trust, [ALICE, "arn:aws:iam::111122223333:role/*"]).verdict == "proven"
    proof = only_principals(trust, [ALICE])
    assert proof.request is not None
    assert proof.request.principal.startswith("arn:aws:sts::111122223333:assumed-role/ops/")


def test_every_entry_needs_an_incident_id() -> None:
    trust = parse({"Statement": [TRUST, {**TRUST, "Principal": {"Service": "ec2.amazonaws.com"}, "Condition": {}}]})
    assert requires_incident(trust, "INC-*").verdict == "proven"
    proof = requires_incident(trust, "INC-2*")
    assert proof.request is not None
    assert proof.request.context["sts:sourceidentity"] == ("INC-x",)


def test_a_listed_action_keeps_its_spelling_in_the_counterexample() -> None:
    proof = not_granted(parse({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}), ["iam:PassRole"])
    assert proof.request is not None
    assert proof.request.action == "iam:PassRole"


def test_what_is_too_large_is_undetermined_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"*{one}{other}*" for one in "abcd" for other in "efg"]
    allow = [{"Effect": "Allow", "Action": "s3:*", "Resource": f"arn:aws:s3:::{name}"} for name in names]
    monkeypatch.setattr(automaton.Automaton.classes, "__defaults__", ("", 500))
    asked = Statement(0, "Allow", (), actions=("s3:*",), resources=("*",))
    proof = never(parse({"Statement": allow}), asked, "identity")
    assert proof.verdict == TOO_LARGE
    assert smt.installed() or "more than 500 combinations" in proof.reason


def test_more_variables_than_can_be_tried_are_undetermined() -> None:
    names = [f"arn:aws:s3:::${{aws:PrincipalTag/t{number}}}" for number in range(fields.MOST_FREE + 1)]
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": names}]}
    proof = not_granted(parse(policy), ["s3:GetObject"], ["arn:aws:s3:::x"])
    assert proof.verdict == TOO_LARGE


def test_one_statement_with_two_hundred_patterns_stays_small() -> None:
    actions = [f"ec2:*{chr(97 + n % 26)}{chr(97 + n // 26)}*" for n in range(200)]
    policy = parse({"Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]})
    assert not_granted(policy, ["iam:PassRole"]).verdict == "proven"
    assert (
        never(policy, Statement(0, "Allow", (), actions=("iam:*",), resources=("*",)), "identity").verdict == "proven"
    )


def test_an_id_in_a_principal_counts_as_somebody() -> None:
    trust = parse({"Statement": [{**TRUST, "Principal": {"AWS": "AIDAABCDEFGHIJKLMNOP"}}]})
    assert requires_mfa(trust).verdict == "refuted"
