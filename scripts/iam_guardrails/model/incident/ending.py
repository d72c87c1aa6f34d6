"""When a use ended, and how long its records are waited for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from iam_guardrails.model.incident.incident import Incident
from iam_guardrails.model.incident.lending import LONG_TERM, NEVER, ended_keys, key_of
from iam_guardrails.model.incident.step import ENTERED
from iam_guardrails.model.incident.window import ends_at, ends_by_itself, is_entry, revocations
from iam_guardrails.model.trail.principal import role_name
from iam_guardrails.model.trail.questions.records import Record


def ended(entries: Sequence[Record], calls: Sequence[Record], incident: Incident | None) -> int:
    """When a use ended, in seconds; NEVER where neither its record nor CloudTrail tells when its sessions end.

    entries, calls: of its sessions.  incident: None where perhaps none has a record of it.
    """
    if incident is not None and incident.of(ENTERED):
        known: datetime | None = ends_at(incident)
    else:
        known = _ended_without_record(entries, calls, incident)
    return NEVER if known is None else max([int(known.timestamp()), *(record.time for record in calls)])


def _ended_without_record(
    entries: Sequence[Record], calls: Sequence[Record], incident: Incident | None
) -> datetime | None:  # fmt: skip
    """When sessions ended of which the record of the use does not know: by their expiry, or by being revoked.

    A revocation is of its role; it is taken to end what the sessions of any went on to.
    """
    revoked = list(revocations(incident)) if incident else []
    ends = list[datetime]()
    for record, own in (*((one, True) for one in entries), *((one, False) for one in calls)):
        if is_entry(record) and record.outcome == "ok":
            role = role_name(record.text("requestParameters", "roleArn"))
            cut = [min(at, before) for of, at, before in revoked
                   if before.timestamp() > record.time and (of == role or not own)]  # fmt: skip
            ends.append(min([ends_by_itself(record), *cut]))
    return max(ends, default=None)


def last_call(mine: Iterable[Record], others: Iterable[Record], ended: datetime) -> datetime:
    """The call after which the records of a use are waited for. ended: when its last session ended.

    Whoever has a user's key that nobody ended goes on calling: for these calls nothing waits, for the key is told.
    """
    listed = list(mine)
    over = ended_keys((*listed, *others))
    awaited = [datetime.fromtimestamp(record.time, UTC) for record in listed
               if is_entry(record) or not key_of(record).startswith(LONG_TERM) or key_of(record) in over]  # fmt: skip
    return max([ended, *awaited])
