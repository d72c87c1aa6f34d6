"""Box: uses of the break-glass role against the records (`breakglass reconcile`), and prevention that is late."""

from __future__ import annotations

import re
from collections.abc import Iterator

from iam_guardrails.model.capture.capture import RECORDS
from iam_guardrails.model.finding import Finding
from iam_guardrails.model.incident.review import settling
from iam_guardrails.model.review.basis import Basis
from iam_guardrails.model.review.calling import Calling
from iam_guardrails.model.review.pictures import BAD, DOUBT, GOOD, Mark, Timeline
from iam_guardrails.model.review.review import EVENT, Box, Item, Table, fingerprint, item_id
from iam_guardrails.model.unknown import Unknown

ID, TITLE = "breakglass", "Break-glass events"
ASKS = "Review break-glass events: every use declared, closed and reviewed, its prevention done"
_OF_RECORDS = ("reconcile-never-", "reconcile-entry-missing", "reconcile-record-broken")
"""Rules whose findings are gone when the record says otherwise; the others' are of what somebody did."""
_DRILLS = "drills"
_COMMAND = re.compile(r"guardrails (breakglass \w+(?: ID)?)")
_COLUMNS = ("incident", "state", "opened", "by", "why")


def box(basis: Basis) -> Box:
    """An item for each finding of the reconciliation and for each prevention action that is late."""
    verdict = basis.reconciled
    items = [*_late(basis)]
    missing: list[str] = []
    if isinstance(verdict, Unknown):
        missing.append(f"uses against the records: {verdict.reason}")
        notes: tuple[str, ...] = ()
    else:
        items += [_item(one, basis.commands.calling) for one in verdict.findings]
        missing += [f"{one.rule} ({one.address}): {one.reason}" for one in verdict.not_judged]
        notes = verdict.notes
    known = basis.incidents
    if isinstance(basis.late, Unknown):
        missing.append(f"whether prevention actions are late: {basis.late.reason}")
    missing += unread_records(basis)
    rows = tuple((one.id, one.state, f"{one.opened_at:%Y-%m-%d}", one.person, one.reason) for one in known.values())
    looked_at = len(known) + (0 if isinstance(verdict, Unknown) else len(verdict.clean) + len(verdict.findings))
    return Box(ID, TITLE, ASKS, looked_at, tuple(items), tuple(missing), notes,
               (Table("Incidents", _COLUMNS, rows),) if rows else (), pictures=tuple(timeline(basis)))  # fmt: skip


def timeline(basis: Basis) -> Iterator[Timeline]:
    """Incidents, drills and alarms in the order of time; of the alarms nobody asks but in a weekly review."""
    marks = [Mark("incidents", one.opened_at, one.id, one.exited_at or one.closed_at,
                  GOOD if one.closed_at else DOUBT) for one in basis.capture.incidents]  # fmt: skip
    marks += [Mark("drills", one.started_at, one.id, one.ended_at, BAD if one.problems else GOOD)
              for one in basis.capture.drills]  # fmt: skip
    firings = () if isinstance(basis.firings, Unknown) else basis.firings
    marks += [Mark("alarms", one.at, one.name, None, GOOD if one.delivered else BAD) for one in firings]
    if marks:
        times = [at for mark in marks for at in (mark.at, mark.until) if at is not None]
        lanes = tuple(dict.fromkeys(mark.lane for mark in marks))
        yield Timeline("Break-glass events", min(times), max(times), lanes, tuple(marks))


def unread_records(basis: Basis) -> Iterator[str]:
    """The records of incidents and drills that the capture could not read, so that the timeline lacks them."""
    for key, why in sorted(basis.capture.not_judged(RECORDS).items()):
        name = key.partition(":")[2]
        if key in basis.capture.refused:
            what = "a record of a drill" if name == _DRILLS else f"the record of {name}"
            yield f"{what}, which the timeline lacks: {why}"


def _late(basis: Basis) -> Iterator[Item]:
    for one in () if isinstance(basis.late, Unknown) else basis.late:
        title = f"{one.incident_id}: {one.what} was due on {one.due} ({one.owner})"
        yield Item(item_id(ID, one.incident_id, one.what), ID, one.incident_id, title, "medium",
                   fingerprint([one.what, one.due]), (), (("owner", one.owner), ("due", one.due)),
                   basis.commands.calling.other(*settling(one)))  # fmt: skip


def _item(one: Finding, calling: Calling) -> Item:
    remedy = _COMMAND.sub(lambda found: calling.other(*found[1].split()), one.remedy)
    evidence = (("rule", one.rule), *(() if one.rule.startswith(_OF_RECORDS) else ((EVENT, one.address),)))
    return Item(item_id(ID, one.address, f"{one.rule} {one.message}"), ID, one.address, f"{one.address}: {one.message}",
                one.severity, fingerprint([one.rule, one.address, one.message]), (), evidence, remedy)  # fmt: skip
