"""z3, where it is installed, never contradicts the classes: on texts that it reads in its own way, on random pairs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.bench.z3_check import by_solver, pair

from iam_guardrails.model.iam.document import parse
from iam_guardrails.model.iam.prove import smt
from iam_guardrails.model.iam.prove.statements import compare

CASES = Path(__file__).parent.parent / "cases" / "iam" / "prove" / "solver.yaml"
PAIRS = {"": 24, "nightly": 1_000}[os.environ.get("GUARDRAILS_PROFILE", "")]
BLOCKS = 4

pytestmark = pytest.mark.skipif(not smt.installed(), reason="NOT TESTED: z3 is not installed (make install-solver)")


@pytest.mark.parametrize("case", [pytest.param(one, id=one["name"]) for one in yaml.safe_load(CASES.read_text())])
def test_what_z3_says_of_texts(case: dict[str, Any]) -> None:
    old, new = (parse({"Version": "2012-10-17", "Statement": case[name]}) for name in ("old", "new"))
    assert compare(old, new, "identity").verdict == case["verdict"]
    assert by_solver(old, new, "identity").verdict == case["verdict"]


@pytest.mark.parametrize("block", range(BLOCKS))
def test_z3_and_the_classes_do_not_contradict_each_other(block: int) -> None:
    size, settled = PAIRS // BLOCKS, 0
    for seed in range(block * size, (block + 1) * size):
        old, new, kind = pair(seed)
        verdicts = {compare(old, new, kind).verdict, by_solver(old, new, kind).verdict}
        assert verdicts != {"proven", "refuted"}, seed
        settled += "undetermined" not in verdicts
    assert settled > 0.2 * size
