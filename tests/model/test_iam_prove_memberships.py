"""Organizations in proofs: an id and the path that begins with it, held against all requests that there can be."""

from __future__ import annotations

from collections import Counter
from itertools import product
from random import Random
from typing import Any

import pytest

from iam_guardrails.model.iam.caller import Value
from iam_guardrails.model.iam.document import parse
from iam_guardrails.model.iam.evaluate import ALLOWED, Kind, policy_allows
from iam_guardrails.model.iam.prove.proof import PROVEN, REFUTED
from iam_guardrails.model.iam.prove.statements import compare
from iam_guardrails.model.iam.request import Request

ROLE = "arn:aws:iam::111122223333:role/breakglass"
ID, PATHS = "aws:PrincipalOrgID", "aws:PrincipalOrgPaths"
IDS = ("o-abc", "o-abd", "o-b")
UNITS = ("", "r-1/", "r-1/ou-1/", "r-1/ou-2/")
ASKED: dict[str, tuple[str, ...]] = {
    ID: ("o-abc", "o-ab*", "o-*", "o-?b*", "o-b", "*"),
    PATHS: (
        "o-abc/*",
        "o-abc/r-1/*",
        "o-abc/r-1/ou-1/*",
        "o-ab*",
        "o-a*/r-1/*",
        "o-*/r-1/ou-2/",
        "*",
        "o-b/r-1/",
        "${aws:PrincipalOrgID}/r-1/*",
    ),
}
OPERATORS: dict[str, tuple[str, ...]] = {
    ID: ("StringEquals", "StringLike", "StringNotEquals", "StringNotLike", "StringLikeIfExists", "Null"),
    PATHS: ("ForAnyValue:StringLike", "ForAllValues:StringLike", "ForAnyValue:StringEquals", "Null",
            "ForAllValues:StringNotLike"),
}  # fmt: skip
CALLERS = ("arn:aws:iam::444455556666:user/a", "arn:aws:sts::111122223333:assumed-role/r/s", "ec2.amazonaws.com")
MEMBERS: tuple[tuple[tuple[str, Value], ...], ...] = (
    (), *(((ID, (one,)), (PATHS, (f"{one}/{unit}",))) for one, unit in product(IDS, UNITS)),
)  # fmt: skip
PAIRS = 150


def _policy(r: Random) -> dict[str, Any]:
    listed = []
    for _ in range(r.choice([1, 1, 2])):
        conditions: dict[str, dict[str, list[str]]] = {}
        for key in r.choice([[ID], [PATHS], [ID, PATHS]]):
            operator = r.choice(OPERATORS[key])
            values = [r.choice(["true", "false"])] if operator == "Null" else [
                r.choice(ASKED[key]) for _ in range(r.choice([1, 1, 2]))]  # fmt: skip
            conditions.setdefault(operator, {})[key] = values
        listed.append({"Effect": r.choice(["Allow", "Allow", "Deny"]), "Principal": "*", "Action": "sts:AssumeRole",
                       "Condition": conditions})  # fmt: skip
    return {"Version": "2012-10-17", "Statement": listed}


def _requests() -> list[Request]:
    return [Request(caller, "sts:AssumeRole", ROLE, dict(context)) for caller, context in product(CALLERS, MEMBERS)
            if not context or caller.startswith("arn:")]  # fmt: skip


def _can_be(request: Request) -> bool:
    """Whether AWS can send it: an id and paths that begin with it, or neither, which a service has."""
    told = {key.lower(): value for key, value in request.context.items()}
    one, paths = told.get(ID.lower()), told.get(PATHS.lower())
    if not isinstance(one, tuple) or not isinstance(paths, tuple):
        # what a request does not say may be anything: of two keys the policies ask for the one that is told
        missing = {ID.lower(), PATHS.lower()} - told.keys()
        return bool(missing) or (one is None and paths is None)
    return request.principal.startswith("arn:") and all(text.startswith(f"{one[0]}/") for text in paths)


def test_ids_and_paths_never_part() -> None:
    """What is proven holds of every request there can be; what refutes is one, and stands; nearly all is decided."""
    kind: Kind = "trust"
    counted: Counter[str] = Counter()
    for seed in range(PAIRS):
        r = Random(seed)
        old, new = parse(_policy(r)), parse(_policy(r))
        proof = compare(old, new, kind)
        counted[proof.verdict] += 1
        where = f"seed {seed}: {proof} OLD {old} NEW {new}"
        if proof.verdict == PROVEN:
            for request in _requests():
                allowed = policy_allows(new, request, kind) == ALLOWED
                assert not allowed or policy_allows(old, request, kind) == ALLOWED, f"{request} {where}"
        if proof.verdict == REFUTED:
            assert proof.request is not None, where
            assert _can_be(proof.request), where
            assert policy_allows(new, proof.request, kind) == ALLOWED != policy_allows(old, proof.request, kind), where
    assert min(counted[PROVEN], counted[REFUTED]) > PAIRS // 8, counted
    assert counted[PROVEN] + counted[REFUTED] >= 0.9 * PAIRS, counted


def _trust(condition: dict[str, Any]) -> Any:
    statement = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole", "Condition": condition}
    return parse({"Version": "2012-10-17", "Statement": [statement]})


UNIT = {"ForAnyValue:StringLike": {PATHS: "o-abc/r-1/ou-1/*"}}


@pytest.mark.parametrize(
    ("old", "new", "verdict"),
    [
        ({"StringEquals": {ID: "o-abc"}}, UNIT, PROVEN),
        ({"StringLike": {ID: "o-a*"}}, UNIT, PROVEN),
        ({"Null": {ID: "false"}}, UNIT, PROVEN),
        ({"StringEquals": {ID: "o-abd"}}, UNIT, REFUTED),
        (UNIT, {"StringEquals": {ID: "o-abc"}}, REFUTED),
        ({"Null": {PATHS: "true"}}, {"Null": {ID: "true"}}, PROVEN),
        ({"ForAllValues:StringLike": {PATHS: "o-abc/*"}}, {"StringEquals": {ID: "o-abc"}}, PROVEN),
        ({"ForAllValues:StringLike": {PATHS: "o-abc/*"}}, {"StringEqualsIfExists": {ID: "o-abc"}}, PROVEN),
    ],
)  # fmt: skip
def test_from_an_organization_to_a_unit_of_it(old: dict[str, Any], new: dict[str, Any], verdict: str) -> None:
    assert compare(_trust(old), _trust(new), "trust").verdict == verdict


def test_a_service_is_of_no_organization() -> None:
    def to_the_service(*conditions: dict[str, Any]) -> Any:
        return parse({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole",
             "Condition": one} for one in conditions]})  # fmt: skip

    nobody = {"Null": {"aws:SourceAccount": "true"}, "StringEquals": {"aws:SourceAccount": "1"}}
    proof = compare(to_the_service(nobody), to_the_service({"StringEquals": {ID: "o-abc"}}), "trust")
    assert proof.verdict == PROVEN


def test_a_tag_of_a_request_is_among_its_tag_keys() -> None:
    def tagging(condition: dict[str, Any]) -> Any:
        return parse({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "ec2:CreateTags", "Resource": "*", "Condition": condition}]})  # fmt: skip

    keys, tag = {"Null": {"aws:TagKeys": "false"}}, {"Null": {"aws:RequestTag/Team": "false"}}
    assert compare(tagging(keys), tagging(tag), "identity").verdict == PROVEN
    assert compare(tagging(tag), tagging(keys), "identity").verdict == REFUTED  # one removes tags by their keys
    others = {"ForAllValues:StringEquals": {"aws:TagKeys": ["cost"]}, **tag}
    assert (
        compare(tagging({"StringEquals": {"aws:RequestTag/Team": []}}), tagging(others), "identity").verdict == PROVEN
    )
