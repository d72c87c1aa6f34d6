"""`guardrails policy escalations`: who can raise themselves to administrator, or enter a break-glass role."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iam_guardrails.model.expected import Expected
    from iam_guardrails.model.iam.escalation.findings import (
        Outcome,
    )

Progress = Callable[[str], None]
Put = Callable[[str, str | None], None]
EPILOG = (
    "Exit codes: 0 nobody can, 1 somebody can (or could under conditions; with --strict, also if it is possible only), "
    "2 not judged or bad input."
)


def _declare(made: argparse.ArgumentParser) -> None:
    made.add_argument("--from", dest="from_capture", metavar="CAPTURE",
                      help="a capture of the account (guardrails capture)")  # fmt: skip
    made.add_argument("--authorization-details", metavar="FILE",
                      help="or what `aws iam get-account-authorization-details --output json` printed")  # fmt: skip
    made.add_argument("--breakglass", metavar="ARN", action="append", default=[],
                      help="a role that nobody but its owners should get into (may be repeated)")  # fmt: skip
    made.add_argument("--config", metavar="FILE",
                      help="guardrails.toml: the break-glass roles and their owners")  # fmt: skip
    made.add_argument("--scps", metavar="FILE",
                      help='service control policies: {"scps": [[the root\'s], …, [the account\'s]]}')  # fmt: skip
    made.add_argument("--methods", action="store_true", help="list the methods instead, with what they need")
    made.add_argument("--strict", action="store_true",
                      help="exit with 1 also for what hangs on facts outside the account (POSSIBLE)")  # fmt: skip
    made.add_argument("--format", choices=("text", "json", "markdown"), default="text",
                      help="how it is shown (default: text)")  # fmt: skip


def _run(given: argparse.Namespace, progress: Progress, put: Put) -> int:
    if given.methods:
        from iam_guardrails.model.iam.escalation.methods import published
        from iam_guardrails.reports.policy_escalation_methods import render_methods

        put(render_methods(published(), given.format), given.output)
        return 0
    from iam_guardrails.reports.policy_escalations import render_outcome

    outcome = _outcome(given, progress)
    put(render_outcome(outcome, given.format), given.output)
    if outcome.of("can", "under conditions", *(["possible"] if given.strict else [])):
        return 1
    return 2 if outcome.of("not judged") or outcome.unread else 0


def _outcome(given: argparse.Namespace, progress: Progress) -> Outcome:
    from datetime import UTC, datetime

    from iam_guardrails.adapters.account_files import MISSING, read_account
    from iam_guardrails.adapters.expectations import read_expectations
    from iam_guardrails.adapters.policy_request import read_scps
    from iam_guardrails.model.iam.escalation.outcome import escalations
    from iam_guardrails.model.problem import Problem

    if not given.authorization_details and not given.from_capture:
        raise Problem(f"{MISSING} (or --methods for the list)")
    expected = read_expectations(given.config) if given.config else None
    scps, warnings = read_scps(given.scps) if given.scps else ((), ())
    for text in warnings:
        progress(f"warning: {text}")
    account = read_account(given.authorization_details, given.from_capture, progress)
    estate = account.estate
    roles = {item.name: item.arn for item in estate.roles}
    breakglass = [*given.breakglass, *(_declared(roles, expected, progress) if expected else ())]
    if expected and expected.account_id != estate.account_id:
        raise Problem(f"{given.config} is about account {expected.account_id}, but {account.path} about "
                      f"account {estate.account_id}; give the two of one account")  # fmt: skip
    center = expected.identity_center if expected else None
    return escalations(estate, breakglass, expected.people if expected else (), scps=scps,
                       permission_set=center.permission_set if center else "", now=datetime.now(UTC),
                       organization=expected.organization if expected else None)  # fmt: skip


def _declared(roles: dict[str, str], expected: Expected, progress: Progress) -> list[str]:
    """The break-glass roles that guardrails.toml names and the account has."""
    for name in expected.role_names:
        if name not in roles:
            progress(f"warning: the account has no role {name}, which guardrails.toml names (breakglass.role_names)")
    return [roles[name] for name in expected.role_names if name in roles]


ACTIONS = {"escalations": ("who can raise themselves to administrator, and how", EPILOG, _declare, _run)}
