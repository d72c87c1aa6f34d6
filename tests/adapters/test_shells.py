"""What the shell inside a session uses, whatever the user's own files say."""

from __future__ import annotations

import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from iam_guardrails.adapters.shells import start_of
from iam_guardrails.model.incident.child import SESSION, child_environment
from iam_guardrails.model.incident.entry import Keys

OWN = (
    "export AWS_PROFILE=dev AWS_REGION=eu-west-1 AWS_DEFAULT_REGION=eu-west-1\n"
    "export AWS_ACCESS_KEY_ID=another AWS_SECRET_ACCESS_KEY=another\n"
    "unset AWS_SESSION_TOKEN\n"
    "alias aws='aws --profile dev'\n"
)
SHOWN = "GUARDRAILS_INCIDENT", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION"


def said(tmp_path: Path, shell: str, own: str, typed: str) -> str:
    """What a shell prints whose user has `own` in the files it reads."""
    path = shutil.which(shell)
    if path is None:
        pytest.skip(f"{shell} is not installed")
    home = tmp_path / "home"
    (home / ".config" / "fish").mkdir(parents=True)
    for name in (".bashrc", ".zshrc", ".profile", ".config/fish/config.fish"):
        (home / name).write_text(own)
    base = {"PATH": os.environ["PATH"], "HOME": str(home), "TERM": "dumb", "ENV": str(home / ".profile")}
    end = datetime(2026, 11, 29, 5, tzinfo=UTC)
    given = child_environment(base, Keys("key", "secret", "token"), "us-east-2", end, "INC-1")
    start = start_of(path, "prod INC-1", 1800, "05:00 UTC", False, str(home), str(tmp_path))
    try:
        done = subprocess.run(
            start.arguments, env={**given, **start.variables}, input=typed, text=True, capture_output=True, check=True
        )
    finally:
        start.clean()
    return done.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "dash"])
def test_the_session_counts_after_the_users_own_files(tmp_path: Path, shell: str) -> None:
    asked = " ".join(f'"${name}"' for name in SHOWN)
    own = (
        OWN if shell != "fish" else "set -gx AWS_PROFILE dev; set -gx AWS_REGION eu-west-1; set -e AWS_SESSION_TOKEN\n"
    )
    lines = said(tmp_path, shell, own, f'echo told {asked} "profile=$AWS_PROFILE"\nexit\n').splitlines()
    assert "told INC-1 key secret token us-east-2 profile=" in lines


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_no_alias_of_the_user_leads_elsewhere_and_no_copy_of_a_secret_stays(tmp_path: Path, shell: str) -> None:
    shown = said(tmp_path, shell, OWN, "alias\nset\nexit\n")
    assert "--profile" not in shown
    assert [line.partition("=")[0] for line in shown.splitlines() if line.endswith(("=secret", "=token"))] == [
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
    ]


@pytest.mark.parametrize("shell", ["bash", "zsh"])
@pytest.mark.parametrize(
    ("typed", "mark"),
    [
        ("", "[prod INC-1 "),
        ("export AWS_REGION=eu-west-1", " in eu-west-1]"),
        ("unset AWS_REGION", " in no Region]"),
        ("export AWS_PROFILE=dev", "[prod INC-1: OTHER CREDENTIALS]"),
        ("export AWS_ACCESS_KEY_ID=another", "[prod INC-1: OTHER CREDENTIALS]"),
    ],
)
def test_the_prompt_says_where_the_session_no_longer_counts(tmp_path: Path, shell: str, typed: str, mark: str) -> None:
    shown = said(tmp_path, shell, "", f'{typed}\n__guardrails_count\necho "told $__guardrails_mark"\nexit\n')
    told = next(line for line in shown.splitlines() if line.startswith("told "))
    assert mark in told
    assert ("in " in told, "OTHER" in told) == (" in " in mark, "OTHER" in mark)


def test_what_a_shell_sets_again_is_what_a_session_gives() -> None:
    end = datetime(2026, 11, 29, 5, tzinfo=UTC)
    assert tuple(child_environment({}, Keys("key", "secret", "token"), "us-east-2", end, "INC-1")) == SESSION
