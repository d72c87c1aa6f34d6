"""`guardrails trail ask` and `trail questions`, as a person calls them."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from iam_guardrails.cli import main, parser
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.trail.answer import Answer, Coverage
from iam_guardrails.model.trail.questions.all import QUESTIONS, question
from iam_guardrails.model.trail.questions.rows import SecretRead
from iam_guardrails.model.trail.window import Window, moment, window
from iam_guardrails.reports.trail_ask import coverage_of, render_answer
from iam_guardrails.reports.who_can.as_csv import _Fields
from iam_guardrails.trail_source import is_folder
from tests.trail_history import Wanted, write_folder

ROLE = "arn:aws:iam::111122223333:role/emergency/prod-breakglass-admin"


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tree")
    write_folder(Wanted(seed=2, events=400, days=2, security=80), folder)
    return folder


def run(*arguments: str, cache: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "iam_guardrails", "trail", "ask", *arguments, "--cache", str(cache)]
    return subprocess.run(command, capture_output=True, text=True)


def test_the_questions_are_listed() -> None:
    command = [sys.executable, "-m", "iam_guardrails", "trail", "questions"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert [line.split()[0] for line in text.splitlines()[::2]] == [item.name for item in QUESTIONS]
    ran = subprocess.run([*command, "--format", "json"], capture_output=True, text=True, check=True)
    assert [(item["name"], tuple(item["columns"])) for item in json.loads(ran.stdout)] == [
        (item.name, item.columns) for item in QUESTIONS
    ]


@pytest.mark.parametrize("name", [item.name for item in QUESTIONS])
def test_each_format_holds_the_same_rows(name: str, tree: Path, tmp_path: Path) -> None:
    given = (name, "--source", str(tree), "--role", ROLE, "--since", "2026-01-11")
    told = {form: run(*given, "--format", form, cache=tmp_path) for form in ("text", "json", "csv")}
    assert {item.returncode for item in told.values()} == {0}
    content = json.loads(told["json"].stdout)
    rows = list(csv.DictReader(io.StringIO(told["csv"].stdout)))
    assert len(rows) == len(content["rows"]) == content["summary"]["rows"] > 0
    columns = next(item.columns for item in QUESTIONS if item.name == name)
    assert tuple(rows[0]) == tuple(content["rows"][0]) == columns
    lines = told["text"].stdout.splitlines()
    assert lines[0].split() == [column for column in lines[0].split() if column in columns]
    assert f"{len(rows)} row" in told["text"].stdout and "files of 2026-01-11 to 2026-01-12" in told["text"].stdout
    assert content["coverage"]["files"] and "records, of which" in told["csv"].stderr


def test_roles_come_from_guardrails_toml_too(tree: Path, tmp_path: Path) -> None:
    config = tmp_path / "guardrails.toml"
    config.write_text(
        'account_id = "111122223333"\nhome_region = "us-east-2"\n[breakglass]\nrole_names = ["prod-breakglass-admin"]\n'
    )
    given = ("breakglass-session", "--source", str(tree), "--format", "json")
    by_config = run(*given, "--config", str(config), cache=tmp_path / "one")
    by_role = run(*given, "--role", ROLE, cache=tmp_path / "two")
    assert json.loads(by_config.stdout)["rows"] == json.loads(by_role.stdout)["rows"] != []
    unnamed = run(*given, cache=tmp_path / "three")
    assert unnamed.returncode == 2 and json.loads(unnamed.stdout)["not_judged"]


@pytest.mark.parametrize("name", [item.name for item in QUESTIONS])
def test_an_answer_that_was_given_before_is_the_same(name: str, tree: Path, tmp_path: Path) -> None:
    given = (name, "--source", str(tree), "--role", ROLE, "--since", "2026-01-11", "--format", "json")
    first, again = (json.loads(run(*given, cache=tmp_path).stdout) for _ in range(2))
    assert first["coverage"] | {"files_read_now": 0, "bytes_read_now": 0} == again["coverage"]
    assert (first["rows"], first["not_judged"]) == (again["rows"], again["not_judged"])
    assert len(list((tmp_path / "answers").iterdir())) == 1


NO_DECODER = """
import sys
from iam_guardrails.cli import main
try:
    main(sys.argv[1:])
except SystemExit as end:
    assert end.code in (0, None), end.code
assert not {"msgspec", "deflate", "multiprocessing", "pathlib"} & set(sys.modules), "a kept answer needs none of them"
"""


def test_an_answer_that_was_given_before_decodes_nothing(tree: Path, tmp_path: Path) -> None:
    given = ("trail", "ask", "last-use", "--source", str(tree), "--cache", str(tmp_path), "--role", ROLE)
    command = [sys.executable, "-c", NO_DECODER, *given]
    first = subprocess.run(command, capture_output=True, text=True)
    assert first.returncode == 1 and "a kept answer needs none of them" in first.stderr
    again = subprocess.run(command, capture_output=True, text=True)
    told = [[line for line in ran.stdout.splitlines() if " read now" not in line] for ran in (first, again)]
    assert again.returncode == 0 and told[0] == told[1] and len(told[0]) > 3, again.stderr


def test_a_file_written_over_is_noticed_although_its_folder_looks_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "tree"
    write_folder(Wanted(seed=2, events=60, security=10), folder)
    given = ("iam-changes", "--source", str(folder), "--format", "csv")
    first = run(*given, cache=tmp_path / "cache")
    for path in folder.rglob("*.json.gz"):
        with path.open("r+b") as file:
            file.truncate()
            file.write(gzip.compress(b'{"Records":[]}'))
    assert len(first.stdout.splitlines()) > 1 == len(run(*given, cache=tmp_path / "cache").stdout.splitlines())


def test_an_answer_with_a_hole_ends_with_2(tree: Path, tmp_path: Path) -> None:
    folder = tmp_path / "tree"
    write_folder(Wanted(seed=2, events=60, security=10), folder)
    victim = sorted(folder.rglob("*.json.gz"))[0]
    victim.write_bytes(victim.read_bytes()[:-10])
    told = run("iam-changes", "--source", str(folder), cache=tmp_path / "cache")
    assert told.returncode == 2
    assert "NOT READ" in told.stdout and victim.name in told.stdout and "cut off" in told.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nothing",), 'there is no question "nothing"'),
        (("iam-changes", "--since", "soon"), "--since 'soon' is no day and no time"),
        (("iam-changes", "--since", "2026-02-01", "--until", "2026-01-01"), "is not before"),
        (("iam-changes", "--role", "admin"), "--role 'admin' is not the ARN of a role"),
        (("iam-changes", "--role", "arn:aws:iam::1111:role/x"), "'arn:aws:iam::1111:role/x' is not the ARN of a role"),
        (("iam-changes", "--role", "arn:aws:iam::111122223333:user/x:role/y"), "is not the ARN of a role"),
        (("iam-changes", "--role", "arn:aws:iam::111122223333:role/x y"), "is not the ARN of a role"),
        (("iam-changes", "--config", "missing.toml"), "missing.toml"),
        (("iam-changes", "--source", "missing"), "there is no folder missing"),
        (("unusual-principals", "--baseline-days", "0"), "--baseline-days 0"),
        (("iam-changes", "--session", "INC-1"), "iam-changes takes no --session"),
        (("breakglass-session", "--baseline-days", "7"), "breakglass-session takes no --baseline-days"),
        (("iam-changes", "--since", "2999-01-01"), "--since 2999-01-01 is after now (20"),
        (("iam-changes", "--since", "2999-01-01", "--source", "lookup:us-east-1"), "--since 2999-01-01 is after now"),
        (("iam-changes", "--since", "2999-01-01", "--source", "logs:group@us-east-1"), "when nothing was done yet"),
        (("iam-changes", "--since", "2999-01-01", "--source", "s3://bucket"), "by this machine's clock"),
        (("iam-changes", "--since", "2999-01-01", "--until", "2999-01-02"), "--since 2999-01-01 is after now"),
        (("iam-changes", "--workgroup", "w"), "the embedded engine takes no --workgroup"),
        (("iam-changes", "--lake-region", "us-east-1"), "the embedded engine takes no --lake-region"),
    ],
)
def test_bad_input_is_one_sentence(arguments: tuple[str, ...], sentence: str, tree: Path, tmp_path: Path) -> None:
    given = arguments if "--source" in arguments else (*arguments, "--source", str(tree))
    told = run(*given, cache=tmp_path)
    assert (told.returncode, told.stdout) == (2, "")
    assert sentence in told.stderr and "Traceback" not in told.stderr


@pytest.mark.parametrize("value", ["", " "])
@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("ask", ("source", "since", "until", "session", "role", "config", "cache", "output", "sandbox", "database",
                 "lake-account")),
        ("export", ("source", "since", "until", "parquet")),
        ("verify", ("since", "until", "output", "region", "public-keys")),
    ],
)  # fmt: skip
def test_an_empty_value_is_refused(
    command: str, options: tuple[str, ...], value: str, tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a shell's unset variable gives it; without the option the answer would be another."""
    needed = {
        "ask": ["breakglass-session", "--source", str(tree)],
        "export": ["--source", str(tree), "--parquet", str(tmp_path / "out")], "verify": [str(tree)],
    }[command]  # fmt: skip
    for option in options:
        assert main(["trail", command, *needed, f"--{option}", value]) == 2, option
        told = capsys.readouterr()
        sentence = f"guardrails: --{option} is empty; give it a value or leave it out\n"
        assert (told.out, told.err) == ("", sentence)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("command", "options"),
    [
        (["policy", "tighten", "--from", "x", "--since", "2026-01-01"], ("source", "until", "cache", "database")),
        (["review", "judge", "prod", "--cadence", "monthly"], ("source", "since", "until", "cache", "output")),
        (["breakglass", "reconcile", "prod"], ("source", "since", "until", "cache", "output", "store")),
        (["breakglass", "close", "INC-1"], ("source", "cache", "output", "store", "profile")),
    ],
)  # fmt: skip
def test_journeys_refuse_an_empty_value_too(
    command: list[str], options: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    for option in options:
        assert main([*command, f"--{option}", ""]) == 2, option
        assert capsys.readouterr().err == f"guardrails: --{option} is empty; give it a value or leave it out\n"


def test_an_empty_source_of_verify_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trail", "verify", ""]) == 2
    assert capsys.readouterr().err == "guardrails: SOURCE is empty; say what to verify\n"


@pytest.mark.parametrize("session", [(), ("--session", "owner")])
def test_a_role_of_which_there_is_nothing_is_told(session: tuple[str, ...], tree: Path, tmp_path: Path) -> None:
    """A misspelt name finds nothing, and so does a role that nobody used: which of them, the records do not tell."""
    given = ("breakglass-session", "--source", str(tree), *session, "--format", "json")
    told = run(*given, "--role", ROLE, cache=tmp_path)
    misspelt = run(*given, "--role", ROLE, "--role", ROLE.replace("admin", "admn"), cache=tmp_path)
    found, lacking = json.loads(told.stdout), json.loads(misspelt.stdout)
    assert misspelt.returncode == told.returncode == 0 and lacking["rows"] == found["rows"] != []
    (note,) = set(lacking["coverage"]["notes"]) - set(found["coverage"]["notes"])
    assert note.startswith("there is neither an entry into prod-breakglass-admn of the account 111122223333 nor a call")


def test_an_option_that_changes_nothing_is_told(tree: Path, tmp_path: Path) -> None:
    given = ("--source", str(tree), "--role", ROLE)
    assert "--role limits nothing here: iam-changes" in run("iam-changes", *given, cache=tmp_path).stderr
    assert "--role limits" not in run("breakglass-session", *given, cache=tmp_path).stderr


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("0001-01-01T00:00:00+14:00", "CloudTrail has nothing of the year 1;"),
        ("9999-12-31", "CloudTrail has nothing of the year 9999;"), ("2026-02-30", "is no day and no time"),
    ],
)  # fmt: skip
def test_times_at_the_edges_of_the_calendar_are_refused(text: str, sentence: str) -> None:
    for option in ("--since", "--until"):
        with pytest.raises(Problem, match=sentence):
            moment(text, option)


def test_a_window_is_told_as_exactly_as_it_is() -> None:
    told = str(window("2026-01-10T08:00:00.25Z", "2026-01-11"))
    assert told == "2026-01-10T08:00:00.250000Z to 2026-01-11T00:00:00Z"


@pytest.mark.parametrize("start", "=+-@")
def test_no_cell_is_a_formula(start: str) -> None:
    """What a refused call names is the caller's to choose."""
    row = SecretRead(f"{start}cmd|x", "p", "a", "AccessDenied", "t", "t", f" {start}1", "111122223333", "e")
    asked = question("secret-reads")
    coverage = Coverage(1, 1, 1, 1, 0, ())
    answer = Answer(asked.name, "src", Window(), asked.columns, (row,), coverage)
    (told,) = csv.DictReader(io.StringIO(render_answer(answer, "csv")))
    assert (told["secret"], told["address"]) == (f"'{start}cmd|x", f"' {start}1")
    assert json.loads(render_answer(answer, "json"))["rows"][0]["secret"] == f"{start}cmd|x"
    assert _Fields()(f"{start}cmd|x") == f"'{start}cmd|x"


def test_that_files_were_not_verified_is_said() -> None:
    asked = question("last-use")
    told = {
        unit: Answer(asked.name, "src", Window(), asked.columns, (), Coverage(count, 1, 1, 1, 0, (), unit=unit))
        for unit, count in (("file", 1), ("page", 1))
    }
    assert any("guardrails trail verify src" in line for line in coverage_of(told["file"]))
    assert json.loads(render_answer(told["file"], "json"))["not_verified"]
    assert not [line for line in coverage_of(told["page"]) if "verif" in line]


@pytest.mark.parametrize("processes", ["1", "2"])
def test_names_that_are_not_utf8_are_read_or_named(processes: str, tree: Path, tmp_path: Path) -> None:
    odd = tmp_path / os.fsdecode(b"of J\xe4nner")
    shutil.copytree(tree / "AWSLogs", odd / os.fsdecode(b"\xe4/AWSLogs"))
    (odd / os.fsdecode(b"notes-\xff.json")).write_text("no JSON")
    (odd / os.fsdecode(b"archive-\xff.json")).symlink_to("nowhere")
    given = ("--cache", str(tmp_path / "cache"), "--processes", processes, "--since", "2026-01-10T03:00:00Z")
    plain = run("actions-used", "--source", str(tree), "--since", given[-1], "--format", "json", cache=tmp_path / "c")
    for _ in range(2):
        told = run("actions-used", "--source", str(odd), *given[2:], "--format", "json", cache=tmp_path / "cache")
        assert told.returncode == 2 and "defect" not in told.stderr, told.stderr
        found = json.loads(told.stdout)
        assert found["rows"] == json.loads(plain.stdout)["rows"] != []
        assert found["source"] == rf"{tmp_path}/of J\xe4nner"
        assert {item["file"] for item in found["not_read"]} == {r"archive-\xff.json", r"notes-\xff.json"}
    for form in ("text", "csv"):
        output = tmp_path / f"answer.{form}"
        told = run("iam-changes", "--source", str(odd), "--format", form, "--output", str(output), cache=tmp_path / "c")
        assert told.returncode == 2 and output.read_text() and "defect" not in told.stderr, told.stderr
    shown = run("iam-changes", "--source", str(odd), cache=tmp_path / "c").stdout
    assert r"NOT READ: notes-\xff.json" in shown and rf"iam-changes of {tmp_path}/of J\xe4nner" in shown
    (quoted,) = re.findall("trail verify (.*)` tells", shown)
    echoed = subprocess.run(["bash", "-c", f"printf %s {quoted}"], capture_output=True, check=True)
    assert echoed.stdout == os.fsencode(odd)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_an_answer_is_printed_whatever_stdout_is_encoded_in(encoding: str, tmp_path: Path) -> None:
    who = "Zoë\N{GRINNING FACE}" + "long" * 30
    record = {"eventID": "1", "eventTime": "2026-01-10T09:00:00Z", "eventSource": "iam.amazonaws.com",
              "eventName": "CreateUser", "recipientAccountId": "111122223333", "requestParameters": {"userName": who},
              "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/a"}}  # fmt: skip
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.json").write_text(json.dumps({"Records": [record]}))
    command = [sys.executable, "-m", "iam_guardrails", "trail", "ask", "iam-changes", "--source", str(tmp_path / "in"),
               "--cache", str(tmp_path / "cache")]  # fmt: skip
    for form in ("text", "csv", "json"):
        ran = subprocess.run([*command, "--format", form], capture_output=True, check=False,
                             env=os.environ | {"PYTHONIOENCODING": encoding})  # fmt: skip
        assert ran.returncode == 0, ran.stderr
        said = ran.stdout.decode(encoding)
        assert "Zo" in said and ("Zoë" in said or r"Zo\u00eb\ud83d\ude00" in said)
        if form == "text":
            assert ("…" if encoding == "utf-8" else r"\u2026") in said


def test_the_usual_cache_inside_the_source_is_refused(tree: Path, tmp_path: Path) -> None:
    shutil.copytree(tree, tmp_path / "home")
    command = [
        sys.executable,
        "-m",
        "iam_guardrails",
        "trail",
        "ask",
        "iam-changes",
        "--source",
        str(tmp_path / "home"),
    ]
    for variable, value in (("XDG_CACHE_HOME", str(tmp_path / "home/.cache")), ("HOME", str(tmp_path / "home"))):
        known = {name: text for name, text in os.environ.items() if name != "XDG_CACHE_HOME"}
        told = subprocess.run(command, capture_output=True, text=True, check=False, env=known | {variable: value})
        assert told.returncode == 2 and not (tmp_path / "home/.cache").exists()
        assert "lies in the source" in told.stderr and "--cache" in told.stderr
    apart = known | {"HOME": str(tmp_path / "other")}
    assert subprocess.run(command, capture_output=True, check=False, env=apart).returncode == 0


def test_a_cache_inside_the_source_is_refused(tree: Path) -> None:
    for inside in (tree, tree / "kept", tree / "AWSLogs" / ".." / "kept"):
        told = run("iam-changes", "--source", str(tree), cache=inside)
        assert told.returncode == 2 and "lies in the source" in told.stderr and not (tree / "kept").exists()


def test_an_output_inside_the_source_is_refused(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tree)
    (tmp_path / "out.json").symlink_to(tree / "a.json")  # which is replaced, and lies beside
    for inside in (tree / "a.json", tree / "AWSLogs" / ".." / "a.json", tmp_path / "link" / "a.json", tree / "b" / "c"):
        told = run("last-use", "--source", str(tree), "--output", str(inside), cache=tmp_path / "kept")
        assert told.returncode == 2 and "--output" in told.stderr and "lies in the source" in told.stderr
        assert told.stderr.count("\n") == 1
    assert not (tree / "a.json").exists() and not (tree / "b").exists() and not (tmp_path / "kept").exists()
    told = run("last-use", "--source", str(tree), "--output", str(tmp_path / "out.json"), cache=tmp_path / "kept")
    assert told.returncode == 0 and not (tmp_path / "out.json").is_symlink() and not (tree / "a.json").exists()


@pytest.mark.parametrize("number", ["-4", "-1", "1.5", "four", " 4", "1_0", ""])
def test_a_number_of_processes_that_is_none(number: str, capsys: pytest.CaptureFixture[str]) -> None:
    said = f"argument --processes: {number!r} is no number of processes, 0 (one per core) or more"
    with pytest.raises(SystemExit) as raised:
        main(["trail", "ask", "last-use", "--source", "x", "--processes", number])
    assert raised.value.code == 2 and said in capsys.readouterr().err
    assert main(["breakglass", "reconcile", "prod", f"--processes={number}"]) == 2
    assert said in capsys.readouterr().err


def test_a_cache_that_cannot_be_written(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    told = run("iam-changes", "--source", str(tree), cache=tmp_path / "cache")
    assert told.returncode == 2 and "cannot be written" in told.stderr and "Traceback" not in told.stderr


def test_an_answer_that_cannot_be_kept_is_given(tree: Path, tmp_path: Path) -> None:
    run("iam-changes", "--source", str(tree), cache=tmp_path)
    answers = tmp_path / "answers"
    for path in answers.iterdir():
        path.unlink()
    answers.rmdir()
    answers.write_text("a file")
    told = run("iam-changes", "--source", str(tree), cache=tmp_path)
    assert told.returncode == 0 and "iam:" in told.stdout
    assert "the answer is not kept for the next time" in told.stderr and "Traceback" not in told.stderr


@pytest.mark.parametrize(
    ("words", "folder"),
    [
        (["--source", "logs"], True), (["--source", "./s3:"], True), (["--source", "s3://bucket"], False),
        (["--source", "lookup:us-east-1"], False), (["--source", "logs:group@us-east-1"], False), ([], False),
        (["--engine", "athena"], False),
    ],
)  # fmt: skip
def test_a_folder_is_listed_and_read_without_looking_for_garbage(words: list[str], folder: bool) -> None:
    given = parser().parse_args(["trail", "ask", "last-use", *words])
    assert is_folder(given) is folder


def test_who_asks_of_no_role_needs_no_facts_of_roles(tree: Path, tmp_path: Path) -> None:
    """What was read without roles serves every question that is not about them, whichever are named."""
    given = ("--source", str(tree), "--format", "json")
    run("root-use", *given, cache=tmp_path / "one")
    for item in QUESTIONS:
        if item.compares:
            continue
        told = json.loads(run(item.name, *given, "--role", ROLE, cache=tmp_path / "one").stdout)
        anew = json.loads(run(item.name, *given, "--role", ROLE, cache=tmp_path / "two").stdout)
        assert (told["rows"], told["not_judged"]) == (anew["rows"], anew["not_judged"])
        assert (told["coverage"]["files_read_now"] > 0) == item.of_roles
    told = json.loads(run("root-use", *given, "--role", ROLE, "--since", "2026-01-11", cache=tmp_path / "one").stdout)
    assert told["coverage"]["files_read_now"] == 0, "what was read for that role serves as well"


def test_a_session_that_is_not_there_is_told(tree: Path, tmp_path: Path) -> None:
    given = ("breakglass-session", "--source", str(tree), "--role", ROLE)
    told = run(*given, "--session", "INC-NOPE", cache=tmp_path)
    assert told.returncode == 0 and "no session or source identity 'INC-NOPE' was seen" in told.stdout
    assert "was seen" not in run(*given, "--session", "INC-0000", cache=tmp_path).stdout
    assert "was seen" not in run(*given, cache=tmp_path).stdout


def test_what_could_not_be_read_is_counted(tree: Path, tmp_path: Path) -> None:
    shutil.copytree(tree, tmp_path / "tree")
    logs = sorted((tmp_path / "tree").rglob("*_CloudTrail_*.json.gz"))[:3]
    for path in logs:
        path.write_bytes(b"\x1f\x8bnothing")
    given = ("root-use", "--source", str(tmp_path / "tree"))
    told = run(*given, cache=tmp_path / "cache")
    assert told.returncode == 2 and "\nNOT READ: 3 files or records, each of which is named here\n" in told.stdout
    assert told.stdout.count("NOT READ: ") == 4
    assert json.loads(run(*given, "--format", "json", cache=tmp_path / "cache").stdout)["summary"]["not_read"] == 3


def test_no_note_is_cut_off() -> None:
    seen = Coverage(1, 0, 1, 0, 0, (), ("111122223333",), first_day="2026-01-10", last_day="2026-01-10",
                    notes=("x" * 3_000 + " end",))  # fmt: skip
    answer = Answer("root-use", "s", window(None, None), question("root-use").columns, [], seen, ())
    assert f"{'x' * 3_000} end\n" in render_answer(answer, "text")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["root-use", "--source", os.fsdecode(b"/none/\xe4bad")], r"there is no folder /none/\xe4bad; name"),
        (["root-use", "--source", "/none/new\nline"], r"there is no folder /none/new\nline; name"),
        (["root-use", "--source", "/none", "--config", "/none/new\nline"], r"there is no file /none/new\nline"),
        (["new\nquestion", "--source", str(Path(__file__).parent / "cases")], r'there is no question "new\nquestion"'),
    ],
)
def test_whatever_a_name_holds_the_sentence_is_one(arguments: list[str], told: str, tmp_path: Path) -> None:
    ran = run(*arguments, cache=tmp_path)
    assert (ran.returncode, ran.stdout, ran.stderr.count("\n")) == (2, "", 1) and told in ran.stderr


@pytest.mark.parametrize("form", ["text", "json", "csv"])
def test_an_answer_comes_whole_where_nothing_can_be_told_beside_it(form: str, tree: Path, tmp_path: Path) -> None:
    words = ["root-use", "--source", str(tree), "--cache", str(tmp_path), "--format", form]
    command = [sys.executable, "-m", "iam_guardrails", "trail", "ask", *words]
    subprocess.run(command, capture_output=True, check=True)
    whole = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # as it is told again
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=full, text=True)
    assert ran.stdout == whole and ran.returncode == (2 if form == "csv" else 0)
    with Path("/dev/full").open("w") as full:
        assert subprocess.run([*command, "--source="], stdout=subprocess.PIPE, stderr=full).returncode == 2
