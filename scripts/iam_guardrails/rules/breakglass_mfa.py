"""The trust policy demands MFA where it can be proved, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.model.account import Account, Role
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.iam import mfa
from iam_guardrails.model.iam.document import Condition, PolicyDocument, Statement
from iam_guardrails.model.iam.operators import read_operator
from iam_guardrails.model.iam.trust import ROLE, Door, doors
from iam_guardrails.rules.breakglass_proofs import without_mfa
from iam_guardrails.rules.breakglass_subjects import by_statement, trust_of, trust_rule

SEED = "3 Session controls"
MAX_AGE_SECONDS = 3600
_KEYS_PAGE = "AWS IAM User Guide: reference_policies_condition-keys (aws:MultiFactorAuthPresent)"
_API_PAGE = "AWS IAM User Guide: id_credentials_mfa_configure-api-require"
_BOOL = 'Put Bool {"aws:MultiFactorAuthPresent": "true"} into the Allow statement that lets IAM users in.'


def _open(document: PolicyDocument) -> list[Door]:
    """The doors that people who could prove MFA can certainly use without it."""
    return [door for door in doors(document) if door.can_carry_mfa and mfa.requires_mfa(door, document) is False]


@trust_rule(
    id="breakglass-mfa-required", severity="critical", seed=SEED, remedy=_BOOL, reference=_API_PAGE,
    title="Nobody assumes the break-glass role as an IAM user without MFA",
)  # fmt: skip
def mfa_required(role: Role, _account: Account, _expected: Expected) -> Iterator[str]:
    """Every door for IAM users is shut to callers without MFA: read door by door, then proven over all requests."""
    document = trust_of(role)
    found = _open(document)
    for label, people in by_statement(found):
        yield f"{label} of the trust policy lets {people} in without MFA"
    if not found:
        yield from without_mfa(document)


@trust_rule(
    id="breakglass-mfa-if-exists", severity="high", seed=SEED, reference=_KEYS_PAGE,
    title="No Allow statement tests MFA with an IfExists operator",
    remedy="Drop IfExists in the Allow: use Bool. (BoolIfExists belongs into a Deny, with the value false.)",
)  # fmt: skip
def mfa_if_exists(role: Role, _account: Account, _expected: Expected) -> Iterator[str]:
    """`BoolIfExists true` in an Allow is true for access keys, which carry no MFA key at all."""
    open_statements = {door.statement for door in _open(trust_of(role))}
    for statement in sorted(open_statements, key=lambda item: item.index):
        for item in mfa.on_mfa(statement):
            operator = read_operator(item.operator)
            if operator is not None and operator.if_exists:
                yield (
                    f"{statement.label} of the trust policy tests {item.key} with {item.operator}, "
                    "which is also true "
                    "where the key is absent: long-lived access keys get in without MFA"
                )


@trust_rule(
    id="breakglass-mfa-deny-unreliable", severity="high", seed=SEED, reference=_KEYS_PAGE,
    title="No Deny statement that is meant to demand MFA misses callers without the key",
    remedy='Write the Deny with BoolIfExists {"aws:MultiFactorAuthPresent": "false"}, or demand MFA in '
    'the Allow.',
)  # fmt: skip
def mfa_deny_unreliable(role: Role, _account: Account, _expected: Expected) -> Iterator[str]:
    """A Deny with `Bool false` does not hold for access keys, which carry no MFA key."""
    document = trust_of(role)
    if not _open(document):
        return
    for statement in document.statements:
        for item in mfa.on_mfa(statement) if statement.effect == "Deny" else ():
            if _misses_someone(item):
                yield (
                    f"{statement.label} of the trust policy denies with {item.operator} {item.key} "
                    f"{'/'.join(item.values)}, which does not hold for every caller without MFA, and "
                    "nothing else "
                    "demands it"
                )


def _misses_someone(item: Condition) -> bool:
    operator = read_operator(item.operator)
    if operator is None or item.key.lower() != mfa.PRESENT:
        return False
    plain = operator.base == "Bool" and not operator.if_exists and "false" in map(str.lower, item.values)
    return plain or (operator.base == "Null" and "true" in item.values) or operator.quantifier == "ForAnyValue"


@trust_rule(
    id="breakglass-mfa-operator", severity="high", seed=SEED, reference=_KEYS_PAGE,
    title="Conditions on the MFA keys use the operator of their type",
    remedy="Use Bool for aws:MultiFactorAuthPresent and NumericLessThan for aws:MultiFactorAuthAge.",
)  # fmt: skip
def mfa_operator(role: Role, _account: Account, _expected: Expected) -> Iterator[str]:
    """Wrong types, misspelt operators and keys, set quantifiers and presence tests prove nothing."""
    for statement in trust_of(role).statements:
        for item in statement.conditions:
            problem = _operator_problem(item, statement)
            if problem:
                yield f"{statement.label} of the trust policy: {item.operator} {item.key} {problem}"


def _operator_problem(item: Condition, statement: Statement) -> str:
    key = item.key.lower()
    if key not in mfa.KEYS:
        looks = key.startswith("aws:") and "tag/" not in key and ("mfa" in key or "multifactor" in key)
        return "is not a key AWS sets: it is absent from every request" if looks else ""
    operator = read_operator(item.operator)
    if operator is None:
        return "is no operator AWS knows: the policy would be refused"
    if operator.quantifier:
        tail = ": it is true where the key is absent" if operator.quantifier == "ForAllValues" else ""
        return f"puts a set quantifier before a key of one value{tail}"
    if operator.base == "Null":
        alone = key == mfa.PRESENT and len(mfa.on_mfa(statement)) == 1
        return "tests only whether the key is there, not whether MFA was used" if alone else ""
    if key == mfa.PRESENT:
        return _bool_problem(operator.base, item.values)
    return "" if operator.base.startswith("Numeric") else "compares a number as something else: use NumericLessThan"


def _bool_problem(base: str, values: tuple[str, ...]) -> str:
    if base != "Bool":
        return "compares a true-or-false key as something else: use Bool"
    odd = [value for value in values if value.lower() not in ("true", "false")]
    return f'has the value "{odd[0]}", which is neither true nor false' if odd else ""


@trust_rule(
    id="breakglass-mfa-age-limited", severity="medium", seed=SEED, reference=_API_PAGE,
    title="The MFA behind a break-glass entry is at most an hour old",
    remedy='Add NumericLessThan {"aws:MultiFactorAuthAge": "3600"} beside the MFA condition.',
)  # fmt: skip
def mfa_age_limited(role: Role, _account: Account, _expected: Expected) -> Iterator[str]:
    """Each door that demands MFA limits its age as well."""
    document = trust_of(role)
    proved = [door for door in doors(document) if door.can_carry_mfa and mfa.requires_mfa(door, document)]
    limits = [(door, mfa.age_limit(door, document)) for door in proved]
    for label, people in by_statement(door for door, limit in limits if limit is None):
        yield f"{label} of the trust policy accepts MFA of any age from {people}"
    for door, limit in limits:
        if limit is not None and limit > MAX_AGE_SECONDS:
            yield (
                f"{door.statement.label} of the trust policy accepts MFA up to {limit:.0f} seconds old from {door.who}"
            )


@trust_rule(
    id="breakglass-mfa-lockout", severity="critical", seed=SEED, reference=_API_PAGE,
    title="No lane is shut by an MFA condition that its callers can never meet",
    remedy="Take the MFA condition off this lane and demand MFA in Identity Center or the identity "
    "provider; give "
    "IAM users a statement of their own.",
)  # fmt: skip
def mfa_lockout(role: Role, _account: Account, _expected: Expected) -> Iterator[str]:
    """Identity Center, federated and role sessions carry no MFA key: a condition on it keeps them all out."""
    document = trust_of(role)
    shut = [door for door in doors(document) if mfa.locked(door, document)]
    for label, people in by_statement(door for door in shut if not door.can_carry_mfa):
        yield (
            f"{label} of the trust policy admits {people} only with MFA, but such sessions never carry "
            "the MFA keys: "
            "nobody can enter this way"
        )
    for label, people in by_statement(door for door in shut if door.can_carry_mfa):
        yield f"{label} of the trust policy keeps {people} out even with MFA: nobody can enter this way"


@trust_rule(
    id="breakglass-hub-role-mfa", severity="high", seed=SEED, reference=_API_PAGE,
    title="No ordinary role is trusted, because chained credentials cannot prove MFA",
    remedy="Trust the people (IAM users with MFA, or an Identity Center permission set) instead of a "
    "role between.",
)  # fmt: skip
def hub_role_mfa(role: Role, _account: Account, _expected: Expected) -> Iterator[str]:
    """Whoever holds the other role's session enters, and that session carries no MFA."""
    document = trust_of(role)
    hubs = [door for door in doors(document) if door.kind == ROLE and not mfa.locked(door, document)]
    for label, people in by_statement(hubs):
        yield (
            f"{label} of the trust policy trusts {people}: credentials of a role carry no MFA that could be demanded"
        )


RULES = (
    mfa_required, mfa_if_exists, mfa_deny_unreliable, mfa_operator, mfa_age_limited, mfa_lockout,
    hub_role_mfa,
)  # fmt: skip
