"""Waivers: a finding somebody answers for, until a day. An expired one is a finding itself; an unused one is told."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from fnmatch import fnmatchcase
from typing import Any

from iam_guardrails.model.expected import Expected
from iam_guardrails.model.finding import Finding, Verdict, Waived, Waiver

PARTS = ("findings", "not_judged", "waived", "clean", "live_only", "notes", "unused_waivers")
DRIFT = "drift-"
OWN_FAMILIES = {"drift": DRIFT, "reconcile": "reconcile-"}
"""Journeys that judge rules of their own and no others, and how the ids of those begin."""
LIVE_NAME = re.compile(r"[a-z]{2,}(-[a-z]+)+-\d/")


def replaced(verdict: Verdict, **changes: Any) -> Verdict:
    """A copy of the verdict with some of its parts replaced."""
    return Verdict(**{name: changes.get(name, getattr(verdict, name)) for name in PARTS})


def told(expected: Expected) -> tuple[str, ...]:
    """The notes that the expectations themselves deserve: keys that mean nothing may be slips of the pen."""
    return tuple(f"guardrails.toml: {key} is not a key that means anything" for key in expected.unknown_keys)


def covers(waiver: Waiver, finding: Finding) -> bool:
    """Whether the waiver names this rule and this address (`*` and `?` are wildcards, `[` is literal)."""
    pattern = waiver.address.replace("[", "[[]")
    return waiver.rule == finding.rule and fnmatchcase(finding.address, pattern)


def apply_waivers(verdict: Verdict, waivers: Iterable[Waiver], today: date, origin: str) -> Verdict:
    """Move waived findings aside, add a `waiver-expired` finding per expired waiver, list the unused ones.

    An expired waiver covers nothing: the finding it covered stands again. A waiver is unused only where this journey
    could have used it: see `concerns`.
    """
    waivers = tuple(waivers)
    live = [item for item in waivers if item.expires_on >= today]
    waived: list[Waived] = []
    findings: list[Finding] = []
    for finding in verdict.findings:
        match = next((item for item in live if covers(item, finding)), None)
        if match is None:
            findings.append(finding)
        else:
            waived.append(Waived(finding, match))
    used = {id(item.waiver) for item in waived}
    findings += [_expired(item) for item in waivers if item.expires_on < today]
    unused = tuple(item for item in live if id(item) not in used and concerns(item, verdict, origin))
    return replaced(verdict, findings=tuple(findings), waived=(*verdict.waived, *waived), unused_waivers=unused)


def concerns(waiver: Waiver, verdict: Verdict, origin: str) -> bool:
    """Whether the journey over `origin` ("plan", "live", or of OWN_FAMILIES) could have met what the waiver is about.

    Drift is judged by drift alone, CloudTrail against records by reconcile alone; live things go by ARN or
    "region/name", planned ones by their Terraform address; checkov's checks concern a run with checkov; a rule that
    only the live account can show does not concern a plan.
    """
    for journey, prefix in OWN_FAMILIES.items():
        if waiver.rule.startswith(prefix) or origin == journey:
            return waiver.rule.startswith(prefix) and origin == journey
    if waiver.rule.startswith("CKV"):
        return any(item.rule == "checkov" for item in verdict.clean) or any(
            i.source == "checkov" for i in verdict.findings
        )
    named_live = waiver.address.startswith(("arn:", "account")) or bool(LIVE_NAME.match(waiver.address))
    return named_live if origin == "live" else not named_live and waiver.rule not in verdict.live_only


def _expired(item: Waiver) -> Finding:
    return Finding(
        "waiver-expired", "high", item.address,
        f"the waiver of {item.rule} ({item.ticket}, {item.owner}) ended on {item.expires_on.isoformat()}",
        "mend what it covered, or have its owner decide again and write a new expires_on",
    )  # fmt: skip
