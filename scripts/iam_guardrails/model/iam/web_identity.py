"""Whom an identity provider signs in that a trust policy should not let in, put to the evaluator as a request.

A shared provider signs in everybody's users, repositories and applications: some claim must be the company's own. The
request has that claim, and every other one that tells companies apart, of somebody else; what it does not tell may be
anything. Sources: AWS IAM User Guide, id_roles_providers_oidc_secure-by-default (shared providers and the claims they
need), id_roles_create_for-idp_oidc, reference_policies_iam-condition-keys (claims as keys, saml:aud) and
id_roles_providers_saml (saml:aud); GitHub's documentation of its tokens (owner and repository in `sub`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice, product

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
_COGNITO = "cognito-identity.amazonaws.com"
_AMR = f"{_COGNITO}:amr"
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
# what the beginning of a pattern has to be so that its owner is told whole; of every other claim, any wildcard leaves
# open whose it is
_OWNED_SUBJECT = r"[^:/]+[:/][^:/]+[:/]"
_OWNED = {"token.actions.githubusercontent.com:sub":
              r"repo:[^/]+/|(?:repository_owner|repository_owner_id|repository_id|enterprise|enterprise_id):[^:]+:",
          "gitlab.com:sub": r"project_path:[^/]+/", "api.pulumi.com/oidc:sub": r"pulumi:[^:]+:org:[^:]+:",
          "repository": r"[^/]+/", "job_workflow_ref": r"[^/]+/", "workflow_ref": r"[^/]+/",
          "project_path": r"[^/]+/", "namespace_path": r"[^/]+/"}  # fmt: skip
_MOST_TOGETHER = 64


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
        if not any(_enters(door, document, account_id, one) for one in _strangers(door, keys)):
            return _guests(door, document, account_id) if issuer == _COGNITO else None
        return Gap(SHARED, f"anybody whom {issuer} signs in (no {' or '.join(claims[:2])} of yours is asked for)")
    bound = any(demanded(door, document, f"{issuer}:{claim}".lower()) is not None for claim in ("aud", "sub"))
    if bound or not _enters(door, document, account_id, {}):
        return None
    return Gap(UNBOUND, f"anybody whom {issuer} signs in (no condition on aud or sub)")


def _guests(door: Door, document: PolicyDocument, account_id: str) -> Gap | None:
    """Whether those get in whom an identity pool of the company's gives an identity without a sign-in.

    Who knows the pool's id, which stands in every app of it, is such a guest where the pool lets guests in; a role of
    guests says so itself. Source: Amazon Cognito Developer Guide, role-trust-and-permissions (aud and amr).
    """
    identities = demanded(door, document, f"{_COGNITO}:sub")
    if identities and not any(map(has_wildcard, identities)):
        return None  # identities that somebody named
    pools = [sample(text, "0") for text in demanded(door, document, f"{_COGNITO}:aud") or ()]
    audiences: list[Value] = [(pool,) for pool in pools] or [UNKNOWN]
    contexts = [{f"{_COGNITO}:aud": audience, f"{_COGNITO}:sub": UNKNOWN} for audience in audiences]
    guests = [one for one in contexts if _enters(door, document, account_id, {**one, _AMR: ("unauthenticated",)})]
    if not guests:
        return None
    of_pool = f"guests of the identity pool {', '.join(pools[:3]) or 'of yours'}"
    if any(_enters(door, document, account_id, {**one, _AMR: ("authenticated",)}) for one in guests):
        return Gap(UNBOUND, f"{of_pool}, where it lets in guests (no {_AMR} of authenticated is asked for)")
    return Gap(SHARED, f"anybody at all ({of_pool}, who need not sign in)")


def _strangers(door: Door, keys: list[str]) -> Iterator[dict[str, Value]]:
    """The claims of strangers: nothing of the company's, and, where a pattern leaves the owner open, what fits it.

    "repo:acme*" is also of "acme-evil", and anybody may own a repository "app", as "*/app" asks.
    """
    plain: dict[str, Value] = {key: (_FORMS.get(key, _NOBODY),) for key in keys}
    yield plain
    fitting = [[(key, text) for text in texts] for key in keys if (texts := _open(door, key))]
    for each in fitting:
        yield from ({**plain, key: (text,)} for key, text in each)
    if len(fitting) > 1:
        for some in islice(product(*fitting), _MOST_TOGETHER):
            yield {**plain, **{key: (text,) for key, text in some}}


def _open(door: Door, key: str) -> list[str]:
    """Texts of strangers that fit those patterns for a claim which have a wildcard before the owner is told."""
    claim = key.rpartition(":")[2]
    owned = _OWNED.get(key, _OWNED.get(claim, _OWNED_SUBJECT if claim == "sub" else ""))
    texts = [text for item in door.statement.conditions if item.key.lower() == key for text in item.values]
    heads = ((text, re.split(r"[*?]", text, maxsplit=1)[0]) for text in texts if has_wildcard(text))
    return [sample(text, _NOBODY) for text, head in heads if not (owned and re.match(owned, head))]


def _enters(door: Door, document: PolicyDocument, account_id: str, context: dict[str, Value]) -> bool:
    """Whether somebody with these claims gets in by the door's statement, or may."""
    only = tuple(item for item in document.statements if item is door.statement or item.effect == "Deny")
    request = Request(door.value, door.action, f"arn:aws:iam::{account_id}:role/asked", {
        "aws:principalarn": UNKNOWN, **context}, False)  # fmt: skip
    try:
        return admission(changed(document, statements=only), [request], explain=False).answer != OUT
    except RequestError:
        return True  # a form of provider that is not known: nothing keeps anybody out for certain
