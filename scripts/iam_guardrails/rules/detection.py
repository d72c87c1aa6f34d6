"""Would a use of break-glass access, or an attempt to hide one, be noticed? Filters, alarms, event rules."""

from __future__ import annotations

from iam_guardrails.rules import (
    detection_actions,
    detection_alarms,
    detection_coverage,
    detection_events,
    detection_filters,
    detection_inversion,
)
from iam_guardrails.rules.engine import Rule

RULES: tuple[Rule, ...] = (
    *detection_coverage.RULES,
    *detection_filters.RULES,
    *detection_inversion.RULES,
    *detection_alarms.RULES,
    *detection_actions.RULES,
    *detection_events.RULES,
)
