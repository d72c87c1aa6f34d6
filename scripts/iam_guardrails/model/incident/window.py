"""Which records belong to a use, and which window is read for it.

Sources: AWS CloudTrail User Guide, "How CloudTrail works" (about five minutes after the call on average, not
guaranteed; LookupEvents of one Region holds that Region's events, those of global services are in us-east-1); AWS IAM
User Guide, id_credentials_temp_control-access_monitor (the source identity persists through role chaining).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from iam_guardrails.model.incident.clocks import HERE, TOLERANCE, ahead, dated
from iam_guardrails.model.incident.effects.sessions import expires_at
from iam_guardrails.model.incident.effects.write import write_of
from iam_guardrails.model.incident.incident import Incident
from iam_guardrails.model.incident.step import ENTERED, EXITED, Entered, Exited, Step
from iam_guardrails.model.trail.facts import SESSION
from iam_guardrails.model.trail.principal import role_name
from iam_guardrails.model.trail.questions.given import Entered as Session
from iam_guardrails.model.trail.questions.given import entered as given_by
from iam_guardrails.model.trail.questions.given import own_of
from iam_guardrails.model.trail.questions.records import Record
from iam_guardrails.model.value import frozen

DELIVERY_SECONDS = 15 * 60
"""How long after the last call its record is waited for: three times the average of five minutes."""
_SKEW = timedelta(minutes=5)
_MINUTE = 60
_UNDATED = timedelta(days=1)
_KEPT = timedelta(days=90)
"""How long CloudTrail's own history is kept."""
_ASSUMING = ("AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity")


def begins_at(incident: Incident, now: datetime) -> datetime:
    """From when on records are read: a little before the declaration, for clocks differ.

    Where the declaration is dated ahead, nobody knows when it was made: then the day before whatever is known is read.
    So it is where another machine dated a step before the declaration, for one of the two clocks was wrong.
    """
    if ahead(incident, ((HERE, now),)):
        return min([now, *(step.at for step in incident.steps)]) - _UNDATED
    known = [dated(step) for step in incident.steps]
    if min(known) < incident.opened_at - TOLERANCE:
        return max(min(known) - _UNDATED, incident.opened_at - _KEPT)
    return min(known) - _SKEW


def undated(incident: Incident, now: datetime) -> tuple[str, ...]:
    """That nobody knows when a use was declared; a sentence."""
    why = ahead(incident, ((HERE, now),))
    told = f"{incident.opened_at:%Y-%m-%d %H:%M} UTC"
    return (f"its declaration is dated {told}, but {why}: when it was made is not known",) if why else ()


def ends_at(incident: Incident) -> datetime:
    """When the last session that the record knows ended: by its expiry, or by being revoked; else the declaration.

    A revocation refuses the sessions of its role from when it is written on, also where its moment lies a little ahead.
    """
    return max([incident.opened_at, *(end for _, _, end in sessions(incident))])


def sessions(incident: Incident) -> Iterator[tuple[Step, Entered, datetime]]:
    """The sessions of the record, with when each ends."""
    revoked = list(revocations(incident))
    for step, entered in zip(incident.of(ENTERED), incident.contents(ENTERED, Entered), strict=True):
        role = role_name(entered.role_arn)
        cut = [max(step.at, min(at, before)) for of, at, before in revoked if of == role and before > step.at]
        yield step, entered, min([entered.expires_at, *cut])


def revocations(incident: Incident) -> Iterator[tuple[tuple[str, str], datetime, datetime]]:
    """Every one that the record knows: of which role, when it was written, and its moment."""
    for step, item in zip(incident.of(EXITED), incident.contents(EXITED, Exited), strict=True):
        if item.issued_before:
            yield role_name(item.role_arn), step.at, item.issued_before


def alive(incident: Incident, now: datetime) -> tuple[Entered, ...]:
    """The sessions of the record that nobody ended and that are not over."""
    revoked = list(revocations(incident))
    return tuple(
        entered for step, entered in zip(incident.of(ENTERED), incident.contents(ENTERED, Entered), strict=True)
        if entered.expires_at > now
        and not any(of == role_name(entered.role_arn) and before > step.at for of, _, before in revoked)
    )  # fmt: skip


def begins(record: Record, incident: Incident) -> bool:
    """Whether it is an entry, or an attempt, of this use: one under its id, or, without a source identity, one that the
    record of the incident knows, by the session, the moment, and its end as AWS said."""
    if not is_entry(record):
        return False
    if record.given_identity:
        asked = record.text("requestParameters", "sourceIdentity")
        steps_on = record.reasons & SESSION and record.source_identity and not asked  # from a session into another role
        return record.given_identity == incident.id and not steps_on
    gave = given_by(record)
    return gave is not None and any(one.began(gave) for one in known(incident))


@frozen
class Known:
    """A session that the record of the incident has. at: when it was entered, by AWS's clock, in seconds since 1970.
    session: for as long as it may have lived, as clocks differ; its source identity is not known."""

    at: int
    session: Session

    def began(self, gave: Session) -> bool:
        """Whether a call gave out this very session."""
        of, skew = self.session, int(_SKEW.total_seconds())
        same = (of.role, of.session) == (gave.role, gave.session) and abs(gave.since - self.at) <= skew
        return same and (not gave.key or abs(gave.until - of.until + skew) <= _MINUTE)


def known(incident: Incident) -> Iterator[Known]:
    """The sessions that the record of the incident has."""
    skew = int(_SKEW.total_seconds())
    for step, item in zip(incident.of(ENTERED), incident.contents(ENTERED, Entered), strict=True):
        role, name = own_of(item.session_arn)
        at, until = int(step.at.timestamp()) - item.clock_ahead_seconds, int(item.expires_at.timestamp())
        if name:
            yield Known(at, Session("", role, name, "", "", at - skew, until + skew, item.principal))


def is_entry(record: Record) -> bool:
    """Whether a record is of a call that begins a session of a role."""
    return record.text("eventSource") == "sts.amazonaws.com" and record.text("eventName") in _ASSUMING


def entered_from(records: Iterable[Record]) -> frozenset[tuple[str, str]]:
    """(account, name) of the roles that were entered with success."""
    return frozenset(
        named for record in records if is_entry(record) and not record.error
        if (named := role_name(record.text("requestParameters", "roleArn")))[0]
    )  # fmt: skip


def ends_by_itself(record: Record) -> datetime:
    """When the session that an entry began ends by itself."""
    return datetime.fromisoformat(expires_at(write_of(record)))


def missing_entries(records: Sequence[Record], incident: Incident) -> tuple[str, ...]:
    """Sessions of the record whose beginning CloudTrail does not show; sentences."""
    shown = [record for record in records if is_entry(record) and not record.error]
    arns = [record.text("responseElements", "assumedRoleUser", "arn") for record in shown]
    found = []
    for step, entered in zip(incident.of(ENTERED), incident.contents(ENTERED, Entered), strict=True):
        if entered.session_arn in arns:
            arns.remove(entered.session_arn)
        else:
            found.append(f"the beginning of the session {entered.session_name} ({step.at:%Y-%m-%d %H:%M} UTC) is not"
                         " among CloudTrail's records")  # fmt: skip
    return tuple(found)
