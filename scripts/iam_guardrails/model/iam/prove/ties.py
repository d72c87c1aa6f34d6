"""What ties condition keys to who asks: demands on every request beside those of the question.

Each is "one of two things holds", and the two stand as statements of their own among those of the policies.
Sources: AWS IAM User Guide, reference_policies_condition-keys (aws:MultiFactorAuthPresent: only with temporary
credentials; aws:userid: always there) and reference_policies_variables (the table of principal values);
reference_identifiers (AIDA for users, AROA for roles). Those of organizations stand in prove.memberships.
"""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.model.iam.document import Condition, Principal, Statement
from iam_guardrails.model.iam.prove.encode import Body, Encoder
from iam_guardrails.model.iam.prove.memberships import of_callers, of_pairs
from iam_guardrails.model.iam.prove.pairs import AGE, MFA

Demand = tuple[tuple[int, bool], ...]
USERID = "aws:userid"
TAG, TAG_KEYS = "aws:requesttag/", "aws:tagkeys"  # reference_policies_condition-keys
_FORMS = {  # by aws:PrincipalType
    "User": (("StringLike", "AIDA?*"), ("StringNotLike", "*:*")),
    "AssumedRole": (("StringLike", "AROA?*:?*"), ("StringNotLike", "*:*:*")),
    "FederatedUser": (("StringLike", "????????????:?*"),),
    "Account": (("StringLike", "????????????"),),
    "Anonymous": (("StringEquals", "anonymous"),),
}


def ties(encoder: Encoder) -> tuple[Demand, ...]:
    """The demands for the keys that the statements at hand speak of."""
    conditions = [item for body in encoder.bodies for item in body.statement.conditions]
    keys = {item.key.lower() for item in conditions}
    either = [*_tags(encoder, keys), *of_pairs(conditions, encoder.assumed)]
    if encoder.limits.kind != "identity":  # else nobody asks but callers of an account
        either += of_callers(keys, encoder.assumed)
    return (
        *(_mfa(encoder) if keys & {MFA, AGE} else ()), *(_userid(encoder) if USERID in keys else ()),
        *(_either(encoder, *two) for two in either),
    )  # fmt: skip


def _mfa(encoder: Encoder) -> Iterator[Demand]:
    if encoder.limits.kind == "identity":
        return  # nobody asks but callers of an account
    encoder.assumed["aws:MultiFactorAuthPresent is absent where a service, an identity provider or nobody asks"] = None
    yield _either(encoder, Condition("Null", MFA, ("true",)), Condition("Null", "aws:PrincipalArn", ("false",)))


def _tags(encoder: Encoder, keys: set[str]) -> Iterator[tuple[Condition, Condition]]:
    """A tag that a request brings is among the keys of tags that it brings; the other way round it need not be."""
    names = sorted(key.removeprefix(TAG) for key in keys if key.startswith(TAG)) if TAG_KEYS in keys else ()
    for name in names:
        encoder.assumed[f"aws:TagKeys tells {name} where aws:RequestTag/{name} is present"] = None
        yield (
            Condition("Null", TAG + name, ("true",)),
            Condition("ForAnyValue:StringEqualsIgnoreCase", TAG_KEYS, (name,)),
        )


def _userid(encoder: Encoder) -> Iterator[Demand]:
    encoder.assumed["aws:userid has the form that AWS gives it for the kind of caller"] = None
    for kind, forms in _FORMS.items():
        for operator, pattern in forms if kind != "Anonymous" or encoder.limits.kind != "identity" else ():
            other = Condition("StringNotEquals", "aws:PrincipalType", (kind,))
            yield _either(encoder, Condition(operator, USERID, (pattern,)), other)


def _either(encoder: Encoder, *conditions: Condition) -> Demand:
    return tuple((encoder.add([Body(_saying(encoder, item))]), True) for item in conditions)


def _saying(encoder: Encoder, condition: Condition) -> Statement:
    """A statement about every request that meets the condition."""
    kind = encoder.limits.kind
    principals = () if kind == "identity" else (Principal("*", "*"),)
    resources = () if kind == "trust" else ("*",)
    return Statement(0, "tie", "", principals, (), ("*",), (), resources, (), (condition,))
