"""`guardrails demo`: a newcomer watches every guarantee judged before and after apply, broken, found and repaired."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from iam_guardrails.adapters import sandbox
from iam_guardrails.adapters.emergency_scene import Scene
from iam_guardrails.adapters.sandbox_people import seed_owner_mfa
from iam_guardrails.adapters.tampering import tamper
from iam_guardrails.demo_emergency import Emergency, project_of
from iam_guardrails.demo_review import review_company
from iam_guardrails.drill_command import live_drill
from iam_guardrails.model.finding import Verdict
from iam_guardrails.model.problem import Problem
from iam_guardrails.reports.drill import passed
from iam_guardrails.reports.summary import closing, ordered
from iam_guardrails.wiring import WORK, Wiring

ENVIRONMENT = "prod"
DRILL_SECONDS = 60


class Stage:
    """Numbered headings on stdout, timed progress below them on stderr."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.number = 0

    def open(self, title: str) -> None:
        """Announce the next step."""
        self.number += 1
        print(f"\n{self.number}. {title}", flush=True)

    def tell(self, text: str) -> None:
        """One line of progress, overwritten in place on a terminal."""
        line = f"   [{time.monotonic() - self.began:5.1f}s] {text}"
        if sys.stderr.isatty():
            print(f"\r\033[K{line[:110]}", end="", file=sys.stderr, flush=True)
        else:
            print(line, file=sys.stderr, flush=True)

    def say(self, text: str) -> None:
        """A result, on a line of its own."""
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr, flush=True)
        print(f"   {text}", flush=True)


def run_demo(root: Path, keep: bool = False) -> int:
    """Run the whole story for prod in an embedded AWS of its own. 0 when every step ended as told, else 1."""
    state_dir = root / WORK / "demo"
    sandbox.down(state_dir)  # what a killed demo left behind
    _wipe(state_dir)
    stage = Stage()
    print(f"Guardrails for emergency access, {ENVIRONMENT}, in an embedded AWS on this machine. No account is touched.")
    try:
        report = _story(root, state_dir, stage)
    finally:
        if keep:
            print(f"the embedded AWS stays up; stop it by running the demo again or removing {state_dir}")
        else:
            sandbox.down(state_dir)
    print(f"the report to open: {report}")
    return 0


def _story(root: Path, state_dir: Path, stage: Stage) -> Path:
    """Tell it; returns the report of its review. Raises Problem where a step does not end as told."""
    stage.open("Start the embedded AWS and create the bucket for Terraform's state")
    running = sandbox.up(state_dir)
    wiring = Wiring.make(root, ENVIRONMENT, True, stage.tell, work=state_dir / ENVIRONMENT)
    bucket = wiring.bootstrap()
    stage.say(f"account {wiring.expected.account_id} answers at {running.endpoint}; state in s3://{bucket}")

    stage.open("validate: plan with the real AWS provider, judge the plan before anything exists")
    _expect(stage, wiring.validate(with_checkov=True), clean=True)

    stage.open("apply: exactly the plan that was judged")
    contract = wiring.apply()
    users = _owner_users(contract)
    seed_owner_mfa(running, wiring.expected.account_id, users)
    stage.say(f"applied; the owners {', '.join(users)} enrolled their MFA devices, as people would do by hand")

    stage.open("drill: somebody assumes the role for real; who hears of it, and when?")
    _drill(stage, wiring)

    stage.open("verify: the live account, judged by the same rules")
    first = wiring.verify()
    _expect(stage, first, clean=True)

    stage.open("A second plan: nothing to change, nothing added by hand")
    _expect(stage, wiring.drift(), clean=True)

    stage.open("Somebody tampers")
    for done in tamper(wiring.place.variables, wiring.expected, contract):
        stage.say(done)

    stage.open("drift: what changed, is missing, or was added by hand")
    found = wiring.drift()
    _expect(stage, found, clean=False)
    for item in ordered(found.findings):
        stage.say(f"{item.severity:8} {item.address}: {item.message}")
    _require_all_named(found)

    stage.open("Repair: validate and apply again")
    _expect(stage, wiring.validate(with_checkov=False), clean=True)
    wiring.apply()
    stage.say("applied")

    stage.open("verify once more")
    _expect(stage, wiring.verify(), clean=True)

    _emergency(stage, root, state_dir, wiring, users[0])
    report = _review(stage, root, state_dir, wiring)
    _close(stage, first)
    return report


def _review(stage: Stage, root: Path, state_dir: Path, wiring: Wiring) -> Path:
    stage.open("review: a company that does not exist moves in, and the month's access is judged")
    report = review_company(project_of(root, state_dir), ENVIRONMENT, wiring.place.variables, stage).resolve()
    return report.relative_to(root.resolve()) if report.is_relative_to(root.resolve()) else report


def _emergency(stage: Stage, root: Path, state_dir: Path, wiring: Wiring, person: str) -> None:
    scene = Scene(wiring.place.variables, wiring.expected)
    use = Emergency(project_of(root, state_dir), ENVIRONMENT, person, stage)
    stage.open("An emergency: declare it, enter with MFA, act, exit")
    stage.say(scene.build())
    use.open()
    use.act(scene)
    use.exit()
    stage.open("close: refuses while something temporary remains")
    found = use.close("--no-terraform", wanted=1)
    _require_both_named(found, scene)
    stage.say(scene.revert())
    use.close("--no-terraform", *use.review(), wanted=0)
    log = wiring.place.records / "Change_Log.md"
    shown = log.relative_to(root) if log.is_relative_to(root) else log
    stage.say(f"closed; {_heading(log, use.incident_id)} stands in {shown}")
    stage.open("reconcile: CloudTrail against the records of drills and incidents, both ways")
    doubts = use.reconcile()
    for item in doubts:
        stage.say(f"{item['severity']:8} {item['message']}")
    if [item["rule"] for item in doubts] != ["reconcile-outside-purpose"] or "Ingress" not in doubts[0]["message"]:
        raise Problem("the demo stops: reconcile should ask about the opened port, which is no mending of IAM, alone")
    stage.say("the port was no mending of IAM: a question for the review; the drill and the use itself are explained")
    scene.remove()


def _require_both_named(found: Mapping[str, Any], scene: Scene) -> None:
    """The demo's own doubt: what the account shows as open must be what close refused for."""
    refused = json.dumps([item for item in found["examined"]["items"] if item["verdict"] == "still open"])
    if scene.still_there() != (True, True) or not all(mark in refused for mark in scene.marks):
        raise Problem(f"the demo stops: close did not name {' and '.join(scene.marks)} as still open")


def _heading(log: Path, incident_id: str) -> str:
    lines = log.read_text(encoding="utf-8").splitlines() if log.is_file() else []
    found = [line for line in lines if line.startswith("### ") and incident_id in line]
    if len(found) != 1:
        raise Problem(f"the demo stops: {log} holds {len(found)} entries for {incident_id}, not one")
    return f'"{found[0].removeprefix("### ")}"'


def _expect(stage: Stage, verdict: Verdict, clean: bool) -> None:
    stage.say(closing(verdict))
    if (clean and verdict.exit_code == 0) or (not clean and verdict.findings):
        return
    for item in ordered(verdict.findings):
        stage.say(f"{item.severity:8} {item.address}: {item.message} ({item.rule})")
    for unsure in verdict.not_judged:
        if not unsure.limit:
            stage.say(f"not judged: {unsure.rule} at {unsure.address}: {unsure.reason}")
    wanted = "be clean" if clean else "find the tampering"
    raise Problem(f"the demo stops: step {stage.number} should {wanted}; the lines above say what it saw")


def _drill(stage: Stage, wiring: Wiring) -> None:
    record, _ = live_drill(wiring, DRILL_SECONDS, None, None, stage.tell)
    for rung in record.rung:
        stage.say(f"the alarm {rung.name} went into ALARM after {rung.seconds:.0f} s")
    for heard in record.heard:
        stage.say(f"a message of the {heard.way} arrived after {heard.seconds:.0f} s")
    if not passed(record):
        raise Problem(f"the demo stops: the drill failed: {'; '.join((*record.problems, *record.left_behind))}")
    stage.say("the drill passed; on AWS the same takes minutes, because CloudTrail takes about five")


def _require_all_named(verdict: Verdict) -> None:
    text = " ".join(f"{item.address} {item.message}" for item in verdict.findings)
    wanted = {
        "the MFA condition": "MultiFactorAuthPresent",
        "the inline policy": "maintenance",
        "the alarm": "actions_enabled",
    }
    unnamed = [what for what, mark in wanted.items() if mark not in text]
    if unnamed:
        raise Problem(f"the demo stops: drift did not name {', '.join(unnamed)}")


def _owner_users(contract: Mapping[str, Any]) -> tuple[str, ...]:
    names: list[str] = contract["breakglass"]["owner_user_names"]
    if not names:
        raise Problem("the demo stops: the contract names no owner whose MFA device could be enrolled")
    return tuple(names)


def _close(stage: Stage, verdict: Verdict) -> None:
    spent = time.monotonic() - stage.began
    print(f"\nAll of it in {spent:.0f} s. The plan was judged before apply, the account after it; three acts of")
    print("tampering were named and undone. What only a real account can show was not counted as verified:")
    for item in sorted({item.reason for item in verdict.not_judged if item.limit}):
        print(f"   - {item}")
    print("Next: README.md, “On a real account”.")


def _wipe(folder: Path) -> None:
    import shutil

    shutil.rmtree(folder, ignore_errors=True)
