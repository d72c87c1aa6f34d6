"""Acceptances and somebody's word, laid over what was found."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from tests.incident_cases import items
from tests.incident_records import incident, record

from iam_guardrails.model.incident.examined import MANAGED, NOT_JUDGED, OPEN, REVERTED, SETTLED, STATED, Item, Stated
from iam_guardrails.model.incident.settle import acceptance, item_named, settled, statement, unsettled
from iam_guardrails.model.incident.step import ACCEPTED, Accepted
from iam_guardrails.model.problem import Problem

TODAY = date(2026, 12, 1)


def item(verdict: str) -> Item:
    return Item("x-123456", "x", verdict, "because")


def accepted(days: int) -> tuple[str, Accepted]:
    return ACCEPTED, Accepted("x-123456", "alex", "T-1", f"{TODAY + timedelta(days=days)}", "vendor")


WORD = (STATED, Stated("x-123456", "the console"))


@pytest.mark.parametrize(
    ("verdict", "steps", "then"),
    [
        (OPEN, [], OPEN),
        (OPEN, [accepted(0)], "accepted"),
        (OPEN, [accepted(-1)], OPEN),
        (OPEN, [accepted(30), accepted(-1)], OPEN),
        (OPEN, [accepted(-1), accepted(30)], "accepted"),
        (OPEN, [WORD], OPEN),
        (NOT_JUDGED, [], NOT_JUDGED),
        (NOT_JUDGED, [accepted(30)], "accepted"),
        (NOT_JUDGED, [WORD], "reverted, as somebody says"),
        (REVERTED, [accepted(30)], REVERTED),
        (MANAGED, [WORD], MANAGED),
    ],
)
def test_what_stays_is_accepted_or_vouched_for(verdict: str, steps: list[tuple[str, object]], then: str) -> None:
    (found,) = settled([item(verdict)], incident(steps=steps), TODAY)
    assert found.verdict == then
    left = unsettled([found])
    assert (left == ((), ())) is (found.verdict in SETTLED)


def test_an_acceptance_is_of_one_item() -> None:
    other = Item("y-123456", "y", OPEN, "because")
    found = settled([item(OPEN), other], incident(steps=[accepted(9)]), TODAY)
    assert [one.verdict for one in found] == ["accepted", OPEN]


def test_an_acceptance_that_ended_is_told() -> None:
    (found,) = settled([item(OPEN)], incident(steps=[accepted(-1)]), TODAY)
    assert "the acceptance of alex ended on 2026-11-30" in found.why


READ = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*"}]}'
EVERYTHING = READ.replace("s3:ListBucket", "*")


def put(document: str, seconds: int) -> object:
    request = {"roleName": "mw", "policyName": "p", "policyDocument": document}
    return record("iam:PutRolePolicy", request, seconds=seconds)


def seen(document: str, *records: object) -> Item:
    (found,) = items(list(records), {"GetRolePolicy": {"PolicyDocument": document}})
    return found


def test_an_acceptance_is_of_the_content_that_was_seen() -> None:
    first = seen(READ, put(READ, 0))
    given = acceptance(first, "alex", "T-1", f"{TODAY + timedelta(days=9)}", "listing only", TODAY)
    use = incident(steps=[(ACCEPTED, given)])
    by_another = seen(EVERYTHING, put(READ, 0))  # a call of somebody else wrote over it
    later = seen(EVERYTHING, put(READ, 0), put(EVERYTHING, 9))
    again = seen(READ, put(READ, 0), put(READ, 9))
    found = settled([first, by_another, later, again], use, TODAY)
    assert [one.verdict for one in found] == ["accepted", NOT_JUDGED, NOT_JUDGED, OPEN]
    assert "what alex accepted (T-1) was another state, or before a later call" in found[2].why


def test_an_acceptance_is_not_of_what_only_exists_again() -> None:
    made = [record("iam:CreateUser", {"userName": "x"}, seconds=number) for number in range(2)]
    first, later = (items(made[:count], {"GetUser": {"User": {}}})[0] for count in (1, 2))
    given = acceptance(first, "alex", "T-1", f"{TODAY + timedelta(days=9)}", "vendor", TODAY)
    found = settled([first, later], incident(steps=[(ACCEPTED, given)]), TODAY)
    assert [one.verdict for one in found] == ["accepted", OPEN]


def test_a_statement_is_of_the_calls_that_were_known() -> None:
    calls = [record("iam:UpdateLoginProfile", {"userName": "u"}, seconds=number) for number in range(2)]
    first, later = (items(calls[:count], {})[0] for count in (1, 2))
    use = incident(steps=[(STATED, statement(first, "its owner set another"))])
    found = settled([first, later], use, TODAY)
    assert [one.verdict for one in found] == ["reverted, as somebody says", NOT_JUDGED]
    assert "what was said to be undone (its owner set another) was another state" in found[1].why


def test_kinds_of_one_object_share_no_end_of_their_ids_and_one_that_is_shared_is_refused() -> None:
    both = items([record("iam:CreateUser", {"userName": "x"}),
                  record("iam:CreateLoginProfile", {"userName": "x"}, seconds=1)],
                 {"GetUser": {"User": {}}, "GetLoginProfile": {}})  # fmt: skip
    ends = [one.id[-6:] for one in both]
    assert len(set(ends)) == 2 and [item_named(both, end).kind for end in ends] == ["user", "console-password"]
    alike = [Item("user-a65460", "", OPEN, ""), Item("console-password-a65460", "", OPEN, "")]
    with pytest.raises(
        Problem, match="is ambiguous, and names no single item: write one of user-a65460, console-password-a65460"
    ):
        item_named(alike, "a65460")
    assert item_named(alike, "user-a65460") is alike[0]
