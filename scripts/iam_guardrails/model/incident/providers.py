"""Identity providers that a use changed: who comes in with the token or the assertion of one is let in by the use.

Sources: AWS IAM User Guide, id_roles_providers_oidc and id_roles_providers_saml (the provider tells whose signature is
taken, and for which client ids); AWS CloudTrail User Guide, "CloudTrail userIdentity element" (identityProvider); AWS
STS API Reference, AssumeRoleWithSAML (PrincipalArn) and AssumeRoleWithWebIdentity (Provider, Audience); AWS IAM API
Reference, the calls named here.
"""

from __future__ import annotations

from collections.abc import Iterable

from iam_guardrails.model.trail.questions.records import Record

Provided = tuple[str, str]
"""The ARN of a provider, and the client id that was added to it, "" for all of it."""
_ADD, _REMOVE = "iam:AddClientIDToOpenIDConnectProvider", "iam:RemoveClientIDFromOpenIDConnectProvider"
_OPEN = frozenset({
    "iam:CreateOpenIDConnectProvider", "iam:UpdateOpenIDConnectProviderThumbprint", "iam:CreateSAMLProvider",
    "iam:UpdateSAMLProvider",
})  # fmt: skip
_GONE = frozenset({"iam:DeleteOpenIDConnectProvider", "iam:DeleteSAMLProvider"})
OPENS = _OPEN | {_ADD}
"""Calls after which others may come in through a provider."""
BOUNDS = OPENS | _GONE | {_REMOVE}
"""These, and what ends it."""
_ARNS = ("openIDConnectProviderArn", "sAMLProviderArn", "oidcProviderArn", "samlProviderArn")


def opened(record: Record) -> Provided | None:
    """What of which provider a call opened; None for another call."""
    if record.action not in OPENS or not (arn := _provider(record)):
        return None
    return (arn, record.text("requestParameters", "clientID") if record.action == _ADD else "")


def touched(record: Record, provided: Provided) -> bool:
    """Whether a call changed, or ended, what an earlier one opened."""
    arn, client_id = provided
    if record.action not in BOUNDS or _provider(record) != arn:
        return False
    if record.action in _GONE:
        return True
    if client_id:
        return record.action in (_ADD, _REMOVE) and record.text("requestParameters", "clientID") == client_id
    return record.action in _OPEN


def came_through(record: Record, provided: Provided) -> bool:
    """Whether an entry was made with a token or an assertion of that provider, and for that client id.

    One whose record names no provider may have been.
    """
    name = record.text("eventName")
    if name not in ("AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"):
        return False
    arn, client_id = provided
    if (":saml-provider/" in arn) is not (name == "AssumeRoleWithSAML"):
        return False
    named = _named(record, name)
    audience = record.text("responseElements", "audience")
    if client_id and audience and audience != client_id:
        return False
    return not named or any(is_named(one, arn) for one in named)


def named_in(provided: Iterable[Provided]) -> str:
    """The providers, for a sentence."""
    return ", ".join(sorted({arn for arn, _ in provided}))


def _provider(record: Record) -> str:
    return next((found for place in ("requestParameters", "responseElements") for name in _ARNS
                 if (found := record.text(place, name))), "")  # fmt: skip


def _named(record: Record, name: str) -> tuple[str, ...]:
    """The provider by whichever name. That of a SAML assertion's issuer is a hash of it, and no name."""
    found: tuple[str, ...] = (record.text("requestParameters", "principalArn"),)
    if name != "AssumeRoleWithSAML":
        found = (record.text("responseElements", "provider"), record.text("userIdentity", "identityProvider"),
                 record.text("requestParameters", "providerId"))  # fmt: skip
    return tuple(one for one in found if one)


def is_named(named: str, arn: str) -> bool:
    """Whether that is a provider's name: its ARN, or the issuer of its tokens, a URL that its ARN holds without the
    scheme."""
    return named == arn or named.removeprefix("https://").rstrip("/") == arn.partition(":oidc-provider/")[2]
