"""Calls that matter one by one: changes of IAM, silencing calls, root and console use, all within one session."""

from __future__ import annotations

from collections.abc import Iterable

from iam_guardrails.model.trail.facts import CONSOLE, ENTRY, IAM_CHANGE, ROOT, SESSION, SILENCER, DayFacts
from iam_guardrails.model.trail.principal import role_in_message, role_name
from iam_guardrails.model.trail.questions.doubts import Doubts
from iam_guardrails.model.trail.questions.given import Followed, Given, entered, loosely
from iam_guardrails.model.trail.questions.kept import by_call, kept
from iam_guardrails.model.trail.questions.records import Record, writes
from iam_guardrails.model.trail.questions.records import told as when
from iam_guardrails.model.trail.questions.rows import Change, Inside
from iam_guardrails.model.value import changed

Facts = Iterable[tuple[str, DayFacts]]


def iam_changes(facts: Facts, doubts: Doubts | None = None) -> list[Change]:
    """Changes of IAM and of Identity Center's access, those that failed too, in the order of time."""
    return [changed(_change(record), parameters=record.parameters) for record in kept(facts, IAM_CHANGE, doubts=doubts)]


def silencer_calls(facts: Facts, doubts: Doubts | None = None) -> list[Change]:
    """Calls that take a guardrail away (model.silencers), those that failed too, in the order of time."""
    return [_change(record) for record in kept(facts, SILENCER, doubts=doubts)]


def root_use(facts: Facts, doubts: Doubts | None = None) -> list[Change]:
    """What the root user did, and sessions that it gave out with GetFederationToken, in the order of time."""
    return [_change(record) for record in kept(facts, ROOT, doubts=doubts)]


def console_use(facts: Facts, doubts: Doubts | None = None) -> list[Change]:
    """Sign-ins to the console and the access portal, switches of role and sign-outs, in the order of time."""
    return [_change(record) for record in kept(facts, CONSOLE, doubts=doubts)]


def inside(facts: Facts, session: str, roles: frozenset[tuple[str, str]], doubts: Doubts | None = None) -> list[Inside]:
    """Everything in the sessions of the break-glass roles, with the entries and the refused ones, in the order of time.

    session: the name of a session, or the source identity that it was entered with; "" for all sessions.  roles:
    (account, name) of the roles. A refused call names its role in its message only, some not even there: one that
    names no role counts, one that names another does not. What bears no source identity is a session's by the access
    key that the entry gave out, and where there is no session's context either, as in the record of a sign-in, by its
    role, its name and its time. What a session entered from there belongs to it, as far as those roles are among
    `roles` (see `onward`); of what may be of it or of another, `doubt` tells that.
    """
    doubts = doubts or Doubts()
    records = kept(facts, SESSION | ENTRY, doubts=doubts)
    by_call(records, doubts)  # for what it has to say
    found = [(record, _inside(record)) for record in records if not _elsewhere(record, roles)]
    doubts.unseen |= roles - {role_name(one) for record, row in found for one in (record.principal, row.role)}
    if not session:
        return [row for _, row in found]
    given = Given([record for record, _ in found])
    asked = {one for record, row in found if row.source_identity == session and (one := entered(record))}
    rows = dict(found)
    followed = given.follow(
        list(rows), session, asked,
        lambda record: session in (rows[record].session, rows[record].source_identity, _inside_of(record)),
    )  # fmt: skip
    led = frozenset(one.role for one in followed.led)
    return [changed(rows[record], doubt=_doubt(record, given, followed, led)) for record in followed.records]


def _doubt(record: Record, given: Given, followed: Followed, led: frozenset[tuple[str, str]]) -> str:
    """Why a call that counts may be of another session; "" if not. led: the roles that were entered from there."""
    found = given.doubt(record, followed.sessions, followed.identity) or _by_name(record, given, followed, led)
    return found or (loosely(record) if record in followed.loose else "")


def _by_name(record: Record, given: Given, followed: Followed, led: frozenset[tuple[str, str]]) -> str:
    """That a call of a role that was entered from there counts by the name of its session only; "" if it does not."""
    one = given.gave(record) if record.reasons & ENTRY else None
    if record.reasons & SESSION and one is None:
        role, session, its = role_name(record.principal), record.session, given.of(record)
    elif one is not None:
        role, session, its = one.role, one.session, [one]
    else:
        return ""
    bears = followed.identity in (record.source_identity, one.source_identity if one else "")
    if bears or role not in led or any(other.same in followed.sessions for other in its):
        return ""
    return (f"the role {role[1]} of the account {role[0]} was entered from there, and a session {session} of it counts"
            " here by its name, though it does not come from there, as far as the records tell")  # fmt: skip


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
            told = "became the root user of an account, and what it did as that is not in this answer; ask root-use too"
        elif not row.target:
            told = "entered a role that the record does not name, and what it did from there is not in this answer"
        else:
            told = (
                f"entered {row.target}, and what it did from there is not in this answer; give --role {row.target} too"
            )
        found.setdefault(told, f"the session {row.session} of {row.role} {told}")
    return list(found.values())


def unseen(roles: Iterable[tuple[str, str]]) -> list[str]:
    """That roles were asked about of which there is nothing, by account; sentences."""
    by_account: dict[str, list[str]] = {}
    for account_id, name in sorted(roles):
        by_account.setdefault(account_id, []).append(name)
    return [f"there is neither an entry into {', '.join(names)} of the account {account_id} nor a call from there,"
            " nor a refused entry that names it; whether there is a role of that name, CloudTrail does not tell"
            for account_id, names in by_account.items()]  # fmt: skip


def _inside_of(record: Record) -> str:
    """The name of the session that made a call; "" where that is of none of the roles."""
    return record.session if record.reasons & SESSION else ""


def _change(record: Record) -> Change:
    return Change(
        when(record.time), record.action, record.target, record.principal, record.session, record.source_identity,
        record.text("sourceIPAddress"), record.outcome, record.account_id, record.text("awsRegion"), record.event_id,
    )  # fmt: skip


def _inside(record: Record) -> Inside:
    asked = record.text("requestParameters", "roleArn") or role_in_message(record.text("errorMessage"))
    entry = record.reasons & ENTRY and (asked or not record.reasons & SESSION)  # else all that is known is who called
    return Inside(
        when(record.time), record.text("requestParameters", "roleSessionName") if entry else record.session,
        asked if entry else _role(record),
        record.given_identity if entry else record.source_identity,
        record.action, record.target or record.given_role, writes(record.content), record.outcome,
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
