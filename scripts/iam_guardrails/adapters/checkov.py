"""checkov, in its own environment because it pins an old boto3: one process and one runner for all plans at once.

A checkov run that saw nothing looks like a clean one (exit code 0, "0 failed"); so its answer counts only when it
read every plan, saw resources, and saw the addresses the plan is about. Otherwise it is "not judged".
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from iam_guardrails.model.finding import Finding, NotJudged
from iam_guardrails.model.value import frozen

WORKER = Path(__file__).with_name("checkov_worker.py")
WATCHED = (
    "aws_iam_role",
    "aws_cloudtrail",
    "aws_sns_topic",
    "aws_kms_key",
    "aws_s3_bucket",
    "aws_cloudwatch_log_group",
)
CHECKOV_RULE = "checkov"


@frozen
class PlanAnswer:
    """What checkov says of one plan: how many checks passed, its findings, what it could not judge."""

    passed: int
    findings: tuple[Finding, ...]
    not_judged: tuple[NotJudged, ...]


def find_python(environ: Mapping[str, str], root: Path) -> Path | None:
    """The Python of checkov's environment: $GUARDRAILS_CHECKOV_PYTHON or .venv-checkov; None when not installed."""
    named = environ.get("GUARDRAILS_CHECKOV_PYTHON")
    python = Path(named) if named else root / ".venv-checkov" / "bin" / "python"
    return python if python.exists() else None


def judge_plans(
    python: Path | None, plans: Mapping[Path, Sequence[str]], skips: Sequence[tuple[str, str]] = ()
) -> dict[Path, PlanAnswer]:
    """Judge plan JSON files (path -> addresses of the plan) with checkov. `skips` are (check id, reason) pairs.

    Never raises for a missing or failing checkov: the answer is then "not judged, because …" for every plan.
    """
    if python is None:
        return _all(plans, "checkov is not installed; run: make install")
    request = json.dumps({"plans": [str(path.absolute()) for path in plans]})
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("BC_", "PRISMA_", "CKV_"))}
    try:
        ran = subprocess.run([str(python), "-I", str(WORKER)], input=request, env=clean, capture_output=True,
                             text=True, timeout=300, check=False)  # fmt: skip
        answers = json.loads(ran.stdout) if ran.returncode == 0 else None
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        return _all(plans, f"checkov could not be run: {error}")
    if answers is None:
        last = (ran.stderr.strip().splitlines() or ["it said nothing"])[-1]
        return _all(plans, f"checkov ended with code {ran.returncode}: {last}")
    skipped = {check for check, _ in skips}
    return {
        path: _answer(answer, addresses, skipped)
        for (path, addresses), answer in zip(plans.items(), answers, strict=True)
    }


def _all(plans: Mapping[Path, Sequence[str]], reason: str) -> dict[Path, PlanAnswer]:
    return {path: PlanAnswer(0, (), (NotJudged(CHECKOV_RULE, path.name, reason, "checkov"),)) for path in plans}


def _answer(answer: Mapping[str, Any], addresses: Sequence[str], skipped: set[str]) -> PlanAnswer:
    reasons = []
    if answer["parsing_errors"]:
        reasons.append("checkov could not parse the plan")
    if not answer["resource_count"]:
        reasons.append("checkov saw no resource in the plan")
    watched = [item for item in addresses if _type(item) in WATCHED]
    unseen = sorted(set(watched) - set(answer["addresses"]))
    if unseen and answer["resource_count"]:
        reasons.append(f"checkov did not look at {', '.join(unseen[:3])}{' …' if len(unseen) > 3 else ''}")
    findings = tuple(
        Finding(item["check"], "medium", item["address"], item["name"],
                "follow the check's guideline, or give a reason in guardrails.toml ([[checkov_skip]] or [[waiver]])",
                source="checkov")
        for item in answer["failed"]
        if item["check"] not in skipped
    )  # fmt: skip
    unsure = tuple(NotJudged(CHECKOV_RULE, Path(answer["plan"]).name, reason, "checkov") for reason in reasons)
    return PlanAnswer(answer["passed"], findings, unsure)


def _type(address: str) -> str:
    """The resource type in a Terraform address such as module.a["x"].aws_iam_role.b[0]."""
    return next((part for part in address.split(".") if part.startswith("aws_")), "")
