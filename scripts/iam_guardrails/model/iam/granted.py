"""What identity policies, resource policy, boundary and session policy together allow.

Sources: AWS IAM User Guide, reference_policies_evaluation-logic_policy-eval-denyallow (which grants of a resource
policy are limited by a boundary and a session policy) and …-cross-account; AWS KMS Developer Guide,
key-policy-overview; AWS STS API, AssumeRole (the root user may not) and GetFederationToken.
"""

from __future__ import annotations

from iam_guardrails.model.iam.answers import Answer, both, either, on
from iam_guardrails.model.iam.caller import ANONYMOUS, FEDERATED_USER, PROVIDER, ROOT, SERVICE
from iam_guardrails.model.iam.policies import Heard, Policies
from iam_guardrails.model.iam.reasons import OWNER, assumes_as_root
from iam_guardrails.model.iam.request import Situation
from iam_guardrails.model.iam.scope import ANYBODY, BY_ACCOUNT, BY_ROLE, DIRECT
from iam_guardrails.model.iam.trust import account_of

_NO_ACCOUNT = (SERVICE, PROVIDER, ANONYMOUS)


def granted(heard: Heard, policies: Policies) -> Answer:
    """What identity policies, resource policy, boundary and session policy together allow."""
    caller, resource = heard.situation.caller, heard.resource
    if caller.kind in _NO_ACCOUNT:
        return resource.allowed_by(DIRECT, ANYBODY) if resource else False
    if assumes_as_root(caller, heard.situation.request.action, heard.kind):
        return False
    same, cross = _same_account(heard), _cross_account(heard)
    owner = _owner(heard.situation, policies)
    if owner:
        return same if owner == caller.account_id else cross
    if resource is None or same == cross:
        return same
    open_keys = [answer for answer in (same, cross) if not isinstance(answer, bool)]
    return frozenset({OWNER}).union(*open_keys)


def _owner(situation: Situation, policies: Policies) -> str:
    told = situation.value(OWNER)
    from_context = told[0] if isinstance(told, tuple) and told else ""
    return policies.resource_account or from_context or account_of(situation.request.resource)


def _limits(heard: Heard) -> Answer:
    if _powerless(heard):
        return False
    return both(layer.allowed for layer in (heard.boundary, heard.session) if layer is not None)


def _powerless(heard: Heard) -> bool:
    """Whether it is a session of GetFederationToken without a session policy, which "has no permissions" but those of
    "a resource-based policy that specifically references the federated user session".
    """
    return heard.situation.caller.kind == FEDERATED_USER and heard.session is None


def _by_identity(heard: Heard) -> Answer:
    full = heard.situation.caller.kind == ROOT  # "the root user … has full access"
    return both((full or heard.identity.allowed, _limits(heard)))


def _same_account(heard: Heard) -> Answer:
    """One of the two is enough; a role's trust policy and a key's policy must allow, if only by delegating."""
    by_identity = _by_identity(heard)
    if heard.resource is None:
        return by_identity if heard.kind == "resource" else False
    direct = heard.resource.allowed_by(DIRECT, ANYBODY)
    if _powerless(heard):
        vague = both(
            (heard.resource.allowed_by(ANYBODY), on("whether * names a federated user without session policy"))
        )
        direct = either((heard.resource.allowed_by(DIRECT), vague))
    by_role = both((heard.resource.allowed_by(BY_ROLE), _limits(heard)))
    delegated = True if heard.kind == "resource" else heard.resource.allowed_by(BY_ACCOUNT)
    return either((direct, by_role, both((delegated, by_identity))))


def _cross_account(heard: Heard) -> Answer:
    """Both sides must allow: the account of the resource by its policy, the caller's by the caller's policies."""
    return both((heard.resource.allowed if heard.resource else False, _by_identity(heard)))
