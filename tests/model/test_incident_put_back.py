"""What puts an object back that no capture tells of: cases/incidents/put_back.yaml, and a shell that runs it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.incident_cases import account, items
from tests.incident_records import incident, record

from iam_guardrails.model.incident.examined import OPEN
from iam_guardrails.model.incident.undoing import pasted

CASES = {
    case["name"]: case
    for case in yaml.safe_load((Path(__file__).parent.parent / "cases" / "incidents" / "put_back.yaml").read_text())
}
AWS = """#!/bin/sh
case " $* " in *" --profile admin "*) ;; *) exit 9 ;; esac
echo "$*" >> "$PLACE/arguments"
case "$2" in
get-parameter-history) printf '[\\n    "alias/own"\\n]\\n' ;;
get-parameter) [ -e "$PLACE/refused" ] && exit 254; cat "$PLACE/value"; echo ;;
put-parameter) cat /dev/stdin > "$PLACE/written"; echo '{"Version": 5}' ;;
esac
"""


def _open(case: dict[str, Any]) -> Any:
    records = [record(action, request, *response, seconds=number)
               for number, (action, request, *response) in enumerate(case["calls"])]  # fmt: skip
    more = {"before": account(case["before"], "before")} if "before" in case else {}
    return next(item for item in items(records, case["live"], **more) if item.verdict == OPEN)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_case(case: dict[str, Any]) -> None:
    item = _open(case)
    assert item.command == case.get("command", "")
    assert case.get("says", "") in item.why


def _run(line: str, place: Path) -> subprocess.CompletedProcess[str]:
    tool = place / "aws"
    tool.write_text(AWS)
    tool.chmod(0o755)
    around = {"PATH": f"{place}:{os.defpath}", "PLACE": str(place)}
    return subprocess.run(["sh", "-c", line], env=around, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", ["a parameter's value", "a parameter's secret value, with the key that it had"])
@pytest.mark.parametrize("value", ["plain", "two\nlines\n", " $(x) `y` %s \\n '\" "])
def test_the_value_of_a_parameter_goes_from_one_program_to_the_other_and_nowhere_else(
    name: str, value: str, tmp_path: Path
) -> None:
    (tmp_path / "value").write_text(value)
    done = _run(pasted(_open(CASES[name]).command, incident(), "admin"), tmp_path)
    arguments = (tmp_path / "arguments").read_text()
    assert (done.returncode, done.stdout, done.stderr) == (0, '{"Version": 5}\n', "")
    assert (tmp_path / "written").read_text() == value
    assert value not in arguments and ("--key-id alias/own " in arguments) == ("secret" in name)


def test_a_parameter_that_cannot_be_read_is_not_written(tmp_path: Path) -> None:
    (tmp_path / "refused").touch()
    assert _run(pasted(_open(CASES["a parameter's value"]).command, incident(), "admin"), tmp_path).returncode
    assert not (tmp_path / "written").exists()
