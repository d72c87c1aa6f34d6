"""What a reconciliation ends with: for every rule, a command of ours that its arguments are complete for."""

from __future__ import annotations

import shlex

import pytest
from tests.incident_records import AT, INCIDENT, incident

from iam_guardrails.cli import parser
from iam_guardrails.model.finding import Finding, NotJudged, Verdict
from iam_guardrails.model.incident.examined import Closed
from iam_guardrails.model.incident.incident import Incident
from iam_guardrails.model.incident.step import CLOSED, EXITED, Exited
from iam_guardrails.reports.reconcile_next import next_lines
from iam_guardrails.rules.reconcile import RULES

AGAIN = "guardrails breakglass reconcile prod --source 'a folder'"
EXIT = (EXITED, Exited("arn:role", AT))


def command(rule: str, *there: Incident, address: str = INCIDENT, message: str = "") -> str:
    found = Verdict((Finding(rule, "high", address, message or "it is so", "Do it."),))
    told, last = next_lines(found, "prod", there, AGAIN).splitlines()
    assert told == f"first {address}: Do it."
    assert last.startswith("next: ")
    return last.removeprefix("next: ")


@pytest.mark.parametrize("rule", [item.id for item in RULES])
@pytest.mark.parametrize("steps", [(), (EXIT,), (EXIT, (CLOSED, Closed("done", 1)))], ids=["open", "exited", "closed"])
def test_every_rule_leads_to_a_command(rule: str, steps: tuple[tuple[str, object], ...]) -> None:
    for there in ((incident(steps=steps),), ()):
        words = shlex.split(command(rule, *there))
        assert words[0] == "guardrails"
        parser().parse_args(words[1:])  # ends the process where something is wrong


def test_who_is_inside_undeclared_is_revoked_within_an_incident() -> None:
    undeclared = "reconcile-undeclared"
    assert command(undeclared, incident(), address="event") == f"guardrails breakglass exit {INCIDENT} --again"
    closed = incident(steps=[(CLOSED, Closed("done", 1))])
    assert command(undeclared, closed, address="event").startswith("guardrails breakglass open prod --reason ")


def test_the_incident_is_the_one_that_the_finding_names() -> None:
    told = f"sam entered, but {INCIDENT} was declared by alex"
    assert command("reconcile-other-person", incident(), address="event", message=told).endswith(f"show {INCIDENT}")
    assert command("reconcile-never-closed", incident()) == f"guardrails breakglass close {INCIDENT}"
    assert (
        command("reconcile-never-closed", incident(steps=[(CLOSED, Closed("done", 1))]))
        == f"guardrails breakglass show {INCIDENT}"
    )
    assert command("reconcile-session-late", incident(steps=[EXIT])) == f"guardrails breakglass close {INCIDENT}"
    assert command("reconcile-never-closed") == AGAIN  # of an incident whose record is not here


def test_what_was_not_judged_is_judged_again() -> None:
    unsure = Verdict(not_judged=(NotJudged("reconcile-undeclared", "source", "it is empty"),))
    said = "make readable what was not judged (above), and repeat"
    assert next_lines(unsure, "prod", (), AGAIN) == f"{said}\nnext: {AGAIN}\n"
