"""`guardrails policy tighten`: tighter policies for roles, from what they used."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from iam_guardrails import trail_source

if TYPE_CHECKING:
    from iam_guardrails.adapters.account_files import AccountFile
    from iam_guardrails.adapters.terraform_source.patch import Root
    from iam_guardrails.journeys.policy_tighten import Request, Roles
    from iam_guardrails.journeys.trail_ask import Engine

Progress = Callable[[str], None]
Put = Callable[[str, str | None], None]
QUESTION = "breakglass-session"  # it gives every record of the roles that are asked for, whatever they are
EPILOG = (
    "Exit codes: 0 nothing to tighten, 1 a policy can be tighter or a role is unused, 2 not judged and nothing found, "
    "or bad input. --format patch prints the patch alone; what no patch could be made of is told on stderr. While it "
    "reads, everything that the roles did is kept in the cache (--cache)."
)


def _declare(made: argparse.ArgumentParser) -> None:
    made.add_argument("--from", dest="from_capture", metavar="CAPTURE",
                      help="a capture of the account (guardrails capture), with its last accessed data")  # fmt: skip
    made.add_argument("--authorization-details", metavar="FILE",
                      help="or what `aws iam get-account-authorization-details --output json` printed")  # fmt: skip
    trail_source.declare_source(made)
    made.add_argument("--since", metavar="TIME", required=True, help="a day or a time, UTC: from when on use counts")
    made.add_argument("--until", metavar="TIME", help="up to there, not included (default: now)")
    made.add_argument("--role", metavar="NAME", action="append", default=[],
                      help="a role's name or ARN; may be repeated (default: all)")  # fmt: skip
    made.add_argument("--config", metavar="FILE", help="guardrails.toml: names the break-glass roles")
    made.add_argument("--breakglass", metavar="ARN", action="append", default=[],
                      help="a break-glass role, which is never tightened by use; may be repeated")  # fmt: skip
    _declare_evidence(made)
    made.add_argument("--plan", metavar="FILE", help="a plan in JSON of the root that makes the roles")
    made.add_argument("--root", dest="terraform", metavar="FOLDER",
                      help="that root's folder; the patch is for its repository")  # fmt: skip
    made.add_argument("--sandbox", metavar="ENV", help=trail_source.SANDBOX_HELP)
    trail_source.declare_engine(made)
    made.add_argument("--format", choices=("text", "json", "markdown", "patch"), default="text",
                      help="how it is shown (default: text)")  # fmt: skip


def _declare_evidence(made: argparse.ArgumentParser) -> None:
    """What is known of use beside CloudTrail's records."""
    made.add_argument("--last-accessed", metavar="FOLDER",
                      help="ROLE.json for each role: what `aws iam get-service-last-accessed-details` printed"
                      )  # fmt: skip
    made.add_argument("--data-events", metavar="SERVICE", action="append", default=[],
                      help="the trail records every data event of this service, e.g. s3; may be repeated"
                      )  # fmt: skip
    made.add_argument("--aggressive", action="store_true",
                      help="count as unused what CloudTrail would not show, iam:PassRole among it")  # fmt: skip


def _run(given: argparse.Namespace, progress: Progress, put: Put) -> int:
    from iam_guardrails.adapters.account_files import read_account
    from iam_guardrails.journeys.policy_tighten import tighten_policies
    from iam_guardrails.reports.policy_tighten import render_tightened, summary

    trail_source.refuse_empty(given)
    variables = _variables(given)
    account = read_account(given.authorization_details, given.from_capture, progress)
    estate = account.estate
    request = _request(given, account, progress)

    def opened(roles: Roles) -> tuple[Engine, str]:
        return trail_source.open_source(given, given.source, QUESTION, roles, progress, variables)

    found = tighten_policies(estate, opened, request, progress)
    if given.format == "patch":
        progress(summary(found.outcome))
        for key, place in found.patches.places.items() if found.patches else ():
            if place.reason:
                progress(f"no patch for {key[1].rpartition('/')[2]}: {place.reason}")
    put(render_tightened(found.outcome, found.patches, found.source, given.format), given.output)
    return found.outcome.exit_code


def _variables(given: argparse.Namespace) -> Mapping[str, str]:
    """The process environment, pointed at the embedded AWS where that is asked; a folder needs none that runs."""
    if not given.sandbox:
        return os.environ
    from pathlib import Path

    from iam_guardrails.adapters.expectations import read_expectations
    from iam_guardrails.adapters.place import environment_folder, find_root
    from iam_guardrails.incident_wiring import variables_of

    root = find_root(Path(given.root).resolve() if given.root else Path.cwd())
    config = str(environment_folder(root, given.sandbox) / "guardrails.toml")
    given.config = given.config or config
    return os.environ if trail_source.is_folder(given) else variables_of(root, read_expectations(config), True)


def _request(given: argparse.Namespace, account: AccountFile, progress: Progress) -> Request:
    from datetime import UTC, datetime

    from iam_guardrails.adapters.last_accessed import read_last_accessed
    from iam_guardrails.journeys.policy_tighten import Request
    from iam_guardrails.journeys.review_last_access import told_of
    from iam_guardrails.model.trail.window import window

    roles = {role.name: role.arn for role in account.estate.roles}
    told = told_of(account.capture) if account.capture else {}
    told |= read_last_accessed(given.last_accessed, roles) if given.last_accessed else {}
    breakglass = _breakglass(given, account, roles, progress)
    if not breakglass:
        progress("warning: no break-glass role is named (--config, --breakglass), so one would be tightened by its use")
    return Request(
        window(given.since, given.until), datetime.now(UTC), tuple(given.role), breakglass, told,
        frozenset(name.lower() for name in given.data_events), given.aggressive, _root(given),
    )  # fmt: skip


def _breakglass(
    given: argparse.Namespace, account: AccountFile, roles: dict[str, str], progress: Progress
) -> frozenset[str]:  # fmt: skip
    from iam_guardrails.adapters.expectations import read_expectations
    from iam_guardrails.model.problem import Problem

    named, owner = list(given.breakglass), account.estate.account_id
    for arn in named:
        if arn not in roles.values():
            raise Problem(f"--breakglass {arn[:200]!r} is not the ARN of a role of account {owner}")
    if given.config:
        expected = read_expectations(given.config)
        if expected.account_id != owner:
            raise Problem(f"{given.config} is about account {expected.account_id}, but {account.path} about account "
                          f"{owner}; give the two of one account")  # fmt: skip
        for name in expected.role_names:
            if name not in roles:
                progress(f"warning: the account has no role {name}, which {given.config} names (breakglass.role_names)")
        named += [roles[name] for name in expected.role_names if name in roles]
    return frozenset(named)


def _root(given: argparse.Namespace) -> Root | None:
    from iam_guardrails.model.problem import Problem

    if bool(given.plan) != bool(given.terraform):
        raise Problem("give --plan FILE and --root FOLDER together: the plan, and the folder it was made in")
    if given.format == "patch" and not given.plan:
        raise Problem("--format patch needs --plan FILE and --root FOLDER")
    if not given.plan:
        return None
    from pathlib import Path

    from iam_guardrails.adapters.terraform_home import find_binary
    from iam_guardrails.adapters.terraform_source.fmt import formatter
    from iam_guardrails.adapters.terraform_source.patch import Root

    folder = Path(given.terraform)
    try:
        binary = find_binary(os.environ, Path.cwd())
    except Problem:
        return Root(given.plan, folder)
    return Root(given.plan, folder, formatter(binary, {"PATH": os.environ.get("PATH", "")}))


ACTIONS = {"tighten": ("tighter policies for roles, from what they used, proven", EPILOG, _declare, _run)}
