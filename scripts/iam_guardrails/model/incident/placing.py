"""To which declaration an entry belongs: an incident, a drill, or none."""

from __future__ import annotations

from datetime import timedelta

from iam_guardrails.model.drill import LIVE, LONGEST_SECONDS, MARGIN_SECONDS, MARK, DrillRecord
from iam_guardrails.model.incident.against import MARGIN, Against, fits, same_person, told
from iam_guardrails.model.incident.declared_time import declared_at, told_until
from iam_guardrails.model.incident.incident import Incident
from iam_guardrails.model.incident.step import CLOSED, ENTERED, EXITED
from iam_guardrails.model.incident.use import CONSOLE, FOREIGN, UNSEEN, Entry
from iam_guardrails.model.trail.principal import role_name
from iam_guardrails.model.value import frozen

INCIDENT, DRILLED = "incident", "drill"
UNDECLARED, DRILL_UNRECORDED = "reconcile-undeclared", "reconcile-drill-unrecorded"
AFTER_EXIT, OTHER_PERSON, BROKEN = "reconcile-after-exit", "reconcile-other-person", "reconcile-record-broken"


@frozen
class Place:
    """Where an entry belongs. kind: INCIDENT or DRILLED with its id, or the rule that finds it, and why."""

    kind: str
    id: str = ""
    why: str = ""


def place_of(entry: Entry, against: Against) -> Place:
    """The one place of a successful entry: an incident, a drill, or a finding."""
    name = entry.source_identity
    if not name:
        return Place(UNDECLARED, "", _without_id(entry))
    if any(item.incident_id == name for item in against.broken):
        return Place(BROKEN, name, f"the record of {name} is broken")
    incident = against.incident(name)
    if incident is not None:
        return _of_incident(entry, incident)
    if MARK in name:
        return _of_drill(entry, name, against)
    if name in against.elsewhere:
        return Place(UNDECLARED, name, f"its incident id {name} is one of {against.elsewhere[name]}")
    return Place(UNDECLARED, name, f"there is no record of its incident id {name}")


def _without_id(entry: Entry) -> str:
    if entry.how == CONSOLE:
        return "it came through the console, whose Switch Role can carry no incident id (source identity)"
    return "it bears no incident id (source identity)"


def _of_incident(entry: Entry, incident: Incident) -> Place:
    if incident.opened.account_id != entry.account_id:
        why = f"{incident.id} was declared for the account {incident.opened.account_id}, not {entry.account_id}"
        return Place(UNDECLARED, incident.id, why)
    if entry.at < incident.opened_at - MARGIN:
        why = f"{incident.id} was declared only afterwards, at {told(incident.opened_at)}"
        return Place(UNDECLARED, incident.id, why)
    if why := _over(entry, incident):
        return Place(AFTER_EXIT, incident.id, why)
    if not declared_at(incident, entry.at):
        return Place(UNDECLARED, incident.id, f"{incident.id} was declared to last {told_until(incident, entry.at)}")
    if entry.person and not same_person(entry, incident.opened.person):
        why = f"{incident.id} was declared by {incident.opened.person}"
        return Place(OTHER_PERSON, incident.id, why)
    if not entry.person and not unnamed(entry):
        return Place(OTHER_PERSON, incident.id, f"{incident.id} was declared by {incident.opened.person}")
    return Place(INCIDENT, incident.id)


def unnamed(entry: Entry) -> bool:
    """Whether the source lacks the record that would name the caller: then nobody is called another person."""
    return not entry.person and (entry.how in (UNSEEN, CONSOLE) or entry.nameless.startswith(FOREIGN))


def _over(entry: Entry, incident: Incident) -> str:
    """Why an entry came after its incident was over; "" where it did not."""
    closed = incident.of(CLOSED)
    if closed and entry.at > closed[0].at + MARGIN:
        return f"{incident.id} was closed at {told(closed[0].at)}"
    ends = [step for step in incident.of(EXITED) if step.content.get("issued_before")
            and role_name(str(step.content.get("role_arn"))) == role_name(entry.role)]  # fmt: skip
    before = [step for step in ends if step.at + MARGIN < entry.at]
    if before and not any(step.number > before[-1].number and fits(entry, step) for step in incident.of(ENTERED)):
        return f"{incident.id} was exited at {told(before[-1].at)}, and no entry was recorded afterwards"
    return ""


def _of_drill(entry: Entry, name: str, against: Against) -> Place:
    mine = [item for item in against.drills if item.incident_id == name and item.kind == LIVE]
    if not mine:
        return Place(DRILL_UNRECORDED, name, f"its incident id {name} says that it is a drill, and no drill has it")
    fit = [item for item in mine if _during(entry, item) and role_name(item.role_arn) == role_name(entry.role)]
    if not fit:
        return Place(DRILL_UNRECORDED, name, f"the drill {mine[0].id} was at another time or of another role")
    person = fit[0].person
    if person and entry.person and not same_person(entry, person):
        return Place(DRILL_UNRECORDED, name, f"the drill {fit[0].id} was entered by {person}")
    return Place(DRILLED, fit[0].id)


def _during(entry: Entry, drill: DrillRecord) -> bool:
    most = timedelta(seconds=LONGEST_SECONDS + MARGIN_SECONDS)
    end = drill.ended_at or drill.started_at + most
    return drill.started_at - MARGIN <= entry.at <= end + MARGIN
