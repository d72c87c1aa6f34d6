"""Which calls belong to a use that an incident declares: those of its sessions, as `guardrails trail ask
breakglass-session` judges it (questions.given), and what they led to (belonging)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from iam_guardrails.model.incident.belonging import belonging
from iam_guardrails.model.incident.ending import ended
from iam_guardrails.model.incident.incident import Incident
from iam_guardrails.model.incident.lending import Roles, key_of
from iam_guardrails.model.incident.rights import Rights
from iam_guardrails.model.incident.window import begins, is_entry, known
from iam_guardrails.model.trail.principal import role_name
from iam_guardrails.model.trail.questions.given import Entered, Given, entered, loosely
from iam_guardrails.model.trail.questions.records import Record
from iam_guardrails.model.value import frozen


@frozen
class Owned:
    """The records of a use. ended: when the use did, in seconds (ending.ended).  doubts: why some of its records may be
    of another use; sentences."""

    records: tuple[Record, ...]
    ended: int
    doubts: tuple[str, ...] = ()


def own(records: Sequence[Record], incident: Incident, roles: Roles, rights: Rights | None = None) -> Owned:
    """The records of this use, of every session that one of its sessions led to, and of what they made to call with.

    A record is the use's where it bears its id as source identity, or is of a session that was entered under it, or
    that the record of the incident knows (where the role asks for no source identity: by its ARN and its time), or of
    what such a session entered; so are the calls with the access keys that they were given for other roles or made for
    a user, and until the use ended, or somebody changed it again, those with what it lent (lending): as a user whose
    password it set, in sessions of a role that it made, in sessions that were begun while a trust was changed, with a
    key that it made active; and what a role or a user did with rights that it had for a while (rights). An entry into
    the break-glass roles under another id is of another use, whose key it was that asked.

    roles: (account, name) of the break-glass roles.  rights: see belonging.
    """
    all_records = records
    records = [record for record in records if not _of_another(record, incident, roles)]
    entries = [record for record in records if begins(record, incident)]
    asked = [one for record in entries if (one := entered(record))]
    told = list(_known(incident, asked))
    given = Given(all_records, told)
    followed = given.follow(records, incident.id, [*asked, *told])
    calls = followed.records
    end = ended(entries, calls, incident)
    found = belonging(records, [*entries, *calls], {key_of(record) for record in calls}, roles, end, rights)
    doubts = {given.doubt(record, followed.sessions, incident.id) for record in calls}
    doubts |= {loosely(record) for record in followed.loose}
    return Owned(found, end, tuple(sorted(doubts - {""})))


def _known(incident: Incident, entries: Iterable[Entered]) -> Iterator[Entered]:
    """The sessions that the record of the incident has, for calls whose key nobody tells: the console, CloudShell and
    services have others. Of one with a source identity, as its entry tells, every call tells it, too."""
    for one in known(incident):
        if not any(one.began(entry) and entry.source_identity for entry in entries):
            yield one.session


def _of_another(record: Record, incident: Incident, roles: Roles) -> bool:
    """Whether it is an entry into a break-glass role that bears another id than the use's."""
    into = role_name(record.text("requestParameters", "roleArn"))
    return is_entry(record) and record.given_identity not in ("", incident.id) and into in roles
