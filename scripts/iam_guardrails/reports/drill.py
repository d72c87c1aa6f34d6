"""A drill for a terminal, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from iam_guardrails.model.chain.links import Outcome
from iam_guardrails.model.codec import encode
from iam_guardrails.model.drill import LIVE, MOST_DAYS, NOT_JUDGED, PASSED, DrillRecord, last_passed, of_role
from iam_guardrails.model.expected import Expected
from iam_guardrails.reports.chain.groups import fates, people, regions, tellers, whats


def as_json(record: DrillRecord) -> str:
    """The record as it is kept."""
    return json.dumps(encode(record), indent=2, ensure_ascii=False) + "\n"


def live_text(record: DrillRecord, path: str) -> str:
    """A live drill: what rang and what arrived, each with its seconds."""
    lines = [f"drill {record.environment}, live: {record.outcome.upper()}"]
    lines += [f"  {record.person} assumed {record.role_arn}, incident id {record.incident_id}"] if record.person else []
    for item in record.rung:
        where = f" in {item.region}" if item.region not in ("", record.region) else ""
        lines.append(f"  {item.seconds:6.1f} s  the alarm {item.name}{where} went into ALARM")
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
    told, lost, undecided = record.events_told, record.events_lost, record.events_undecided
    lines.append(
        f"{told} of {told + lost + undecided} events reach somebody, {lost} reach nobody, {undecided} undecided"
    )
    return "\n".join([*lines, f"  evidence: {path}"]) + "\n"


def _fate_lines(told: bool | None, what: str, by: str, to: str) -> Iterator[str]:
    yield f"  {'TOLD' if told else 'NOBODY' if told is False else 'UNKNOWN':8}{what}"
    if told:
        yield f"          by {by} to {to}"


def status_text(
    records: Iterable[DrillRecord], expected: Expected, environment: str, now: datetime, simulated: bool
) -> str:
    """Every drill there is, and when the next live one of each role is due."""
    listed = tuple(records)
    lines = [f"drills of {environment}"]
    for item in listed:
        where = ", embedded AWS" if item.simulated else ""
        slowest = max((heard.seconds for heard in item.heard), default=None)
        took = f", last message after {slowest:.0f} s" if item.kind == LIVE and slowest is not None else ""
        role = f" {item.role_arn.rpartition('/')[2]} of {item.account_id}" if item.role_arn else ""
        lines.append(f"  {item.id}  {item.kind:8}{item.outcome}{role}{took}{where}")
    for name in expected.role_names:
        lines.append(_due(last_passed(of_role(listed, expected.account_id, name), simulated), name, now))
    return "\n".join(lines) + "\n"


def _due(last: DrillRecord | None, name: str, now: datetime) -> str:
    if last is None:
        return f"no live drill of {name} has passed yet: one is due now"
    due = last.started_at + timedelta(days=MOST_DAYS)
    word = "is overdue since" if due < now else "is due by"
    return f"the next live drill of {name} {word} {due.date().isoformat()}"


def passed(record: DrillRecord) -> bool:
    """Whether the drill passed and left nothing behind."""
    return record.outcome == PASSED and not record.left_behind


def exit_code(record: DrillRecord) -> int:
    """0 passed, 1 failed or left something behind, 2 could not be judged."""
    if record.outcome == NOT_JUDGED:
        return 2
    return 0 if passed(record) else 1
