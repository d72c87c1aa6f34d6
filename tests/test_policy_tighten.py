"""`guardrails policy tighten`: forms, exit codes, and what bad input ends in."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from iam_guardrails.cli import main
from tests.model.estates import IAM, account, allow, policy, role
from tests.model.tightening import CREATED, SERVICE, record

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "tests" / "cases" / "tightening" / "example"
BREAKGLASS = f"{IAM}:role/prod-breakglass-admin"
WINDOW = ("--since", "2025-06-01", "--until", "2025-12-01")
TERRAFORM = ("--plan", str(EXAMPLE / "plan.json"), "--root", str(EXAMPLE / "infra"))


def options(folder: Path, details: Path = EXAMPLE / "account.json", source: Path = EXAMPLE / "trail") -> list[str]:
    return ["policy", "tighten", "--authorization-details", str(details), "--source", str(source), "--cache",
            str(folder / "cache"), "--breakglass", BREAKGLASS]  # fmt: skip


def said(capsys: pytest.CaptureFixture[str], folder: Path, *more: str) -> tuple[int, str, str]:
    code = main([*options(folder), *WINDOW, *more])
    out, err = capsys.readouterr()
    return code, out, err


def small(folder: Path, *events: dict[str, Any], created: str = CREATED) -> list[str]:
    """The options for one role that may start and stop instances, and its events."""
    made = role("app", SERVICE, policy(allow(["ec2:StartInstances", "ec2:StopInstances"]))) | {"CreateDate": created}
    details, trail = folder / "account.json", folder / "trail"
    details.write_text(json.dumps(account(made)))
    trail.mkdir()
    records = [record({"by": "app", **one}, number) for number, one in enumerate(events)]
    if records:
        (trail / "a.json.gz").write_bytes(gzip.compress(json.dumps({"Records": records}).encode()))
    return options(folder, details, trail)[:-2]


def test_json_holds_the_policy_the_proof_and_what_nobody_saw(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, out, err = said(capsys, tmp_path, "--format", "json", *TERRAFORM)
    assert (code, err) == (1, "")
    found = json.loads(out)
    first = found["policies"][0]
    assert [one["Sid"] for one in first["new"]["Statement"]] == ["Queues", "Keys", "NoIam"]
    assert first["proof"]["verdict"] == "proven"
    assert first["requests_replayed"] > 0
    assert {one["pattern"] for one in first["blind_spots"]} >= {"sqs:SendMessage", "sqs:ReceiveMessage"}
    assert first["terraform"]["no_patch_because"] == ""
    assert found["unused"] == [f"{IAM}:role/importer"]
    assert {one["role"].rpartition("/")[2]: one["judged"] for one in found["left_alone"]} == {
        "prod-breakglass-admin": True, "search": False,
    }  # fmt: skip
    assert found["refused"] == {f"{IAM}:role/orders-worker": ["kms:Encrypt"]}


def test_the_patch_alone_is_what_git_takes(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, out, err = said(capsys, tmp_path, "--format", "patch", *TERRAFORM)
    assert code == 1
    checked = subprocess.run(["git", "apply", "--check", "-"], input=out, text=True, cwd=ROOT, capture_output=True)
    assert checked.returncode == 0, checked.stderr
    assert "no patch for AmazonEC2ReadOnlyAccess: AWS writes it" in err


def test_markdown_escapes_and_shows_differences(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, out, _ = said(capsys, tmp_path, "--format", "markdown", *TERRAFORM)
    assert code == 1
    assert "### inline policy orders of role/orders-worker" in out
    assert out.count("```diff") == 3
    assert re.search(r"- statement 2: elasticloadbalancing:Describe\\\* becomes", out)


def test_a_fence_in_the_text_does_not_end_the_block(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    root = tmp_path / "infra"
    root.mkdir()
    text = (EXAMPLE / "infra" / "main.tf").read_text()
    (root / "main.tf").write_text(text.replace("# the first version ran on instances", "# ```"))
    code, out, _ = said(capsys, tmp_path, "--format", "markdown", "--plan", TERRAFORM[1], "--root", str(root))
    assert code == 1
    assert out.count("````") == 2


def test_last_accessed_data_raise_the_confidence(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    told = ("--last-accessed", str(EXAMPLE / "last-accessed"), "--role", "reports", "--format", "json")
    code, out, _ = said(capsys, tmp_path, *told)
    assert code == 1
    sure = {one["old"][0]: one["confidence"] for one in json.loads(out)["policies"][0]["changes"]}
    assert sure["autoscaling:Describe*"] == "high"
    assert sure["ec2:Describe*"] == "medium"


def test_nothing_to_tighten_ends_with_0(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    given = small(tmp_path, {"call": "ec2:StartInstances"}, {"call": "ec2:StopInstances"})
    assert main([*given, "--since", "2026-01-01"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("0 policies can be tighter, 1 as tight as its use")
    assert "no break-glass role is named" in err


def test_a_role_of_which_nothing_is_known_ends_with_2(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    given = small(tmp_path, {"call": "ec2:StartInstances"}, created="2026-03-01T12:00:00+00:00")
    assert main([*given, "--since", "2026-01-01"]) == 2
    assert "created on 2026-03-01, in the window" in capsys.readouterr().out


def test_a_source_without_files_judges_nothing(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main([*small(tmp_path), "--since", "2026-01-01"]) == 2
    assert "no policy is tightened by it" in capsys.readouterr().err


def test_what_cannot_be_read_of_the_source_is_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    given = small(tmp_path, {"call": "ec2:StartInstances"})
    whole = (tmp_path / "trail" / "a.json.gz").read_bytes()
    (tmp_path / "trail" / "b.json.gz").write_bytes(whole[:-30])
    assert main([*given, "--since", "2026-01-01"]) == 1
    out = capsys.readouterr().out
    assert "b.json.gz could not be read" in out
    assert "[low: " in out


def test_a_window_is_no_longer_than_the_records_of_the_source(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    given = small(tmp_path, {"call": "ec2:StartInstances", "on": "2026-03-01"},
                  {"call": "ec2:StartInstances", "on": "2026-03-20"})  # fmt: skip
    assert main([*given, "--since", "2026-01-01", "--until", "2026-06-01"]) == 1
    out = capsys.readouterr().out
    assert "the source has records from 2026-03-01 to 2026-03-21 only" in out
    assert "no record at all between 2026-03-01 and 2026-03-20" in out
    assert "2026-03-01 to 2026-03-21 (20 days)" in out
    assert "[low: " in out


@pytest.mark.parametrize(("more", "message"), [
    (("--role", "nobody"), "has no role 'nobody'"),
    (("--plan", str(EXAMPLE / "plan.json")), "--plan FILE and --root FOLDER together"),
    (("--format", "patch"), "needs --plan FILE"),
    (("--last-accessed", str(EXAMPLE / "trail")), "holds no file that is named like a role"),
    (("--last-accessed", str(EXAMPLE / "nowhere")), "is no folder"),
    (("--breakglass", "arn:aws:iam::111122223333:role/other"), "is not the ARN of a role of account 111122223333"),
    (("--since", "2999-01-01", "--until", "2999-02-01"), "is in the future"),
    (("--plan", str(EXAMPLE / "account.json"), "--root", str(EXAMPLE / "infra")), "not a Terraform plan"),
    (("--plan", str(EXAMPLE / "plan.json"), "--root", str(EXAMPLE / "nowhere")), "is no folder"),
    (("--config", str(ROOT / "envs" / "prod" / "guardrails.toml")), "give the two of one account"),
])  # fmt: skip
def test_bad_input_is_one_sentence(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, more: tuple[str, ...], message: str
) -> None:
    code, out, err = said(capsys, tmp_path, *more)
    assert (code, out) == (2, "")
    assert message in err
    assert "Traceback" not in err


@pytest.mark.parametrize(("content", "message"), [
    ("{", "is not JSON"),
    ("{}", "has no ServicesLastAccessed"),
    ('{"JobStatus": "IN_PROGRESS", "ServicesLastAccessed": []}', "is not complete"),
    ('{"ServicesLastAccessed": [{"ServiceName": "x"}]}', "has no ServiceNamespace"),
    ('{"ServicesLastAccessed": [{"ServiceNamespace": "x", "LastAuthenticated": "soon"}]}', "is no time"),
])  # fmt: skip
def test_last_accessed_data_that_are_none(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, content: str, message: str
) -> None:
    (tmp_path / "reports.json").write_text(content)
    code, _, err = said(capsys, tmp_path, "--last-accessed", str(tmp_path))
    assert code == 2
    assert message in err
