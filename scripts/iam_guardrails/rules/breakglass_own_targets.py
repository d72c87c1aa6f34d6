"""What the silencing calls of IAM would take away: the role itself, its boundary, its owners, the delivery roles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from iam_guardrails.model.account import Account, Role
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.iam.caller import Value
from iam_guardrails.model.iam.denials import Target
from iam_guardrails.model.silencers import CUTTING, Silencer
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.rules.breakglass_subjects import arn_of, owners

# a run of a character that names in AWS do not hold, so that nothing but a wildcard fits it
NO_ID: Final = "~~~~~~~~-~~~~-~~~~-~~~~-~~~~~~~~~~~~"


def own_keys(account: Account) -> dict[str, Value]:
    """The condition keys of a thing of the account that is no key."""
    return {"aws:resourceaccount": (account.account_id,), "kms:resourcealiases": None}


def iam_targets(call: Silencer, role: Role, account: Account, expected: Expected) -> Iterator[Target]:
    """The role itself, its boundary, the owners, and the roles by which trails deliver."""
    own = own_keys(account)
    tags: dict[str, Value] = {f"{kind}:resourcetag/{name.lower()}": (value,)
                              for kind in ("aws", "iam") for name, value in role.tags.items()}  # fmt: skip
    if call.action in ("CreatePolicyVersion", "SetDefaultPolicyVersion"):
        if isinstance(role.boundary_arn, str) and role.boundary_arn.startswith("arn:"):
            yield Target(role.boundary_arn, role.boundary_arn, own)
        else:
            yield _iam_made_up(account, expected, "policy", "the role's boundary", "its ARN is known only after apply")
    elif call.action == "DeactivateMFADevice":
        arns = [item.arn for item in owners(account, expected) if f"::{account.account_id}:" in item.arn]
        yield from (Target(arn, arn, own) for arn in arns)
        if not arns:
            yield _iam_made_up(account, expected, "user", "an owner's user", "none is declared")
    elif call.action != "DeleteRole":
        yield Target(arn_of(role, account, expected), role.arn, {**own, **tags})
    if call.name in CUTTING:
        yield from _delivery_roles(call, account, expected)


def _delivery_roles(call: Silencer, account: Account, expected: Expected) -> Iterator[Target]:
    """The roles by which trails deliver to their log groups."""
    told = list(dict.fromkeys(trail.delivery_role_arn for trail in account.trails if trail.delivery_role_arn))
    for arn in told:
        made = next((role for role in account.roles if role.arn == arn), None)
        if isinstance(arn, Unknown):
            yield _iam_made_up(account, expected, "role", _DELIVERY, arn.reason)
        elif made is not None or arn.startswith("arn:"):
            text = arn_of(made, account, expected) if made is not None else arn
            yield Target(text, arn, own_keys(account))
        else:
            yield _iam_made_up(account, expected, "role", _DELIVERY, "its ARN is known only after apply")
    if not told and call.action == "DeleteRole":
        yield _iam_made_up(account, expected, "role", _DELIVERY, f"the {account.origin} shows none")


_DELIVERY = "the role by which the trail delivers"


def _iam_made_up(account: Account, expected: Expected, kind: str, name: str, why: str) -> Target:
    arn = f"arn:{expected.partition}:iam::{account.account_id}:{kind}/{NO_ID}"
    return Target(arn, name, own_keys(account), why)
