"""Terraform's text: what is found in it, what a patch makes of it, and what is refused."""

from __future__ import annotations

import json
import re
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from tests.model import random_policies
from tests.model.tightening import run

from iam_guardrails.adapters.terraform_source.blocks import read_blocks
from iam_guardrails.adapters.terraform_source.edits import applied, edits
from iam_guardrails.adapters.terraform_source.patch import Root, patch_for
from iam_guardrails.adapters.terraform_source.scan import SourceError
from iam_guardrails.adapters.terraform_source.statements import Refused, of_document
from iam_guardrails.adapters.terraform_source.values import HCL, JSON_FILE, read_value
from iam_guardrails.model.iam.tightening.propose import Proposal
from iam_guardrails.model.iam.tightening.subjects import Subject

ROOT = Path(__file__).parents[2]
CASES = yaml.safe_load((ROOT / "tests" / "cases" / "tightening" / "texts.yaml").read_text())
ACCOUNT = {
    "roles": {"app": {"inline": [[
        {"Sid": "Both", "Effect": "Allow", "Action": ["ec2:StartInstances", "ec2:StopInstances"], "Resource": "*"},
        {"Sid": "Unused", "Effect": "Allow", "Action": "rds:StopDBInstance", "Resource": "*"},
    ]]}},
    "events": [{"by": "app", "call": "ec2:StartInstances"}],
}  # fmt: skip
PLAN = {
    "format_version": "1.2", "terraform_version": "1.12.0",
    "planned_values": {"root_module": {"resources": [
        {"address": "aws_iam_role_policy.p", "mode": "managed", "type": "aws_iam_role_policy", "name": "p",
         "values": {"name": "p0", "role": "app"}},
    ]}},
    "configuration": {"root_module": {"resources": [
        {"address": "aws_iam_role_policy.p", "mode": "managed", "type": "aws_iam_role_policy", "name": "p",
         "expressions": {}},
    ]}},
}  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_text_is_patched_or_refused(case: dict[str, Any], tmp_path: Path) -> None:
    estate, outcome = run(ACCOUNT, tmp_path / "account.json")
    root = tmp_path / "root"
    root.mkdir()
    (root / "main.tf").write_text(case["text"])
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps(PLAN))
    made: list[str] = []

    def formatted(text: str) -> str:
        made.append(text)
        return text

    found = patch_for(outcome, estate, Root(str(plan), root, formatted))
    (place,) = found.places.values()
    if "refused" in case:
        assert case["refused"] in place.reason
        assert (found.text, made) == ("", [])
    else:
        assert place.reason == ""
        assert made[-1].split() == case["becomes"].split()
        assert [line for line in made[-1].splitlines() if not line.strip()] == []


def test_every_file_of_the_repository_is_understood() -> None:
    files = [*ROOT.glob("modules/**/*.tf"), *ROOT.glob("envs/**/*.tf"), *ROOT.glob("tests/cases/**/*.tf")]
    assert len(files) > 40
    for path in files:
        text = path.read_text()
        for block in read_blocks(text):
            for item in block.arguments:
                value = read_value(text, item.value_start, item.value_end)
                assert (value.start, value.end) == (item.value_start, item.value_end), (path, item.name)


@pytest.mark.parametrize("text", [
    'a = "', "a = [1", "}", "a = <<E\nx\n", "/* a", "a b", 'resource "x" {', "= 1", 'a = "${b"',
])  # fmt: skip
def test_what_is_not_understood_is_told(text: str) -> None:
    with pytest.raises(SourceError):
        read_blocks(text)


@given(seed=st.integers(0, 2**48), form=st.sampled_from(["json", "json, one line", "hcl"]))
def test_the_text_after_the_edits_is_the_policy_that_was_proposed(seed: int, form: str) -> None:
    """JSON is read back by Python's own reader; jsonencode({…}) of JSON's text is the same policy."""
    r = Random(seed)
    raw = {"Version": "2012-10-17", "Statement": random_policies.policy(r, "identity")["Statement"]}
    new, places = [], []
    for place, item in enumerate(raw["Statement"]):
        if r.random() < 0.3 and (new or place + 1 < len(raw["Statement"])):
            continue
        kept = dict(item)
        name = "NotAction" if "NotAction" in kept else "Action"
        if r.random() < 0.6:
            kept = {("Action" if key == name else key): ([f"x:{number}${{a}}" for number in range(r.randint(1, 9))]
                                                         if key == name else value)
                    for key, value in kept.items()}  # fmt: skip
        if "Resource" in kept and r.random() < 0.4:
            kept["Resource"] = ["arn:aws:s3:::${aws:username}", "é"][: r.randint(1, 2)]
        new.append(kept)
        places.append(place)
    if not new:
        return
    text = json.dumps(raw, indent=None if form == "json, one line" else 2, ensure_ascii=r.random() < 0.5)
    shape = JSON_FILE
    if form == "hcl":
        text, shape = text.replace("${", "$${"), HCL
    subject = Subject("inline", "p", "", ("arn:aws:iam::111122223333:role/app",), raw)
    proposal = Proposal(subject, "tighter", new={**raw, "Statement": new}, places=tuple(places))
    source = of_document("p.json", text, read_value(text, 0, len(text), shape), shape)
    after = applied(text, edits(source, proposal))
    if form == "hcl":
        document = read_value(after, 0, len(after), HCL)
        assert len(of_document("p", after, document, HCL).statements) == len(new)
        after = after.replace("$${", "${")
        after = re.sub(r",(\s*[\]}])", r"\1", after)  # HCL takes a comma behind the last item
    assert json.loads(after) == {**raw, "Statement": new}


def test_a_policy_of_which_nothing_is_left_is_for_a_person_to_remove() -> None:
    raw = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "a:b", "Resource": "*"}]}
    text = json.dumps(raw)
    source = of_document("p", text, read_value(text, 0, len(text), JSON_FILE), JSON_FILE)
    with pytest.raises(Refused, match="remove the resource"):
        edits(source, Proposal(Subject("inline", "p", "", ("r",), raw), "tighter"))


def test_a_policy_that_another_root_of_the_repository_makes_too_is_not_patched(tmp_path: Path) -> None:
    text = next(case["text"] for case in CASES if "refused" not in case)
    estate, outcome = run(ACCOUNT, tmp_path / "account.json")
    for name, content in (("root", text), ("dev", 'module "all" {\n  source = "../root"\n}\n')):
        (tmp_path / name).mkdir()
        (tmp_path / name / "main.tf").write_text(content)
    (tmp_path / ".git").mkdir()
    (tmp_path / "plan.json").write_text(json.dumps(PLAN))
    found = patch_for(outcome, estate, Root(str(tmp_path / "plan.json"), tmp_path / "root"))
    (place,) = found.places.values()
    assert not found.text and "the text in root makes aws_iam_role_policy.p for dev too" in place.reason
