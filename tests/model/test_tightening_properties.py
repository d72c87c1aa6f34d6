"""Random policies and random use: what is proposed grants nothing new, and allows whatever was seen and allowed."""

from __future__ import annotations

import os
from collections import Counter
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.model import random_policies

from iam_guardrails.model.iam.caller import RequestError
from iam_guardrails.model.iam.document import PolicyDocument, parse
from iam_guardrails.model.iam.judge import policy_allows
from iam_guardrails.model.iam.principals import Estate
from iam_guardrails.model.iam.request import Request
from iam_guardrails.model.iam.tightening.evidence import DAY, Basis, Window
from iam_guardrails.model.iam.tightening.narrow import narrow
from iam_guardrails.model.iam.tightening.observed import Observed
from iam_guardrails.model.iam.tightening.propose import TIGHTER, propose
from iam_guardrails.model.iam.tightening.subjects import Subject

ROUNDS = {"": 60, "nightly": 1_500}[os.environ.get("GUARDRAILS_PROFILE", "")]
BLOCKS = 3
REQUESTS, SEEN = 40, 6


def by_a_role(r: Random) -> tuple[str, Request]:
    """A role's ARN and a request of a session of it."""
    while True:
        request = random_policies.request(r, "identity")
        if ":assumed-role/" in request.principal:
            told = request.context["aws:PrincipalArn"]
            assert isinstance(told, tuple)
            return told[0], request


def used(r: Random, role: str) -> list[tuple[Observed, Request]]:
    """What a role did, with the requests behind it, of which the record tells less."""
    made = []
    while len(made) < SEEN:
        holder, request = by_a_role(r)
        if holder == role:
            told = request.resource if request.resource.startswith("arn:") and r.random() < 0.7 else ""
            made.append((Observed(request.action, told, "a b", "", 0, 0), request))
    return made


def basis(r: Random, role: str, seen: list[tuple[Observed, Request]]) -> Basis:
    days = r.choice([30, 120])
    return Basis(Window(0, days * DAY), (role,), [(role, one) for one, _ in seen], aggressive=r.random() < 0.8)


def verdict(document: PolicyDocument | None, request: Request) -> str:
    return policy_allows(document, request, "identity") if document else "implicit_deny"


@pytest.mark.parametrize("block", range(BLOCKS))
@settings(max_examples=ROUNDS // BLOCKS, deadline=None)
@given(seed=st.integers(0, 2**48))
def test_nothing_new_and_nothing_lost(block: int, seed: int) -> None:
    r = Random(f"{block} {seed}")
    raw = random_policies.policy(r, "identity")
    old, role = parse(raw), by_a_role(r)[0]
    seen = used(r, role)
    found = narrow(raw, old, basis(r, role, seen))
    new = parse({**raw, "Statement": [one for _, one in found.statements]})
    for _ in range(REQUESTS):
        request = random_policies.request(r, "identity")
        if verdict(new, request) == "allowed":
            assert verdict(old, request) == "allowed", (raw, found, request)
    for _, request in seen:
        if verdict(old, request) == "allowed":
            assert verdict(new, request) == "allowed", (raw, found, request)


def test_proposals_are_found_and_proven_on_the_way() -> None:
    """The random policies are worth something: many are tightened, and what is proven holds for single requests."""
    states: Counter[str] = Counter()
    for seed in range(ROUNDS):
        r = Random(f"proposals {seed}")
        raw, role = random_policies.policy(r, "identity"), by_a_role(r)[0]
        seen = used(r, role)
        subject = Subject("inline", "p0", "", (role,), raw)
        try:
            item = propose(subject, basis(r, role, seen), Estate("", "aws", (), {}, (), {}))
        except RequestError:
            continue
        states[item.state] += 1
        if item.state != TIGHTER:
            continue
        new = parse(item.new) if item.new else None
        assert all(verdict(new, one) == "allowed" for _, one in seen if verdict(parse(raw), one) == "allowed")
    assert states[TIGHTER] > ROUNDS / 3, states
