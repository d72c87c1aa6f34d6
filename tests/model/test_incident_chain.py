"""The lines of a record: any that is changed, left out, moved or added shows."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iam_guardrails.model.incident.chain import (
    against_earlier,
    against_head,
    head_of,
    line_of,
    new_step,
    read_steps,
)
from iam_guardrails.model.incident.examined import Closed
from iam_guardrails.model.incident.incident import DECLARED, DONE, ENDED_STATE, INSIDE, OUTSIDE, incident_of
from iam_guardrails.model.incident.step import (
    CLOSED,
    ENTERED,
    EXITED,
    EXTENDED,
    LEFT,
    NOTED,
    OPENED,
    Entered,
    Exited,
    Extended,
    Left,
    Noted,
    Opened,
    Step,
)
from iam_guardrails.model.problem import Problem

START = datetime(2026, 11, 28, 12, 0, 0, tzinfo=UTC)
DECLARATION = Opened("INC-20261128-1200-k7qf", "prod", "333333333333", "us-east-2", "alex", "the token leaked", 30)
TEXTS = st.text(max_size=30)
CONTENTS = st.dictionaries(TEXTS, st.one_of(TEXTS, st.integers(), st.lists(TEXTS, max_size=3)), max_size=3)


def record(*steps: tuple[str, Any], every: timedelta = timedelta(minutes=1)) -> tuple[Step, ...]:
    made: tuple[Step, ...] = ()
    for number, (kind, content) in enumerate(((OPENED, DECLARATION), *steps)):
        made = (*made, new_step(made, START + number * every, kind, "alex@laptop", content))
    return made


def text_of(steps: tuple[Step, ...]) -> str:
    return "".join(f"{line_of(item)}\n" for item in steps)


@given(st.lists(CONTENTS, max_size=5))
def test_what_was_written_is_read(contents: list[Any]) -> None:
    steps = record(*((NOTED, content) for content in contents))
    assert read_steps(text_of(steps)) == (steps, ())


@settings(max_examples=300)
@given(st.lists(CONTENTS, min_size=1, max_size=5), st.data())
def test_any_change_of_a_sign_shows(contents: list[Any], data: Any) -> None:
    text = text_of(record(*((NOTED, content) for content in contents)))
    place = data.draw(st.integers(0, len(text) - 1))
    sign = data.draw(st.characters(codec="utf-8").filter(lambda one: one != text[place]))
    changed = text[:place] + sign + text[place + 1 :]
    assert read_steps(changed)[1]


@given(st.lists(CONTENTS, min_size=2, max_size=6, unique_by=str), st.data())
def test_lines_that_are_missing_or_moved_show(contents: list[Any], data: Any) -> None:
    lines = text_of(record(*((NOTED, content) for content in contents))).splitlines(keepends=True)
    taken = data.draw(st.integers(0, len(lines) - 2))
    assert read_steps("".join(lines[:taken] + lines[taken + 1 :]))[1], "a line inside is missing"
    other = data.draw(st.integers(0, len(lines) - 1).filter(lambda index: index != taken))
    moved = list(lines)
    moved[taken], moved[other] = moved[other], moved[taken]
    assert read_steps("".join(moved))[1]
    assert read_steps("".join([*lines, lines[-1]]))[1], "a line stands twice"


def test_a_line_that_was_forged_with_its_hash_breaks_the_next() -> None:
    steps = record((NOTED, Noted("first")), (NOTED, Noted("second")))
    forged = new_step(steps[:1], steps[1].at, NOTED, steps[1].by, Noted("never happened"))
    _, broken = read_steps(text_of((steps[0], forged, steps[2])))
    assert (broken[0].line, "does not follow" in broken[0].why) == (3, True)


def test_a_cut_tail_shows_against_the_head_and_an_earlier_copy() -> None:
    steps = record((NOTED, Noted("first")), (NOTED, Noted("second")))
    assert read_steps(text_of(steps[:2]))[1] == (), "a chain alone cannot tell"
    late = against_head(steps[:2], head_of(steps))
    assert late is not None and "1 of 3 lines are missing" in late.why
    assert against_head(steps, head_of(steps[:2])) is None, "the head is written last"
    rewritten = (*steps[:2], new_step(steps[:2], steps[2].at, NOTED, "x", Noted("other")))
    assert against_head(rewritten, head_of(steps)) is not None
    assert against_earlier(steps[:1], steps, "origin/main") is not None
    assert against_earlier(rewritten, steps, "origin/main") is not None
    assert against_earlier(steps, steps[:1], "origin/main") is None


@pytest.mark.parametrize("text", ["", "\n", "[]\n", "nonsense\n", "null\n", '{"number": 1}\n', "[" * 100_000 + "\n"])
def test_what_is_no_record_is_said(text: str) -> None:
    steps, broken = read_steps(text)
    assert not steps and broken


def test_a_line_with_a_name_twice_is_said() -> None:
    line = text_of(record()).rstrip("\n")
    twice = line.replace('"kind": "opened"', '"kind": "closed", "kind": "opened"')
    assert json.loads(twice) == json.loads(line)
    assert "another form" in read_steps(twice + "\n")[1][0].why


def test_a_line_that_was_not_finished_is_said() -> None:
    text = text_of(record((NOTED, Noted("first"))))
    steps, broken = read_steps(text[:-20])
    assert len(steps) == 1 and "cut off" in broken[0].why
    steps, broken = read_steps(text[:-1])
    assert len(steps) == 1 and broken


def test_a_line_with_a_right_hash_and_no_content_is_said() -> None:
    step = record()[0]
    values = json.loads(line_of(step)) | {"at": "yesterday"}
    del values["hash"]
    import hashlib

    plain = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    values["hash"] = hashlib.sha256(plain.encode()).hexdigest()
    assert "no step" in read_steps(json.dumps(values) + "\n")[1][0].why


ENTRY = Entered(
    "arn:aws:iam::333333333333:role/b", "iam-user", "arn:x", "alex", "arn:y", "AROA:alex", "333333333333", "us-east-2",
    30, START + timedelta(minutes=31), "subshell",
)  # fmt: skip
END = Exited("arn:aws:iam::333333333333:role/b", START, "arn:x")


@pytest.mark.parametrize(
    ("steps", "state"),
    [
        ((), DECLARED),
        (((ENTERED, ENTRY),), INSIDE),
        (((ENTERED, ENTRY), (LEFT, Left(2, "ended", 0, 60))), OUTSIDE),
        (((ENTERED, ENTRY), (ENTERED, ENTRY), (LEFT, Left(2, "ended", 0, 60))), INSIDE),
        (((ENTERED, ENTRY), (EXITED, END)), ENDED_STATE),
        (((ENTERED, ENTRY), (EXITED, Exited("arn", why_not="refused", command="aws …"))), INSIDE),
        (((ENTERED, ENTRY), (EXITED, END), (ENTERED, ENTRY)), INSIDE),
        (((ENTERED, ENTRY), (EXITED, END), (CLOSED, Closed("done", 1))), DONE),
    ],
)
def test_the_steps_tell_where_it_stands(steps: tuple[Any, ...], state: str) -> None:
    incident = incident_of(record(*steps), "here")
    assert incident.state == state
    assert incident.is_open is (state != DONE)


def test_an_extension_counts_from_when_it_was_said() -> None:
    incident = incident_of(record((NOTED, Noted("x")), (EXTENDED, Extended(45, "it is bigger"))), "here")
    assert incident.due_at == START + timedelta(minutes=2 + 45)
    assert incident.minutes == 45
    shorter = incident_of(record((EXTENDED, Extended(5, "a little"))), "here")
    assert shorter.due_at == START + timedelta(minutes=30), "an extension never takes time away"


def test_a_clock_that_went_back_is_told() -> None:
    steps = record((NOTED, Noted("x")), (NOTED, Noted("y")), every=timedelta(minutes=-10))
    assert incident_of(steps, "here").jumps() == ((2, 600), (3, 600))


def test_a_record_that_begins_otherwise_is_no_incident() -> None:
    with pytest.raises(Problem, match="does not begin with the declaration"):
        incident_of((new_step((), START, NOTED, "x", Noted("y")),), "here")
    with pytest.raises(Problem, match="step 1"):
        incident_of((new_step((), START, OPENED, "x", {"nothing": 1}),), "here")
