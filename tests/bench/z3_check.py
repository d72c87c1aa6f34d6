"""The same statements put to the classes and to z3 (where z3-solver is installed): are there contradictions?"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from iam_guardrails.model.iam.document import PolicyDocument, parse
from iam_guardrails.model.iam.judge import Kind
from iam_guardrails.model.iam.prove import proof, smt
from iam_guardrails.model.iam.prove.statements import compare
from tests.bench.measure import Row
from tests.model import random_policies as some
from tests.model.pairs import KINDS

PAIRS = 100


def z3_rows() -> Iterator[Row]:
    """One row; it says so where z3 is not installed."""
    what = f"{PAIRS} random pairs of policies, verdicts that z3 contradicts"
    if not smt.installed():
        yield Row(what, "not measured: z3-solver is not installed (extra smt)", "0", None, "-")
        return
    settled, against = 0, 0
    for seed in range(PAIRS):
        verdicts = both(seed)
        settled += verdicts[1] != proof.UNDETERMINED
        against += set(verdicts) == {proof.PROVEN, proof.REFUTED}
    yield Row(what, f"{against} ({settled} settled by z3)", "0", against == 0, "z3-solver, 5 s a pair")


def pair(seed: int) -> tuple[PolicyDocument, PolicyDocument, Kind]:
    """A random policy, the same with one change, and what they hang on."""
    r = Random(seed)
    kind = r.choice(KINDS)
    old = some.policy(r, kind)
    return parse(old), parse(some.changed(r, old, kind)), kind


def both(seed: int) -> tuple[str, str]:
    """The verdict of the classes and that of z3 on one pair."""
    old, new, kind = pair(seed)
    return compare(old, new, kind).verdict, by_solver(old, new, kind).verdict


def by_solver(old: PolicyDocument, new: PolicyDocument, kind: Kind) -> proof.Proof:
    """The proof of z3, whether or not the question is small enough for the classes."""
    kept = proof._settle
    proof._settle = lambda encoder, question, check, told: proof._by_solver(encoder, question, check, told, "asked")
    try:
        return compare(old, new, kind)
    finally:
        proof._settle = kept
