"""A verdict for a terminal."""

from __future__ import annotations

from iam_guardrails.model.finding import Verdict
from iam_guardrails.reports.summary import closing, ordered


def render(verdict: Verdict, title: str) -> str:
    """Plain text, the worst first; ends with one sentence that sums up."""
    lines = [title]
    for item in ordered(verdict.findings):
        lines += [
            f"\n{item.severity.upper():8} {item.address}",
            f"         {item.message}",
            f"         -> {item.remedy}",
            f"         {item.rule}" + (f" ({item.source})" if item.source != "guardrails" else "")
            + (f"; see {item.reference}" if item.reference else ""),
        ]  # fmt: skip
    unsure = [item for item in verdict.not_judged if not item.limit]
    if unsure:
        lines.append("\nNOT JUDGED")
        lines += [
            f"  {item.rule} at {item.address}\n    because {item.reason}\n    -> to make it known, {item.to_know}"
            for item in unsure
        ]
    if verdict.waived:
        lines.append("\nWAIVED")
        lines += [
            f"  {item.finding.rule} at {item.finding.address}: {item.waiver.reason}"
            f" ({item.waiver.ticket}, {item.waiver.owner}, until {item.waiver.expires_on.isoformat()})"
            for item in verdict.waived
        ]
    if verdict.unused_waivers:
        lines.append("\nUNUSED WAIVERS (remove them, so that they cannot hide a finding that comes back)")
        lines += [f"  {i.rule} at {i.address} ({i.ticket}, {i.owner})" for i in verdict.unused_waivers]
    limits = [item for item in verdict.not_judged if item.limit]
    if limits:
        lines.append("\nBEYOND THE EMBEDDED AWS (not verified; a real account is needed)")
        lines += sorted({f"  {item.rule}: {item.reason}" for item in limits})
    if verdict.notes:
        lines.append("\nGOOD TO KNOW")
        lines += [f"  {note}" for note in verdict.notes]
    lines.append(f"\n{closing(verdict)}")
    return "\n".join(lines) + "\n"
