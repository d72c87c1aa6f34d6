"""One random pair of policies put to the prover, its answer held against the evaluator."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from random import Random

from tests.model import random_policies as some

from iam_guardrails.model.iam.document import parse
from iam_guardrails.model.iam.evaluate import (
    ALLOWED,
    EXPLICIT_DENY,
    IMPLICIT_DENY,
    Kind,
    policy_allows,
    statement_applies,
)
from iam_guardrails.model.iam.prove.proof import DISAGREES, PROVEN, REFUTED, Proof
from iam_guardrails.model.iam.prove.statements import compare, never
from iam_guardrails.model.iam.request import Request

KINDS: tuple[Kind, ...] = ("identity", "resource", "trust")
Against = Callable[[Request], bool]


def one_pair(seed: int, requests: int) -> tuple[Proof, str]:
    """The proof of a random statement, and what is wrong with it ("" where nothing is)."""
    r = Random(seed)
    kind = r.choice(KINDS)
    old = some.policy(r, kind)
    if r.random() < 0.5:
        new = some.changed(r, old, kind)
        first, second = parse(old), parse(new)
        proof = compare(first, second, kind)

        def against(request: Request) -> bool:
            denied = policy_allows(first, request, kind) in (EXPLICIT_DENY, IMPLICIT_DENY)
            return denied and policy_allows(second, request, kind) == ALLOWED
    else:
        new = some.statement(r, kind, "Allow")
        first = parse(old)
        asked = parse({"Version": "2012-10-17", "Statement": [new]}).statements[0]
        proof = never(first, asked, kind)

        def against(request: Request) -> bool:
            return policy_allows(first, request, kind) == ALLOWED and statement_applies(asked, request, kind) is True

    wrong = _wrong(proof, against, r, kind, requests)
    return proof, wrong and f"pair {seed}, {kind}: {wrong}: {proof} OLD {json.dumps(old)} NEW {json.dumps(new)}"


def _wrong(proof: Proof, against: Against, r: Random, kind: str, requests: int) -> str:
    if proof.verdict == REFUTED:
        stands = proof.request is not None and against(proof.request)
        stands = stands and (kind == "resource" or _never_as_root(proof.request))
        return "" if stands else "the counterexample does not stand"
    if proof.reason == DISAGREES:
        return DISAGREES
    if proof.verdict == PROVEN:
        single = [said.removesuffix(" holds one value") for said in proof.assumptions if said.startswith("x:")]
        for _ in range(requests):
            request = some.request(r, kind)
            if any(isinstance(told := request.context.get(key), tuple) and len(told) > 1 for key in single):
                continue
            if kind != "resource" and not _never_as_root(request):
                continue
            if against(request):
                return "a request violates what is proven"
    return ""


def _never_as_root(request: Request | None) -> bool:
    """Whether it is none of a root user, who assumes no role and has no identity policies."""
    return request is not None and not request.principal.endswith(":root")


def many(first: int, count: int, requests: int) -> tuple[Counter[str], list[str], list[float]]:
    """Verdicts counted, everything that is wrong, and the milliseconds of each proof."""
    counted: Counter[str] = Counter()
    wrong, times = [], []
    for seed in range(first, first + count):
        proof, problem = one_pair(seed, requests)
        counted[proof.verdict if not proof.reason else f"{proof.verdict}: {proof.reason[:40]}"] += 1
        times.append(proof.milliseconds)
        wrong += [problem] if problem else []
    return counted, wrong, times
