"""Waivers: a finding somebody answers for, until a day. An expired waiver is a finding itself, an unused one too."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from fnmatch import fnmatchcase
from typing import Any

from iam_guardrails.model.finding import Finding, Verdict, Waived, Waiver

PARTS = ("findings", "not_judged", "waived", "clean", "live_only", "notes")


def replaced(verdict: Verdict, **changes: Any) -> Verdict:
    """A copy of the verdict with some of its parts replaced."""
    return Verdict(**{name: changes.get(name, getattr(verdict, name)) for name in PARTS})


def covers(waiver: Waiver, finding: Finding) -> bool:
    """Whether the waiver names this rule and this address (`*` and `?` are wildcards, `[` is literal)."""
    pattern = waiver.address.replace("[", "[[]")
    return waiver.rule == finding.rule and fnmatchcase(finding.address, pattern)


def apply_waivers(verdict: Verdict, waivers: Iterable[Waiver], today: date) -> Verdict:
    """Move waived findings aside; add `waiver-expired` and `waiver-unused` findings.

    An expired waiver covers nothing: the finding it covered stands again.
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
    findings += [_unused(item) for item in live if id(item) not in used]
    return replaced(verdict, findings=tuple(findings), waived=(*verdict.waived, *waived))


def _expired(item: Waiver) -> Finding:
    return Finding(
        "waiver-expired", "high", item.address,
        f"the waiver of {item.rule} ({item.ticket}, {item.owner}) ended on {item.expires_on.isoformat()}",
        "mend what it covered, or have its owner decide again and write a new expires_on",
    )  # fmt: skip


def _unused(item: Waiver) -> Finding:
    return Finding(
        "waiver-unused", "low", item.address,
        f"the waiver of {item.rule} ({item.ticket}, {item.owner}) covers nothing any more",
        "remove it from guardrails.toml, so that it cannot hide a finding that comes back",
    )  # fmt: skip
