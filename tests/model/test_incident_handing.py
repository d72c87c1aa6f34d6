"""On which branch a record is handed in."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from tests.incident_records import INCIDENT, incident

from iam_guardrails.adapters.record_history import repository_of
from iam_guardrails.model.incident.handing import Repository, branch_of, commit_command

FIRST = f"record/{INCIDENT}"


@pytest.mark.parametrize(
    ("current", "there", "branch"),
    [
        ("main", set(), FIRST),
        (FIRST, {FIRST}, FIRST),
        ("main", {FIRST}, f"{FIRST}-2"),
        ("main", {FIRST, f"{FIRST}-2"}, f"{FIRST}-3"),
        (f"{FIRST}-2", {FIRST, f"{FIRST}-2"}, f"{FIRST}-2"),
    ],
)
def test_a_record_is_handed_in_on_a_branch_that_is_not_there_yet(current: str, there: set[str], branch: str) -> None:
    where = Repository("", True, current, frozenset(there))
    assert branch_of(incident(), where) == branch
    command = commit_command(incident(), where, ("a",))
    assert command.startswith("git add" if current == branch else f"git switch -c {branch} && ")
    assert command.endswith(f"git push -u origin {branch}")


def test_branches_here_and_at_a_remote_are_known(tmp_path: Path) -> None:
    def git(*words: str) -> None:
        subprocess.run(["git", "-C", str(tmp_path), *words], check=True, capture_output=True)

    git("init", "-q", "-b", "main")
    git("-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-q", "--allow-empty", "-m", "first")
    git("branch", FIRST)
    git("update-ref", f"refs/remotes/origin/{FIRST}-2", "HEAD")
    git("branch", "other")
    found = repository_of(tmp_path, (".",), tmp_path)
    assert found == Repository("", False, "main", frozenset({FIRST, f"{FIRST}-2"}))
