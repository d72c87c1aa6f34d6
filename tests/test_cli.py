"""The command line: bad input ends in one sentence and exit code 2; results go to stdout, progress to stderr."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from iam_guardrails import commands
from iam_guardrails.cli import main
from iam_guardrails.reports import rule_table

PLANS = Path(__file__).parent / "cases" / "plans"
DEFECTS = PLANS / "twelve-defects"


def judged(plan: Path, *more: str, config: Path = DEFECTS / "guardrails.toml") -> int:
    return main(["validate", "--plan", str(plan), "--config", str(config), *more])


def sentence(capsys: pytest.CaptureFixture[str]) -> str:
    """The one line that was told to stderr."""
    out, err = capsys.readouterr()
    assert out == ""
    assert "Traceback" not in err
    assert err.startswith("guardrails: ")
    assert err.count("\n") == 1
    return err


def test_findings_end_in_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert judged(DEFECTS / "plan.json", "--format", "json") == 1
    out, err = capsys.readouterr()
    value = json.loads(out)
    assert err == ""
    assert value["summary"]["findings"] == len(value["findings"]) >= 12


TWELVE = {
    ("breakglass-mfa-required", "aws_iam_role.breakglass"),
    ("breakglass-session-one-hour", "aws_iam_role.breakglass"),
    ("breakglass-mfa-lockout", "aws_iam_role.breakglass"),
    ("filter-on-trail-log-group", "aws_cloudwatch_log_metric_filter.breakglass"),
    ("filter-event-name-known", "aws_cloudwatch_log_metric_filter.breakglass"),
    ("filter-comparison-inverted", "aws_cloudwatch_log_metric_filter.breakglass"),
    ("alarm-metric-exists", "aws_cloudwatch_metric_alarm.breakglass"),
    ("alarm-statistic-sum", "aws_cloudwatch_metric_alarm.breakglass"),
    ("alarm-period-short", "aws_cloudwatch_metric_alarm.breakglass"),
    ("alarm-actions-present", "aws_cloudwatch_metric_alarm.breakglass"),
    ("topic-key-usable", "aws_sns_topic.alerts"),
    ("topic-subscribed", "aws_sns_topic.alerts"),
}


def test_all_twelve_defects_are_named_by_address(capsys: pytest.CaptureFixture[str]) -> None:
    judged(DEFECTS / "plan.json", "--format", "json")
    found = {(item["rule"], item["address"]) for item in json.loads(capsys.readouterr().out)["findings"]}
    assert found >= TWELVE
    assert len(TWELVE) == 12


def test_the_repaired_stack_has_none_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    folder = PLANS / "twelve-repaired"
    judged(folder / "plan.json", "--format", "json", config=folder / "guardrails.toml")
    assert json.loads(capsys.readouterr().out)["findings"] == []


@pytest.mark.terraform
def test_checkovs_own_verdict_on_the_twelve_defects_is_clean(capsys: pytest.CaptureFixture[str]) -> None:
    judged(DEFECTS / "plan.json", "--format", "json", "--checkov")
    value = json.loads(capsys.readouterr().out)
    assert [item for item in value["findings"] if item["source"] == "checkov"] == []
    assert [item for item in value["not_judged"] if item["source"] == "checkov"] == []
    assert "checkov" in value["clean"]


def test_output_goes_to_a_file_when_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "report.md"
    assert judged(DEFECTS / "plan.json", "--format", "markdown", "--output", str(target)) == 1
    assert capsys.readouterr().out == ""
    assert target.read_text().startswith("## validate")


def changed_plan(tmp_path: Path, **changes: Any) -> Path:
    content = json.loads((DEFECTS / "plan.json").read_text())
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(content | changes))
    return path


def test_a_truncated_plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes((DEFECTS / "plan.json").read_bytes()[:5000])
    assert judged(path) == 2
    assert str(path) in sentence(capsys)


def test_a_plan_of_another_terraform(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert judged(changed_plan(tmp_path, format_version="2.0")) == 2
    assert "another Terraform" in sentence(capsys)


@pytest.mark.parametrize("expression", [{"constant_value": ["222222222222"]}, {"references": ["var.account_id"]}])
def test_a_plan_for_another_account(expression: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configuration = json.loads((DEFECTS / "plan.json").read_text())["configuration"]
    configuration["provider_config"]["aws"]["expressions"]["allowed_account_ids"] = expression
    path = changed_plan(tmp_path, configuration=configuration, variables={"account_id": {"value": "222222222222"}})
    assert judged(path) == 2
    assert "a plan for account 222222222222, but account 333333333333 is expected" in sentence(capsys)


def test_a_plan_that_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert judged(tmp_path) == 2
    assert str(tmp_path) in sentence(capsys)


def test_a_plan_with_nothing_in_it_is_not_clean(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        judged(changed_plan(tmp_path, planned_values={"root_module": {}}, resource_changes=[], configuration={})) != 0
    )


def test_a_missing_configuration(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert judged(DEFECTS / "plan.json", config=tmp_path / "none.toml") == 2
    assert "none.toml" in sentence(capsys)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["validate"], "name an environment"),
        (["validate", "--plan", "x"], "both --plan FILE and --config FILE"),
        (["validate", "prod", "--plan", "x", "--config", "y"], "without an environment"),
        (["plan", "qa"], "give one of: dev, prod, staging"),
        (["--root", "/", "plan", "dev"], "not inside a guardrails project"),
    ],
)
def test_wrong_arguments(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert says in sentence(capsys)


def test_a_waiver_is_applied_and_an_expired_one_is_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for day, waived in (("2999-01-01", True), ("2020-01-01", False)):
        config = tmp_path / "guardrails.toml"
        shutil.copy(DEFECTS / "guardrails.toml", config)
        with config.open("a") as file:
            file.write(f'\n[[waiver]]\nrule = "topic-subscribed"\naddress = "aws_sns_topic.alerts"\nticket = "SEC-1"\n'
                       f'owner = "Jane"\nreason = "r"\nexpires_on = {day}\n')  # fmt: skip
        judged(DEFECTS / "plan.json", "--format", "json", config=config)
        value = json.loads(capsys.readouterr().out)
        found = [item["rule"] for item in value["findings"]]
        assert ("topic-subscribed" in found) is not waived
        assert ("waiver-expired" in found) is not waived
        assert len(value["waived"]) == waived


def test_the_table_of_rules_is_that_of_the_registry() -> None:
    written = Path(rule_table.DATA).read_text()
    again = "write it anew: python -m iam_guardrails.reports.rule_table"
    assert written == rule_table.as_json(rule_table.registered()), again


def test_rules_are_listed_in_every_form(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "--format", "json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert len(listed) >= 40
    assert main(["rules", "--format", "markdown"]) == 0
    table = capsys.readouterr().out
    assert all(f"`{item['id']}`" in table for item in listed)
    assert main(["rules"]) == 0
    assert f"{len(listed)} rules" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["rules"], ["--version"], ["--help"]])
def test_a_full_disk_behind_stdout(arguments: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run([sys.executable, "-m", "iam_guardrails", *arguments], stdout=full,
                             stderr=subprocess.PIPE, text=True, check=False)  # fmt: skip
    if arguments != ["--help"]:  # argparse itself ends after --help
        assert ran.returncode == 2
        assert ran.stderr.startswith("guardrails: No space left on device")
    assert "Traceback" not in ran.stderr


PROGRAMS = (
    f"{sys.executable} -m iam_guardrails",
    f"{sys.executable} -c 'import sys; from iam_guardrails.cli import main; sys.exit(main())'",
)


@pytest.mark.parametrize("arguments", ["rules", "--version", "--help", "nonsense", "trail questions", "trail ask x"])
@pytest.mark.parametrize("closed", [">&-", ">&- 2>&-", ">&- 2>&- <&-"])
def test_a_closed_stdout(arguments: str, closed: str) -> None:
    """Python has no stdout then, and what is printed would be lost; with stderr closed, too, nobody can be told."""
    for program in PROGRAMS:
        ran = subprocess.run(["/bin/sh", "-c", f"{program} {arguments} {closed}"], capture_output=True, text=True)
        said = "" if "2>" in closed else (
            "guardrails: stdout is closed, so no result can be written; open it, or send it to a file or to /dev/null\n"
        )  # fmt: skip
        assert (ran.returncode, ran.stdout, ran.stderr) == (2, "", said)


@pytest.mark.parametrize("arguments", ["trail ask x", "trail ask last-use --source /none", "nonsense"])
def test_a_closed_stderr_leaves_stdout_to_the_results(arguments: str) -> None:
    """`print` takes stdout where there is no stderr, and a sentence in a document of JSON spoils it."""
    for program in PROGRAMS:
        ran = subprocess.run(["/bin/sh", "-c", f"{program} {arguments} 2>&-"], capture_output=True, text=True)
        assert (ran.returncode, ran.stdout, ran.stderr) == (2, "", "")


def test_a_file_takes_half_a_letter(tmp_path: Path) -> None:
    """As the name of a folder that was written as Latin-1 holds one; in JSON it means the same."""
    for text in ('"J\udce4n…"', ['"J\udce4', 'n…"']):
        commands.put(text, str(tmp_path / "file"))
        assert json.loads((tmp_path / "file").read_bytes()) == "J\udce4n…"


def test_stdout_takes_what_its_encoding_lacks() -> None:
    """Whatever a command prints; what the encoding lacks is an escape, with which JSON says the same."""
    code = ("import sys; from iam_guardrails import cli, commands;"
            " text = '\"J\\udce4n … \\u00e4\\U0001f600\"\\n';"
            " commands.HANDLERS['rules'] = lambda given: commands.put(text, None) or 0;"
            " sys.exit(cli.main(['rules']))")  # fmt: skip
    for encoding in ("ascii", "latin-1", "utf-8"):
        ran = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False,
                             env={**os.environ, "PYTHONIOENCODING": encoding})  # fmt: skip
        assert ran.returncode == 0, ran.stderr
        said = ran.stdout.decode(encoding)
        assert json.loads(said) == "J\udce4n … ä\U0001f600"
        assert (r"\u2026" in said) == (encoding != "utf-8")


def test_a_defect_of_our_own_is_not_taken_for_findings(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_given: object) -> int:
        raise LookupError("no such thing")

    monkeypatch.delenv("GUARDRAILS_TRACEBACK", raising=False)
    monkeypatch.setitem(commands.HANDLERS, "rules", broken)
    assert main(["rules"]) == 2
    assert "defect in guardrails itself: LookupError: no such thing (broken, line" in sentence(capsys)


@pytest.mark.parametrize("name", ["../envs/dev", ".", "nowhere"])
def test_an_environment_is_named_by_its_name(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--root", str(PLANS.parents[2]), "plan", name]) == 2
    assert "there is no environment" in sentence(capsys)
