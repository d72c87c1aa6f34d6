"""What is declared about access: the roles of the middleware, who may assume what, and why a statement may be wide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iam_guardrails.model.iam.match import glob_match
from iam_guardrails.model.value import frozen

if TYPE_CHECKING:
    from datetime import date

INGRESS, WORKER = "ingress", "worker"
LONGEST_DAYS = 365
"""How far ahead a justification may reach."""


@frozen
class Middleware:
    """Roles of the middleware. name: a pattern with * and ?; of several that name a role the narrowest counts.

    tier: roles of different tiers must be apart, e.g. INGRESS and WORKER.  trusted: services (e.g.
    "ecs-tasks.amazonaws.com"), ARNs and account ids, as patterns, that may assume them.  boundary: name pattern of
    their permissions boundary, "" where none is asked for.  secrets: name patterns of the secrets they may read.
    """

    name: str
    tier: str
    trusted: tuple[str, ...] = ()
    boundary: str = ""
    secrets: tuple[str, ...] = ()


@frozen
class Assumer:
    """Somebody who is expected to assume a role. role: a name pattern.  principal: a pattern of ARN, service, account
    id or organisation id.  reason: why.  external_id: what the trust policy must ask the principal for, "" for nothing.
    """

    role: str
    principal: str
    reason: str
    external_id: str = ""


@frozen
class Assigned:
    """An assignment of Identity Center that is meant. permission_set, who: name patterns, who of the group or person.
    people: name patterns of everybody who may be in the group, () for a person.  reason: why.  power: the beginning of
    the fingerprint of what the set may allow, as the item shows it; "" for whatever makes no administrator."""

    permission_set: str
    who: str
    people: tuple[str, ...]
    reason: str
    power: str = ""


@frozen
class Justification:
    """Why a wide statement may stand. policy: as the item names it (an ARN, or "role/NAME/POLICY").  statement:
    fingerprint over its meaning, or its first 12 or more digits.  expires_on: that day included.  holders: patterns of
    "role/NAME", "user/NAME" and "group/NAME" who may hold a policy of the company's that is attached; of others the
    policy's name or the fingerprint tells who does."""

    policy: str
    statement: str
    ticket: str
    owner: str
    reason: str
    expires_on: date
    holders: tuple[str, ...] = ()

    def is_for(self, policy: str, meaning: str) -> bool:
        """Whether it speaks of a statement."""
        return self.policy == policy and meaning.startswith(self.statement)


def named_by(patterns: tuple[str, ...], text: str) -> bool:
    """Whether a text fits one of some patterns with * and ?."""
    return any(glob_match(pattern, text) for pattern in patterns)
