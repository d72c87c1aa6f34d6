"""Whom an identity provider signs in that a trust policy should not let in, put to the evaluator as a request.

A shared provider signs in everybody's users, repositories and applications: some claim must be the company's own. The
request has that claim, and every other one that tells companies apart, of somebody else; what it does not tell may be
anything. Sources: AWS IAM User Guide, id_roles_providers_oidc_secure-by-default (shared providers and the claims they
need), id_roles_create_for-idp_oidc, reference_policies_iam-condition-keys (claims as keys, saml:aud) and
id_roles_providers_saml (saml:aud); GitHub's documentation of its tokens (owner and repository in `sub`).
"""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.model.iam.admission import OUT, admission
from iam_guardrails.model.iam.caller import UNKNOWN, Value
from iam_guardrails.model.iam.caller_requests import sample
from iam_guardrails.model.iam.document import PolicyDocument
from iam_guardrails.model.iam.match import has_wildcard
from iam_guardrails.model.iam.request import Request, RequestError
from iam_guardrails.model.iam.trust import Door, demanded
from iam_guardrails.model.value import changed, frozen

SHARED, UNBOUND = "shared", "unbound"
_SAML = "sts:AssumeRoleWithSAML"
_NOBODY = "zq9-not-of-this-company"
# the claims of which one must be the company's own: of a stranger, all of them are somebody else's
_CLAIMS = {
    "accounts.google.com": "aud oaud sub email azp google/organization_number",
    "www.amazon.com": "app_id user_id aud sub",
    "graph.facebook.com": "app_id id aud sub",
    "cognito-identity.amazonaws.com": "aud sub",
    "token.actions.githubusercontent.com": (
        "sub repository repository_id repository_owner repository_owner_id job_workflow_ref actor actor_id enterprise "
        "enterprise_id workflow_ref"
    ),
    "vstoken.actions.githubusercontent.com": "sub",
    "gitlab.com": "sub namespace_id namespace_path project_id project_path user_login",
    "app.terraform.io": "sub",
    "agent.buildkite.com": "sub",
    "oidc.codefresh.io": "sub",
    "studio.datachain.ai/api": "sub",
    "scalr.io": "sub",
    "proidc.upbound.io": "sub",
    "tokens.cloud.shisho.dev": "sub",
    "api.pulumi.com/oidc": "aud sub",
    "oidc.vercel.com": "aud sub",
}
# how a stranger's own value looks where patterns commonly keep its form
_FORMS = {"token.actions.githubusercontent.com:sub": f"repo:{_NOBODY}/{_NOBODY}:ref:refs/heads/main",
          "token.actions.githubusercontent.com:repository": f"{_NOBODY}/{_NOBODY}",
          "gitlab.com:sub": f"project_path:{_NOBODY}/{_NOBODY}:ref_type:branch:ref:main",
          "cognito-identity.amazonaws.com:aud": "us-east-1:00000000-0000-0000-0000-000000000000"}  # fmt: skip


@frozen
class Gap:
    """kind: SHARED (anybody at all gets in) or UNBOUND (everybody whom the company's own provider knows).

    told: a noun phrase for who gets in."""

    kind: str
    told: str


def provider_gap(door: Door, document: PolicyDocument, account_id: str) -> Gap | None:
    """Whom a door of a provider lets in that it should not; None where a condition asks for what is the company's."""
    if ":saml-provider/" in door.value or door.action == _SAML:
        name = door.value.rpartition("/")[2]
        free = demanded(door, document, "saml:aud") is None and _enters(door, document, account_id, {})
        told = f"whoever has an assertion of {name}, whomever it was made for (no saml:aud)"
        return Gap(UNBOUND, told) if free else None
    issuer = door.value.partition(":oidc-provider/")[2] or door.value
    claims = _CLAIMS.get(issuer, "").split()
    if claims:
        keys = [f"{issuer}:{claim}" for claim in claims]
        context: dict[str, Value] = {key: (_FORMS.get(key, _NOBODY),) for key in keys}
        others = ({**context, keys[0]: (text,)} for text in _alike(door, keys[0]))
        if not any(_enters(door, document, account_id, one) for one in (context, *others)):
            return None
        return Gap(SHARED, f"anybody whom {issuer} signs in (no {' or '.join(claims[:2])} of yours is asked for)")
    bound = any(demanded(door, document, f"{issuer}:{claim}".lower()) is not None for claim in ("aud", "sub"))
    if bound or not _enters(door, document, account_id, {}):
        return None
    return Gap(UNBOUND, f"anybody whom {issuer} signs in (no condition on aud or sub)")


def _alike(door: Door, key: str) -> Iterator[str]:
    """Subjects of strangers that fit a pattern which leaves their owner open: "repo:acme*" is also of "acme-evil"."""
    if key.endswith(":sub"):
        for item in door.statement.conditions:
            if item.key.lower() == key:
                heads = ((text, text.partition("*")[0].partition("?")[0]) for text in item.values if has_wildcard(text))
                yield from (sample(text, _NOBODY) for text, head in heads if "/" not in head)


def _enters(door: Door, document: PolicyDocument, account_id: str, context: dict[str, Value]) -> bool:
    """Whether somebody with these claims gets in by the door's statement, or may."""
    only = tuple(item for item in document.statements if item is door.statement or item.effect == "Deny")
    request = Request(door.value, door.action, f"arn:aws:iam::{account_id}:role/asked", {
        "aws:principalarn": UNKNOWN, **context}, False)  # fmt: skip
    try:
        return admission(changed(document, statements=only), [request], explain=False).answer != OUT
    except RequestError:
        return True  # a form of provider that is not known: nothing keeps anybody out for certain
