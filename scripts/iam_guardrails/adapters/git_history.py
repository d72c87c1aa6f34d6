"""Commits that changed what is deployed: modules/ and envs/, with their differences."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from iam_guardrails.adapters.git import git_output
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.review.weekly import Commit

PATHS = ("modules", "envs")
_MARK = "\x1e"
MOST_BYTES = 50_000_000


def commits(root: Path, since: datetime, until: datetime) -> tuple[Commit, ...]:
    """Those of the branch that is checked out, by the time they came to it, oldest first. Raises Problem."""
    words = [
        "log", "--first-parent", "-m", "--patch", "--no-color", "--no-ext-diff", "--unified=3",
        f"--since={since.isoformat()}", f"--until={until.isoformat()}", f"--format={_MARK}%H%x1f%cI%x1f%s", "--",
        *(f"{path}/*.{kind}" for path in PATHS for kind in ("tf", "tfvars", "json")),
    ]  # fmt: skip
    said = git_output(root, *words, fails="git tells no history")
    if len(said) > MOST_BYTES:
        raise Problem(f"the commits of the window hold more than {MOST_BYTES // 1_000_000} MB; choose a shorter one")
    text = said.decode("utf-8", "replace")
    return tuple(_commit(part) for part in reversed(text.split(_MARK)[1:]))


def _commit(part: str) -> Commit:
    head, _, text = part.partition("\n")
    identifier, at, subject = head.split("\x1f", 2)
    return Commit(identifier, datetime.fromisoformat(at), subject, text)
