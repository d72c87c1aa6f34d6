"""What must hold of the evaluator for every policy and every request."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from iam_guardrails.model.iam.document import parse
from iam_guardrails.model.iam.evaluate import Policies, Request, decide, policy_allows
from iam_guardrails.model.iam.match import glob_match
from iam_guardrails.model.iam.operators import BASES
from iam_guardrails.model.iam.pattern import READINGS, fits, fits_resource, wild
from iam_guardrails.model.iam.request import PRESENT, UNKNOWN

USER = "arn:aws:iam::111122223333:user/alice"
PRINCIPALS = st.sampled_from(
    [USER, "arn:aws:sts::111122223333:assumed-role/r/s", "arn:aws:iam::111122223333:role/r", "ec2.amazonaws.com", "*",
     "arn:aws:iam::444455556666:root", "arn:aws:iam::111122223333:saml-provider/p"]
)  # fmt: skip
OPERATORS = st.builds(
    lambda quantifier, base, ending: base if base == "Null" else f"{quantifier}{base}{ending}",
    st.sampled_from(["", "ForAllValues:", "ForAnyValue:"]), st.sampled_from(sorted(BASES)),
    st.sampled_from(["", "IfExists"]),
)  # fmt: skip
LISTED = st.sampled_from(["a", "A*", "?", "true", "10", "2024-05-01", "203.0.113.0/24", USER, "${aws:username}",
                          "${k,'a'}", "QQ==", ""])  # fmt: skip
KEYS = st.sampled_from(["k:a", "k:b", "aws:PrincipalArn", "aws:TagKeys", "aws:username"])
DERIVED = ("aws:PrincipalArn", "aws:username")  # a context that contradicts the principal is refused
CONDITIONS = st.dictionaries(OPERATORS, st.dictionaries(KEYS, st.lists(LISTED, max_size=2), max_size=2), max_size=2)
TEXTS = st.text(st.sampled_from("ab:/*?$${}"), max_size=8)
STATEMENTS = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny"]), "Action": st.sampled_from(["*", "s3:*", "s3:Get?", "iam:x"]),
     "Resource": st.sampled_from(["*", "arn:aws:s3:::b/*", "arn:aws:s3:::${aws:username}/*", "arn:*:b/x"]),
     "Principal": st.sampled_from(["*", {"AWS": "111122223333"}, {"AWS": USER}, {"Service": "ec2.amazonaws.com"}]),
     "Condition": CONDITIONS}
)  # fmt: skip
VALUE = st.none() | st.just(UNKNOWN) | st.just(PRESENT) | st.lists(LISTED, max_size=2).map(tuple)
REQUESTS = st.builds(
    Request, PRINCIPALS, st.sampled_from(["s3:GetX", "iam:X", "sts:AssumeRole", "kms:Decrypt"]),
    st.sampled_from(["*", "arn:aws:s3:::b/x", "arn:aws:iam::111122223333:role/r", "arn:aws:kms:x:111122223333:key/1"]),
    st.dictionaries(KEYS.filter(lambda key: key not in DERIVED), VALUE, max_size=3), st.booleans(),
)  # fmt: skip
LISTS = st.lists(STATEMENTS, max_size=4)


def document(statements: list[dict[str, Any]], version: str = "2012-10-17") -> Any:
    return parse({"Version": version, "Statement": statements})


@given(LISTS, REQUESTS, st.sampled_from(["2012-10-17", "2008-10-17"]), st.sampled_from(READINGS))
def test_the_order_of_statements_does_not_matter(
    statements: list[dict[str, Any]], request: Request, version: str, reading: str
) -> None:
    forward = policy_allows(document(statements, version), request, "resource", reading)
    assert forward == policy_allows(document(statements[::-1], version), request, "resource", reading)


@given(LISTS, STATEMENTS, REQUESTS)
def test_a_deny_more_never_allows(statements: list[dict[str, Any]], more: dict[str, Any], request: Request) -> None:
    before = policy_allows(document(statements), request, "resource")
    after = policy_allows(document([*statements, {**more, "Effect": "Deny"}]), request, "resource")
    assert after == before or after in ("explicit_deny", "depends")
    assert before == "allowed" or after != "allowed"


@given(LISTS, STATEMENTS, REQUESTS)
def test_an_allow_more_takes_nothing_away(
    statements: list[dict[str, Any]], more: dict[str, Any], request: Request
) -> None:
    before = policy_allows(document(statements), request, "resource")
    after = policy_allows(document([*statements, {**more, "Effect": "Allow"}]), request, "resource")
    assert after == "allowed" if before == "allowed" else True
    assert (after == "explicit_deny") is (before == "explicit_deny")


@given(LISTS, REQUESTS, VALUE)
def test_a_certain_answer_does_not_depend_on_what_is_unknown(
    statements: list[dict[str, Any]], request: Request, value: Any
) -> None:
    context = {key.lower(): told for key, told in request.context.items()}
    unknown = Request(request.principal, request.action, request.resource, {**context, "k:a": UNKNOWN}, True)
    known = Request(request.principal, request.action, request.resource, {**context, "k:a": value}, True)
    answer = policy_allows(document(statements), unknown, "resource")
    told = policy_allows(document(statements), known, "resource")
    if answer in ("allowed", "explicit_deny"):
        assert told == answer
    if answer == "implicit_deny":  # nothing allows it; a Deny whose key is open may still make it explicit
        assert told in ("implicit_deny", "explicit_deny")


@given(LISTS, LISTS, LISTS, LISTS, REQUESTS, st.booleans())
def test_policies_together(
    identity: Any, resource: Any, boundary: Any, scp: Any, request: Request, bounded: bool
) -> None:
    def bare(statements: list[dict[str, Any]]) -> Any:
        return document([{name: item for name, item in one.items() if name != "Principal"} for one in statements])

    person = request.principal.startswith("arn:") and ":saml-" not in request.principal
    policies = Policies(
        identity=(bare(identity),) if person else (),
        resource=document(resource),
        boundary=bare(boundary) if person and bounded and "root" not in request.principal else None,
        scps=((bare(scp),),) if bounded else (),
    )
    decision = decide(request, policies)
    assert decision.because, "every decision says why"
    assert bool(decision.depends_on) is (decision.decision == "depends")
    allowing = [one for one in (*identity, *resource) if one["Effect"] == "Allow"]
    if not allowing and "root" not in request.principal:
        assert decision.decision in ("implicit_deny", "explicit_deny")


@given(TEXTS, TEXTS)
def test_tokens_match_as_globs_and_as_regular_expressions(pattern: str, text: str) -> None:
    found = fits(wild(pattern), text)
    assert found is glob_match(pattern, text)
    signs = {"*": "(?s:.)*", "?": "(?s:.)"}
    expression = "".join(signs.get(sign, re.escape(sign)) for sign in pattern)
    assert found is (re.fullmatch(expression, text) is not None)


@given(st.text(st.sampled_from("ab:*?"), max_size=14), st.text(st.sampled_from("ab:"), max_size=14))
def test_the_readings_of_a_star_are_nested(pattern: str, resource: str) -> None:
    segments, documented, whole = (fits_resource(wild(pattern), resource, reading)
                                   for reading in ("segments", "documented", "whole"))  # fmt: skip
    assert not segments or documented
    assert not documented or whole
