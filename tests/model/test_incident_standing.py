"""What is open and what is late, over all incidents."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from iam_guardrails.model.incident.chain import new_step
from iam_guardrails.model.incident.examined import (
    PREVENTED,
    STATED,
    Closed,
    Examined,
    Item,
    Prevented,
    Prevention,
    Stated,
)
from iam_guardrails.model.incident.incident import Incident, incident_of
from iam_guardrails.model.incident.standing import lines_of
from iam_guardrails.model.incident.step import (
    ACCEPTED,
    CLOSED,
    ENTERED,
    EXAMINED,
    EXITED,
    OPENED,
    Accepted,
    Entered,
    Exited,
    Opened,
    Step,
)

START = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
ENTRY = Entered(
    "arn", "iam-user", "arn:x", "alex", "arn:y", "AROA:alex", "333333333333", "us-east-2", 30, START, "subshell"
)
REVIEW = Closed("it broke", 2, (Prevention("give the right", "alex", "2026-12-05"),))


def incident(name: str, *steps: tuple[str, Any], environment: str = "prod") -> Incident:
    opened = Opened(name, environment, "333333333333", "us-east-2", "alex", "why", 30)
    made: tuple[Step, ...] = ()
    for kind, content in ((OPENED, opened), *steps):
        made = (*made, new_step(made, START, kind, "x", content))
    return incident_of(made, name)


def told(*incidents: Incident, minutes: int = 10) -> list[tuple[str, bool, str]]:
    lines = lines_of(incidents, START + timedelta(minutes=minutes))
    return [(item.incident_id, item.wrong, item.next.partition("breakglass ")[2].partition(" ")[0]) for item in lines]


def test_one_that_is_open_is_told_with_the_next_command() -> None:
    assert told(incident("INC-1")) == [("INC-1", False, "enter")]
    assert told(incident("INC-1"), minutes=31) == [("INC-1", True, "extend")]
    inside = incident("INC-1", (ENTERED, ENTRY))
    assert told(inside) == [("INC-1", False, "exit")]
    assert told(inside, minutes=31) == [("INC-1", True, "exit")]
    exited = incident("INC-1", (ENTERED, ENTRY), (EXITED, Exited("arn", START, "arn")))
    assert told(exited, minutes=31) == [("INC-1", True, "close")]


def test_a_use_that_only_cloudtrail_knows_was_entered() -> None:
    alive = Item("session-1", "the session alex", "still open", "it lives", kind="session")
    over = Item("session-1", "the session alex", "reverted", "it ended", kind="session")
    change = Item("port-1", "a port", "still open", "it is open", kind="ingress-rule")
    for items, next_, says in (
        ((alive, change), "exit", "CloudTrail tells of 1 session, not revoked"),
        ((over, change, over), "close", "CloudTrail tells of 2 sessions, over"),
    ):  # fmt: skip
        use = incident("INC-1", (EXAMINED, Examined("a", "b", "c", items)))
        for minutes in (10, 31):
            (line,) = lines_of([use], START + timedelta(minutes=minutes))
            assert says in line.text and "nobody entered" not in line.text
            assert told(use, minutes=minutes) == [("INC-1", minutes > 30, next_)]
    nothing = incident("INC-1", (EXAMINED, Examined("a", "b", "c", (change,), entries=1)))  # an entry that was refused
    assert told(nothing) == [("INC-1", False, "enter")]


def test_one_that_is_dated_ahead_is_wrong_and_another_is_to_be_opened() -> None:
    (line,) = lines_of([incident("INC-1")], START - timedelta(days=2))
    assert line.wrong and "dated ahead (2026-11-28 12:00 UTC), so it admits nobody" in line.text
    assert line.next == "guardrails breakglass open prod --reason WHY --minutes 30"
    assert told(incident("INC-1"), minutes=-4) == [("INC-1", False, "enter")]


def test_two_at_once_are_wrong_in_one_environment_only() -> None:
    both = told(incident("INC-1"), incident("INC-2"))
    assert both[-1][:2] == ("INC-1", True) and len(both) == 3
    assert len(told(incident("INC-1"), incident("INC-2", environment="dev"))) == 2


def test_prevention_actions_are_told_until_they_are_done() -> None:
    closed = incident("INC-1", (CLOSED, REVIEW))
    assert told(closed) == [("INC-1", False, "prevented")]
    assert told(closed, minutes=60 * 24 * 8) == [("INC-1", True, "prevented")]
    assert told(incident("INC-1", (CLOSED, REVIEW), (PREVENTED, Prevented(1, "commit abc"))), minutes=60 * 24 * 8) == []


def test_an_acceptance_that_ended_is_late() -> None:
    accepted = Accepted("port-1", "alex", "OPS-1", "2026-12-01", "the vendor looks")
    closed = incident("INC-1", (ACCEPTED, accepted), (CLOSED, Closed("it broke", 2, no_prevention="none")))
    assert told(closed) == []
    assert told(closed, minutes=60 * 24 * 4) == [("INC-1", True, "close")]


def test_what_was_found_open_after_the_close_is_late_until_it_is_settled() -> None:
    def looked(verdict: str) -> tuple[str, Examined]:
        return EXAMINED, Examined("a", "b", "c", (Item("port-1", "a port", verdict, "so it is"),))

    closed = (looked("reverted"), (CLOSED, Closed("it broke", 2, no_prevention="none")))
    assert told(incident("INC-1", *closed)) == []
    for verdict in ("still open", "not judged"):
        again = (*closed, looked(verdict))
        (line,) = lines_of([incident("INC-1", *again)], START)
        assert line.wrong and line.next == "guardrails breakglass close INC-1 --again"
        assert f"port-1 was found {verdict} after the close" in line.text
        accepted = Accepted("port-1", "alex", "OPS-1", "2026-12-01", "the vendor looks")
        assert told(incident("INC-1", *again, looked("reverted"))) == []
        assert told(incident("INC-1", *again, (ACCEPTED, accepted))) == []
        assert told(incident("INC-1", *again, (ACCEPTED, accepted)), minutes=60 * 24 * 4) == [("INC-1", True, "close")]
        assert len(told(incident("INC-1", (ACCEPTED, accepted), *again))) == 1, "accepted before it came back"
    word = (STATED, Stated("port-1", "I looked"))
    assert told(incident("INC-1", *closed, looked("not judged"), word)) == []
