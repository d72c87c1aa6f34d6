"""Handing in the record of a closed use: what is committed, and who has to approve it.

Source: the procedure "IAM access review cadence and break-glass", section 4 step 5 (an entry in Change_Log.md) and
section 6 (a primary and a backup owner). The command is git's: git-commit with a pathspec takes only what it names.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from itertools import count

from iam_guardrails.model.incident.incident import Incident
from iam_guardrails.model.incident.step import ENTERED, Entered
from iam_guardrails.model.value import frozen


@frozen
class Repository:
    """The project as git has it. folder: how a person names it from the current folder, "" where it is that one.

    pending: whether something of the record is not committed.  branch: the current one.  branches: those on which
    records were handed in, here and at the remotes.
    """

    folder: str
    pending: bool
    branch: str
    branches: frozenset[str] = frozenset()


def branch_of(incident: Incident, where: Repository) -> str:
    """The branch on which a record is handed in: the current one where it is of this record, else one that is not there
    yet, since the record may have changed after it was handed in."""
    names = (f"record/{incident.id}{f'-{number}' if number > 1 else ''}" for number in count(1))
    return next(name for name in names if name == where.branch or name not in where.branches)


def commit_command(incident: Incident, where: Repository, paths: Iterable[str]) -> str:
    """What commits these files, and nothing else, on a branch of their own, and pushes it. paths: git's pathspecs."""
    git = f"git -C {shlex.quote(where.folder)}" if where.folder else "git"
    files, branch = shlex.join(paths), branch_of(incident, where)
    message = shlex.quote(f"Record of {incident.id}")
    switch = [] if where.branch == branch else [f"{git} switch -c {branch}"]
    return " && ".join([*switch, f"{git} add -- {files}", f"{git} commit -m {message} -- {files}",
                        f"{git} push -u origin {branch}"])  # fmt: skip


def signers(incident: Incident, people: Iterable[str]) -> tuple[str, ...]:
    """Who may approve it: of the people who may enter, those who neither declared the use nor entered."""
    took_part = {incident.opened.person, *(item.session_name for item in incident.contents(ENTERED, Entered))}
    return tuple(name for name in people if name not in took_part)
