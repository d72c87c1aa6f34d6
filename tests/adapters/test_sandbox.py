"""The sandbox as a process: up, down, status, what a dead one leaves, two at once, its environment."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest

import iam_guardrails
from iam_guardrails.adapters import sandbox
from iam_guardrails.adapters.sandbox import Sandbox, SandboxError
from iam_guardrails.adapters.sandbox_people import totp

ACCOUNT = "333333333333"
ROOT = Path(iam_guardrails.__file__).parents[1]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    state_dir = tmp_path_factory.mktemp("sandbox")
    yield sandbox.up(state_dir)
    sandbox.down(state_dir)


@pytest.fixture
def state_dir(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "state"
    sandbox.down(tmp_path / "state")


def kill(found: Sandbox) -> None:
    os.kill(found.pid, signal.SIGKILL)
    os.waitpid(found.pid, 0)


def answers(found: Sandbox) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", found.port)) == 0


def test_up_is_the_same_one_twice_and_status_tells_it(running: Sandbox) -> None:
    assert sandbox.up(running.state_dir) == running
    assert sandbox.status(running.state_dir) == running
    facts = json.loads((running.state_dir / "sandbox.json").read_text())
    assert set(facts) == {"pid", "port", "started_at", "version"}
    assert facts["version"] == "5.2.5"
    assert running.log_file.exists()
    leftovers = [path.name for path in running.state_dir.iterdir()]
    assert sorted(leftovers) == ["sandbox.json", "sandbox.json.lock", "sandbox.log", "sandbox.up.lock"]


def test_it_listens_on_the_loopback_address_only(running: Sandbox) -> None:
    table = Path("/proc/net/tcp")
    if not table.exists():
        pytest.skip("no /proc/net/tcp here to look at")
    port = f"{running.port:04X}"
    local = [line.split()[1] for line in table.read_text().splitlines()[1:] if line.split()[3] == "0A"]
    assert [address for address in local if address.endswith(f":{port}")] == [f"0100007F:{port}"]


def test_down_stops_it_and_may_be_repeated(state_dir: Path) -> None:
    found = sandbox.up(state_dir)
    assert sandbox.down(state_dir) is True
    assert not answers(found)
    assert sandbox.status(state_dir) is None
    assert not (state_dir / "sandbox.json").exists()
    assert sandbox.down(state_dir) is False


def test_down_where_nothing_ever_was(tmp_path: Path) -> None:
    assert sandbox.down(tmp_path / "none") is False
    assert not (tmp_path / "none").exists()


def test_up_after_kill_9(state_dir: Path) -> None:
    first = sandbox.up(state_dir)
    kill(first)
    assert (state_dir / "sandbox.json").exists()
    assert sandbox.status(state_dir) is None
    second = sandbox.up(state_dir)
    assert second.pid != first.pid
    assert answers(second)


def test_a_stale_file_with_the_pid_of_somebody_else_harms_nobody(state_dir: Path) -> None:
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        state_dir.mkdir()
        stale = {
            "pid": bystander.pid,
            "port": 9,
            "started_at": "2026-01-01T00:00:00+00:00",
            "version": "5.2.5",
        }
        (state_dir / "sandbox.json").write_text(json.dumps(stale))
        (state_dir / "sandbox.json.lock").write_text(str(bystander.pid))
        assert sandbox.status(state_dir) is None
        assert sandbox.down(state_dir) is False
        (state_dir / "sandbox.json").write_text(json.dumps(stale))
        assert sandbox.up(state_dir).pid != bystander.pid
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}'])
def test_an_unreadable_state_file_is_no_sandbox(tmp_path: Path, text: str) -> None:
    (tmp_path / "sandbox.json").write_text(text)
    assert sandbox.status(tmp_path) is None


def test_a_server_that_hangs_is_stopped_and_replaced(state_dir: Path) -> None:
    hung = sandbox.up(state_dir)
    os.kill(hung.pid, signal.SIGSTOP)
    assert sandbox.down(state_dir, timeout_seconds=0.5) is True
    assert sandbox.up(state_dir).pid != hung.pid


def test_two_at_once_start_one(state_dir: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from iam_guardrails.adapters import sandbox;"
        "s = sandbox.up(Path(sys.argv[1])); print(s.pid, s.port)"
    )

    def start(_: int) -> str:
        done = subprocess.run(
            [sys.executable, "-c", code, str(state_dir)],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    with ThreadPoolExecutor(3) as pool:
        told = set(pool.map(start, range(3)))
    found = sandbox.status(state_dir)
    assert found is not None
    assert told == {f"{found.pid} {found.port}"}


def test_an_up_that_was_killed_leaves_a_server_for_the_next(state_dir: Path) -> None:
    """The server outlives the `up` that started it and may not answer yet: the next `up` waits for it."""
    state_dir.mkdir()
    orphan = subprocess.Popen(
        [sys.executable, "-m", "iam_guardrails.emulator", "--ready-file", str(state_dir / "sandbox.json")],
        env={"PYTHONPATH": str(ROOT)},
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 30
    while not (state_dir / "sandbox.json.lock").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert sandbox.up(state_dir).pid == orphan.pid
    sandbox.down(state_dir)
    orphan.wait(10)


def test_a_server_that_cannot_start_is_told_in_one_sentence(state_dir: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken" / "moto"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("raise ImportError('no moto here')")
    begun = time.monotonic()
    with pytest.raises(SandboxError, match="no moto here") as told:
        sandbox.up(state_dir, inherited=os.environ | {"PYTHONPATH": str(broken.parent)})
    assert "\n" not in str(told.value)
    assert time.monotonic() - begun < 20


def test_a_state_directory_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SandboxError, match="choose another"):
        sandbox.up(tmp_path / "file" / "state")


def client(found: Sandbox, service: str, account_id: str = ACCOUNT, region: str = "us-east-2") -> Any:
    names = sandbox.environment(found, account_id, region)
    return boto3.client(
        service,
        region_name=names["AWS_REGION"],
        endpoint_url=names["AWS_ENDPOINT_URL"],
        aws_access_key_id=names["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=names["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=names["AWS_SESSION_TOKEN"],
    )


@pytest.mark.parametrize("account_id", ["111111111111", "222222222222", ACCOUNT])
def test_the_environment_leads_into_the_account(running: Sandbox, account_id: str) -> None:
    who = client(running, "sts", account_id).get_caller_identity()
    assert who["Account"] == account_id
    assert who["Arn"] == f"arn:aws:sts::{account_id}:assumed-role/OrganizationAccountAccessRole/sandbox"


def test_a_child_process_reaches_the_account_with_its_environment_alone(running: Sandbox) -> None:
    """Also S3 Control, whose client puts the account id before the host; and nothing of the base leaks in."""
    base = {
        "PATH": os.environ["PATH"],
        "AWS_PROFILE": "mine",
        "AWS_CA_BUNDLE": "none.pem",
        "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:9",
        "NO_PROXY": "127.0.0.1",
        "http_proxy": "http://127.0.0.1:9",
    }
    names = sandbox.child_environment(base, running, ACCOUNT, "us-east-2")
    assert not {"AWS_PROFILE", "AWS_CA_BUNDLE", "AWS_ENDPOINT_URL_STS", "NO_PROXY", "http_proxy"} & set(names)
    assert names["PATH"] == base["PATH"]
    code = (
        "import boto3; print(boto3.client('sts').get_caller_identity()['Account']);"
        "c = boto3.client('s3control'); b = dict(BlockPublicAcls=True, IgnorePublicAcls=True,"
        " BlockPublicPolicy=True, RestrictPublicBuckets=True);"
        f"c.put_public_access_block(AccountId='{ACCOUNT}', PublicAccessBlockConfiguration=b);"
        f"print(c.get_public_access_block(AccountId='{ACCOUNT}')['PublicAccessBlockConfiguration'] == b)"
    )
    done = subprocess.run([sys.executable, "-c", code], env=names, capture_output=True, text=True, check=False)
    assert (done.stdout.split(), done.stderr) == ([ACCOUNT, "True"], "")


def test_names_to_remove() -> None:
    names = ["PATH", "AWS_PROFILE", "AWS_CA_BUNDLE", "NO_PROXY", "HTTPS_PROXY", "HTTP_PROXY"]
    expected = {"AWS_PROFILE", "AWS_CA_BUNDLE", "NO_PROXY", "HTTP_PROXY"}
    assert sandbox.names_to_remove(names) == expected


@pytest.mark.parametrize("account_id", ["", "12345678901", "prod", "²22222222222"])
def test_an_account_id_has_twelve_digits(running: Sandbox, account_id: str) -> None:
    with pytest.raises(SandboxError, match="twelve digits"):
        sandbox.environment(running, account_id, "us-east-2")


def test_the_environment_of_a_sandbox_that_is_gone(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        gone = Sandbox(tmp_path, 1, free.getsockname()[1], "", "")
    with pytest.raises(SandboxError, match="sandbox up"):
        sandbox.environment(gone, ACCOUNT, "us-east-2")


def test_seed_owner_mfa_gives_each_owner_one_device(running: Sandbox) -> None:
    iam = client(running, "iam")
    for name in ("alice", "bob"):
        iam.create_user(UserName=name)
    iam.create_virtual_mfa_device(VirtualMFADeviceName="bob")  # left by a demo that was interrupted
    serials = sandbox.seed_owner_mfa(running, ACCOUNT, ["alice", "bob"])
    assert serials == (f"arn:aws:iam::{ACCOUNT}:mfa/alice", f"arn:aws:iam::{ACCOUNT}:mfa/bob")
    assert sandbox.seed_owner_mfa(running, ACCOUNT, ["alice", "bob"]) == serials
    held = [d["SerialNumber"] for d in iam.list_mfa_devices(UserName="alice")["MFADevices"]]
    assert held == [serials[0]]
    with pytest.raises(SandboxError, match="no IAM user carol"):
        sandbox.seed_owner_mfa(running, ACCOUNT, ["carol"])


def test_totp_shows_the_codes_of_rfc_6238() -> None:
    seed = b"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # "12345678901234567890" in base32
    assert [totp(seed, at) for at in (59, 1111111109, 20000000000)] == ["287082", "081804", "353130"]


def test_import_loads_neither_boto3_nor_moto() -> None:
    code = "import sys, iam_guardrails.adapters.sandbox; print({'boto3', 'botocore', 'moto'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "set()"
