"""What could not be judged says how to make it known."""

from __future__ import annotations

import pytest

from iam_guardrails.model.finding import NotJudged
from iam_guardrails.model.remedies import BY_HAND, how_to_know
from iam_guardrails.model.unknown import NotKnown, Unknown, known


@pytest.mark.parametrize(
    ("reason", "says"),
    [
        ("the trust policy: its value is marked sensitive", "do not mark it as sensitive"),
        ("guardrails.toml declares nobody (breakglass.people)", "declare it in guardrails.toml"),
        ("the metric's name is known only after apply", "build it from names and the account id"),
        ("the name of x is decided at apply; give it the name of guardrails.toml", "give the resource the name"),
        ("the plan holds no event rule", "plan it in the same configuration"),
        ("the user's MFA devices were not read", "let the role that reads the account make the call"),
        ("whose id AIDAX is cannot be read from the trust policy", "name the user by ARN"),
        ("whether it is so is undetermined: too large", "in a form that can be compared"),
        ("something nobody thought of", BY_HAND),
    ],
)
def test_each_reason_has_a_remedy(reason: str, says: str) -> None:
    assert says in how_to_know(reason)
    assert NotJudged("rule", "here", reason).to_know == how_to_know(reason)


def test_a_remedy_of_its_own_goes_before() -> None:
    assert NotJudged("rule", "here", "known only after apply", remedy="do this").to_know == "do this"
    assert NotJudged("rule", "here", "not emulated", limit="rule").to_know == ""


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (
            Unknown(references=("aws_iam_user.primary.arn",)),
            "instead of aws_iam_user.primary.arn, which",
        ),
        (Unknown(remedy="do this"), "do this"),
        (Unknown("its value is marked sensitive", ("var.x",)), ""),
    ],
)
def test_an_unknown_value_leads_to_what_must_be_written(value: Unknown, says: str) -> None:
    with pytest.raises(NotKnown) as raised:
        known(value, "the trust policy")
    assert says in raised.value.remedy
    assert bool(says) is bool(raised.value.remedy)
