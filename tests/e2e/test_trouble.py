"""What goes wrong in real life ends in one clear sentence and exit code 2, with nothing half-written."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from tests.e2e.conftest import REATTACH, Warmed

from iam_guardrails.adapters import sandbox
from iam_guardrails.journeys.verdict_record import record
from iam_guardrails.model.finding import Verdict
from iam_guardrails.model.problem import Problem
from iam_guardrails.wiring import Wiring

pytestmark = [pytest.mark.sandbox, pytest.mark.terraform]


def guardrails(*arguments: str, environ: dict[str, str] | None = None, cwd: Path) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    clean |= {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    return subprocess.run([sys.executable, "-m", "iam_guardrails", *arguments], cwd=cwd, env=clean | (environ or {}),
                          capture_output=True, text=True, timeout=180, check=False)  # fmt: skip


def refused(ran: subprocess.CompletedProcess[str]) -> str:
    """The one sentence of a refusal."""
    assert ran.returncode == 2, ran
    assert "Traceback" not in ran.stderr
    last = ran.stderr.strip().splitlines()[-1]
    assert last.startswith("guardrails: ")
    return last


def wired(project: Path) -> Wiring:
    return Wiring.make(project, "dev", True, lambda _: None)


def test_plan_apply_and_a_second_plan(project: Path, running: sandbox.Sandbox, warmed: Warmed) -> None:
    warmed(project, "dev")
    wiring = wired(project)
    assert wiring.plan() is True
    record(wiring.place, Verdict(), datetime.now(UTC))
    contract = wiring.apply()
    assert contract["topics"] == [f"arn:aws:sns:us-east-2:111111111111:{name}" for name in ("first", "last")]
    assert wired(project).plan() is False
    assert not list(wiring.place.folder.glob("*.tfstate*")), "the state belongs in the bucket"
    with pytest.raises(Problem, match="has not been judged"):
        wiring.apply()


def test_the_emulator_dies_in_mid_apply(project: Path, running: sandbox.Sandbox, warmed: Warmed) -> None:
    warmed(project, "dev")
    done: list[str] = []

    def progress(text: str) -> None:
        done.append(text)
        if "aws_sns_topic.first" in text:
            os.kill(running.pid, signal.SIGKILL)

    wiring = Wiring.make(project, "dev", True, progress)
    wiring.plan()
    record(wiring.place, Verdict(), datetime.now(UTC))
    with pytest.raises(Problem) as caught:
        wiring.apply()
    said = str(caught.value)
    assert "AWS does not answer at its endpoint" in said
    assert "the state it could not store is kept in" in said
    assert any("aws_sns_topic.first" in text for text in done), "it died before the apply began"
    kept = json.loads((wiring.place.work / "errored.tfstate").read_text())
    assert any(item["name"] == "first" for item in kept["resources"])
    assert not (wiring.place.folder / "errored.tfstate").exists()
    assert not wiring.place.contract.exists()
    assert not wiring.place.plan.exists(), "a plan that was begun must not be applied again"


def test_the_sandbox_is_not_up(project: Path) -> None:
    assert "guardrails sandbox up" in refused(guardrails("verify", "dev", "--sandbox", cwd=project))


def test_a_state_bucket_that_does_not_exist(project: Path, running: sandbox.Sandbox) -> None:
    settings = project / "envs" / "dev" / "backend.hcl"
    settings.write_text(settings.read_text().replace("dev-111111111111", "nobody"))
    assert "guardrails bootstrap dev" in refused(guardrails("plan", "dev", "--sandbox", cwd=project))


def test_the_state_bucket_is_made_anew_when_it_is_gone(project: Path, running: sandbox.Sandbox) -> None:
    (project / "modules").rmdir()
    (project / "modules").symlink_to(Path(__file__).parents[2] / "modules")
    for _ in range(2):  # the second time, Terraform's data folder still points at the bucket
        forget = urllib.request.Request(f"{running.endpoint}/moto-api/reset", method="POST")
        urllib.request.urlopen(forget, timeout=30).close()
        ran = guardrails("bootstrap", "dev", "--sandbox", cwd=project)
        assert ran.returncode == 0, ran.stderr


def test_the_wrong_account(project: Path, running: sandbox.Sandbox) -> None:
    environ = sandbox.environment(running, "222222222222", "us-east-2")
    for command in ("plan", "verify", "drift"):
        said = refused(guardrails(command, "dev", environ=environ, cwd=project))
        assert "222222222222" in said
        assert "111111111111" in said


def test_no_credentials(project: Path) -> None:
    said = refused(guardrails("verify", "dev", cwd=project))
    assert "credentials" in said
    assert "AWS_PROFILE" in said


class Expired(BaseHTTPRequestHandler):
    """AWS, saying to everything that the credentials have expired."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        body = (b"<ErrorResponse><Error><Type>Sender</Type><Code>ExpiredToken</Code><Message>The security token"
                b" included in the request is expired</Message></Error></ErrorResponse>")  # fmt: skip
        self.send_response(403)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def expired() -> Iterator[dict[str, str]]:
    server = HTTPServer(("127.0.0.1", 0), Expired)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
        "AWS_ACCESS_KEY_ID": "AKIAX",
        "AWS_SECRET_ACCESS_KEY": "s3cr3t-value",
        "AWS_SESSION_TOKEN": "t0ken-value",
        "AWS_REGION": "us-east-2",
    }
    server.shutdown()


@pytest.mark.parametrize("command", ["plan", "verify", "drift", "bootstrap"])
def test_expired_credentials(command: str, project: Path, expired: dict[str, str]) -> None:
    ran = guardrails(command, "dev", environ=expired, cwd=project)
    assert "expired" in refused(ran)
    assert "s3cr3t-value" not in ran.stdout + ran.stderr
    assert "t0ken-value" not in ran.stdout + ran.stderr


def test_an_endpoint_nobody_answers(project: Path, expired: dict[str, str]) -> None:
    environ = expired | {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    assert "127.0.0.1:9" in refused(guardrails("verify", "dev", environ=environ, cwd=project))


def test_terraform_is_missing(project: Path, running: sandbox.Sandbox) -> None:
    environ = sandbox.environment(running, "111111111111", "us-east-2") | {"PATH": "/nowhere"}
    assert "no terraform on the PATH" in refused(guardrails("plan", "dev", environ=environ, cwd=project))


def test_terraform_is_too_old(project: Path, running: sandbox.Sandbox, tmp_path: Path) -> None:
    old = tmp_path / "terraform"
    old.write_text('#!/bin/sh\necho \'{"terraform_version": "1.5.7"}\'\n')
    old.chmod(0o755)
    environ = sandbox.environment(running, "111111111111", "us-east-2") | {"GUARDRAILS_TERRAFORM": str(old)}
    assert "Terraform 1.5.7 is too old" in refused(guardrails("plan", "dev", environ=environ, cwd=project))


def test_ctrl_c(project: Path, running: sandbox.Sandbox) -> None:
    environ = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    child = subprocess.Popen(
        [sys.executable, "-m", "iam_guardrails", "plan", "dev", "--sandbox"], cwd=project, env=environ,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert child.stderr
    for line in child.stderr:
        if "planning" in line:
            break
    time.sleep(0.5)
    os.killpg(child.pid, signal.SIGINT)
    out, err = child.communicate(timeout=120)
    assert child.returncode == 2, (out, err)
    assert "interrupted" in err
    assert "Traceback" not in err
    work = project / ".guardrails" / "sandbox" / "dev"
    assert not (work / "plan.json").exists()
    assert wired(project).plan() is True, "the state lock was left behind"


@pytest.mark.parametrize("number", [signal.SIGTERM])
def test_an_apply_that_is_cut_short_can_be_finished(
    number: signal.Signals, project: Path, running: sandbox.Sandbox, warmed: Warmed
) -> None:
    main = project / "envs" / "dev" / "main.tf"
    key = "  description = aws_sns_topic.first.name\n"
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::111111111111:root"},
                "Action": "kms:*",
                "Resource": "*",
            }
        ],
    }
    # the provider reads a policy back for several seconds, and nothing else tells when a key is half-made
    protected = f"{key}  policy = {json.dumps(json.dumps(policy))}\n  lifecycle {{\n    prevent_destroy = true\n  }}\n"
    main.write_text(main.read_text().replace(key, protected))
    warmed(project, "dev")
    wiring = wired(project)
    wiring.plan()
    record(wiring.place, Verdict(), datetime.now(UTC))
    environ = {name: value for name, value in os.environ.items() if not name.startswith("AWS_") and name != REATTACH}
    child = subprocess.Popen(
        [sys.executable, "-m", "iam_guardrails", "apply", "dev", "--sandbox"], cwd=project, env=environ,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert child.stderr
    for line in child.stderr:
        if "aws_sns_topic.first" in line:
            break
    time.sleep(1)  # the key is being made; it takes several seconds
    os.kill(child.pid, number)  # nobody but the program itself is told
    _, err = child.communicate(timeout=120)
    assert child.returncode == 2, err
    assert "interrupted" in err
    assert "Traceback" not in err
    assert not wiring.place.plan.exists()
    told: list[str] = []
    again = Wiring.make(project, "dev", True, told.append)
    assert again.plan() is True, "the lock was left behind, or the half-made key stands in the way"
    assert any("aws_kms_key.slow was half-made" in text for text in told)
    record(again.place, Verdict(), datetime.now(UTC))
    assert len(again.apply()["topics"]) == 2
    assert wired(project).plan() is False


def test_a_disk_that_is_full(project: Path, running: sandbox.Sandbox) -> None:
    words = [sys.executable, "-m", "iam_guardrails", "plan", "dev", "--sandbox"]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    ran = subprocess.run(["bash", "-c", 'ulimit -f 1; exec "$@"', "bash", *words], cwd=project, env=environ,
                         capture_output=True, text=True, timeout=180, check=False)  # fmt: skip
    assert "too large" in refused(ran).lower()
    left = project / ".guardrails" / "sandbox" / "dev"
    assert not list(left.glob("*plan*")), "a half-written plan was left"


def test_a_misspelt_variable_is_refused(project: Path, running: sandbox.Sandbox) -> None:
    (project / "envs" / "dev" / "terraform.tfvars").write_text("watched_secret_arn = {}\n")
    said = refused(guardrails("plan", "dev", "--sandbox", cwd=project))
    assert "watched_secret_arn" in said
    assert "terraform.tfvars" in said


def test_another_holds_the_lock(project: Path, running: sandbox.Sandbox, warmed: Warmed) -> None:
    warmed(project, "dev")
    wiring = wired(project)
    wiring.plan()
    lock = {"ID": "6a1b2c3d-0000-1111-2222-333344445555", "Operation": "x", "Who": "jane@laptop",
            "Version": "1.11.4", "Created": "2026-01-01T00:00:00Z", "Path": "x", "Info": ""}  # fmt: skip
    keys = sandbox.environment(running, "111111111111", "us-east-2")
    import boto3
    from botocore.config import Config

    s3 = boto3.client(
        "s3", endpoint_url=running.endpoint, region_name="us-east-2", config=Config(proxies={}),
        aws_access_key_id=keys["AWS_ACCESS_KEY_ID"], aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=keys["AWS_SESSION_TOKEN"],
    )  # fmt: skip
    s3.put_object(Bucket="dev-111111111111-guardrails-tfstate", Key="guardrails/terraform.tfstate.tflock",
                  Body=json.dumps(lock).encode())  # fmt: skip
    environ = {"GUARDRAILS_LOCK_TIMEOUT": "0s"}
    said = refused(guardrails("plan", "dev", "--sandbox", environ=environ, cwd=project))
    assert "jane@laptop" in said
    assert "guardrails unlock dev 6a1b2c3d-0000-1111-2222-333344445555" in said
    freed = guardrails("unlock", "dev", "6a1b2c3d-0000-1111-2222-333344445555", "--sandbox", cwd=project)
    assert freed.returncode == 0, freed
    ran = guardrails("plan", "dev", "--sandbox", environ=environ, cwd=project)
    report = project / ".guardrails" / "sandbox" / "dev" / "plan.md"
    assert ran.returncode == 0 and ran.stdout.splitlines()[-1] == f"the report to open: {report}"
    assert "To be made" in report.read_text() and "aws_sns_topic.first" in report.read_text()
