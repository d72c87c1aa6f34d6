"""Records as an earlier commit has them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from iam_guardrails.adapters.git import git_output
from iam_guardrails.model.incident.handing import Repository
from iam_guardrails.model.problem import Problem

_RECORDED = ("refs/heads/record/*", "refs/remotes/*/record/*")
"""Git's patterns for the branches on which records are handed in."""


def names_at(revision: str, root: Path, folder: Path) -> tuple[str, ...]:
    """The names of the files in a folder at a revision, e.g. "origin/main".

    root: the project; folder: below it, need not exist today. Raises Problem where git cannot tell.
    """
    below = folder.relative_to(root).as_posix()
    listed = _git(root, revision, "ls-tree", "--name-only", "-z", revision, "--", f"{below}/")
    return tuple(name.rpartition("/")[2] for name in listed.split("\0") if name)


def text_at(revision: str, root: Path, path: Path) -> str:
    """A file's text at a revision. Raises Problem."""
    return _git(root, revision, "show", f"{revision}:./{path.relative_to(root).as_posix()}")


def last_commit(root: Path) -> str:
    """ "HEAD" where the project is in a repository with a commit, "" where it is not, or git cannot be run."""
    try:
        _git(root, "HEAD", "rev-parse", "--quiet", "--verify", "HEAD^{commit}")
    except Problem:
        return ""
    return "HEAD"


def names_ever(root: Path, folder: Path) -> tuple[str, ...]:
    """The names of all files that any commit before the last one had in a folder; none where git cannot tell."""
    words = ("log", "--format=", "--name-only", "--diff-filter=A", "--no-renames", "-m", "-z", "HEAD", "--")
    try:
        listed = _git(root, "HEAD", *words, f"{folder.relative_to(root).as_posix()}/")
    except Problem:
        return ()
    return tuple(sorted({name.strip().rpartition("/")[2] for name in listed.split("\0")} - {""}))


def repository_of(root: Path, paths: Sequence[str], here: Path) -> Repository | None:
    """How the repository of the project stands, None where there is none, or git cannot be run.

    paths: pathspecs below the project.  here: the current folder.
    """
    try:
        changes = _git(root, "HEAD", "status", "--porcelain", "--", *paths)
        branch = _git(root, "HEAD", "branch", "--show-current").strip()
        refs = _git(root, "HEAD", "for-each-ref", "--format=%(refname)", *_RECORDED)
    except Problem:
        return None
    branches = frozenset(f"record/{ref.partition('/record/')[2]}" for ref in refs.split())
    folder = "" if root.resolve() == here.resolve() else str(root)
    return Repository(folder, bool(changes.strip()), branch, branches)


def _git(root: Path, revision: str, *words: str) -> str:
    if revision.startswith("-"):
        raise Problem(f"{revision[:80]!r} is no revision; give a branch, a tag or a commit")
    said = git_output(
        root, *words, fails=f"git does not tell what {revision} holds", missing=": install it, or leave --base out",
        remedy="; fetch it, or leave --base out",
    )  # fmt: skip
    return said.decode("utf-8", "replace")
