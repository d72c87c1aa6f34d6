"""Of which organisation a caller may be: held against every place in three organisations, for random trust policies."""

from __future__ import annotations

from random import Random
from typing import Any

from iam_guardrails.model.expected import Organization
from iam_guardrails.model.iam.caller import Value
from iam_guardrails.model.iam.document import PolicyDocument, parse
from iam_guardrails.model.iam.evaluate import ALLOWED, policy_allows
from iam_guardrails.model.iam.membership import FOREIGN, ORGANISATION, ORGANISATION_PATHS, Context, memberships
from iam_guardrails.model.iam.request import Request

HOME = Organization(id="o-home000000", path="o-home000000/r-ab12/ou-ab12-11111111/")
STRANGER, ROLE = "arn:aws:iam::444455556666:user/u", "arn:aws:iam::333333333333:role/breakglass"
ID, PATHS = "aws:PrincipalOrgID", "aws:PrincipalOrgPaths"
UNITS = ("r-ab12/", "r-ab12/ou-ab12-11111111/", "r-ab12/ou-ab12-22222222/", "r-zz99/ou-zz99-33333333/", "r-zz99/")
ASKED = {
    ID: ("o-home000000", "o-part000000", "o-*", "o-????000000", "o-h*", "${aws:ResourceOrgID}", "*"),
    PATHS: ("o-home000000/*", "o-home000000/r-ab12/ou-ab12-22222222/*", "${aws:PrincipalOrgID}/r-zz99/*",
            "${aws:ResourceOrgID}/r-ab12/ou-ab12-22222222/*", "o-part000000/r-zz99/*", "o-*/r-zz99/*",
            "*/ou-ab12-11111111/*", "o-part000000/r-ab12/", "*"),
}  # fmt: skip
OPERATORS = {
    ID: ("StringEquals", "StringLike", "StringNotEquals", "StringNotLike", "StringLikeIfExists", "Null"),
    PATHS: ("ForAnyValue:StringLike", "ForAllValues:StringLike", "ForAnyValue:StringNotLike",
            "ForAllValues:StringNotLike", "ForAnyValue:StringEquals", "Null"),
}  # fmt: skip
OF_THE_ROLE: Context = {"aws:resourceorgid": (HOME.id,), "aws:resourceorgpaths": (HOME.path,)}


def _statement(r: Random) -> dict[str, Any]:
    conditions: dict[str, dict[str, list[str]]] = {}
    for _ in range(r.choice([1, 1, 2])):
        key = r.choice([ID, PATHS])
        operator = r.choice(OPERATORS[key])
        listed = [r.choice(["true", "false"])] if operator == "Null" else r.choices(ASKED[key], k=r.choice([1, 1, 2]))
        conditions.setdefault(operator, {})[key] = listed
    return {"Effect": r.choice(["Allow", "Allow", "Deny"]), "Principal": "*", "Action": "sts:AssumeRole",
            "Condition": conditions}  # fmt: skip


def _places() -> list[Context]:
    found: list[Context] = [dict(OF_THE_ROLE)]
    for one in (HOME.id, "o-part000000", "o-other00000"):
        found += [{**OF_THE_ROLE, ORGANISATION: (one,), ORGANISATION_PATHS: (f"{one}/{unit}",)} for unit in UNITS]
    return found


def _enters(document: PolicyDocument, context: Context) -> bool:
    return policy_allows(document, Request(STRANGER, "sts:AssumeRole", ROLE, context), "trust") == ALLOWED


def _is_possible(one: Value, paths: Value) -> bool:
    if not isinstance(one, tuple) or not isinstance(paths, tuple):
        return one is None and paths is None
    return all(path.startswith(f"{one[0]}/") for path in paths)


def test_whoever_enters_from_somewhere_is_found_and_stands_somewhere_that_can_be() -> None:
    entering = 0
    for seed in range(600):
        r = Random(seed)
        document = parse({"Version": "2012-10-17", "Statement": [_statement(r) for _ in range(r.choice([1, 2, 3]))]})
        conditions = [one for item in document.statements for one in item.conditions]
        asked = [text for one in conditions if one.key in (ID, PATHS) for text in one.values]
        tried = memberships(HOME, asked, FOREIGN)
        assert all(_is_possible(one.get(ORGANISATION), one.get(ORGANISATION_PATHS)) for one in tried), document
        if any(_enters(document, place) for place in _places()):
            entering += 1
            assert any(_enters(document, one) for one in tried), document
    assert 100 < entering < 500
