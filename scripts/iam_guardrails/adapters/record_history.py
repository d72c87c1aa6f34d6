"""Records as an earlier commit has them."""

from __future__ import annotations

import subprocess
from pathlib import Path

from iam_guardrails.model.problem import Problem


def names_at(revision: str, folder: Path) -> tuple[str, ...]:
    """The names of the files in a folder at a revision, e.g. "origin/main". Raises Problem where git cannot tell."""
    listed = _git(folder, "ls-tree", "--name-only", "-z", "--", f"{revision}", "./")
    return tuple(name.rpartition("/")[2] for name in listed.split("\0") if name)


def text_at(revision: str, path: Path) -> str:
    """A file's text at a revision. Raises Problem."""
    return _git(path.parent, "show", f"{revision}:./{path.name}")


def _git(folder: Path, *words: str) -> str:
    place = folder
    while not place.is_dir():
        place = place.parent
    below = folder.relative_to(place).as_posix()
    given = [word.replace("./", f"./{below}/" if below != "." else "./", 1) for word in words]
    try:
        ran = subprocess.run(["git", "-C", str(place), *given], capture_output=True, text=True, check=False)
    except OSError as error:
        raise Problem(f"git cannot be run ({error.strerror}): install it, or leave --base out") from None
    if ran.returncode:
        said = ran.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        raise Problem(f"git cannot tell what {words[-1] if 'show' in words else words[3]} holds: {said[0][:200]}")
    return ran.stdout
