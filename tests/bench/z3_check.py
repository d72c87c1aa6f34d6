"""The same statements put to the classes and to z3 (where z3-solver is installed): are there contradictions?"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from iam_guardrails.model.iam.document import parse
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


def both(seed: int) -> tuple[str, str]:
    """The verdict of the classes and that of z3 on one pair."""
    r = Random(seed)
    kind = r.choice(KINDS)
    old = some.policy(r, kind)
    first, second = parse(old), parse(some.changed(r, old, kind))
    by_classes = compare(first, second, kind).verdict
    kept = proof._settle
    proof._settle = lambda encoder, question, check, told: proof._by_solver(encoder, question, check, told, "asked")
    try:
        return by_classes, compare(first, second, kind).verdict
    finally:
        proof._settle = kept
