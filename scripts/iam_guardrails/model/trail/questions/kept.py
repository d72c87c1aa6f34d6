"""Records out of the facts of days: each once, in the order of time, as corrected, and those of one call together.

Sources: AWS IAM User Guide, "Logging IAM and AWS STS API calls with AWS CloudTrail" (the two records of a call from
another account share sharedEventID); AWS CloudTrail User Guide, "CloudTrail record contents" (addendum).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

from iam_guardrails.model.trail.facts import AMENDS, DayFacts, Kept, add_kept, said
from iam_guardrails.model.trail.principal import role_name
from iam_guardrails.model.trail.questions.doubts import Doubts
from iam_guardrails.model.trail.questions.records import Record
from iam_guardrails.model.trail.sign_ins import is_sign_in

_STAYS = (
    "userIdentity", "eventTime", "eventSource", "eventName", "recipientAccountId", "errorCode", "errorMessage",
    "readOnly", "sharedEventID", "sessionCredentialFromConsole",
)  # fmt: skip
"""What a correction may not change: which call it was, who made it, and with which outcome."""
_OF_THE_RECORD = ("eventID", "requestID", "eventVersion", "addendum", "rest")
"""What a correction has of its own; the last is what Athena's answer has beside (adapters.trail_sql)."""


def by_call(records: Iterable[Record], doubts: Doubts) -> list[list[Record]]:
    """The records of each call: two where two accounts recorded it, which share sharedEventID.

    Records that share it and cannot be of one call are each by themselves; of calls of STS that is told.
    Source: AWS IAM User Guide, "Logging IAM and AWS STS API calls with AWS CloudTrail".
    """
    found: dict[object, list[Record]] = {}
    for number, record in enumerate(records):
        shared = record.text("sharedEventID") if record.may_be_shared else ""
        found.setdefault(shared or number, []).append(record)
    calls: list[list[Record]] = []
    for several in found.values():
        if len(several) == 1 or _is_one_call(several):
            calls.append(several)
            continue
        calls += [[one] for one in several]
        if any(one.text("eventSource") == "sts.amazonaws.com" for one in several):
            doubts.unjoined.add(several[0].text("sharedEventID"))
    return calls


def _is_one_call(several: Sequence[Record]) -> bool:
    """Whether they are two, of two accounts, of one time, action, outcome and role, as far as both name one."""
    alike = {(one.time, one.action, one.error) for one in several}
    roles = {role_name(role) for one in several if (role := one.asked_role)}
    apart = {one.account_id for one in several}, {one.event_id for one in several}
    return len(several) == 2 and len(alike) == 1 and len(roles) <= 1 and all(len(those) == 2 for those in apart)


def kept(
    facts: Iterable[tuple[str, DayFacts]], reasons: int, further: int = 0, naming: Collection[bytes] = (),
    doubts: Doubts | None = None,
) -> list[Record]:  # fmt: skip
    """`each_kept` at once."""
    return list(each_kept(facts, reasons, further, naming, doubts))


def each_kept(
    facts: Iterable[tuple[str, DayFacts]], reasons: int, further: int = 0, naming: Collection[bytes] = (),
    doubts: Doubts | None = None,
) -> Iterator[Record]:  # fmt: skip
    """The records that were kept for one of these reasons, each once, in the order of time, read one by one.

    further: more reasons, for which only those are wanted that hold one of the texts `naming`.  doubts: is added to.
    Different records under one event id are all there. In the place of a record that another one corrects stands that.
    """
    found: dict[object, Kept] = {}
    amending: dict[object, Kept] = {}
    beside: set[int] = set()  # hashes of the event ids of the others, which may be very many
    for _, day in facts:
        for item in day.kept:
            if item.reasons & AMENDS:
                add_kept(amending, item)
            if item.reasons & reasons or (item.reasons & further and any(one in item.record for one in naming)):
                add_kept(found, item)
            elif item.event_id:
                beside.add(hash(item.event_id))
    items = sorted(found.values(), key=lambda one: (one.time, one.event_id, one.record))
    doubts = doubts or Doubts()
    count = Counter(item.event_id for item in items if item.event_id)
    doubts.doubled |= {event_id for event_id, times in count.items() if times > 1 or hash(event_id) in beside}
    if amending:
        yield from _corrected(list(map(Record, items)), map(Record, amending.values()), doubts)
    else:
        yield from map(Record, items)


def each_in_passing(facts: Iterable[tuple[str, DayFacts]], reasons: int, doubts: Doubts) -> Iterator[Record]:
    """The records that were kept for one of these reasons, as they come: for what may be more than memory holds.

    One that was delivered twice comes twice, so what is made of them must be the same then. One that another record
    corrects comes as well as that.  doubts: is added to, at the end of them all.
    """
    found: dict[int, int] = {}  # hash of the event id -> hash of what the record says
    beside: dict[int, str] = {}
    claims: set[str] = set()
    for _, day in facts:
        for item in day.kept:
            if item.reasons & AMENDS:
                claims.add(Record(item).text("addendum", "originalEventID"))
            if not item.reasons & reasons:
                beside[hash(item.event_id)] = item.event_id
                continue
            record = Record(item)
            if item.event_id and found.setdefault(hash(item.event_id), now := hash(said(record.content))) != now:
                doubts.doubled.add(item.event_id)
            yield record
    doubts.doubled |= {event_id for number, event_id in beside.items() if event_id and number in found}
    doubts.uncorrected |= {event_id for event_id in claims if event_id and hash(event_id) in found}


def _corrected(records: Sequence[Record], amending: Iterable[Record], doubts: Doubts) -> list[Record]:
    """The records without those that one other of them corrects (`_is_corrected`)."""
    by_original: dict[str, list[str]] = {}
    for record in amending:
        by_original.setdefault(record.text("addendum", "originalEventID"), []).append(record.event_id)
    here = {record.event_id: record for record in records if record.event_id}
    left = []
    for record in records:
        claims = by_original.get(record.event_id, []) if record.event_id else []
        now = here.get(claims[0]) if len(claims) == 1 and claims[0] not in by_original else None
        alone = doubts.doubled.isdisjoint({record.event_id, *claims})
        if now is not None and alone and _is_corrected(record, now):
            doubts.corrected.add(record.event_id)
            continue
        if claims:
            doubts.disputed.add(record.event_id)
        left.append(record)
    return left


def _is_corrected(record: Record, now: Record) -> bool:
    """Whether what claims to correct a record may stand in its place: whoever can write to the source can claim it.

    It must be of the same call, and differ in what it names only. Of entries into roles, and of sign-ins, all the rest
    says who is behind a session: these nothing replaces.
    """
    source, name = record.text("eventSource"), record.text("eventName")
    if source == "sts.amazonaws.com" or is_sign_in(source, name):
        return False
    before, after = record.content, now.content
    differ = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    named = {field.partition(".")[0] for field in re.split(r"[,\s]+", now.text("addendum", "updatedFields"))}
    return differ - {*_OF_THE_RECORD} <= named - {*_STAYS}
