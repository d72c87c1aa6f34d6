"""Calls that matter one by one: changes of IAM, silencing calls, root and console use, all within one session."""

from __future__ import annotations

from collections.abc import Iterable

from iam_guardrails.model.trail.facts import CONSOLE, ENTRY, IAM_CHANGE, ROOT, SESSION, SILENCER, DayFacts
from iam_guardrails.model.trail.principal import role_in_message, role_name
from iam_guardrails.model.trail.questions.doubts import Doubts
from iam_guardrails.model.trail.questions.given import Entered, Given, entered
from iam_guardrails.model.trail.questions.records import Record, kept
from iam_guardrails.model.trail.questions.records import told as when
from iam_guardrails.model.trail.questions.rows import Change, Inside
from iam_guardrails.model.value import changed

Facts = Iterable[tuple[str, DayFacts]]


def iam_changes(facts: Facts, doubts: Doubts | None = None) -> list[Change]:
    """Changes of IAM, those that failed too, in the order of time."""
    return [changed(_change(record), parameters=record.parameters) for record in kept(facts, IAM_CHANGE, doubts=doubts)]


def silencer_calls(facts: Facts, doubts: Doubts | None = None) -> list[Change]:
    """Calls that take a guardrail away (model.silencers), those that failed too, in the order of time."""
    return [_change(record) for record in kept(facts, SILENCER, doubts=doubts)]


def root_use(facts: Facts, doubts: Doubts | None = None) -> list[Change]:
    """What the root user did, and sessions that it gave out with GetFederationToken, in the order of time."""
    return [_change(record) for record in kept(facts, ROOT, doubts=doubts)]


def console_use(facts: Facts, doubts: Doubts | None = None) -> list[Change]:
    """Sign-ins to the console, switches of role and sign-outs, in the order of time."""
    return [_change(record) for record in kept(facts, CONSOLE, doubts=doubts)]


def inside(facts: Facts, session: str, roles: frozenset[tuple[str, str]], doubts: Doubts | None = None) -> list[Inside]:
    """Everything in the sessions of the break-glass roles, with the entries and the refused ones, in the order of time.

    session: the name of a session, or the source identity that it was entered with; "" for all sessions.  roles:
    (account, name) of the roles. A refused call names its role in its message only, some not even there: one that
    names no role counts, one that names another does not. What a session entered from there belongs to it, as far as
    those roles are among `roles` (see `onward`); of what may be of it or of another, `doubt` tells that.
    """
    records = kept(facts, SESSION | ENTRY, doubts=doubts)
    found = [(record, _inside(record)) for record in records if not _elsewhere(record, roles)]
    if not session:
        return [row for _, row in found]
    given = Given(record for record, _ in found)
    led: dict[str, Entered] = {}
    while True:
        mine = [
            (record, row) for record, row in found
            if session in (row.session, row.source_identity, _inside_of(record)) or given.is_of(record, led.values())
        ]  # fmt: skip
        more = {one.event_id: one for record, _ in mine if record.reasons & SESSION and (one := entered(record))}
        if more.keys() <= led.keys():
            return [changed(row, doubt=given.doubt(record, led)) for record, row in mine]
        led |= more


def unclear(rows: Iterable[Inside]) -> list[str]:
    """A sentence for each session that some of the rows may be of instead."""
    return sorted({row.doubt for row in rows} - {""})


def onward(rows: Iterable[Inside], roles: frozenset[tuple[str, str]]) -> list[str]:
    """What break-glass sessions entered from there, other than `roles`; a sentence each, as rows hold nothing of it."""
    found: dict[str, str] = {}
    for row in rows:
        if row.outcome != "ok" or not row.action.startswith("sts:AssumeRo") or role_name(row.target) in roles:
            continue
        if row.action == "sts:AssumeRoot":
            told = "became the root user of an account, and what it did as that is not in this answer; ask root-use"
        else:
            told = f"entered {row.target}, and what it did from there is not in this answer; give --role {row.target}"
        found.setdefault(told, f"the session {row.session} of {row.role} {told} too")
    return list(found.values())


def _inside_of(record: Record) -> str:
    """The name of the session that made a call; "" where that is of none of the roles."""
    return record.session if record.reasons & SESSION else ""


def _change(record: Record) -> Change:
    return Change(
        when(record.time), record.action, record.target, record.principal, record.session, record.source_identity,
        record.text("sourceIPAddress"), record.outcome, record.account_id, record.text("awsRegion"), record.event_id,
    )  # fmt: skip


def _inside(record: Record) -> Inside:
    entry = record.reasons & ENTRY
    asked = record.text("requestParameters", "roleArn") or role_in_message(record.text("errorMessage"))
    return Inside(
        when(record.time), record.text("requestParameters", "roleSessionName") if entry else record.session,
        asked if entry else _role(record),
        (record.text("requestParameters", "sourceIdentity") if entry else "") or record.source_identity,
        record.action, record.target, record.content.get("readOnly") is False, record.outcome,
        record.text("sourceIPAddress"), record.text("awsRegion"), record.event_id,
    )  # fmt: skip


def _elsewhere(record: Record, roles: frozenset[tuple[str, str]]) -> bool:
    if record.reasons & SESSION or record.text("requestParameters", "roleArn"):
        return False
    told = role_in_message(record.text("errorMessage"))
    return bool(told) and role_name(told) not in roles


def _role(record: Record) -> str:
    who = record.principal
    return who if role_name(who)[0] else ""
