"""The tightening report as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from iam_guardrails.model.iam.tightening.evidence import day
from iam_guardrails.model.iam.tightening.outcome import Outcome
from iam_guardrails.model.iam.tightening.patches import Patches
from iam_guardrails.model.iam.tightening.propose import Proposal


def as_json(outcome: Outcome, source: str, patches: Patches | None) -> str:
    """The whole outcome."""
    window = outcome.window
    content = {
        "source": source,
        "window": {"since": day(window.since), "until": day(window.until), "days": window.days},
        "policies": [_policy(item, patches) for item in outcome.proposals],
        "left_alone": [{"role": item.role_arn, "reason": item.reason, "judged": item.judged}
                       for item in outcome.skipped],
        "unused": list(outcome.unused),
        "refused": {arn: list(actions) for arn, actions in outcome.refused.items()},
        "not_known": list(outcome.notes),
        "patch": patches.text if patches else None,
        "patch_base": patches.base if patches else None,
    }  # fmt: skip
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _policy(item: Proposal, patches: Patches | None) -> dict[str, Any]:
    subject, place = item.subject, patches.places.get(item.subject.key) if patches else None
    return {
        "kind": subject.kind, "name": subject.name, "arn": subject.arn, "roles": list(subject.holders),
        "state": item.state, "reason": item.reason,
        "old": subject.raw if isinstance(subject.raw, Mapping) else None, "new": item.new,
        "old_characters": item.old_characters, "new_characters": item.new_characters,
        "changes": [{"statement": one.statement, "what": one.what, "old": list(one.old), "new": list(one.new),
                     "confidence": one.confidence, "basis": one.basis} for one in item.changes],
        "blind_spots": [{"statement": one.statement, "pattern": one.pattern, "reason": one.reason}
                        for one in item.blind_spots],
        "kept_as_patterns": list(item.shortened),
        "proof": {"verdict": item.proof.verdict, "because": item.proof.because,
                  "assumptions": list(item.proof.assumptions)} if item.proof else None,
        "requests_replayed": item.replayed,
        "terraform": {"address": place.address, "file": place.path, "no_patch_because": place.reason}
        if place else None,
    }  # fmt: skip
