"""A drill for a terminal, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from iam_guardrails.model.chain.links import Outcome
from iam_guardrails.model.codec import encode
from iam_guardrails.model.drill import LIVE, MOST_DAYS, PASSED, DrillRecord, last_passed
from iam_guardrails.reports.chain.groups import fates, people, regions, tellers, whats


def as_json(record: DrillRecord) -> str:
    """The record as it is kept."""
    return json.dumps(encode(record), indent=2, ensure_ascii=False) + "\n"


def live_text(record: DrillRecord, path: str) -> str:
    """A live drill: what rang and what arrived, each with its seconds."""
    lines = [f"drill {record.environment}, live: {record.outcome.upper()}"]
    lines += [f"  {record.person} assumed {record.role_arn}, incident id {record.incident_id}"] if record.person else []
    lines += [f"  {item.seconds:6.1f} s  the alarm {item.name} went into ALARM" for item in record.rung]
    lines += [f"  {item.seconds:6.1f} s  a message of the {item.way} {item.name} arrived" for item in record.heard]
    lines += [f"  PROBLEM   {text}" for text in record.problems]
    lines += [f"  LEFT      {command}" for command in record.left_behind]
    if record.simulated:
        lines.append("  The embedded AWS delivers by itself: this shows the plumbing, not what AWS does.")
    return "\n".join([*lines, f"  evidence: {path}"]) + "\n"


def offline_text(record: DrillRecord, outcomes: Iterable[Outcome], path: str) -> str:
    """An offline drill: which alarm each group of events sets off, and who is told."""
    lines = [f"drill {record.environment}, offline: {record.outcome.upper()}"]
    for fate in fates(outcomes):
        lines += _fate_lines(fate.told, f"{fate.family} ({len(fate.outcomes)}): {whats(fate)} in {regions(fate)}",
                             ", ".join(tellers(fate)), people(fate))  # fmt: skip
        if fate.link:
            lines.append(f"          ends at the {fate.link.kind} {fate.link.address}: {fate.link.why}")
    lines.append(f"{record.events_told} of {record.events_told + record.events_lost} events reach somebody")
    return "\n".join([*lines, f"  evidence: {path}"]) + "\n"


def _fate_lines(told: bool | None, what: str, by: str, to: str) -> Iterator[str]:
    yield f"  {'TOLD' if told else 'NOBODY' if told is False else 'UNKNOWN':8}{what}"
    if told:
        yield f"          by {by} to {to}"


def status_text(records: Iterable[DrillRecord], environment: str, now: datetime, simulated: bool) -> str:
    """Every drill there is, and when the next live one is due."""
    listed = tuple(records)
    lines = [f"drills of {environment}"]
    for item in listed:
        where = ", embedded AWS" if item.simulated else ""
        slowest = max((heard.seconds for heard in item.heard), default=None)
        took = f", last message after {slowest:.0f} s" if item.kind == LIVE and slowest is not None else ""
        lines.append(f"  {item.id}  {item.kind:8}{item.outcome}{took}{where}")
    last = last_passed(listed, simulated)
    if last is None:
        return "\n".join([*lines, "no live drill has passed yet: one is due now"]) + "\n"
    due = last.started_at + timedelta(days=MOST_DAYS)
    word = "is overdue since" if due < now else "is due by"
    return "\n".join([*lines, f"the next live drill {word} {due.date().isoformat()}"]) + "\n"


def passed(record: DrillRecord) -> bool:
    """Whether the drill passed and left nothing behind."""
    return record.outcome == PASSED and not record.left_behind
