"""README.md tells the truth: derived parts are compared, commands are parsed or run, and what it names exists."""

from __future__ import annotations

import ast
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

import pytest
import yaml

from iam_guardrails.adapters.expectations import read_expectations
from iam_guardrails.adapters.plan_json import read_plan
from iam_guardrails.cli import EPILOG, FORMATS, parser
from tests.environment_plans import Planned
from tests.readme_blocks import (
    BLOCKS,
    README,
    ROOT,
    access_actions,
    commands,
    embedded,
    policy_actions,
    ran,
    replaced,
    targets,
    trail_actions,
)

TEXT = README.read_text(encoding="utf-8")
PACKAGE = ROOT / "scripts" / "iam_guardrails"
TOPS = ("modules", "envs", "scripts", "tests", "requirements", ".ci")
MINIMAL = 'account_id = "333333333333"\nhome_region = "us-east-2"\n'


def fences(language: str) -> list[str]:
    found = re.findall(rf"^ *```{language}\n(.*?)^ *```$", TEXT, re.MULTILINE | re.DOTALL)
    assert found, f"README.md shows no {language}"
    return [str(item) for item in found]


def shell_lines() -> list[str]:
    joined = "\n".join(fences("sh")).replace("\\\n", " ")
    return [line.strip() for line in joined.splitlines() if line.strip()]


def section(heading: str) -> str:
    found = re.search(rf"^(#+) {re.escape(heading)}\n(.*?)(?=^#{{1,3}} |\Z)", TEXT, re.MULTILINE | re.DOTALL)
    assert found, f"README.md has no section {heading}"
    return found.group(2)


def rows(text: str) -> list[list[str]]:
    listed = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in listed[2:]]


@pytest.mark.parametrize("name", BLOCKS)
def test_what_is_derived_is_up_to_date(name: str) -> None:
    shown, made = embedded(TEXT, name), BLOCKS[name]().strip()
    assert shown.split() == made.split(), "write it anew: python -m tests.readme_blocks"


def test_the_twelve_defects_are_twelve_and_each_has_a_finding_of_its_own() -> None:
    found = rows(embedded(TEXT, "defects"))
    assert [row[0] for row in found] == [str(number) for number in range(1, 13)]
    assert len({row[3] for row in found}) == 12


def test_a_block_is_replaced_as_a_whole_and_only_once() -> None:
    page = "a\n<!-- x:begin -->\nold\n<!-- x:end -->\nb\n"
    assert replaced(page, "x", "new\n") == page.replace("old", "new")
    assert replaced(replaced(page, "x", ""), "x", "new") == page.replace("old", "new")
    with pytest.raises(ValueError, match="2 blocks named x"):
        replaced(page + page, "x", "new")
    with pytest.raises(ValueError, match="no place for the output of make y"):
        ran(page, "y", "done")


def test_the_output_of_a_target_goes_between_its_markers() -> None:
    page = "<!-- make test: output -->\n<!-- make test: end -->\n"
    once = ran(page, "test", "1 passed\n")
    assert once == "<!-- make test: output -->\n```text\n1 passed\n```\n<!-- make test: end -->\n"
    assert ran(once, "test", "1 passed") == once


def test_the_two_commands_come_first() -> None:
    assert fences("sh")[0].split("\n")[:2] == ["make demo", "make test"]


def test_every_target_is_explained_and_every_target_named_exists() -> None:
    phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert phony
    there = set(phony.group(1).split())
    assert set(targets()) == there
    named = set(re.findall(r"`make ([a-z-]+)", TEXT))
    for line in shell_lines():
        if line.startswith("make "):
            named |= {word for word in line.split()[1:] if "=" not in word}
    assert there <= named
    assert named <= there


def test_every_guardrails_command_shown_is_one() -> None:
    shown = [line.partition("guardrails ")[2] for line in shell_lines() if re.match(r"(\.venv/bin/)?guardrails ", line)]
    for line in shown:
        parser().parse_args(shlex.split(line))
    used = {line.split()[0] for line in shown} | set(re.findall(r"guardrails ([a-z-]+)", TEXT))
    assert set(commands()) <= used
    assert set(policy_actions()) == {line.split()[1] for line in shown if line.startswith("policy ")}
    assert set(access_actions()) == {line.split()[1] for line in shown if line.startswith("access ")}
    assert set(trail_actions()) == {line.split()[1] for line in shown if line.startswith("trail ")}


def test_exit_codes_and_formats() -> None:
    told = {row[0]: row[1] for row in rows(section("Reports and exit codes")) if row[0].isdigit()}
    assert told == dict(re.findall(r"(\d) ([a-z ]+)", EPILOG.partition(". ")[0]))
    assert [row[0].strip("`") for row in rows(section("Reports and exit codes"))][: len(FORMATS)] == list(FORMATS)


def test_every_toml_example_is_read_as_expectations(tmp_path: Path) -> None:
    for example in fences("toml"):
        content = tomllib.loads(example)
        path = tmp_path / "guardrails.toml"
        path.write_text(("" if "account_id" in content else MINIMAL) + example)
        expected = read_expectations(path)
        assert (len(expected.waivers), len(expected.known_noise)) == (
            len(content.get("waiver", [])), len(content.get("known_noise", [])),
        )  # fmt: skip


def test_every_key_of_guardrails_toml_is_explained() -> None:
    tree = ast.parse((PACKAGE / "adapters" / "expectations.py").read_text())
    keys = set()
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        if name in ("value", "strings", "table", "tables"):
            texts = [item.value for item in call.args if isinstance(item, ast.Constant) and isinstance(item.value, str)]
            keys |= set(texts[:1])
    assert {"account_id", "role_names", "waiver", "checkov_skip"} <= keys
    told = set(re.findall(r"`\[*(\w+)\]*`", section("guardrails.toml: what is expected")))
    assert keys <= told


def test_offline_examples_print_what_is_shown(tmp_path: Path) -> None:
    """Each line shown below an offline command is in its real output, in that order."""
    commands = r"(?:validate --plan|chain --plan|trail (?:match|verify|ask)|policy \w+|access [\w-]+)"
    pattern = rf"```sh\n([^`]*?guardrails {commands} [^`]*?)```\n+```text\n(.*?)```"
    found = re.findall(pattern, TEXT, re.DOTALL)
    assert len(found) >= 5
    for shell, shown in found:
        arguments = shlex.split(shell.replace("\\\n", " ").strip().splitlines()[-1])[1:]
        done = subprocess.run(
            [sys.executable, "-m", "iam_guardrails", *arguments], cwd=ROOT, capture_output=True, text=True,
            env={**os.environ, "XDG_CACHE_HOME": str(tmp_path)},
        )  # fmt: skip
        assert done.stderr == ""
        real = iter(done.stdout.splitlines())
        for line in shown.splitlines():
            if line.strip() != "…":
                assert any(line == other for other in real), f"not printed, or not in this order: {line}"


def test_every_path_and_link_leads_somewhere() -> None:
    prose = re.sub(r"<!-- (\w+):begin -->.*?<!-- \1:end -->", "", TEXT, flags=re.DOTALL)
    paths = {item for item in re.findall(r"`([\w./*-]+)`", prose) if item.split("/")[0] in TOPS and "/" in item}
    paths |= set(re.findall(r"`(\w+\.md|Makefile|pyproject\.toml)`", prose))
    assert len(paths) > 20
    missing = [item for item in sorted(paths) if not any(ROOT.glob(item.rstrip("/"))) and not module_path(item)]
    headings = {re.sub(r"[^\w -]", "", text).lower().replace(" ", "-") for text in re.findall(r"^#+ (.*)$", TEXT, re.M)}
    for link in re.findall(r"\]\(([^)\s]+)\)", prose):
        there = link[1:] in headings if link.startswith("#") else (ROOT / link.partition("#")[0]).exists()
        missing += [] if there else [link]
    assert missing == []


def module_path(item: str) -> bool:
    """Paths in the steps for a new module are relative to it."""
    return item.startswith("tests/") and any((ROOT / "modules").glob(f"*/{item}"))


def test_every_message_of_the_troubleshooting_table_is_one_the_program_says() -> None:
    said = "\n".join(message for path in PACKAGE.rglob("*.py") for message in texts(path))
    unsaid = []
    for row in rows(section("Troubleshooting")):
        message = row[0].strip("`")
        if not re.search(".{1,80}?".join(map(re.escape, re.split(r" ?… ?", message))), said):
            unsaid.append(message)
    assert unsaid == []


def texts(path: Path) -> list[str]:
    """Every string of a module, with its replacement fields as an ellipsis."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.JoinedStr):
            pieces = [str(item.value) if isinstance(item, ast.Constant) else "…" for item in node.values]
            found.append("".join(pieces))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.append(re.sub(r"\{\w+\}", "…", node.value))
    return found


def test_the_ci_example_is_yaml_that_calls_real_commands() -> None:
    jobs = yaml.safe_load(fences("yaml")[0])["jobs"]["guardrails"]
    accounts = {item["env"]: item["account"] for item in jobs["strategy"]["matrix"]["include"]}
    folders = {path.parent.name for path in (ROOT / "envs").glob("*/guardrails.toml")}
    assert set(accounts) == folders
    for name, account in accounts.items():
        assert read_expectations(ROOT / "envs" / name / "guardrails.toml").account_id == account
    lines = [line.strip() for step in jobs["steps"] for line in step.get("run", "").splitlines()]
    called = [line.partition("guardrails ")[2] for line in lines if line.startswith(".venv/bin/guardrails ")]
    commands = {parser().parse_args(shlex.split(line)).command for line in called}
    assert commands == {"validate", "drift", "verify", "records", "breakglass"}
    late = next(step for step in jobs["steps"] if "breakglass status" in step.get("run", ""))
    assert late["if"] == "always()" and len(late["run"].splitlines()) == 1, "nothing that failed before hides it"


def test_the_costs_add_up() -> None:
    lines = rows(section("What it costs in AWS"))
    fixed = next(index for index, row in enumerate(lines) if "fixed by this stack" in row[0])
    amounts = [round(float(row[-1].strip("* |")) * 100) for row in lines]
    assert sum(amounts[:fixed]) == amounts[fixed]
    assert sum(amounts[:-1]) - amounts[fixed] == amounts[-1]


@pytest.mark.terraform
def test_the_costs_count_what_prod_really_plans(planned: Planned) -> None:
    changes = read_plan(planned("prod")).content["resource_changes"]
    there = Counter(item["type"] for item in changes if item["mode"] == "managed")
    told = {}
    for row in rows(section("What it costs in AWS")):
        named, number = re.search(r"\(`(aws_\w+)`\)", row[0]), re.match(r"\d+", row[1])
        if named and number:
            told[named.group(1)] = int(number.group())
    assert len(told) >= 8
    assert told == {name: there[name] for name in told}
    assert f"1 of {sum(there.values())} module.guardrails" in TEXT


def test_the_log_of_operations_holds_no_entry_without_a_day() -> None:
    text = (ROOT / "Change_Log.md").read_text(encoding="utf-8")
    form = re.findall(r"^### YYYY-MM-DD · ([a-z-]+) ·", text, re.MULTILINE)
    assert form == ["break-glass", "review", "waiver"]
    entries = text.partition("\n## Entries\n")[2]
    for heading in re.findall(r"^### (.*)$", entries, re.MULTILINE):
        assert re.match(rf"\d{{4}}-\d\d-\d\d · ({'|'.join(form)}) · ", heading), heading
