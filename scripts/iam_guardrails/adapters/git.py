"""What git says of a repository."""

from __future__ import annotations

import subprocess
from pathlib import Path

from iam_guardrails.model.problem import Problem


def git_output(
    folder: Path, *words: str, fails: str, missing: str = "", remedy: str = "", given: bytes | None = None
) -> bytes:  # fmt: skip
    """What `git WORDS` prints, run in a folder. Raises Problem where git cannot be run or refuses.

    fails: the beginning of that sentence ("git tells no history").  missing: what to do where there is no git, and
    remedy: where it refuses; each with its sign before it, or "".  given: what it reads from its standard input.
    """
    try:
        ran = subprocess.run(["git", "-C", str(folder), *words], input=given, capture_output=True, check=False)
    except OSError as error:
        raise Problem(f"git cannot be run ({error.strerror}){missing}") from None
    if ran.returncode:
        said = ran.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or ["it said nothing"]
        raise Problem(f"{fails}: {said[0][:200]}{remedy}")
    return ran.stdout
