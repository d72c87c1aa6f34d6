"""`guardrails access …`: who reaches what in a whole account, offline."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iam_guardrails.model.iam.reach.question import Question

Progress = Callable[[str], None]
Put = Callable[[str | Iterable[str], str | None], None]
ACTIONS = {"who-can": "which users and roles of an account can do something to named resources, and how"}
BIG = 6_000_000  # bytes
EPILOG = (
    "Exit codes: 0 the question is answered (also where parts are not judged, which is said), 2 bad input. FILE is what"
    " `aws iam get-account-authorization-details --output json` prints, gzipped or plain."
)


def declare(made: argparse.ArgumentParser) -> None:
    """The arguments of `access` and its actions."""
    actions = made.add_subparsers(dest="action", metavar="ACTION", required=True, parser_class=argparse.ArgumentParser)
    text = ACTIONS["who-can"]
    action = actions.add_parser("who-can", help=text, description=f"{text[0].upper()}{text[1:]}.", epilog=EPILOG,
                                formatter_class=made.formatter_class)  # fmt: skip
    _declare_who_can(action)


def _declare_who_can(made: argparse.ArgumentParser) -> None:
    made.add_argument("--action", dest="api_actions", metavar="ACTION", required=True, action="append",
                      help="e.g. secretsmanager:GetSecretValue; may stand several times")  # fmt: skip
    made.add_argument("--resource", metavar="ARN", nargs="+", action="extend", default=[], help="the resources")
    made.add_argument("--resources-file", metavar="FILE", help="more of them, one ARN a line")
    made.add_argument("--authorization-details", metavar="FILE", required=True, help="the account's users and roles")
    made.add_argument("--resource-policies", metavar="FILE",
                      help='JSON: ARN of a resource or a key -> {"policy": …, "key": ARN}')  # fmt: skip
    made.add_argument("--scps", metavar="FILE", help='JSON: {"scps": [[…]], "rcps": [[…]]}, level by level')
    made.add_argument("--direct-only", action="store_true",
                      help="leave out roles that can be assumed and policies that can be rewritten")  # fmt: skip
    made.add_argument("--format", choices=("text", "json", "markdown", "csv"), default="text",
                      help="how it is shown (default: text, in groups; json and csv tell all)")  # fmt: skip
    made.add_argument("--output", metavar="FILE", help="write the result there instead of to stdout")


def run(given: argparse.Namespace, progress: Progress, put: Put) -> int:
    """Carry out the action; returns the exit code. Raises Problem."""
    from functools import partial

    from iam_guardrails.adapters.authorization_pages import read_data
    from iam_guardrails.adapters.side_by_side import begun

    path = given.authorization_details
    reading = begun(partial(read_data, path))  # while modules are loaded, and the question is read
    is_big = _is_big(path)
    if is_big:
        from iam_guardrails.adapters import quick_msgspec

        quick_msgspec.load()
        import iam_guardrails.adapters.authorization_typed  # noqa: F401 - read with it is what is being read now
    from iam_guardrails.adapters.authorization_details import estate_in
    from iam_guardrails.adapters.two_processes import Twins, has_free_core
    from iam_guardrails.model.iam.reach.ways import Ways
    from iam_guardrails.reports.who_can import render_who_can

    question = _question(given, progress)
    data = reading()
    estate = estate_in(path, data, progress)
    twins = Twins(is_big and has_free_core())
    ways = Ways(estate, question, not given.direct_only, twins.each)
    with twins:
        ways.work_out()
        text = render_who_can(ways, given.format) if given.format == "text" else None
        twins.part()
        if given.format == "csv":  # the rows have no room for it
            from iam_guardrails.model.iam.reach.groups import notes

            for note in notes(ways):
                progress(f"not judged: {note}")
        put(render_who_can(ways, given.format) if text is None else text, given.output)
    kept = [ways]
    kept.append(kept)  # type: ignore[arg-type]  # a cycle is never freed before the process ends; that would take longer
    return 0


def _is_big(path: str) -> bool:
    """Whether a file, which may be packed, holds so much that two processes are faster than one."""
    import os

    try:
        return os.stat(path).st_size > (BIG // 20 if path.endswith(".gz") else BIG)  # noqa: PTH116 - without pathlib, which costs milliseconds
    except OSError:
        return False  # whoever reads it says why


def _question(given: argparse.Namespace, progress: Progress) -> Question:
    import time  # datetime would cost milliseconds

    from iam_guardrails.adapters.resource_policies import (
        check_resource,
        distinct,
        read_organization,
        read_resource_policies,
        read_resources,
    )
    from iam_guardrails.model.iam.reach.question import Question
    from iam_guardrails.model.iam.reach.slips import slips
    from iam_guardrails.model.problem import Problem

    resources = [check_resource(item, "--resource") for item in given.resource]
    resources += read_resources(given.resources_file) if given.resources_file else ()
    if not resources:
        raise Problem("name a resource: --resource ARN, or --resources-file FILE with one ARN a line")
    for action in given.api_actions:
        _check_action(action)
    told = read_resource_policies(given.resource_policies, progress) if given.resource_policies else {}
    above = read_organization(given.scps, progress) if given.scps else None
    actions = {action.lower(): action for action in reversed(given.api_actions)}  # the case of a name does not count
    question = Question(
        tuple(reversed(actions.values())), distinct(resources), told, above.scps if above else None,
        above.rcps if above else None, above.exempt if above else frozenset(),
        time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    )  # fmt: skip
    for text in slips(question, given.resource_policies or "", given.scps or ""):
        progress(f"warning: {text}")
    return question


def _check_action(text: str) -> None:
    import re

    from iam_guardrails.model.iam.reach.key_use import WITHOUT_RESOURCE
    from iam_guardrails.model.problem import Problem

    if not re.fullmatch(r"[A-Za-z0-9-]+:[A-Za-z0-9-]+", text):
        raise Problem(
            f"--action {text[:100]!a} is no action such as secretsmanager:GetSecretValue; patterns are not taken"
        )
    if text.lower() in WITHOUT_RESOURCE:
        needed = WITHOUT_RESOURCE[text.lower()]
        raise Problem(f"--action {text} is asked for no resource; ask for {needed}, which it needs on each")
