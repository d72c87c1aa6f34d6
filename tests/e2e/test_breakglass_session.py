"""enter and exit as commands against an embedded AWS: who the child is, where the secrets are, and what ends it."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.incidents import ACCOUNT, HOME, INCIDENT, ROLE, Emergency
from tests.emulator.waiting import until

from iam_guardrails.adapters import sandbox
from iam_guardrails.adapters.inside import holders
from iam_guardrails.journeys.breakglass_exit import refused_now
from iam_guardrails.model.iam.document import parse
from iam_guardrails.model.iam.evaluate import Policies
from iam_guardrails.model.incident.entry import issued_at
from iam_guardrails.model.incident.step import ENTERED, EXITED, LEFT, Entered, Exited

pytestmark = pytest.mark.sandbox
MFA = ("--mfa-command", "echo 123456")
SHOW = """
import boto3, json, os
me = boto3.client("sts").get_caller_identity()
names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
print(json.dumps({"arn": me["Arn"], "variables": {k: v for k, v in os.environ.items() if k.startswith(("AWS_", "GUARD"))}}))
pid = os.getppid()
while pid > 1:
    print(open(f"/proc/{pid}/cmdline").read().replace("\\0", " "))
    if "iam_guardrails" in open(f"/proc/{pid}/cmdline").read():
        print(open(f"/proc/{pid}/environ").read().replace("\\0", " ").replace("\\n", " "))
        break
    pid = int(open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[1])
raise SystemExit(7)
"""  # noqa: E501 - a program, not a sentence


@pytest.fixture
def emergency(project: Path, running: sandbox.Sandbox) -> Emergency:
    return Emergency(project, running)


def ran(emergency: Emergency, action: str, *more: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        emergency.command(action, *more), env=emergency.variables(**variables), capture_output=True, text=True,
        timeout=60, stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip


def test_a_command_is_the_role_and_nothing_secret_is_left_anywhere(emergency: Emergency, tmp_path: Path) -> None:
    program = tmp_path / "show.py"
    program.write_text(SHOW)
    out = tmp_path.parent / f"{tmp_path.name}-shown"
    shell = f'"{sys.executable}" "{program}" > "{out}"; code=$?; echo told; exit $code'
    done = ran(
        emergency, "enter", INCIDENT[-4:], *MFA, "--", "sh", "-c", shell, AWS_PROFILE="x", AWS_REGION="eu-west-1"
    )
    assert (done.returncode, done.stdout) == (7, "told\n"), done.stderr
    first, *lines, cmdline, environ = out.read_text().splitlines()
    assert "iam_guardrails" in cmdline and "PATH=" in environ
    out.unlink()
    shown = json.loads(first)
    assert shown["arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/{ROLE}/alex"
    variables = shown["variables"]
    assert variables["AWS_REGION"] == variables["AWS_DEFAULT_REGION"] == HOME and "AWS_PROFILE" not in variables
    assert variables["GUARDRAILS_INCIDENT"] == INCIDENT and variables["AWS_ENDPOINT_URL"] == emergency.running.endpoint
    secrets = [variables[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")]
    kept = [path.read_text(errors="replace") for path in emergency.root.rglob("*") if path.is_file()]
    assert len(kept) > 5
    assert not [
        text
        for text in (*kept, *lines, cmdline, environ, done.stdout, done.stderr)
        for secret in secrets
        if secret in text
    ]
    entered, left = emergency.steps(ENTERED)[0].content, emergency.steps(LEFT)[0].content
    assert (entered["how"], entered["program"], entered["minutes"]) == ("command", "sh", 30)
    assert entered["principal"] == f"arn:aws:iam::{ACCOUNT}:user/breakglass/alex"
    assert (left["entry"], left["how"], left["exit_code"]) == (2, "ended", 7)
    assert done.stderr.splitlines()[-1] == f"next: guardrails breakglass exit {INCIDENT} --sandbox"
    assert max(map(len, done.stderr.splitlines())) <= 80
    assert emergency.client("iam").list_access_keys(UserName="alex")["AccessKeyMetadata"] == []


def test_exit_ends_the_session_and_our_evaluator_agrees(emergency: Emergency) -> None:
    assert ran(emergency, "enter", *MFA, "--", "true").returncode == 0
    done = ran(emergency, "exit")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == f"next: guardrails breakglass close {INCIDENT} --sandbox"
    assert "refuses 1 of 1" in " ".join(done.stdout.split())
    iam = emergency.client("iam")
    live = iam.get_role_policy(RoleName=ROLE, PolicyName="AWSRevokeOlderSessions")["PolicyDocument"]
    policies = Policies(identity=(parse({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}),
                                  parse(live)))  # fmt: skip
    incident = emergency.records.load(INCIDENT)
    (entered,), (exited,) = incident.contents(ENTERED, Entered), incident.contents(EXITED, Exited)
    assert refused_now(policies, entered.session_arn, issued_at(entered))
    assert exited.issued_before is not None and not refused_now(policies, entered.session_arn, exited.issued_before)
    assert incident.state == "exited"
    again = ran(emergency, "exit", "--format", "json")
    assert json.loads(again.stdout)["roles"][0]["stayed"] is True and len(emergency.steps(EXITED)) == 1
    refused = ran(emergency, "enter", *MFA, "--", "true")
    assert refused.returncode == 2 and "its sessions are revoked" in refused.stderr


def test_a_credential_process_prints_what_aws_reads_and_nothing_else(emergency: Emergency) -> None:
    done = ran(emergency, "enter", *MFA, "--credential-process")
    given = json.loads(done.stdout)
    assert given["Version"] == 1 and sorted(given) == [
        "AccessKeyId", "Expiration", "SecretAccessKey", "SessionToken", "Version"
    ]  # fmt: skip
    keys = {"AWS_ACCESS_KEY_ID": given["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
            "AWS_SESSION_TOKEN": given["SessionToken"]}  # fmt: skip
    assert emergency.client("sts", keys).get_caller_identity()["Arn"].endswith(f"{ROLE}/alex")
    assert given["SecretAccessKey"] not in done.stderr
    assert emergency.steps(ENTERED)[0].content["how"] == "credential_process"


REFUSED: tuple[tuple[tuple[str, ...], str], ...] = (
    (("--console",), "the embedded AWS has no console"),
    ((), "there is no terminal for a shell"),
    (("--credential-process", "--", "true"), "go without one"),
    (("--credential-process", "--format", "json"), "leave out --output and --format"),
    (("--", "no-such-program"), "there is no program no-such-program"),
    (("INC-other", "--", "true"), "names no single incident"),
    (("--role", "another", "--", "true"), "no break-glass role of this environment"),
    (("--mfa-command", "echo 12", "--", "true"), "six digits are expected"),
)


def test_what_cannot_be_is_one_sentence_and_no_session(emergency: Emergency) -> None:
    for arguments, says in REFUSED:
        done = ran(emergency, "enter", *arguments)
        assert done.returncode == 2 and says in " ".join(done.stderr.split()), done.stderr
        assert done.stdout == "" or json.loads(done.stdout)["error"] in done.stderr
    file = emergency.root / "stdout"
    for secret in ("--credential-process", "--console"):
        with file.open("w") as stdout:
            done = subprocess.run(
                emergency.command("enter", *MFA, secret), env=emergency.variables(), stdout=stdout,
                stderr=subprocess.PIPE, text=True, timeout=60, check=False,
            )  # fmt: skip
        assert done.returncode == 2 and f"{secret} prints secrets, and stdout is a file" in done.stderr
        assert file.read_text() == ""
    assert [item.kind for item in emergency.steps()] == ["opened"]


def test_a_session_that_is_used_ends_with_the_exit(emergency: Emergency) -> None:
    command = emergency.command("enter", *MFA, "--", "sleep", "120")
    with subprocess.Popen(command, env=emergency.variables(), stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
                          start_new_session=True, text=True) as running:  # fmt: skip
        until(lambda: emergency.steps(ENTERED) and holders(emergency.records.work, INCIDENT), "entry", 30)
        until(lambda: holders(emergency.records.work, INCIDENT)[0].child[0], "child")
        done = ran(emergency, "exit")
        assert f"(process {running.pid}) was ended" in " ".join(done.stdout.split()), done.stdout
        assert running.wait(10) == 143
    assert [item.kind for item in emergency.steps()] == ["opened", "entered", "exited", "left"]
    assert emergency.steps(LEFT)[0].content["how"] == "killed"
    assert emergency.records.load(INCIDENT).state == "exited"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_polite_kill_ends_the_child_and_is_on_record(emergency: Emergency, number: signal.Signals) -> None:
    command = emergency.command("enter", *MFA, "--", "sh", "-c", "echo $$; sleep 120 & wait")
    with subprocess.Popen(command, env=emergency.variables(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          stdin=subprocess.DEVNULL, start_new_session=True, text=True) as running:  # fmt: skip
        assert running.stdout
        child = int(running.stdout.readline())
        running.send_signal(number)
        assert running.wait(20) == 143
        until(lambda: holders(emergency.records.work, INCIDENT) == (), "end of the child's own child", 5)
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)
    assert emergency.steps(LEFT)[0].content["how"] == "killed"


def test_after_a_hard_kill_the_record_says_inside_and_exit_ends_the_orphan(emergency: Emergency) -> None:
    command = emergency.command("enter", *MFA, "--", "sh", "-c", "echo $$; exec sleep 120")
    with subprocess.Popen(command, env=emergency.variables(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          stdin=subprocess.DEVNULL, start_new_session=True, text=True) as running:  # fmt: skip
        assert running.stdout
        child = int(running.stdout.readline())
        until(lambda: holders(emergency.records.work, INCIDENT)[0].child[0] == child, "child")
        running.kill()
        running.wait(10)
        assert emergency.records.load(INCIDENT).state == "inside" and emergency.steps(LEFT) == []
        os.kill(child, 0)
        done = ran(emergency, "exit")
        assert "was ended" in " ".join(done.stdout.split()), done.stdout
        running.stdout.read()
    assert holders(emergency.records.work, INCIDENT) == ()


def test_the_roles_own_session_may_not_exit_and_is_told_the_command(emergency: Emergency) -> None:
    emergency.in_real_records()
    done = ran(emergency, "exit", **emergency.session_of(ROLE, "alex"), GUARDRAILS_INCIDENT=INCIDENT)
    assert done.returncode == 1, done.stderr
    lines = done.stdout.splitlines()
    assert lines[-1].startswith("aws iam put-role-policy --profile PROFILE --role-name dev-breakglass-admin")
    assert "leave it now" in done.stdout and "session of dev-breakglass-admin itself" in " ".join(done.stdout.split())


def test_each_lane_enters_with_its_own_credentials_and_no_other(emergency: Emergency, tmp_path: Path) -> None:
    emergency.in_real_records()
    center = "AWSReservedSSO_EmergencyAccess_0123456789abcdef"
    show = ("--", sys.executable, "-c", "import os; print(os.environ['AWS_ENDPOINT_URL'], 'AWS_PROFILE' in os.environ)")
    done = ran(emergency, "enter", *show, **emergency.session_of(center, "alex@example.com"), AWS_REGION="eu-west-1")
    assert (done.returncode, done.stdout) == (0, f"{emergency.running.endpoint} False\n"), done.stderr
    assert "LOOK  your shell says Region eu-west-1; inside it will be us-east-2" in done.stderr
    assert emergency.steps(ENTERED)[0].content["lane"] == "identity-center"
    hub = emergency.session_of("hub", "alex")
    for variables, says in ((hub, "carries no MFA"), (emergency.session_of(ROLE, "alex"), "you are inside already")):
        done = ran(emergency, "enter", *MFA, *show, **variables)
        assert done.returncode == 2 and says in done.stderr
    key = emergency.client("iam").create_access_key(UserName="alex")["AccessKey"]
    file = tmp_path.parent / f"{tmp_path.name}-credentials"
    file.write_text(
        f"[alex]\naws_access_key_id = {key['AccessKeyId']}\naws_secret_access_key = {key['SecretAccessKey']}\n"
    )
    hub["AWS_SHARED_CREDENTIALS_FILE"] = str(file)
    done = ran(emergency, "enter", *MFA, "--owner-profile", "alex", *show, **hub)
    file.unlink()
    assert (done.returncode, done.stdout) == (0, f"{emergency.running.endpoint} False\n"), done.stderr
    assert [item.content["lane"] for item in emergency.steps(ENTERED)] == ["identity-center", "iam-user"]


def test_a_disk_that_is_full_after_the_entry_loses_no_session(emergency: Emergency) -> None:
    """The folder of the records is closed to writing by taking its place away while the code is asked for."""
    folder = emergency.records.folder
    hide = f'mv "{folder}" "{folder}.away" && echo 123456'
    show = f'mv "{folder}.away" "{folder}"; exit 5'
    done = ran(emergency, "enter", "--mfa-command", hide, "--", "sh", "-c", show)
    assert done.returncode == 5
    assert "NOT ON RECORD" in done.stderr and '"kind": "entered"' in done.stderr and '"token' not in done.stderr
    assert [item.kind for item in emergency.steps()] == ["opened", "entered", "left"]
    assert emergency.steps(LEFT)[0].content["entry"] == 2


def test_a_minute_that_is_left_is_all_there_is_though_sts_gives_fifteen(
    project: Path, running: sandbox.Sandbox
) -> None:  # fmt: skip
    emergency = Emergency(project, running, minutes=30, ago_seconds=1775)
    done = ran(emergency, "enter", *MFA, "--format", "json", "--", "echo", "told by the command")
    told = json.loads(done.stdout)
    assert "told by the command\n" in done.stderr
    assert (told["ended"], told["exit_code"], told["recorded"]) == ("ended", 0, True)
    lasts = datetime.fromisoformat(told["expires_at"]) - datetime.fromisoformat(told["ends_at"])
    assert lasts == timedelta(minutes=14)
    assert emergency.steps(ENTERED)[0].content["minutes"] == 1
    file = emergency.root / "told.json"
    done = ran(emergency, "enter", *MFA, "--format", "json", "--output", str(file), "--", "echo", "told")
    assert (done.stdout, json.loads(file.read_text())["exit_code"]) == ("told\n", 0)


def test_a_time_that_is_over_lets_nobody_in(project: Path, running: sandbox.Sandbox) -> None:
    emergency = Emergency(project, running, minutes=30, ago_seconds=1801)
    done = ran(emergency, "enter", *MFA, "--", "true")
    assert done.returncode == 2 and f"guardrails breakglass extend {INCIDENT} --minutes 15" in done.stderr


def test_without_a_network_exit_tells_the_command(emergency: Emergency) -> None:
    emergency.in_real_records()
    gone = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    done = ran(emergency, "exit", "--format", "json", **gone)
    told = json.loads(done.stdout)
    assert done.returncode == 1 and told["ended"] is False and "did not answer" in told["roles"][0]["why_not"]
    assert shlex.split(told["next"])[:3] == ["aws", "iam", "put-role-policy"]


def test_an_incident_that_only_the_store_knows_is_shown_and_brought_here(emergency: Emergency) -> None:
    emergency.client("s3").create_bucket(Bucket="kept-away", CreateBucketConfiguration={"LocationConstraint": HOME})
    store = ("--store", "s3://kept-away/x")
    command = emergency.command("verify")
    command = [*command[: command.index("breakglass")], "records"]

    def records(*words: str) -> Any:
        made = subprocess.run([*command, *words, "--sandbox", *store, "--format", "json"], env=emergency.variables(),
                              capture_output=True, text=True, timeout=60, check=True)  # fmt: skip
        return json.loads(made.stdout)

    assert records("send", "dev")["records"] == [{"incident": INCIDENT, "environment": "dev", "lines": 1}]
    for path in emergency.records.folder.iterdir():
        path.unlink()
    assert "nothing is open" in ran(emergency, "status").stdout
    there = ran(emergency, "status", *store)
    assert there.returncode == 0 and "its record is on another machine" in " ".join(there.stdout.split())
    fetch = ["guardrails", "records", "fetch", INCIDENT, *store, "--sandbox"]
    assert shlex.split(there.stdout.splitlines()[-1]) == ["next:", *fetch]
    (listed,) = json.loads(ran(emergency, "list", *store, "--format", "json").stdout)
    assert listed["next"] == shlex.join(fetch)
    for words in (["list"], ["show", INCIDENT]):
        assert shlex.split(ran(emergency, *words, *store).stdout.splitlines()[-1]) == ["next:", *fetch]
    told = ran(emergency, "show", INCIDENT[-4:], *store, "--format", "json")
    assert json.loads(told.stdout)["next"] == shlex.join(fetch)
    assert json.loads(told.stdout)["steps"] == listed["steps"] and "another machine has its record" in told.stderr
    for action, *words in (["enter", INCIDENT, *MFA, "--", "true"], ["close"], ["exit", INCIDENT[-4:]]):
        refused = ran(emergency, action, *store, *words)
        assert refused.returncode == 2 and refused.stderr.strip().endswith(shlex.join(fetch)), refused.stderr
    for action in ("status", "list", "show"):
        lost = ran(emergency, action, "--store", "s3://no-such-bucket/x")
        assert lost.returncode == 2, action
    lost = ran(emergency, "status", "--store", "s3://no-such-bucket/x", "--format", "json")
    assert "not judged whether other machines" in json.loads(lost.stdout)["broken"][0]
    brought = records("fetch", INCIDENT)
    assert (brought["added"], brought["lacking"]) == (1, [])
    assert brought["next"] == f"guardrails breakglass enter {INCIDENT} --sandbox --store {store[1]}"
    assert ran(emergency, "note", "x").returncode == 0
    assert ran(emergency, "show", INCIDENT, "--store", "s3://no-such-bucket/x").returncode == 2
