"""What is missing or wrong among the arguments of `breakglass` is told with the next step, and in JSON where asked."""

from __future__ import annotations

import json
from datetime import date

import pytest

from iam_guardrails.breakglass_command import ACTIONS
from iam_guardrails.cli import main
from iam_guardrails.model.incident.review import prevention_of
from iam_guardrails.model.problem import Problem


def test_without_an_action_all_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["breakglass"]) == 2
    told = capsys.readouterr().err
    assert all(name in told for name in ACTIONS) and "guardrails breakglass status" in told


@pytest.mark.parametrize("action", ["accept", "reverted", "prevented", "note", "extend"])
def test_an_action_that_lacks_something_says_what_it_takes(action: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["breakglass", action]) == 2
    told = capsys.readouterr()
    assert f"guardrails breakglass {action} --help" in told.err.splitlines()[-1] and told.out == ""


@pytest.mark.parametrize("form", [["--format", "json"], ["--format=json"]])
def test_asked_for_json_it_is_told_in_json_too(form: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["breakglass", "prevented", "INC", "x", "--evidence", "e", *form]) == 2
    told = json.loads(capsys.readouterr().out)
    assert told["exit_code"] == 2 and "invalid int value: 'x'" in told["error"]
    assert main(["breakglass", "prevented", "INC", "x", "--evidence", "json", "--format", "text"]) == 2
    assert capsys.readouterr().out == ""


def test_a_day_that_was_asked_for_is_answered_within_a_line() -> None:
    with pytest.raises(Problem) as told:
        prevention_of("tighten it", "alex", "2020-01-01", date(2026, 11, 28))
    assert len(f"guardrails: {told.value}") <= 80 and "--" not in str(told.value)
