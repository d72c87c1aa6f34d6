"""An incident as text: whatever its names are, its lines fit 80 columns and the last one is the next command."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.incident_records import AT, incident

from iam_guardrails.adapters.terminal import Style
from iam_guardrails.model.incident.examined import Examined, Item
from iam_guardrails.model.incident.incident import Incident
from iam_guardrails.model.incident.step import EXAMINED, NOTED, Noted
from iam_guardrails.model.value import changed
from iam_guardrails.reports.fitting import length
from iam_guardrails.reports.incident import list_text, opened_text, show_text, status_text, values

SEEN = Item("session-aaaaaa", "the session alex", "still open", "it lives", kind="session")
PATH = "envs/staging/records/incidents/INC-20261128-1150-k7qf.jsonl"


def use() -> Incident:
    """One that was entered past the tool, in a Region and an environment with long names."""
    note = Noted("arn:aws:iam::333333333333:role/service-role/a-role-with-a-rather-long-name was asked, and " * 3)
    made = incident(
        steps=[(EXAMINED, Examined("a", "b", "c", (SEEN, changed(SEEN, id="session-bbbbbb")))), (NOTED, note)]
    )
    opened = changed(made.opened, environment="staging", region="ap-southeast-2")
    return Incident(opened, made.steps)


@pytest.mark.parametrize("plain", [True, False])
def test_its_lines_fit_and_the_last_is_the_next_command(plain: bool) -> None:
    item, now, style = use(), AT + timedelta(minutes=9), Style(plain)
    for text in (opened_text(item, PATH, now, style), show_text(item, PATH, now, style), list_text([item], now, style)):
        lines = text.rstrip("\n").split("\n")
        assert [line for line in lines if length(line) > 80] == []
        assert lines[-1].startswith("next: ") and "guardrails breakglass exit" in lines[-1]
    assert status_text((), (), 3, style) == (
        "nothing is open and nothing is late; 3 incidents on record\nnothing is to be done\n"
    )


def test_what_another_machine_has_to_go_on_with_is_no_next_command_here() -> None:
    item, now, style, look = (
        use(),
        AT + timedelta(minutes=9),
        Style(True),
        "guardrails records fetch X --store s3://x",
    )
    shown = show_text(item, "only in the store", now, style, away=look)
    assert "its record is on another machine (alex@laptop wrote it last); go on" in shown
    assert shown.endswith(f"\n  guardrails breakglass exit {item.id}\nor bring its record here first:\nnext: {look}\n")
    listed = list_text([item], now, style, {item.id: look})
    assert listed.endswith(f"next: {look}\n") and "its record is on another machine" in " ".join(listed.split())
    assert values(item, "", now, look)["next"] == look and values(item, "", now, "")["next"] == ""
    assert values(item, "", now)["next"] == f"guardrails breakglass exit {item.id}"
