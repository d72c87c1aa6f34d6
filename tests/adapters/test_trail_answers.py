"""Kept answers: the same as the first time, and none where anything that they depend on is another."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from iam_guardrails.adapters import trail_answers
from iam_guardrails.adapters.trail_answers import KeptAnswers
from iam_guardrails.journeys.trail_ask import ask
from iam_guardrails.model.trail.answer import Answer, Answerable, Coverage, Query, Unread
from iam_guardrails.model.trail.questions.all import question
from iam_guardrails.model.trail.questions.rows import Assumption
from iam_guardrails.model.trail.window import Window, window
from iam_guardrails.model.value import changed

ASKED = question("role-assumptions")
ROW = Assumption("r", "p", "IAMUser", "AssumeRole", "yes", "INC-1", False, "", "ok", "t1", "t2", "s", ("a", "b"),
                 "111122223333", "e")  # fmt: skip
COVERAGE = Coverage(3, 2, 40, 900, 1, (), ("111122223333",), "2026-01-10", "2026-01-11", notes=("n",), gaps=(),
                    places=(("111122223333", "us-east-1"),), outside=1)  # fmt: skip
ANSWER = Answer(ASKED.name, "src", Window(), ASKED.columns, (ROW,), COVERAGE, ("open",))


def kept(folder: Path, **other: Any) -> KeptAnswers:
    usual: dict[str, Any] = {"question": ASKED, "source": "src", "window": Window(), "manifest": "m",
                             "more": {"roles": [("1", "a")], "session": ""}}  # fmt: skip
    return KeptAnswers(str(folder), **usual | other)


def test_the_command_that_verifies_is_one_that_can_be_run() -> None:
    for source, told in (("src", "src"), ("a b", "'a b'"), ("s3://b/x", "s3://b/x"), ("it's", "'it'\"'\"'s'"),
                         (r"od\xfd", r"$'od\xfd'"), (r"a\x5cxe4'\b\x41", r"$'a\x5cxe4\'\\b\\x41'"),
                         (r"s3://b/\xe4", r"'s3://b/\xe4'")):  # fmt: skip
        assert f"verify {told}` tells" in changed(ANSWER, source=source).unverified
    table = changed(ANSWER, coverage=changed(COVERAGE, queries=(Query("q", 1, 1, 1),)))
    assert "`guardrails trail verify s3://BUCKET` of the table's bucket tells" in table.unverified


def test_an_answer_comes_back_as_it_was_with_nothing_read_now(tmp_path: Path) -> None:
    assert kept(tmp_path).get() is None
    kept(tmp_path).keep(ANSWER)
    found = kept(tmp_path).get()
    assert found is not None
    assert found.coverage == changed(COVERAGE, fresh=0, read=0)
    assert changed(found, coverage=COVERAGE, rows=tuple(found.rows)) == ANSWER
    assert [path.stat().st_mode & 0o777 for path in tmp_path.iterdir()] == [0o600]


@pytest.mark.parametrize(
    "other",
    [
        {"manifest": "n"}, {"source": "s"}, {"question": question("last-use")}, {"window": window("2026-01-01", None)},
        {"window": window(None, "2026-01-01")}, {"more": {"roles": [], "session": ""}},
        {"more": {"roles": [("1", "a")], "session": "x"}},
    ],
)  # fmt: skip
def test_another_question_has_another_answer(other: dict[str, Any], tmp_path: Path) -> None:
    kept(tmp_path).keep(ANSWER)
    assert kept(tmp_path, **other).get() is None


def test_a_changed_program_answers_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = set(trail_answers._program())
    named = {name for name, _, _ in before}
    assert {"/model/trail/questions/uses.py", "/model/silencers.py", "/adapters/trail_engine/one_record.py",
            "/adapters/trail_answers.py", "/model/trail/facts.py"} <= named  # fmt: skip
    assert not any("aws" in name for name in named)
    kept(tmp_path).keep(ANSWER)
    monkeypatch.setattr(trail_answers, "_program", lambda: iter([*list(before)[1:], ("/x.py", 1, 1)]))
    assert kept(tmp_path).get() is None


ASKING = """
import sys
import iam_guardrails.adapters.trail_engine.engine, iam_guardrails.journeys.trail_ask
import iam_guardrails.model.incident.reach, iam_guardrails.model.trail.questions
from importlib import import_module
from pkgutil import iter_modules
for module in iter_modules(iam_guardrails.model.trail.questions.__path__):
    import_module(f"iam_guardrails.model.trail.questions.{module.name}")
print(*(name for name, module in sys.modules.items() if name.startswith("iam_guardrails.model.")
        and not hasattr(module, "__path__")))
"""
# how things are written down, not what counts
EVERYWHERE = ("model.problem", "model.value", "model.expression", "model.quick_datetime")


def test_whatever_judges_an_answer_counts_as_the_program() -> None:
    named = {name for name, _, _ in trail_answers._program()}
    loaded = subprocess.run([sys.executable, "-c", ASKING], check=True, capture_output=True, text=True).stdout.split()
    used = {f"/{name.removeprefix('iam_guardrails.').replace('.', '/')}.py" for name in loaded
            if name.removeprefix("iam_guardrails.") not in EVERYWHERE}  # fmt: skip
    assert "/model/incident/reach.py" in used and not used - named


def test_an_answer_that_lacks_something_is_not_kept(tmp_path: Path) -> None:
    lacking = changed(COVERAGE, unreadable=(Unread("k", "", "why"),))
    kept(tmp_path).keep(changed(ANSWER, coverage=lacking))
    assert kept(tmp_path).get() is None


def test_an_answer_with_a_hole_in_its_baseline_is_not_kept(tmp_path: Path) -> None:
    """The file may be fetched the next time, and nobody in it is new then."""
    compared, when = question("unusual-principals"), window("2026-01-10", None)
    lost = changed(COVERAGE, unreadable=(Unread("k", "", "it cannot be read: s3:GetObject failed (SlowDown)"),))

    def answered(baseline: Coverage) -> Answer:
        class Held:
            def ask(self, asked: Window) -> Answerable:
                return Answerable(iter([]), COVERAGE if asked == when else baseline)

        return ask(compared, Held(), "src", when, baseline=timedelta(days=30), roles=frozenset())

    for baseline in (lost, COVERAGE):
        there = kept(tmp_path, question=compared, window=when)
        there.keep(answered(baseline))
        assert (there.get() is None) is (baseline is lost)


def test_a_damaged_answer_is_none(tmp_path: Path) -> None:
    kept(tmp_path).keep(ANSWER)
    (path,) = tmp_path.iterdir()
    content = path.read_bytes()
    for harm in (content[:-3], b"", content.replace(b"INC-1", b"INC-2"), b"trail-answer 0" + content[14:]):
        path.write_bytes(harm)
        assert kept(tmp_path).get() is None


def test_an_answer_that_another_command_forgot_is_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trail_answers, "MOST_KEPT", 1)
    kept(tmp_path, manifest="0").keep(ANSWER)
    (tmp_path / "gone.answer").symlink_to(tmp_path / "gone")
    kept(tmp_path, manifest="1").keep(ANSWER)
    assert kept(tmp_path, manifest="1").get() is not None


def test_of_many_answers_the_oldest_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trail_answers, "MOST_KEPT", 2)
    for number in range(3):
        kept(tmp_path, manifest=str(number)).keep(ANSWER)
        for path in tmp_path.iterdir():
            os.utime(path, ns=(0, path.stat().st_mtime_ns - 10**9))
    assert [kept(tmp_path, manifest=str(number)).get() is not None for number in range(3)] == [False, True, True]


def test_an_answer_is_another_once_more_may_have_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a bucket a note says so, and it depends on when it is asked."""

    def at(day: int, until: str | None) -> KeptAnswers:
        clock = SimpleNamespace(now=lambda _zone: datetime(2026, 1, day, 12, tzinfo=UTC))
        monkeypatch.setattr(trail_answers, "datetime", clock)
        return kept(tmp_path, window=window("2026-01-10", until))

    at(13, "2026-01-12").keep(ANSWER)
    assert at(14, "2026-01-12").get() is not None
    assert at(15, "2026-01-12").get() is None
    at(13, None).keep(ANSWER)
    assert at(29, None).get() is not None
