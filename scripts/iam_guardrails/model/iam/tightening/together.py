"""What only a role's policies together show: a request that would be lost, inline policies that grow too long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from iam_guardrails.model.iam.document import PolicyDocument, parse
from iam_guardrails.model.iam.principals import Estate, Principal, Raw
from iam_guardrails.model.iam.tightening.observed import Seen
from iam_guardrails.model.iam.tightening.propose import TIGHTER, WITHHELD, Proposal
from iam_guardrails.model.iam.tightening.replay import replay
from iam_guardrails.model.iam.tightening.size import INLINE_CHARACTERS, characters
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import changed


def withheld_together(
    estate: Estate, proposals: Sequence[Proposal], seen: Mapping[str, Seen], roles: Sequence[Principal]
) -> tuple[Proposal, ...]:
    """The proposals, those withheld that a role cannot have beside its other policies. seen: by the role's ARN."""
    return _losing(estate, _too_long(proposals, roles), seen, roles)


def _too_long(proposals: Sequence[Proposal], roles: Sequence[Principal]) -> tuple[Proposal, ...]:
    """Inline policies count together. Those that grow are withheld where all of them would not fit."""
    over: set[str] = set()
    for role in roles:
        old = sum(characters(raw) for _, raw in role.inline if isinstance(raw, Mapping))
        mine = [item for item in proposals if item.subject.kind == "inline" and item.state == TIGHTER
                and item.subject.holders == (role.arn,)]  # fmt: skip
        new = old + sum(item.new_characters - item.old_characters for item in mine)
        if new > INLINE_CHARACTERS and new > old:
            over.add(role.arn)
    why = f"the role's inline policies would be longer than IAM allows together ({INLINE_CHARACTERS:,} characters)"
    return tuple(changed(item, state=WITHHELD, reason=why, new=None)
                 if item.state == TIGHTER and item.subject.kind == "inline" and item.subject.holders[0] in over
                 and item.new_characters > item.old_characters else item for item in proposals)  # fmt: skip


def _losing(
    estate: Estate, proposals: Sequence[Proposal], seen: Mapping[str, Seen], roles: Sequence[Principal]
) -> tuple[Proposal, ...]:
    """The proposals without those under which a role, with all its policies and its boundary, would lose a request."""
    lost: set[str] = set()
    for role in roles:
        mine = {item.subject.arn or item.subject.name: item for item in proposals
                if role.arn in item.subject.holders and item.state == TIGHTER}  # fmt: skip
        boundary = estate.boundary_document(role)
        if not mine or isinstance(boundary, Unknown) or (boundary is None and len(role.inline + role.attached) < 2):
            continue  # a policy by itself was looked at when it was proposed
        pairs = [(raw, mine.get(name)) for name, raw in _policies(estate, role)]
        old = tuple(one for raw, _ in pairs if isinstance(one := estate.parsed(raw), PolicyDocument))
        new = tuple(two for raw, item in pairs if (two := _after(estate, raw, item)) is not None)
        if replay(role.arn, seen[role.arn].requests(), old, new, boundary).lost:
            lost.add(role.arn)
    why = "a request that was seen would be refused by the role's policies together"
    return tuple(changed(item, state=WITHHELD, reason=why, new=None)
                 if item.state == TIGHTER and lost.intersection(item.subject.holders) else item
                 for item in proposals)  # fmt: skip


def _policies(estate: Estate, role: Principal) -> list[tuple[str, Raw]]:
    return [*role.inline, *((arn, estate.managed(arn)) for arn in role.attached)]


def _after(estate: Estate, raw: Raw, item: Proposal | None) -> PolicyDocument | None:
    if item is None:
        found = estate.parsed(raw)
        return found if isinstance(found, PolicyDocument) else None
    return parse(item.new) if item.new else None
