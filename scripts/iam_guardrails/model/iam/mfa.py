"""Who gets through a trust policy's door with MFA, without MFA, and with credentials that cannot say.

Both keys are evaluated for each state a caller can be in, so every shape (Allow, Deny, IfExists, Null, age)
is judged by what it does. Source: AWS IAM User Guide, reference_policies_condition-keys
(aws:MultiFactorAuthPresent, aws:MultiFactorAuthAge) and id_credentials_mfa_configure-api-require.
"""

from __future__ import annotations

from collections.abc import Iterable

from iam_guardrails.model.iam.document import Condition, PolicyDocument, Statement
from iam_guardrails.model.iam.match import covers
from iam_guardrails.model.iam.operators import holds, read_operator
from iam_guardrails.model.iam.trust import ACCOUNT, USER, Door, opens, reaches

PRESENT = "aws:multifactorauthpresent"
AGE = "aws:multifactorauthage"
KEYS = (PRESENT, AGE)

# state: (aws:MultiFactorAuthPresent, aws:MultiFactorAuthAge); None is an absent key
WITH_MFA: tuple[str | None, str | None] = ("true", "1")
TEMPORARY_WITHOUT_MFA: tuple[str | None, str | None] = ("false", None)
NO_KEY: tuple[str | None, str | None] = (None, None)  # access keys, federated and Identity Center sessions
State = tuple[str | None, str | None]


def on_mfa(statement: Statement) -> tuple[Condition, ...]:
    """The statement's conditions on one of the two MFA keys."""
    return tuple(item for item in statement.conditions if item.key.lower() in KEYS)


def admitted(door: Door, document: PolicyDocument, state: State) -> bool | None:
    """Whether the door lets a caller in that state in, its other conditions being met.

    None where it hangs on what this module does not weigh: an operator AWS does not know, or a Deny that
    holds only under further conditions.
    """
    allowed = _all(_holds(item, state) for item in on_mfa(door.statement))
    if allowed is False:
        return False
    denials = [_denies(item, door, state) for item in document.statements if item.effect == "Deny"]
    if True in denials:
        return False
    return None if allowed is None or None in denials else True


def requires_mfa(door: Door, document: PolicyDocument) -> bool | None:
    """Whether nobody gets through the door without MFA; None where that cannot be read."""
    answers = (admitted(door, document, NO_KEY), admitted(door, document, TEMPORARY_WITHOUT_MFA))
    if True in answers:
        return False
    return None if None in answers else True


def locked(door: Door, document: PolicyDocument) -> bool:
    """Whether the MFA conditions certainly keep everybody out of the door whom its principal stands for."""
    states = (WITH_MFA,) if door.can_carry_mfa else (NO_KEY,)
    return all(admitted(door, document, state) is False for state in states) and _mfa_matters(door, document)


def age_limit(door: Door, document: PolicyDocument) -> float | None:
    """The most seconds that may have passed since MFA; None where nothing limits it."""
    found = [_upper(item, {"NumericLessThan", "NumericLessThanEquals"}) for item in on_mfa(door.statement)]
    for statement in document.statements:
        alone = statement.effect == "Deny" and len(statement.conditions) == 1
        if alone and opens(statement, door.action) and reaches(statement, door):
            item = statement.conditions[0]
            found.append(_upper(item, {"NumericGreaterThan", "NumericGreaterThanEquals"}))
    limits = [limit for limit in found if limit is not None]
    return min(limits) if limits else None


def _upper(item: Condition, bases: set[str]) -> float | None:
    operator = read_operator(item.operator)
    if operator is None or operator.base not in bases or item.key.lower() != AGE or operator.quantifier:
        return None
    try:
        numbers = [float(text) for text in item.values]
    except ValueError:
        return None
    deny = operator.base.startswith("NumericGreater")
    return (min(numbers) if deny else max(numbers)) if numbers else None


def _holds(item: Condition, state: State) -> bool | None:
    return holds(item, state[KEYS.index(item.key.lower())])


def _mfa_matters(door: Door, document: PolicyDocument) -> bool:
    denials = (item for item in document.statements if item.effect == "Deny" and reaches(item, door) is not False)
    return bool(on_mfa(door.statement)) or any(on_mfa(item) for item in denials)


def _denies(statement: Statement, door: Door, state: State) -> bool | None:
    about = reaches(statement, door)
    if about is False or not opens(statement, door.action):
        return False
    answers: list[bool | None] = [about]
    for item in statement.conditions:
        answers.append(_holds(item, state) if item.key.lower() in KEYS else _certain(item, door))
    return _all(answers)


def _certain(item: Condition, door: Door) -> bool | None:
    """Whether a Deny's further condition holds for everybody behind the door; None where it may not."""
    operator = read_operator(item.operator)
    key = item.key.lower()
    if operator is None or operator.quantifier:
        return None
    if key == "aws:principalarn" and door.value.startswith("arn:") and door.kind != ACCOUNT:
        if operator.expands and not operator.negated:
            return True if any(covers(text, door.value) for text in item.values) else None
        return holds(item, door.value) if door.kind == USER else None
    if key == "aws:principalaccount" and door.account_id:
        return holds(item, door.account_id)
    return None


def _all(answers: Iterable[bool | None]) -> bool | None:
    listed = list(answers)
    if False in listed:
        return False
    return None if None in listed else True
