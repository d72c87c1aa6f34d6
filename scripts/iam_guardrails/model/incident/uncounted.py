"""Entries into the break-glass roles, in the window of a use, that are not of this use."""

from __future__ import annotations

from collections.abc import Collection

from iam_guardrails.model.incident.against import Against, told
from iam_guardrails.model.incident.placing import DRILLED, INCIDENT, place_of
from iam_guardrails.model.incident.use import UNSEEN, Use, Uses
from iam_guardrails.model.trail.principal import role_name


def uncounted(
    uses: Uses, mine: Collection[str], incident_id: str, against: Against
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Those that nothing explains, and those of other incidents and of drills; sentences.

    mine: ids of the records of the use.  against: the records of incidents and drills that may explain an entry, by
    the judgement of `reconcile` (model.incident.placing).
    """
    doubts, notes = list[str](), list[str]()
    for use in uses.uses:
        if use.entry.source_identity == incident_id or _is_counted(use, mine):
            continue
        place = place_of(use.entry, against)
        if place.kind in (INCIDENT, DRILLED):
            notes.append(f"{_entry(use)} belongs to {place.id} and is not counted here")
        else:
            doubts.append(f"{_entry(use)} is not counted here, for {place.why}: what was done in it is not judged")
    return tuple(doubts), tuple(notes)


def _is_counted(use: Use, mine: Collection[str]) -> bool:
    if use.entry.how == UNSEEN:
        return all(call.event_id in mine for call in use.calls)
    return use.entry.event_id in mine


def _entry(use: Use) -> str:
    entry = use.entry
    what = "a session seen first" if entry.how == UNSEEN else "the entry"
    who = entry.person or entry.principal
    by = "" if entry.how == UNSEEN else f" by {who}"
    return f"{what} at {told(entry.at)} into {role_name(entry.role)[1]} as {entry.session_name or 'nobody'}{by}"
