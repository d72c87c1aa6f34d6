"""Does AWS allow one request? Exactly, offline.

    decide(request, policies) -> Decision          all policies together, as AWS combines them
    policy_allows(document, request, kind)         one document alone: "allowed", "explicit_deny", "implicit_deny",
                                                   "depends"
    statement_applies(statement, request, kind)    one statement: True, False, or None where it depends

`kind` is what the document hangs on: "identity" (also boundaries, session policies, SCPs and RCPs without
Principal), "resource", "trust" or "key". How a principal is written stands in model.iam.request.

Sources: AWS IAM User Guide, reference_policies_evaluation-logic_policy-eval-denyallow (the order; which grants of a
resource policy are limited by a boundary and a session policy), …_policy-eval-basics, …-cross-account;
AWS Organizations User Guide, orgs_manage_policies_scps_evaluation (each level must allow), orgs_manage_policies_rcps;
AWS KMS Developer Guide, key-policy-overview; AWS STS API, AssumeRole (the root user may not).
"""

from __future__ import annotations

from iam_guardrails.model.iam.answers import Answer, both, either, on
from iam_guardrails.model.iam.caller import (
    ANONYMOUS,
    FEDERATED_USER,
    PROVIDER,
    ROLE,
    ROOT,
    SERVICE,
    SESSION,
    Caller,
    RequestError,
)
from iam_guardrails.model.iam.document import PolicyDocument
from iam_guardrails.model.iam.judge import (
    ALLOWED,
    DEPENDS,
    EXPLICIT_DENY,
    IMPLICIT_DENY,
    Kind,
    Verdict,
    policy_allows,
    statement_applies,
    verdict_of,
)
from iam_guardrails.model.iam.pattern import DOCUMENTED, READINGS
from iam_guardrails.model.iam.policies import Heard, Layer, Policies, listen
from iam_guardrails.model.iam.reasons import OWNER, Reason, reasons
from iam_guardrails.model.iam.request import Request, Situation, situation_of
from iam_guardrails.model.iam.scope import ANYBODY, BY_ACCOUNT, BY_ROLE, DIRECT
from iam_guardrails.model.iam.trust import account_of
from iam_guardrails.model.value import frozen

__all__ = [
    "ALLOWED", "DEPENDS", "EXPLICIT_DENY", "IMPLICIT_DENY", "READINGS", "Decision", "Kind", "Policies", "Reason",
    "Request", "RequestError", "Verdict", "decide", "policy_allows", "statement_applies", "weigh",
]  # fmt: skip

_NO_ACCOUNT = (SERVICE, PROVIDER, ANONYMOUS)
_SESSIONS = (SESSION, ROLE, FEDERATED_USER)


@frozen
class Decision:
    """decision: one of the four verdicts.  because: what decided, or, for "depends", what is open.

    depends_on: the condition keys (lower case) and other facts that would settle it.
    """

    decision: Verdict
    because: tuple[Reason, ...]
    depends_on: tuple[str, ...] = ()


def decide(request: Request, policies: Policies, reading: str = DOCUMENTED) -> Decision:
    """Whether AWS does it. Raises RequestError for a principal of no known form, or with policies it cannot have."""
    situation = situation_of(request)
    _refuse_what_cannot_be(situation.caller, policies)
    whatever = _whatever_policies_say(situation)
    return _weighed(situation, policies, reading) if whatever is None else whatever


def weigh(request: Request, policies: Policies, reading: str = DOCUMENTED) -> Decision:
    """What the policies say, also of the few operations that AWS does whatever they say. Raises RequestError."""
    situation = situation_of(request)
    _refuse_what_cannot_be(situation.caller, policies)
    return _weighed(situation, policies, reading)


def _whatever_policies_say(situation: Situation) -> Decision | None:
    """AWS STS, GetCallerIdentity: "No permissions are required", not even where a policy denies it; GetSessionToken:
    the same, and only with "the long-term AWS security credentials" of a user.
    """
    action, kind = situation.request.action.lower(), situation.caller.kind
    if kind in _NO_ACCOUNT or action not in ("sts:getcalleridentity", "sts:getsessiontoken"):
        return None
    name = situation.request.action
    if action == "sts:getsessiontoken" and kind in _SESSIONS:
        return Decision(IMPLICIT_DENY, (Reason("AWS STS", "", "", f"a session may not call {name}, only a user may"),))
    says = f"{name} needs no permission, and no policy takes it away"
    return Decision(ALLOWED, (Reason("AWS STS", "", "", says),))


def _weighed(situation: Situation, policies: Policies, reading: str) -> Decision:
    heard = _hear(situation, policies, reading)
    denied = either(item.answer for layer in heard.layers for item in layer.denying())
    allowed = both((*(layer.allowed for layer in heard.above), _core(heard, policies)))
    verdict = verdict_of(denied, allowed)
    open_keys = {key for answer in (denied, allowed) if not isinstance(answer, bool) for key in answer}
    return Decision(verdict, reasons(verdict, heard, open_keys), tuple(sorted(open_keys)) if verdict == DEPENDS else ())


def _refuse_what_cannot_be(caller: Caller, policies: Policies) -> None:
    if caller.kind in _NO_ACCOUNT and (policies.identity or policies.boundary or policies.session):
        raise RequestError(
            f"the principal {caller.text} is no user and no role: it has no identity policies, no boundary and no "
            "session policy; only the resource's policy can admit it"
        )
    if policies.session and caller.kind not in _SESSIONS:
        raise RequestError(f"the principal {caller.text} is no session: only a session has session policies")
    if policies.boundary and caller.kind == ROOT:
        raise RequestError("the root user has no permissions boundary")


def kind_of(request: Request, policies: Policies) -> Kind:
    """What the resource's policy is: a role's trust policy and a key's policy must allow by themselves."""
    for kind in _KINDS:
        if policies.resource_kind == kind:
            return kind
    parts = request.resource.split(":", 5)
    service, name = (parts[2], parts[5]) if len(parts) == 6 else ("", "")
    action = request.action.lower()
    if action.startswith("sts:") and service == "iam" and name.startswith("role/"):
        return "trust"
    return "key" if action.startswith("kms:") and service == "kms" and name.startswith("key/") else "resource"


def _hear(situation: Situation, policies: Policies, reading: str) -> Heard:
    def heard(name: str, documents: tuple[PolicyDocument, ...], kind: Kind = "identity") -> Layer:
        return listen(name, documents, situation, kind, reading)

    kind = kind_of(situation.request, policies)
    scps = policies.scps if "scp" not in policies.exempt and situation.caller.kind not in _NO_ACCOUNT else ()
    rcps = policies.rcps if "rcp" not in policies.exempt else ()
    levels = [heard(f"SCP level {number}", level) for number, level in enumerate(scps, 1)]
    levels += [heard(f"RCP level {number}", level) for number, level in enumerate(rcps, 1)]
    return Heard(
        situation, kind, heard("identity policy", policies.identity),
        heard(_NAMES[kind], (policies.resource,), kind) if policies.resource else None,
        heard("permissions boundary", (policies.boundary,)) if policies.boundary else None,
        heard("session policy", policies.session) if policies.session else None,
        tuple(levels),
    )  # fmt: skip


_KINDS: tuple[Kind, ...] = ("resource", "trust", "key")
_NAMES: dict[Kind, str] = {"resource": "resource policy", "trust": "trust policy", "key": "key policy"}


def _core(heard: Heard, policies: Policies) -> Answer:
    """What identity policies, resource policy, boundary and session policy together allow."""
    caller, resource = heard.situation.caller, heard.resource
    if caller.kind in _NO_ACCOUNT:
        return resource.allowed_by(DIRECT, ANYBODY) if resource else False
    if caller.kind == ROOT and heard.situation.request.action.lower() == "sts:assumerole":
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
