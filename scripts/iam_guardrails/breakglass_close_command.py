"""`guardrails breakglass close`: what was done, whether it is still so, and the review that ends a use."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iam_guardrails.close_wiring import Closing
    from iam_guardrails.incident_wiring import Found
    from iam_guardrails.model.incident.examined import Examined
    from iam_guardrails.reports.dossier.outcome import Outcome

Tell = Callable[[str], None]
Put = Callable[[str, str | None], None]


def declare(made: argparse.ArgumentParser) -> None:
    """The arguments."""
    made.add_argument("id", metavar="ID", nargs="?", help="the incident (default: the one that is open)")
    made.add_argument("--source", metavar="SOURCE",
                      help="CloudTrail's records: lookup:REGION,… (default: every enabled Region), a folder,"
                      " s3://bucket/prefix or logs:GROUP@REGION")  # fmt: skip
    made.add_argument("--cache", metavar="FOLDER", help="where facts of files are kept")
    made.add_argument("--wait", metavar="SECONDS", type=int,
                      help="how long after the last call its record is waited for (default: 900; with less the"
                      " review says that it may be incomplete)")  # fmt: skip
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
    from iam_guardrails import incident_wiring
    from iam_guardrails.close_review_wiring import actions_of
    from iam_guardrails.dossier_wiring import require_files_writable
    from iam_guardrails.model.incident.window import alive
    from iam_guardrails.model.problem import Problem
    from iam_guardrails.reports.dossier import outcome
    from iam_guardrails.trail_source import refuse_empty

    refuse_empty(given)
    root = find_root(given)
    if given.wait is not None and given.wait < 0:
        raise Problem(f"--wait {given.wait} is no time to wait: give a number of seconds, 0 or more")
    actions_of(given, ())  # what is wrong with them is said before anything is waited for
    found = incident_wiring.find(root, given.id, given.sandbox, given.store, tell)
    if not found.incident.is_open and not given.again:
        return _finish(root, found, given, put)
    if sessions := alive(found.incident, incident_wiring.now()):
        return _refused(found, outcome.while_alive(found.incident, sessions), given, put)
    require_files_writable(root, found, given.sandbox)
    return _examine(root, _closing(given, root, found, tell), given, put)


def _refused(found: Found, outcome: Outcome, given: argparse.Namespace, put: Put) -> int:
    """Say why nothing was examined."""
    from iam_guardrails.reports.dossier.outcome import ending
    from iam_guardrails.reports.dossier.text import as_json

    as_text = given.format == "text"
    put(ending(outcome) if as_text else as_json(found.environment, found.incident, None, outcome), given.output)
    return outcome.code


def _closing(given: argparse.Namespace, root: Path, found: Found, tell: Tell) -> Closing:
    from time import sleep

    from iam_guardrails.close_wiring import closing_for
    from iam_guardrails.incident_wiring import now

    return closing_for(
        root, found, given.sandbox, tell, now=now, wait=sleep, source=given.source or "", wait_seconds=given.wait,
        terraform=not given.no_terraform, plan_file=given.terraform_plan, cache_folder=given.cache or "",
        profile=given.profile,
    )  # fmt: skip


def _examine(root: Path, closing: Closing, given: argparse.Namespace, put: Put) -> int:
    from iam_guardrails.close_review_wiring import review_of
    from iam_guardrails.dossier_wiring import close_use, require_files_writable
    from iam_guardrails.incident_wiring import Found
    from iam_guardrails.model.problem import Problem
    from iam_guardrails.reports.dossier.outcome import Outcome, of_items

    try:
        examined = closing.examination(waits=not given.no_wait)
    except KeyboardInterrupt:
        raise Problem("stopped; nothing was changed: repeat, or give --no-wait to see what there is now") from None
    incident = closing.keep(examined)
    found = Found(closing.found.environment, closing.found.records, incident)
    hurried = given.no_wait or given.wait is not None
    goes_on = bool(given.incomplete) or (hurried and all("may deliver" in why for why in examined.incomplete))
    outcome = of_items(incident, examined, goes_on)
    if outcome.code or not incident.is_open:
        return _show(found, examined, outcome, given, put)
    told = _shown_before_questions(found, examined, given, put)
    review = review_of(given, incident)
    if isinstance(review, Outcome):
        return _show(found, examined, review, given, put, told)
    require_files_writable(root, found, given.sandbox)  # again: the waiting and the questions took their time
    made = close_use(found, review)  # or somebody else did while this one was looking
    return _finish(root, Found(found.environment, found.records, made), given, put, examined, told)


def _shown_before_questions(found: Found, examined: Examined, given: argparse.Namespace, put: Put) -> bool:
    """Whoever is asked what happened sees first what was found: on stderr where stdout is not for it.

    Returns whether the result needs only its end now.
    """
    import sys

    from iam_guardrails.adapters import terminal
    from iam_guardrails.incident_wiring import fitting
    from iam_guardrails.reports.dossier import text
    from iam_guardrails.reports.fitting import fitted

    if not terminal.can_ask():
        return False
    told = text.body(found.incident, examined)
    if given.format == "text" and not given.output:
        put(fitting(told, None), None)
        return True
    print(fitted(told), end="", file=sys.stderr, flush=True)
    return False


def _finish(
    root: Path, found: Found, given: argparse.Namespace, put: Put, examined: Examined | None = None, told: bool = False
) -> int:  # fmt: skip
    """Write the dossier and the entry of a closed use: also what an earlier run was stopped before."""
    from iam_guardrails.dossier_wiring import handing_of, write_dossier
    from iam_guardrails.incident_wiring import near, today
    from iam_guardrails.model.incident.examined import Examined
    from iam_guardrails.model.incident.review import late
    from iam_guardrails.model.incident.step import EXAMINED
    from iam_guardrails.reports.dossier.outcome import closed

    path, log, _ = write_dossier(root, found, given.sandbox)
    handing = None if given.sandbox else handing_of(root, found, log)
    outcome = closed(found.incident, near(path), log.name, late(found.incident, today()), handing)
    last = found.incident.contents(EXAMINED, Examined)
    return _show(found, examined or last[-1], outcome, given, put, told)


def _show(
    found: Found, examined: Examined, outcome: Outcome, given: argparse.Namespace, put: Put, told: bool = False
) -> int:  # fmt: skip
    """The result. told: whether all but its end is on stdout already."""
    from iam_guardrails.incident_wiring import fitting
    from iam_guardrails.reports.dossier import text
    from iam_guardrails.reports.dossier.outcome import ending

    if given.format == "json":
        put(text.as_json(found.environment, found.incident, examined, outcome, given.profile or ""), given.output)
    else:
        whole = ending(outcome) if told else text.render(found.incident, examined, outcome, given.profile or "")
        put(fitting(whole, given.output), given.output)
    return outcome.code
