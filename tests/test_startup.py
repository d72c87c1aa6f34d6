"""What starts fast stays fast: the heavy libraries are imported only by the commands that need them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.account_file import write_account

HEAVY = {
    "boto3",
    "botocore",
    "moto",
    "checkov",
    "duckdb",
    "sqlglot",
    "python_terraform",
    "yaml",
    "pydantic",
    "requests",
    "asyncio",
    "cryptography",
    "sqlite3",
}
TRAIL = Path(__file__).parent / "cases" / "trail"
PLANS = Path(__file__).parent / "cases" / "plans"
PROBE = """
import json, sys
from iam_guardrails.cli import main
try:
    main(json.loads(sys.argv[1]))
except SystemExit:
    pass
print("\\n" + json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def modules_after(arguments: list[str]) -> set[str]:
    ran = subprocess.run(
        [sys.executable, "-c", PROBE, json.dumps(arguments)], capture_output=True, text=True, check=True
    )
    return set(json.loads(ran.stderr.splitlines()[-1]))


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["validate", "--help"]])
def test_help_and_version_import_next_to_nothing(arguments: list[str]) -> None:
    loaded = modules_after(arguments)
    assert not HEAVY & loaded
    ours = {name for name in loaded if name.startswith("iam_guardrails")}
    assert ours <= {"iam_guardrails", "iam_guardrails.cli", "iam_guardrails.version"}


@pytest.mark.parametrize(
    "arguments",
    [
        ["rules"],
        ["validate", "--plan", str(PLANS / "twelve-defects" / "plan.json"),
         "--config", str(PLANS / "twelve-defects" / "guardrails.toml")],
    ],
)  # fmt: skip
def test_offline_commands_import_no_heavy_library(arguments: list[str]) -> None:
    loaded = modules_after(arguments)
    assert "parsy" not in loaded, "a usual filter pattern is read without the parser library"
    reached = {"iam_guardrails.rules.registry", "iam_guardrails.reports.rule_table"}
    assert reached & loaded, "the command did not get as far as the rules"
    assert not HEAVY & loaded


def test_trail_verify_imports_no_heavy_library_for_its_help_and_no_boto3_for_a_folder() -> None:
    assert not HEAVY & modules_after(["trail", "verify", "--help"])
    evidence = TRAIL / "evidence"
    asked = [str(evidence / "store"), "--public-keys", str(evidence / "public-keys.json")]
    loaded = modules_after(["trail", "verify", *asked])
    assert loaded >= {"cryptography", "sqlite3"}
    assert not (HEAVY - {"cryptography", "sqlite3"}) & loaded


def test_trail_match_imports_no_heavy_library_and_the_grammar_only_for_what_needs_it() -> None:
    asked = ["--events", str(TRAIL / "use-of-the-role.json")]
    loaded = modules_after(["trail", "match", "--pattern-file", str(TRAIL / "console-without-mfa.pattern"), *asked])
    assert "iam_guardrails.journeys.trail_match" in loaded
    assert not (HEAVY | {"parsy"}) & loaded
    loaded = modules_after(["trail", "match", "--pattern", "{ $.sourceIPAddress = %^203% }", *asked])
    assert "parsy" in loaded
    assert not HEAVY & loaded


def test_a_question_loads_little_and_one_that_was_answered_before_less(tmp_path: Path) -> None:
    asked = ["--source", str(TRAIL / "history"), "--cache", str(tmp_path / "cache"), "--format", "csv"]
    idle = {"html", "iam_guardrails.reports.fitting", "typing_extensions", "inspect"}
    first, again = (modules_after(["trail", "ask", "last-use", *asked]) for _ in range(2))
    assert "msgspec" in first and "msgspec" not in again
    assert not (HEAVY | idle) & (first | again)
    assert not {"typing", "contextlib", "dataclasses"} & again


SHAPES = """
import msgspec
import iam_guardrails.adapters.trail_engine.engine
def below(made):
    for one in made.__subclasses__():
        yield one
        yield from below(one)
ours = [one for one in below(msgspec.Struct) if one.__module__.startswith("iam_guardrails.")]
print(len(ours), *(one.__qualname__ for one in ours if str in map(type, one.__annotations__.values())))
"""


def test_no_shape_of_the_engine_makes_msgspec_compile_an_annotation() -> None:
    """Which takes one new day milliseconds: `from __future__ import annotations` makes each one a text."""
    told = subprocess.run([sys.executable, "-c", SHAPES], capture_output=True, text=True, check=True).stdout.split()
    assert int(told[0]) > 20 and told[1:] == []


def test_a_capture_is_read_back_without_a_heavy_library(tmp_path: Path) -> None:
    details = tmp_path / "details.json"
    write_account(details, 20)
    probe = (
        "import sys; from iam_guardrails.adapters import capture_assembly, captures; from pathlib import Path;"
        "made = capture_assembly.capture_from_authorization_details(sys.argv[1], print);"
        "captures.write_capture(Path(sys.argv[2]), made); assert captures.load_capture(sys.argv[2]).account.roles;"
        "print(*sys.modules)"
    )
    words = [sys.executable, "-c", probe, str(details), str(tmp_path / "a.gz")]
    ran = subprocess.run(words, capture_output=True, text=True, check=True)
    assert not HEAVY & set(ran.stdout.split())
    assert "iam_guardrails.adapters.captures" in ran.stdout
