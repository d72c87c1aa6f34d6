"""What an identity policy or a boundary grants and denies, read statement by statement.

Source: AWS IAM User Guide, reference_policies_evaluation-logic_policy-eval-denyallow (a Deny anywhere wins,
and what a boundary does not allow is denied) and reference_policies_elements_notaction.
"""

from __future__ import annotations

from collections.abc import Sequence

from iam_guardrails.model.iam.document import PolicyDocument, Statement
from iam_guardrails.model.iam.match import any_match, resource_match
from iam_guardrails.model.iam.operators import holds, read_operator
from iam_guardrails.model.iam.trust import opens

_ALL = ("*", "*:*")
_NAMES_THE_TARGET = ("kms:resourcealiases", "aws:resourceaccount", "aws:resourcetag/")


def on_everything(statement: Statement) -> bool:
    """Whether the statement covers every resource: `*`, an ARN of stars, or NotResource."""
    stars = (text for text in statement.resources if set(text) <= set("*:") or text == "arn:*")
    return bool(statement.not_resources) or any(stars)


def grants_everything(statement: Statement) -> bool:
    """Whether the statement allows every action on every resource; conditions do not count against it."""
    every = any(text in _ALL or set(text) <= set("*") for text in statement.actions)
    return statement.effect == "Allow" and every and on_everything(statement)


def grants_all_but(statement: Statement) -> bool:
    """Whether the statement allows everything except what its NotAction names, on every resource."""
    return statement.effect == "Allow" and bool(statement.not_actions) and on_everything(statement)


def allows(document: PolicyDocument, action: str) -> bool:
    """Whether some statement allows the action on some resource."""
    return any(item.effect == "Allow" and opens(item, action) for item in document.statements)


def not_denied(document: PolicyDocument, action: str, *, scoped: bool, targets: Sequence[str], caller_arn: str) -> str:
    """Why no Deny of `document` stops `caller_arn` from calling `action` on one of `targets`; "" where one
    does.

    scoped: whether IAM can limit the action to a resource.  targets: ARNs of what must stay out of reach;
    where none is known, a Deny on resources of the action's service counts.
    """
    why = "not denied"
    for statement in document.statements:
        if statement.effect != "Deny" or not opens(statement, action):
            continue
        missing = _misses(statement, action, scoped, targets) or _conditional(statement, caller_arn)
        if not missing:
            return ""
        why = missing
    return why


def _misses(statement: Statement, action: str, scoped: bool, targets: Sequence[str]) -> str:
    if on_everything(statement) and not statement.not_resources:
        return ""
    if not scoped:
        return "denied on named resources, which IAM does not look at for this call"
    if statement.not_resources:
        spared = [target for target in targets if any_match(statement.not_resources, target)]
        return f"not denied on {spared[0]}" if spared else ""
    if targets:
        reached = any(resource_match(text, target) for text in statement.resources for target in targets)
    else:
        service = action.partition(":")[0]
        reached = any([*text.split(":"), "", "", ""][2] in (service, "*") for text in statement.resources)
    return "" if reached else "denied only on other resources"


def _conditional(statement: Statement, caller_arn: str) -> str:
    for item in statement.conditions:
        key = item.key.lower()
        if key.startswith(_NAMES_THE_TARGET) and read_operator(item.operator) is not None:
            continue
        if key == "aws:principalarn" and holds(item, caller_arn):
            continue
        return f"denied only under a condition on {item.key}"
    return ""
