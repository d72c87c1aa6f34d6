"""`guardrails breakglass open`, extend, note, list and show, and `guardrails records verify`, as a person runs them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from iam_guardrails.adapters.incidents import IncidentRecords
from iam_guardrails.model.incident.step import NOTED, Opened
from tests.breakglass_project import ACCOUNT, BACKUP, PRIMARY, environ, guardrails, make, on_terminal

WHY = "the webhook token leaked and must be rotated before the partner's job at 14:00 reads it again"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make(tmp_path)


def open_(root: Path, *more: str) -> str:
    ran = guardrails(root, "breakglass", "open", "prod", "--reason", WHY, "--minutes", "30", "--person", PRIMARY,
                     "--no-capture", *more)  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return re.findall(r"INC-[\w-]+", ran.stdout)[0]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["open"], "name the environment"),
        (["open", "prod"], "give --reason and --minutes"),
        (["open", "prod", "--minutes", "30"], "give --reason"),
        (["open", "prod", "--reason", "  ", "--minutes", "30", "--person", "x"], "say why the role is needed"),
        (["open", "prod", "--reason", "x", "--minutes", "61", "--person", "x"], "lasts 1 to 60 minutes"),
        (["open", "prod", "--reason", "x", "--minutes", "0", "--person", "x"], "lasts 1 to 60 minutes"),
        (["open", "prod", "--reason", "x", "--minutes", "half an hour", "--person", "x"], "no number of minutes"),
        (["open", "prod", "--reason", "x", "--minutes", "²", "--person", "x"], "no number of minutes"),
        (["open", "prod", "--reason", "x" * 2001, "--minutes", "1", "--person", "x"], "2000 are enough"),
        (["open", "prod", "--reason", "x", "--minutes", "30"], f"--person NAME; who may: {PRIMARY}, {BACKUP}, alex"),
        (["open", "prod", "--reason", "x", "--minutes", "30", "--person", "x", "--purpose", "fun"], "is no purpose"),
        (["open", "production", "--reason", "x", "--minutes", "30"], "there is no environment 'production'"),
        (["open", "prod", "--reason", "x", "--minutes", "30", "--person", "x", "--store", "there"], "no place for"),
        (["show"], "no incident is open"),
        (["show", "INC-nothing"], "names no single incident"),
        (["extend", "INC-nothing", "--minutes", "3", "--reason", "x"], "names no single incident"),
    ],
)
def test_what_is_refused_is_said_and_nothing_is_begun(root: Path, words: list[str], said: str) -> None:
    ran = guardrails(root, "breakglass", *words)
    assert ran.returncode == 2
    assert said in ran.stderr and len(ran.stderr.splitlines()) == 1
    assert not (root / "envs" / "prod" / "records").exists()


def test_it_opens_with_no_network_and_says_what_is_missing(root: Path) -> None:
    ran = guardrails(root, "breakglass", "open", "prod", "--reason", WHY, "--minutes", "30", "--person", PRIMARY)
    assert ran.returncode == 0, ran.stderr
    said = " ".join(ran.stdout.split())
    assert "NOT captured" in said and "did not answer" in said
    shown = guardrails(root, "breakglass", "show", "--format", "json")
    (before,) = [step for step in json.loads(shown.stdout)["steps"] if step["kind"] == "before"]
    assert "did not answer" in before["content"]["why_not"]
    assert ran.stdout.splitlines()[-1] == f"next: guardrails breakglass enter {json.loads(shown.stdout)['incident']}"


def test_the_text_fits_80_columns_and_ends_with_what_is_next(root: Path) -> None:
    made = open_(root, "--ticket", "OPS-17", "--purpose", "rotate-secret")
    guardrails(
        root, "breakglass", "note", made, "the partner was told by telephone, and their job is stopped until 15:00"
    )
    for words in (["show"], ["list"], ["extend", "--minutes", "20", "--reason", WHY]):
        text = guardrails(root, "breakglass", *words).stdout
        wide = [line for line in text.splitlines() if len(line) > 80 and "/" not in line]
        assert not wide, wide
        assert "\033" not in text, "colours in a pipe"
    assert text.splitlines()[-1].startswith("next: guardrails breakglass enter INC-")


def test_of_two_one_opens_whoever_comes_second(root: Path) -> None:
    made = open_(root)
    second = guardrails(root, "breakglass", "open", "prod", "--reason", "x", "--minutes", "5", "--person", BACKUP)
    assert second.returncode == 2
    assert f"{made} is open already ({PRIMARY}," in second.stderr


def test_somebody_unknown_may_open_and_it_shows(root: Path) -> None:
    ran = guardrails(root, "breakglass", "open", "prod", "--reason", WHY, "--minutes", "30", "--person", "mallory",
                     "--no-capture")  # fmt: skip
    assert ran.returncode == 0
    assert "mallory (not in guardrails.toml)" in ran.stdout


@pytest.mark.parametrize(
    ("variables", "person"),
    [
        ({"GUARDRAILS_PERSON": BACKUP}, BACKUP),
        ({"LOGNAME": PRIMARY.upper()}, PRIMARY),
        ({"LOGNAME": "alex"}, "alex@example.com"),
        ({"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "user.email", "GIT_CONFIG_VALUE_0": "Alex@example.com"},
         "alex@example.com"),
    ],
)  # fmt: skip
def test_who_is_at_the_machine(root: Path, variables: dict[str, str], person: str) -> None:
    ran = guardrails(root, "breakglass", "open", "prod", "--reason", "x", "--minutes", "5", "--no-capture",
                     "--format", "json", variables=environ(**variables))  # fmt: skip
    assert json.loads(ran.stdout)["person"] == person, ran.stderr


def test_the_id_carries_what_the_trust_policy_asks_for(tmp_path: Path) -> None:
    from tests.breakglass_project import EXPECTED

    root = make(tmp_path / "a", EXPECTED.replace("INC-*", "PROD-INC-*-BG"))
    assert re.fullmatch(r"PROD-INC-\d{8}-\d{4}-\w{4}-BG", json.loads(
        guardrails(root, "breakglass", "open", "prod", "--reason", "x", "--minutes", "5", "--person", PRIMARY,
                   "--no-capture", "--format", "json").stdout)["incident"])  # fmt: skip
    never = make(tmp_path / "b", EXPECTED.replace("INC-*", "INC-1"))
    ran = guardrails(never, "breakglass", "open", "prod", "--reason", "x", "--minutes", "5", "--person", PRIMARY)
    assert ran.returncode == 2 and "admits no new incident id" in ran.stderr


def test_an_id_may_be_shortened(root: Path) -> None:
    made = open_(root)
    for short in (made[:12], made[-4:], made):
        assert made in guardrails(root, "breakglass", "show", short).stdout
    assert guardrails(root, "breakglass", "show", made[-3:]).returncode == 2


def at(root: Path, when: datetime, environment: str = "prod") -> IncidentRecords:
    """The records as a machine with another clock writes them."""
    folder = root / "envs" / environment
    return IncidentRecords(folder / "records", root / ".guardrails" / environment, lambda: when, "kim@other")


def declared(root: Path, name: str, when: datetime, environment: str = "prod") -> None:
    at(root, when, environment).open(Opened(name, environment, ACCOUNT, "us-east-2", PRIMARY, f"why {name}", 30))


def test_where_one_is_open_its_id_may_be_left_out(root: Path) -> None:
    made = open_(root)
    assert f"next: guardrails breakglass enter {made}" in guardrails(root, "breakglass", "note", "told them").stdout
    assert guardrails(root, "breakglass", "extend", "--minutes", "20", "--reason", "x").returncode == 0
    steps = json.loads(guardrails(root, "breakglass", "show", "--format", "json").stdout)["steps"]
    assert [step["content"].get("text") for step in steps if step["kind"] == "noted"] == ["told them"]
    for words in (["accept", "it", "--owner", "a", "--ticket", "t", "--until", "2999-01-01", "--reason", "x"],
                  ["reverted", "it", "--evidence", "x"]):  # fmt: skip
        assert "names no single item of the examination" in guardrails(root, "breakglass", *words).stderr
    forgotten = guardrails(root, "breakglass", "note", made)
    assert forgotten.returncode == 2 and "is an incident, and no note" in forgotten.stderr


def test_in_json_the_incident_goes_by_one_name(root: Path) -> None:
    as_json = ("--format", "json")
    made = json.loads(guardrails(root, "breakglass", "open", "prod", "--reason", "x", "--minutes", "5", "--person",
                                 PRIMARY, "--no-capture", *as_json).stdout)["incident"]  # fmt: skip
    told = [json.loads(guardrails(root, "breakglass", *words, *as_json).stdout) for words in (
        ("show",), ("list",), ("status",), ("note", "x"), ("extend", "--minutes", "5", "--reason", "x"),
    )]  # fmt: skip
    shown, listed, status, noted, extended = told
    for values in (shown, *listed, *status["lines"], noted, extended):
        assert values["incident"] == made and "incident_id" not in values
    assert shown["steps"][0]["content"]["incident_id"] == made  # the record's own


def test_where_several_are_open_they_are_named_and_nothing_is_written(root: Path) -> None:
    shutil.copytree(root / "envs" / "prod", root / "envs" / "staging")
    now = datetime.now(UTC)
    declared(root, "INC-20261128-1200-aaaa", now)
    declared(root, "INC-20261128-1210-bbbb", now, "staging")
    for words in (["note", "x"], ["extend", "--minutes", "5", "--reason", "x"], ["exit"], ["close"],
                  ["enter", "--", "true"], ["show"]):  # fmt: skip
        ran = guardrails(root, "breakglass", *words)
        assert ran.returncode == 2, words
        assert (
            "2 incidents are open, so say which is meant by its ID (INC-20261128-1210-bbbb in staging: why"
            in ran.stderr
        )
        assert "INC-20261128-1200-aaaa in prod: why" in ran.stderr
    assert "bbbb" in guardrails(root, "breakglass", "note", "bbbb", "x").stdout


def test_a_broken_record_beside_the_one_that_is_open_is_told(root: Path) -> None:
    declared(root, "INC-20261128-1200-aaaa", datetime.now(UTC))
    (root / "envs/prod/records/incidents/INC-20261128-1000-cccc.jsonl").write_text("{")
    ran = guardrails(root, "breakglass", "note", "x")
    assert ran.returncode == 0 and "whether that one is open is not known: " in ran.stderr


def test_one_that_is_dated_ahead_admits_nobody_and_stands_in_nobodys_way(root: Path) -> None:
    early = "INC-20261130-1200-aaaa"
    declared(root, early, datetime.now(UTC) + timedelta(days=2))
    ran = guardrails(root, "breakglass", "enter", early, "--", "true")
    assert ran.returncode == 2
    assert "but by this machine's clock it is" in ran.stderr and "so it admits nobody" in ran.stderr
    assert ran.stderr.strip().endswith("guardrails breakglass open prod --reason WHY --minutes 30")
    status = guardrails(root, "breakglass", "status")
    assert status.returncode == 1 and "LATE" in status.stdout and "dated ahead" in status.stdout
    assert status.stdout.splitlines()[-1] == "next: guardrails breakglass open prod --reason WHY --minutes 30"
    made = open_(root)
    notes = [step.content["text"] for step in at(root, datetime.now(UTC)).load(made).of(NOTED)]
    assert notes == [f"{early} is open too, and dated ahead: close it"]
    noted = guardrails(root, "breakglass", "note", "x")
    assert f"taking {made}; another that is open is dated ahead" in noted.stderr


def test_clocks_that_differ_by_a_few_minutes_hold_nobody_up(root: Path) -> None:
    declared(root, "INC-20261128-1200-aaaa", datetime.now(UTC) + timedelta(minutes=4))
    ran = guardrails(root, "breakglass", "enter", "--", "true")
    assert "dated" not in ran.stderr and "did not answer" in ran.stderr


def test_status_tells_what_is_open_and_what_is_late(root: Path) -> None:
    nothing = guardrails(root, "breakglass", "status")
    assert (nothing.returncode, nothing.stdout) == (
        0,
        "nothing is open and nothing is late; 0 incidents on record\nnothing is to be done\n",
    )
    made = open_(root)
    ran = guardrails(root, "breakglass", "status", "prod")
    assert ran.returncode == 0 and ran.stdout.splitlines()[-1] == f"next: guardrails breakglass enter {made}"
    assert not [line for line in ran.stdout.splitlines() if len(line) > 80]
    path = root / "envs" / "prod" / "records" / "incidents" / f"{made}.jsonl"
    path.write_text(path.read_text() + "{")
    broken = guardrails(root, "breakglass", "status", "--format", "json")
    assert broken.returncode == 2 and "cut off" in json.loads(broken.stdout)["broken"][0]


def test_verify_finds_what_was_changed(root: Path) -> None:
    made = open_(root)
    guardrails(root, "breakglass", "note", made, "first")
    whole = guardrails(root, "records", "verify")
    assert (whole.returncode, whole.stdout.splitlines()[1]) == (0, "1 record, all whole")
    path = root / "envs" / "prod" / "records" / "incidents" / f"{made}.jsonl"
    text = path.read_text()
    path.write_text(text.replace('"first"', '"other"'))
    broken = guardrails(root, "records", "verify", "--format", "json")
    assert broken.returncode == 1
    assert "its hash does not fit" in json.loads(broken.stdout)[0]["broken"][0]["why"]
    path.unlink()
    assert "the whole record is missing" in guardrails(root, "records", "verify").stdout


def test_verify_says_where_there_is_nothing(root: Path) -> None:
    ran = guardrails(root, "records", "verify", "prod")
    assert ran.returncode == 0
    assert ran.stdout.startswith("there are no records of incidents, reviews or removals\ncompared with nothing, ")
    assert ran.stdout.splitlines()[-1] == "next: guardrails records verify prod --base origin/main"


def test_verify_compares_with_an_earlier_commit(root: Path) -> None:
    def git(*words: str) -> None:
        who = ["-c", "user.name=x", "-c", "user.email=x@example.com"]
        subprocess.run(["git", *who, *words], cwd=root, check=True, capture_output=True)

    made = open_(root)
    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", "first")
    guardrails(root, "breakglass", "note", made, "second")
    fine = guardrails(root, "records", "verify", "--base", "HEAD")
    assert fine.returncode == 0 and fine.stdout.endswith("compared with HEAD\nnothing is to be done\n"), fine.stdout
    plain = guardrails(root, "records", "verify").stdout
    assert "compared with HEAD\ncompared with the last commit of this machine, " in plain
    assert plain.splitlines()[-1] == "next: guardrails records verify --base origin/main"
    folder = root / "envs" / "prod" / "records" / "incidents"
    for path in folder.iterdir():
        path.unlink()
    here = guardrails(root, "records", "verify")
    assert here.returncode == 1 and "is missing; it is in HEAD" in here.stdout
    assert here.stdout.splitlines()[-1] == "next: git log --patch -- envs"
    git("add", "-A")
    git("commit", "-qm", "all removed")
    ever = guardrails(root, "records", "verify")
    assert ever.returncode == 1 and f"{made}  prod, 0 lines" in ever.stdout
    assert "the whole record is missing; git's history has it" in ever.stdout
    git("reset", "-q", "--soft", "HEAD~1")
    gone = guardrails(root, "records", "verify", "--base", "HEAD")
    assert gone.returncode == 1 and "is missing; it is in HEAD" in gone.stdout
    wrong = guardrails(root, "records", "verify", "--base", "no-such-branch")
    assert wrong.returncode == 2 and "git does not tell what no-such-branch holds" in wrong.stderr


def test_a_record_that_is_gone_shows_everywhere(root: Path) -> None:
    made = open_(root)
    (root / "envs" / "prod" / "records" / "incidents" / f"{made}.jsonl").unlink()
    for words in (["status"], ["list"]):
        ran = guardrails(root, "breakglass", *words)
        assert ran.returncode == 2 and "is missing" in " ".join(f"{ran.stdout} {ran.stderr}".split()), words


def test_what_a_terminal_would_obey_is_shown_as_signs(root: Path) -> None:
    hostile = ("--reason", "x\x1b[2J\u202ey", "--person", "a\x1bb")
    guardrails(root, "breakglass", "open", "prod", *hostile, "--minutes", "5", "--no-capture")
    for words in (["show"], ["list"], ["status"], ["open", "prod", "--reason", "x", "--minutes", "5"]):
        ran = guardrails(root, "breakglass", *words)
        assert "\x1b" not in ran.stdout + ran.stderr and "\u202e" not in ran.stdout + ran.stderr
        assert r"x\x1b[2J\u202ey" in ran.stdout + ran.stderr


def test_on_a_terminal_it_asks_for_what_it_needs(root: Path) -> None:
    terminal = on_terminal(root, "breakglass", "open", "--no-capture")
    for question, answer in (
        ("environment (dev, staging, prod) [prod]: ", ""),
        ("why is the role needed: ", ""),
        ("say why", WHY),
        ("for how many minutes [30]: ", "90"),
        ("lasts 1 to 60", "20"),
        ("purpose (rotate-secret, safe-mode, rollback, fix-iam,\r\n  other) [other]: ", "rotate-secret"),
        (f"who enters ({PRIMARY}", PRIMARY),
    ):
        terminal.until(question)
        terminal.type(f"{answer}\n")
    assert terminal.ended() == 0, terminal.seen
    assert "\033[1mguardrails breakglass enter INC-" in terminal.seen, "the next command is set off"
    shown = json.loads(guardrails(root, "breakglass", "show", "--format", "json").stdout)
    assert (shown["minutes"], shown["purpose"], shown["reason"]) == (20, "rotate-secret", WHY)


def test_colours_are_left_out_where_they_are_not_wanted(root: Path) -> None:
    open_(root)
    for variables in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        terminal = on_terminal(root, "breakglass", "show", **variables)
        assert terminal.ended() == 0
        assert "next: " in terminal.seen and "\033" not in terminal.seen


def test_an_interrupt_while_it_asks_begins_nothing(root: Path) -> None:
    terminal = on_terminal(root, "breakglass", "open", "prod")
    terminal.until("why is the role needed: ")
    terminal.type("\x03")
    assert terminal.ended() == 2
    assert "Traceback" not in terminal.seen
    assert not (root / "envs" / "prod" / "records").exists()


def test_a_refusal_shows_signs_that_a_terminal_would_obey_as_escapes(root: Path) -> None:
    ran = guardrails(root, "breakglass", "list", "--output", str(root / "envs/prod/main.tf/a\x1b[2J"))
    assert ran.returncode == 2 and r"a\x1b[2J" in ran.stderr and "\x1b" not in ran.stderr
    declared(root, "INC-20261128-1200-aaaa", datetime.now(UTC))
    terminal = on_terminal(root, "breakglass", "open", "prod", "--reason", "x\x1b[2J", "--minutes", "5")
    assert terminal.ended() == 2
    assert max(map(len, terminal.seen.splitlines())) <= 80
    assert "guardrails breakglass enter INC-20261128-1200-aaaa" in terminal.seen


def test_a_refusal_in_json_is_json_too(root: Path) -> None:
    for words in (["open"], ["extend", "--minutes", "1", "--reason", "x"], ["note", "x"], ["enter", "--", "true"],
                  ["exit"], ["show"], ["close"], ["list", "nowhere"], ["status", "nowhere"],
                  ["reverted", "x", "--evidence", "x"], ["reconcile", "nowhere"]):  # fmt: skip
        ran = guardrails(root, "breakglass", words[0], "--format", "json", *words[1:])
        told = json.loads(ran.stdout)
        assert (ran.returncode, told["exit_code"]) == (2, 2), words
        assert ran.stderr == f"guardrails: {told['error']}\n"
    ran = guardrails(root, "records", "send", "--format", "json", "--output", "told.json")
    assert ran.returncode == 2 and ran.stdout == ""
    assert "there is nothing to send" in json.loads((root / "told.json").read_text())["error"]
    ran = guardrails(root, "records", "send", "--format", "json", "--output", "nowhere/told.json/x")
    assert "there is nothing to send" in json.loads((root / "nowhere/told.json/x").read_text())["error"]
    ran = guardrails(root, "records", "verify", "--format", "json", "--output", "told.json/x")
    assert ran.returncode == 2 and "told.json" in json.loads(ran.stdout)["error"]
