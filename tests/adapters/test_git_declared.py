"""What a commit makes in IAM, by Terraform's text before and after it (tests/cases/merged.yaml)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.merging import maker

from iam_guardrails.adapters.terraform_source.changes import differences
from iam_guardrails.adapters.terraform_source.configuration import Configuration, configuration_of
from iam_guardrails.adapters.terraform_source.sources import Sources
from iam_guardrails.model.review.weekly import Commit
from iam_guardrails.model.trail.questions.rows import Change
from iam_guardrails.rules.review.merged import doubts, unsure

CASES = yaml.safe_load((Path(__file__).parent.parent / "cases" / "merged.yaml").read_text())["cases"]
AT = datetime(2026, 11, 24, 10, tzinfo=UTC)


def declared(files: dict[str, str], broken: dict[str, str]) -> Configuration:
    texts = {name if "/" in name else f"envs/prod/{name}": text for name, text in files.items()}
    return configuration_of(Sources(texts, {"aws_partition": {"partition": "aws"}}, broken), "envs/prod", "aws_iam_")


def change(action: str, parameters: dict[str, str]) -> Change:
    target = next((value for name, value in parameters.items() if name != "policyDocument"), "")
    return Change("2026-11-25T10:00:00Z", action, target, "arn:aws:iam::333333333333:user/ann", "", "", "", "ok",
                  "333333333333", "us-east-1", "e1", parameters)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_commit_makes_what_it_changes_and_nothing_else(case: dict[str, Any]) -> None:
    broken: dict[str, str] = {}
    before, after = declared(case.get("before", {}), {}), declared(case["after"], broken)
    commit = Commit("0123456789abcdef", AT, "s", "\n".join(case["after"].values()), differences(before, after),
                    tuple(f"{path}: {why}" for path, why in broken.items()))  # fmt: skip
    row = change(*case["call"])
    found = maker(commit, row)
    assert (found[0].address if found else "") == case["makes"], commit.declared
    if "compared" in case:
        assert found is not None and found[1] == case["compared"]
    told = [*doubts(commit, row), *unsure(commit, row)]
    if "says" in case:
        assert case["says"] in " ".join(told), told
