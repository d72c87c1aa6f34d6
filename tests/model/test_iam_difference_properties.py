"""Random changes of a principal's policies: nothing new goes unreported, and every reported request stands."""

from __future__ import annotations

import os
from collections import Counter
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.model import random_policies

from iam_guardrails.model.iam.caller import RequestError
from iam_guardrails.model.iam.conditions import conditions_hold
from iam_guardrails.model.iam.difference.compare import Change, Difference, difference
from iam_guardrails.model.iam.difference.subject import Held, Side, Subject
from iam_guardrails.model.iam.document import parse
from iam_guardrails.model.iam.evaluate import Policies, decide, policy_allows
from iam_guardrails.model.iam.judge import Kind
from iam_guardrails.model.iam.prove.effective import spoken_by
from iam_guardrails.model.iam.request import Request, situation_of

PAIRS = {"": 120, "nightly": 6_000}[os.environ.get("GUARDRAILS_PROFILE", "")]
BLOCKS = 3
REQUESTS = 40
KINDS: tuple[Kind, ...] = ("identity", "resource", "trust")
EVERYTHING = parse({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
ARNS = ("arn:aws:iam::111122223333:role/p/a", "arn:aws:iam::111122223333:user/a")


def allowed(side: Side, request: Request, kind: Kind) -> str:
    """The evaluator's own word, put together without the prover's code."""
    documents = tuple(held.document for held in side.policies if held.document)
    if kind != "identity":
        return policy_allows(documents[0], request, kind) if documents else "implicit_deny"
    boundary = side.boundary.document if side.boundary else None
    session = (EVERYTHING,) if ":federated-user/" in request.principal else ()
    return decide(request, Policies(identity=documents, boundary=boundary, session=session, resource_kind="resource",
                                    resource_account="111122223333")).decision  # fmt: skip


def sides(r: Random, kind: Kind) -> tuple[Side, Side]:
    sources = [random_policies.policy(r, kind) for _ in range(r.choice([1, 2]) if kind == "identity" else 1)]
    limits: list[Any] = [random_policies.policy(r, kind)] if kind == "identity" and r.random() < 0.5 else []
    new = [random_policies.changed(r, item, kind) if r.random() < 0.7 else item for item in sources]
    if len(new) == 2 and r.random() < 0.3:  # from one policy into the other
        new = [{**new[0], "Statement": [*new[0]["Statement"], *new[1]["Statement"]]}]
    new_limits = [random_policies.changed(r, item, kind) if r.random() < 0.5 else item for item in limits]
    if r.random() < 0.3:
        new_limits = []
    return _side(sources, limits), _side(new, new_limits)


def _side(sources: list[Any], limits: list[Any]) -> Side:
    held = tuple(Held(f"policy {number}", parse(item)) for number, item in enumerate(sources, 1))
    return Side(held, Held("boundary", parse(limits[0])) if limits else None)


def wrong(found: Difference, old: Side, new: Side, request: Request) -> str:
    """What the report of gained access gets wrong about one request; "" for nothing."""
    kind = found.subject.kind
    verdicts = allowed(old, request, kind), allowed(new, request, kind)
    if "depends" in verdicts or verdicts[0] == "allowed" or verdicts[1] != "allowed":
        return ""
    if found.not_judged or any(_told(change, request, kind) for change in found.gained):
        return ""
    return f"new and not reported: {request}"


def _told(change: Change, request: Request, kind: Kind) -> bool:
    """Whether the piece holds the request, under the conditions that it names."""
    if all(piece.covers(request, kind) is False for piece in change.found.pieces()):
        return False
    situation, version = situation_of(request), change.found.held.document.version if change.found.held.document else ""
    return not change.found.where or any(
        conditions_hold(listed, situation, version) is not False for _, listed in change.found.denied
    )


def judged(r: Random, kind: Kind, requests: int, where: object = None) -> str:
    """Compare two random sides and hold the report against the evaluator; returns the verdict."""
    old, new = sides(r, kind)
    arn = r.choice(ARNS) if kind == "identity" else ""
    found = difference(Subject("role", kind, "x", "x", old, new, arn))
    for before, after, changes in ((old, new, found.gained), (new, old, found.lost)):
        for change in changes:
            request = change.request
            verdicts = allowed(after, request, kind), allowed(before, request, kind)
            assert verdicts[0] == "allowed", (where, request)
            assert verdicts[1] in ("implicit_deny", "explicit_deny"), (where, request)
            assert any(piece.covers(request, kind) for piece in change.found.pieces()), (where, request)
    for _ in range(requests):
        request = spoken_by(random_policies.request(r, kind), arn)
        try:
            assert wrong(found, old, new, request) == "", where
            assert wrong(_turned(found), new, old, request) == "", where
        except RequestError:
            continue
    return found.verdict


@pytest.mark.parametrize("block", range(BLOCKS))
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_new_goes_unreported_and_every_piece_is_shown_by_a_request(kind: Kind, block: int) -> None:
    size = PAIRS // BLOCKS
    counted = Counter(judged(Random(f"{kind} {block} {number}"), kind, REQUESTS, number) for number in range(size))
    assert min(counted["new access"], counted["no new access"]) > 0.1 * size, counted
    assert counted["not judged"] < 0.1 * size, counted


@given(st.randoms(use_true_random=False), st.sampled_from(KINDS))
@settings(max_examples=60, deadline=None)
def test_the_same_of_whatever_hypothesis_comes_up_with(r: Random, kind: Kind) -> None:
    judged(r, kind, 10)


def _turned(found: Difference) -> Difference:
    return Difference(found.subject, found.lost, found.gained, found.lost_open, found.not_judged)
