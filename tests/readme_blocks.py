"""The parts of README.md that are derived. `python -m tests.readme_blocks` writes them anew; test_readme compares them.

`python -m tests.readme_blocks --ran test=FILE` also puts the captured output of `make test` where the README shows it.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
STACK = "tests/cases/plans/twelve-defects"
TWELVE = ("validate", "--plan", f"{STACK}/plan.json", "--config", f"{STACK}/guardrails.toml")
FOUND_BY = {
    1: "breakglass-mfa-required", 2: "breakglass-session-one-hour", 3: "breakglass-mfa-lockout",
    4: "filter-on-trail-log-group", 5: "filter-event-name-known", 6: "filter-comparison-inverted",
    7: "alarm-metric-exists", 8: "alarm-statistic-sum", 9: "alarm-period-short", 10: "alarm-actions-present",
    11: "topic-key-usable", 12: "topic-subscribed",
}  # fmt: skip


@cache
def said(*arguments: str) -> str:
    """What `guardrails` with these arguments prints, run in the project's folder."""
    variables = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1"}
    ran = subprocess.run(
        [sys.executable, "-m", "iam_guardrails", *arguments], cwd=ROOT, env=variables, capture_output=True, text=True
    )
    if ran.returncode == 2 or ran.stderr:
        raise RuntimeError(f"guardrails {' '.join(arguments)} ended with {ran.returncode}: {ran.stderr}")
    return ran.stdout


def fenced(text: str, language: str = "text") -> str:
    """`text` as a fenced block."""
    return f"```{language}\n{text.strip()}\n```"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def commands() -> tuple[str, ...]:
    """Every subcommand of `guardrails`, in the order of its help."""
    from iam_guardrails.cli import parser

    action = next(item for item in parser()._actions if isinstance(item, argparse._SubParsersAction))
    return tuple(action.choices)


def policy_actions() -> tuple[str, ...]:
    """Every action of `guardrails policy`."""
    from iam_guardrails.policy_command import ACTIONS

    return tuple(ACTIONS)


def access_actions() -> tuple[str, ...]:
    """Every action of `guardrails access`."""
    from iam_guardrails.access_command import ACTIONS

    return tuple(ACTIONS)


def trail_actions() -> tuple[str, ...]:
    """Every action of `guardrails trail`."""
    from iam_guardrails.trail_command import ACTIONS

    return tuple(ACTIONS)


def targets() -> dict[str, str]:
    """Every documented target of the Makefile and what it is for."""
    return dict(re.findall(r"^([a-z-]+):.*?## (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE))


def _targets() -> str:
    return table(("target", "what it does"), [(f"`make {name}`", text) for name, text in targets().items()])


def _help() -> str:
    parts = [fenced(said("--help"))]
    named = [(name,) for name in commands()] + [("trail", name) for name in trail_actions()]
    named += [("policy", name) for name in policy_actions()]
    named += [("access", name) for name in access_actions()]
    parts += [f"`guardrails {' '.join(words)}`\n\n{fenced(said(*words, '--help'))}" for words in named]
    return "\n\n".join(parts)


def _rules() -> str:
    return said("rules", "--format", "markdown").strip()


def _judged() -> str:
    listed = json.loads(said("rules", "--format", "json"))
    live = [f"`{item['id']}`" for item in listed if item["judged"] == "live"]
    reconciled = [item for item in listed if item["judged"] == "reconcile"]
    return (
        f"There are {len(listed)} rules. {len(listed) - len(live) - len(reconciled)} of them judge a plan and the live"
        f" account alike; {len(reconciled)} hold CloudTrail against records (`breakglass reconcile`);"
        f" {len(live)} can be judged only live:\n{', '.join(live)}."
    )


def _limits() -> str:
    from iam_guardrails.emulator.limits import LIMITS

    rows = []
    for item in LIMITS:
        named = [f"`{name}`" for name in (*item.rule_ids, *item.clean_rule_ids)]
        rows.append((item.what, item.consequence, ", ".join(named) or "none"))
    return table(("What the embedded AWS does", "What is therefore not shown", "Rules not counted there"), rows)


def _defects() -> str:
    findings = json.loads(said(*TWELVE, "--format", "json"))["findings"]
    address = {item["rule"]: item["address"] for item in findings}
    marked = re.findall(r"defect (\d+): ([^;\n]+)", (ROOT / STACK / "main.tf").read_text())
    rows = [
        (
            number,
            text.strip().replace("!=", "`!=`"),
            f"`{address[FOUND_BY[int(number)]]}`",
            f"`{FOUND_BY[int(number)]}`",
        )
        for number, text in sorted(marked, key=lambda item: int(item[0]))
    ]
    return table(("", "defect, as marked in the stack", "found at", "by the rule"), rows)


def _twelve() -> str:
    whole = said(*TWELVE)
    findings, _, rest = whole.partition("\nNOT JUDGED\n")
    lines = [line for line in findings.splitlines()[1:] if line and not line.startswith("         -> ")]
    kept = [line for line in lines if not re.match(r" {9}[a-z-]+(;|$)", line)]
    return fenced("\n".join([*kept, "…", rest.strip().splitlines()[-1]]))


def _cis() -> str:
    from tests.cis_table import published, row

    head = (
        "CIS recommendation", "about", "sees of our catalogue", "misses of its own subject",
        "fires on everyday traffic", "what sees the missed ones here",
    )  # fmt: skip
    return table(head, [row(item) for item in published()])


def _together() -> str:
    from tests.cis_table import together

    head = ("events", "in the catalogue", "missed by all CIS v7.0 patterns together", "missed by ours")
    return table(head, list(together()))


def _methods() -> str:
    return said("policy", "escalations", "--methods", "--format", "markdown").strip()


BLOCKS: dict[str, Callable[[], str]] = {
    "targets": _targets, "defects": _defects, "twelve": _twelve, "judged": _judged, "rules": _rules,
    "limits": _limits, "cis": _cis, "together": _together, "methods": _methods,
    "help": _help,
}  # fmt: skip


def embedded(readme: str, name: str) -> str:
    """What stands between the markers of the block `name`. Raises ValueError when it has none, or several."""
    found = re.findall(rf"<!-- {name}:begin -->\n(.*?)\n?<!-- {name}:end -->", readme, re.DOTALL)
    if len(found) != 1:
        raise ValueError(f"README.md has {len(found)} blocks named {name}")
    return str(found[0])


def replaced(readme: str, name: str, text: str) -> str:
    """README text with the block `name` replaced."""
    embedded(readme, name)
    begin, end = f"<!-- {name}:begin -->\n", f"<!-- {name}:end -->"
    head, _, rest = readme.partition(begin)
    return f"{head}{begin}{text.strip()}\n{end}{rest.partition(end)[2]}"


def ran(readme: str, target: str, output: str) -> str:
    """README text with the captured output of `make TARGET` in its place."""
    begin, end = f"<!-- make {target}: output -->", f"<!-- make {target}: end -->"
    head, mark, rest = readme.partition(begin)
    if not mark or end not in rest:
        raise ValueError(f"README.md has no place for the output of make {target}")
    return f"{head}{begin}\n{fenced(output)}\n{end}{rest.partition(end)[2]}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Write README.md anew."""
    top = argparse.ArgumentParser(description="Write the derived parts of README.md.")
    top.add_argument("--ran", action="append", default=[], metavar="TARGET=FILE", help="captured output of a target")
    given = top.parse_args(arguments)
    text = README.read_text(encoding="utf-8")
    for name, make in BLOCKS.items():
        text = replaced(text, name, make())
    for item in given.ran:
        target, _, path = item.partition("=")
        text = ran(text, target, Path(path).read_text(encoding="utf-8"))
    README.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
