"""What AWS would refuse is refused, with the place; what it takes is taken; nothing ends in a traceback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from iam_guardrails.model.iam.document import PolicyError
from iam_guardrails.model.iam.grammar_check import checked

CASES = Path(__file__).parent.parent / "cases" / "iam" / "evaluate" / "malformed.yaml"
MALFORMED = yaml.load(CASES.read_text(), yaml.SafeLoader)
GOOD: dict[str, Any] = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
KINDS = ("identity", "boundary", "session", "resource", "trust", "key", "scp", "rcp")


def sized(size: int) -> dict[str, Any]:
    return {"Statement": {"Effect": "Allow", "Action": "*", "Resource": [f"arn:aws:s3:::{'x' * size}"]}}


@pytest.mark.parametrize(
    ("kind", "source", "says"), MALFORMED, ids=[f"{n}-{row[2]}" for n, row in enumerate(MALFORMED)]
)
def test_refused(kind: Any, source: Any, says: str) -> None:
    with pytest.raises(PolicyError) as refused:
        checked(source, kind, "the policy")
    assert says in str(refused.value)
    assert "the policy" in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("kind", "source"),
    [
        ("identity", GOOD),
        ("identity", {"Version": "2008-10-17", "Id": "x", "Statement": [GOOD["Statement"]] * 2}),
        ("trust", {"Statement": {"Effect": "Allow", "Action": "sts:*", "Principal": {"AWS": ["111122223333", "*"]}}}),
        ("key", {"Statement": {**GOOD["Statement"], "Principal": {"Service": "sns.amazonaws.com"}}}),
        ("rcp", {"Statement": {**GOOD["Statement"], "Principal": "*"}}),
        ("key", {"Statement": {**GOOD["Statement"], "Sid": "Allow use of the key", "Principal": "*"}}),
        (
            "identity",
            {
                "Statement": {
                    **GOOD["Statement"],
                    "Resource": [
                        "arn:*:s3:::b",
                        "arn:aws:s3:*",
                        "arn:aws-us-gov:s3:::b",
                        "arn:aws:iam:*:*:role/x",
                        "arn:${aws:partition}:s3:::b",
                        "arn:aws-iso-b:s3:::b",
                    ],
                }
            },
        ),
        ("identity", {"Statement": {**GOOD["Statement"], "Action": ["s3:Get*", "sso-directory:*", "a2c:Get?x"]}}),
        ("identity", {"Statement": {**GOOD["Statement"], "Condition": {"Bool": {"aws:SecureTransport": True}}}}),
        ("identity", {"Statement": {**GOOD["Statement"], "Condition": {"NumericLessThan": {"s3:max-keys": 10}}}}),
    ],
)
def test_taken(kind: Any, source: Any) -> None:
    document, warnings = checked(json.dumps(source), kind, "the policy")
    assert document.statements
    assert warnings == ()


def test_the_managed_policies_of_aws_are_taken() -> None:
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    for name, item in json.loads(aws_managed_policies_data).items():
        if len(json.dumps(item["Document"])) < 8000:  # AWS's own may be longer than a customer's
            assert checked(item["Document"], "identity", name)[0].statements


@pytest.mark.parametrize(
    ("operator", "value", "says"),
    [
        ("Bool", "yes", "is no true or false"),
        ("NumericEquals", "ten", "is no number"),
        ("DateLessThan", "soon", "is no date"),
        ("IpAddress", "here", "is no IP address or range"),
        ("NotIpAddress", "203.0.113.0/33", "is no IP address or range"),
    ],
)
def test_a_value_no_request_can_match_is_a_warning(operator: str, value: str, says: str) -> None:
    source = {"Statement": {**GOOD["Statement"], "Condition": {operator: {"aws:x": value}}}}
    _, warnings = checked(source, "identity", "the policy")
    assert len(warnings) == 1
    assert says in warnings[0]


def _of_bucket(*sids: str) -> dict[str, Any]:
    return {"Statement": [{"Sid": sid, "Effect": "Allow", "Action": "s3:*", "Resource": "*", "Principal": "*"}
                          for sid in sids]}  # fmt: skip


def test_sids_that_other_services_take() -> None:
    assert checked(_of_bucket("read the bucket", "-_-", ""), "resource", "p")[1] == ()
    assert checked(_of_bucket("a b", "a b"), "resource", "p")[1] == (
        "p has the Sid 'a b' twice, which not every service takes",
    )
    topic = {"Effect": "Allow", "Action": "sns:Publish", "Resource": "*", "Principal": "*"}
    assert checked({"Statement": topic}, "resource", "p")[1] == ()


def test_services_that_may_not_support_resource_control_policies() -> None:
    statement = {"Effect": "Deny", "Action": ["s3:*", "ec2:RunInstances"], "Resource": "*", "Principal": "*"}
    assert [text for text in checked({"Statement": statement}, "rcp", "p")[1] if "apply to ec2 is not known" in text]
    assert checked({"Statement": {**statement, "Action": "KMS:Decrypt"}}, "rcp", "p")[1] == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("${aws:username}", ""), ("${aws:PrincipalTag/team, 'a b'}", ""), ("${*}${?}${$}", ""),
        ("$ {aws:username}", ""), ("${ aws:username }", "'${ aws:username }' has a blank in its name"),
        ("${aws:PrincipalTag/my team}", "a blank"), ("${}", "'${}' has no name"), ("${ , 'x'}", "no name"),
        ("a${aws:username", "'${aws:username' has no end"),
    ],
)  # fmt: skip
def test_a_variable_that_aws_does_not_document_is_a_warning(text: str, says: str) -> None:
    for place in ({"Resource": f"arn:aws:s3:::b/{text}"}, {"Condition": {"StringLike": {"s3:prefix": [text]}}}):
        source = {"Version": "2012-10-17", "Statement": {**GOOD["Statement"], **place}}
        warnings = checked(source, "identity", "p")[1]
        assert len(warnings) == bool(says)
        assert says in "".join(warnings)
        assert checked({**source, "Version": "2008-10-17"}, "identity", "p")[1] == ()  # there it is plain text


@pytest.mark.parametrize(
    ("arn", "warned"),
    [
        ("arn:aws:s3:::bucket", False),
        ("arn:aws:s3::*:stack*", False),
        ("arn:aws:s3:*:*:bucket", False),
        ("arn:aws:s3:us-east-2:111122223333:accesspoint/x/object/*", False),
        ("arn:aws:s3::111122223333:accesspoint/x.mrap", False),
        ("arn:aws:s3:us-east-2:111122223333:storage-lens/*", False),
        ("arn:aws:s3:us-east-2:111122223333:*", False),
        ("arn:aws:s3::111122223333:bucket", True),
    ],
)
def test_arns_of_s3(arn: str, warned: bool) -> None:
    warnings = checked({"Statement": {**GOOD["Statement"], "Resource": arn}}, "identity", "p")[1]
    assert [item for item in warnings if "the ARN of a bucket has no account" in item] == list(warnings)
    assert bool(warnings) is warned


def test_sizes() -> None:
    assert checked(sized(6000), "identity", "p")[1] == ()
    assert "usual quota is 6,144" in checked(sized(7000), "identity", "p")[1][0]
    for kind, size in (("identity", 10240), ("session", 2048), ("boundary", 6144), ("identity", 100_000)):
        with pytest.raises(PolicyError, match="LimitExceeded"):
            checked(sized(size), kind, "p")  # type: ignore[arg-type]
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "x" * 2048}}
    assert "usual quota is 2,048" in checked({"Statement": trust}, "trust", "p")[1][0]


def test_white_space_does_not_count() -> None:
    assert checked(json.dumps(GOOD, indent=4000), "session", "p")[1] == ()


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 5000 + "1" + "}" * 5000, "[" * 40 + "]" * 40])
def test_deep_nesting(text: str) -> None:
    with pytest.raises(PolicyError, match="nested"):
        checked(text, "identity", "the policy")


@pytest.mark.parametrize("text", ['{"a": ' + "9" * 5000 + "}", " " * 1_000_001, "\ufeff{}", '{"a": "\ud800"}'])
def test_odd_texts(text: str) -> None:
    with pytest.raises(PolicyError, match="the policy"):
        checked(text, "identity", "the policy")


def test_a_byte_order_mark_is_named() -> None:
    with pytest.raises(PolicyError, match="begins with a byte order mark; save it as UTF-8 without one"):
        checked("\ufeff" + json.dumps(GOOD), "identity", "the policy")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.sampled_from(["*", "Allow", "sts:AssumeRole"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Version", "Statement", "Effect", "Action", "Resource", "Principal", "Condition", "AWS",
                             "Bool", "aws:x", "Sid", "NotAction"]) | st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=12,
)  # fmt: skip


@given(VALUES, st.sampled_from(KINDS))
def test_any_value_is_taken_or_refused_in_one_sentence(value: Any, kind: Any) -> None:
    for source in (value, {"Statement": value}, json.dumps({"Statement": value})):
        try:
            checked(source, kind, "the policy")
        except PolicyError as error:
            assert "\n" not in str(error)


@given(st.text(max_size=40), st.sampled_from(KINDS))
def test_any_text_is_taken_or_refused(text: str, kind: Any) -> None:
    with pytest.raises(PolicyError):
        checked(text, kind, "the policy")
