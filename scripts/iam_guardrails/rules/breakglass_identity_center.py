"""The Identity Center lane: the right permission set, the right people, no key that such sessions lack."""

from __future__ import annotations

import re
from collections.abc import Iterator

from iam_guardrails.model.account import Account, Role
from iam_guardrails.model.expected import Expected, IdentityCenter
from iam_guardrails.model.iam.document import Condition, PolicyDocument
from iam_guardrails.model.iam.match import has_wildcard
from iam_guardrails.model.iam.operators import holds, narrows, read_operator
from iam_guardrails.model.iam.trust import FEDERATED, IDENTITY_CENTER, ROLE, Door, account_of, demanded, doors
from iam_guardrails.model.unknown import NotKnown
from iam_guardrails.rules.breakglass_subjects import doors_of, trust_of, trust_rule

_ROLE_PAGE = "AWS IAM Identity Center User Guide: referencingpermissionsets"
_KEYS_PAGE = "AWS IAM User Guide: reference_policies_condition-keys (aws:userid, aws:username)"
_SUFFIX = "0123456789abcdef"
_SHAPE = r"arn:([^:]*):iam::([^:]*):role/aws-reserved/sso\.amazonaws\.com(?:/(.+))?/AWSReservedSSO_(.+)_([^_/]+)"


def _lane(role: Role) -> list[Door]:
    return [door for door in doors_of(role) if door.kind == IDENTITY_CENTER]


def _role_arn(account_id: str, expected: Expected, centre: IdentityCenter, suffix: str, name: str = "") -> str:
    """The ARN Identity Center gives to a permission set's role: no Region segment if it is in us-east-1."""
    region = "" if centre.home_region == "us-east-1" else f"{centre.home_region}/"
    path = f"role/aws-reserved/sso.amazonaws.com/{region}AWSReservedSSO_{name or centre.permission_set}_{suffix}"
    return f"arn:{expected.partition}:iam::{account_id}:{path}"


@trust_rule(
    id="breakglass-identity-center-pin", severity="high", reference=_ROLE_PAGE,
    title="The Identity Center lane admits exactly one permission set",
    remedy="Trust the account with ArnLike aws:PrincipalArn on the permission set's role, its suffix "
    "as sixteen ?.",
)  # fmt: skip
def identity_center_pin(role: Role, _account: Account, expected: Expected) -> Iterator[str]:
    """The pattern fits the declared permission set's role and no other."""
    for door in _lane(role):
        for problem in _pin_problems(door, expected):
            yield f"{door.statement.label} of the trust policy {problem}"
    if expected.identity_center is None and _lane(role):
        raise NotKnown("guardrails.toml declares no permission set to compare with (breakglass.identity_center)")


def _pin_problems(door: Door, expected: Expected) -> Iterator[str]:
    operator = read_operator(door.pin.operator) if door.pin else None
    if door.pin is None or operator is None:
        yield (
            f"names {door.value} as a principal: IAM keeps its unique id, so the lane is dead once the "
            "permission "
            "set is provisioned anew"
        )
        return
    if not operator.expands and has_wildcard(door.value):
        yield f"compares {door.value} with {operator.base}, which takes * and ? literally: it admits nobody"
        return
    yield from _pattern_problems(door, Condition(door.pin.operator, door.pin.key, (door.value,)), expected)


def _pattern_problems(door: Door, pin: Condition, expected: Expected) -> Iterator[str]:
    read = re.fullmatch(_SHAPE, door.value)
    centre = expected.identity_center
    if centre is None and read and not has_wildcard(read[4]):
        centre = IdentityCenter(read[4], expected.home_region if "*" in (read[3] or "") else read[3] or "us-east-1")
    if read and not has_wildcard(read[5]):
        yield f"pins the suffix {read[5]}, which changes when the permission set is provisioned anew"
    elif centre is None:
        yield f"pins {door.value}, which names no single permission set"
    else:
        yield from _reach(door, pin, expected, centre)


def _reach(door: Door, pin: Condition, expected: Expected, centre: IdentityCenter) -> Iterator[str]:
    account_id = account_of(door.principal.value) or expected.account_id
    own = _role_arn(account_id, expected, centre, "?" * 16)
    crafted = f"arn:{expected.partition}:iam::{account_id}:role/AWSReservedSSO_{centre.permission_set}_{_SUFFIX}"
    sibling = f"{centre.permission_set}_ReadOnly"
    if not holds(pin, own.replace("?" * 16, _SUFFIX)):
        yield f"pins {door.value}, which admits nobody of the permission set: its role is {own}"
    elif holds(pin, _role_arn(account_id, expected, centre, _SUFFIX, "Other")):
        yield f"pins {door.value}, which admits other permission sets too"
    elif holds(pin, _role_arn(account_id, expected, centre, _SUFFIX, sibling)):
        yield f"pins {door.value}, which admits the permission set {sibling} as well: end it with sixteen ?"
    elif holds(pin, crafted):
        yield f"pins {door.value}, which a role made by hand outside aws-reserved/ can match"


@trust_rule(
    id="breakglass-identity-center-users-pinned", severity="high", reference=_KEYS_PAGE,
    title="The Identity Center lane admits named users only",
    remedy='Add StringLike {"aws:userid": ["*:<user name>", …]} to the same statement.',
)  # fmt: skip
def identity_center_users_pinned(role: Role, _account: Account, expected: Expected) -> Iterator[str]:
    """Users are pinned through a key that Identity Center sets, not one the caller chooses."""
    document = trust_of(role)
    for door in _lane(role):
        for problem in _user_problems(door, document, expected):
            yield f"{door.statement.label} of the trust policy {problem}"


def _user_problems(door: Door, document: PolicyDocument, expected: Expected) -> Iterator[str]:
    if demanded(door, document, "identitystore:userid"):
        return
    pinned = demanded(door, document, "aws:userid")
    if pinned is None:
        yield from _unpinned(door)
        return
    names = [value.partition(":")[2] for value in pinned]
    loose = [value for value, name in zip(pinned, names, strict=True) if not name or has_wildcard(name)]
    if loose:
        yield f"pins aws:userid to {loose[0]}, which names no single user"
        return
    users = expected.identity_center.users if expected.identity_center else ()
    for name in sorted(set(names).symmetric_difference(users)) if users else ():
        yield (f"does not admit the declared user {name}" if name in users
               else f"admits the user {name}, whom guardrails.toml does not declare")  # fmt: skip


def _unpinned(door: Door) -> Iterator[str]:
    keys = [item.key.lower() for item in door.statement.conditions if narrows(item)]
    if any(key.startswith("aws:principaltag/") for key in keys):
        raise NotKnown("whether the session tag stands for one person cannot be read from the trust policy")
    chosen = [key for key in ("sts:rolesessionname", "sts:sourceidentity") if key in keys]
    if chosen == ["sts:rolesessionname"]:
        yield "names users only through sts:RoleSessionName, which the caller chooses"
    else:
        yield "admits every user of the permission set: nothing pins aws:userid"


@trust_rule(
    id="breakglass-username-in-federated-lane", severity="high", reference=_KEYS_PAGE,
    title="No lane for Identity Center, federated or role sessions asks for ${aws:username}",
    remedy="Use ${aws:username} only in the statement for IAM users; such sessions have aws:userid instead.",
)  # fmt: skip
def username_in_federated_lane(role: Role, _account: Account, _expected: Expected) -> Iterator[str]:
    """Only IAM users have a user name: a condition that needs it shuts every other lane."""
    told = set()
    for door in doors(trust_of(role)):
        needing = [item for item in door.statement.conditions if _needs_username(item)]
        if door.kind in (IDENTITY_CENTER, FEDERATED, ROLE) and needing and door.statement not in told:
            told.add(door.statement)
            yield (
                f"{door.statement.label} of the trust policy asks {needing[0].key} for the IAM user "
                "name, which the "
                f"sessions of {door.who} do not have: nobody can enter this way"
            )


def _needs_username(item: Condition) -> bool:
    return narrows(item) and (
        item.key.lower() == "aws:username" or any("${aws:username}" in value.lower() for value in item.values)
    )


RULES = (identity_center_pin, identity_center_users_pinned, username_in_federated_lane)
