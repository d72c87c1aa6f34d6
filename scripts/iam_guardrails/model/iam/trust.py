"""A trust policy read as doors: who gets in through which statement, and in which state of MFA.

Source: AWS IAM User Guide, reference_policies_elements_principal (what a principal is and how IAM stores it)
and reference_policies_condition-keys (when aws:PrincipalArn, aws:userid and aws:username are present).
"""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.model.iam.document import Condition, PolicyDocument, Principal, Statement
from iam_guardrails.model.iam.match import has_wildcard, names_action
from iam_guardrails.model.iam.operators import narrows, read_operator
from iam_guardrails.model.value import frozen

ANYONE = "anyone"
ACCOUNT = "account"  # every principal its account lets through
USER = "user"
ROLE = "role"
IDENTITY_CENTER = "identity center"
FEDERATED = "federated"  # SAML, OIDC, GetFederationToken
SERVICE = "service"
UNIQUE_ID = "unique id"  # AIDA…, AROA…: what IAM shows once the named principal is gone
OTHER = "other"

ASSUME = ("sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity")
_ID_PREFIXES = ("AIDA", "AROA", "AGPA", "ANPA", "AIPA")  # IAM User Guide: reference_identifiers
_RESERVED = "role/aws-reserved/sso.amazonaws.com"


@frozen
class Door:
    """One way in: one Allow statement, one principal, narrowed by the statement's pin where there is one.

    kind: one of the constants above.  value: ARN, pattern or id of who gets in.  pin: the condition that
    narrowed an account principal (or anyone) to `value`.  action: the STS action it opens.
    """

    statement: Statement
    principal: Principal
    kind: str
    value: str
    action: str
    pin: Condition | None = None

    @property
    def account_id(self) -> str:
        """The account whose principal gets in; "" where the text does not say."""
        return account_of(self.value) or account_of(self.principal.value)

    @property
    def who(self) -> str:
        """A noun phrase for messages."""
        if self.kind == ACCOUNT:
            return f"every principal of account {self.account_id}"
        return "anyone" if self.kind == ANYONE else self.value

    @property
    def can_carry_mfa(self) -> bool:
        """Whether its callers sign in to IAM themselves, so that the MFA keys can be present in their
        requests.
        """
        return self.kind in (USER, ACCOUNT, ANYONE) or self.value.startswith("AIDA")


def account_of(text: str) -> str:
    """The account id in an ARN, an account principal or an ARN pattern; "" where there is none."""
    parts = text.split(":", 5)
    account_id = parts[4] if len(parts) == 6 else text
    return account_id if len(account_id) == 12 and account_id.isdecimal() else ""


def _is_account(text: str) -> bool:
    return bool(account_of(text)) and (":" not in text or text.endswith(":root"))


def _is_unique_id(text: str) -> bool:
    return text.startswith(_ID_PREFIXES) and len(text) > 8 and text.partition(":")[0].isalnum()


def same_principal(one: str, other: str) -> bool:
    """Whether two principals are the same: account forms are equal, and a user is its account and name.

    IAM user names are unique in their account whatever the path (IAM User Guide: reference_iam-quotas).
    """
    return one == other or _identity(one) == _identity(other)


def _identity(text: str) -> tuple[str, str]:
    if _is_account(text):
        return account_of(text), "root"
    if classify(text) == USER:
        return account_of(text), "user/" + text.rpartition("/")[2]
    return "", text


def classify(text: str) -> str:
    """The kind of an AWS principal, or of a pattern for aws:PrincipalArn."""
    if text == "*":
        return ANYONE
    if _is_account(text):
        return ACCOUNT
    if _is_unique_id(text):
        return UNIQUE_ID
    parts = text.split(":", 5)
    if len(parts) != 6:
        return OTHER
    service, name = parts[2], parts[5]
    if name.startswith(_RESERVED) or "AWSReservedSSO" in name:
        return IDENTITY_CENTER
    if service == "sts":
        return {"assumed-role": ROLE, "federated-user": FEDERATED}.get(name.partition("/")[0], OTHER)
    kinds = {
        "user": USER,
        "role": ROLE,
        "saml-provider": FEDERATED,
        "oidc-provider": FEDERATED,
        "root": ACCOUNT,
    }
    return kinds.get(name.partition("/")[0], OTHER)


def doors(document: PolicyDocument) -> tuple[Door, ...]:
    """Every way into the role, in the order of the policy; statements that open nothing are left out."""
    return tuple(
        door
        for statement in document.statements
        if statement.effect == "Allow"
        for principal in statement.principals
        for door in _doors(statement, principal)
    )


def opens(statement: Statement, action: str) -> bool:
    """Whether the statement's Action or NotAction covers `action`, whatever its effect."""
    if statement.not_actions:
        return not names_action(statement.not_actions, action)
    return names_action(statement.actions, action)


def _doors(statement: Statement, principal: Principal) -> Iterator[Door]:
    action = next((name for name in ASSUME if opens(statement, name)), "")
    if not action:
        return
    kind = {"Service": SERVICE, "Federated": FEDERATED, "*": ANYONE}.get(principal.kind, OTHER)
    if principal.kind == "AWS":
        kind = classify(principal.value)
    pin = pin_of(statement) if kind in (ACCOUNT, ANYONE) else None
    if pin is None:
        yield Door(statement, principal, kind, principal.value, action)
        return
    for value in pin.values:
        pinned = _pinned_value(pin, value, principal)
        yield Door(statement, principal, classify(pinned), pinned, action, pin)


def reaches(statement: Statement, door: Door) -> bool | None:
    """Whether a Deny statement is about everybody the door admits; None where NotPrincipal leaves it open."""
    if statement.not_principals:
        return None
    for principal in statement.principals:
        kind = ANYONE if principal.kind == "*" else classify(principal.value)
        if kind == ANYONE or principal.value in (door.value, door.principal.value):
            return True
        if kind == ACCOUNT and account_of(principal.value) == door.account_id:
            return True
    return False


def demanded(door: Door, document: PolicyDocument, key: str) -> tuple[str, ...] | None:
    """The values of `key` (lower case) without which nobody gets through the door; None where none is
    demanded.

    Either the door's own statement demands them, or a Deny with no other condition turns every other value
    away.
    """
    for item in door.statement.conditions:
        if item.key.lower() == key and narrows(item):
            return item.values
    for statement in document.statements:
        if statement.effect == "Deny" and len(statement.conditions) == 1 and opens(statement, door.action):
            item = statement.conditions[0]
            operator = read_operator(item.operator)
            textual = operator is not None and operator.base in ("StringNotEquals", "StringNotLike")
            if item.key.lower() == key and textual and reaches(statement, door):
                return item.values
    return None


def pin_of(statement: Statement) -> Condition | None:
    """The condition that narrows a whole account to principals: the tightest on aws:PrincipalArn, else a
    user's.

    A pattern such as `*:alice` on aws:userid is no pin by itself: whoever may assume any role chooses that
    name.
    """
    by_arn = [item for item in statement.conditions if item.key.lower() == "aws:principalarn" and narrows(item)]
    if by_arn:
        return min(by_arn, key=lambda item: sum(map(has_wildcard, item.values)))
    for item in statement.conditions:
        if item.key.lower() == "aws:username" and narrows(item):
            return item
        if item.key.lower() == "aws:userid" and narrows(item) and not any(v[:1] in "*?" for v in item.values):
            return item
    return None


def _pinned_value(pin: Condition, value: str, principal: Principal) -> str:
    if pin.key.lower() != "aws:username":
        return value
    partition = principal.value.split(":")[1] if principal.value.startswith("arn:") else "aws"
    return f"arn:{partition}:iam::{account_of(principal.value)}:user/{value}"
