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

from iam_guardrails.model.iam.answers import both, either
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
from iam_guardrails.model.iam.granted import granted
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
from iam_guardrails.model.iam.organization import beyond_rcps, beyond_scps, with_owner
from iam_guardrails.model.iam.pattern import DOCUMENTED, READINGS
from iam_guardrails.model.iam.policies import Heard, Layer, Policies, listen
from iam_guardrails.model.iam.reasons import Reason, reasons
from iam_guardrails.model.iam.request import Request, Situation, situation_of
from iam_guardrails.model.value import changed, frozen

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
    """What the policies say, those of the organization apart where it is open whether they have a say at all."""
    situation = with_owner(situation, policies.resource_account)
    if not policies.scps and not policies.rcps:
        return _settled(situation, policies, reading)
    beyond = {"scp": beyond_scps(situation) if policies.scps else True,
              "rcp": beyond_rcps(situation) if policies.rcps else True}  # fmt: skip
    policies = changed(policies, exempt=policies.exempt | {name for name, answer in beyond.items() if answer is True})
    decision = _settled(situation, policies, reading)
    doubts = {name: answer for name, answer in beyond.items()
              if not isinstance(answer, bool) and name not in policies.exempt}  # fmt: skip
    if not doubts or decision.decision == ALLOWED:
        return decision
    without = _settled(situation, changed(policies, exempt=policies.exempt | doubts.keys()), reading)
    if without.decision in (EXPLICIT_DENY, IMPLICIT_DENY):
        return without
    open_keys = sorted(key for answer in doubts.values() for key in answer)
    says = f"whether the organization's policies have a say depends on {', '.join(open_keys)}"
    keys = {*open_keys, *decision.depends_on, *without.depends_on}
    return Decision(DEPENDS, (Reason("", "", "", says),), tuple(sorted(keys)))


def _settled(situation: Situation, policies: Policies, reading: str) -> Decision:
    heard = _hear(situation, policies, reading)
    denied = either(item.answer for layer in heard.layers for item in layer.denying())
    allowed = both((*(layer.allowed for layer in heard.above), granted(heard, policies)))
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
    scps = policies.scps if "scp" not in policies.exempt else ()
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
