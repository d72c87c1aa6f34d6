"""`guardrails policy compare` and `prove`: exit codes, what is printed, and what bad input ends in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from iam_guardrails.cli import main

USER = "arn:aws:iam::111122223333:user/alice"
OWN = "111122223333"


def trust(operator: str) -> dict[str, Any]:
    condition = {operator: {"aws:MultiFactorAuthPresent": "true"}}
    statement = {"Effect": "Allow", "Principal": {"AWS": USER}, "Action": "sts:AssumeRole", "Condition": condition}
    return {"Version": "2012-10-17", "Statement": [statement]}


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    contents: dict[str, Any] = {
        "strict": trust("Bool"), "loose": trust("BoolIfExists"), "mistyped": {"Statement": [{"Efect": "Allow"}]},
        "no-mfa": {"Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}},
        "misspelt": {"Conditions": {}},
    }  # fmt: skip
    for name, content in contents.items():
        (tmp_path / name).write_text(json.dumps(content))
    return {name: str(tmp_path / name) for name in (*contents, "missing")}


def test_a_refutation_is_a_request_that_can_be_evaluated(
    files: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["policy", "compare", "--old", files["strict"], "--new", files["loose"], "--kind", "trust"]
    assert main([*asked, "--format", "json"]) == 1
    shown = json.loads(capsys.readouterr().out)
    assert set(shown) == {"verdict", "kind", "request", "because", "reason", "assumptions", "milliseconds"}
    assert shown["verdict"] == "refuted"
    assert (shown["request"]["principal"], shown["request"]["action"]) == (USER, "sts:AssumeRole")
    assert shown["request"]["context"] == {"aws:multifactorauthpresent": None}
    assert shown["because"] == "statement 1 of NEW allows it, and nothing in OLD allows it"
    asked_file = Path(files["missing"]).with_name("question")
    policies = {"resource": trust("BoolIfExists"), "resource_kind": "trust"}
    asked_file.write_text(json.dumps({"request": shown["request"], "policies": policies}))
    assert main(["policy", "evaluate", str(asked_file)]) == 0
    assert capsys.readouterr().out.startswith("allowed")


def test_what_is_proven_ends_with_zero(files: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "compare", "--old", files["loose"], "--new", files["strict"], "--kind", "trust"]) == 0
    assert main(["policy", "prove", "--policy", files["strict"], "--never", files["no-mfa"], "--kind", "trust"]) == 0
    assert main(["policy", "prove", "--policy", files["loose"], "--never", files["no-mfa"], "--kind", "trust"]) == 1
    shown = capsys.readouterr().out
    assert "proven: no such request is allowed" in shown
    assert "aws:multifactorauthpresent: (absent)" in shown


def test_the_account_of_the_resource_tells_who_needs_no_policy_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["policy", "compare", "--kind", "trust"]
    for option, who in (("--old", "111122223333"), ("--new", USER)):
        item = {"Effect": "Allow", "Principal": {"AWS": who}, "Action": "sts:AssumeRole"}
        (tmp_path / option).write_text(json.dumps({"Version": "2012-10-17", "Statement": item}))
        asked += [option, str(tmp_path / option)]
    assert main(asked) == 0
    assert "need the same policies of their own" in capsys.readouterr().out
    assert main([*asked, "--account", "111122223333"]) == 1
    assert "needs no policy of its own in the account 111122223333" in capsys.readouterr().out
    for more, says in (
        (["--account", "1111"], "is no account id"),
        (["--account", OWN, "--kind", "identity"], "is for"),
    ):
        assert main([*asked, *more]) == 2
        assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    ("policy", "never", "says"),
    [("missing", "no-mfa", "there is no file"), ("mistyped", "no-mfa", "Efect"),
     ("strict", "misspelt", "the statement has 'Conditions'")],
)  # fmt: skip
def test_bad_input_is_one_sentence(
    files: dict[str, str], capsys: pytest.CaptureFixture[str], policy: str, never: str, says: str
) -> None:
    asked = ["policy", "prove", "--policy", files[policy], "--never", files[never], "--kind", "trust"]
    assert main(asked) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert says in told.err
    assert told.err.count("\n") == 1
