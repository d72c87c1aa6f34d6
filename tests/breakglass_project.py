"""A project with one environment, prod, for the tests of the break-glass procedure."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

ACCOUNT = "333333333333"
PRIMARY, BACKUP = "prod-breakglass-primary", "prod-breakglass-backup"
EXPECTED = f"""
account_id = "{ACCOUNT}"
environment = "prod"
home_region = "us-east-2"

[breakglass]
role_names = ["prod-breakglass-admin"]
people = [
  "arn:aws:iam::{ACCOUNT}:user/breakglass/{PRIMARY}",
  "arn:aws:iam::{ACCOUNT}:user/breakglass/{BACKUP}",
]
identity_center = {{ permission_set = "EmergencyAccess", home_region = "us-east-2", users = ["alex@example.com"] }}
incident_id_pattern = "INC-*"
"""
SECONDS = 60.0
NOBODY = "http://127.0.0.1:9"
"""An endpoint at which nobody answers: AWS in an emergency without a network."""


def make(root: Path, expected: str = EXPECTED) -> Path:
    """Write the project into `root`; returns it."""
    folder = root / "envs" / "prod"
    folder.mkdir(parents=True)
    (root / "modules").mkdir()
    (folder / "main.tf").write_text("")
    (folder / "guardrails.toml").write_text(expected)
    return root


def environ(**more: str) -> dict[str, str]:
    """The environment of a command: no credentials of ours, and AWS that does not answer."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "GUARDRAILS_"))}
    return kept | {
        "AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nobody", "AWS_ENDPOINT_URL": NOBODY,
        "AWS_EC2_METADATA_DISABLED": "true", "GIT_CONFIG_GLOBAL": os.devnull, "AWS_MAX_ATTEMPTS": "1",
    } | more  # fmt: skip


def guardrails(root: Path, *words: str, variables: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command with no terminal."""
    return subprocess.run(
        [sys.executable, "-m", "iam_guardrails", "--root", str(root), *words], cwd=root, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=120, env=environ() if variables is None else dict(variables),
    )  # fmt: skip


class Terminal:
    """A terminal of 80 columns with a program in it."""

    def __init__(self, root: Path, *words: str, **variables: str) -> None:
        given = environ() | {"TERM": "xterm", "COLUMNS": "80"} | variables
        self.child, self.file = pty.fork()
        if self.child == 0:
            try:
                signal.signal(signal.SIGINT, signal.SIG_DFL)  # as a login shell's child has it
                os.chdir(root)
                os.execve(sys.executable, [sys.executable, "-m", "iam_guardrails", *words], given)
            finally:
                os._exit(127)  # never on as a second test run
        self.seen = ""

    def until(self, mark: str) -> None:
        """Read until something stands there."""
        self._read(lambda: mark in self.seen)
        assert mark in self.seen, self.seen

    def type(self, text: str) -> None:
        """Type a line."""
        os.write(self.file, f"{text}\n".encode())

    def end(self) -> int:
        """Read to the end; returns the exit code."""
        self._read(lambda: False)
        return os.waitstatus_to_exitcode(os.waitpid(self.child, 0)[1])

    def _read(self, enough: Callable[[], bool]) -> None:
        deadline = time.monotonic() + SECONDS
        while not enough():
            if time.monotonic() > deadline:
                os.kill(self.child, signal.SIGKILL)
                raise AssertionError(f"nothing more came: {self.seen}")
            if select.select([self.file], [], [], 0.2)[0]:
                try:
                    self.seen += os.read(self.file, 4096).decode()
                except OSError:  # how Linux tells that the other side is gone
                    return
