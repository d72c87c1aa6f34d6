"""Who made a call, as one text that stays the same from session to session.

Source: AWS CloudTrail User Guide, "CloudTrail userIdentity element".
"""

from __future__ import annotations

import re
from functools import lru_cache

from iam_guardrails.model.expression import Expression

_SESSION = Expression(r"arn:([a-z-]+):sts::([0-9]{12}):assumed-role/([^/]+)/(.+)", re.DOTALL)
_ACCOUNT_ID = Expression("[0-9]{12}")
_PARTITION = Expression(r"arn:([a-z-]+):")
_ROOT = Expression(r"arn:[a-z-]+:iam::[0-9]{12}:root")
_IN_MESSAGE = Expression(r"on resource: (arn:[a-z-]+:iam::\d{12}:role/[\w+=,.@/-]+)", re.ASCII)
_ROLE = Expression(r"arn:[a-z-]+:iam::\d{12}:role/([!-~]+/)?[\w+=,.@-]{1,64}", re.ASCII)
_RESOURCE = Expression(r"on resource: ([^ ]+)")
NOBODY = "unknown"
CODE_FAILED = "MultiFactorAuthentication failed"
"""What a refused call's message says where the code of its MFA device was wrong, or none came with the device."""
_SENDS_CODES = ("IAMUser", "AWSAccount")
LONG = 512
"""From how many characters on a text is none that comes again and again, so that it is not worth to be remembered."""


def principal(
    kind: str, arn: str, issuer: str, principal_id: str, account_id: str, invoked_by: str, user: str, provider: str,
    partition: str = "aws",
) -> str:  # fmt: skip
    """The text for the userIdentity of a record; its fields as the record has them, "" where it lacks one.

    kind: its type.  issuer: the ARN of sessionContext.sessionIssuer.  principal_id: of a person of IAM Identity Center,
    who has none, the userId of onBehalfOf.  partition: of a root user without an ARN.  The result is the ARN of a role
    or a user or the root user, the name of an AWS service, "PROVIDER USER" for somebody with an assertion of an
    identity provider, "ACCOUNT-ID PRINCIPAL-ID" for a person of IAM Identity Center or a caller of another account
    ("ACCOUNT-ID USER" where that id is the account's own), else the best that there is.
    """
    if named := issuer or arn:
        return role_of(named) or named
    if kind in ("SAMLUser", "WebIdentityUser"):
        return f"{provider or NOBODY} {user or principal_id or NOBODY}"
    if kind == "AWSService" or (invoked_by and not principal_id):
        return invoked_by or NOBODY
    if kind == "Root" and account_id:
        return f"arn:{partition}:iam::{account_id}:root"
    if account_id and principal_id == account_id and user:  # somebody who is not signed in yet
        return f"{account_id} {user}"
    if account_id and principal_id:
        return f"{account_id} {principal_id.partition(':')[0]}"
    return user or principal_id or account_id or kind or NOBODY


def role_of(arn: str) -> str:
    """The role of a session's ARN, without its path, which a session's ARN lacks; "" for the ARN of another thing."""
    found = _SESSION.fullmatch(arn)
    return f"arn:{found[1]}:iam::{found[2]}:role/{found[3]}" if found else ""


def pathless(arn: str) -> str:
    """A session's ARN without the session's name, "" for the ARN of another thing.

    It stands for the role where a record names no issuer, as only an issuer's ARN has the role's path.
    """
    return (_pathless if len(arn) <= LONG else _pathless.__wrapped__)(arn)


@lru_cache(maxsize=4096)
def _pathless(arn: str) -> str:
    found = _SESSION.fullmatch(arn)
    return f"arn:{found[1]}:sts::{found[2]}:assumed-role/{found[3]}" if found else ""


def session_of(arn: str) -> str:
    """The session's name in a session's ARN; "" for the ARN of another thing."""
    found = _SESSION.fullmatch(arn)
    return found[4] if found else ""


def role_in_message(message: str) -> str:
    """The role that a refused call was about, where its error message names one: it stands nowhere else."""
    found = _IN_MESSAGE.search(message)
    return found[1] if found else ""


def resource_in_message(message: str) -> str:
    """What a refused call was about, as its error message names it; "" where it does not."""
    found = _RESOURCE.search(message)
    return found[1] if found else ""


def had_mfa(said: bool | None, kind: str, sent: bool, message: str) -> bool | None:
    """Whether who assumed a role proved MFA; None where the record does not tell.

    said: what it says of the caller's session, None for nothing.  kind: the type of its userIdentity.  sent: whether
    the call named a device, as only a user's own call does, with a code of it: that of a user of another account, too,
    of whom the role's account records no more.  message: the error's; where it says that the code failed, naming a
    device proves nothing. A user whose record says nothing had none; whether one of another account had, is not told.

    Source: AWS STS API Reference, API_AssumeRole (SerialNumber, TokenCode).
    """
    if said or (sent and kind in _SENDS_CODES and CODE_FAILED not in message):
        return True
    return False if kind == "IAMUser" else said


def root_of(target: str, caller: str = "") -> str:
    """The root user that sts:AssumeRoot is about, as an ARN. target: its TargetPrincipal, an account id or an ARN.

    caller: an ARN of who calls, whose partition is that of an account that is told by its id only. Source: AWS STS API
    Reference, API_AssumeRoot.
    """
    if _ROOT.fullmatch(target):
        return target
    found, own = _ACCOUNT_ID.search(target), _PARTITION.match(caller)
    return f"arn:{own[1] if own else 'aws'}:iam::{found[0]}:root" if found else ""


def is_root(text: str) -> bool:
    """Whether a principal is a root user: it itself, or a session that it gave out with GetFederationToken.

    Such a session's issuer is the root user (AWS CloudTrail User Guide, "CloudTrail userIdentity element").
    """
    return text.endswith(":root") and _ROOT.fullmatch(text) is not None


def is_role(text: str) -> bool:
    """Whether a text is the ARN of a role. Source: AWS IAM User Guide, reference_identifiers ("IAM ARNs")."""
    return _ROLE.fullmatch(text) is not None


def role_name(arn: str) -> tuple[str, str]:
    """(account, name) of a role's ARN, which is what makes it unique whatever its path; ("", "") for another ARN."""
    head, _, rest = arn.partition(":role/")
    account_id = head.rpartition(":")[2]
    return (account_id, rest.rpartition("/")[2]) if rest else ("", "")


def user_name(account_id: str, name: str) -> tuple[str, str]:
    """What makes a user unique whatever its path, beside role_name's pairs: no role's name has a slash."""
    return (account_id, f"user/{name}")


def subject_of(arn: str) -> tuple[str, str]:
    """`role_name` of a role's ARN, `user_name` of a user's; ("", "") for another ARN."""
    return (_subject_of if len(arn) <= LONG else _subject_of.__wrapped__)(arn)


@lru_cache(maxsize=4096)
def _subject_of(arn: str) -> tuple[str, str]:
    head, _, rest = arn.partition(":user/")
    return user_name(head.rpartition(":")[2], rest.rpartition("/")[2]) if rest else role_name(arn)
