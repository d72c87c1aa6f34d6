"""Whom of other accounts, and of identity providers, trust policies let in, against what guardrails.toml expects."""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.model.capture.findings import EXTERNAL
from iam_guardrails.model.iam.document import PolicyDocument
from iam_guardrails.model.iam.match import has_wildcard
from iam_guardrails.model.iam.principals import Estate, Principal
from iam_guardrails.model.iam.strangers import Stranger, strangers
from iam_guardrails.model.iam.trust import account_of, demanded
from iam_guardrails.model.review.basis import Basis, listed
from iam_guardrails.model.review.declaration import Declared
from iam_guardrails.model.review.manifest import named_by
from iam_guardrails.model.review.review import Item, fingerprint, item_id
from iam_guardrails.model.value import frozen
from iam_guardrails.rules.review.power import power_of

BOX = "assume-role"
_EXTERNAL_ID = "sts:externalid"


@frozen
class Trusting:
    """A role whose trust policy lets in somebody from outside."""

    role: Principal
    document: PolicyDocument
    found: tuple[Stranger, ...]


def let_in(basis: Basis, estate: Estate, missing: list[str]) -> Iterator[Trusting]:
    """The roles that let in somebody from outside; what is not judged goes to `missing`."""
    unread = []
    ids = [item.unique_id for item in estate.principals if item.unique_id]
    for role in estate.roles:
        document = estate.trust_document(role)
        if not isinstance(document, PolicyDocument):
            unread.append(role.name)
            continue
        found = tuple(strangers(document, basis.capture.account_id, _named(ids, document)))
        missing += [f"whether {role.name} lets in {one.told}: {one.unproven}" for one in found if one.unproven]
        if certain := tuple(one for one in found if not one.unproven):
            yield Trusting(role, document, certain)
    if unread:
        missing.append(f"whom {len(unread)} roles let in ({listed(unread)}): their trust policies were not read")


def _named(ids: list[str], document: PolicyDocument) -> list[str]:
    """The unique ids of the account that the policy speaks of: few trust policies speak of any."""
    texts = [item.value for each in document.statements for item in each.principals]
    texts += [text for each in document.statements for item in each.conditions for text in item.values]
    heads = {text.partition(":")[0] for text in texts if text.startswith("A")}
    return [one for one in ids if one in heads] if heads else []


def expected(basis: Basis, role: str, principal: str) -> bool:
    """Whether guardrails.toml says that the principal (ARN, service, account, organisation) assumes the role.

    role: its name, or the ARN of one of another account, which only a line with an ARN can mean: there a name is
    anybody's to choose.
    """
    known = basis.expected
    elsewhere = role.startswith("arn:")
    if not elsewhere and role in known.role_names and principal in known.people:
        return True
    if not elsewhere and any(
        named_by((line.name,), role) and named_by(line.trusted, principal) for line in known.middleware
    ):
        return True
    texts = {principal, account_in(principal)} - {""}
    lines = (item for item in known.assumers if not elsewhere or item.role.startswith("arn:"))
    return any(named_by((item.role,), role) and any(named_by((item.principal,), text) for text in texts)
               for item in lines)  # fmt: skip


def account_in(principal: str) -> str:
    """The account id of an ARN, of an account, or of a caller of another account ("ID PRINCIPAL-ID")."""
    return account_of(principal.partition(" ")[0])


def undeclared(basis: Basis, one: Trusting, each: Stranger) -> str:
    """Why guardrails.toml does not cover somebody from outside, a clause; "" where it does.

    What lets in anybody is covered by the organisation that it asks for, and by nothing else: nobody can say who that
    is. A line with an external id covers nobody whom the trust policy does not ask for it.
    """
    name = one.role.name
    if each.organisations and all(expected(basis, name, text) for text in each.organisations):
        return ""
    if each.anybody:
        return "nobody can declare who that is"
    if each.door.principal.kind == "Federated" and account_of(each.door.value) == basis.capture.account_id:
        return "a declared provider must still be asked for what is yours"
    if not expected(basis, name, each.door.value):
        return "guardrails.toml does not expect it"
    return _without_id(basis, one, each)


def _without_id(basis: Basis, one: Trusting, each: Stranger) -> str:
    """Why the external id that was declared is not asked for, "" where it is or none was."""
    texts = {each.door.value, each.door.account_id} - {""}
    wanted = {item.external_id for item in basis.expected.assumers
              if item.external_id and named_by((item.role,), one.role.name)
              and any(named_by((item.principal,), text) for text in texts)}  # fmt: skip
    if not wanted:
        return ""
    asked = demanded(each.door, one.document, _EXTERNAL_ID)
    if asked is None:
        return "guardrails.toml declares it with an external id, which the trust policy no longer asks for"
    if any(has_wildcard(text) for text in asked) or not set(asked) <= wanted:
        return "guardrails.toml declares it with an external id, and the trust policy asks for another one"
    return ""


def rows(basis: Basis, one: Trusting) -> Iterator[tuple[str, ...]]:
    """A row of the table for each one whom a role lets in."""
    for each in one.found:
        under = ", ".join(item.key for item in each.door.statement.conditions) or "nothing"
        yield one.role.name, _shown(each), each.door.action, under, "no" if undeclared(basis, one, each) else "yes"


def _shown(each: Stranger) -> str:
    return each.told + (f" of the organisation {' or '.join(each.organisations)}" if each.organisations else "")


def declared(basis: Basis, one: Trusting) -> Iterator[Declared]:
    """Those whom guardrails.toml covers, each bound to the role's trust policy and to what it may."""
    for each in one.found:
        if not undeclared(basis, one, each):
            meaning = fingerprint([_shown(each), power_of(basis, one.role.arn)])
            what = f"how {one.role.name} lets in {_shown(each)}, or what that role may,"
            remedy = "put the conditions and policies back, or say that it is right as it is now (keep)"
            yield Declared(item_id(BOX, f"{one.role.arn} {_shown(each)}", "declared"), one.role.arn, what, meaning,
                           remedy)  # fmt: skip


def item(basis: Basis, one: Trusting) -> Item | None:
    """An item for a role that lets in somebody whom nobody declared, or not like that."""
    beyond = [(each, why) for each in one.found if (why := undeclared(basis, one, each))]
    if not beyond:
        return None
    who = sorted({_shown(each) for each, _ in beyond})
    reasons = [f"{each.door.statement.label} lets in {_shown(each)}{_under(each)}: {why}" for each, why in beyond[:8]]
    ids = [found.id for found in basis.capture.findings
           if found.kind == EXTERNAL and found.status == "ACTIVE" and found.resource == one.role.arn]  # fmt: skip
    reasons += [f"IAM Access Analyzer says so too (finding {listed(ids, 2)})"] if ids else []
    conditions = [sorted((each.operator, each.key, each.values) for each in door.statement.conditions)
                  for door in (each.door for each, _ in beyond)]  # fmt: skip
    severity = "high" if any(each.anybody for each, _ in beyond) else "medium"
    meaning = fingerprint([who, conditions, power_of(basis, one.role.arn)])
    return Item(item_id(BOX, one.role.arn, "trust"), BOX, one.role.arn, f"{one.role.name} lets in {listed(who, 4)}",
                severity, meaning, tuple(reasons), (), _remedy(beyond))  # fmt: skip


def _under(each: Stranger) -> str:
    keys = ", ".join(item.key for item in each.door.statement.conditions)
    return f" under {keys}" if keys else ", without a condition"


def _remedy(beyond: list[tuple[Stranger, str]]) -> str:
    if any(each.door.principal.kind == "Federated" for each, _ in beyond):
        return ("ask for the audience and subject that are yours in a condition of the trust policy, or take the "
                "provider out of it")  # fmt: skip
    if any(each.anybody for each, _ in beyond):
        return ("name the principals, or ask for aws:PrincipalAccount or aws:PrincipalOrgID in a condition (an "
                "organisation is declared as [[assumer]] principal)")  # fmt: skip
    if any("external id" in why for _, why in beyond):
        return "ask for sts:ExternalId in the trust policy again, or correct [[assumer]] external_id"
    return "take it out of the trust policy, or declare it: [[assumer]] role, principal, reason"
