"""What every format says alike: the order of findings and the closing sentence."""

from __future__ import annotations

from collections.abc import Iterable

from iam_guardrails.model.finding import SEVERITIES, Finding, Verdict


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """Findings, the worst first, then by address and rule."""
    return sorted(findings, key=lambda item: (SEVERITIES.index(item.severity), item.address, item.rule))


def counts(verdict: Verdict) -> dict[str, int]:
    """How many of each outcome, and of each severity."""
    made = {
        "findings": len(verdict.findings),
        "not_judged": sum(not item.limit for item in verdict.not_judged),
        "sandbox_limits": sum(bool(item.limit) for item in verdict.not_judged),
        "waived": len(verdict.waived),
        "unused_waivers": len(verdict.unused_waivers),
        "clean": len(verdict.clean),
        "live_only": len(verdict.live_only),
    }
    made.update({name: sum(item.severity == name for item in verdict.findings) for name in SEVERITIES})
    return made


def closing(verdict: Verdict) -> str:
    """One sentence: how it ended."""
    number = counts(verdict)
    parts = [f"{number['findings']} finding{'' if number['findings'] == 1 else 's'}"]
    worst = [f"{number[name]} {name}" for name in SEVERITIES if number[name]]
    if worst:
        parts[0] += f" ({', '.join(worst)})"
    parts.append(f"{number['clean']} rules clean")
    parts.append(f"{number['not_judged']} not judged")
    if number["waived"]:
        parts.append(f"{number['waived']} waived")
    if number["unused_waivers"]:
        parts.append(f"{number['unused_waivers']} waivers unused")
    if number["sandbox_limits"]:
        parts.append(f"{number['sandbox_limits']} beyond what the embedded AWS can show")
    if number["live_only"]:
        parts.append(f"{number['live_only']} rules wait for the live account (verify)")
    return ", ".join(parts)
