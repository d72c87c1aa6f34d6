"""The condition keys of a request that somebody of the account makes, as far as the account's file tells them.

Known are: who asks and with which tags, the tags and the boundary of a user or role that is asked about, what the
method itself carries, that it goes over TLS, and that it comes from no AWS service on somebody's behalf; a caller who
can have one ask in its name, as CloudFormation does, is tried so too. What the caller chooses is tried
(model.iam.escalation.choices). Everything else (MFA, the address, a time to come, tags of other resources, the
organisation) may be anything: what hangs on it is conditional.

Sources: AWS IAM User Guide, reference_policies_condition-keys and reference_policies_iam-condition-keys;
id_session-tags (session tags go before a role's own); id_roles_use_passrole (tags do not decide iam:PassRole);
id_credentials_mfa_configure-api-require (credentials "returned by AssumeRole do not include MFA information");
reference_policies_condition-keys (aws:TokenIssueTime: when temporary credentials were issued, and only with them).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from iam_guardrails.model.iam.caller import Begins, Later, LaterOrNone
from iam_guardrails.model.iam.escalation.choices import FORWARDED, REQUEST_TAG, REQUESTED, TAG_KEYS, takes_tags
from iam_guardrails.model.iam.escalation.ground import Ground
from iam_guardrails.model.iam.escalation.guise import Guise
from iam_guardrails.model.iam.escalation.regions import regions_of
from iam_guardrails.model.iam.principals import Principal
from iam_guardrails.model.iam.request import OVER_TLS, PRESENT, UNKNOWN, Value

DIRECT: Mapping[str, Value] = {
    "aws:viaawsservice": ("false",), "aws:calledvia": None, "aws:calledviafirst": None, "aws:calledvialast": None,
    "aws:sourcearn": None, "aws:sourceaccount": None, "aws:sourceorgid": None, "aws:sourceorgpaths": None, **OVER_TLS,
}  # fmt: skip
BY_A_SERVICE: Mapping[str, Value] = dict.fromkeys(FORWARDED, UNKNOWN)  # which, and for what, no policy tells
NO_MFA: Mapping[str, Value] = {"aws:multifactorauthpresent": None, "aws:multifactorauthage": None}  # a role's session
NOT_PROVED: Mapping[str, Value] = {"aws:multifactorauthpresent": ("false",), "aws:multifactorauthage": None}
PRINCIPAL_TAG, TAGS = "aws:principaltag/", ("aws:resourcetag/", "iam:resourcetag/")
BOUNDARY, POLICY = "iam:permissionsboundary", "iam:policyarn"
# whoever has no account is of no organisation, and proves no MFA
NOBODYS: Mapping[str, Value] = {"aws:principalorgid": None, "aws:principalorgpaths": None, **NO_MFA}
ISSUED, USERID = "aws:tokenissuetime", "aws:userid"
OF_CALLER = ("aws:principal", USERID, "aws:username", "aws:federatedprovider")
_NONE: Mapping[str, str | None] = {}
WITH_BOUNDARY = frozenset(("iam:CreateUser", "iam:CreateRole")) | frozenset(
    f"iam:{verb}{kind}{what}"
    for kind in ("User", "Role")
    for verb, what in [("Attach", "Policy"), ("Detach", "Policy"), ("Put", "Policy"), ("Delete", "Policy"),
                       ("Put", "PermissionsBoundary"), ("Delete", "PermissionsBoundary")]
)  # fmt: skip


def personal(keys: Iterable[str]) -> bool:
    """Whether some of the keys tell callers apart."""
    return any(key.startswith(OF_CALLER) for key in keys)


def about_target(keys: Iterable[str]) -> tuple[str, ...]:
    """Those of the keys that tell users and roles apart that are asked about."""
    return tuple(sorted(key for key in keys if key.startswith(TAGS) or key == BOUNDARY))


def of_caller(ground: Ground, guise: Guise, keys: Iterable[str]) -> dict[str, Value]:
    """What is known of a request because of who makes it."""
    principal, number = guise.principal, guise.number
    found: dict[str, Value] = {**DIRECT, **ground.time, **ground.of_callers, "aws:principalarn": (principal.arn,)}
    if principal.kind == "user":
        found["aws:federatedprovider"] = None
        if principal.unique_id:
            found[USERID] = (principal.unique_id,)
    else:
        found["aws:username"] = None
        if principal.unique_id:
            found[USERID] = Begins(f"{principal.unique_id}:")
    found |= of_session(ground, principal.kind)
    told = {f"{PRINCIPAL_TAG}{name.lower()}": (value,) for name, value in principal.tags}
    open_tags = principal.kind == "role" and (bool(ground.trusts.tagging >> number & 1) or guise.changes.session_tags)
    for key in keys:
        if key.startswith(PRINCIPAL_TAG):
            found[key] = UNKNOWN if open_tags else told.get(key)
    return found


def of_session(ground: Ground, kind: str) -> dict[str, Value]:
    """What is known of the session with which a user asks, if it has one, or a role: it may begin now."""
    if kind == "user":
        return {ISSUED: LaterOrNone(ground.since)} if ground.since else {}
    return {ISSUED: Later(ground.since) if ground.since else PRESENT, **NO_MFA}


def of_resource(action: str, resource: str, keys: Collection[str]) -> dict[str, Value]:
    """What is known of a request because of its action: keys of IAM stand in requests to IAM and to STS alone.

    Groups have no tags (IAM User Guide, id_tags) and no boundary. The Region that is asked is that of the resource, and
    for IAM the one in which its endpoint is (reference_policies_examples_aws_deny-requested-region).
    """
    service = action.partition(":")[0]
    without_tags = ":group/" in resource
    parts = resource.split(":")
    region = parts[3] if len(parts) > 5 else ""
    if service == "iam" and action != "iam:PassRole" and len(parts) > 5:
        region = regions_of(parts[1])[0]
    asked = {REQUESTED: (region,)} if region and REQUESTED in keys else {}
    untagged = not takes_tags(action)
    return asked | {
        key: None
        for key in keys
        if (key.startswith("iam:") and service not in ("iam", "sts"))
        or (key.startswith("sts:") and service != "sts")
        or (without_tags and (key.startswith(TAGS) or key == BOUNDARY))
        or (untagged and (key == TAG_KEYS or key.startswith(REQUEST_TAG)))
    }


def of_target(
    principal: Principal, action: str, keys: Iterable[str], tags: Mapping[str, str | None] = _NONE
) -> dict[str, Value]:  # fmt: skip
    """What is known of a request because of the user or role that it is about. tags: that it has instead of its own."""
    found: dict[str, Value] = {}
    told = {name.lower(): (value,) for name, value in principal.tags}
    for key in keys:
        if key.startswith(TAGS) and action != "iam:PassRole":
            name = key.partition("/")[2]
            value = tags.get(name)
            found[key] = told.get(name) if name not in tags else None if value is None else (value,)
        elif key == BOUNDARY:
            has = action in WITH_BOUNDARY and bool(principal.boundary_arn)
            found[key] = (principal.boundary_arn,) if has else None
    return found
