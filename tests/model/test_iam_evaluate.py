"""The evaluator over its cases, kept as data in tests/cases/iam/evaluate/."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from iam_guardrails.model.iam.caller import PRESENT, UNKNOWN, Among, Begins, Later, LaterOrNone, Value, read_caller
from iam_guardrails.model.iam.document import parse
from iam_guardrails.model.iam.evaluate import (
    Policies,
    Request,
    RequestError,
    decide,
    policy_allows,
    statement_applies,
)
from iam_guardrails.model.iam.request import situation_of

CASES = Path(__file__).parent.parent / "cases" / "iam" / "evaluate"
HOLDS = {"yes": True, "no": False, "open": None}
OPERATORS = yaml.safe_load((CASES / "operators.yaml").read_text())
USER = "arn:aws:iam::111122223333:user/alice"
TABLE = "arn:aws:dynamodb:eu-west-1:111122223333:table/t"


def value_of(told: Any) -> Value:
    if told is None:
        return None
    if told == {"unknown": True}:
        return UNKNOWN
    if told == {"present": True}:
        return PRESENT
    if isinstance(told, dict) and "begins" in told:
        return Begins(told["begins"])
    return tuple(map(str, told)) if isinstance(told, list) else (str(told),)


def request_of(told: Mapping[str, Any]) -> Request:
    context = {key: value_of(value) for key, value in told.get("context", {}).items()}
    return Request(
        told.get("principal", USER), told.get("action", "s3:GetObject"), told.get("resource", TABLE), context,
        told.get("context_complete", True),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("operator", "listed", "value", "answer"), OPERATORS, ids=[f"{n}-{row[0]}" for n, row in enumerate(OPERATORS)]
)
def test_operator(operator: str, listed: list[str], value: Any, answer: str) -> None:
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {operator: {"svc:Key": listed}}}
    document = parse({"Version": "2012-10-17", "Statement": statement})
    request = Request(USER, "s3:GetObject", TABLE, {"svc:key": value_of(value)})
    assert statement_applies(document.statements[0], request, "identity") is HOLDS[answer]


def single_documents() -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any], str]]:
    """Cases of one document: `policies` by name, and groups of requests that each expect a verdict."""
    for path in sorted(CASES.glob("*.yaml")):
        content = yaml.safe_load(path.read_text())
        if not isinstance(content, dict) or "groups" not in content:
            continue
        for group in content["groups"]:
            for number, ask in enumerate(group["asks"]):
                yield f"{path.stem}-{group['name']}-{number}", group, ask, ask["is"]


SINGLE = list(single_documents())


@pytest.mark.parametrize(("group", "ask", "verdict"), [row[1:] for row in SINGLE], ids=[row[0] for row in SINGLE])
def test_one_document(group: Mapping[str, Any], ask: Mapping[str, Any], verdict: str) -> None:
    statements = group["statement"]
    source = {"Version": group.get("version", "2012-10-17"), "Statement": statements}
    if group.get("version") == "none":
        del source["Version"]
    request = request_of({**group.get("request", {}), **ask})
    found = policy_allows(parse(source), request, group.get("kind", "identity"), ask.get("reading", "documented"))
    assert found == verdict


def combinations() -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    content = yaml.safe_load((CASES / "combinations.yaml").read_text())
    for case in content["cases"]:
        yield case["name"], content["policies"], case


COMBINED = list(combinations())


@pytest.mark.parametrize(("named", "case"), [row[1:] for row in COMBINED], ids=[row[0] for row in COMBINED])
def test_combination(named: Mapping[str, Any], case: Mapping[str, Any]) -> None:
    decision = decide(request_of(case), policies_of(named, case.get("policies", {})))
    assert decision.decision == case["is"]
    assert list(decision.depends_on) == case.get("depends_on", [])
    said = [item.says for item in decision.because]
    for text in case.get("because", []):
        assert text in said
    assert said, "every decision says why"


def policies_of(named: Mapping[str, Any], told: Mapping[str, Any]) -> Policies:
    def document(name: str) -> Any:
        return parse({"Version": "2012-10-17", "Statement": named[name]})

    def level(names: list[str]) -> Any:
        return tuple(map(document, names))

    return Policies(
        identity=level(told.get("identity", [])),
        resource=document(told["resource"]) if "resource" in told else None,
        boundary=document(told["boundary"]) if "boundary" in told else None,
        session=level(told.get("session", [])),
        scps=tuple(map(level, told.get("scps", []))),
        rcps=tuple(map(level, told.get("rcps", []))),
        resource_kind=told.get("resource_kind", ""),
        resource_account=told.get("resource_account", ""),
        exempt=frozenset(told.get("exempt", [])),
    )


@pytest.mark.parametrize(
    ("principal", "policies", "says"),
    [
        ("ec2.amazonaws.com", Policies(identity=(parse({"Statement": []}),)), "no user and no role"),
        (USER, Policies(session=(parse({"Statement": []}),)), "is no session"),
        ("arn:aws:iam::111122223333:root", Policies(boundary=parse({"Statement": []})), "no permissions boundary"),
        ("alice", Policies(), "is not the ARN of a user"),
    ],
)
def test_policies_that_a_principal_cannot_have(principal: str, policies: Policies, says: str) -> None:
    with pytest.raises(RequestError, match=says):
        decide(Request(principal, "s3:GetObject", "*"), policies)


@pytest.mark.parametrize(
    ("principal", "key", "value"),
    [
        (USER, "aws:userName", "bob"),
        ("arn:aws:sts::111122223333:assumed-role/r/s", "aws:username", "r"),
        ("arn:aws:iam::111122223333:role/r", "aws:username", "r"),
        ("arn:aws:sts::111122223333:federated-user/f", "aws:username", "f"),
        ("arn:aws:iam::111122223333:root", "aws:username", "root"),
        (USER, "aws:PrincipalArn", "arn:aws:iam::111122223333:user/bob"),
        (USER, "aws:PrincipalIsAWSService", "true"),
        (USER, "aws:PrincipalType", "AssumedRole"),
        ("ec2.amazonaws.com", "aws:PrincipalServiceName", "sns.amazonaws.com"),
        ("arn:aws:iam::111122223333:root", "aws:userid", "444455556666"),
        ("ec2.amazonaws.com", "aws:PrincipalOrgID", "o-abc"),
        ("arn:aws:iam::111122223333:saml-provider/a", "aws:PrincipalOrgPaths", "o-abc/"),
        ("*", "aws:PrincipalOrgID", "o-abc"),
        ("arn:aws:sts::111122223333:assumed-role/r/s", "aws:userid", "AROAEXAMPLE:t"),
        ("arn:aws:sts::111122223333:assumed-role/r/s", "aws:PrincipalArn", "arn:aws:iam::111122223333:role/p/other"),
        ("arn:aws:sts::111122223333:assumed-role/r/s", "aws:PrincipalArn", "arn:aws:iam::444455556666:role/r"),
    ],
)
def test_a_context_that_no_request_of_the_principal_has(principal: str, key: str, value: str) -> None:
    with pytest.raises(RequestError, match=f"{key.lower()} is '{value}', which it never is"):
        decide(Request(principal, "s3:GetObject", "*", {key: (value,)}), Policies())


@pytest.mark.parametrize(
    "principal",
    [USER, "arn:aws:sts::111122223333:assumed-role/r/s", "arn:aws:iam::111122223333:role/r",
     "arn:aws:iam::111122223333:root", "arn:aws:sts::111122223333:federated-user/f"],
)  # fmt: skip
def test_whoever_has_an_account_may_be_of_an_organization(principal: str) -> None:
    told = {"aws:PrincipalOrgID": ("o-abc",), "aws:PrincipalOrgPaths": ("o-abc/r-1/",)}
    assert situation_of(Request(principal, "s3:GetObject", "*", told)).value("aws:principalorgid") == ("o-abc",)


def test_the_two_keys_of_the_time_are_one_time() -> None:
    for seconds, fits in (("1700000000", True), ("1700000001", False)):
        context = {"aws:CurrentTime": ("2023-11-14T22:13:20Z",), "aws:EpochTime": (seconds,)}
        request = Request(USER, "s3:GetObject", "*", context)
        if fits:
            assert decide(request, Policies()).decision == "implicit_deny"
        else:
            with pytest.raises(RequestError, match="two different times"):
                decide(request, Policies())


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (USER, "user"),
        ("arn:aws:iam::111122223333:user/a/b/c", "user"),
        ("arn:aws-cn:iam::111122223333:role/x", "role"),
        ("arn:aws:sts::111122223333:assumed-role/x/y", "session"),
        ("arn:aws:sts::111122223333:federated-user/x", "federated user"),
        ("arn:aws:iam::111122223333:root", "root"),
        ("arn:aws:iam::111122223333:saml-provider/idp", "provider"),
        ("arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", "provider"),
        ("accounts.google.com", "provider"),
        ("cognito-identity.amazonaws.com", "provider"),
        ("ec2.amazonaws.com", "service"),
        ("*", "anonymous"),
        ("anonymous", "anonymous"),
    ],
)
def test_principals(text: str, kind: str) -> None:
    assert read_caller(text).kind == kind


@pytest.mark.parametrize(
    "text",
    ["", "alice", "arn:aws:iam::1234:user/x", "arn:aws:iam::111122223333:user/", "arn:aws:s3:::b", "111122223333",
     "arn:aws:sts::111122223333:assumed-role/x", "arn:aws:iam::111122223333:group/g", "arn:aws:iam:::role/x"],
)  # fmt: skip
def test_what_is_no_principal(text: str) -> None:
    with pytest.raises(RequestError):
        read_caller(text)


@pytest.mark.parametrize(
    ("operator", "listed", "holds"),
    [
        ("ForAllValues:StringEquals", ["Encrypt"], False),
        ("ForAllValues:StringEquals", ["Encrypt", "Decrypt"], None),  # the others may be outside
        ("ForAllValues:StringNotEquals", ["Decrypt"], False),
        ("ForAnyValue:StringEquals", ["Decrypt"], True),
        ("ForAnyValue:StringEquals", ["Encrypt"], None),  # the others may hold it
        ("ForAnyValue:StringNotEquals", ["Encrypt"], True),
        ("ForAnyValue:StringNotEquals", ["Decrypt"], None),
        ("StringEquals", ["Decrypt"], False),  # without a set operator
        ("Null", ["true"], False),
        ("Null", ["false"], True),
    ],
)  # fmt: skip
def test_one_of_the_values_of_a_key_is_told(operator: str, listed: list[str], holds: bool | None) -> None:
    statement = {"Effect": "Allow", "Action": "kms:CreateGrant", "Resource": "*",
                 "Condition": {operator: {"kms:GrantOperations": listed}}}  # fmt: skip
    request = Request(USER, "kms:CreateGrant", "*", {"kms:GrantOperations": Among("Decrypt")})
    assert statement_applies(parse({"Version": "2012-10-17", "Statement": [statement]}).statements[0], request,
                             "identity") is holds  # fmt: skip


@pytest.mark.parametrize(
    ("operator", "listed", "there", "if_there"),
    [
        ("DateLessThan", "2026-01-01T00:00:00Z", False, False),
        ("DateLessThanEquals", "2026-01-01T00:00:00Z", False, False),
        ("DateLessThanIfExists", "2026-01-01T00:00:00Z", False, None),
        ("DateGreaterThan", "2026-01-01T00:00:00Z", True, None),
        ("DateGreaterThanEqualsIfExists", "2026-01-01T00:00:00Z", True, True),
        ("DateLessThan", "2026-06-01T00:00:00Z", None, None),  # the very moment
        ("DateLessThan", "2027-01-01T00:00:00Z", None, None),
        ("DateLessThan", "no date", None, None),
        ("DateEquals", "2026-01-01T00:00:00Z", None, None),
        ("NumericLessThan", "1", None, None),
        ("Null", "true", False, None),
        ("Null", "false", True, None),
    ],
)
def test_a_date_that_is_not_before_another(
    operator: str, listed: str, there: bool | None, if_there: bool | None
) -> None:
    statement = {"Effect": "Deny", "Action": "*", "Resource": "*",
                 "Condition": {operator: {"aws:TokenIssueTime": [listed]}}}  # fmt: skip
    item = parse({"Version": "2012-10-17", "Statement": [statement]}).statements[0]
    for value, holds in ((Later("2026-06-01T00:00:00Z"), there), (LaterOrNone("2026-06-01T00:00:00Z"), if_there)):
        request = Request(USER, "s3:GetObject", "*", {"aws:TokenIssueTime": value})
        assert statement_applies(item, request, "identity") is holds
