"""`guardrails breakglass close`: what was done, whether it is still so, and the review that ends a use."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iam_guardrails.close_wiring import Closing
    from iam_guardrails.incident_wiring import Found
    from iam_guardrails.model.incident.examined import Closed, Examined, Prevention
    from iam_guardrails.model.incident.incident import Incident

Tell = Callable[[str], None]
Put = Callable[[str, str | None], None]


def declare(made: argparse.ArgumentParser) -> None:
    """The arguments."""
    made.add_argument("id", metavar="ID", nargs="?", help="the incident")
    made.add_argument("--source", metavar="SOURCE", default="",
                      help="CloudTrail's records: lookup:REGION,… (default: every enabled Region), a folder,"
                      " s3://bucket/prefix or logs:GROUP@REGION")  # fmt: skip
    made.add_argument("--cache", metavar="FOLDER", default="", help="where facts of files are kept")
    made.add_argument("--wait", metavar="SECONDS", type=int,
                      help="how long after the last call its record is waited for (default: 900)")  # fmt: skip
    made.add_argument("--no-wait", action="store_true", help="do not wait: the review then says it may be incomplete")
    made.add_argument("--incomplete", metavar="REASON", default="",
                      help="close although CloudTrail's records may lack something")  # fmt: skip
    made.add_argument("--profile", metavar="NAME", help="sign in to AWS with it, instead of keys in the environment")
    made.add_argument("--no-terraform", action="store_true", help="do not ask Terraform what it declares")
    made.add_argument(
        "--terraform-plan", metavar="FILE", default="", help="a fresh plan as JSON, instead of making one"
    )
    made.add_argument("--again", action="store_true", help="look again at a use that is closed")
    review = made.add_argument_group("the review; on a terminal it is asked for")
    review.add_argument("--happened", metavar="TEXT", default="", help="what happened")
    review.add_argument("--alarms", metavar="TEXT", default="", help="which alerts arrived, and after how long")
    review.add_argument("--told", metavar="TEXT", default="", help="who was told")
    review.add_argument("--prevent", metavar="TEXT", action="append", default=[],
                        help="what makes the next use unnecessary; with --owner and --due; repeatable")  # fmt: skip
    review.add_argument("--owner", metavar="NAME", action="append", default=[], help="of the --prevent before it")
    review.add_argument("--due", metavar="DAY", action="append", default=[], help="of the --prevent before it")
    review.add_argument("--no-prevention", metavar="REASON", default="", help="why nothing is to be done")
    review.add_argument("--review", metavar="FILE", default="", help="all of that as a TOML file")
    made.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    made.add_argument("--output", metavar="FILE", help="write the examination there instead of to stdout")


def run(given: argparse.Namespace, find_root: Callable[[argparse.Namespace], Path], tell: Tell, put: Put) -> int:
    """Examine, and close where nothing stays open; returns the exit code. Raises Problem."""
    from time import sleep

    from iam_guardrails import incident_wiring
    from iam_guardrails.close_wiring import closing_for

    root = find_root(given)
    _actions(given, ())  # what is wrong with them is said before anything is waited for
    found = incident_wiring.find(root, given.id, given.sandbox, given.store, tell)
    if not found.incident.is_open and not given.again:
        return _finish(root, found, given, put)
    refusal = _alive(found, given.sandbox)
    if refusal:
        put(refusal + "\n", None)
        return 1
    closing = closing_for(
        root, found, given.sandbox, tell, now=incident_wiring.now, wait=sleep, source=given.source,
        wait_seconds=given.wait, terraform=not given.no_terraform, plan_file=given.terraform_plan, cache=given.cache,
        profile=given.profile,
    )  # fmt: skip
    return _examine(root, closing, given, put)


def _alive(found: Found, sandbox: bool) -> str:
    from iam_guardrails.incident_wiring import now
    from iam_guardrails.model.incident.window import alive

    sessions = alive(found.incident, now())
    if not sessions:
        return ""
    until = max(item.expires_at for item in sessions)
    return (
        f"{len(sessions)} session{'s' if len(sessions) > 1 else ''} of {found.incident.id} can be used until"
        f" {until:%H:%M:%S} UTC; end them first: guardrails breakglass exit {found.incident.id}"
        f"{' --sandbox' if sandbox else ''}"
    )


def _examine(root: Path, closing: Closing, given: argparse.Namespace, put: Put) -> int:
    from iam_guardrails.incident_wiring import Found
    from iam_guardrails.model.problem import Problem

    try:
        examined = closing.examination(waits=not given.no_wait)
    except KeyboardInterrupt:
        raise Problem("stopped; nothing was changed: repeat, or give --no-wait to see what there is now") from None
    incident = closing.keep(examined)
    found = Found(closing.found.environment, closing.found.records, incident)
    code, closing_line = _verdict(incident, examined, given)
    if code or not incident.is_open:
        _show(found, examined, closing_line, code, given, put)
        return code
    review = _review(given, incident)
    if isinstance(review, str):
        _show(found, examined, review, 1, given, put)
        return 1
    from iam_guardrails.model.incident.step import CLOSED

    latest = found.records.load(incident.id)  # somebody else may have closed it while this one was looking
    made = found.records.append(incident.id, CLOSED, review) if latest.is_open else latest
    found = Found(found.environment, found.records, made)
    return _finish(root, found, given, put, examined)


def _verdict(incident: Incident, examined: Examined, given: argparse.Namespace) -> tuple[int, str]:
    """The exit code, and what to do next."""
    from iam_guardrails.model.incident.settle import unsettled

    open_items, doubts = unsettled(examined.items)
    flag = " --sandbox" if given.sandbox else ""
    again = "" if incident.is_open else " --again"
    state = "stays open" if incident.is_open else "is closed, and this is open again"
    waits = given.incomplete or (given.no_wait and all("may deliver" in why for why in examined.incomplete))
    if open_items:
        return 1, (
            f"{len(open_items)} open, {len(doubts)} not judged: {incident.id} {state}\n"
            f"to let one stay: guardrails breakglass accept {incident.id} {open_items[0].id}\n"
            f"  --owner NAME --ticket TICKET --until DAY --reason WHY{flag}\n"
            f"next: undo each, then guardrails breakglass close {incident.id}{again}{flag}"
        )
    if doubts:
        return 2, (
            f"{len(doubts)} not judged: {incident.id} stays open; look yourself and say so (breakglass reverted), or"
            f" accept it: guardrails breakglass accept {incident.id} {doubts[0].id} --owner NAME --ticket TICKET"
            f" --until DAY --reason WHY{flag}"
        )
    if examined.incomplete and not waits and incident.is_open:
        return 2, (
            f"not judged whether that is all: {'; '.join(examined.incomplete)}; {incident.id} stays open: repeat later,"
            " give another --source, or close with --incomplete REASON"
        )
    return 0, "nothing stays open"


def _review(given: argparse.Namespace, incident: Incident) -> Closed | str:
    """The review, or what it still lacks. Raises Problem where something in it is wrong."""
    from iam_guardrails.adapters.review_file import ReviewFile, read_review
    from iam_guardrails.model.incident.examined import Closed
    from iam_guardrails.model.incident.step import EXAMINED

    told = read_review(given.review) if given.review else ReviewFile()
    actions = _actions(given, told.prevention)
    happened, none = given.happened or told.what_happened, given.no_prevention or told.no_prevention
    if sys.stdin.isatty() and sys.stderr.isatty():
        happened = happened or _asked("What happened, and what was done? ")
        actions = actions or (() if none else _asked_actions())
        none = none or ("" if actions else _asked("Nothing to prevent? Why not: "))
    lacks = [] if happened.strip() else ["what happened (--happened TEXT)"]
    if not actions and not none.strip():
        lacks.append("a prevention action (--prevent TEXT --owner NAME --due DAY), or why there is none"
                     " (--no-prevention REASON)")  # fmt: skip
    if lacks:
        return f"nothing stays open, but the review lacks {' and '.join(lacks)}; {incident.id} stays open until then"
    return Closed(
        happened.strip(), incident.of(EXAMINED)[-1].number, tuple(actions), none.strip() if not actions else "",
        _why_incomplete(given), given.alarms or told.alarms, given.told or told.told_to,
    )  # fmt: skip


def _why_incomplete(given: argparse.Namespace) -> str:
    return given.incomplete.strip() or ("it was closed without waiting" if given.no_wait else "")


def _actions(given: argparse.Namespace, more: Sequence[tuple[str, str, str]]) -> tuple[Prevention, ...]:
    from iam_guardrails.close_wiring import today
    from iam_guardrails.model.incident.review import prevention_of
    from iam_guardrails.model.problem import Problem

    if not len(given.prevent) == len(given.owner) == len(given.due):
        raise Problem("every --prevent needs an --owner and a --due of its own, and none stands without a --prevent")
    listed = [*zip(given.prevent, given.owner, given.due, strict=True), *more]
    return tuple(prevention_of(text, owner, due, today()) for text, owner, due in listed)


def _asked(question: str) -> str:
    sys.stderr.write(question)
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:
        from iam_guardrails.model.problem import Problem

        raise Problem("no answer was given: the review is not written; repeat, or give it as options or --review FILE")
    return line.strip()


def _asked_actions() -> tuple[Prevention, ...]:
    from iam_guardrails.close_wiring import today
    from iam_guardrails.model.incident.review import prevention_of
    from iam_guardrails.model.problem import Problem

    found: list[Prevention] = []
    while text := _asked("What makes the next use unnecessary (empty: no more)? "):
        owner = _asked("  Who does it? ")
        while True:  # a slip of the pen loses no answer
            try:
                found.append(prevention_of(text, owner, _asked("  Until which day (2026-03-31)? "), today()))
                break
            except Problem as problem:
                sys.stderr.write(f"  {problem}\n")
                if not owner.strip():
                    owner = _asked("  Who does it? ")
    return tuple(found)


def _finish(root: Path, found: Found, given: argparse.Namespace, put: Put, examined: Examined | None = None) -> int:
    """Write the dossier and the entry of a closed use: also what an earlier run was stopped before."""
    from iam_guardrails.close_wiring import today, write_dossier
    from iam_guardrails.model.incident.examined import Examined
    from iam_guardrails.model.incident.review import late
    from iam_guardrails.model.incident.step import EXAMINED

    path, log, _ = write_dossier(root, found, given.sandbox)
    overdue = late(found.incident, today())
    line = f"{found.incident.id} is closed; read {path}, and send {log.name} with the records for review"
    if overdue:
        line = "\n".join([f"late: {item.what} ({item.owner}, {item.due})" for item in overdue] + [line])
    last = found.incident.contents(EXAMINED, Examined)
    _show(found, examined or last[-1], line, 1 if overdue else 0, given, put)
    return 1 if overdue else 0


def _show(found: Found, examined: Examined, line: str, code: int, given: argparse.Namespace, put: Put) -> None:
    from iam_guardrails.reports.dossier import text

    if given.format == "json":
        put(text.as_json(found.environment, found.incident, examined, line, code), given.output)
    else:
        put(text.render(found.incident, examined, line), given.output)
