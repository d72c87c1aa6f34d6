"""Start-up, our own rules, and checkov over several plans at once."""

from __future__ import annotations

import compileall
from collections.abc import Iterator, Sequence
from pathlib import Path

from iam_guardrails.adapters.checkov import find_python, judge_plans
from iam_guardrails.adapters.plan_json import plan_addresses, read_plan
from tests.bench.measure import BIN, ROOT, Row, command, in_turns, shown

GUARDRAILS = BIN / "guardrails"
BARE: Sequence[str | Path] = (BIN / "python", "-c", "pass")
PLANS = ROOT / "tests" / "cases" / "plans"
PLAN = PLANS / "reference-shapes" / "plan.json"  # the largest of the saved plans, some 60 resources
CONFIG = PLANS / "foreign-nested" / "guardrails.toml"
OWN: Sequence[str | Path] = (
    GUARDRAILS, "validate", "--plan", PLAN, "--config", CONFIG,
)  # fmt: skip
JUDGED = (0, 1, 2)  # whatever the verdict is, the plan was judged


def checkov_cli(plan: Path) -> Sequence[str | Path]:
    """One checkov run from the command line, in its fastest form: one framework, nothing downloaded."""
    python = find_python({}, ROOT)
    if python is None:
        raise RuntimeError("checkov is not installed; run: make install")
    options = ("--framework", "terraform_plan", "--skip-download", "--quiet", "--compact")
    return (python.with_name("checkov"), "-f", plan, *options)


def start_rows() -> Iterator[Row]:
    """Commands that need no plan and no account, against a bare start of the same Python."""
    compileall.compile_dir(str(ROOT / "scripts"), quiet=1)
    commands = {name: (GUARDRAILS, name) for name in ("--help", "--version", "rules")}
    actions = {name: command(words) for name, words in commands.items()}
    medians = in_turns({"bare": command(BARE), **actions}, 15)
    for name, words in commands.items():
        ratio = medians[name] / medians["bare"]
        figure = f"{ratio:.1f}x ({medians[name] * 1000:.0f} ms)"
        peer = f"{shown(BARE)} ({medians['bare'] * 1000:.0f} ms)"
        yield Row(shown((words[0].name, name)), figure, "at most 3x", ratio <= 3, peer)


def own_rules_rows() -> Iterator[Row]:
    """All of our rules over one plan: the whole process beyond a bare start, and against checkov."""
    resources = len(plan_addresses(read_plan(PLAN)))
    medians = in_turns({"bare": command(BARE), "own": command(OWN, JUDGED)}, 15)
    beyond = (medians["own"] - medians["bare"]) * 1000
    what = f"own rules over {resources} resources, beyond interpreter start"
    peer = f"{shown(BARE)} ({medians['bare'] * 1000:.0f} ms)"
    yield Row(what, f"{beyond:.0f} ms", "at most 50 ms", beyond <= 50, peer)
    words = checkov_cli(PLAN)
    medians = in_turns({"own": command(OWN, JUDGED), "checkov": command(words, (0, 1))}, 3)
    ratio = medians["checkov"] / medians["own"]
    peer = f"{shown(words)} ({medians['checkov']:.1f} s)"
    yield Row("the same, whole process", f"{ratio:.0f}x faster", "-", None, peer)


def checkov_rows(plans: Sequence[Path]) -> Iterator[Row]:
    """Checkov over all environments in our one process, against one run of its command line."""
    python = find_python({}, ROOT)
    addresses = {path: plan_addresses(read_plan(path)) for path in plans}

    def ours() -> None:
        answers = judge_plans(python, addresses)
        if not all(answer.passed and not answer.not_judged for answer in answers.values()):
            raise RuntimeError("checkov did not judge every plan, so its time says nothing")

    words = checkov_cli(plans[0])
    medians = in_turns({"ours": ours, "checkov": command(words, (0, 1))}, 3)
    ratio = medians["ours"] / medians["checkov"]
    what = f"checkov over {len(plans)} environments, our runner"
    peer = f"ONE {shown((words[0], '-f', 'PROD/plan.json', *words[3:]))} ({medians['checkov']:.1f} s)"
    yield Row(what, f"{ratio:.2f}x ({medians['ours']:.1f} s)", "at most 1.3x", ratio <= 1.3, peer)
