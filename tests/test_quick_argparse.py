"""What argparse says is the same where it was loaded without gettext, and gettext is there for everything else."""

from __future__ import annotations

import subprocess
import sys

import pytest

ASKED = """
import sys, argparse
made = argparse.ArgumentParser("x", formatter_class=lambda prog: argparse.HelpFormatter(prog, width=80))
made.add_argument("--two", nargs=2)
made.add_argument("--one", nargs=1, choices=["a"])
made.add_mutually_exclusive_group(required=True).add_argument("--three")
for words in (["--two"], ["--one"], ["--one", "b"], ["--four"], [], ["-h"]):
    try:
        made.parse_args(words)
    except SystemExit:
        pass
try:
    made.add_argument("--two", "--one")
except argparse.ArgumentError as error:
    print(error)
"""
LOAD = "from iam_guardrails import quick_argparse; quick_argparse.load()"
QUICK = f"{LOAD}; import sys; assert 'gettext' not in sys.modules"
REAL = "import gettext; assert gettext.translation and gettext.gettext('a') == 'a'"
PROGRAM = """
import sys
sys.argv[1:] = ["--version"]
from iam_guardrails.entry import main
main()
assert "argparse" in sys.modules and not {"gettext", "locale"} & set(sys.modules)
"""


def said(script: str) -> tuple[str, str]:
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return ran.stdout, ran.stderr


def test_argparse_says_the_same() -> None:
    quick = said(f"{QUICK}\n{ASKED}\n{REAL}")
    assert quick == said(ASKED) == said(f"import gettext\n{LOAD}\n{ASKED}")
    assert "expected 2 arguments" in quick[1] and "conflicting option strings" in quick[0]


def test_the_program_loads_none_of_it() -> None:
    assert said(PROGRAM)[0].startswith("guardrails ")


@pytest.mark.parametrize("before", ["argparse", "gettext"])
def test_what_is_loaded_already_stays(before: str) -> None:
    said(f"import {before} as it, sys\n{LOAD}\nassert sys.modules['{before}'] is it")
