"""A target with a role: EventBridge publishes as that role, not in its own name.

Then the topic's policy need not name EventBridge; the role must be one that EventBridge may assume, its policies and
boundary must allow sns:Publish on the topic, and the key must be usable by the role.

Sources: Amazon EventBridge User Guide, eb-use-identity-based; AWS IAM User Guide,
reference_policies_evaluation-logic (same account: what an identity policy allows and nothing denies);
AWS KMS Developer Guide, key-policy-default (the account as principal hands the decision to IAM).
"""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.model.account import Account, Role
from iam_guardrails.model.chain.links import Link
from iam_guardrails.model.iam.document import PolicyDocument, Statement
from iam_guardrails.model.iam.match import names_action
from iam_guardrails.model.iam.service import admits, covers_resource
from iam_guardrails.model.unknown import Unknown

EVENTS = "events.amazonaws.com"
Answer = tuple[bool | None, str]


def publishes(role_arn: str | Unknown, rule_arn: str, topic_arn: str, account: Account) -> Link:
    """Whether the role of a target may publish to the topic, as the link "topic policy" of the chain."""
    if isinstance(role_arn, Unknown):
        return Link("topic policy", topic_arn, None, f"the rule publishes as a role: {role_arn.reason}")
    role = _role(role_arn, account)
    if role is None:
        why = f"the rule publishes as the role {role_arn}, whose permissions were not read"
        return Link("topic policy", topic_arn, None, why)
    holds, why = _assumable(role, rule_arn, account)
    if holds is not True:
        return Link("topic policy", role.address, holds, why, f"Let {EVENTS} assume the role {role.name}.")
    holds, why = may(role, account, "sns:Publish", topic_arn)
    remedy = "" if holds else f"Allow sns:Publish on the topic to the role {role.name}."
    return Link("topic policy", topic_arn if holds else role.address, holds, why, remedy, f"as the role {role.name}")


def uses_key(role_arn: str | Unknown, address: str, policy: PolicyDocument, key_arn: str, account: Account) -> Link:
    """Whether the role of a target may use the topic's key, as the link "key" of the chain."""
    role = None if isinstance(role_arn, Unknown) else _role(role_arn, account)
    if role is None:
        return Link("key", address, None, "the rule publishes as a role whose permissions were not read")
    for action in ("kms:GenerateDataKey", "kms:Decrypt"):
        holds, why = _key_lets(policy, role, action, key_arn, account)
        if holds is not True:
            remedy = f"Allow kms:GenerateDataKey* and kms:Decrypt to the role {role.name}."
            return Link("key", address, holds, f"the key policy: {why}", remedy if holds is False else "")
    return Link("key", address)


def _role(arn: str, account: Account) -> Role | None:
    return next((role for role in account.roles if role.arn == arn), None)


def _assumable(role: Role, rule_arn: str, account: Account) -> Answer:
    if isinstance(role.trust, Unknown):
        return None, f"the trust policy of the role {role.name}: {role.trust.reason}"
    facts = {"aws:sourceaccount": account.account_id, "aws:sourcearn": rule_arn}
    undecided = frozenset({"aws:sourceorgid", "aws:sourceorgpaths"} | (
        set() if rule_arn.startswith("arn:") else {"aws:sourcearn"}
    ))  # fmt: skip
    found = admits(role.trust, EVENTS, "sts:AssumeRole", "*", facts, undecided)
    why = f"the trust policy of the role {role.name}: {found.why}"
    return found.holds, why if found.holds is not True else ""


def may(role: Role, account: Account, action: str, resource: str) -> Answer:
    """Whether a role's own policies let it do one action on one resource: (True, False or None; why not or why that
    is not known). Conditions are not evaluated: an Allow under one gives None, and so does a Deny.
    """
    held, unread = _held(role, account)
    found = [*held, *_boundary(role, account)]
    about = [(item, document) for document in found for item in document.statements if _about(item, action, resource)]
    denying = [item for item, _ in about if item.effect == "Deny"]
    if denying:
        sure = any(not item.conditions for item in denying)
        return False if sure else None, f"a policy of the role {role.name} denies {action}"
    allowing = [item for item, document in about if item.effect == "Allow" and any(document is one for one in held)]
    if any(not item.conditions for item in allowing):
        return _within(role, account, action, resource)
    if allowing:
        return None, f"the role {role.name} has {action} under a condition that is not evaluated here"
    if unread:
        return None, f"a policy of the role {role.name} was not read"
    return False, f"no policy of the role {role.name} allows {action} on it"


def _within(role: Role, account: Account, action: str, resource: str) -> Answer:
    if role.boundary_arn is None:
        return True, ""
    boundary = next(iter(_boundary(role, account)), None)
    if boundary is None:
        return None, f"the boundary of the role {role.name} was not read"
    allowing = [item for item in boundary.statements if item.effect == "Allow" and _about(item, action, resource)]
    if any(not item.conditions for item in allowing):
        return True, ""
    return None if allowing else False, f"the boundary of the role {role.name} does not allow {action} on it"


def _held(role: Role, account: Account) -> tuple[list[PolicyDocument], bool]:
    """The documents of a role's policies, and whether some are missing."""
    managed = {item.arn: item.document for item in account.managed_policies}
    attached = [managed.get(arn) if isinstance(arn, str) else None for arn in role.attached_policy_arns]
    documents = [*(item.document for item in role.inline_policies), *attached]
    known = [item for item in documents if isinstance(item, PolicyDocument)]
    return known, len(known) < len(documents)


def _boundary(role: Role, account: Account) -> Iterator[PolicyDocument]:
    for item in account.managed_policies:
        if item.arn == role.boundary_arn and isinstance(item.document, PolicyDocument):
            yield item.document


def _about(item: Statement, action: str, resource: str) -> bool:
    named = not names_action(item.not_actions, action) if item.not_actions else names_action(item.actions, action)
    return named and covers_resource(item, resource)


def _key_lets(policy: PolicyDocument, role: Role, action: str, key_arn: str, account: Account) -> Answer:
    about = [item for item in policy.statements if _about(item, action, "*")]
    owner = (account.account_id, f":iam::{account.account_id}:root")
    mine = [item for item in about if any(each.value in (role.arn, "*") for each in item.principals)]
    handed = [item for item in about if any(each.value.endswith(owner) for each in item.principals)]
    for item in (*mine, *handed):
        if item.effect == "Deny":
            return None if item.conditions else False, f"{item.label} denies it"
    if any(not item.conditions for item in mine):
        return True, ""
    if any(not item.conditions for item in handed):
        return may(role, account, action, key_arn)
    if mine or handed:
        return None, "it admits the role under a condition that is not evaluated here"
    return False, f"no statement lets the role {role.name} call {action}"
