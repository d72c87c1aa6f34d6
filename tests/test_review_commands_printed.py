"""Every command that a review prints runs as it is printed: from another folder, and of the embedded AWS too."""

from __future__ import annotations

import html
import json
import os
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from iam_guardrails.adapters.captures import write_capture
from iam_guardrails.cli import main, parser
from iam_guardrails.model.capture.capture import SANDBOX
from iam_guardrails.model.review.calling import Calling, Commands
from iam_guardrails.model.trail.regions import regions_of
from iam_guardrails.model.value import changed
from iam_guardrails.rules.review import breakglass, hygiene
from tests.breakglass_project import EXPECTED, make
from tests.journeys.test_review_sign import LOG
from tests.review_world import LONG_AGO, basis_of, capture_of, policy

COMMAND = re.compile(r"guardrails (?:--root (?:'[^']*'|\S+) )?[a-z]+(?: (?:'[^']*'|[^\s;`'\"<,)]+))*")
OLD = {"last_used": "2026-05-01T00:00:00+00:00"}
WORLD = {
    "users": {"ann": {"console": True}},
    "roles": {"idle": {**OLD, "inline": {"p": policy({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"})}}},
    "more": {"last_access": [{"principal_arn": "arn:aws:iam::333333333333:role/busy", "granularity": "ACTION_LEVEL",
                              "job_at": LONG_AGO, "unused": ["sqs"]}]},
}  # fmt: skip


class Reader:
    """Somebody at a shell: what is pasted goes through the shell's own splitting of words."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys
        self.code = 0

    def paste(self, command: str) -> str:
        words = shlex.split(command, comments=True)
        assert words[0] == "guardrails"
        self.code = main(words[1:])
        shown = self.capsys.readouterr()
        text = html.unescape(f"{shown.out}\n{shown.err}")
        for one in COMMAND.findall(text):
            parser().parse_args(shlex.split(one)[1:])  # each is one that argparse takes
        return text


def step(text: str) -> str:
    """The last command that the output says is next."""
    return re.findall(r"(?im)^\s*(?:.*; )?next: (guardrails .*)$", text)[-1].strip()


def answered(path: Path) -> None:
    parts = path.read_text().split("[[decision]]")
    for number, part in enumerate(parts[1:], 1):
        choice = "acknowledge" if 'item = "box:' in part else "remove" if "role idle" in parts[number - 1] else "keep"
        parts[number] = part.replace('choice = ""', f'choice = "{choice}"').replace('owner = ""', 'owner = "ann"') \
            .replace('reason = ""', 'reason = "known"')  # fmt: skip
    path.write_text("[[decision]]".join(parts))


@pytest.mark.parametrize("sandbox", [False, True], ids=["account", "embedded AWS"])
def test_a_review_by_pasting_what_is_printed(
    sandbox: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root, elsewhere = make(tmp_path / "the project", EXPECTED), tmp_path / "elsewhere"
    (root / "Change_Log.md").write_text(LOG)
    elsewhere.mkdir()
    file = root / "a.capture.gz"
    made = capture_of(WORLD)
    write_capture(file, changed(made, origin=SANDBOX) if sandbox else made)
    monkeypatch.chdir(elsewhere)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    reader, flag = Reader(capsys), " --sandbox" if sandbox else ""
    project = f"guardrails --root {shlex.quote(str(root))}"
    judged = f"{project} review prod --cadence monthly --from {shlex.quote(str(file))}{flag}"
    for form in ("html", "markdown", "json", "all"):
        reader.paste(f"{judged} --format {form}")
    shown = reader.paste(judged)
    assert "idle was last used" in shown and reader.code == 1
    assert step(shown) == f"{project} review decide prod --cadence monthly{flag}"
    assert step(reader.paste(f"{judged} --format json")) == step(shown)
    shown = reader.paste(step(shown))
    assert reader.code == 2
    shown = reader.paste(re.findall(r"with --from: (.*)", shown)[0])
    answered(elsewhere / "decisions.toml")
    shown = reader.paste(re.findall(r"then: (.*)", shown)[0])
    assert "everything is decided" in shown, shown
    shown = reader.paste(step(shown))
    assert "is signed by NAME" in shown, shown
    patch, remove = re.findall(r"what is to be removed, .*?: (.*)", shown)
    assert "there is no plan" in reader.paste(patch)
    status = reader.paste(f"{project} review status prod{flag}")
    assert step(status) == f"{project} review prod --cadence weekly{flag}"
    assert "idle was last used" in status and "to remove" in status
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    assert "is signed, and only" not in reader.paste(remove)  # the review is found; the account is not there
    monkeypatch.chdir(root / "envs")
    inside = step(reader.paste(f"guardrails review status prod{flag}"))
    assert inside == f"guardrails review prod --cadence weekly{flag}"


WIDE = policy({"Effect": "Allow", "Action": ["ec2:*", "sqs:CreateQueue"], "Resource": "*"})
HOLDS = {"roles": {"app": {"inline": {"p": WIDE}, "last_used": "2026-11-27T00:00:00+00:00"}}}


def test_the_commands_of_the_tightening_run_as_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = make(tmp_path, EXPECTED)
    for region in regions_of("aws"):
        trail = root / "AWSLogs" / "333333333333" / "CloudTrail" / region / "2026" / "11" / "27"
        trail.mkdir(parents=True)
        records = [EVENT] if region == EVENT["awsRegion"] else []
        name = f"333333333333_CloudTrail_{region}_20261127T1005Z_abcdefghijklmnop.json"
        (trail / name).write_text(json.dumps({"Records": records}))
    write_capture(root / "a.capture.gz", capture_of(HOLDS))
    monkeypatch.chdir(root)
    reader = Reader(capsys)
    cache = f"--cache {root / 'cache'}"
    page = reader.paste(f"guardrails review prod --cadence quarterly --from a.capture.gz --source AWSLogs {cache} "
                        "--format html")  # fmt: skip
    assert "<summary>The tighter policy</summary><pre><code>{" in page and "ec2:DescribeInstances" in page
    text = reader.paste(f"guardrails review prod --cadence quarterly --from a.capture.gz --source AWSLogs {cache}")
    command = re.findall(r"-> (guardrails policy tighten .*--role app.*)", text)[0]
    monkeypatch.chdir(os.sep)
    shown = reader.paste(f"{command} {cache}")
    assert reader.code == 1 and "TIGHTER: inline policy p of role/app" in shown
    made = changed(capture_of(HOLDS), origin=SANDBOX)
    write_capture(root / "a.capture.gz", made)
    project, words = (
        f"guardrails --root {root}",
        f"--from {root}/a.capture.gz --source {root}/AWSLogs {cache} --sandbox",
    )
    text = reader.paste(f"{project} review prod --cadence quarterly {words}")
    command = re.findall(r"-> (guardrails .*policy tighten .*--role app.*)", text)[0]
    assert command.startswith(f"{project} policy tighten ") and command.endswith(" --sandbox prod")
    shown = reader.paste(f"{command} {cache}")
    assert reader.code == 1 and "TIGHTER: inline policy p of role/app" in shown
    write_capture(root / "a.capture.gz", capture_of(HOLDS))
    assert reader.paste("guardrails policy escalations --from " + shlex.quote(str(root / "a.capture.gz")))
    assert reader.code == 0


CALLING = Calling("/srv/the project", True)
LATE = {"incident_id": "INC-1", "what": "prevention action 1: x", "owner": "ann", "due": "2026-11-01"}
FOUND = {"rule": "reconcile-never-closed", "severity": "high", "address": "INC-1", "message": "m",
         "remedy": "Run guardrails breakglass close ID: revert"}  # fmt: skip
SPOT = {"file": "a file.tf", "line": 7, "kind": "K", "hashed": "0"}
SCANNED = {"files": 1, "found": [SPOT], "unneeded": 2, "scanner": "s"}
SANDBOX_ROOT, ROOT = "guardrails --root '/srv/the project' {} --sandbox", "guardrails --root '/srv/the project' {}"


@pytest.mark.parametrize(
    ("judge", "case", "command"),
    [(breakglass.box, {"late": [{**LATE, "number": 1}], "reconciled": {}},
      SANDBOX_ROOT.format("breakglass prevented INC-1 1 --evidence TEXT")),
     (breakglass.box, {"late": [LATE], "reconciled": {}}, SANDBOX_ROOT.format("breakglass close INC-1 --again")),
     (breakglass.box, {"late": [], "reconciled": {"findings": [FOUND]}}, SANDBOX_ROOT.format("breakglass close ID")),
     (hygiene.box, {"repository": SCANNED}, ROOT.format("secrets --accept REASON 'a file.tf'")),
     (hygiene.box, {"repository": SCANNED}, f"{ROOT.format('secrets --accept REASON')} leaves them out")],
)  # fmt: skip
def test_the_commands_of_remedies_are_whole(judge: Any, case: dict[str, Any], command: str) -> None:
    box = judge(changed(basis_of(case), commands=Commands(CALLING, "prod", "weekly")))
    assert any(command in text for text in (*(item.remedy for item in box.items), *box.notes)), box
    plain = command.partition(" leaves")[0].replace(" ID", " INC-1")
    parser().parse_args(shlex.split(plain)[1:])


def test_a_source_without_records_is_said_to_hold_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = make(tmp_path, EXPECTED)
    (root / "AWSLogs").mkdir()
    write_capture(root / "a.capture.gz", capture_of({}))
    monkeypatch.chdir(root)
    text = Reader(capsys).paste(
        "guardrails review prod --cadence weekly --from a.capture.gz --source AWSLogs --cache c"
    )
    told = " ".join(text.split())
    assert "the source holds no record of the account within the window" in told and " 1-01-01" not in told


EVENT = {
    "eventVersion": "1.08", "eventTime": "2026-11-27T10:00:00Z", "eventSource": "ec2.amazonaws.com",
    "eventName": "DescribeInstances", "awsRegion": "us-east-2", "sourceIPAddress": "192.0.2.1", "userAgent": "x",
    "requestParameters": {}, "responseElements": None, "requestID": "1", "eventID": "e-1", "readOnly": True,
    "eventType": "AwsApiCall", "managementEvent": True, "recipientAccountId": "333333333333",
    "userIdentity": {
        "type": "AssumedRole", "arn": "arn:aws:sts::333333333333:assumed-role/app/s", "accountId": "333333333333",
        "principalId": "AROA:s", "sessionContext": {"sessionIssuer": {
            "type": "Role", "arn": "arn:aws:iam::333333333333:role/app", "userName": "app",
            "accountId": "333333333333", "principalId": "AROA"}},
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("sandbox", "source", "words"),
    [(True, "s3://logs/AWSLogs", " --sandbox prod"), (True, "/trail", " --sandbox prod"), (False, "s3://logs", "")],
)
def test_a_tightening_in_the_embedded_aws_asks_that(sandbox: bool, source: str, words: str) -> None:
    trail = ("--source", source, "--since", "2026-10-01")
    made = Commands(Calling("/srv/the project", sandbox), "prod", "monthly", ("--from", "/a.gz"), trail, "/g.toml")
    program = "guardrails --root '/srv/the project'" if sandbox else "guardrails"
    told = made.tighten("app")
    assert told == f"{program} policy tighten --from /a.gz {' '.join(trail)} --role app --config /g.toml{words}"
    given = parser().parse_args(shlex.split(told)[1:])
    assert (given.root, given.sandbox) == (("/srv/the project", "prod") if sandbox else (None, None))
    assert Commands(trail=trail).tighten("app") == Commands(account=("--from", "/a.gz")).tighten("app") == ""


def test_a_tightening_of_the_embedded_aws_never_asks_the_real_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = make(tmp_path, EXPECTED)
    write_capture(root / "a.capture.gz", changed(capture_of(HOLDS), origin=SANDBOX))
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    reader = Reader(capsys)
    shown = reader.paste(f"guardrails --root {root} policy tighten --from {root}/a.capture.gz --source s3://logs/AWSLogs"
                         " --since 2026-10-01 --sandbox prod")  # fmt: skip
    assert reader.code == 2 and "the embedded AWS is not running; start it with: guardrails sandbox up" in shown
