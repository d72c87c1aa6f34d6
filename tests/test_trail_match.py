"""`guardrails trail match`: what it prints, and how bad input ends."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from iam_guardrails.cli import main
from iam_guardrails.model.trail.answers import Answers
from iam_guardrails.rules.engine import judge_all
from tests.test_cli import sentence

TRAIL = Path(__file__).parent / "cases" / "trail"
EVENTS = TRAIL / "use-of-the-role.json"
MFA = TRAIL / "console-without-mfa.pattern"
ROLE = TRAIL / "assume-role.event-pattern.json"
ASSUME = '{ $.eventName = "AssumeRole" }'


def matched(capsys: pytest.CaptureFixture[str], *arguments: str | Path, code: int = 0) -> Any:
    """The JSON report of `trail match` with these arguments."""
    assert main(["trail", "match", "--format", "json", *map(str, arguments)]) == code
    out, err = capsys.readouterr()
    assert err == ""
    return json.loads(out)


def test_a_filter_pattern(capsys: pytest.CaptureFixture[str]) -> None:
    found = matched(capsys, "--pattern-file", MFA, "--events", EVENTS)
    assert found["pattern"] == MFA.read_text().strip()
    assert found["events"][2] == {
        "file": str(EVENTS), "index": 2, "eventName": "ConsoleLogin", "matched": True,
        "why": '$.additionalEventData.MFAUsed != "Yes": the event has "No"',
    }  # fmt: skip
    assert [event["matched"] for event in found["events"]] == [False, False, True, False, False]
    assert found["not_read"] == []
    assert found["summary"] == {"events": 5, "matched": 1, "not_matched": 4, "undetermined": 0, "not_read": 0}


def test_an_event_pattern_puts_records_into_the_envelope(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    found = matched(capsys, "--event-pattern", ROLE, "--events", EVENTS)
    assert [event["matched"] for event in found["events"]] == [True, False, False, False, False]
    assert found["events"][1]["why"].startswith("detail.requestParameters.roleArn: the event has no such field")
    assert found["events"][2]["why"] == 'source: the event has "aws.signin", the pattern asks for ["aws.sts"]'
    record = json.loads(EVENTS.read_text())["Records"][0]
    for region, detail_type in (("us-west-2", "X"), ("us-east-2", "AWS API Call via CloudTrail")):
        whole = {"source": "aws.sts", "detail-type": detail_type, "region": region, "account": "1", "detail": record}
        (tmp_path / "whole").write_text(json.dumps(whole))
        (tmp_path / "asked").write_text(
            json.dumps({"region": [region], "detail-type": [detail_type], "account": ["1"]})
        )
        asked = ["--event-pattern", tmp_path / "asked", "--events", tmp_path / "whole"]
        assert [event["matched"] for event in matched(capsys, *asked)["events"]] == [True]
    (tmp_path / "asked").write_text(json.dumps({"region": ["us-east-2"], "account": ["333333333333"]}))
    asked = ["--event-pattern", tmp_path / "asked", "--events", EVENTS]
    assert matched(capsys, *asked)["events"][0]["matched"] is True


def test_a_filter_pattern_reads_the_record_inside_an_envelope(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    record = json.loads(EVENTS.read_text())["Records"][0]
    (tmp_path / "whole").write_text(json.dumps({"detail-type": "x", "detail": record}))
    (event,) = matched(capsys, "--pattern", ASSUME, "--events", tmp_path / "whole")["events"]
    assert (event["eventName"], event["matched"]) == ("AssumeRole", True)


def test_what_aws_leaves_open_is_null_unless_it_was_answered(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    asked = ["--pattern", '{ $.errorCode != "AccessDenied" }', "--events", EVENTS]
    found = matched(capsys, *asked)
    assert found["events"][0]["matched"] is None
    assert found["events"][0]["why"].endswith("AWS does not document how that compares (differs-missing-text)")
    assert found["summary"]["undetermined"] == 4
    path = tmp_path / "answers.json"
    path.write_text('{"asked_at": "2026-01-15T09:30:00+00:00", "answers": {"differs-missing-text": false}}')
    found = matched(capsys, *asked, "--answers", path)
    assert found["events"][0]["matched"] is False
    assert found["events"][0]["why"].endswith("so AWS answered TestMetricFilter on 2026-01-15 (differs-missing-text)")
    assert found["summary"]["undetermined"] == 0


def test_the_table_and_the_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["trail", "match", "--pattern", ASSUME, "--events", str(EVENTS)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == str(EVENTS)
    assert lines[1] == '  0  AssumeRole    yes           $.eventName = "AssumeRole": the event has "AssumeRole"'
    assert lines[-1] == "5 events, 2 matched, 3 not matched, 0 undetermined, 0 not read"
    output = tmp_path / "report.json"
    asked = ["--pattern", ASSUME, "--events", str(EVENTS), "--format", "json", "--output", str(output)]
    assert main(["trail", "match", *asked]) == 0
    assert capsys.readouterr() == ("", "")
    assert json.loads(output.read_text())["summary"]["matched"] == 2


def test_what_cannot_be_read_ends_in_two_and_the_rest_is_judged(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    whole = gzip.compress(EVENTS.read_bytes(), mtime=0)
    contents = {
        "cut.json.gz": whole[: len(whole) * 9 // 10], "other.json": b'{"a": 1}', "deep.json": b"[" * 100_000,
        "long.json": b'{"eventName": "' + b"x" * 100_000_000 + b'"}', "bytes.json": b"\xff", "empty.json": b"",
    }  # fmt: skip
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    files = [tmp_path / name for name in (*contents, "missing.json")] + [tmp_path, EVENTS]
    found = matched(capsys, "--pattern", ASSUME, "--events", *files, code=2)
    told = {Path(item["file"]).name: (item["record"], item["reason"]) for item in found["not_read"]}
    assert told == {
        "cut.json.gz": ("record 3, line 130", "its gzip data ends too early: the file is cut off"),
        "other.json": ("record 0", "it is no CloudTrail event: it has no eventSource and no eventName"),
        "deep.json": (
            "record 0, line 1",
            "it is nested too deep to be read, and what follows it in this file is not read either",
        ),
        "long.json": ("record 0, line 1", "it is longer than 2 MiB; a CloudTrail event has at most 1 MB"),
        "bytes.json": ("", "it is not UTF-8 text"), "empty.json": ("", "it is empty: there is no event in it"),
        "missing.json": ("", "there is no such file"), tmp_path.name: ("", "it is a folder; name the files in it"),
    }  # fmt: skip
    judged = [event["matched"] for event in found["events"] if event["file"] == str(EVENTS)]
    assert judged == [True, True, False, False, False]
    assert found["events"][0]["file"] == str(tmp_path / "cut.json.gz")
    assert main(["trail", "match", "--pattern", ASSUME, "--events", str(tmp_path / "other.json")]) == 2
    assert "  NOT READ  record 0: it is no CloudTrail event" in capsys.readouterr().out


BROKEN = {
    "a broken pattern": (
        ["--pattern", "{ $.a == 1 }"],
        "guardrails: the pattern is broken at character 8: expected a value: a word, a number, a double-quoted string"
        " or a %regular expression%, not '= 1 }'",
    ),
    "words": (["--pattern", "ERROR"], "guardrails: the pattern matches words or columns of a line"),
    "a pattern that is too long": (["--pattern", "{" + " " * 1024 + "$.a = 1 }"], "at most 1024 characters"),
    "a deep pattern": (["--pattern", "{ " + "(" * 300 + "$.a = 1" + ")" * 300 + " }"], "at most 64 nested parentheses"),
    "no pattern file": (["--pattern-file", "missing"], "guardrails: the pattern: there is no file missing"),
    "no event pattern": (["--event-pattern", "missing"], "guardrails: the event pattern: there is no file missing"),
    "an event pattern that is none": (
        ["--event-pattern", str(EVENTS)],
        "guardrails: the event pattern is broken: the pattern has",
    ),
    "no answers": (["--pattern", ASSUME, "--answers", "missing"], "there is no file missing"),
    "answers about event patterns": (["--event-pattern", str(ROLE), "--answers", "x"], "--answers are about filter"),
}


@pytest.mark.parametrize(("arguments", "said"), BROKEN.values(), ids=BROKEN)
def test_a_broken_pattern_is_one_sentence(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trail", "match", *arguments, "--events", str(EVENTS)]) == 2
    assert said in sentence(capsys)


@pytest.mark.parametrize(
    "arguments",
    [[], ["match"], ["match", "--pattern", "{}"], ["match", "--events", "x"], ["other"],
     ["match", "--pattern", "x", "--event-pattern", "y", "--events", "z"]],
)  # fmt: skip
def test_missing_arguments_end_in_two(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["trail", *arguments])
    assert ended.value.code == 2
    assert "usage: guardrails trail" in capsys.readouterr().err


def test_text_of_an_event_cannot_move_the_cursor(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    record = {"eventSource": "x", "eventName": "\x1b[2J", "a": "\ud800\n"}
    (tmp_path / "f").write_text(json.dumps(record))
    asked = ["--pattern", '{ $.a = "b" }', "--events", str(tmp_path / "f")]
    assert main(["trail", "match", *asked]) == 0
    out = capsys.readouterr().out
    assert "\\x1b[2J" in out
    assert 'the event has "\\ud800\\n"' in out


def test_the_rules_judge_by_the_answers() -> None:
    """A filter that turns on an open case: not judged without an answer, judged with it, either way."""
    from dataclasses import replace

    from iam_guardrails.adapters.expectations import read_expectations
    from iam_guardrails.adapters.plan_json import account_from_plan, read_plan
    from iam_guardrails.rules.registry import RULES

    folder = Path(__file__).parent / "cases" / "plans" / "twelve-repaired"
    expected = read_expectations(folder / "guardrails.toml")
    account = account_from_plan(read_plan(folder / "plan.json"), expected)
    text = '{ ($.eventName = "AssumeRole") && ($.errorCode != "AccessDenied") }'
    filters = tuple(replace(item, pattern=text) for item in account.metric_filters)
    account = replace(account, metric_filters=filters)
    outcomes = {}
    for answer in (None, True, False):
        given = Answers("2026-01-15", (("differs-missing-text", answer),)) if answer is not None else Answers()
        verdict = judge_all(RULES, account, replace(expected, filter_answers=given))
        found = "found" if any(item.rule == "breakglass-assume-detected" for item in verdict.findings) else "clean"
        doubts = [item.reason for item in verdict.not_judged if "differs-missing-text" in item.reason]
        outcomes[answer] = "open" if doubts else found
    assert outcomes == {None: "open", True: "clean", False: "found"}
