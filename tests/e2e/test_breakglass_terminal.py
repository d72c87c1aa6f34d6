"""The shell inside, on a real terminal of 80 columns: its prompt, the warnings, its end."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import sys
from pathlib import Path

import pytest
from tests.e2e.incidents import INCIDENT, Emergency
from tests.emulator.waiting import until
from tests.terminal import Terminal

from iam_guardrails.adapters import sandbox
from iam_guardrails.adapters.inside import holders
from iam_guardrails.model.incident.step import ENTERED, LEFT

pytestmark = pytest.mark.sandbox
ESCAPES = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z]|\][^\x07]*\x07|[=>()][A-Z0-9]?)")
INSIDE = """
import os, sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from iam_guardrails.adapters.inside import marked
from iam_guardrails.adapters.steady import steady
from iam_guardrails.child_wiring import held
from iam_guardrails.model.incident.entry import Issued, Keys, Order
from iam_guardrails.model.incident.session import Inside

seconds = int(sys.argv[1])
now = datetime.now(UTC)
order = Order("INC-20261128-1250-k7qf", "prod", "333333333333", "us-east-2", "role", "arn:role", "alex", 900, seconds)
issued = Issued(Keys("ASIA", "secret", "token"), now + timedelta(seconds=900), "arn:session", "AROA:alex", "", now)
inside = Inside(order, issued, "iam-user", "arn:alex", False, seconds, 0, steady())
with marked(Path(sys.argv[2]), order.incident_id) as mark:
    gone = held(sys.argv[3:], os.environ["SHELL"], os.environ, inside, mark, (4, 2))
print("GONE", gone.how, gone.exit_code)
"""
"""A session of a few seconds, warned 4 and 2 seconds before its end: nobody waits for an hour here."""


@pytest.fixture
def emergency(project: Path, running: sandbox.Sandbox) -> Emergency:
    return Emergency(project, running)


def shell_of(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def plain(text: str) -> list[str]:
    return [line.rpartition("\r")[2] for line in ESCAPES.sub("", text).replace("\r\n", "\n").split("\n")]


def test_a_code_is_asked_for_and_a_shell_counts_down(emergency: Emergency) -> None:
    home = emergency.root / "home"
    variables = emergency.variables(SHELL=shell_of("bash"), NO_COLOR="1")
    (home / ".bashrc").write_text(
        "PS1='mine$ '\nPROMPT_COMMAND='own=$((own+1));'\nalias hello='echo hello from ${HOME##*/}'\n"
    )
    terminal = Terminal(emergency.command("enter"), variables)
    terminal.until("MFA code of alex: ")
    terminal.type("12345\n")
    terminal.until("a code has six digits")
    terminal.until("MFA code of alex: ")
    terminal.type("123456\n")
    shown = terminal.until("mine$ ")
    assert not {"12345", "123456"} & set(terminal.seen.split()), "a code is not shown"
    assert re.search(r"\[dev INC-20261128-1250-k7qf 29:\d\d\] mine\$ $", shown)
    leave = ["leave with: exit", f"then: guardrails breakglass exit {INCIDENT} --sandbox"]
    assert plain(shown)[-3:-1] == leave
    terminal.type("hello\n")
    assert "hello\r\n" in terminal.until("hello from home\r"), "what is typed afterwards is shown again"
    terminal.type("sleep 1; echo count $own\n")
    terminal.until("count 2")
    assert terminal.until("mine$ ") < shown[shown.rindex("[dev") :], "the prompt stands still"
    terminal.type("exit 3\n")
    terminal.until(f"next: guardrails breakglass exit {INCIDENT} --sandbox\r\n")
    assert terminal.ended() == 3
    assert "\x1b[1;31m" not in terminal.seen
    assert [line for line in plain(terminal.seen) if len(line) > 80] == []
    assert emergency.steps(ENTERED)[0].content["how"] == "subshell"
    assert emergency.steps(LEFT)[0].content["exit_code"] == 3


@pytest.mark.parametrize("name", ["bash", "zsh", "fish", "dash"])
def test_every_shell_says_where_one_is_and_ends_when_told(emergency: Emergency, name: str) -> None:
    made = emergency.root / "made"
    made.mkdir()
    variables = emergency.variables(SHELL=shell_of(name), TMPDIR=str(made))
    terminal = Terminal(emergency.command("enter", "--mfa-command", "echo 123456"), variables)
    terminal.until("leave with: exit")
    terminal.until("[dev INC-20261128-1250-k7qf ")
    terminal.type("echo got-$GUARDRAILS_INCIDENT-$AWS_REGION\n")
    terminal.until(f"got-{INCIDENT}-us-east-2")
    os.kill(terminal.pid, signal.SIGTERM)
    terminal.until("next: guardrails breakglass exit")
    assert terminal.ended() != 0
    assert emergency.steps(LEFT)[0].content["how"] == "killed"
    assert list(made.glob("guardrails-*")) == []


def test_ctrl_c_reaches_the_command_and_leaves_us_to_write_the_record(emergency: Emergency) -> None:
    command = emergency.command("enter", "--mfa-command", "echo 123456", "--", "sh", "-c", "echo ready; exec sleep 60")
    terminal = Terminal(command, emergency.variables())
    terminal.until("ready")
    terminal.type("\x03")
    terminal.until("next: guardrails breakglass exit")
    assert terminal.ended() == 130
    assert emergency.steps(LEFT)[0].content["how"] == "killed"


def test_a_terminal_that_is_closed_ends_the_shell_and_is_on_record(emergency: Emergency) -> None:
    terminal = Terminal(
        emergency.command("enter", "--mfa-command", "echo 123456"), emergency.variables(SHELL=shell_of("bash"))
    )
    terminal.until("[dev INC-20261128-1250-k7qf ")
    terminal.close()
    until(lambda: emergency.steps(LEFT), "step", 20)
    assert emergency.steps(LEFT)[0].content["how"] == "killed"
    until(lambda: holders(emergency.records.work, INCIDENT) == (), "end")


def test_secrets_are_not_printed_on_a_terminal(emergency: Emergency) -> None:
    terminal = Terminal(emergency.command("enter", "--credential-process"), emergency.variables())
    terminal.until("stdout is a terminal")
    assert terminal.ended() == 2 and emergency.steps(ENTERED) == []


def inside(tmp_path: Path, seconds: int, *program: str, **variables: str) -> Terminal:
    plain_variables = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "NO_COLOR"))}
    scripts = str(Path(__file__).parents[2] / "scripts")
    given = plain_variables | {"PYTHONPATH": scripts, "HOME": str(tmp_path), "TERM": "xterm"} | variables
    return Terminal([sys.executable, "-c", INSIDE, str(seconds), str(tmp_path), *program], given)


@pytest.mark.parametrize("name", ["bash", "zsh"])
def test_warnings_come_on_lines_of_their_own_and_the_prompt_is_written_again(tmp_path: Path, name: str) -> None:
    (tmp_path / ".bashrc").write_text("PS1='mine$ '\n")
    (tmp_path / ".zshrc").write_text("PROMPT='mine$ '\n")
    terminal = inside(tmp_path, 7, SHELL=shell_of(name))
    terminal.until("mine$ ")
    terminal.type("half a word")
    terminal.until("half a word")
    before = terminal.until("\x07\x1b[1;31m*** INC-20261128-1250-k7qf: 0 min 4 s left, then this session ends ***")
    assert before.partition("\x07")[0].endswith("\n")
    again = terminal.until("half a word")
    assert "mine$ " in ESCAPES.sub("", again)
    terminal.until("0 min 2 s left")
    terminal.until("the time is over; this session ends now")
    terminal.until("GONE expired", 15)
    assert terminal.ended() == 0
    assert max(map(len, plain(terminal.seen))) <= 80


def test_a_command_that_overstays_is_warned_and_ended(tmp_path: Path) -> None:
    terminal = inside(tmp_path, 5, "sleep", "60", SHELL="/bin/sh", NO_COLOR="1")
    terminal.until("*** INC-20261128-1250-k7qf: 0 min 4 s left, then this session ends ***")
    terminal.until("0 min 2 s left")
    terminal.until("GONE expired 143", 15)


def test_a_command_that_will_not_end_is_made_to(tmp_path: Path) -> None:
    terminal = inside(tmp_path, 2, "sh", "-c", "trap '' TERM; while :; do sleep 1; done", SHELL="/bin/sh")
    terminal.until("GONE expired 137", 20)


def test_a_terminal_shows_again_what_is_typed_after_an_interrupted_question() -> None:
    asks = "from iam_guardrails.adapters import tty; tty.Asked(None, print).code('arn:mfa/alex', '')"
    words = f"trap : INT; {shlex.quote(sys.executable)} -c {shlex.quote(asks)}; stty -a; echo over"
    terminal = Terminal(["sh", "-c", words], os.environ)
    terminal.until("MFA code of alex: ")
    terminal.type("778\n")  # no code; it asks again
    terminal.until("what is typed is not shown")
    terminal.until("MFA code of alex: ")
    terminal.type("779\x03")
    flags = terminal.until("over").split()
    assert "echo" in flags and "-echo" not in flags and "-echonl" in flags
    assert "778" not in terminal.seen and "779" not in terminal.seen
