"""Whom the end of a session would hit too: the one policy that ends sessions is of a role, and denies everything to all
that were issued before a moment.

Sources: AWS IAM User Guide, id_roles_use_revoke-sessions (all users with the role, and whatever runs with it, until it
gets new credentials) and id_roles_create-service-linked-role (only the linked service changes such a role); AWS IAM
Identity Center User Guide, referencingpermissionsets (its roles are changed by it alone).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from iam_guardrails.model.account import Account
from iam_guardrails.model.iam.document import PolicyDocument
from iam_guardrails.model.incident.effects.sessions import SESSION
from iam_guardrails.model.incident.examined import OPEN, Item
from iam_guardrails.model.incident.incident import Incident
from iam_guardrails.model.incident.lending import Subject
from iam_guardrails.model.incident.step import ENTERED, Entered
from iam_guardrails.model.incident.window import begins
from iam_guardrails.model.trail.principal import role_name, subject_of
from iam_guardrails.model.trail.questions.records import Record
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import changed

_OF_AWS = (":role/aws-service-role/", ":role/aws-reserved/")
MOST_NAMED = 3


def with_bystanders(
    items: Iterable[Item], incident: Incident, mine: Sequence[Record], others: Sequence[Record],
    accounts: Sequence[Account | Unknown],
) -> list[Item]:  # fmt: skip
    """The items, each open session of another role than those of break-glass with whom its end would hit too. Where a
    service, or somebody with a provider's token, may hold that role, or others called with it, no command is given.

    mine, others: records of the use, and of what others changed.  accounts: as far as they tell of trusts, the best
    first.
    """
    own = {role_name(item.role_arn) for item in incident.contents(ENTERED, Entered)}
    own |= {role_name(record.text("requestParameters", "roleArn")) for record in mine if begins(record, incident)}
    return [_with_bystanders(item, own, others, accounts) for item in items]


def _with_bystanders(
    item: Item, own: set[Subject], others: Sequence[Record], accounts: Sequence[Account | Unknown]
) -> Item:  # fmt: skip
    names = dict(item.names)
    if item.kind != SESSION.name or item.verdict != OPEN or "RoleName" not in names:
        return item
    who, ends = (names["AccountId"], names["RoleName"]), f"it ends by itself, {names['ExpiresAt']}"
    if any(path in names["RoleArn"] for path in _OF_AWS):
        return changed(item, command="", why=f"{item.why}; AWS alone changes that role, and no command ends it: {ends}")
    if who in own:
        return item
    trust = _trust(who, accounts)
    held = [*_holders(trust), *_callers(who, others)]
    if not held:
        unknown = ", and no capture tells what else runs with it" if trust is None else ""
        return changed(item, why=f"{item.why}; the command ends every older session of that role{unknown}")
    named = ", ".join(dict.fromkeys(held[:MOST_NAMED])) + (" and others" if len(held) > MOST_NAMED else "")
    why = (
        f"{item.why}; {ends}: wait for that where you can. What {named} does with that role would be refused too, until"
        f" it has new credentials, so that this is no line to paste: {item.command}"
    )
    return changed(item, command="", why=why)


def _trust(who: Subject, accounts: Iterable[Account | Unknown]) -> PolicyDocument | None:
    """The trust policy of a role; None where nobody knows it."""
    found = (role.trust for account in accounts if not isinstance(account, Unknown) and account.account_id == who[0]
             for role in account.roles if role.name == who[1])  # fmt: skip
    return next((trust for trust in found if isinstance(trust, PolicyDocument)), None)


def _holders(trust: PolicyDocument | None) -> Iterator[str]:
    """The services and the providers of tokens that may hold a role."""
    for item in trust.statements if trust else ():
        if item.effect == "Allow":
            yield from (one.value for one in item.principals if one.kind in ("Service", "Federated"))


def _callers(who: Subject, others: Iterable[Record]) -> Iterator[str]:
    return (f"the session {record.session}" for record in others if subject_of(record.principal) == who)
