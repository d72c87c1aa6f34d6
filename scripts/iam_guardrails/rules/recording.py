"""What is recorded and kept: the trail, its bucket and log group, AWS Config, Access Analyzer."""

from __future__ import annotations

from iam_guardrails.rules import (
    recording_analyzer,
    recording_config,
    recording_config_rules,
    recording_store,
    recording_trail,
)
from iam_guardrails.rules.engine import Rule

RULES: tuple[Rule, ...] = (
    *recording_trail.RULES,
    *recording_store.RULES,
    *recording_config.RULES,
    *recording_config_rules.RULES,
    *recording_analyzer.RULES,
)
