"""Secrets in a repository of its own: what the real scanner finds, what is accepted, and what is never shown."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from tests.breakglass_project import environ, guardrails, make

from iam_guardrails.adapters import secret_scan, secret_scan_worker
from iam_guardrails.adapters.checkov import find_python
from iam_guardrails.adapters.secret_scan import BASELINE, Scan, read_baseline, scan, write_baseline
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.review.repository import Baseline, Spot, entries_with, weighed

PROJECT = Path(__file__).parents[2]
PYTHON = find_python(os.environ, PROJECT)
needs_scanner = pytest.mark.skipif(PYTHON is None, reason="the scanner is not installed: make install")
KEY = "AKIA" + "Q3EGUIXRVLBN7P5T"  # in two parts, so that this file holds none


def git(root: Path, *words: str) -> None:
    subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@example.com", "-C", str(root), *words],
                   check=True, capture_output=True)  # fmt: skip


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project in a repository, with a key in a YAML file and one that nobody tracks."""
    make(tmp_path)
    (tmp_path / "settings.yaml").write_text(f"a: {{b: [1, 2], c: {{d: e}}}}\n\n# a comment\nkey_id: {KEY}\n")
    (tmp_path / "plain.txt").write_text("nothing here\n")
    (tmp_path / "data.bin").write_bytes(b"\xff\xfe\x00")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    (tmp_path / "untracked.txt").write_text(f"key_id = {KEY[:-1]}U\n")
    return tmp_path


@needs_scanner
def test_a_planted_key_is_found_accepted_and_never_shown(root: Path) -> None:
    variables = environ(GUARDRAILS_CHECKOV_PYTHON=str(PYTHON))
    ran = guardrails(root, "secrets", variables=variables)
    assert ran.returncode == 1, ran.stderr
    assert "settings.yaml:4: AWS Access Key\n" in ran.stdout and "untracked" not in ran.stdout
    assert "1 files are no text and were not looked into, e.g. data.bin" in ran.stdout
    cache = root / ".guardrails" / "secrets.json"
    again = guardrails(root, "secrets", "--format", "json", variables=variables)
    assert json.loads(again.stdout)["found"][0] == {
        "file": "settings.yaml", "line": 4, "type": "AWS Access Key", "why": ""}  # fmt: skip
    wrong = guardrails(root, "secrets", "--accept", "made up", "plain.txt", variables=variables)
    assert wrong.returncode == 2 and "nothing that waits to be accepted stands in 'plain.txt'" in wrong.stderr
    taken = guardrails(root, "secrets", "--accept", "made up", "settings.yaml", variables=variables)
    assert taken.returncode == 0, taken.stderr
    git(root, "add", BASELINE)
    clean = guardrails(root, "secrets", variables=variables)
    assert clean.returncode == 0 and "accepted with a reason" in clean.stdout, clean.stdout
    everything = [ran, again, wrong, taken, clean]
    assert not any(KEY in text for one in everything for text in (one.stdout, one.stderr))
    assert KEY not in (root / BASELINE).read_text() and KEY not in cache.read_text()
    assert guardrails(root, "secrets", "--accept", " ", variables=variables).returncode == 2


@needs_scanner
def test_a_comment_in_the_line_accepts_nothing(root: Path) -> None:
    (root / "plain.txt").write_text(f"key_id = {KEY}  # pragma: allowlist secret\n")
    assert {"plain.txt", "settings.yaml"} <= {one.file for one in scan(root, PYTHON, os.environ).scanned.found}


@needs_scanner
def test_the_cache_shows_what_has_changed(root: Path) -> None:
    cache = root / "cache.json"
    first = scan(root, PYTHON, os.environ, cache)
    assert scan(root, PYTHON, os.environ, cache).spots == first.spots
    (root / "plain.txt").write_text(f"key_id = {KEY}\n")
    assert {"plain.txt", "settings.yaml"} <= {one.file for one in scan(root, PYTHON, os.environ, cache).spots}
    cache.unlink()
    link = root / "elsewhere.json"
    link.symlink_to(cache)
    assert scan(root, PYTHON, os.environ, link).spots and link.is_symlink() and cache.is_file()
    cache.write_text("[]")
    assert "plain.txt" in {one.file for one in scan(root, PYTHON, os.environ, cache).spots}


def test_without_git_or_scanner_nothing_is_judged(tmp_path: Path, root: Path) -> None:
    with pytest.raises(Problem, match="the scanner of secrets is not installed; run: make install"):
        scan(root, None, {})
    with pytest.raises(Problem, match=r"ended with code|could not be run"):
        scan(root, Path("/bin/false"), {})
    with pytest.raises(Problem, match="git does not tell which files it tracks"):
        scan(Path("/"), None, {})


def test_a_baseline_brings_no_program_along(root: Path) -> None:
    empty = {"version": "1", "plugins_used": [], "filters_used": [], "results": {}}
    for more in ({"plugins_used": [{"name": "X", "path": "file://x.py"}]},
                 {"filters_used": [{"path": "file://x.py::f"}]},
                 {"filters_used": [{"path": "os.system"}]}):  # fmt: skip
        (root / BASELINE).write_text(json.dumps(empty | more))
        with pytest.raises(Problem, match="not the scanner's own, and is not run"):
            read_baseline(root)
    for text in ("{}", "[", '{"plugins_used": [], "filters_used": [], "results": {"a": [{"type": "b"}]}}'):
        (root / BASELINE).write_text(text)
        with pytest.raises(Problem, match="is no baseline of detect-secrets"):
            read_baseline(root)


SPOT = Spot("a.py", 3, "AWS Access Key", "0f")
ENTRY = {"filename": "a.py", "type": "AWS Access Key", "hashed_secret": "0f", "line_number": 1, "is_secret": False}


@pytest.mark.parametrize(("entry", "why"), [
    ({**ENTRY, "reason": "made up"}, None), (ENTRY, "gives no reason"), ({**ENTRY, "reason": " "}, "gives no reason"),
    ({**ENTRY, "reason": "made up", "is_secret": True}, "marks it as a real secret"),
    ({**ENTRY, "reason": "made up", "hashed_secret": "10"}, ""), ({**ENTRY, "reason": "x", "filename": "b.py"}, ""),
])  # fmt: skip
def test_what_an_entry_of_the_baseline_accepts(entry: dict[str, object], why: str | None) -> None:
    found = weighed([SPOT], Baseline(entries=(entry,)), 1, (), "")
    assert bool(found.found) == (why is not None)
    assert why is None or why in found.found[0].why


def test_a_new_baseline_keeps_reasons_and_forgets_what_is_gone(tmp_path: Path) -> None:
    gone = {**ENTRY, "filename": "gone.py", "reason": "old"}
    old = Baseline(entries=({**ENTRY, "reason": "made up"}, gone))
    new = Spot("b.py", 1, "Secret Keyword", "aa")
    entries = entries_with([SPOT, new, Spot("c.py", 1, "Secret Keyword", "bb")], old, "a name", [new])
    assert [(one["filename"], one["line_number"], one["reason"]) for one in entries] == [
        ("a.py", 3, "made up"), ("b.py", 1, "a name")]  # fmt: skip
    made = Scan(tmp_path, old, (SPOT,), 1, (), "bc-detect-secrets 1.5.52", {"plugins_used": [], "filters_used": []})
    write_baseline(made, entries)
    assert read_baseline(tmp_path).by_key == {
        (str(one["filename"]), str(one["type"]), str(one["hashed_secret"])): one for one in entries}  # fmt: skip


def test_a_line_is_that_of_the_value_and_not_what_the_scanner_counts() -> None:
    lines = ["a", "", "key: value", "b"]
    assert [secret_scan_worker.line_of(lines, told, "value") for told in (3, 1, 99, 0)] == [3, 3, 3, 3]
    assert secret_scan_worker.line_of(lines, 99, "nowhere") == 4
    assert secret_scan.WORKER.name == "secret_scan_worker.py"
