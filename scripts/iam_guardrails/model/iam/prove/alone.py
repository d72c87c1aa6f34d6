"""What a resource's policy gives to those whom it names, in the account of the resource: without a policy of theirs.

In that account "if an action is allowed by … the resource-based policy" it is allowed, and who is named needs nothing
else; who comes in with the whole account needs an Allow of its own policies (AWS IAM User Guide,
reference_policies_evaluation-logic_policy-eval-basics-single-account and reference_policies_elements_principal). A
policy that names a user instead of the account therefore gives something new.
"""

from __future__ import annotations

from iam_guardrails.model.iam.caller import RequestError
from iam_guardrails.model.iam.document import Condition, PolicyDocument, Principal, Statement
from iam_guardrails.model.iam.evaluate import ALLOWED, DEPENDS, Kind, Policies, statement_applies, weigh
from iam_guardrails.model.iam.prove.encode import Body, Encoder, Limits, bodies_of
from iam_guardrails.model.iam.prove.proof import PROVEN, Proof, settle
from iam_guardrails.model.iam.prove.search import Alike, Question
from iam_guardrails.model.iam.request import Request
from iam_guardrails.model.iam.trust import account_of
from iam_guardrails.model.value import changed

TOLD = "NEW gives nobody whom it names, without a policy of its own, what OLD does not"
_OWNER = "aws:resourceaccount"
# AWS STS, GetFederationToken: a federated user; apart, for * may not name one that has no session policy
_KINDS = (("arn:*:iam::*:user/*", "arn:*:iam::*:role/*"), ("arn:*:sts::*:federated-user/*",))


def given_alone(old: PolicyDocument, new: PolicyDocument, kind: Kind, account_id: str) -> Proof:
    """Whether NEW allows nobody of the resource's account, without policies of its own, what OLD does not so allow.

    kind: "resource" or "trust".  account_id: of the resource.
    """
    milliseconds = 0.0
    assumed: dict[str, None] = {}
    for arns in _KINDS:
        found = _given(old, new, kind, account_id, arns)
        milliseconds += found.milliseconds
        assumed |= dict.fromkeys(found.assumptions)
        if found.verdict != PROVEN:
            return changed(found, milliseconds=milliseconds)
    return Proof(PROVEN, TOLD, assumptions=tuple(assumed), milliseconds=milliseconds)


def _given(old: PolicyDocument, new: PolicyDocument, kind: Kind, account_id: str, arns: tuple[str, ...]) -> Proof:
    encoder = Encoder(Limits(kind))
    now, was = (_split(encoder, _naming(item, account_id)) for item in (new, old))
    asked = Statement(
        0, "Allow", "", (Principal("AWS", account_id),), (), ("*",), (), () if kind == "trust" else ("*",),
        conditions=(Condition("ArnLike", "aws:PrincipalArn", arns),),
    )  # fmt: skip
    covered = encoder.add([Body(changed(asked, effect="covered"))])
    added, lifted = now[0] & ~was[0], was[1] & ~now[1]

    def possible(held: int) -> bool:
        return bool(held & now[0] and held & covered and held & (added | lifted))

    def settled(held: int, alike: Alike) -> bool:
        return not (held & added & ~alike(held & was[0]) or held & lifted & ~alike(held & now[1]))

    def check(request: Request) -> bool | None:
        inside = statement_applies(asked, request, kind)
        return inside if not inside else _new_alone(old, new, kind, account_id, request)

    failing = (was[0], False), (was[1], True)
    demands = (((now[0], True),), ((now[1], False),), ((covered, True),), failing)
    return settle(encoder, Question(possible, demands, settled), check, TOLD)


def _new_alone(
    old: PolicyDocument, new: PolicyDocument, kind: Kind, account_id: str, request: Request
) -> bool | None:  # fmt: skip
    """Whether the evaluator allows it under NEW and not under OLD, to somebody without any policy."""
    told = {key.lower(): value for key, value in request.context.items()}.get(_OWNER)
    if told is not None and told != (account_id,):
        return None  # it is the owner that AWS tells
    verdicts = []
    for document in (new, old):
        policies = Policies(resource=document, resource_kind="trust" if kind == "trust" else "resource",
                            resource_account=account_id)  # fmt: skip
        try:
            verdicts.append(weigh(request, policies).decision)
        except RequestError:
            return None
    return None if DEPENDS in verdicts else verdicts[0] == ALLOWED != verdicts[1]


def _naming(document: PolicyDocument, account_id: str) -> PolicyDocument:
    """The document without what its Allow statements leave to the policies of the account's own users and roles."""
    made = []
    for item in document.statements:
        if item.effect == "Allow" and item.principals:
            named = tuple(one for one in item.principals if not _is_whole(one, account_id))
            made += [changed(item, principals=named)] if named else []
        else:
            made.append(item)
    return changed(document, statements=tuple(made))


def _is_whole(principal: Principal, account_id: str) -> bool:
    value = principal.value
    of_account = principal.kind == "AWS" and account_of(value) == account_id
    return principal.kind == "CanonicalUser" or (of_account and (":" not in value or value.endswith(":root")))


def _split(encoder: Encoder, policy: PolicyDocument) -> tuple[int, int]:
    bodies = bodies_of(policy)
    return (encoder.add(body for body in bodies if body.statement.effect == "Allow"),
            encoder.add(body for body in bodies if body.statement.effect == "Deny"))  # fmt: skip
