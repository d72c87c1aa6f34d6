"""The sandbox's process: starting, finding and stopping the embedded AWS of one state directory.

Files in the state directory: `sandbox.json` (pid, port, started_at, version; written by the server once it
answers), `sandbox.json.lock` (held by the server while it lives), `sandbox.up.lock` (held during up and
down), `sandbox.log` (what the server says).
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import iam_guardrails
from iam_guardrails.model.problem import Problem

HOST = "127.0.0.1"
_STATE, _LOG = "sandbox.json", "sandbox.log"
_HEALTH = "/guardrails-health"
_POLL_SECONDS = 0.05


class SandboxError(Problem):
    """The sandbox cannot do what was asked; the message is one sentence that says what to do."""


@dataclass(frozen=True)
class Sandbox:
    """A running embedded AWS. `started_at` is ISO 8601 UTC, `version` is moto's."""

    state_dir: Path
    pid: int
    port: int
    started_at: str
    version: str

    @property
    def endpoint(self) -> str:
        """The URL for AWS_ENDPOINT_URL."""
        return f"http://{HOST}:{self.port}"

    @property
    def log_file(self) -> Path:
        """Where the server writes."""
        return self.state_dir / _LOG


@dataclass(frozen=True)
class Clock:
    """The passing of time, as this module needs it."""

    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


def up(
    state_dir: Path,
    clock: Clock = Clock(),  # frozen: one value for all calls is what is meant
    *,
    timeout_seconds: float = 60.0,
    inherited: Mapping[str, str] | None = None,
) -> Sandbox:
    """Start the embedded AWS, or find the one that is running; safe to call from two processes at once.

    state_dir: made when missing.   inherited: the environment that the server process gets (default: ours),
    less AWS_*, MOTO_* and proxies for plain HTTP.   Errors: SandboxError.
    """
    with _exclusively(state_dir, clock, timeout_seconds):
        running = status(state_dir)
        if running is not None:
            return running
        if _server_lives(state_dir):
            return _wait(state_dir, None, clock, timeout_seconds)
        (state_dir / _STATE).unlink(missing_ok=True)
        process = _start(state_dir, os.environ if inherited is None else inherited)
        return _wait(state_dir, process, clock, timeout_seconds)


def status(state_dir: Path) -> Sandbox | None:
    """The running sandbox, or None. What a dead server left, whoever has its pid now, counts as None."""
    if not _server_lives(state_dir):
        return None
    try:
        facts = json.loads((state_dir / _STATE).read_text(encoding="utf-8"))
        sandbox = Sandbox(state_dir, facts["pid"], facts["port"], facts["started_at"], facts["version"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    told = _health(sandbox)
    return sandbox if (told.get("pid"), told.get("started_at")) == (sandbox.pid, sandbox.started_at) else None


def down(
    state_dir: Path,
    clock: Clock = Clock(),
    *,
    timeout_seconds: float = 10.0,
) -> bool:
    """Stop the server, also one that no longer answers, and clean up. False when none was running.

    Errors: SandboxError when it cannot be stopped.
    """
    if not state_dir.is_dir():
        return False
    with _exclusively(state_dir, clock, timeout_seconds):
        was_there = _server_lives(state_dir)
        if was_there:
            _stop(state_dir, clock, timeout_seconds)
        (state_dir / _STATE).unlink(missing_ok=True)
        return was_there


@contextmanager
def _exclusively(state_dir: Path, clock: Clock, timeout_seconds: float) -> Iterator[None]:
    try:
        state_dir.mkdir(parents=True, exist_ok=True)
        file = (state_dir / "sandbox.up.lock").open("a")
    except OSError as error:
        raise SandboxError(f"{state_dir} cannot be written ({error.strerror}): choose another.") from error
    with file:
        deadline = clock.monotonic() + timeout_seconds
        while not _lock(file):
            if clock.monotonic() > deadline:
                raise SandboxError(f"Another process starts or stops the sandbox in {state_dir}: wait for it.")
            clock.sleep(_POLL_SECONDS)
        yield


def _lock(file: Any, kind: int = fcntl.LOCK_EX) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _server_lives(state_dir: Path) -> bool:
    """True while a server process holds its lock. The kernel lets go of it however the process ends.

    Looking takes a shared lock for a moment: lookers do not mistake each other for a server.
    """
    try:
        file = (state_dir / f"{_STATE}.lock").open("r")
    except OSError:
        return False
    with file:
        return not _lock(file, fcntl.LOCK_SH)


def _start(state_dir: Path, base: Mapping[str, str]) -> subprocess.Popen[bytes]:
    unwanted = ("AWS_", "MOTO_", "HTTP_PROXY", "http_proxy")
    inherited = {name: value for name, value in base.items() if not name.startswith(unwanted)}
    package_root = str(Path(iam_guardrails.__file__).resolve().parents[1])
    paths = [package_root, inherited.get("PYTHONPATH", "")]
    inherited["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
    arguments = ["-m", "iam_guardrails.emulator", "--port", "0", "--ready-file", str(state_dir / _STATE)]
    with (state_dir / _LOG).open("wb") as log:
        return subprocess.Popen(
            [sys.executable, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=inherited,
            start_new_session=True,
        )


def _wait(state_dir: Path, process: subprocess.Popen[bytes] | None, clock: Clock, timeout_seconds: float) -> Sandbox:
    deadline = clock.monotonic() + timeout_seconds
    while True:
        running = status(state_dir)
        if running is not None:
            return running
        ended = process.poll() is not None if process else not _server_lives(state_dir)
        if ended and not _server_lives(state_dir):
            raise SandboxError(f"The sandbox did not start: {_last_line(state_dir)} (all of it: {_LOG}).")
        if clock.monotonic() > deadline:
            with suppress(SandboxError):
                _stop(state_dir, clock, 5.0)
            raise SandboxError(f"The sandbox did not answer within {timeout_seconds:g} s: read {state_dir / _LOG}.")
        clock.sleep(_POLL_SECONDS)


def _last_line(state_dir: Path) -> str:
    with suppress(OSError):
        lines = (state_dir / _LOG).read_text(encoding="utf-8", errors="replace").strip().splitlines()
        if lines:
            return lines[-1].rstrip(".")
    return "it said nothing"


def _stop(state_dir: Path, clock: Clock, timeout_seconds: float) -> None:
    for number, seconds in ((signal.SIGTERM, timeout_seconds), (signal.SIGKILL, 5.0)):
        if not _server_lives(state_dir):
            return
        pid = _holder(state_dir)
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        deadline = clock.monotonic() + seconds
        while _server_lives(state_dir) and clock.monotonic() < deadline:
            clock.sleep(_POLL_SECONDS)
        with suppress(ChildProcessError, OSError):
            os.waitpid(pid, os.WNOHANG)
    if _server_lives(state_dir):
        raise SandboxError(f"The sandbox process {_holder(state_dir)} could not be stopped: end it by hand.")


def _holder(state_dir: Path) -> int:
    """The pid that the server wrote into the lock that it still holds: the server's and nobody else's."""
    try:
        return int((state_dir / f"{_STATE}.lock").read_text(encoding="ascii"))
    except (OSError, ValueError) as error:
        raise SandboxError(f"The lock in {state_dir} names no process: remove the directory.") from error


def _health(sandbox: Sandbox) -> dict[str, Any]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(sandbox.endpoint + _HEALTH, timeout=5) as answer:
            told = json.loads(answer.read())
    except (OSError, ValueError, urllib.error.URLError):
        return {}
    return told if isinstance(told, dict) else {}
