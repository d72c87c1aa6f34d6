"""Rows about proofs: the managed policies of AWS that moto carries, each put to the prover."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Iterator
from random import Random

from iam_guardrails.model.iam.difference.compare import difference
from iam_guardrails.model.iam.difference.subject import Held, Side, Subject
from iam_guardrails.model.iam.document import PolicyDocument, parse
from iam_guardrails.model.iam.prove.proof import Proof
from iam_guardrails.model.iam.prove.statements import compare, not_granted, requires_mfa
from iam_guardrails.model.value import changed
from tests.bench.measure import Row

MEDIAN, P99 = 2.0, 50.0
PIECES_MEDIAN, PIECES_P99 = 10.0, 300.0
ROLE = "arn:aws:iam::111122223333:role/prod-breakglass-admin"
Prover = Callable[[PolicyDocument], Proof]


def proof_rows() -> Iterator[Row]:
    """Median and p99 milliseconds a proof, and how many are decided."""
    corpus = managed_policies()
    provers: dict[str, Prover] = {
        "P allows nothing that P does not": lambda one: compare(one, one, "identity"),
        "P allows nothing that P, each statement cut in two and shuffled, does not": _against_cut,
        "P allows nothing that P without its last statement does not": _against_less,
        "P grants no iam:PassRole on a role": lambda one: not_granted(one, ["iam:PassRole"], [ROLE[:31] + "*"]),
        "P grants no sts:AssumeRole on the role": lambda one: not_granted(one, ["sts:AssumeRole"], [ROLE]),
    }
    for what, prover in provers.items():
        yield _row(what, prover, corpus)
    yield _row("a trust policy demands MFA", requires_mfa, [TRUST] * 200)
    yield _difference_row(corpus)


def managed_policies() -> list[PolicyDocument]:
    """The documents of AWS's managed policies."""
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    return [parse(item["Document"]) for item in json.loads(aws_managed_policies_data).values()]


def cut(policy: PolicyDocument) -> PolicyDocument:
    """The same permissions in other words: the actions of each statement in two statements, all of them shuffled."""
    made = []
    for item in policy.statements:
        half = len(item.actions) // 2
        parts = (item.actions[:half], item.actions[half:]) if half else ()
        made += [changed(item, actions=part) for part in parts] or [item]
    Random(len(made)).shuffle(made)
    return changed(policy, statements=tuple(made))


def _against_cut(policy: PolicyDocument) -> Proof:
    return compare(cut(policy), policy, "identity")


def _against_less(policy: PolicyDocument) -> Proof:
    return compare(changed(policy, statements=policy.statements[:-1]), policy, "identity")


def _row(what: str, prover: Prover, corpus: list[PolicyDocument]) -> Row:
    taken, decided = [], 0
    for policy in corpus:
        start = time.perf_counter()
        proof = prover(policy)
        taken.append((time.perf_counter() - start) * 1000)
        decided += proof.verdict != "undetermined"
    median, p99 = statistics.median(taken), statistics.quantiles(taken, n=100)[98]
    reached = median <= MEDIAN and p99 <= P99 and decided == len(corpus)
    figure = f"median {median:.2f} ms, p99 {p99:.1f} ms, {decided} of {len(corpus)} decided"
    return Row(what, figure, f"{MEDIAN:.0f} ms, {P99:.0f} ms, all", reached, "-")


def _difference_row(corpus: list[PolicyDocument]) -> Row:
    """`policy diff` of a role that has P after and P without its last statement before, both ways, in pieces."""
    taken, decided = [], 0
    for policy in corpus:
        less = changed(policy, statements=policy.statements[:-1])
        sides = (Side((Held("P", document),)) for document in (less, policy))
        subject = Subject("role", "identity", ROLE, "role", *sides, ROLE)
        start = time.perf_counter()
        found = difference(subject)
        taken.append((time.perf_counter() - start) * 1000)
        decided += not found.not_judged
    median, p99 = statistics.median(taken), statistics.quantiles(taken, n=100)[98]
    figure = f"median {median:.2f} ms, p99 {p99:.0f} ms, {decided} of {len(corpus)} decided"
    reached = median <= PIECES_MEDIAN and p99 <= PIECES_P99 and decided == len(corpus)
    what = "what P grants that P without its last statement does not, piece by piece"
    return Row(what, figure, f"{PIECES_MEDIAN:.0f} ms, {PIECES_P99:.0f} ms, all", reached, "-")


TRUST = parse({
    "Statement": [{
        "Effect": "Allow", "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"],
        "Principal": {"AWS": ["arn:aws:iam::111122223333:user/alice", "arn:aws:iam::111122223333:user/bob"]},
        "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}, "StringLike": {"sts:SourceIdentity": "INC-*"}},
    }]
})  # fmt: skip
