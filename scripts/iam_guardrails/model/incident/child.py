"""The environment of the process that gets a session's credentials.

Source: AWS SDKs and Tools Reference Guide, "Environment variables" (credentials, Region, endpoints).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from iam_guardrails.model.incident.entry import Keys

INCIDENT = "GUARDRAILS_INCIDENT"
SESSION = (
    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CREDENTIAL_EXPIRATION", "AWS_REGION",
    "AWS_DEFAULT_REGION", INCIDENT,
)  # fmt: skip
"""What a session's process gets."""
WOULD_WIN = frozenset({
    "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ACCESS_KEY", "AWS_SECRET_KEY", "AWS_SECURITY_TOKEN",
    "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CREDENTIAL_FILE", "AWS_ACCOUNT_ID",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "AWS_SESSION_EXPIRATION",
    "AWS_CREDENTIAL_SCOPE", "AWS_ACCOUNT_ID_ENDPOINT_MODE", "AWS_ASSUME_ROLE_TTL", "AWS_MFA_SERIAL",
})  # fmt: skip
"""Variables by which another identity would be used, or a tool would think that it is."""
_FAMILIES = ("AWS_VAULT", "AWS_SSO_", "AWS_OKTA_", "AWSUME", "GRANTED_", "SAML2AWS_")


def child_environment(
    base: Mapping[str, str], keys: Keys, region: str, expires_at: datetime, incident_id: str
) -> dict[str, str]:
    """`base` without what names another identity or Region, plus the session. Endpoints and certificates stay."""
    kept = {name: value for name, value in base.items() if not _is_other(name)}
    end = expires_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    of_session = (keys.access_key_id, keys.secret_access_key, keys.session_token, end, region, region, incident_id)
    return kept | dict(zip(SESSION, of_session, strict=True))


def _is_other(name: str) -> bool:
    return name in WOULD_WIN or name.startswith(_FAMILIES)
