"""`guardrails capture` as a process, against the embedded AWS as if it were an account."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from iam_guardrails.adapters.captures import load_capture
from iam_guardrails.model.capture.capture import LAST_ACCESS, LIVE

HOME = "us-east-2"
SCRIPTS = Path(__file__).parents[2] / "scripts"
pytestmark = pytest.mark.sandbox


class Project:
    """A folder with envs/prod of the test's account, and the credentials for it."""

    def __init__(self, root: Path, account_id: str, endpoint: str, keys: dict[str, str]) -> None:
        self.root = root
        folder = root / "envs" / "prod"
        folder.mkdir(parents=True)
        (root / "modules").mkdir()
        (folder / "main.tf").write_text("")
        (folder / "guardrails.toml").write_text(
            f'account_id = "{account_id}"\nhome_region = "{HOME}"\nenvironment = "prod"\n[declared]\nroles = ["mw-*"]\n'
            '[[waiver]]\nrule = "r"\naddress = "*"\nticket = "T-1"\nowner = "ada"\nreason = "known"\n'
            "expires_on = 2027-01-31\n"
        )
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        self.variables = {
            **kept, "AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"], "AWS_SESSION_TOKEN": keys["SessionToken"],
            "PYTHONPATH": str(SCRIPTS), "PATH": "/nowhere",  # no Terraform is needed
        }  # fmt: skip
        self.secret = keys["SecretAccessKey"]

    def start(self, *words: str) -> subprocess.Popen[str]:
        asked = [sys.executable, "-m", "iam_guardrails", "capture", *words]
        pipe = subprocess.PIPE
        return subprocess.Popen(asked, cwd=self.root, env=self.variables, stdout=pipe, stderr=pipe, text=True)

    def run(self, *words: str) -> tuple[int, str, str]:
        process = self.start(*words)
        out, err = process.communicate(timeout=120)
        return process.returncode, out, err


@pytest.fixture
def project(tmp_path: Path, account_id: str, endpoint: str, assume: Callable[..., dict[str, str]]) -> Project:
    return Project(tmp_path, account_id, endpoint, assume(f"arn:aws:iam::{account_id}:role/Tester"))


def test_a_capture_ends_in_a_file_and_a_summary(project: Project, aws: Any) -> None:
    aws("iam").create_user(UserName="ada")
    target = project.root / "my.capture.gz"
    code, out, err = project.run("prod", "--output", str(target), "--format", "json", "--without", "compliance")
    assert code == 0, err
    told = json.loads(out)
    found = load_capture(target)
    assert (told["file"], told["sha256"]) == (str(target), found.sha256)
    assert (found.origin, found.environment) == (LIVE, "prod")
    assert told["counts"]["users"] == len(found.account.users) == 1
    assert told["calls"] == told["calls_of_this_run"] == sum(found.calls.values())
    assert told["unasked"]["compliance"] == "it was left out (--without)"
    assert "no profile was given" in told["unasked"]["identity_center"]
    assert [item.ticket for item in found.waivers] == ["T-1"]
    assert "IAM: roles, users and policies" in err
    assert "\r" not in err  # no bar where nobody looks
    for path in (path for path in project.root.rglob("*") if path.is_file()):
        assert project.secret not in path.read_bytes().decode(errors="replace"), path


def test_a_further_region_is_read_when_it_is_named(project: Project, aws: Any) -> None:
    aws("secretsmanager", region="eu-west-1").create_secret(Name="far", SecretString="x")
    target = project.root / "my.capture.gz"
    code, _, err = project.run("prod", "--output", str(target), "--region", "eu-west-1", "--last-accessed", "none")
    assert code == 0, err
    found = load_capture(target)
    assert found.regions == (HOME, "us-east-1", "eu-west-1")
    assert [(item.name, item.region) for item in found.secrets] == [("far", "eu-west-1")]


def test_the_default_place_is_in_the_work_folder_and_the_text_names_it(project: Project) -> None:
    code, out, err = project.run("prod")
    assert code == 0, err
    (path,) = (project.root / ".guardrails" / "prod" / "captures").iterdir()
    assert str(path) in out
    assert f"sha256 {load_capture(path).sha256}" in out
    assert "iam:GetAccountAuthorizationDetails" in out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_run_that_is_ended_is_gone_on_with(project: Project, aws: Any, number: signal.Signals) -> None:
    for name in range(130):
        aws("iam").create_user(UserName=f"user{name}")
    process = project.start("prod")
    pieces = project.root / ".guardrails" / "prod" / "capture"
    for _ in range(1200):
        if list(pieces.glob(f"{LAST_ACCESS}.0000*")) or process.poll() is not None:
            break
        time.sleep(0.05)
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert list(pieces.glob("*.piece.json"))
    if number == signal.SIGINT:
        assert process.returncode == 2
        assert "interrupted; " in err
        assert "pieces are kept; the same command goes on with them for two hours" in err
        assert "Traceback" not in err
    code, out, err = project.run("prod", "--format", "json")
    assert code == 0, err
    assert "going on with the capture that began at" in err
    assert "identities: kept from before" in err
    told = json.loads(out)
    assert told["calls_of_this_run"] < told["calls"]
    assert told["counts"]["last_access"] == 130
    assert not pieces.exists()


def test_another_account_a_missing_profile_and_an_unknown_environment_end_in_a_sentence(project: Project) -> None:
    toml = project.root / "envs" / "prod" / "guardrails.toml"
    toml.write_text(toml.read_text().replace('account_id = "5', 'account_id = "7'))
    for words, says in (
        (["prod"], "choose the profile of that account and repeat.\n"),
        (["prod", "--identity-center-profile", "none"], "--identity-center-profile none: The profile named"),
        (["qa"], "there is no environment 'qa'"),
        (["prod", "--sandbox"], "the embedded AWS is not running"),
    ):
        code, out, err = project.run(*words)
        assert (code, out) == (2, "")
        assert says in err
        assert "Traceback" not in err
