"""What the break-glass rules look at, and the words they share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from iam_guardrails.model.account import Account, NamedPolicy, Role, User
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.iam.document import PolicyDocument
from iam_guardrails.model.iam.trust import USER, Door, account_of, classify, doors, same_principal
from iam_guardrails.model.unknown import NotKnown, Unknown, known
from iam_guardrails.model.value import frozen
from iam_guardrails.rules.engine import Absence, Judge, Rule, rule

NOTHING = Absence(
    "no break-glass role that guardrails.toml names (breakglass.role_names) was found", ("breakglass-role-exists",)
)


@frozen
class Owner:
    """A person who may enter as an IAM user: named in guardrails.toml or by a trust policy."""

    address: str
    arn: str
    user: User | None


def breakglass_roles(account: Account, expected: Expected) -> tuple[Role, ...]:
    """The roles that guardrails.toml names, as far as the account holds them."""
    return tuple(role for role in account.roles if role.name in expected.role_names)


def trust_rule(
    *,
    id: str,
    title: str,
    severity: str,
    remedy: str,
    reference: str,
    seed: str = "3 Trust policy",
) -> Callable[[Judge[Role]], Rule]:
    """`rule` for a judgement of each break-glass role's own attributes and trust policy."""
    return rule(
        id=id, title=title, severity=severity, seed=seed, remedy=remedy, reference=reference,
        select=breakglass_roles, needs=("roles",), nothing=NOTHING,
    )  # fmt: skip


def trust_of(role: Role) -> PolicyDocument:
    """The role's trust policy, or NotKnown."""
    return known(role.trust, "the trust policy")


def doors_of(role: Role) -> tuple[Door, ...]:
    """Every way into the role, or NotKnown."""
    return doors(trust_of(role))


def by_statement(found: Iterable[Door]) -> Iterator[tuple[str, str]]:
    """Group doors: each statement's label with who gets in through it, as one phrase."""
    grouped: dict[str, list[str]] = {}
    for door in found:
        grouped.setdefault(door.statement.label, []).append(door.who)
    for label, people in grouped.items():
        yield label, ", ".join(dict.fromkeys(people))


def policies_of(role: Role, account: Account) -> Iterator[NamedPolicy]:
    """The role's inline and attached policies; a document that was not read is Unknown."""
    yield from role.inline_policies
    by_arn = {policy.arn: policy for policy in account.managed_policies}
    for arn in role.attached_policy_arns:
        if isinstance(arn, Unknown):
            yield NamedPolicy("an attached policy", Unknown(arn.reason, arn.references))
            continue
        found = by_arn.get(arn)
        unread = Unknown(f"the {account.origin} does not hold its document")
        name = arn.rpartition("/")[2]
        yield NamedPolicy(name, found.document if found else unread, found.address if found else "", arn)


def owners(account: Account, expected: Expected) -> Iterator[Owner]:
    """Everybody who may enter as an IAM user, of whichever account, each once."""
    arns = [arn for arn in expected.people if classify(arn) == USER]
    for role in breakglass_roles(account, expected):
        if not isinstance(role.trust, Unknown):
            arns += [door.value for door in doors(role.trust) if door.kind == USER]
    seen: list[str] = []
    for arn in arns:
        if not any(same_principal(arn, other) for other in seen):
            seen.append(arn)
            user = next((item for item in account.users if same_principal(item.arn, arn)), None)
            yield Owner(user.address if user else arn, arn, user)


def own_user(owner: Owner, account: Account) -> User | None:
    """The owner's user; NotKnown for a user of another account, which this reader cannot see."""
    if account_of(owner.arn) != account.account_id:
        raise NotKnown(f"the user belongs to account {account_of(owner.arn)}, which was not read")
    return owner.user


def arn_of(role: Role, account: Account, expected: Expected) -> str:
    """The role's ARN, also before AWS has issued it."""
    if role.arn.startswith("arn:"):
        return role.arn
    return f"arn:{expected.partition}:iam::{account.account_id}:role{role.path}{role.name}"
