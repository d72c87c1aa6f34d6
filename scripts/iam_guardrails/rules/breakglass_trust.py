"""The trust policy names people, few of them, and lets nobody else in."""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.model.account import Account, Role
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.iam.document import PolicyDocument, Statement
from iam_guardrails.model.iam.match import arn_match, has_wildcard
from iam_guardrails.model.iam.operators import read_operator
from iam_guardrails.model.iam.trust import (
    ACCOUNT,
    ANYONE,
    FEDERATED,
    IDENTITY_CENTER,
    OTHER,
    ROLE,
    SERVICE,
    UNIQUE_ID,
    USER,
    Door,
    account_of,
    classify,
    demanded,
    doors,
    same_principal,
)
from iam_guardrails.model.unknown import NotKnown
from iam_guardrails.rules.breakglass_proofs import undeclared
from iam_guardrails.rules.breakglass_subjects import by_statement, doors_of, trust_of, trust_rule

_PRINCIPAL_PAGE = "AWS IAM User Guide: reference_policies_elements_principal"
_EMERGENCY_PAGE = "AWS Well-Architected Security Pillar: SEC03-BP03 Establish emergency access process"


@trust_rule(
    id="breakglass-trust-no-wildcard", severity="critical", reference=_PRINCIPAL_PAGE,
    title="The trust policy names principals: no wildcard, no exclusion, no service",
    remedy="List the ARNs of the people, or the account with a condition on aws:PrincipalArn.",
)  # fmt: skip
def trust_no_wildcard(role: Role, _account: Account, _expected: Expected) -> Iterator[str]:
    """`*`, part of an ARN, NotPrincipal and AWS services have no place in a break-glass trust."""
    for statement in trust_of(role).statements:
        if statement.effect == "Allow":
            yield from _wildcards(statement)


def _wildcards(statement: Statement) -> Iterator[str]:
    if statement.not_principals:
        yield (f"{statement.label} of the trust policy uses NotPrincipal, which lets in everybody it does not list")
    for principal in statement.principals:
        where = f"{statement.label} of the trust policy"
        if principal.kind == "*" or principal.value == "*":
            yield f"{where} lets anyone in any AWS account ask for the role (Principal *)"
        elif principal.kind == "Service":
            yield f"{where} trusts the service {principal.value}, which is not a person"
        elif has_wildcard(principal.value):
            yield f"{where} has a wildcard inside the principal {principal.value}, which AWS refuses"


@trust_rule(
    id="breakglass-trust-people-declared", severity="high", reference=_PRINCIPAL_PAGE,
    title="Only the people of guardrails.toml are trusted",
    remedy="Remove the principal from the trust policy, or declare it in guardrails.toml after a review.",
)  # fmt: skip
def trust_people_declared(role: Role, _account: Account, expected: Expected) -> Iterator[str]:
    """Everybody who gets in is one of the declared people, or of the declared Identity Center users."""
    if not expected.people and expected.identity_center is None:
        raise NotKnown("guardrails.toml declares nobody (breakglass.people, breakglass.identity_center)")
    left_out = (ANYONE, ACCOUNT, SERVICE, UNIQUE_ID)  # judged by the rules on wildcards, pins and ids
    found = doors_of(role)
    centre = "" if expected.identity_center is None else account_of(role.arn) or expected.account_id
    strangers = [door for door in found if door.kind not in left_out and not _declared(door, expected, centre)]
    for label, people in by_statement(strangers):
        yield f"{label} of the trust policy lets in {people}, whom guardrails.toml does not declare"
    for door in found:
        if door.kind == UNIQUE_ID and door.pin is not None:
            raise NotKnown(f"whose id {door.value} is cannot be read from the trust policy")
    told = any(door.kind in left_out or (door.kind != IDENTITY_CENTER and has_wildcard(door.value)) for door in found)
    if not strangers and not told:
        yield from undeclared(trust_of(role), expected.people, centre)


def _declared(door: Door, expected: Expected, centre_account: str) -> bool:
    if door.kind == IDENTITY_CENTER and centre_account and door.account_id == centre_account:
        return True
    return any(same_principal(door.value, person) for person in expected.people)


@trust_rule(
    id="breakglass-account-principal-pinned", severity="high", reference=_PRINCIPAL_PAGE,
    title="A whole account is trusted only together with a pin on single principals",
    remedy="Name the users in Principal, or add ArnLike aws:PrincipalArn with the one principal that "
    "may enter.",
)  # fmt: skip
def account_principal_pinned(role: Role, _account: Account, _expected: Expected) -> Iterator[str]:
    """An account principal delegates to everybody in the account whose own policies allow sts:AssumeRole."""
    for door in doors_of(role):
        where = f"{door.statement.label} of the trust policy"
        if door.kind == ACCOUNT:
            yield (
                f"{where} trusts {door.who} (that is what {door.principal.value} means): nothing pins "
                "aws:PrincipalArn or a user's id"
            )
        elif door.pin is not None and door.kind != IDENTITY_CENTER:
            yield from _loose_pin(door, where)


def _loose_pin(door: Door, where: str) -> Iterator[str]:
    operator = read_operator(door.pin.operator) if door.pin else None
    if operator is None or not has_wildcard(door.value):
        return
    if operator.expands:
        yield f"{where} pins the account to the pattern {door.value}, which admits more than one principal"
    else:
        yield f"{where} compares {door.value} with {operator.base}, which takes * literally: it admits nobody"


@trust_rule(
    id="breakglass-self-trust", severity="medium",
    reference="AWS IAM User Guide: reference_policies_elements_principal (role trust policy behavior)",
    title="The break-glass role does not trust itself",
    remedy="Remove the role's own ARN from its trust policy: each hour must begin with a new entry.",
)  # fmt: skip
def self_trust(role: Role, _account: Account, _expected: Expected) -> Iterator[str]:
    """A role that may assume itself renews its hour without MFA."""
    for door in doors_of(role):
        session = f":assumed-role/{role.name}/"
        if door.value == role.arn or session in door.value or (door.pin and arn_match(door.value, role.arn)):
            yield f"{door.statement.label} of the trust policy lets the role assume itself ({door.value})"


@trust_rule(
    id="breakglass-principal-ids", severity="critical", reference=_PRINCIPAL_PAGE,
    title="Every trusted principal still exists",
    remedy="Create the user or role anew if it is gone, and apply: Terraform writes the ARN again.",
)  # fmt: skip
def principal_ids(role: Role, _account: Account, _expected: Expected) -> Iterator[str]:
    """IAM shows the unique id where the named principal was deleted; one created anew does not get in."""
    for statement in trust_of(role).statements:
        for principal in statement.principals:
            if classify(principal.value) == UNIQUE_ID:
                yield (
                    f"{statement.label} of the trust policy names {principal.value}: the user or role "
                    "behind it was "
                    "deleted, and one of the same name cannot enter"
                )


@trust_rule(
    id="breakglass-two-people", severity="medium", reference=_EMERGENCY_PAGE,
    title="At least two people can enter",
    remedy="Name a backup owner: a second IAM user with MFA, or a second Identity Center user.",
)  # fmt: skip
def two_people(role: Role, _account: Account, _expected: Expected) -> Iterator[str]:
    """Counts distinct users and pinned Identity Center users over all lanes."""
    document = trust_of(role)
    people: set[str] = set()
    for door in doors(document):
        people |= _people(door, document)
    if "" in people and len(people) < 3:
        raise NotKnown("the trust policy has a door whose people cannot be counted")
    if len(people) < 2:
        only = ", ".join(sorted(people)) or "nobody"
        yield f"the trust policy names fewer than two people: {only}"


def _people(door: Door, document: PolicyDocument) -> set[str]:
    """The people behind a door, or "" for any number of them; a deleted principal is nobody.

    Somebody with an IAM user and an Identity Center user counts once: letter case and mail domain do not
    matter.
    """
    if door.kind == SERVICE or (door.kind == UNIQUE_ID and door.pin is None):
        return set()
    names: tuple[str, ...] = ("*",)
    if door.kind == UNIQUE_ID and door.can_carry_mfa:
        names = (door.value,)
    elif door.kind == USER:
        names = (door.value.rpartition("/")[2],)
    elif door.kind == IDENTITY_CENTER:
        pinned = demanded(door, document, "aws:userid") or demanded(door, document, "identitystore:userid") or ("*",)
        names = tuple(value.rpartition(":")[2] for value in pinned)
    return {"" if has_wildcard(name) else name.lower().partition("@")[0] for name in names}


@trust_rule(
    id="breakglass-idp-independent-lane", severity="high", reference=_EMERGENCY_PAGE,
    title="One way in does not depend on the identity provider",
    remedy="Add the IAM user lane: one or two users with MFA that may assume the role directly.",
)  # fmt: skip
def idp_independent_lane(role: Role, _account: Account, _expected: Expected) -> Iterator[str]:
    """When Identity Center or the identity provider is down, somebody must still be able to enter."""
    living = [door for door in doors_of(role) if door.kind != UNIQUE_ID or door.pin is not None]
    kinds = {door.kind for door in living}
    if any(door.can_carry_mfa for door in living):  # IAM users sign in to IAM itself
        return
    if kinds & {ROLE, OTHER, UNIQUE_ID}:
        raise NotKnown("how the trusted role is itself entered cannot be read from this trust policy")
    if kinds & {IDENTITY_CENTER, FEDERATED}:
        yield "every way in depends on Identity Center or an identity provider, and is closed with it"
    else:
        yield "the trust policy lets nobody in who still exists"


RULES = (
    trust_no_wildcard, trust_people_declared, account_principal_pinned, self_trust, principal_ids, two_people,
    idp_independent_lane,
)  # fmt: skip
