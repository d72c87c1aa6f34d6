"""Attempts that AWS refused, held against the records; and what a reader should know besides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from iam_guardrails.model.incident.against import MARGIN, Against, entered, fits, same_person, told
from iam_guardrails.model.incident.declared_time import declared_at
from iam_guardrails.model.incident.incident import Incident
from iam_guardrails.model.incident.placing import DRILLED, INCIDENT
from iam_guardrails.model.incident.purpose import judged
from iam_guardrails.model.incident.step import CLOSED
from iam_guardrails.model.incident.use import UNSEEN, Entry
from iam_guardrails.rules.reconcile_said import Said
from iam_guardrails.rules.reconcile_uses import placed, who_entered


def refused_in_window(against: Against) -> tuple[Entry, ...]:
    """Refused entries; one that names no role counts where it comes from somebody who may enter."""
    return tuple(item for item in against.refused if against.since <= item.at < against.until
                 and (item.role or _may_enter(item, against)))  # fmt: skip


def refused_undeclared(against: Against) -> Iterator[Said]:
    """Refused entries of people who had declared nothing."""
    yield from _refusals(against, declared=False)


def refused_declared(against: Against) -> Iterator[Said]:
    """Refused entries of people who had declared an incident that was open then."""
    yield from _refusals(against, declared=True)


def notes(against: Against) -> Iterator[str]:
    """What a reader should know though nothing is wrong."""
    for item in against.incidents_in_window():
        if not judged(item.opened.purpose):
            yield f"{item.id}: its purpose is {item.opened.purpose}, so no call can lie outside it"
    for use, place in placed(against):
        incident = against.incident(place.id) if place.kind == INCIDENT else None
        if incident and use.entry.how != UNSEEN and not any(fits(use.entry, step) for step, _ in entered(incident)):
            yield f"{incident.id}: {who_entered(use.entry)}, and its record has no step of that"
    here = [item for item in against.refused if against.since <= item.at < against.until]
    others = len([item for item in here if not item.role and not _may_enter(item, against)])
    if others:
        yield (
            f"{others} refused AssumeRole calls name no role and come from others than those who may enter: they may be"
            " about any role, and do not count"
        )
    kinds = Counter(place.kind for _, place in placed(against))
    found = sum(kinds.values()) - kinds[INCIDENT] - kinds[DRILLED]
    yield (f"entries: {kinds[INCIDENT]} of incidents, {kinds[DRILLED]} of drills, {found} explained by neither;"
           f" clocks may differ by {MARGIN.seconds // 60} minutes")  # fmt: skip


def _refusals(against: Against, declared: bool) -> Iterator[Said]:
    groups: dict[tuple[object, ...], list[Entry]] = {}
    for item in refused_in_window(against):
        incident = next((one for one in against.incidents if _tried_for(item, one)), None)
        if (incident is not None) is declared:
            key = (item.principal, item.person, item.error, item.at.date(), incident.id if incident else "")
            groups.setdefault(key, []).append(item)
    for (*_, incident_id), items in groups.items():
        first = items[0]
        times = "" if len(items) == 1 else f", {len(items)} times on that day"
        who = first.person or first.principal
        what = first.role or "a role that the record does not name"
        during = f", while {incident_id} was open" if incident_id else ", with no incident of theirs open"
        yield Said(first.event_id, f"{who} was refused {what} at {told(first.at)}{times} ({first.error}){during}")


def _tried_for(item: Entry, incident: Incident) -> bool:
    if item.source_identity:
        return item.source_identity == incident.id
    closed = any(item.at > step.at + MARGIN for step in incident.of(CLOSED))
    within = declared_at(incident, item.at) and not closed
    return within and bool(item.person) and same_person(item, incident.opened.person)


def _may_enter(item: Entry, against: Against) -> bool:
    return any(same_person(item, one) for one in against.people) if item.person else False
