"""The matrix of readers and secrets stays a picture, however many there are; what it leaves out is counted."""

from __future__ import annotations

from typing import Any

from tests.review_making import review
from tests.review_world import ID, REGION, basis_of, policy

from iam_guardrails.journeys.review import with_before
from iam_guardrails.model.review.pictures import NO, YES, Matrix, MatrixRow
from iam_guardrails.model.review.review import Box
from iam_guardrails.model.value import changed
from iam_guardrails.reports.review.matrix import matrix
from iam_guardrails.rules.review import secrets
from iam_guardrails.rules.review.secret_matrix import MOST_PAIRS, MOST_SECRETS


def reads(*names: str) -> dict[str, Any]:
    resources = [f"arn:aws:secretsmanager:{REGION}:{ID}:secret:{name}-*" for name in names]
    return {"p": policy({"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": resources})}


def drawn(case: dict[str, Any]) -> Matrix:
    (picture,) = secrets.box(basis_of(case)).pictures
    assert isinstance(picture, Matrix)
    return picture


def test_25_secrets_are_drawn_whole() -> None:
    found = drawn({"roles": {"app": {"inline": reads("s-03")}}, "secrets": {f"s-{at:02}": {} for at in range(25)}})
    assert found.columns == tuple(f"s-{at:02}" for at in range(25)) and not found.more_rows and not found.more_columns
    assert found.rows == (MatrixRow("role/app", tuple(YES if at == 3 else NO for at in range(25))),)


def test_of_too_many_pairs_the_gravest_are_drawn_and_the_others_are_counted() -> None:
    roles = {f"r-{at:03}": {"inline": reads(f"s-{at % 5 + 100}")} for at in range(300)}
    roles["admin"] = {"inline": reads("*")}
    outside = policy({"Effect": "Allow", "Principal": {"AWS": "444444444444"}, "Action": "*", "Resource": "*"})
    many: dict[str, Any] = {f"s-{at}": {} for at in range(100, 220)}
    many["s-219"] = {"policy": outside, "key": "k"}
    found = drawn({"roles": roles, "secrets": many, "keys": {"k": outside}})
    assert len(found.columns) == MOST_SECRETS and found.more_columns == 20
    assert len(found.rows) == MOST_PAIRS // MOST_SECRETS and found.more_rows == 302 - len(found.rows)
    assert {f"s-{at}" for at in range(100, 105)} <= {*found.columns}, "those that most read"
    assert "s-219" in found.columns, "what somebody from outside reads"
    names = [row.name for row in found.rows]
    assert "role/admin" in names and names[-1] == "444444444444"
    text = matrix(found, "secrets/x")
    assert "102 more principals, that reach least, are too many for a review" in text
    assert "has every pair of those" in text


def before(found: Matrix, then: Matrix) -> tuple[MatrixRow, ...]:
    boxes = [Box("secrets", "S", "?", 1, pictures=(each,)) for each in (found, then)]
    now, old = (changed(review(), boxes=(box,)) for box in boxes)
    (picture,) = with_before(now, old).boxes[0].pictures
    assert isinstance(picture, Matrix)
    return picture.rows


def test_what_the_last_picture_left_out_is_not_called_a_change() -> None:
    rows = (MatrixRow("a", (YES, YES)), MatrixRow("b", (YES, NO)))
    now = Matrix("M", "principal", "secret", ("x", "y"), rows)
    then = Matrix("M", "principal", "secret", ("x",), (MatrixRow("a", (NO,)),))
    assert [row.before for row in before(now, then)] == [(NO, NO), (NO, NO)]
    assert [row.before for row in before(now, changed(then, more_columns=1))] == [(NO, YES), (NO, NO)]
    assert [row.before for row in before(now, changed(then, more_rows=1))] == [(NO, NO), (YES, NO)]
