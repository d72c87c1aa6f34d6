"""The incident id of a drill, and when a drill is surely over."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iam_guardrails.cli import parser
from iam_guardrails.model.drill import LONGEST_SECONDS, MARGIN_SECONDS, incident_id, is_over
from iam_guardrails.model.iam.match import glob_match
from iam_guardrails.model.problem import Problem

STAMP = "20261125T092301Z"
STARTED = datetime(2026, 11, 25, 9, 23, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("pattern", "made"),
    [
        ("INC-*", f"INC-DRILL-{STAMP}"),
        (None, f"INC-DRILL-{STAMP}"),
        ("*", f"DRILL-{STAMP}"),
        ("INC-????-*", f"INC-0000-DRILL-{STAMP}"),
        ("X*Y*", f"XDRILL-{STAMP}Y"),
        ("INC-?????", "INC-DRILL"),
        ("INC-????????", "INC-DRILL-20"),
        ("DR???-??", "DRILL-20"),
        ("DRILL-????", "DRILL-2026"),
        ("INC-DRILL", "INC-DRILL"),
        ("I" * 50 + "*", "I" * 50 + "DRILL-20261125"),
        ("I" * 59 + "*", "I" * 59 + "DRILL"),
    ],
)
def test_the_incident_id_fits_the_pattern_and_says_drill(pattern: str | None, made: str) -> None:
    assert incident_id(pattern, STAMP) == made


@pytest.mark.parametrize(
    "pattern",
    ["INC-????", "INC-42", "I" * 60 + "*", "I" * 64, "?" * 65, "INC/*", "INC-${aws:username}-*", "INC *", ""],
)
def test_where_no_id_fits_it_is_said_what_to_set(pattern: str) -> None:
    with pytest.raises(Problem, match=r"admits no incident id that says DRILL.*set incident_id_pattern"):
        incident_id(pattern, STAMP)


SIGNS = st.text(alphabet="ABDILRNC0129-*?_=", max_size=80)


@given(st.one_of(SIGNS, st.text(max_size=12), SIGNS.map(lambda text: "INC-" + text)))
def test_an_incident_id_always_matches_its_pattern(pattern: str) -> None:
    try:
        made = incident_id(pattern, STAMP)
    except Problem:
        return
    assert glob_match(pattern, made)
    assert "DRILL" in made
    assert re.fullmatch(r"[\w+=,.@-]{2,64}", made, re.ASCII)


@given(st.text(alphabet="ABC-?", max_size=40), st.text(alphabet="ABC-?", max_size=15))
def test_a_star_always_leaves_room_within_the_limit(before: str, after: str) -> None:
    assert "DRILL" in incident_id(f"{before}*{after}", STAMP)


LONGEST = timedelta(seconds=LONGEST_SECONDS + MARGIN_SECONDS)


@pytest.mark.parametrize(
    ("drill_id", "after", "over"),
    [
        ("DRILL-20261125T092301Z", LONGEST, False),
        ("drill-20261125t092301z", LONGEST, False),
        ("drill-20261125t092301z", LONGEST + timedelta(seconds=1), True),
        ("DRILL-20261125T092301Z", timedelta(0), False),
        ("DRILL-20261125T092301Z", timedelta(hours=-2), False),
        ("somebody-elses", LONGEST * 9, False),
        ("DRILL-20269999T092301Z", LONGEST * 9, False),
        ("DRILL-20261125T092301", LONGEST * 9, False),
    ],
)
def test_a_drill_is_over_when_no_wait_can_be_that_long(drill_id: str, after: timedelta, over: bool) -> None:
    assert is_over(drill_id, STARTED + after, ()) is over


def test_a_drill_whose_record_says_so_is_over() -> None:
    assert is_over("drill-20261125t092301z", STARTED, ("DRILL-20261125T092301Z",)) is True
    assert is_over("drill-20261125t092302z", STARTED, ("DRILL-20261125T092301Z",)) is False


def test_no_longer_wait_is_taken_than_a_drill_may_last(capsys: pytest.CaptureFixture[str]) -> None:
    assert parser().parse_args(["drill", "prod", "--live", "--wait", str(LONGEST_SECONDS)]).wait == LONGEST_SECONDS
    with pytest.raises(SystemExit):
        parser().parse_args(["drill", "prod", "--live", "--wait", str(LONGEST_SECONDS + 1)])
    assert "is no number of seconds" in capsys.readouterr().err
