"""The entry of Change_Log.md, in the form that file describes."""

from __future__ import annotations

import re

from iam_guardrails.model.incident.examined import MANAGED, SETTLED
from iam_guardrails.reports.dossier.told import Dossier, harmless, when, who

_MARKS = re.compile(r"([\\`*_\[\]<>|#])")


def flat(text: str) -> str:
    """Somebody's text as one line of Markdown that means nothing but itself."""
    return _MARKS.sub(r"\\\1", " ".join(harmless(text).split()))


def code(text: str) -> str:
    """Text as code; of what would end it, the mark is left out."""
    return f"`{' '.join(harmless(text).split()).replace('`', '')}`"


def render(dossier: Dossier) -> str:
    """The entry, its heading first."""
    incident, closed = dossier.incident, dossier.closed
    opened = incident.opened
    ticket = f" ({flat(opened.ticket)})" if opened.ticket else ""
    told = f"; told: {flat(closed.told_to)}" if closed.told_to else "; who was told is not recorded"
    lines = [
        f"### {dossier.closed_step.at:%Y-%m-%d} · break-glass · {dossier.environment} · {incident.id}",
        f"- Why: {flat(opened.reason)}{ticket}. {flat(closed.what_happened)}",
        f"- Who: declared by {flat(opened.person)}; {flat('; '.join(who(dossier)) or 'nobody entered')}{told}.",
        f"- When: {when(dossier)}, closed {dossier.closed_step.at:%Y-%m-%d %H:%M}.",
        f"- What was changed: {_changed(dossier)}",
        f"- Alarms: {flat(closed.alarms) or 'nobody wrote down which alerts arrived'}.",
        f"- Prevention: {_prevention(dossier)}",
    ]
    return "\n".join(lines) + "\n"


def _changed(dossier: Dossier) -> str:
    items = [item for item in dossier.examined.items if item.kind != "session" or item.verdict not in SETTLED]
    if not items:
        return "nothing that CloudTrail shows." + _doubt(dossier)
    said = [f"{code(item.told)} {item.verdict}" + (f" ({code(item.address)})" if item.verdict == MANAGED else "")
            for item in items]  # fmt: skip
    left = sum(item.verdict not in SETTLED for item in items)
    more = f" {left} not settled." if left else ""
    folder = "" if dossier.incident.opened.simulated else f"envs/{dossier.environment}/records/"  # as the log sees it
    where = f"{folder}incidents/{dossier.incident.id}.dossier.md"
    return f"{'; '.join(said)}.{more} Details: {code(where)}.{_doubt(dossier)}"


def _doubt(dossier: Dossier) -> str:
    return " The picture may be incomplete, as the dossier says." if dossier.examined.incomplete else ""


def _prevention(dossier: Dossier) -> str:
    closed = dossier.closed
    if not closed.prevention:
        return f"none, because {flat(closed.no_prevention)}."
    return "; ".join(f"{flat(item.text)} ({flat(item.owner)}, {item.due})" for item in closed.prevention) + "."
