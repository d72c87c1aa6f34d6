"""Records of incidents, held against what CloudTrail recorded, and against themselves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from iam_guardrails.model.incident.against import (
    DELIVERY,
    MARGIN,
    Against,
    entered,
    fits,
    revoked_at,
    told,
)
from iam_guardrails.model.incident.declared_time import declared_until, told_until
from iam_guardrails.model.incident.incident import Incident
from iam_guardrails.model.incident.placing import INCIDENT, OTHER_PERSON, place_of
from iam_guardrails.model.incident.step import CLOSED, LEFT, MOST_MINUTES, Entered, Left, Step
from iam_guardrails.model.incident.use import UNSEEN, Use
from iam_guardrails.rules.reconcile_said import Said

REVIEW_TIME = timedelta(hours=24)
"""How long after its declared end an incident may stay open."""


def record_broken(against: Against) -> Iterator[Said]:
    """Records that are not what was written."""
    for item in against.broken:
        yield Said(item.incident_id, f"{item.where}: {item.why}; uses under this id are not judged")


def entry_missing(against: Against) -> Iterator[Said]:
    """Steps ENTERED without an entry in CloudTrail."""
    for incident in against.incidents_in_window():
        free = [use for use in _uses(incident, against) if use.entry.how != UNSEEN]
        for step, said in entered(incident):
            match = next((use for use in free if fits(use.entry, step)), None)
            if match is not None:
                free.remove(match)
            elif (at := _by_aws(step, said)) < against.until and at >= against.since:
                yield _missing(incident, step, at, against)


def _missing(incident: Incident, step: Step, at: datetime, against: Against) -> Said:
    what = f"step {step.number} tells of an entry at {told(step.at)}"
    if at > against.now - DELIVERY:
        minutes = DELIVERY.seconds // 60
        return Said(incident.id, f"{what}, and CloudTrail may need {minutes} minutes; repeat later", not_judged=True)
    if not against.sees(at, at):
        return Said(incident.id, f"{what}, and the source does not reach there", not_judged=True)
    return Said(incident.id, f"{what}, and CloudTrail has none within {MARGIN.seconds // 60} minutes of it")


def never_used(against: Against) -> Iterator[Said]:
    """Incidents whose time is over and that nobody used."""
    for incident in against.incidents_in_window():
        if entered(incident) or _uses(incident, against):
            continue
        closed = incident.of(CLOSED)
        end = min(incident.due_at, closed[0].at) if closed else incident.due_at
        if end > against.now - DELIVERY:
            continue
        what = f"declared at {told(incident.opened_at)} by {incident.opened.person} ({incident.opened.reason})"
        if against.sees(incident.opened_at - MARGIN, end):
            yield Said(incident.id, f"{what}, and the role was never entered")
        else:
            yield Said(incident.id, f"{what}, and the source does not hold all of that time", not_judged=True)


def never_exited(against: Against) -> Iterator[Said]:
    """Incidents that were entered, and whose sessions nobody revoked."""
    for incident in against.incidents_in_window():
        if incident.is_open and against.now <= incident.due_at + timedelta(minutes=MOST_MINUTES):
            continue
        entries = [(_by_aws(step, said), said.role_arn) for step, said in entered(incident)]
        mine = (use.entry for use in _uses(incident, against))
        own = (INCIDENT, OTHER_PERSON)  # of others, the rule that finds them speaks
        entries += [(entry.at, entry.role) for entry in mine if place_of(entry, against).kind in own]
        alive = [(at, role) for at, role in entries if not any(end > at for end in revoked_at(incident, role))]
        if alive:
            at, role = min(alive)
            yield Said(incident.id, f"{role} was entered at {told(at)}, and no exit that was carried out revoked that"
                                    " session")  # fmt: skip


def never_closed(against: Against) -> Iterator[Said]:
    """Incidents that stay open for more than a day."""
    for incident in against.incidents_in_window():
        if incident.is_open and against.now > incident.due_at + REVIEW_TIME:
            days = (against.now - incident.due_at).days
            yield Said(incident.id, f"{incident.opened.person} declared it until {told(incident.due_at)}, and it is"
                                    f" still {incident.state}, {days} day{'' if days == 1 else 's'} later")  # fmt: skip


def session_late(against: Against) -> Iterator[Said]:
    """Sessions that could still be used after the declared time."""
    for incident in against.incidents_in_window():
        calls = (call for use in _uses(incident, against) for call in use.calls)
        if any(call.at > declared_until(incident, call.at) + MARGIN for call in calls):
            continue  # reconcile-used-late speaks of those
        for step, said in entered(incident):
            end, over = _end(step, said, incident), declared_until(incident, step.at) + MARGIN
            if end > over and against.now > over:
                yield Said(incident.id, f"the session of step {step.number} could be used until {told(end)}, though"
                                        f" the incident was declared {told_until(incident, step.at)}")  # fmt: skip


def _end(step: Step, said: Entered, incident: Incident) -> datetime:
    """When a session ended: its time was over, its child was gone, or it was revoked."""
    ends = [said.expires_at]
    lefts = zip(incident.of(LEFT), incident.contents(LEFT, Left), strict=True)
    ends += [item.at for item, left in lefts if left.entry == step.number]
    ends += [at for at in revoked_at(incident, said.role_arn) if at > step.at]
    return min(ends)


def _by_aws(step: Step, said: Entered) -> datetime:
    """When a step happened, by the clock of AWS."""
    return step.at - timedelta(seconds=said.clock_ahead_seconds)


def _uses(incident: Incident, against: Against) -> list[Use]:
    return [use for use in against.uses if use.entry.source_identity == incident.id]
