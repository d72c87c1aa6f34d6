"""What a statement says, as a fingerprint: another way to write it keeps it, another meaning changes it."""

from __future__ import annotations

from iam_guardrails.model.iam.document import Statement
from iam_guardrails.model.review.review import fingerprint


def meaning_of(statement: Statement, version: str) -> str:
    """A fingerprint over what a statement says, in hex: order, letter case of actions, Sid and repeats do not count."""
    return fingerprint(
        {
            "version": version,
            "effect": statement.effect,
            "principals": sorted({(item.kind, item.value) for item in statement.principals}),
            "not_principals": sorted({(item.kind, item.value) for item in statement.not_principals}),
            "actions": sorted({item.lower() for item in statement.actions}),
            "not_actions": sorted({item.lower() for item in statement.not_actions}),
            "resources": sorted(set(statement.resources)),
            "not_resources": sorted(set(statement.not_resources)),
            "conditions": sorted(
                (item.operator.lower(), item.key.lower(), sorted(set(item.values))) for item in statement.conditions
            ),
        }
    )
