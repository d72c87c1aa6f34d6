"""Reviews with their edges: where drafts and records lie, the clock, the people that are known."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from iam_guardrails.adapters.expectations import read_expectations
from iam_guardrails.adapters.place import environment_folder, find_root
from iam_guardrails.adapters.review_drafts import draft_path
from iam_guardrails.incident_wiring import WORK, environments, now
from iam_guardrails.journeys.review_sign import Desk
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.review.calling import Calling
from iam_guardrails.model.review.review import CADENCES

if TYPE_CHECKING:
    from iam_guardrails.model.account import Account
    from iam_guardrails.model.expected import Expected

CHANGE_LOG = "Change_Log.md"


def desk_of(root: Path, environment: str, sandbox: bool) -> Desk:
    """Where the reviews of an environment lie; those of the embedded AWS in the work folder. Raises Problem."""
    folder = environment_folder(root, environment)
    base = root / WORK
    work = base / "sandbox" / environment if sandbox else base / environment
    records = (work if sandbox else folder) / "records"
    log = (records if sandbox else root) / CHANGE_LOG
    shown = "reviews" if sandbox else f"envs/{environment}/records/reviews"
    return Desk(
        environment, records, work, log, base / "change-log.lock", shown, now, make_log=sandbox, sandbox=sandbox,
        calling=calling_of(root, sandbox),
    )  # fmt: skip


def calling_of(root: Path, sandbox: bool) -> Calling:
    """How commands about a project are called from the folder that the reader is in."""
    try:
        here = find_root(Path.cwd())
    except (Problem, OSError):
        return Calling(str(root), sandbox)
    return Calling("" if here == root else str(root), sandbox)


def desks(root: Path, environment: str | None, sandbox: bool) -> list[Desk]:
    """Those of an environment, or of all. Raises Problem."""
    return [desk_of(root, name, sandbox) for name in ([environment] if environment else environments(root))]


def find_draft(root: Path, environment: str | None, cadence: str | None, sandbox: bool) -> tuple[Desk, str]:
    """The place and cadence of the draft that is meant: the only one there is, where words are left out.

    Raises Problem where there are several; where there is none and words are left out.
    """
    if environment and cadence:
        return desk_of(root, environment, sandbox), cadence
    found = [
        (desk, name)
        for desk in desks(root, environment, sandbox)
        for name in ([cadence] if cadence else CADENCES)
        if draft_path(desk.work, name).exists()
    ]
    if len(found) == 1:
        return found[0]
    if not found:
        raise Problem(
            f"no review{f' of {environment}' if environment else ''} waits to be decided or signed; what is due tells:"
            f" {calling_of(root, sandbox).other('review', 'status', *([environment] if environment else []))}"
        )
    there = ", ".join(f"{desk.environment} --cadence {name}" for desk, name in found)
    raise Problem(f"several reviews are not signed yet ({there}): name the one that is meant")


def chain_drawing(account: Account, expected: Expected, today: date, tell: Callable[[str], None]) -> str:
    """The chain from an event to people, drawn as SVG; "" where the capture does not hold it, which is told."""
    from iam_guardrails.reports.chain.svg import render
    from iam_guardrails.rules.chain_report import report_of

    try:
        if "trails" in account.refused:
            raise Problem(account.refused["trails"])
        return render(report_of(account, expected, today, f"chain {expected.environment}, as captured"))
    except Problem as problem:
        tell(f"the report has no picture of the chain: {problem}")
        return ""


def is_known(root: Path, environment: str, name: str) -> bool:
    """Whether guardrails.toml names the person: a principal's ARN or name, or a user of Identity Center."""
    expected = read_expectations(environment_folder(root, environment) / "guardrails.toml")
    users = expected.identity_center.users if expected.identity_center else ()
    names = {*expected.people, *(arn.rpartition("/")[2] for arn in expected.people), *users}
    return name.casefold() in {one.casefold() for one in names}
