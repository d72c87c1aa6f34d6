"""What an identity policy or a boundary grants, read statement by statement.

Source: AWS IAM User Guide, reference_policies_evaluation-logic_policy-eval-denyallow (a Deny anywhere wins,
and what a boundary does not allow is denied) and reference_policies_elements_notaction.
"""

from __future__ import annotations

from iam_guardrails.model.iam.document import PolicyDocument, Statement
from iam_guardrails.model.iam.trust import opens

_ALL = ("*", "*:*")


def on_everything(statement: Statement) -> bool:
    """Whether the statement covers every resource: `*` (or `?*`), an ARN of stars, or NotResource."""
    stars = (text for text in statement.resources if set(text) <= set("*:") or text in ("arn:*", "?*", "*?"))
    return bool(statement.not_resources) or any(stars)


def on_no_resource(statement: Statement) -> bool:
    """Whether the statement is about requests that have no resource: theirs is the text "*", which no ARN fits.

    Source: Service Authorization Reference (actions without a resource type), IAM User Guide, reference_policies_
    elements_resource.
    """
    return bool(statement.not_resources) or any(set(text) == {"*"} for text in statement.resources)


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
