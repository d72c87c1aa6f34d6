"""What the rules prove about a trust policy, over all requests, where reading door by door ends.

A refutation is a sentence with the request that the policy lets through; an undetermined statement is "not judged".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from iam_guardrails.model.iam.document import PolicyDocument
from iam_guardrails.model.iam.trust import ACCOUNT, ROLE, USER, account_of, classify
from iam_guardrails.model.unknown import NotKnown

if TYPE_CHECKING:
    from iam_guardrails.model.iam.prove.proof import Proof
    from iam_guardrails.model.iam.request import Request

_CENTRE = "arn:*:iam::{}:role/aws-reserved/sso.amazonaws.com/*"


def without_mfa(trust: PolicyDocument) -> Iterator[str]:
    """How an IAM user or root gets in without MFA. Raises NotKnown where that is undetermined."""
    from iam_guardrails.model.iam.prove.statements import requires_mfa

    yield from _said(requires_mfa(trust, users_only=True), "the trust policy lets somebody in without MFA")


def without_incident(trust: PolicyDocument, pattern: str) -> Iterator[str]:
    """How somebody gets in without a fitting incident id. Raises NotKnown where that is undetermined."""
    from iam_guardrails.model.iam.prove.statements import requires_incident

    proof = requires_incident(trust, pattern)
    yield from _said(proof, f"the trust policy lets somebody in without an incident id within {pattern}")


def undeclared(trust: PolicyDocument, people: Sequence[str], centre_account: str) -> Iterator[str]:
    """How somebody else than the declared people gets in. Raises NotKnown where that is undetermined.

    centre_account: the account whose Identity Center sessions are judged by rules of their own; "" for none.
    """
    from iam_guardrails.model.iam.prove.statements import only_principals

    patterns = [pattern for arn in people for pattern in _patterns(arn)]
    proof = only_principals(trust, (*patterns, *((_CENTRE.format(centre_account),) if centre_account else ())))
    yield from _said(proof, "the trust policy lets in somebody whom guardrails.toml does not declare")


def _patterns(arn: str) -> tuple[str, ...]:
    """What aws:PrincipalArn is for a declared person; the path of a user does not matter."""
    kind, account = classify(arn), account_of(arn)
    partition = arn.split(":")[1] if arn.startswith("arn:") else "*"
    if kind == USER:
        name = arn.rpartition("/")[2]
        return (f"arn:{partition}:iam::{account}:user/{name}", f"arn:{partition}:iam::{account}:user/*/{name}")
    if kind == ROLE and ":assumed-role/" in arn:
        name = arn.split("/")[1]
        return (f"arn:{partition}:iam::{account}:role/{name}", f"arn:{partition}:iam::{account}:role/*/{name}")
    if kind == ACCOUNT:
        return (f"arn:*:iam::{account}:*", f"arn:*:sts::{account}:*")
    return (arn,)


def _said(proof: Proof, what: str) -> Iterator[str]:
    if proof.verdict == "undetermined":
        raise NotKnown(f"whether {what} is undetermined: {proof.reason}")
    if proof.request is not None:
        yield f"{what}: {phrase(proof.request)} ({proof.because})"


def phrase(request: Request) -> str:
    """A request as one clause."""
    with_keys = [f"{key} {_value(value)}" for key, value in request.context.items() if key != "aws:PrincipalArn"]
    return f"{request.principal} calls {request.action}" + (f" with {_listed(with_keys)}" if with_keys else "")


def _value(value: object) -> str:
    if value is None:
        return "absent"
    return "= " + " and ".join(value) if isinstance(value, tuple) and value else "empty"


def _listed(parts: Iterable[str]) -> str:
    return ", ".join(parts)
