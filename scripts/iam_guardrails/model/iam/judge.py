"""What one statement, and one document alone, say of a request.

Sources: AWS IAM User Guide, reference_policies_elements_statement and reference_policies_evaluation-logic.
"""

from __future__ import annotations

from typing import Literal

from iam_guardrails.model.iam.answers import Answer, both, either, plain
from iam_guardrails.model.iam.conditions import conditions_hold
from iam_guardrails.model.iam.document import PolicyDocument, Statement
from iam_guardrails.model.iam.pattern import DOCUMENTED
from iam_guardrails.model.iam.request import Request, Situation, situation_of
from iam_guardrails.model.iam.scope import covers_action, covers_principal, covers_resource
from iam_guardrails.model.iam.variables import NEWER

Kind = Literal["identity", "resource", "trust", "key"]
Verdict = Literal["allowed", "explicit_deny", "implicit_deny", "depends"]
ALLOWED: Verdict = "allowed"
EXPLICIT_DENY: Verdict = "explicit_deny"
IMPLICIT_DENY: Verdict = "implicit_deny"
DEPENDS: Verdict = "depends"


def applies(statement: Statement, situation: Situation, kind: Kind, version: str, reading: str = DOCUMENTED) -> Answer:
    """Whether the statement is about the request and its conditions hold; else the keys it depends on."""
    if not covers_action(statement, situation.request.action):
        return False
    return applies_but_for_action(statement, situation, kind, version, reading)


def applies_but_for_action(
    statement: Statement, situation: Situation, kind: Kind, version: str, reading: str = DOCUMENTED
) -> Answer:
    """The same, whatever the action."""
    resource = covers_resource(statement, situation, version, reading, optional=kind == "trust")
    if resource is False:
        return False
    principal = True if kind == "identity" and not _has_principal(statement) else covers_principal(statement, situation)
    if principal is False:
        return False
    return both((resource, principal, conditions_hold(statement.conditions, situation, version)))


def _has_principal(statement: Statement) -> bool:
    return bool(statement.principals or statement.not_principals)


def statement_applies(
    statement: Statement, request: Request, kind: Kind, version: str = NEWER, reading: str = DOCUMENTED
) -> bool | None:
    """True, False, or None where it depends. `version` is the document's. Raises RequestError."""
    return plain(applies(statement, situation_of(request), kind, version, reading))


def policy_allows(document: PolicyDocument, request: Request, kind: Kind, reading: str = DOCUMENTED) -> Verdict:
    """What one document alone says of the request. Raises RequestError."""
    situation = situation_of(request)
    found = [(item.effect, applies(item, situation, kind, document.version, reading)) for item in document.statements]
    denied = either(answer for effect, answer in found if effect == "Deny")
    allowed = either(answer for effect, answer in found if effect == "Allow")
    return verdict_of(denied, allowed)


def verdict_of(denied: Answer, allowed: Answer) -> Verdict:
    """A Deny wins. What nothing allows is denied even where a Deny is open: that it is implicit is then not certain."""
    if denied is True:
        return EXPLICIT_DENY
    if allowed is False:
        return IMPLICIT_DENY
    return ALLOWED if denied is False and allowed is True else DEPENDS
