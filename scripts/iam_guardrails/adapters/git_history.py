"""Commits that were merged and change what is deployed, with what they change of what Terraform declares."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from iam_guardrails.adapters.git import git_output
from iam_guardrails.adapters.git_trees import MOST_BYTES, PATHS, Trees, merged_branch
from iam_guardrails.adapters.terraform_source.changes import differences
from iam_guardrails.adapters.terraform_source.configuration import Configuration, configuration_of
from iam_guardrails.adapters.terraform_source.sources import Known, Sources
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.review.weekly import Commit

_KINDS = ("tf", "tfvars", "json", "tftpl", "tpl")
_MARK = "\x1e"
KIND = "aws_iam_"


def commits(root: Path, environment: str, since: datetime, until: datetime, known: Known) -> tuple[Commit, ...]:
    """Those of the branch that counts as merged, by the time they came to it, oldest first.

    known: what data sources tell (terraform_source.configuration.Sources).  Raises Problem.
    """
    words = [
        "log", "--first-parent", "-m", "--patch", "--no-color", "--no-ext-diff", "--unified=3",
        f"--since={since.isoformat()}", f"--until={until.isoformat()}", f"--format={_MARK}%H%x1f%P%x1f%cI%x1f%s",
        merged_branch(root), "--", *(f"{path}/*.{kind}" for path in PATHS for kind in _KINDS),
    ]  # fmt: skip
    said = git_output(root, *words, fails="git tells no history")
    if len(said) > MOST_BYTES:
        raise Problem(f"the commits of the window hold more than {MOST_BYTES // 1_000_000} MB; choose a shorter one")
    parts = reversed(said.decode("utf-8", "replace").split(_MARK)[1:])
    declaring = _Declaring(root, environment, known)
    return tuple(_commit(part, declaring) for part in parts)


def _commit(part: str, declaring: _Declaring) -> Commit:
    head, _, text = part.partition("\n")
    identifier, parents, at, subject = head.split("\x1f", 3)
    before, broken_before = declaring.at(parents.split()[0]) if parents else (Configuration(), {})
    after, broken = declaring.at(identifier)
    unread = {path: why for path, why in broken.items() if broken_before.get(path) != why}
    return Commit(identifier, datetime.fromisoformat(at), subject, text, differences(before, after),
                  tuple(f"{path}: {why}" for path, why in sorted(unread.items())))  # fmt: skip


class _Declaring:
    """What an environment declares of IAM, at one commit after another."""

    def __init__(self, root: Path, environment: str, known: Known) -> None:
        self._trees, self._folder, self._known = Trees(root), f"envs/{environment}", known
        self._last: dict[str, tuple[Configuration, dict[str, str]]] = {}

    def at(self, commit: str) -> tuple[Configuration, dict[str, str]]:
        """What it declares, and the files that are not understood, with the reason. Raises Problem."""
        if commit not in self._last:
            broken: dict[str, str] = {}
            found = configuration_of(Sources(self._trees.at(commit), self._known, broken), self._folder, KIND)
            self._last = {**dict(list(self._last.items())[-1:]), commit: (found, broken)}
        return self._last[commit]
