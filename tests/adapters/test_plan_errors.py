"""What is no usable plan: one clear sentence each."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from iam_guardrails.adapters.plan_json import PlanError, read_plan

PLANS = Path(__file__).parent.parent / "cases" / "plans"
GOOD = (PLANS / "twelve-defects" / "plan.json").read_bytes()
STATE = {
    "version": 4,
    "terraform_version": "1.11.4",
    "serial": 3,
    "lineage": "5f0c",
    "outputs": {},
    "resources": [],
}
SHOWN = {"format_version": "1.0", "terraform_version": "1.11.4", "values": {"root_module": {}}}
LOG = b'{"@level":"info","@message":"Terraform 1.11.4"}\n{"@level":"info","@message":"Plan: 8 to add"}\n'


def changed(**values: object) -> bytes:
    return json.dumps({**json.loads(GOOD), **values}).encode()


BAD = {
    "empty": (b" \n", "is empty"),
    "truncated": (GOOD[: len(GOOD) // 2], "cut off"),
    "two documents": (GOOD + GOOD, "not complete JSON"),
    "words": (b"No changes. Your infrastructure matches the configuration.", "not complete JSON"),
    "binary plan": (b"PK\x03\x04\x14\x00tfplan", "terraform show -json"),
    "no text": (b"\x00\xff\xfe\x80\x81", "not"),
    "list": (b"[]", "a JSON list, not a plan"),
    "other JSON": (b'{"name": "terraform"}', "JSON but not a Terraform plan"),
    "state file": (json.dumps(STATE).encode(), "a Terraform state file, not a plan"),
    "shown state": (json.dumps(SHOWN).encode(), "shows a state, not a plan"),
    "log of a plan": (LOG, "the log of `terraform plan -json`"),
    "one line of log": (LOG.splitlines()[0], "the log of `terraform plan -json`"),
    "next major format": (changed(format_version="2.0"), "plan format 2.0, of another Terraform"),
    "first format": (changed(format_version="0.1"), "plan format 0.1, of another Terraform"),
    "errored": (changed(errored=True), "stopped with an error while planning"),
    "misshapen": (
        changed(planned_values=[]) and changed(planned_values=["x"]),
        "planned_values is not an object",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_one_clear_sentence(name: str, tmp_path: Path) -> None:
    data, says = BAD[name]
    path = tmp_path / "plan.json"
    path.write_bytes(data)
    with pytest.raises(PlanError) as caught:
        read_plan(path)
    message = str(caught.value)
    assert says in message
    assert message.startswith(str(path))
    assert message.endswith(".")
    assert "\n" not in message


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="does not exist; write it with"):
        read_plan(tmp_path / "plan.json")


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="is a folder, not a plan file"):
        read_plan(tmp_path)


def test_a_path_through_a_file(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_bytes(GOOD)
    with pytest.raises(PlanError, match="cannot be read: Not a directory"):
        read_plan(tmp_path / "plan.json" / "plan.json")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings_that_shells_write(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(GOOD.decode().encode(encoding))
    plan = read_plan(path)
    assert (plan.format_version, plan.terraform_version) == ("1.2", "1.11.4")


def test_a_later_minor_format_is_read(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(changed(format_version="1.99"))
    assert read_plan(path).format_version == "1.99"
