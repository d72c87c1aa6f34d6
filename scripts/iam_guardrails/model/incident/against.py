"""What a reconciliation sets against each other.

Sources: AWS General Reference, signing (a request whose time is more than five minutes off is refused, so the clock of
a machine that enters is at most that wrong); AWS IAM User Guide, reference_iam-quotas (names of users are not
distinguished by case) and id_roles_use_revoke-sessions (a revocation takes minutes to bite everywhere).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from iam_guardrails.model.drill import DrillRecord
from iam_guardrails.model.incident.incident import Incident
from iam_guardrails.model.incident.joining import LONGEST
from iam_guardrails.model.incident.step import ENTERED, EXITED, Entered, Exited, Step
from iam_guardrails.model.incident.use import UNSEEN, Entry, Use
from iam_guardrails.model.trail.principal import role_name
from iam_guardrails.model.value import field, frozen

MARGIN = timedelta(minutes=5)
"""Clocks differ by up to this much, and a revocation needs about as long."""
DELIVERY = timedelta(minutes=15)
"""CloudTrail's files come about five minutes after a call, without a guarantee; so long nothing is missed."""


@frozen
class BrokenRecord:
    """A record of an incident that cannot be trusted. where: the file and the line.  why: a clause."""

    incident_id: str
    where: str
    why: str


@frozen
class Against:
    """Both sides. Times are UTC.

    uses, refused: from CloudTrail (model.incident.use).  incidents, broken, drills: the environment's records.
    elsewhere: incident id -> environment, of the others' records.  since, until: the window that is asked about.
    seen_until: up to when the source can be believed to hold everything.  blind: days of which it holds nothing.
    read_from: since when uses were read, at or before `since`.  people: ARNs and user names that may enter.
    """

    environment: str
    account_id: str
    since: datetime
    until: datetime
    seen_until: datetime
    read_from: datetime
    now: datetime
    uses: tuple[Use, ...] = ()
    refused: tuple[Entry, ...] = ()
    incidents: tuple[Incident, ...] = ()
    broken: tuple[BrokenRecord, ...] = ()
    drills: tuple[DrillRecord, ...] = ()
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    blind: frozenset[date] = frozenset()
    people: tuple[str, ...] = ()

    def uses_in_window(self) -> tuple[Use, ...]:
        """Those that reached into the window."""
        return tuple(use for use in self.uses if use.last_at >= self.since and use.entry.at < self.until)

    def incidents_in_window(self) -> tuple[Incident, ...]:
        """Those that reached into the window: open at any time of it, or declared to be."""
        return tuple(
            item for item in self.incidents
            if item.opened_at < self.until
            and (item.is_open or max(item.due_at, *(step.at for step in item.steps)) >= self.since)
        )  # fmt: skip

    def incident(self, incident_id: str) -> Incident | None:
        """The incident of that id."""
        return next((item for item in self.incidents if item.id == incident_id), None)

    def sees(self, first: datetime, last: datetime) -> bool:
        """Whether the source can be believed to hold everything from `first` to `last`."""
        days = (last.date() - first.date()).days + 1
        here = (first.date() + timedelta(days=number) for number in range(days))
        return self.read_from <= first and last <= self.seen_until and not self.blind.intersection(here)


def fits(entry: Entry, step: Step) -> bool:
    """Whether an entry is the one that a step ENTERED tells of: the same session, at about the same time."""
    said = step.content
    at = step.at - timedelta(seconds=int(said.get("clock_ahead_seconds", 0)))
    role = role_name(str(said.get("role_arn", "")))
    latest = at + (LONGEST if entry.how == UNSEEN else MARGIN)
    if role != role_name(entry.role) or said.get("session_name") != entry.session_name:
        return False
    if not at - MARGIN <= entry.at <= latest:
        return False
    return not entry.assumed_role_id or said.get("assumed_role_id") in ("", entry.assumed_role_id)


def same_person(entry: Entry, declared: str) -> bool:
    """Whether who entered is who was declared: an IAM user by ARN or name, or a user of Identity Center; case is
    ignored. declared: such a name, or the ARN of a user or a session."""
    if ":user/" in declared and ":user/" in entry.principal:
        return declared.casefold() == entry.principal.casefold()
    name = declared.rpartition("/")[2] if declared.startswith("arn:") else declared
    return name.casefold() == entry.person.casefold()


def told(at: datetime) -> str:
    """A time for people: UTC, to the second."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def revoked_at(incident: Incident, role_arn: str) -> tuple[datetime, ...]:
    """The times before which sessions of a role were revoked, oldest first."""
    wanted = role_name(role_arn)
    told_of = incident.contents(EXITED, Exited)
    return tuple(item.issued_before for item in told_of if item.issued_before and role_name(item.role_arn) == wanted)


def entered(incident: Incident) -> tuple[tuple[Step, Entered], ...]:
    """The steps ENTERED with what they say."""
    return tuple(zip(incident.of(ENTERED), incident.contents(ENTERED, Entered), strict=True))
