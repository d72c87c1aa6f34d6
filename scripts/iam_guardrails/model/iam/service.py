"""May an AWS service do something by a resource policy (a topic's, a key's)?

A service that calls in its own name carries few condition keys. Which ones is documented per service; those that are
not listed in `facts` are absent, and an absent key makes a positive operator false and a negated one true.

Sources: AWS IAM User Guide, reference_policies_elements_condition_operators (missing keys),
reference_policies_condition-keys (aws:PrincipalIsAWSService, aws:SourceAccount, aws:SourceArn; the principal keys are
absent for service principals), reference_policies_evaluation-logic_policy-eval-denyallow (a Deny wins).
"""

from __future__ import annotations

from collections.abc import Mapping

from iam_guardrails.model.iam.document import PolicyDocument, Statement
from iam_guardrails.model.iam.match import names_action, resource_match
from iam_guardrails.model.iam.operators import holds
from iam_guardrails.model.value import frozen

Facts = Mapping[str, str | None]
_ORG = frozenset({"aws:sourceorgid", "aws:sourceorgpaths"})  # sent where the source belongs to an organization


@frozen
class Admission:
    """Whether the service is admitted: True, False, or None where a condition cannot be decided; and why not."""

    holds: bool | None
    why: str = ""


def admits(
    policy: PolicyDocument, service: str, action: str, resource: str, facts: Facts, undecided: frozenset[str] = _ORG
) -> Admission:
    """Judge one call by a service principal.

    action: one action, e.g. "sns:Publish".  resource: its ARN, "*" for a key policy.  facts: condition keys (lower
    case) that the service sends, with their values.  undecided: keys it sends with values that are not known here.
    Every other key is absent.
    """
    known = {"aws:principalisawsservice": "true", "aws:securetransport": "true", "aws:principalservicename": service,
             **facts}  # fmt: skip
    about = [item for item in policy.statements if _is_about(item, service, action, resource)]
    refusal = _refusal(about, known, undecided)
    if refusal is not None:
        return refusal
    answers = [(item, _conditions(item, known, undecided)) for item in about if item.effect == "Allow"]
    if any(answer is True for _, answer in answers):
        return Admission(True)
    for item, answer in answers:
        keys = ", ".join(condition.key for condition in item.conditions)
        if answer is None:
            return Admission(
                None, f"{item.label} admits {service} under a condition on {keys} that is not evaluated here"
            )
    if answers:
        item = answers[0][0]
        keys = ", ".join(condition.key for condition in item.conditions)
        return Admission(False, f"{item.label} admits {service} only under a condition on {keys} that it does not meet")
    return Admission(False, f"no statement lets {service} call {action}")


def _refusal(about: list[Statement], known: Facts, undecided: frozenset[str]) -> Admission | None:
    for item in about:
        if item.effect == "Deny" and (answer := _conditions(item, known, undecided)) is not False:
            return Admission(None if answer is None else False, f"{item.label} denies it")
    return None


def _is_about(item: Statement, service: str, action: str, resource: str) -> bool:
    named = not names_action(item.not_actions, action) if item.not_actions else names_action(item.actions, action)
    return named and _is_for(item, service) and covers_resource(item, resource)


def _is_for(item: Statement, service: str) -> bool:
    if item.not_principals:
        return not any(principal.value == service for principal in item.not_principals)
    return any(
        principal.kind == "*" or principal.value == "*" or (principal.kind == "Service" and principal.value == service)
        for principal in item.principals
    )


def covers_resource(item: Statement, resource: str) -> bool:
    """Whether a statement is about a resource; a plan's stand-in for an ARN counts as covered."""
    if resource == "*" or not resource.startswith("arn:"):  # a key's own policy; a plan's stand-in for an ARN
        return True
    if item.not_resources:
        return not any(resource_match(text, resource) for text in item.not_resources)
    return any(resource_match(text, resource) for text in item.resources) or any(
        not text.startswith(("arn:", "*")) for text in item.resources
    )


def _conditions(item: Statement, known: Facts, undecided: frozenset[str]) -> bool | None:
    answers = [
        None if condition.key.lower() in undecided else holds(condition, known.get(condition.key.lower()))
        for condition in item.conditions
    ]
    return False if False in answers else None if None in answers else True
