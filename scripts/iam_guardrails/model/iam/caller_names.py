"""Users and roles that fit what a trust policy says of its callers' names: somebody for each pattern that it lists.

A pattern of `aws:PrincipalArn` need not look like an ARN (`*:role/ops`), may leave the account open, and may want what
another condition wants as well. So each is met with the forms that callers have: nobody else has such an ARN. Source:
AWS IAM User Guide, reference_policies_condition-keys (aws:PrincipalArn, aws:username) and reference_identifiers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations

from iam_guardrails.model.iam.caller import ROLE, SESSION, USER, RequestError, read_caller
from iam_guardrails.model.iam.common import common
from iam_guardrails.model.iam.document import Condition, PolicyDocument, Statement
from iam_guardrails.model.iam.match import has_wildcard
from iam_guardrails.model.iam.operators import TEXT_BASES, read_operator
from iam_guardrails.model.iam.trust import account_of
from iam_guardrails.model.iam.variables import NEWER

_MOST = 8  # patterns of one policy that are met with each other
_ACCOUNT = re.compile(r"\$\{aws:PrincipalAccount[^}]*\}", re.IGNORECASE)
_VARIABLE = re.compile(r"\$\{[^}]*\}")
_SIGN = "x"  # what stands for a wildcard, and before a name that ends as a known one does


def callers_named(
    document: PolicyDocument, partition: str, accounts: Sequence[str], known: Callable[[str], bool]
) -> tuple[str, ...]:
    """The ARNs of users and roles, one or more for each way in which the policy speaks of them, but for `known` ones.

    A name that the policy spells out stands for itself. For a pattern there is a caller of each form and each of the
    accounts that fits it (another one, where that is a known one), and one that fits another pattern as well.
    """
    listed = dict.fromkeys(text for item in document.statements for text in _texts(item, document.version))
    patterns = [text for text in listed if has_wildcard(text) or "${" in text]
    found = dict.fromkeys(text for text in listed if text not in patterns and not known(text))
    pairs = combinations(patterns[:_MOST], 2)
    for together in (*((text,) for text in patterns), *pairs):
        for account in accounts:
            found |= dict.fromkeys(_fitting(together, partition, account, known))
    return tuple(text for text in found if _is_caller(text))


def _texts(statement: Statement, version: str) -> Iterator[str]:
    """What a statement says of its callers' ARNs, as globs."""
    yield from (item.value for item in statement.principals if item.kind == "AWS" and item.value.startswith("arn:"))
    for condition in statement.conditions:
        yield from _listed(condition, "aws:principalarn", version)
        for name in _listed(condition, "aws:username", version):
            yield from (f"arn:*:iam::*:user/{name}", f"arn:*:iam::*:user/*/{name}")


def _listed(condition: Condition, key: str, version: str) -> Iterator[str]:
    """The globs that a condition on the key lists, whether it wants them or spares them."""
    operator = read_operator(condition.operator)
    base = operator.base.replace("Not", "") if operator else ""
    if condition.key.lower() != key or base not in TEXT_BASES:
        return
    for text in condition.values:
        if "${" not in text or version == NEWER:  # else it is a text that no name holds
            yield text.lower() if base == "StringEqualsIgnoreCase" else text


def _fitting(together: Sequence[str], partition: str, account: str, known: Callable[[str], bool]) -> Iterator[str]:
    globs = [_VARIABLE.sub("*", _ACCOUNT.sub(account, text)) for text in together]
    longer = [text.replace("*", "?*") for text in globs]  # a path has a name between its slashes
    for kind in ("user", "role"):
        home = f"arn:{partition}:iam::{account}:{kind}/"
        tries = [(f"{home}?*", *longer), (f"{home}?*", *globs), (f"{home}{_SIGN}*", *globs)]
        found = (made for one in tries if (made := common(*one)) is not None and _is_caller(made) and not known(made))
        yield from list(found)[:1]


def _is_caller(text: str) -> bool:
    name = text.split(":", 5)[-1]
    if ":" in name or "//" in name:  # a path may hold colons, but nobody's does (reference_identifiers)
        return False
    try:
        return read_caller(text).kind in (USER, ROLE, SESSION)
    except RequestError:
        return False


def account_like(text: str) -> str:
    """An account that an id, an ARN or a pattern of either speaks of; "" where it may be any, or is none."""
    parts = text.split(":", 5)
    told = parts[4] if len(parts) == 6 else text
    if not has_wildcard(told):
        return account_of(told)
    made = common("?" * 12, told) if told.strip("*?") else None
    return account_of(made.replace(_SIGN, "0")) if made else ""
