"""close: what was done in a use of the role, whether it is still so, and what differs from before.

Collect (CloudTrail, by the engine of `trail ask`) -> objects -> look at each -> judge -> Terraform -> acceptances.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from iam_guardrails.journeys.examining import Collected, Surroundings, examine
from iam_guardrails.journeys.trail_ask import NO_FILE, Engine
from iam_guardrails.model.account import Account
from iam_guardrails.model.counting import counted
from iam_guardrails.model.incident.against import Against
from iam_guardrails.model.incident.belonging import followed
from iam_guardrails.model.incident.copied import copied_gaps, copied_notes, copied_of, lasted_until
from iam_guardrails.model.incident.ending import last_call
from iam_guardrails.model.incident.examined import Examined
from iam_guardrails.model.incident.incident import Incident
from iam_guardrails.model.incident.joining import joined
from iam_guardrails.model.incident.lent_told import told_lent, told_rights, told_running
from iam_guardrails.model.incident.owning import own
from iam_guardrails.model.incident.reach import NOWHERE, Reach, account_gaps, file_gaps, file_regions
from iam_guardrails.model.incident.recorded import recorded_in
from iam_guardrails.model.incident.renamed import every_name, renamings, under_new_names, with_new_names
from iam_guardrails.model.incident.rights import Rights
from iam_guardrails.model.incident.rights_before import Before
from iam_guardrails.model.incident.silent import silences
from iam_guardrails.model.incident.through import through_which
from iam_guardrails.model.incident.uncounted import uncounted
from iam_guardrails.model.incident.window import entered_from, missing_entries
from iam_guardrails.model.trail.answer import Coverage
from iam_guardrails.model.trail.facts import ENTRY, IAM_CHANGE, MAKES, SESSION, SILENCER
from iam_guardrails.model.trail.questions.doubts import Doubts
from iam_guardrails.model.trail.questions.kept import kept
from iam_guardrails.model.trail.questions.records import Record
from iam_guardrails.model.trail.window import Window
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import changed

Roles = frozenset[tuple[str, str]]
MOST_SHOWN = 3
NO_BEFORE = Unknown("there is no capture from before")


def collect(
    incident: Incident, roles: Roles, engine: Callable[[Roles], Engine], window: Window, against: Against,
    reach: Reach = NOWHERE, before: Account | Unknown = NO_BEFORE,
) -> Collected:  # fmt: skip
    """The records of a use, also of sessions that were entered from it and of users whom it gave a key. Raises Problem.

    engine: makes what reads, for the roles and users of which everything is kept. It reads again for further ones.
    against: the records that explain entries into the roles which are not of this use.  reach: where it may have left
    records, for a source of files.  before: the capture, which tells what roles and users were allowed then.
    """
    wanted = roles
    while True:
        answered = engine(wanted).ask(window)
        facts, doubts = list(answered.facts), Doubts()
        everything = kept(facts, SESSION | ENTRY | IAM_CHANGE | SILENCER | MAKES, doubts=doubts)
        as_written = [record for record in everything if record.reasons & (SESSION | ENTRY | IAM_CHANGE)]
        new_names = renamings(as_written)
        records = under_new_names(as_written, new_names)
        rights = Rights(Before(with_new_names(before, new_names)), roles)
        owned = own(records, incident, roles, rights)
        mine = owned.records
        led_to = followed(mine, roles) | rights.subjects(records, mine) | through_which(facts, mine, before, roles)
        further = every_name(led_to, new_names) - wanted
        if not further:
            break
        wanted |= further
    coverage = answered.coverage
    gaps = [*coverage.gaps, *(f"{item.key} {item.record}: {item.reason}" for item in coverage.unreadable[:MOST_SHOWN])]
    if len(coverage.unreadable) > MOST_SHOWN:
        gaps.append(f"{counted(len(coverage.unreadable) - MOST_SHOWN, 'other')} cannot be read either")
    if coverage.is_empty:
        gaps.append(NO_FILE)
    ids, own_records = {record.event_id for record in mine} - {""}, set(mine)
    told_of = tuple(one for one, record in zip(as_written, records, strict=True) if record in own_records)
    known = {record.key for record in told_of}
    others = tuple(
        record for record in everything
        if record.reasons & (IAM_CHANGE | SILENCER | MAKES) and record.key not in known
    )  # fmt: skip
    uses = joined(recorded_in(everything, roles, doubts), roles)
    gaps += [*doubts.open_points(), *owned.doubts]
    unsure, notes = uncounted(uses, ids, incident.id, against)
    account_id = incident.opened.account_id
    gaps += [*file_gaps(coverage, account_id, reach), *missing_entries(mine, incident), *unsure]
    gaps += account_gaps(entered_from(mine), {*coverage.accounts, account_id})
    gaps += rights.unknown(records, mine)
    gaps += _silent(coverage, mine, others, incident)
    copied = copied_of(coverage, account_id)
    notes = (
        *coverage.notes,
        *file_regions(coverage, account_id),
        *copied_notes(copied),
        *doubts.notes(),
        *notes,
        *told_lent(records, mine, owned.ended, roles),
        *told_rights(records, mine, rights),
        *told_running(records, mine, rights, owned.ended),
    )
    return Collected(window, told_of, others, tuple(gaps), notes, copied)


def _silent(
    coverage: Coverage, mine: Sequence[Record], others: Sequence[Record], incident: Incident
) -> Sequence[str]:  # fmt: skip
    """When a trail was silent in the time of the use, where the records come from one; sentences."""
    until = lasted_until(mine, others, incident).timestamp()
    return [one.told for one in silences((*mine, *others)) if coverage.by_trail and one.since <= until]


def still_coming(
    incident: Incident, found: Collected, ended: datetime, clock: datetime, delivery_seconds: float
) -> tuple[str, ...]:
    """Whether records of the use may still come; a sentence. ended: when its last session ended."""
    until = last_call(found.mine, found.others, ended) + timedelta(seconds=delivery_seconds)
    if clock >= until:
        return ()
    return (f"CloudTrail may deliver records of this use until about {until:%H:%M:%S} UTC",)


def copied_too_early(incident: Incident, found: Collected, clock: datetime, delivery_seconds: float) -> tuple[str, ...]:
    """Whether the files in a folder end before all records of the use had come; a sentence."""
    last = min(clock, lasted_until(found.mine, found.others, incident))
    until = last_call(found.mine, found.others, last) + timedelta(seconds=delivery_seconds)
    return copied_gaps(found.copied, until)


def wait_for_delivery(
    until: datetime, clock: Callable[[], datetime], wait: Callable[[float], None], tell: Callable[[str], None]
) -> None:
    """Wait until that moment, telling every half minute how long it still takes."""
    while (left := (until - clock()).total_seconds()) > 0:
        tell(f"CloudTrail needs up to {left:.0f} s more to deliver what was done last; Ctrl-C stops without harm")
        wait(min(left, 30.0))


def same(one: Examined, other: Examined) -> bool:
    """Whether two examinations found the same, whenever they were made."""
    return changed(one, since="", until="") == changed(other, since="", until="")


__all__ = [
    "Collected", "Surroundings", "collect", "copied_too_early", "examine", "same", "still_coming", "wait_for_delivery",
]  # fmt: skip
