"""What a resource's policy gives whom it names in the resource's own account, without a policy of theirs."""

from __future__ import annotations

from itertools import product
from random import Random
from typing import Any

import pytest

from iam_guardrails.model.iam.document import PolicyDocument, parse
from iam_guardrails.model.iam.evaluate import Policies, decide
from iam_guardrails.model.iam.prove.encode import WAYS
from iam_guardrails.model.iam.prove.statements import compare
from iam_guardrails.model.iam.request import Request

OWN, OTHER = "111122223333", "999988887777"
ROOT, USER, ROLE = (f"arn:aws:iam::{OWN}:{name}" for name in ("root", "user/alice", "role/r"))
SESSION, FEDERATED = f"arn:aws:sts::{OWN}:assumed-role/r/s", f"arn:aws:sts::{OWN}:federated-user/bob"
OURS = {"StringEquals": {"aws:PrincipalAccount": OWN}}
STOP = {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*"}


def allow(who: object, **more: Any) -> dict[str, Any]:
    named = who if who == "*" or isinstance(who, dict) else {"AWS": who}
    return {"Effect": "Allow", "Principal": named, "Action": "sqs:*", "Resource": "*", **more}


def policy(*statements: dict[str, Any]) -> PolicyDocument:
    return parse({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.mark.parametrize(
    ("old", "new", "verdict", "who"),
    [
        ([allow(ROOT)], [allow(USER)], "refuted", USER), ([allow(OWN)], [allow(USER)], "refuted", USER),
        ([allow(ROOT)], [allow(ROLE)], "refuted", f"arn:aws:sts::{OWN}:assumed-role/r/x"),
        ([allow(ROOT)], [allow(SESSION)], "refuted", SESSION),
        ([allow(ROOT)], [allow(FEDERATED)], "refuted", FEDERATED),
        ([allow(ROOT)], [allow("*", Condition=OURS)], "refuted", f"arn:aws:iam::{OWN}:user/x"),
        ([allow(ROOT), allow(USER)], [allow(USER)], "proven", ""), ([allow(ROOT)], [allow(ROOT)], "proven", ""),
        ([allow(ROOT)], [allow(USER), STOP], "proven", ""),
        ([allow(OTHER)], [allow(f"arn:aws:iam::{OTHER}:user/x")], "proven", ""),  # there both sides have to allow
    ],
)  # fmt: skip
def test_in_the_account_of_the_resource_the_verdict_tells_it(old: Any, new: Any, verdict: str, who: str) -> None:
    one, other = policy(*old), policy(*new)
    found = compare(one, other, "resource", OWN)
    assert found.verdict == verdict
    assert (found.request.principal if found.request else "") == who
    assert WAYS not in found.assumptions
    unknown = compare(one, other, "resource")
    assert unknown.verdict == "proven"
    assert verdict == "proven" or WAYS in unknown.assumptions  # where nobody tells the account


def test_a_trust_policy_that_names_a_user_instead_of_the_account() -> None:
    def trust(who: str) -> PolicyDocument:
        item = {"Effect": "Allow", "Principal": {"AWS": who}, "Action": "sts:AssumeRole"}
        return parse({"Version": "2012-10-17", "Statement": item})

    found = compare(trust(ROOT), trust(USER), "trust", OWN)
    assert found.verdict == "refuted"
    assert "needs no policy of its own in the account 111122223333" in found.because
    assert compare(trust(ROOT), trust(USER), "trust", OTHER).verdict == "proven"


WHO = ("*", ROOT, OWN, USER, ROLE, SESSION, FEDERATED, OTHER, f"arn:aws:iam::{OWN}:user/bob")
ASKED = (USER, f"arn:aws:iam::{OWN}:user/bob", SESSION, f"arn:aws:sts::{OWN}:assumed-role/r/t", FEDERATED)


def _drawn(random: Random) -> PolicyDocument:
    made = []
    for _ in range(random.randint(1, 3)):
        item = allow(random.choice(WHO), Action=random.choice(["sqs:*", "sqs:SendMessage", "sqs:Get*"]))
        item |= {"Effect": "Deny"} if random.random() < 0.2 else {}
        item |= {"Condition": OURS} if random.random() < 0.2 else {}
        made.append(item)
    return policy(*made)


def test_no_request_without_policies_contradicts_what_is_proven() -> None:
    random, proven, refuted = Random(7), 0, 0
    for _ in range(60):
        old, new = _drawn(random), _drawn(random)
        found = compare(old, new, "resource", OWN)
        proven, refuted = proven + (found.verdict == "proven"), refuted + (found.verdict == "refuted")
        for who, action in product(ASKED, ("sqs:SendMessage", "sqs:GetQueueUrl", "sqs:Other")):
            context = {"aws:principalarn": (ROLE,)} if ":assumed-role/" in who else {}
            request = Request(who, action, f"arn:aws:sqs:us-east-1:{OWN}:q", context)
            verdicts = [decide(request, Policies(resource=item, resource_account=OWN)).decision for item in (new, old)]
            is_new = verdicts[0] == "allowed" and verdicts[1] in ("implicit_deny", "explicit_deny")
            assert not (is_new and found.verdict == "proven"), (request, old, new)
    assert proven > 5
    assert refuted > 5
