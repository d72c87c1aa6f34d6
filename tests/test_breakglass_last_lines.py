"""The last line of every command of an emergency, on every outcome, tells what to do: the commands, walked one by one.

They run in this process, in a project with one environment, with an AWS at which nobody answers.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from iam_guardrails.adapters.incidents import IncidentRecords
from iam_guardrails.breakglass_command import ACTIONS
from iam_guardrails.cli import main
from iam_guardrails.model.incident.examined import Closed, Examined, Item, Prevention
from iam_guardrails.model.incident.step import CLOSED, ENTERED, EXAMINED, EXITED, Entered, Exited, Opened
from iam_guardrails.records_command import ACTIONS as OF_RECORDS
from iam_guardrails.reports.next_line import with_store
from tests.breakglass_project import ACCOUNT, PRIMARY, environ, make

ID, NOW = "INC-20261128-1150-k7qf", datetime.now(UTC)
ROLE = f"arn:aws:iam::{ACCOUNT}:role/prod-breakglass-admin"
OPEN = Item("open-1a2b3c", "a port is open", "still open", "it is there", "aws ec2 x", writes=("e1",))
DOUBT = Item("doubt-1a2b3c", "a call", "not judged", "nobody knows", writes=("e2",))
GONE = Item("gone-1a2b3c", "a user", "reverted", "not there", writes=("e3",))
LOOKED = Examined("2026-11-28T11:45:00Z", "2026-11-28T13:00:00Z", "lookup:us-east-2", (OPEN, DOUBT, GONE), ())
AFTER = Entered(ROLE, "iam-user", "alex", PRIMARY, "arn", "AROA:alex", ACCOUNT, "us-east-2", 30,
                NOW + timedelta(minutes=20), "subshell")  # fmt: skip
DUE = (NOW + timedelta(days=9)).date().isoformat()
REVIEW = Closed("it was stuck", 2, (Prevention("tighten it", "alex", DUE),), "", "", "", "")
NOTHING_LEFT = Closed("it was stuck", 2, (), "the page will not come", "", "", "")
STATES: dict[str, list[tuple[str, Any]]] = {
    "nothing": [], "declared": [], "inside": [(ENTERED, AFTER)], "looked": [(EXAMINED, LOOKED)],
    "exited": [(ENTERED, AFTER), (EXITED, Exited(ROLE, NOW + timedelta(seconds=30)))],
    "closed": [(EXAMINED, Examined("", "", "lookup:us-east-2", (GONE,), ())), (CLOSED, REVIEW)],
    "done": [(EXAMINED, Examined("", "", "lookup:us-east-2", (GONE,), ())), (CLOSED, NOTHING_LEFT)],
}  # fmt: skip
OPENING = ["open", "prod", "--reason", "x", "--minutes", "30", "--person", PRIMARY, "--no-capture"]
EVIDENCE = ["--evidence", "see the ticket"]
STAYS = ["--owner", "alex", "--ticket", "T-1", "--until", DUE, "--reason", "x"]
WORDS: dict[str, list[list[str]]] = {
    "open": [OPENING, ["open"], ["open", "prod"], [*OPENING[:5], "90", "--person", "x"]],
    "extend": [["extend", "--minutes", "30", "--reason", "x"], ["extend", ID, "--minutes", "0", "--reason", "x"]],
    "note": [["note", ID, "a sentence"], ["note", ID]],
    "enter": [["enter", ID], ["enter", "--mfa-command", "echo 123456", "--", "true"], ["enter", "--", "no-such"]],
    "exit": [["exit", ID]], "status": [["status"], ["status", "prod"], ["status", "nowhere"]],
    "list": [["list"]], "show": [["show"], ["show", ID], ["show", "INC-nothing"]],
    "close": [["close", ID, "--no-wait", "--no-terraform"], ["close", ID, "--wait", "-1"]],
    "accept": [["accept", ID, OPEN.id, *STAYS], ["accept", ID, GONE.id, *STAYS], ["accept", ID, "no-item", *STAYS]],
    "reverted": [["reverted", ID, item.id, *EVIDENCE] for item in (DOUBT, OPEN, GONE)],
    "prevented": [["prevented", ID, "1", *EVIDENCE], ["prevented", ID, "7", *EVIDENCE]],
    "reconcile": [["reconcile", "prod"], ["reconcile", "prod", "--since", "2999-01-01"]],
}  # fmt: skip
RECORDS: dict[str, list[list[str]]] = {
    "verify": [["verify"]], "send": [["send"], ["send", "--store", "s3://nobody/x"]],
    "fetch": [["fetch", ID], ["fetch", ID, "--store", "s3://nobody/x"], ["fetch", ID, "--store", "there"]],
}  # fmt: skip
ASKS_AWS = {"open": ("nothing", "declared"), "enter": ("declared", "exited", "done"), "exit": ("declared",),
            "close": ("nothing", "declared", "inside", "done"), "reconcile": ("declared",), "send": ("looked",),
            "fetch": ("looked",)}  # fmt: skip
"""Commands that ask AWS, which takes time, and the states in which they are walked."""
TELLS = re.compile(
    r"^next: \S|^nothing is to be done|\b(guardrails|git|aws) [a-z]|--[a-z]|"
    r"\b(repeat|give|leave|write|choose|say|undo|restore|keep|free|put|add|mend)\b"
)
"""A command, an option, or a word that asks for something."""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    made = make(tmp_path)
    (made / "Change_Log.md").write_text("# Change log\n\n## Entries\n\nNone yet.\n")
    with monkeypatch.context() as told:
        for name in list(os.environ):
            told.delenv(name, raising=False)
        for name, value in environ().items():
            told.setenv(name, value)
        told.chdir(made)
        yield made


def begin(root: Path, state: str) -> IncidentRecords:
    kept = IncidentRecords(root / "envs/prod/records", root / ".guardrails/prod", lambda: datetime.now(UTC), "a@b")
    if state != "nothing":
        kept.open(Opened(ID, "prod", ACCOUNT, "us-east-2", PRIMARY, "an outage", 30))
    for kind, content in STATES[state]:
        kept.append(ID, kind, content)
    return kept


def anew(root: Path, state: str) -> None:
    for path in (root / "envs/prod/records/incidents").glob("*"):
        path.unlink()
    begin(root, state)


def ran(words: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """The exit code, and the last line: of the result, or where there is none of why there is none."""
    try:
        code = main(words)
    except SystemExit as end:  # argparse refuses the words
        code = int(end.code or 0)
    found = capsys.readouterr()
    lines = [line for line in (found.out.strip() or found.err.strip()).splitlines() if line.strip()]
    return code, lines[-1]


def test_every_action_is_walked() -> None:
    assert set(WORDS) == set(ACTIONS) and set(RECORDS) == set(OF_RECORDS)


@pytest.mark.parametrize("state", list(STATES))
def test_the_last_line_tells_what_to_do(state: str, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong, codes = [], set[int]()
    walked = [(action, ["breakglass", *words]) for action, several in WORDS.items() for words in several]
    walked += [(action, ["records", *words]) for action, several in RECORDS.items() for words in several]
    for action, words in walked:
        if state in ASKS_AWS.get(action, STATES):
            anew(root, state)
            code, last = ran(words, capsys)
            codes.add(code)
            wrong += [] if TELLS.search(last) else [f"{shlex.join(words)}: {last}"]
    assert not wrong, "\n".join(wrong)
    assert {0, 2} <= codes, "no command was carried out, or none was refused"


def test_a_result_ends_with_a_command_or_with_that_there_is_nothing_to_do(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for state in STATES:
        anew(root, state)
        for words in (["status"], ["list"], *([["show", ID], ["note", ID, "x"]] if state != "nothing" else [])):
            code, last = ran(["breakglass", *words], capsys)
            assert code in (0, 1)
            assert re.match("next: (guardrails|aws) |nothing is to be done$", last), (state, words, last)


def test_the_next_command_keeps_its_lines_in_the_same_store(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = ["--store", "s3://no body/x"]
    begin(root, "declared")
    assert with_store("next: \033[1mguardrails breakglass exit X\033[0m\n", store[1], False) == (
        "next: \033[1mguardrails breakglass exit X --store 's3://no body/x'\033[0m\n"
    )
    store[1] = "s3://nobody/x"
    for words in (["note", ID, "x"], ["show", ID], ["extend", ID, "--minutes", "30", "--reason", "x"]):
        _, last = ran(["breakglass", *words, *store], capsys)
        assert last == f"next: guardrails breakglass enter {ID} --store s3://nobody/x"
    for words in (["list"], ["show", ID]):
        main(["breakglass", *words, *store, "--format", "json"])
        told = json.loads(capsys.readouterr().out)
        assert (told[0] if words == ["list"] else told)[
            "next"
        ] == f"guardrails breakglass enter {ID} --store s3://nobody/x"


def test_what_a_store_that_does_not_answer_may_have_is_not_known(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = ["--store", "s3://nobody/x"]
    for words in (["note", ID, "x"], ["show", ID], ["list"], ["status"]):
        code, last = ran(["breakglass", *words, *store], capsys)
        assert code == 2
        if words[-1] != words[0]:
            assert "no such incident is here, and the store of prod cannot be read" in last and "repeat" in last
    begin(root, "declared")
    assert [ran(["breakglass", *words, *store], capsys)[0] for words in (["show", ID], ["show"], ["list"])] == [2, 2, 2]
    assert ran(["breakglass", "show", ID], capsys)[0] == 0


def test_a_close_ends_with_the_commit_of_its_record_and_who_approves_it(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.com"]
    for words in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "x"]):
        subprocess.run([*git, *words], cwd=root, check=True)
    begin(root, "done")
    assert main(["breakglass", "close", ID]) == 0
    told = capsys.readouterr().out
    assert "prod-breakglass-backup or alex@example.com has to approve it" in " ".join(told.split())
    last = told.splitlines()[-1]
    assert last == (
        f"next: git switch -c record/{ID} && git add -- Change_Log.md 'envs/prod/records/incidents/{ID}.*' && git"
        f" commit -m 'Record of {ID}' -- Change_Log.md 'envs/prod/records/incidents/{ID}.*' && git push -u origin"
        f" record/{ID}"
    )
    (root / "else.txt").write_text("not of the record")
    subprocess.run([*git, "add", "else.txt"], cwd=root, check=True)
    command = last.removeprefix("next: ").rpartition(" && ")[0].replace("git commit", f"{shlex.join(git)} commit")
    subprocess.run(["sh", "-c", command], cwd=root, check=True, capture_output=True)
    names = subprocess.run([*git, "show", "--name-only", "--format=", "HEAD"], cwd=root, check=True, text=True,
                           capture_output=True).stdout.split()  # fmt: skip
    kinds = {f"envs/prod/records/incidents/{ID}.{end}" for end in ("jsonl", "head.json", "dossier.md", "dossier.html")}
    assert set(names) == {"Change_Log.md", *kinds}
    assert main(["breakglass", "close", ID]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "next: guardrails records verify prod --base origin/main"
    assert main(["breakglass", "close", ID, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["next"] == "guardrails records verify prod --base origin/main"
