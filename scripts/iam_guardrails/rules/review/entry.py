"""Box: who can enter the break-glass roles, caller by caller, as `policy callers` tells it."""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.model.account import Role
from iam_guardrails.model.review.basis import Basis
from iam_guardrails.model.review.review import Box, Item, Table, fingerprint, item_id
from iam_guardrails.model.unknown import NotKnown
from iam_guardrails.rules import callers
from iam_guardrails.rules.breakglass_subjects import NOTHING, breakglass_roles, trust_of
from iam_guardrails.rules.review.breakglass import timeline, unread_records

ID, TITLE = "entry", "Who can enter the break-glass role"
ASKS = "Review the trust policy of the break-glass role: the declared people get in, and nobody else does"
_COLUMNS = ("caller", "answer", "as wanted", "what decides")
_NOTE = (
    "Only the trust policy is asked: where it admits a whole account, or a caller of another account, the caller's own "
    "policies must allow sts:AssumeRole as well."
)


def box(basis: Basis) -> Box:
    """A table for each break-glass role, and an item for each lock-out and each hole."""
    items: list[Item] = []
    missing: list[str] = []
    tables: list[Table] = []
    roles = breakglass_roles(basis.capture.account, basis.expected)
    for role in roles:
        try:
            found = _rows(basis, role)
        except NotKnown as why:
            missing.append(f"who can enter {role.name}: {why.reason}")
            continue
        items += _items(role, found)
        missing += [f"{role.name}: {one.reason}; to make it known, {one.remedy}" for one in callers.open_answers(found)]
        tables.append(Table(f"Who gets into {role.name}", _COLUMNS, tuple(map(_shown, found))))
    if not roles:
        refused = (f"{kind}: {why}" for kind, why in basis.capture.account.refused.items() if kind == "roles")
        missing.append("; ".join(refused) or NOTHING.reason)
    missing += unread_records(basis)
    looked_at = sum(len(table.rows) for table in tables)
    return Box(ID, TITLE, ASKS, looked_at, tuple(items), tuple(missing), (_NOTE,) if tables else (), tuple(tables),
               pictures=tuple(timeline(basis)))  # fmt: skip


def _rows(basis: Basis, role: Role) -> list[callers.Row]:
    callers.declared(basis.expected)
    return list(callers.rows(trust_of(role), role.arn, basis.expected, now=basis.as_of))


def _shown(row: callers.Row) -> tuple[str, ...]:
    visitor, found = row
    return visitor.who, found.answer, callers.mark(visitor, found), callers.decides(found)


def _items(role: Role, found: list[callers.Row]) -> Iterator[Item]:
    told = ((callers.owner_locked_out, callers.locked_out(found)), (callers.hole_in_the_trust, callers.holes(found)))
    for rule, messages in told:
        for message in messages:
            yield Item(item_id(ID, role.arn, f"{rule.id} {message}"), ID, role.arn, f"{role.name}: {message}",
                       rule.severity, fingerprint([rule.id, role.arn, message]), (), (("rule", rule.id),),
                       rule.remedy)  # fmt: skip
