"""`guardrails policy diff`: what a change of policies lets somebody do that they could not do before."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iam_guardrails.adapters.plan_json.access import Place
    from iam_guardrails.model.iam.difference.subject import Subject

Progress = Callable[[str], None]
Put = Callable[[str, str | None], None]
EPILOG = (
    "Exit codes: 0 no new access (proven), 1 new access, 2 something could not be judged and nothing new was found, or "
    "bad input. Access that is lost is shown and does not count. --format json: verdict, subjects (what, address, "
    "name, state, verdict, rank, gained, lost, not_judged, lost_not_judged), unchanged, assumptions; each piece gained "
    "or lost has rank, actions, resources, principals, conditions, granted_by, otherwise, denied_otherwise, "
    "only_where_denied_otherwise, "
    "still_denied, unless, exact, request (in the form that policy evaluate reads)."
)


def _declare(made: argparse.ArgumentParser) -> None:
    made.add_argument("--plan", metavar="FILE", help="a plan in JSON: what stands now against what it plans")
    made.add_argument("--old", metavar="FILE", help="a plan in JSON (what stands after it) or a policy")
    made.add_argument("--new", metavar="FILE", help="the same, with the change")
    made.add_argument("--kind", choices=("identity", "resource", "trust"), help="what two policies hang on")
    made.add_argument("--config", metavar="FILE",
                      help="guardrails.toml, for the account id of ARNs that AWS has yet to issue")  # fmt: skip
    made.add_argument("--format", choices=("text", "json", "markdown"), default="text",
                      help="how it is shown (default: text)")  # fmt: skip


def _run(given: argparse.Namespace, progress: Progress, put: Put) -> int:
    from iam_guardrails.adapters.plan_json.access import NO_ACCOUNT
    from iam_guardrails.model.iam.difference.shared import differences
    from iam_guardrails.reports.policy_diff import Report, render_diff

    subjects = _subjects(given, progress)
    if any(f"::{NO_ACCOUNT}:" in item.arn for item in subjects):
        progress(f"warning: the plan does not tell its account id; {NO_ACCOUNT} stands for it (or give --config FILE)")
    report = Report(tuple(differences(subjects)))
    put(render_diff(report, given.format), given.output)
    return {"no new access": 0, "new access": 1, "not judged": 2}[report.verdict]


def _subjects(given: argparse.Namespace, progress: Progress) -> tuple[Subject, ...]:
    from iam_guardrails.adapters import access_sides
    from iam_guardrails.model.problem import Problem

    if given.plan and not (given.old or given.new or given.kind):
        return access_sides.subjects_of_plan(given.plan, _place(given.config))
    if given.plan or not (given.old and given.new):
        raise Problem("give either --plan FILE, or --old FILE and --new FILE")
    plans = [access_sides.is_plan(path) for path in (given.old, given.new)]
    if plans == [True, False] or plans == [False, True]:
        raise Problem("one of --old and --new is a plan and the other is a policy; compare two of a kind")
    if plans[0]:
        if given.kind:
            raise Problem("--kind is for two policies; a plan tells by itself what each of its policies hangs on")
        return access_sides.subjects_of_plans(given.old, given.new, _place(given.config))
    if not given.kind:
        raise Problem("two policies need --kind identity, resource or trust: what do they hang on?")
    return access_sides.subject_of_policies(given.old, given.new, given.kind, progress)


def _place(path: str | None) -> Place | None:
    if path is None:
        return None
    from iam_guardrails.adapters.expectations import read_expectations
    from iam_guardrails.adapters.plan_json.access import Place

    expected = read_expectations(path)
    return Place(expected.account_id, expected.partition, expected.home_region)


ACTIONS = {
    "diff": ("what access a plan or a policy adds and takes away, proven", EPILOG, _declare, _run),
}
