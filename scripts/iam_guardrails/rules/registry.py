"""`RULES`: every rule there is, in the order a report shows them. The only list."""

from __future__ import annotations

from iam_guardrails.rules import breakglass, callers, chain, delivery, detection, hygiene, recording
from iam_guardrails.rules.engine import Rule

RULES: tuple[Rule, ...] = (
    *breakglass.RULES,
    *callers.RULES,
    *detection.RULES,
    *delivery.RULES,
    *chain.RULES,
    *recording.RULES,
    *hygiene.RULES,
)
