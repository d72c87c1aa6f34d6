"""A principal whose use of a role nobody signed to keep never becomes usual, however long it goes on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.review_making import AT, decision, review
from tests.review_world import IAM, basis_of, policy

from iam_guardrails.journeys.review_trail import Asker
from iam_guardrails.model.incident.reach import Reach
from iam_guardrails.model.review.latest import decisions_of, standing, unsettled
from iam_guardrails.model.review.review import ACCEPT, EVENT, KEEP, REMOVE
from iam_guardrails.model.review.signed import SignedReview, sealed
from iam_guardrails.model.trail.facts import DayFacts, Edge
from iam_guardrails.model.trail.questions.all import Asked, question
from iam_guardrails.model.value import changed
from iam_guardrails.rules.review import assumptions, breakglass, changes, secrets

ROW = {"role": f"{IAM}:role/app", "principal": f"{IAM}:user/ann", "kind": "IAMUser", "first": "2026-10-20T10:00:00Z",
       "last": "2026-10-20T10:00:00Z", "mfa": "yes", "addresses": ["192.0.2.7"], "event_id": "e1"}  # fmt: skip
FIRST = assumptions.box(basis_of({"roles": {"app": {}}, "unusual": [ROW]}))


def signing(number: int, choice: str) -> SignedReview:
    (item,) = FIRST.items
    made = changed(decision(item, choice), at=AT + timedelta(days=number))
    boxes = (changed(FIRST, items=(changed(item, decision=made),)),)
    record = changed(review(FIRST), name=f"r{number}", boxes=boxes)
    return sealed(SignedReview(number, record, "ann", "", AT + timedelta(days=number), "", "", "", ""))


def facts(at: datetime) -> list[tuple[str, DayFacts]]:
    seconds = int(at.timestamp())
    edge = Edge("333333333333", "AssumeRole", str(ROW["principal"]), "IAMUser", str(ROW["role"]), True, "", "", "",
                seconds, seconds, "s", "e2", {})  # fmt: skip
    return [(f"{at:%Y-%m-%d}", DayFacts({}, [edge], [], []))]


@pytest.mark.parametrize(
    ("choices", "tells"),
    [((), False), ((KEEP,), False), ((REMOVE,), True), ((ACCEPT,), True), ((REMOVE, KEEP), False),
     ((KEEP, REMOVE), True)],
)  # fmt: skip
def test_only_what_is_kept_becomes_usual(choices: tuple[str, ...], tells: bool) -> None:
    names = unsettled(signing(number, choice) for number, choice in enumerate(choices, 1))
    asker = Asker("333333333333", "us-east-2", Reach(()), (), frozenset(), AT, names)
    month, before = facts(datetime(2026, 11, 20, tzinfo=UTC)), facts(datetime(2026, 10, 20, tzinfo=UTC))
    rows: Any = question("unusual-principals").answer(Asked(month, before, never_usual=asker.never_usual))
    assert [(row.role, row.principal) for row in rows] == ([(ROW["role"], ROW["principal"])] if tells else [])


def test_it_is_told_as_the_same_item_and_asks_again() -> None:
    (before,) = FIRST.items
    basis = basis_of({"roles": {"app": {}}, "unusual": [ROW]})
    (item,) = assumptions.box(changed(basis, unsettled=frozenset({before.id}))).items
    assert (item.id, item.meaning) == (before.id, before.meaning)
    assert "assumed app again" in item.title and "never counts as usual" in item.reasons[0]


READ = {"secret": "db", "principal": f"{IAM}:role/old", "action": "secretsmanager:GetSecretValue", "outcome": "ok",
        "first": "2026-11-20T00:00:00Z", "last": "2026-11-21T00:00:00Z", "address": "", "account_id": "333333333333",
        "event_id": "e1"}  # fmt: skip
CHANGE = {"time": "2026-11-25T10:00:00Z", "action": "iam:PutRolePolicy", "target": "app", "principal": f"{IAM}:user/a",
          "session": "", "source_identity": "", "address": "", "outcome": "ok", "account_id": "333333333333",
          "region": "us-east-1", "event_id": "e1"}  # fmt: skip


ALL = policy({"Effect": "Allow", "Action": "*", "Resource": "*"})


def found(rule: str) -> dict[str, Any]:
    one = {"rule": rule, "severity": "high", "address": "session x", "message": "m", "remedy": "r"}
    return {"reconciled": {"findings": [one]}, "late": []}


@pytest.mark.parametrize(
    ("judge", "case", "is_event"),
    [(assumptions.box, {"roles": {"app": {}}, "unusual": [ROW]}, True),
     (secrets.box, {"secrets": {"db": {}}, "reads": [READ]}, True),
     (changes.box, {"changes": [CHANGE], "commits": []}, True),
     (breakglass.box, found("reconcile-undeclared"), True), (breakglass.box, found("reconcile-after-exit"), True),
     (breakglass.box, found("reconcile-never-closed"), False),
     (breakglass.box, found("reconcile-entry-missing"), False),
     (secrets.box, {"secrets": {"db": {}}, "reads": [], "roles": {"app": {"inline": {"p": ALL}}}}, False)],
)  # fmt: skip
def test_items_of_what_happened_say_so(judge: Any, case: dict[str, Any], is_event: bool) -> None:
    items = judge(basis_of(case)).items
    assert items and {any(name == EVENT for name, _ in item.evidence) for item in items} == {is_event}


@pytest.mark.parametrize(
    ("first", "last", "speaks"),
    [("2026-10-20T10:00:00Z", "2026-10-20T10:00:00Z", True), ("2026-10-20T10:00:00Z", "2026-12-20T10:00:00Z", True),
     ("2026-12-20T10:00:00Z", "2026-12-20T10:00:00Z", False)],
)  # fmt: skip
def test_what_was_kept_and_is_usual_since_is_not_asked_about_by_the_review_of_the_quarter(
    first: str, last: str, speaks: bool
) -> None:
    kept = signing(1, KEEP)
    usual = signing(2, KEEP)
    later = changed(usual.review.evidence, captured_at=AT + timedelta(days=30))
    none = changed(usual.review, boxes=(changed(FIRST, items=()),), evidence=later)
    signed = (kept, sealed(changed(usual, review=none)))
    (item,) = assumptions.box(
        basis_of({"roles": {"app": {}}, "unusual": [{**ROW, "first": first, "last": last}]})
    ).items
    assert bool(standing(decisions_of(signed), signed, [item])) == speaks
