"""`guardrails policy compare` and `guardrails policy prove`: statements about all requests at once."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iam_guardrails.model.iam.prove.proof import Proof

Progress = Callable[[str], None]
Put = Callable[[str, str | None], None]
KINDS = ("identity", "resource", "trust")
EXITS = {"proven": 0, "refuted": 1, "undetermined": 2}
EPILOG = "Exit codes: 0 proven, 1 refuted (by a request that is shown), 2 undetermined or bad input."


def _compare(made: argparse.ArgumentParser) -> None:
    made.add_argument("--old", metavar="FILE", required=True, help="the policy as it is")
    made.add_argument("--new", metavar="FILE", required=True, help="the policy as it would be")
    made.add_argument("--account", metavar="ID",
                      help="of --kind resource and trust: the account that the resource is in, where whom the policy "
                           "names needs no policy of its own")  # fmt: skip
    _common(made)


def _prove(made: argparse.ArgumentParser) -> None:
    made.add_argument("--policy", metavar="FILE", required=True, help="the policy")
    made.add_argument("--never", metavar="FILE", required=True,
                      help="what must not be allowed: Action, Resource, Principal, Condition, as JSON"
                      )  # fmt: skip
    _common(made)


def _common(made: argparse.ArgumentParser) -> None:
    made.add_argument("--kind", choices=KINDS, required=True, help="what the policy hangs on (a boundary: identity)")
    made.add_argument("--format", choices=("text", "json"), default="text", help="how it is shown (default: text)")


def _run_compare(given: argparse.Namespace, progress: Progress, put: Put) -> int:
    from iam_guardrails.adapters.policy_files import read_policy
    from iam_guardrails.model.iam.prove.statements import compare

    account_id = _account(given)
    old, new = (read_policy(path, given.kind, progress) for path in (given.old, given.new))
    return _show(compare(old, new, given.kind, account_id), given, put)


def _account(given: argparse.Namespace) -> str:
    from iam_guardrails.model.problem import Problem

    told: str = given.account or ""
    if told and not (len(told) == 12 and told.isascii() and told.isdigit()):
        raise Problem(f"--account {told[:40]!r} is no account id; give its twelve digits")
    if told and given.kind == "identity":
        raise Problem("--account is for --kind resource and trust; an identity policy hangs on no resource")
    return told


def _run_prove(given: argparse.Namespace, progress: Progress, put: Put) -> int:
    from iam_guardrails.adapters.policy_files import read_policy, read_statement
    from iam_guardrails.model.iam.prove.statements import never

    policy = read_policy(given.policy, given.kind, progress)
    return _show(never(policy, read_statement(given.never, given.kind, progress), given.kind), given, put)


def _show(proof: Proof, given: argparse.Namespace, put: Put) -> int:
    from iam_guardrails.reports.policy_proof import render_proof

    put(render_proof(proof, given.kind, given.format), given.output)
    return EXITS[proof.verdict]


ACTIONS = {
    "compare": ("does NEW allow anything that OLD does not", EPILOG, _compare, _run_compare),
    "prove": ("is no request of a kind allowed, whatever it carries", EPILOG, _prove, _run_prove),
}
