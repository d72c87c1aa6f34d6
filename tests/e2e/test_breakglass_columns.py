"""One whole use on a terminal of 80 columns: what is shown fits, comes in order, and ends with what is needed next."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.e2e.incidents import Emergency
from tests.terminal import Terminal

from iam_guardrails.adapters import sandbox

pytestmark = pytest.mark.sandbox
ESCAPES = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z]|\][^\x07]*\x07|[=>()][A-Z0-9]?)")
COMMAND = re.compile(r"\s*(?:[a-z][a-z ]*: )?(?:guardrails|aws) ")
DUE = f"{datetime.now(UTC) + timedelta(days=30):%Y-%m-%d}"
MFA = ("--mfa-command", "echo 123456")


@pytest.fixture
def emergency(project: Path, running: sandbox.Sandbox) -> Emergency:
    made = Emergency(project, running)
    for path in made.records.folder.iterdir():
        path.unlink()
    return made


def on_terminal(emergency: Emergency, *words: str, typed: Sequence[tuple[str, str]] = (), code: int = 0) -> list[str]:
    """What a command shows, line by line, without colours. typed: what is waited for, and the answer."""
    begin = [sys.executable, "-m", "iam_guardrails", "--root", str(emergency.root)]
    terminal = Terminal(
        [*begin, *words[:2], "--sandbox", *words[2:]], emergency.variables(COLUMNS="80"), folder=emergency.root
    )
    for question, answer in typed:
        terminal.until(question)
        terminal.type(f"{answer}\n")
    assert terminal.ended() == code, terminal.seen
    plain = ESCAPES.sub("", terminal.seen).replace("\r\n", "\n")
    assert not [sign for sign in plain if not sign.isprintable() and sign not in "\r\n\a"]
    lines = [line.rpartition("\r")[2] for line in plain.rstrip("\n").split("\n")]
    assert [line for line in lines if len(line) > 80 and not COMMAND.match(line)] == []
    return lines


def test_a_whole_use_fits_and_says_what_is_next(emergency: Emergency) -> None:
    opened = on_terminal(emergency, "breakglass", "open", "dev", typed=[
        ("why is the role needed: ", "the queue is stuck, and every caller waits"),
        ("for how many minutes", "30"), ("purpose (", "rotate-secret"), ("who enters (", "alex"),
    ])  # fmt: skip
    name = opened[-1].split()[-2]
    assert opened[-1] == f"next: guardrails breakglass enter {name} --sandbox"
    inside = on_terminal(emergency, "breakglass", "enter", *MFA, "--", "true")
    assert inside[-1] == f"next: guardrails breakglass exit {name} --sandbox"
    for words in (["breakglass", "status"], ["breakglass", "show"], ["breakglass", "list"],
                  ["breakglass", "close", "--no-terraform"]):  # fmt: skip
        assert on_terminal(emergency, *words, code="close" in words)[-1] == inside[-1]
    assert on_terminal(emergency, "breakglass", "exit")[-1] == f"next: guardrails breakglass close {name} --sandbox"
    closed = on_terminal(emergency, "breakglass", "close", "--no-terraform", typed=[
        ("What happened", "it was stuck"), ("What makes the next", "fix it"), ("Who does it", "alex"),
        ("Until which day", DUE), ("What makes the next", ""),
    ])  # fmt: skip
    begins = [number for number, line in enumerate(closed) if line.startswith((f"{name}: ", "What happened"))]
    assert closed[begins[0]].startswith(name) and len(begins) == 2, "what was found is shown first, and once"
    assert closed[-1] == "next: guardrails breakglass status dev --sandbox"
    done = f"next: guardrails breakglass prevented {name} 1 --evidence TEXT --sandbox"
    for words in (["status"], ["show", name], ["list"]):
        assert on_terminal(emergency, "breakglass", *words)[-1] == done
    assert on_terminal(emergency, "records", "verify")[-1].startswith("next: guardrails records verify --sandbox ")
    assert on_terminal(emergency, "breakglass", "enter", name, "--", "true", code=2)
    assert json.loads((emergency.records.folder / f"{name}.head.json").read_text())["lines"] == 7
