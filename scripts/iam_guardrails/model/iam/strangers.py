"""Whether a trust policy lets in somebody of another account: asked of all requests at once, not read off its words.

A condition keeps strangers out only where what it asks for is not theirs to choose: whoever owns an account names its
users and roles, proves MFA and sends any external id. Source: AWS IAM User Guide, reference_policies_condition-keys
(aws:PrincipalAccount, aws:PrincipalOrgID, aws:PrincipalArn, aws:username) and reference_identifiers (unique ids).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from iam_guardrails.model.iam.admission import OUT, admission
from iam_guardrails.model.iam.caller import UNKNOWN, Value
from iam_guardrails.model.iam.document import Condition, PolicyDocument, Principal, Statement
from iam_guardrails.model.iam.match import has_wildcard
from iam_guardrails.model.iam.membership import ORGANISATION, ORGANISATION_PATHS
from iam_guardrails.model.iam.prove.proof import PROVEN, UNDETERMINED
from iam_guardrails.model.iam.prove.statements import never
from iam_guardrails.model.iam.request import Request, RequestError
from iam_guardrails.model.iam.trust import (
    ACCOUNT,
    ANYONE,
    ASSUME,
    SERVICE,
    UNIQUE_ID,
    USER,
    Door,
    account_of,
    classify,
    demanded,
    doors,
    opens,
)
from iam_guardrails.model.iam.web_identity import SHARED, provider_gap
from iam_guardrails.model.value import changed, frozen

_ANYBODY = Principal("*", "*")
_WITH_ACCOUNT = Condition("StringLike", "aws:PrincipalArn", ("arn:*",))  # neither services nor assertions have one
_WHOEVER: Mapping[str, Value] = dict.fromkeys(
    ("aws:principalarn", "aws:principaltype", "aws:userid", "aws:username"), UNKNOWN
)


@frozen
class Stranger:
    """Somebody of another account, or of a provider, whom a trust policy lets in.

    told: a noun phrase.  anybody: whether nothing of the company's tells who that is.  organisations: of which the
    caller's account must be, () for any.  unproven: why it is not certain, "" where it is.
    """

    door: Door
    told: str
    anybody: bool = False
    organisations: tuple[str, ...] = ()
    unproven: str = ""


def strangers(document: PolicyDocument, account_id: str, own_ids: Collection[str] = ()) -> Iterator[Stranger]:
    """Everybody from outside whom a trust policy lets in. account_id: the role's.  own_ids: unique ids (AIDA…, AROA…)
    of the account's users and roles."""
    for statement in document.statements:
        if statement.effect != "Allow":
            continue
        action = next((name for name in ASSUME if opens(statement, name)), "")
        if not action:
            continue
        found = doors(changed(document, statements=(statement,)))
        if statement.not_principals:
            found = (Door(statement, _ANYBODY, ANYONE, "*", action),)
        for door in found:
            yield from _behind(door, document, account_id, own_ids)


def _behind(door: Door, document: PolicyDocument, account_id: str, own_ids: Collection[str]) -> Iterator[Stranger]:
    if door.principal.kind == "Federated":
        yield from _of_provider(door, document, account_id)
        return
    owner, known = door.account_id, door.value.partition(":")[0] in own_ids
    if door.kind == SERVICE or owner == account_id or known:
        return
    made = Stranger(door, _told(door), not owner and door.kind != UNIQUE_ID, _organisations(door, document))
    if door.action != ASSUME[0] or (door.kind == UNIQUE_ID and not door.pin):
        yield made
    elif owner:
        if _enters(door, document):
            yield made
    else:
        proof = never(_only(door.statement, document), _asked(account_id, own_ids), "trust")
        if proof.verdict != PROVEN:
            yield changed(made, unproven=proof.reason or proof.because if proof.verdict == UNDETERMINED else "")


def _enters(door: Door, document: PolicyDocument) -> bool:
    """Whether somebody of the account that a door names gets in, or may: the rest of the request may be anything."""
    value = door.principal.value
    root = f"arn:{value.split(':')[1] if value.startswith('arn:') else 'aws'}:iam::{door.account_id}:root"
    named = value if value.startswith("arn:") and classify(value) != ACCOUNT else root
    request = Request(named, door.action, "arn:aws:iam::000000000000:role/asked", _WHOEVER, False)
    try:
        return admission(_only(door.statement, document), [request], explain=False).answer != OUT
    except RequestError:
        return True  # no form of caller that is known: nothing keeps it out for certain


def _organisations(door: Door, document: PolicyDocument) -> tuple[str, ...]:
    """The organisations of which the caller's account must be; () where it may be of any."""
    for key in (ORGANISATION, ORGANISATION_PATHS):  # a path begins with the organisation
        found = tuple(dict.fromkeys(text.partition("/")[0] for text in demanded(door, document, key) or ()))
        if found and not any(has_wildcard(text) or not text for text in found):
            return found
    return ()


def _only(statement: Statement, document: PolicyDocument) -> PolicyDocument:
    """The document with no other Allow."""
    return changed(document, statements=tuple(item for item in document.statements
                                              if item is statement or item.effect == "Deny"))  # fmt: skip


def _asked(account_id: str, own_ids: Collection[str]) -> Statement:
    """What nobody should be able to do: to enter from anywhere but the account."""
    elsewhere = Condition("StringNotEquals", "aws:PrincipalAccount", (account_id,))
    ours = tuple(f"{one}*" for one in sorted(own_ids))
    more = (Condition("StringNotLike", "aws:userid", ours),) if ours else ()
    return Statement(
        0, "Allow", principals=(_ANYBODY,), actions=ASSUME[:1], conditions=(elsewhere, _WITH_ACCOUNT, *more)
    )  # fmt: skip


def _told(door: Door) -> str:
    if door.kind == UNIQUE_ID:
        return f"{door.value}, a principal that is gone"
    if door.kind == ACCOUNT:
        return f"anybody of account {door.account_id}"
    if door.kind == ANYONE or door.account_id:
        return door.who
    name = f"a user {door.value.rpartition('/')[2]}" if door.kind == USER and ":::" in door.value else door.value
    return f"{name} of any account"


def _of_provider(door: Door, document: PolicyDocument, account_id: str) -> Iterator[Stranger]:
    owner = account_of(door.value)
    if owner and owner != account_id:
        yield Stranger(door, f"whomever {door.value} of account {owner} signs in")
        return
    gap = provider_gap(door, document, account_id)
    if gap is not None:
        yield Stranger(door, gap.told, gap.kind == SHARED)
