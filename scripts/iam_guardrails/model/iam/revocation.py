"""The policy that ends sessions: AWSRevokeOlderSessions.

AWS IAM User Guide, id_roles_use_revoke-sessions: an inline policy of that name denies everything to sessions whose
token was issued before a moment. Anything else under that name is not a revocation, whatever it is called.
"""

from __future__ import annotations

from iam_guardrails.model.iam.document import PolicyDocument

REVOCATION_NAME = "AWSRevokeOlderSessions"


def revoked_before(document: PolicyDocument) -> str | None:
    """The moment (ISO 8601 text) before which sessions are denied, or None when this is not just a revocation."""
    if len(document.statements) != 1:
        return None
    only = document.statements[0]
    whole = only.effect == "Deny" and only.actions == ("*",) and only.resources == ("*",)
    if not whole or only.not_actions or only.not_resources or len(only.conditions) != 1:
        return None
    condition = only.conditions[0]
    fits = condition.operator == "DateLessThan" and condition.key.lower() == "aws:tokenissuetime"
    return condition.values[0] if fits and len(condition.values) == 1 else None
