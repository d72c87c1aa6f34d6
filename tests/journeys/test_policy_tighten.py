"""What `policy tighten` and the review may say where the source lacks a part of the account's records."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.model.estates import ACCOUNT
from tests.model.tightening import DAY, day, estate_of, record, seconds

from iam_guardrails.adapters.trail_engine.gather import Gathering
from iam_guardrails.journeys.policy_tighten import Request, Tightened, tighten_policies
from iam_guardrails.model.incident.reach import Reach
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.trail.answer import Answerable, Coverage
from iam_guardrails.model.trail.holding import days_of
from iam_guardrails.model.trail.regions import regions_of
from iam_guardrails.model.trail.window import Window

OTHER = "999999999999"
SINCE, UNTIL = "2026-03-01", "2026-06-01"
ALL = [day(one) for one in range(seconds(SINCE), seconds(UNTIL), DAY)]
CASE = {"roles": {"app": {"inline": [["ec2:StartInstances, ec2:StopInstances"]]}}}


def of_another(told: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(json.dumps(told).replace(ACCOUNT, OTHER))
    return made


def tightened(
    path: Path, days: Sequence[str], regions: Sequence[str], reach: tuple[str, ...] | None, source: str = "trail",
    accounts: tuple[str, ...] = (ACCOUNT,), every_region: bool = False, more: Sequence[dict[str, Any]] = (),
) -> Tightened:  # fmt: skip
    """What is found where the account acted on some days, and another one every day. regions: of its files."""
    estate = estate_of(CASE, path / "account.json")
    files = source == "trail"

    def opened(roles: frozenset[tuple[str, str]]) -> tuple[Any, str]:
        own = [record({"by": "app", "call": "ec2:StartInstances", "on": one}, number)
               for number, one in enumerate(days)]  # fmt: skip
        others = [of_another(record({"by": "x", "call": "ec2:StartInstances", "on": one}, 9000 + number))
                  for number, one in enumerate(ALL)]  # fmt: skip
        gathering = Gathering(roles)
        gathering.take_records("the case", [json.dumps(one) for one in [*own, *more, *(others if files else [])]])
        told = not source.startswith("lookup:")
        places = tuple((account, region) for account in accounts for region in regions) if told else ()
        held = days_of((account, region, one) for account, region in places for one in ALL)
        coverage = Coverage(1, 1, 1, 1, 0, (), accounts, places=places, days=held,
                            unit="file" if files else "page", by_trail=told, every_region=every_region)  # fmt: skip

        class Source:
            def ask(self, window: Window) -> Answerable:
                return Answerable(iter(gathering.facts().items()), coverage)

        return Source(), source

    window = Window(*(datetime.fromisoformat(one).replace(tzinfo=UTC) for one in (SINCE, UNTIL)))
    request = Request(window, datetime(2026, 6, 2, tzinfo=UTC), reach=Reach(reach) if reach else None)
    return tighten_policies(estate, opened, request, lambda text: None)


def confidence(found: Tightened) -> set[str]:
    return {change.confidence for one in found.outcome.proposals for change in one.changes}


def test_a_source_that_holds_everything_lacks_nothing(tmp_path: Path) -> None:
    found = tightened(tmp_path, ALL, ("us-east-1", "us-east-2"), ("us-east-1", "us-east-2"))
    assert (found.outcome.lacking, confidence(found), found.source) == ((), {"medium"}, "trail")


WHOLE = ("us-east-1", "us-east-2")
AGAIN = record({"by": "app", "call": "ec2:StartInstances", "on": ALL[3]}, 3)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({}, ""), ({"addendum": {"reason": "DELIVERY_DELAY"}}, ""),
        ({"eventName": "StopInstances"}, "different records have the same event id"),
        ({"eventName": "StopInstances", "eventTime": f"{ALL[9]}T08:00:00Z"}, "have the same event id"),
        ({"eventID": "new", "addendum": {"originalEventID": AGAIN["eventID"], "updatedFields": "requestParameters"},
          "requestParameters": {"x": "y"}}, "what it said before counts here too"),
        ({"eventID": "new", "addendum": {"originalEventID": "not here", "updatedFields": "x"}}, ""),
    ],
)  # fmt: skip
def test_records_that_cannot_be_told_from_forged_ones_are_told(more: dict[str, Any], says: str, tmp_path: Path) -> None:
    found = tightened(tmp_path, ALL, WHOLE, WHOLE, more=[AGAIN | more])
    assert [says in one for one in found.outcome.window.gaps] == ([True] if says else [])
    assert sum(bool(says) and says in note for note in found.outcome.notes) == bool(says)
    assert confidence(found) <= ({"low"} if says else {"medium"})


@pytest.mark.parametrize(
    ("source", "regions", "says"),
    [
        ("trail", ("us-east-2",), "there is no file and no digest of us-east-1"),
        ("trail", (), "do not tell of which Regions"),
        ("lookup:us-east-2", (), "LookupEvents was not asked in us-east-1"),
        ("logs:group@us-east-2", ("us-east-2",), "the log group holds no record of us-east-1"),
    ],
)
def test_a_review_takes_nothing_away_by_a_source_that_lacks_regions(
    tmp_path: Path, source: str, regions: tuple[str, ...], says: str
) -> None:
    with pytest.raises(Problem, match=f"{says}.*would look unused"):
        tightened(tmp_path, ALL, regions, ("us-east-2", "us-east-1"), source)


def test_where_nobody_told_the_regions_those_that_are_on_by_default_count_and_the_confidence_is_low(
    tmp_path: Path,
) -> None:
    found = tightened(tmp_path, ALL, ("us-east-2",), None)
    assert confidence(found) == {"low"}
    assert any("there is no file and no digest of us-east-1" in note for note in found.outcome.notes)
    assert confidence(tightened(tmp_path, ALL, regions_of("aws"), None)) == {"medium"}
    assert confidence(tightened(tmp_path, ALL, (), None)) == {"medium"}  # a folder that tells nothing
    group = "logs:group@us-east-2"
    found = tightened(tmp_path, ALL, ("us-east-2",), None, group)
    assert confidence(found) == {"low"}
    assert any("the log group holds no record of us-east-1" in note for note in found.outcome.notes)
    assert confidence(tightened(tmp_path, ALL, ("us-east-2",), None, group, every_region=True)) == {"medium"}
    for source in ("lookup:cn-north-1,cn-northwest-1", f"lookup:{','.join(regions_of('aws'))}"):
        assert confidence(tightened(tmp_path, ALL, (), None, source)) == {"medium"}


def test_days_of_another_account_are_no_days_of_this_one(tmp_path: Path) -> None:
    found = tightened(tmp_path, ALL[-9:], ("us-east-2",), ("us-east-2",), accounts=(ACCOUNT, OTHER))
    assert found.outcome.window.days == 9 and confidence(found) == {"low"}
    assert found.outcome.lacking[0].startswith("the source holds no record of the account on 2026-03-01 to")


def test_a_source_of_another_account_judges_nothing(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=f"holds nothing of the account {ACCOUNT}, only of {OTHER}"):
        tightened(tmp_path, (), ("us-east-2",), None, accounts=(OTHER,))
