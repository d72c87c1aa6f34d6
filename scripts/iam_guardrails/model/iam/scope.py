"""Whether a statement is about a request: its principal, its action and its resource. Conditions come on top.

Sources: AWS IAM User Guide, reference_policies_elements_principal (accounts, users, roles, sessions, federated
principals, services, `*`), reference_policies_elements_notprincipal, reference_policies_elements_action and
reference_policies_elements_resource.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from iam_guardrails.model.iam.answers import Answer, either, on, opposite
from iam_guardrails.model.iam.caller import (
    ANONYMOUS,
    FEDERATED_USER,
    PRESENT,
    PROVIDER,
    ROLE,
    ROOT,
    SERVICE,
    SESSION,
    USER,
    Begins,
    Caller,
    Open,
)
from iam_guardrails.model.iam.document import Principal, Statement
from iam_guardrails.model.iam.match import names_action
from iam_guardrails.model.iam.pattern import fits_resource, wild
from iam_guardrails.model.iam.request import Situation
from iam_guardrails.model.iam.trust import UNIQUE_ID, account_of, classify
from iam_guardrails.model.iam.variables import fill

# how a principal element names a caller; what the resource's account makes of it depends on that
DIRECT = "direct"  # the user, the session, the federated user, the service, the provider: themselves
BY_ROLE = "role"  # the role behind the session
BY_ACCOUNT = "account"  # the account, which delegates to its own policies
ANYBODY = "anybody"  # `*`


def covers_action(statement: Statement, action: str) -> bool:
    """Whether Action names the action, or NotAction does not."""
    if statement.not_actions:
        return not names_action(statement.not_actions, action)
    return names_action(statement.actions, action)


def covers_resource(
    statement: Statement, situation: Situation, version: str, reading: str, *, optional: bool
) -> Answer:
    """Whether Resource covers the resource, or NotResource does not.

    optional: whether a statement without either is about the resource that the policy hangs on (trust policies).
    """
    resource = situation.request.resource
    if statement.not_resources:
        return opposite(either(_fits(text, resource, situation, version, reading) for text in statement.not_resources))
    if not statement.resources:
        return optional
    return either(_fits(text, resource, situation, version, reading) for text in statement.resources)


def _fits(text: str, resource: str, situation: Situation, version: str, reading: str) -> Answer:
    if "${" not in text:
        return text in ("*", resource) or _covers(text, resource, reading)
    filled = fill(text, situation, version, wildcards=True)
    if filled.tokens is None:
        return False
    fitting = fits_resource(filled.tokens, resource, reading)
    return filled.open_keys if fitting and filled.open_keys else fitting


@lru_cache(maxsize=1 << 14)
def _covers(text: str, resource: str, reading: str) -> bool:
    """Whether a Resource element without variables covers a resource; many statements of an account are alike."""
    return fits_resource(wild(text), resource, reading)


def covers_principal(statement: Statement, situation: Situation) -> Answer:
    """Whether Principal names the caller in any way, or NotPrincipal leaves the caller out."""
    if statement.not_principals:
        return _not_listed(statement.not_principals, situation)
    return either(names(item, situation)[1] for item in statement.principals)


def _not_listed(listed: Iterable[Principal], situation: Situation) -> Answer:
    """AWS spares a caller that is listed with its role and its account; where some are missing it "might" not."""
    found = [names(item, situation) for item in listed]
    hits = {way for way, answer in found if answer is True}
    if not hits:
        return opposite(either(answer for _, answer in found))
    caller = situation.caller
    needed = {DIRECT, BY_ROLE, BY_ACCOUNT} if caller.kind == SESSION else {DIRECT, BY_ACCOUNT}
    if caller.kind in (ROLE, ROOT):
        needed = {BY_ROLE, BY_ACCOUNT} if caller.kind == ROLE else {BY_ACCOUNT}
    elif caller.kind in (SERVICE, PROVIDER):
        needed = {DIRECT}
    if ANYBODY not in hits and needed <= hits and caller.kind == ROLE:
        return on("NotPrincipal without the session of the role")  # whose name nobody knows yet
    return False if ANYBODY in hits or needed <= hits else on("NotPrincipal without the caller's account or role")


def names(principal: Principal, situation: Situation) -> tuple[str, Answer]:
    """In which way (a constant above) one principal could name the caller, and whether it does."""
    caller, value = situation.caller, principal.value
    if principal.kind == "*" or (principal.kind == "AWS" and value == "*"):
        return ANYBODY, True
    if principal.kind == "Service":
        return DIRECT, caller.kind == SERVICE and value in (caller.text, "*")
    if principal.kind == "Federated":
        return DIRECT, _signed_in_by(value, situation)
    if principal.kind == "CanonicalUser":
        owner = caller.kind in (USER, ROOT, ROLE, SESSION)
        return BY_ACCOUNT, on("the canonical user id of the caller's account") if owner else False
    if caller.kind in (ANONYMOUS, SERVICE, PROVIDER):
        return DIRECT, False
    return _names_arn(value, situation)


def _signed_in_by(provider: str, situation: Situation) -> Answer:
    """Whether the provider vouches for the caller, or did when the caller's session of a role began."""
    caller = situation.caller
    if caller.kind not in (SESSION, ROLE):
        return caller.kind == PROVIDER and provider in (caller.text, "*")
    told = situation.value("aws:federatedprovider")
    if isinstance(told, Open):
        return True if told is PRESENT and provider == "*" else on("aws:federatedprovider")
    return provider in told or provider == "*" if told else False


def _names_arn(value: str, situation: Situation) -> tuple[str, Answer]:
    caller = situation.caller
    if account_of(value) and (":" not in value or value.endswith(":root")):
        return BY_ACCOUNT, caller.account_id == account_of(value)
    if classify(value) == UNIQUE_ID:
        return _names_id(value, situation)
    if ":assumed-role/" in value:
        if caller.kind == ROLE and value.startswith(_session_prefix(caller)):
            return DIRECT, on("the name of the role's session")
        return DIRECT, value == caller.text
    if caller.kind in (SESSION, ROLE):
        role = situation.value("aws:principalarn")
        if not isinstance(role, Open):
            return BY_ROLE, role == (value,)
        same_name = value.rpartition("/")[2] == caller.role_arn.rpartition("/")[2]
        return BY_ROLE, on("aws:principalarn") if same_name and account_of(value) == caller.account_id else False
    return DIRECT, value == caller.text and caller.kind in (USER, FEDERATED_USER)


def _session_prefix(caller: Caller) -> str:
    return caller.text.split(":role/")[0].replace(":iam:", ":sts:") + f":assumed-role/{caller.name}/"


def _names_id(value: str, situation: Situation) -> tuple[str, Answer]:
    """A unique id, which IAM stores for a user or a role; aws:userid is the user's, or the role's with the session."""
    caller, whole = situation.caller, ":" in value
    way = BY_ROLE if value.startswith("AROA") and not whole else DIRECT
    kinds = {"AIDA": (USER,), "AROA": (SESSION, ROLE)}.get(value[:4], ())
    session = value.partition(":")[2]
    if caller.kind not in kinds or (caller.kind == SESSION and session and session != caller.name):
        return way, False
    told = situation.value("aws:userid")
    if isinstance(told, Begins):  # the id of the role is told, and its session's name is not
        if not whole:
            return way, told.text.partition(":")[0] == value
        return way, on("aws:userid") if value.startswith(told.text) else False
    if isinstance(told, Open):
        return way, on("aws:userid")
    held = told[0] if told else ""
    return way, (held if whole else held.partition(":")[0]) == value
