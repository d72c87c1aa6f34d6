"""A project with one environment, prod, for the tests of the break-glass procedure."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.terminal import Terminal

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


def on_terminal(root: Path, *words: str, **variables: str) -> Terminal:
    """Run a command on a terminal of 80 columns."""
    given = environ() | {"TERM": "xterm", "COLUMNS": "80"} | variables
    return Terminal([sys.executable, "-m", "iam_guardrails", *words], given, folder=root)
