"""The Terraform text of a repository at a commit, and the branch that counts as merged."""

from __future__ import annotations

from pathlib import Path

from iam_guardrails.adapters.git import git_output
from iam_guardrails.model.problem import Problem

BRANCHES = ("origin/HEAD", "origin/main", "origin/master", "main", "master")
"""What counts as merged: the first of these that there is. What is pushed comes before what is not."""
PATHS = ("modules", "envs")
ENDINGS = (".tf", ".tfvars")
BESIDE = (".json", ".tftpl", ".tpl")
"""Files that Terraform's text reads (`file`, `templatefile`); of PATHS only."""
MOST_BYTES = 50_000_000


def merged_branch(root: Path) -> str:
    """The name of the branch whose commits are merged. Raises Problem where there is none, or no whole history."""
    shallow = git_output(root, "rev-parse", "--is-shallow-repository", fails="git tells no branches")
    if shallow.strip() == b"true":  # its first commit would seem to add everything
        raise Problem("the repository is a shallow clone, which does not tell what its commits change; fetch the rest:"
                      " git fetch --unshallow")  # fmt: skip
    said = git_output(root, "for-each-ref", "--format=%(refname)", "refs/heads", "refs/remotes/origin",
                      fails="git tells no branches").decode("utf-8", "replace").split()  # fmt: skip
    for name in BRANCHES:
        full = f"refs/{'remotes' if name.startswith('origin/') else 'heads'}/{name}"
        if full in said:
            return full
    raise Problem(f"git knows none of the branches {', '.join(BRANCHES)}, so that nothing says what was merged; fetch"
                  " the default branch: git fetch origin main:refs/remotes/origin/main")  # fmt: skip


class Trees:
    """Texts by path, of one commit after another; a blob that several have is read once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._texts: dict[str, str] = {}

    def at(self, commit: str) -> dict[str, str]:
        """Every file of a commit that holds Terraform's text or that it reads, by its path. Raises Problem."""
        listed = git_output(self._root, "ls-tree", "-r", "-z", commit, fails="git tells no files")
        blobs: dict[str, str] = {}
        for line in listed.decode("utf-8", "surrogateescape").split("\0"):
            about, _, path = line.partition("\t")
            wanted = path.endswith(ENDINGS) or (
                path.endswith(BESIDE) and path.startswith(tuple(f"{one}/" for one in PATHS))
            )
            if wanted and about.split()[1] == "blob":
                blobs[path] = about.split()[2]
        self._read({blob for blob in blobs.values() if blob not in self._texts})
        return {path: self._texts[blob] for path, blob in blobs.items()}

    def _read(self, blobs: set[str]) -> None:
        if not blobs:
            return
        asked = sorted(blobs)
        said = git_output(self._root, "cat-file", "--batch", fails="git gives no files",
                          given="".join(f"{blob}\n" for blob in asked).encode())  # fmt: skip
        at = 0
        for blob in asked:
            end = said.index(b"\n", at)
            size = int(said[at:end].split()[2])
            if size + sum(map(len, self._texts.values())) > MOST_BYTES:
                raise Problem(f"the Terraform text of the commits is more than {MOST_BYTES // 1_000_000} MB")
            self._texts[blob] = said[end + 1 : end + 1 + size].decode("utf-8", "replace")
            at = end + 2 + size
