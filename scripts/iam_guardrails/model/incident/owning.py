"""Which calls belong to a use that an incident declares: those of its sessions, and what they led to (belonging)."""

from __future__ import annotations

from collections.abc import Sequence

from iam_guardrails.model.incident.belonging import belonging
from iam_guardrails.model.incident.ending import ended_at
from iam_guardrails.model.incident.incident import Incident
from iam_guardrails.model.incident.lending import Roles, key_of
from iam_guardrails.model.incident.rights import Rights
from iam_guardrails.model.incident.window import begins, called_by, is_entry
from iam_guardrails.model.trail.principal import role_name
from iam_guardrails.model.trail.questions.records import Record


def own(
    records: Sequence[Record], incident: Incident, roles: Roles, rights: Rights | None = None
) -> tuple[Record, ...]:  # fmt: skip
    """The records of this use, of every session that one of its sessions led to, and of what they made to call with.

    A record is the use's where it bears its id as source identity, or is of a session that the record of the incident
    knows (where the role asks for no source identity: by its ARN and its time); so are the calls with the access keys
    of these sessions, with those that they were given for other roles or made for a user, and until the use ended, or
    somebody changed it again, those with what it lent (lending): as a user whose password it set, in sessions of a role
    that it made, in sessions that were begun while a trust was changed, with a key that it made active; and what a
    role or a user did with rights that it had for a while (rights). An entry into the break-glass roles under another
    id is of another use, whose key it was that asked.

    roles: (account, name) of the break-glass roles.  rights: see belonging.
    """
    records = [record for record in records if not _of_another(record, incident, roles)]
    first = [record for record in records if called_by(record, incident) or begins(record, incident)]
    keys = {key_of(record) for record in first if called_by(record, incident)}
    return belonging(records, first, keys, roles, ended_at(first, incident), rights)


def _of_another(record: Record, incident: Incident, roles: Roles) -> bool:
    """Whether it is an entry into a break-glass role that bears another id than the use's."""
    asked = record.text("requestParameters", "sourceIdentity")
    into = role_name(record.text("requestParameters", "roleArn"))
    return is_entry(record) and asked not in ("", incident.id) and into in roles
