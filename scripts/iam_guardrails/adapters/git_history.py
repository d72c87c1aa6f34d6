"""Commits that changed what is deployed: modules/ and envs/, with their differences."""

from __future__ import annotations

import subprocess
from datetime import datetime
from pathlib import Path

from iam_guardrails.model.problem import Problem
from iam_guardrails.model.review.weekly import Commit

PATHS = ("modules", "envs")
_MARK = "\x1e"
MOST_BYTES = 50_000_000


def commits(root: Path, since: datetime, until: datetime) -> tuple[Commit, ...]:
    """Those of the branch that is checked out, by the time they came to it, oldest first. Raises Problem."""
    words = [
        "git", "-C", str(root), "log", "--first-parent", "-m", "--patch", "--no-color", "--no-ext-diff", "--unified=3",
        f"--since={since.isoformat()}", f"--until={until.isoformat()}", f"--format={_MARK}%H%x1f%cI%x1f%s", "--",
        *(f"{path}/*.{kind}" for path in PATHS for kind in ("tf", "tfvars", "json")),
    ]  # fmt: skip
    try:
        ran = subprocess.run(words, capture_output=True, check=False)
    except OSError as error:
        raise Problem(f"git cannot be run ({error.strerror})") from None
    if ran.returncode:
        said = ran.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or ["it said nothing"]
        raise Problem(f"git tells no history: {said[0][:200]}")
    if len(ran.stdout) > MOST_BYTES:
        raise Problem(f"the commits of the window hold more than {MOST_BYTES // 1_000_000} MB; choose a shorter one")
    text = ran.stdout.decode("utf-8", "replace")
    return tuple(_commit(part) for part in reversed(text.split(_MARK)[1:]))


def _commit(part: str) -> Commit:
    head, _, text = part.partition("\n")
    identifier, at, subject = head.split("\x1f", 2)
    return Commit(identifier, datetime.fromisoformat(at), subject, text)
