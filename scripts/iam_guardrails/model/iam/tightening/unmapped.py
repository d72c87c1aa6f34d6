"""Calls that succeeded and that no policy of the role seems to allow: their permission bears a name not known here.

The table of names (calls.py) cannot be whole. A call that AWS let pass under a name that none of the role's policies
allow was allowed under another name, or by a policy on the resource. Then nothing of that service is called unused.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from iam_guardrails.model.iam.document import PolicyDocument
from iam_guardrails.model.iam.scope import covers_action
from iam_guardrails.model.iam.tightening.observed import LAST_ACCESSED, Observed

NEEDS_NONE = frozenset({"sts:GetCallerIdentity", "sts:GetSessionToken", "sts:GetAccessKeyInfo"})
"""Calls that AWS answers without asking a policy (AWS STS API Reference)."""


def unmapped(requests: Iterable[Observed], documents: Collection[PolicyDocument]) -> dict[str, str]:
    """IAM prefix -> the name of such a call. documents: all identity policies of the role."""
    events: dict[str, set[str]] = {}
    for seen in requests:
        if not seen.why and seen.event != LAST_ACCESSED and seen.action not in NEEDS_NONE:
            events.setdefault(seen.event, set()).add(seen.action)
    allowing = [item for document in documents for item in document.statements if item.effect == "Allow"]
    found: dict[str, str] = {}
    for event, actions in events.items():
        if not any(covers_action(item, action) for action in actions for item in allowing):
            found |= {action.partition(":")[0]: event.partition(" ")[2] for action in actions}
    return found
