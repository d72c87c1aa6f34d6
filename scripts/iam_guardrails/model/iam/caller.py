"""Who makes a request, read from the text of its principal, and the condition keys that follow from it.

Sources: AWS IAM User Guide, reference_identifiers (the forms), reference_policies_condition-keys (aws:PrincipalArn,
aws:PrincipalAccount, aws:PrincipalType, aws:userid, aws:username, aws:PrincipalIsAWSService) and
reference_policies_variables (the table of principal values).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from iam_guardrails.model.iam.trust import account_of
from iam_guardrails.model.value import frozen

USER = "user"
SESSION = "session"  # of a role, under a known session name
ROLE = "role"  # of a role, under any session name
FEDERATED_USER = "federated user"
ROOT = "root"
PROVIDER = "provider"
SERVICE = "service"
ANONYMOUS = "anonymous"

PROVIDERS = frozenset({"accounts.google.com", "cognito-identity.amazonaws.com", "graph.facebook.com", "www.amazon.com"})
_SERVICE_ENDS = (".amazonaws.com", ".amazonaws.com.cn", ".amazon.com", ".aws.internal", ".api.aws")
_FORMS = (
    "the ARN of a user, role, role session, federated user, identity provider or account root, a service such as "
    "ec2.amazonaws.com, or * for nobody that AWS knows"
)


class RequestError(ValueError):
    """The text is no request; the message is one sentence that says what is wrong."""


class Open:
    """A value nobody has told: `text` names the constant."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


class Begins(Open):
    """A value that is there and of which nobody has told but the beginning, e.g. "AROAEXAMPLE:" of aws:userid."""

    __slots__ = ()


class BeginsOrNone(Begins):
    """The same of a key that may be absent."""

    __slots__ = ()


class Among(Open):
    """One of the values of a key that holds several; nobody has told the others, or whether there are any."""

    __slots__ = ()


class Later(Open):
    """A date that is there, and not before the one in `text`, e.g. when a session began that begins now."""

    __slots__ = ()


class LaterOrNone(Later):
    """The same of a key that may be absent."""

    __slots__ = ()


UNKNOWN: Final = Open("UNKNOWN")  # the key may be absent, or there with any value
PRESENT: Final = Open("PRESENT")  # the key is there, with a value nobody has told
Values = tuple[str, ...]
Value = Values | Open | None  # None: the key is absent; (): it is there and empty


@frozen
class Caller:
    """kind: one of the constants above.  text: as the request has it.  name: the user's, role's or session's.

    account_id: "" for services, providers and anonymous callers.  role_arn: the role behind a session, as far as the
    session's ARN tells (it lacks the role's path).
    """

    kind: str
    text: str
    account_id: str = ""
    name: str = ""
    role_arn: str = ""


def read_caller(text: str) -> Caller:
    """The caller behind a principal's text. Raises RequestError where it has none of the forms."""
    if text in ("*", ANONYMOUS):
        return Caller(ANONYMOUS, "*")
    if text in PROVIDERS:
        return Caller(PROVIDER, text, name=text)
    if not text.startswith("arn:"):
        if text.endswith(_SERVICE_ENDS) and " " not in text and "/" not in text:
            return Caller(SERVICE, text, name=text)
        raise RequestError(f"the principal {text[:200]!r} is not {_FORMS}")
    found = _from_arn(text)
    if found is None:
        raise RequestError(f"the principal {text[:200]!r} is not {_FORMS}")
    return found


def _from_arn(text: str) -> Caller | None:
    parts = text.split(":", 5)
    account_id = account_of(text)
    if len(parts) != 6 or not account_id or parts[2] not in ("iam", "sts"):
        return None
    kind, _, rest = parts[5].partition("/")
    if parts[2] == "sts":
        return _from_sts(text, parts[1], account_id, kind, rest)
    if parts[5] == "root":
        return Caller(ROOT, text, account_id)
    if not rest or rest.endswith("/"):
        return None
    if kind == "user":
        return Caller(USER, text, account_id, rest.rpartition("/")[2])
    if kind == "role":
        return Caller(ROLE, text, account_id, rest.rpartition("/")[2], text)
    return Caller(PROVIDER, text, name=rest) if kind in ("saml-provider", "oidc-provider") else None


def _from_sts(text: str, partition: str, account_id: str, kind: str, rest: str) -> Caller | None:
    if kind == "federated-user" and rest:
        return Caller(FEDERATED_USER, text, account_id, rest)
    role, _, session = rest.partition("/")
    if kind != "assumed-role" or not role or not session:
        return None
    return Caller(SESSION, text, account_id, session, f"arn:{partition}:iam::{account_id}:role/{role}")


def derived_keys(caller: Caller) -> Mapping[str, Value]:
    """Condition keys (lower case) that AWS sets from the caller alone; what the request itself says goes before."""
    if caller.kind == SERVICE:
        return {"aws:principalisawsservice": ("true",), "aws:principalservicename": (caller.text,),
                "aws:principalservicenameslist": UNKNOWN, **_OF_NO_ORGANISATION}  # fmt: skip
    if caller.kind == PROVIDER:  # "all signed API requests": nobody signs with an assertion
        return {"aws:principalisawsservice": None, **_OF_NO_ORGANISATION}
    if caller.kind == ANONYMOUS:
        return {"aws:principalisawsservice": None, "aws:principalaccount": (ANONYMOUS,),
                "aws:principaltype": ("Anonymous",), "aws:userid": (ANONYMOUS,), **_OF_NO_ORGANISATION}  # fmt: skip
    return {
        "aws:principalisawsservice": ("false",), "aws:principalaccount": (caller.account_id,),
        "aws:principalarn": _principal_arn(caller), "aws:principaltype": (_TYPES[caller.kind],),
        "aws:userid": _user_id(caller), "aws:username": (caller.name,) if caller.kind == USER else None,
    }  # fmt: skip


_OF_NO_ORGANISATION = {"aws:principalorgid": None, "aws:principalorgpaths": None}  # "if the principal is a member"
_TYPES = {USER: "User", SESSION: "AssumedRole", ROLE: "AssumedRole", FEDERATED_USER: "FederatedUser", ROOT: "Account"}


_IN_A_PATH = (":role/AWSReservedSSO_", ":role/AWSServiceRoleFor")  # whose roles these are, AWS says by a path


def _principal_arn(caller: Caller) -> Value:
    if caller.kind == SESSION and any(name in caller.role_arn for name in _IN_A_PATH):
        return PRESENT  # the path holds Identity Center's Region, or the service, which the session's ARN does not tell
    return (caller.role_arn or caller.text,)


def _user_id(caller: Caller) -> Value:
    if caller.kind == FEDERATED_USER:
        return (f"{caller.account_id}:{caller.name}",)
    return (caller.account_id,) if caller.kind == ROOT else PRESENT
