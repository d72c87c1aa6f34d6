"""apply takes exactly the plan that was judged, clean, and not stale; everything else is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from iam_guardrails.adapters.place import Place
from iam_guardrails.journeys.verdict_record import record, require_judged_plan
from iam_guardrails.model.finding import Finding, NotJudged, Verdict
from iam_guardrails.model.problem import Problem
from iam_guardrails.wiring import Wiring

NOW = datetime(2026, 6, 1, tzinfo=UTC)
FOUND = Finding("r", "high", "a", "m", "do")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    folder = tmp_path / "envs" / "prod"
    folder.mkdir(parents=True)
    (folder / "main.tf").write_text("")
    (folder / "guardrails.toml").write_text("")
    module = tmp_path / "modules" / "m"
    module.mkdir(parents=True)
    (module / "m.tf").write_text("")
    made = Place(tmp_path, "prod", folder, tmp_path / "work", {})
    made.work.mkdir()
    made.plan.write_bytes(b"plan")
    return made


def test_a_clean_plan_may_be_applied(place: Place) -> None:
    record(place, Verdict(), NOW)
    require_judged_plan(place)
    assert place.verdict.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("break_it", "says"),
    [
        (lambda p: p.plan.unlink(), "there is no saved plan"),
        (lambda p: p.verdict.unlink(), "has not been judged"),
        (lambda p: p.verdict.write_text("{"), "cannot be read"),
        (lambda p: p.verdict.write_text("[]"), "cannot be read"),
        (lambda p: p.verdict.write_bytes(b"\xff\xfe"), "cannot be read"),
        (lambda p: p.plan.write_bytes(b"another"), "not the one that was judged"),
        (lambda p: (p.folder / "main.tf").write_text("# changed"), "is stale"),
        (lambda p: (p.root / "modules" / "m" / "m.tf").write_text("# changed"), "is stale"),
        (lambda p: (p.folder / "guardrails.toml").write_text("# changed"), "is stale"),
        (lambda p: record(p, Verdict(findings=(FOUND,)), NOW), "judged with 1 findings"),
        (lambda p: record(p, Verdict(not_judged=(NotJudged("r", "a", "x"),)), NOW), "1 things not judged"),
    ],
)
def test_anything_else_is_refused(place: Place, break_it: Callable[[Place], object], says: str) -> None:
    record(place, Verdict(), NOW)
    break_it(place)
    with pytest.raises(Problem, match=r"guardrails validate prod") as caught:
        require_judged_plan(place)
    assert says in str(caught.value)


def test_the_reports_of_a_plan_stand_beside_it(place: Place) -> None:
    wiring: Any = SimpleNamespace(place=place)
    report = Wiring.validate_report(wiring, Verdict(findings=(FOUND,)))
    assert report == place.work / "validate.md" and "| high | `a` | m | do | `r` |" in report.read_text()
    place.plan_json.write_text(json.dumps({
        "format_version": "1.2", "terraform_version": "1.14.0", "planned_values": {}, "configuration": {},
        "resource_changes": [{"address": "aws_sns_topic.t", "type": "aws_sns_topic", "mode": "managed",
                              "change": {"actions": ["delete"]}}]}))  # fmt: skip
    report = Wiring.plan_report(wiring)
    assert report == place.work / "plan.md" and "To be destroyed (1)" in report.read_text()
