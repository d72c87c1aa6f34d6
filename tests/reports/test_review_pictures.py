"""The pictures: nothing lost, what is alike drawn once, bounded in size whatever the account's."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.review_sample import NOW

from iam_guardrails.model.review.pictures import (
    BAD,
    CONDITIONAL,
    GOOD,
    KEPT,
    NEVER,
    NO,
    NOT_JUDGED,
    UNKNOWN,
    YES,
    YOUNG,
    Mark,
    Matrix,
    MatrixRow,
    Timeline,
    age_bars,
)
from iam_guardrails.reports.review.bars import bars
from iam_guardrails.reports.review.matrix import MOST_COLUMNS, MOST_ROWS, grouped, matrix
from iam_guardrails.reports.review.tables import of_picture
from iam_guardrails.reports.review.timeline import timeline

AGES = st.lists(
    st.tuples(st.sampled_from(["role", "user"]), st.integers(0, 900) | st.sampled_from([NEVER, KEPT, YOUNG, UNKNOWN]))
)


@given(AGES, st.integers(1, 500))
def test_every_age_stands_in_one_bar_and_stale_is_older_than_the_limit(
    ages: list[tuple[str, int | str]], stale_after_days: int
) -> None:
    made = age_bars("ages", ages, stale_after_days)
    assert sum(sum(bucket.counts) for bucket in made.buckets) == len(ages)
    stale = sum(sum(bucket.counts) for bucket in made.buckets if bucket.stale)
    assert stale == sum(days == NEVER or (isinstance(days, int) and days > stale_after_days) for _, days in ages)
    assert all(len(bucket.counts) == len(made.kinds) for bucket in made.buckets)


def test_the_bars_are_named_and_counted() -> None:
    made = age_bars("ages", [("role", 0), ("role", 30), ("role", 31), ("user", 100), ("user", NEVER)], 45)
    found = {bucket.label: (bucket.counts, bucket.stale) for bucket in made.buckets}
    assert found == {
        "0 to 30 days": ((2, 0), False), "31 to 45 days": ((1, 0), False), "46 to 60 days": ((0, 0), True),
        "61 to 90 days": ((0, 0), True), "91 to 180 days": ((0, 1), True), "181 to 365 days": ((0, 0), True),
        "over 365 days": ((0, 0), True), NEVER: ((0, 1), True), KEPT: ((0, 0), False),
        YOUNG: ((0, 0), False), UNKNOWN: ((0, 0), False),
    }  # fmt: skip
    text = bars(made)
    assert "ages: 2 of 5 stale" in text and text.count(">stale<") == 6
    assert 'aria-label="role 2"' in text and 'width="100.00%"' in text and 'width="50.00%"' in text


def test_bars_of_nothing_are_drawn() -> None:
    assert "0 of 0 stale" in bars(age_bars("ages", [], 90))


def square(rows: list[MatrixRow], columns: int = 3) -> Matrix:
    return Matrix("Who", "principal", "secret", tuple(f"secret-{at}" for at in range(columns)), tuple(rows))


def drawn(picture: Matrix) -> str:
    return matrix(picture, "secrets/who")


def cells(text: str) -> list[list[str]]:
    found = re.findall(r"<tr><th scope=\"row\">.*?</tr>", text)
    return [re.findall(r'<td.*?href="#(\w)".*?<span class="unseen">(.*?)</span>', row) for row in found]


def test_each_answer_has_its_own_form_and_its_word() -> None:
    text = drawn(square([MatrixRow("a", (YES, CONDITIONAL, NOT_JUDGED)), MatrixRow("b", (NO, YES, NO))]))
    assert cells(text) == [
        [("n", "no"), ("y", "yes"), ("n", "no")],
        [("y", "yes"), ("c", "conditional"), ("q", "not judged")],
    ] or cells(text) == [
        [("y", "yes"), ("c", "conditional"), ("q", "not judged")],
        [("n", "no"), ("y", "yes"), ("n", "no")],
    ]
    assert "2 principals by 3 secrets" in text


def test_an_answer_that_changed_is_framed_and_says_what_it_was() -> None:
    text = drawn(square([MatrixRow("a", (YES, NO, NO), (NO, NO, NO)), MatrixRow("z", (YES, YES, YES), (YES,) * 3)]))
    assert text.count('class="moved"') == 1 and "yes, before: no" in text
    assert text.index('scope="row">a') < text.index('scope="row">z')


def test_lost_access_is_drawn_too() -> None:
    text = drawn(square([MatrixRow("a", (NO, NO, NO), (YES, NO, NO))]))
    assert "no, before: yes" in text and "not drawn" not in text


def test_alike_rows_are_one_and_those_that_reach_nothing_are_counted() -> None:
    rows = [MatrixRow(f"admin-{at:02}", (YES,) * 3) for at in range(40)]
    rows += [MatrixRow(f"none-{at}", (NO,) * 3) for at in range(7)]
    text = drawn(square(rows))
    assert len(cells(text)) == 1
    assert "admin-00 and 39 alike" in text and "admin-24 and 15 more" in text and "none-" not in text
    assert "47 principals by 3 secrets; 7 of them reach nothing and are not drawn" in text


ANSWER = st.sampled_from([YES, NO, CONDITIONAL, NOT_JUDGED])
ROW = st.tuples(st.text("abc", min_size=1), st.tuples(ANSWER, ANSWER), st.tuples(ANSWER, ANSWER) | st.just(()))


@given(st.lists(ROW, max_size=30))
def test_grouping_loses_nobody_and_joins_only_the_same(
    found: list[tuple[str, tuple[str, ...], tuple[str, ...]]],
) -> None:
    rows = [MatrixRow(*each) for each in found]
    groups = grouped(rows)
    pairs = [(name, group.row.answers, tuple(map(group.row.moved, (0, 1)))) for group in groups for name in group.names]
    assert sorted(pairs) == sorted((row.name, row.answers, tuple(map(row.moved, (0, 1)))) for row in rows)


def test_ten_thousand_principals_make_no_big_picture_and_the_rest_is_counted() -> None:
    wide = 60
    rows = [MatrixRow(f"role-{at:05}", tuple(YES if at >> (column % 14) & 1 else NO for column in range(wide)))
            for at in range(10_000)]  # fmt: skip
    picture = square(rows, wide)
    text = drawn(picture)
    assert len(text) < 600_000
    assert len(cells(text)) == MOST_ROWS and len(cells(text)[0]) == MOST_COLUMNS
    assert "10,000 principals by 60 secrets; 1 of them reach nothing" in text
    assert "--format csv --table secrets/who</code> has every pair" in text
    assert "9,939 principals in 9,939 groups left out; 30 secrets left out, those that fewest reach" in text
    assert len(of_picture(picture).rows) == 600_000


def test_of_too_many_columns_those_that_changed_stay() -> None:
    answers = tuple(NO if at == 59 else YES for at in range(60))
    text = drawn(square([MatrixRow("a", answers, tuple([YES] * 60))], 60))
    assert ">secret-59<" in text and "30 secrets left out" in text


@pytest.mark.parametrize(
    ("names", "heading", "rows"),
    [
        (
            ("arn:aws:iam::3:role/ab", "arn:aws:iam::3:role/ac"),
            "principal arn:aws:iam::3:\u2026",
            ["role/ab", "role/ac"],
        ),
        (("arn:aws:iam::3:role/ab", "mw"), "principal", ["arn:aws:iam::3:role/ab", "mw"]),
        (("arn:aws:iam::3:", "arn:aws:iam::3:role/ab"), "principal", ["arn:aws:iam::3:", "arn:aws:iam::3:role/ab"]),
        (("arn:aws:iam::3:role/ab",), "principal", ["arn:aws:iam::3:role/ab"]),
    ],
)
def test_what_all_names_begin_with_is_told_once(names: tuple[str, ...], heading: str, rows: list[str]) -> None:
    answers = ((YES, YES, NO), (YES, NO, NO))
    text = drawn(square([MatrixRow(*each) for each in zip(names, answers, strict=False)]))
    assert f'<th scope="col">{heading}</th>' in text
    assert re.findall(r'<th scope="row">(.*?)</th>', text) == rows


def test_a_very_long_column_keeps_its_ends_and_its_name() -> None:
    name = "prod/" + "a" * 100 + "/the-key"
    text = matrix(Matrix("Who", "principal", "secret", (name,), (MatrixRow("a", (YES,)),)), "x/x")
    assert f'<span class="up long" title="{name}">prod/aaa' in text and "a/the-key</span>" in text and "\u2026" in text
    assert '<span class="up">secret-0</span>' in drawn(square([MatrixRow("a", (YES, NO, NO))]))


def test_a_matrix_of_nobody_says_so() -> None:
    text = drawn(square([]))
    assert "0 principals by 3 secrets" in text and "<table" not in text


def line(*marks: Mark) -> str:
    return timeline(Timeline("Uses", NOW - timedelta(days=10), NOW, ("incidents", "alarms"), marks), "uses/uses")


def test_marks_stand_where_they_happened() -> None:
    text = line(Mark("incidents", NOW - timedelta(days=10), "first"), Mark("alarms", NOW, "last"),
                Mark("alarms", NOW - timedelta(days=5), "middle"))  # fmt: skip
    marks = {
        label: float(x) for label, x in re.findall(r"<title>[^<]* (\w+)</title><circle[^>]* cx=\"([\d.]+)\"", text)
    }
    assert (marks["first"], marks["middle"], marks["last"]) == (118.0, 547.0, 976.0)
    assert "2026-11-18 09:00 UTC" in text


def test_near_marks_are_one_with_their_number_and_the_gravest_look() -> None:
    marks = [Mark("alarms", NOW - timedelta(days=5, minutes=at), f"alarm {at}") for at in range(20)]
    text = line(*marks, Mark("alarms", NOW - timedelta(days=5), "lost", None, BAD))
    assert text.count("<g>") == 1 and ">21</text>" in text and "and 16 more" in text
    assert 'class="bad shape" d=' in text[text.index("<g>") :].partition("</g>")[0]


def test_a_span_is_a_bar_and_the_table_has_every_mark() -> None:
    text = line(*(Mark("incidents", NOW - timedelta(days=9), "a use", NOW - timedelta(days=4), GOOD) for _ in range(3)))
    bar = re.search(r'<rect class="good shape" x="([\d.]+)" y="[\d.]+" width="([\d.]+)"', text)
    assert bar and float(bar[2]) == pytest.approx(429, abs=0.1)
    assert text[text.index("<tbody>") :].count("<tr>") == 3


def test_very_many_marks_make_no_big_picture() -> None:
    marks = (Mark("alarms", NOW - timedelta(minutes=at), f"alarm {at}") for at in range(10_000))
    text = line(*marks)
    assert len(text) < 150_000 and "9,800 more; <code>--format csv --table uses/uses</code> has them all" in text


def test_a_lane_without_marks_and_a_window_without_length_are_drawn() -> None:
    assert ">incidents<" in line()
    assert "<svg" in timeline(Timeline("Uses", NOW, NOW, ("alarms",), (Mark("alarms", NOW, "now"),)), "x/x")
