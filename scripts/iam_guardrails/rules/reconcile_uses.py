"""Uses that CloudTrail recorded, held against the records: where each belongs, and what was done in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime

from iam_guardrails.model.counting import counted
from iam_guardrails.model.incident.against import MARGIN, Against, revoked_at, told
from iam_guardrails.model.incident.declared_time import declared_at, declared_until, told_until
from iam_guardrails.model.incident.incident import Incident
from iam_guardrails.model.incident.placing import (
    AFTER_EXIT,
    BROKEN,
    DRILL_UNRECORDED,
    DRILLED,
    INCIDENT,
    OTHER_PERSON,
    UNDECLARED,
    Place,
    place_of,
    unnamed,
)
from iam_guardrails.model.incident.purpose import DRILL, belongs, undated
from iam_guardrails.model.incident.step import CLOSED
from iam_guardrails.model.incident.use import CONSOLE, UNSEEN, Call, Entry, Use
from iam_guardrails.rules.reconcile_said import Said

_MOST_NAMED = 8


def placed(against: Against) -> tuple[tuple[Use, Place], ...]:
    """Each use that reached into the window, with where it belongs."""
    return tuple((use, place_of(use.entry, against)) for use in against.uses_in_window())


def undeclared(against: Against) -> Iterator[Said]:
    """Entries that no record explains."""
    for use, place in placed(against):
        if place.kind == UNDECLARED:
            yield Said(use.entry.event_id, f"{who_entered(use.entry)}: {place.why}; {_done(use)}")
        elif place.kind == BROKEN:
            why = f"{who_entered(use.entry)}, and {place.why}, so nothing explains it"
            yield Said(use.entry.event_id, why, not_judged=True)


def drill_unrecorded(against: Against) -> Iterator[Said]:
    """Entries under a drill's id that no drill's record explains."""
    for use, place in placed(against):
        if place.kind == DRILL_UNRECORDED:
            yield Said(use.entry.event_id, f"{who_entered(use.entry)}: {place.why}; {_done(use)}")


def after_exit(against: Against) -> Iterator[Said]:
    """Entries and calls after an incident was exited or closed."""
    for use, place in placed(against):
        if place.kind == AFTER_EXIT:
            yield Said(use.entry.event_id, f"{who_entered(use.entry)}: {place.why}; {_done(use)}")
            continue
        incident = _incident(use, place, against)
        late = [call for call in use.calls if incident and _is_over(use, call, incident)]
        if incident and late:
            message = f"{who_entered(use.entry)}, and {_calls(late)} came after the incident was exited or closed"
            yield Said(incident.id, message)


def other_person(against: Against) -> Iterator[Said]:
    """Entries by somebody else than who declared the incident."""
    for use, place in placed(against):
        if place.kind == OTHER_PERSON:
            told_why = f" ({use.entry.nameless})" if use.entry.nameless else ""
            yield Said(use.entry.event_id, f"{who_entered(use.entry)}{told_why}, but {place.why}; {_done(use)}")
        elif place.kind in (INCIDENT, DRILLED) and unnamed(use.entry):
            yield Said(use.entry.event_id, f"{who_entered(use.entry)}; {use.entry.nameless}", not_judged=True)


def used_late(against: Against) -> Iterator[Said]:
    """Calls after the declared time, in sessions that were entered within it."""
    for use, place in placed(against):
        incident = _incident(use, place, against)
        if incident is None:
            continue
        late = [call for call in use.calls if not declared_at(incident, call.at) and not call.error
                and not _is_over(use, call, incident)]  # fmt: skip
        if late:
            last = max(call.at for call in late)
            minutes = -int(-(last - declared_until(incident, last)).total_seconds() // 60)
            yield Said(
                incident.id,
                f"{who_entered(use.entry)}, declared {told_until(incident, last)}, and {_calls(late)} came later,"
                f" the last {minutes} minutes after it",
            )


def outside_purpose(against: Against) -> Iterator[Said]:
    """Writes that do not belong to the incident's purpose, or to a drill."""
    for use, place in placed(against):
        incident = _incident(use, place, against)
        purpose = incident.opened.purpose if incident else DRILL if place.kind == DRILLED else ""
        if not purpose:
            continue
        outside = [call for call in use.calls if call.writes and not call.error
                   and not belongs(purpose, call.action, call.invoked_by)]  # fmt: skip
        if outside:
            what = (
                f"{who_entered(use.entry)} for the purpose {purpose}, and made {_calls(outside)}, which lie outside it"
            )
            yield Said(incident.id if incident else place.id, what)


def of_incidents(against: Against) -> Mapping[str, str]:
    """The calls that an incident explains: event id -> the incident's id.

    Those of the sessions that its person entered, and of the ones that these led to, within the declared time and
    before it was exited or closed. Whether they fit its purpose, outside_purpose judges.
    """
    found: dict[str, str] = {}
    for use, place in placed(against):
        incident = against.incident(place.id) if place.kind == INCIDENT else None
        if incident is not None:
            mine = (call for call in use.calls
                    if declared_at(incident, call.at) and not _is_over(use, call, incident))  # fmt: skip
            found.update((call.event_id, incident.id) for call in mine if call.event_id)
    return found


def _incident(use: Use, place: Place, against: Against) -> Incident | None:
    """The incident in whose name a session acted: its own, also where another person entered."""
    return against.incident(place.id) if place.kind in (INCIDENT, OTHER_PERSON) else None


def _is_over(use: Use, call: Call, incident: Incident) -> bool:
    """Whether a call that succeeded came after its session was revoked, or its incident was closed."""
    closed = [step.at for step in incident.of(CLOSED)]
    ends: list[datetime] = [at for at in revoked_at(incident, use.entry.role) if at > use.entry.at] + closed[:1]
    return not call.error and any(call.at > at + MARGIN for at in ends)


def who_entered(entry: Entry) -> str:
    """Who entered what, when, from where and how: the beginning of a sentence."""
    who = entry.person or entry.principal
    how = {CONSOLE: " through the console", UNSEEN: " (its entry is not in the source)"}.get(entry.how, "")
    place = f" from {entry.address}" if entry.address else ""
    verb = "used" if entry.how == UNSEEN else "entered"
    return f"{who} {verb} {entry.role or 'a break-glass role'} at {told(entry.at)}{place}{how}"


def _done(use: Use) -> str:
    done = [call for call in use.calls if call.writes and not call.error and not belongs("", call.action)]
    if not use.calls:
        return "no call in its session is in the source"
    number = counted(len(use.calls), "call")
    return f"in its session: {_calls(done) if done else f'{number}, none that changes'}"


def _calls(calls: list[Call]) -> str:
    numbers = Counter(undated(call.action) for call in calls)
    named = [f"{action}{f' ({count} times)' if count > 1 else ''}" for action, count in sorted(numbers.items())]
    more = f" and {len(named) - _MOST_NAMED} other actions" if len(named) > _MOST_NAMED else ""
    return f"{counted(len(calls), 'call')}: {', '.join(named[:_MOST_NAMED])}{more}"
