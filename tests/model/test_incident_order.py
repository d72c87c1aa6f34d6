"""In which orders the calls about an object may have come."""

from __future__ import annotations

import pytest
from tests.incident_records import record

from iam_guardrails.model.incident.effects.facts import Fact, facts_of
from iam_guardrails.model.incident.effects.order import orders, was_made
from iam_guardrails.model.incident.effects.write import write_of


def fact_of(*calls: tuple[str, int]) -> Fact:
    """One attachment. calls: Attach or Detach, and the second."""
    request = {"roleName": "mw", "policyArn": "p"}
    done = [record(f"iam:{name}RolePolicy", request, seconds=second) for name, second in calls]
    (found,), _ = facts_of([write_of(one) for one in done])
    return found


def told(fact: Fact) -> set[str]:
    return {"".join(write.action.split(":")[1][0] for write, _ in one.steps) for one in orders(fact)}


def test_calls_of_other_seconds_have_one_order() -> None:
    assert told(fact_of(("Attach", 0))) == {"A"}
    assert told(fact_of(("Detach", 0), ("Attach", 1), ("Detach", 2))) == {"DAD"}


def test_calls_of_the_first_and_of_the_last_second_have_several() -> None:
    assert told(fact_of(("Attach", 0), ("Detach", 0))) == {"AD", "DA"}
    assert told(fact_of(("Attach", 0), ("Detach", 0), ("Detach", 1))) == {"ADD", "DAD"}
    assert told(fact_of(("Attach", 0), ("Attach", 1), ("Detach", 1))) == {"AAD", "ADA"}


@pytest.mark.parametrize(("error", "made"), [("", True), ("ServiceFailure", False)])
def test_a_call_that_may_have_failed_proves_nothing_of_before(error: str, made: bool) -> None:
    (found,), _ = facts_of([write_of(record("iam:CreateRole", {"roleName": "mw"}, error=error))])
    assert was_made(found) is made
