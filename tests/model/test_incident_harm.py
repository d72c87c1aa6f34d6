"""What undoing would give back, open, destroy or silence: cases/incidents/harms.yaml, and how a person settles it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.incident_cases import LOADED, account, items
from tests.incident_records import CLOCK, incident, record

from iam_guardrails.model.incident.examined import LASTING, NOT_JUDGED, OPEN, SAID, STATED, Examined
from iam_guardrails.model.incident.settle import settled, statement
from iam_guardrails.model.incident.step import PURPOSES
from iam_guardrails.model.incident.undoing import undo_lines
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.value import changed
from iam_guardrails.reports.dossier import text
from iam_guardrails.reports.dossier.outcome import of_items

CASES = {
    case["name"]: case
    for case in yaml.safe_load((Path(__file__).parent.parent / "cases" / "incidents" / "harms.yaml").read_text())
}
DANGEROUS = (
    " attach-", " authorize-", " add-", " stop-logging", " stop-configuration", " disable-", " schedule-key-deletion",
    " put-alarm-mute-rule", " --status Active", " delete-trail", " delete-alarms", " delete-metric-filter",
    " delete-rule", " remove-targets",
)  # fmt: skip


def _items(case: dict[str, Any]) -> Any:
    records = [record(action, request, *response, seconds=number)
               for number, (action, request, *response) in enumerate(case["calls"])]  # fmt: skip
    more = {"before": account(case["before"], "before")} if "before" in case else {}
    return items(records, case["live"], purpose=case.get("purpose", "other"), **more)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_case(case: dict[str, Any]) -> None:
    found = _items(case)
    assert [item.verdict for item in found] == [verdict for verdict, _ in case["items"]], [item.why for item in found]
    for item, (_, says) in zip(found, case["items"], strict=True):
        assert says in item.why
    assert bool(found[0].harm) == ("harm" in case) and case.get("harm", "") in found[0].harm
    assert found[0].may_stay == case.get("may_stay", False)
    assert [line.split()[2] for line in undo_lines(found, incident())] == case.get("undo", [])


@pytest.mark.parametrize("purpose", PURPOSES)
def test_no_line_to_paste_gives_rights_opens_the_network_destroys_a_key_or_silences_a_guardrail(purpose: str) -> None:
    for action, case in LOADED:
        done = record(action, case["request"], case.get("response"), event=case.get("event", ""))
        lines = undo_lines(items([done], case["open"], purpose=purpose), incident())
        assert not [line for line in lines for word in DANGEROUS if word in line], (action, lines)


def test_what_was_closed_is_settled_for_good_by_a_word_and_asked_for_anew_after_a_later_call() -> None:
    (item,) = _items(CASES["a port closed in a use for something else"])
    assert item.verdict == OPEN and "authorize-security-group-ingress" in item.command
    said = statement(item, "OPS-17: it was never to be open")
    (kept,) = settled([item], incident(steps=[(STATED, said)]), CLOCK.date())
    assert kept.verdict == LASTING and "OPS-17" in kept.why
    (anew,) = settled([changed(item, writes=(*item.writes, "later"))], incident(steps=[(STATED, said)]), CLOCK.date())
    assert anew.verdict == OPEN and "what was said to stay (OPS-17" in anew.why


@pytest.mark.parametrize("name", ["a trust in another", "rights given", "a trail that recorded, switched off"])
def test_what_the_use_gave_or_switched_off_is_not_settled_by_a_word(name: str) -> None:
    (item,) = _items(CASES[name])
    with pytest.raises(Problem, match="still open"):
        statement(item, "I looked")


def test_the_command_that_does_harm_stands_apart_after_the_lines_to_paste() -> None:
    calls = [*CASES["rights given"]["calls"], *CASES["a port closed in a use for something else"]["calls"]]
    given = CASES["rights given"]
    found = _items({"calls": calls, "before": given["before"],
                    "live": given["live"] | {"DescribeSecurityGroupRules": {"SecurityGroupRules": []}}})  # fmt: skip
    examined = Examined("a", "b", "c", found)
    outcome = of_items(incident(), examined, False)
    shown = text.render(incident(), examined, outcome, "mine")
    told = json.loads(text.as_json("prod", incident(), examined, outcome, "mine"))
    assert [line.split()[2] for line in told["undo"]] == ["detach-user-policy"]
    assert shown.index("    undo: aws iam detach-user-policy") < shown.index(
        "    no line to paste; only if it was meant to be as before: aws ec2 authorize-security-group-ingress"
    )
    closed = next(item for item in found if item.may_stay)
    word = f"guardrails breakglass reverted {incident().id} {closed.id} --evidence TEXT"
    assert f"    if it is to stay so: {word}" in shown and word in outcome.said


def test_what_is_lost_is_not_judged_though_the_account_differs_and_a_word_settles_it() -> None:
    key = {"address": "k", "arn": "arn:aws:kms:us-east-2:333333333333:key/k", "region": "us-east-2", "key_id": "k"}
    before, now = account({"keys": [{**key, "state": "Enabled"}]}, "before"), account({"keys": []}, "now")
    (item,) = items([record("kms:ScheduleKeyDeletion", {"keyId": "k"})], {"DescribeKey": None}, before=before, now=now)
    assert (item.verdict, item.command) == (NOT_JUDGED, "") and "whatever is encrypted with it" in item.why
    said = statement(item, "nothing was encrypted with it")
    assert settled([item], incident(steps=[(STATED, said)]), CLOCK.date())[0].verdict == SAID
