"""Records of CloudTrail as entries into a break-glass role and calls in its sessions.

Sources: AWS IAM User Guide, cloudtrail-integration (the two records of a call from another account share
sharedEventID; the role's account sees the caller's id only) and id_credentials_temp_control-access_monitor (the source
identity stays with every session that a session leads to); AWS CloudTrail User Guide, "CloudTrail userIdentity
element" and "AWS Management Console sign-in events" (a SwitchRole record has the role's session as its userIdentity and
no sessionContext; the AssumeRole behind it comes from "AWS Internal").
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from iam_guardrails.model.incident.providers import BOUNDS as OF_PROVIDERS
from iam_guardrails.model.incident.silent import ACTIONS as OF_TRAILS
from iam_guardrails.model.incident.use import API, CONSOLE, FOREIGN, Call, Entry
from iam_guardrails.model.trail.facts import ENTRY, IAM_CHANGE, MAKES, SESSION, SILENCER, DayFacts
from iam_guardrails.model.trail.principal import role_name, session_of
from iam_guardrails.model.trail.questions.doubts import Doubts
from iam_guardrails.model.trail.questions.given import entered
from iam_guardrails.model.trail.questions.kept import by_call, kept
from iam_guardrails.model.trail.questions.records import Record, writes
from iam_guardrails.model.value import field, frozen

Roles = frozenset[tuple[str, str]]
BOUNDS = frozenset(
    f"iam:{name}" for name in (
        "UpdateAssumeRolePolicy", "CreateRole", "DeleteRole", "CreateUser", "CreateAccessKey", "UpdateAccessKey",
        "DeleteAccessKey", "CreateLoginProfile", "UpdateLoginProfile", "DeleteLoginProfile",
    )
) | OF_PROVIDERS  # fmt: skip
"""Calls that tell what a use lent, and until when; whoever makes them (model.incident.lending)."""
_BOUNDS = tuple(f'"{action.partition(":")[2]}"'.encode() for action in sorted((*BOUNDS, *OF_TRAILS)))
_IDENTITY_CENTER = "AWSReservedSSO_"


@frozen
class Recorded:
    """Entries that were made, those that were refused, the console's own sign-in records, and all calls.

    sign_ins, calls: each with its record.  records: all of these, with entries into other roles, and with the
    calls that tell what sessions lent and until when (BOUNDS) and when a trail was silent (silent.ACTIONS), whoever
    made them.  doubts: about these.
    """

    entries: tuple[Entry, ...]
    refused: tuple[Entry, ...]
    sign_ins: tuple[tuple[Entry, Record], ...]
    calls: tuple[tuple[Call, Record], ...]
    records: tuple[Record, ...] = ()
    doubts: Doubts = field(default_factory=Doubts)


def recorded(facts: Iterable[tuple[str, DayFacts]], roles: Roles) -> Recorded:
    """What the records say, in the order of time. roles: (account, name) of the break-glass roles."""
    doubts = Doubts()
    return recorded_in(kept(facts, SESSION | ENTRY, IAM_CHANGE | SILENCER | MAKES, _BOUNDS, doubts), roles, doubts)


def recorded_in(records: Sequence[Record], roles: Roles, doubts: Doubts) -> Recorded:
    """The same, of records in the order of time. doubts: about these; is added to."""
    entries: list[Entry] = []
    refused: list[Entry] = []
    sign_ins: list[tuple[Entry, Record]] = []
    calls: list[tuple[Call, Record]] = []
    for several in by_call((record for record in records if record.reasons & (SESSION | ENTRY)), doubts):
        record = _owners(several)
        role = record.asked_role
        if record.reasons & ENTRY and (not role or role_name(role) in roles):
            entry = _entry(record, _callers(several), role)
            (refused if entry.error else entries).append(entry)
        for one in several:
            if one.reasons & SESSION and _is_sign_in(one) and role_name(one.principal) in roles:
                sign_ins.append((_sign_in(one), one))
            elif one.reasons & SESSION:
                calls.append((call_of(one), one))
                break
    return Recorded(tuple(entries), tuple(refused), tuple(sign_ins), tuple(calls), tuple(records), doubts)


def _owners(several: list[Record]) -> Record:
    """The record of the account that the role is in."""
    return next((one for one in several if role_name(one.asked_role)[0] == one.account_id), several[0])


def _callers(several: list[Record]) -> Record:
    """The record that names the caller."""
    return next((one for one in several if one.text("userIdentity", "arn")), several[0])


def _entry(record: Record, caller: Record, role: str) -> Entry:
    person, nameless = person_of(caller)
    return Entry(
        record.event_id, _at(record), role, role_name(role)[0] or record.account_id, caller.principal, person, nameless,
        record.text("requestParameters", "roleSessionName"),
        record.given_identity or caller.source_identity,
        CONSOLE if record.by_console else API, record.error,
        record.text("responseElements", "assumedRoleUser", "assumedRoleId"), entered(record),
        caller.text("sourceIPAddress"), record.text("awsRegion"),
    )  # fmt: skip


def person_of(record: Record) -> tuple[str, str]:
    """Who the caller is as a person, and where that cannot be told, why."""
    kind, who = record.text("userIdentity", "type"), record.principal
    if kind == "IAMUser":
        return record.text("userIdentity", "userName") or who.rpartition("/")[2], ""
    if kind == "SAMLUser":
        return record.text("userIdentity", "userName"), ""
    if kind == "Root":
        return "root", ""
    if kind == "AssumedRole":
        name = record.session
        if role_name(who)[1].startswith(_IDENTITY_CENTER):
            return name, ""
        return "", f'it came from the session "{name}" of {who}, a name that whoever may assume that role can choose'
    if kind == "AWSAccount":
        account_id = record.text("userIdentity", "accountId")
        return "", f"{FOREIGN}{account_id}, whose own record of the call, which names the caller, is not in the source"
    return "", f"it came from {who}"


def _is_sign_in(record: Record) -> bool:
    return record.text("eventSource") == "signin.amazonaws.com" and record.text("eventName") in (
        "SwitchRole", "ConsoleLogin",
    )  # fmt: skip


def _sign_in(record: Record) -> Entry:
    """A sign-in to the console as the role: an entry only where no AssumeRole tells of it."""
    came_from = record.text("additionalEventData", "SwitchFrom")
    person = came_from.rpartition("/")[2] if ":user/" in came_from else ""
    return Entry(
        record.event_id, _at(record), record.principal, role_name(record.principal)[0] or record.account_id,
        came_from or "unknown", person, "" if person else "the console's record does not name who signed in",
        record.session, record.source_identity, CONSOLE, record.error, address=record.text("sourceIPAddress"),
        region=record.text("awsRegion"),
    )  # fmt: skip


def call_of(record: Record) -> Call:
    """The call that a record is of."""
    who, error = "userIdentity", record.error
    goes_on = record.text("eventSource") == "sts.amazonaws.com" and not error
    return Call(
        record.event_id, _at(record), record.action, writes(record.content), error,
        record.text(who, "invokedBy"), record.principal, session_of(record.text(who, "arn")), record.source_identity,
        record.text(who, "accessKeyId"), record.asked_role if goes_on else "",
    )  # fmt: skip


def made_key(record: Record) -> str:
    """The access key id that a call gave: of a session, or of a user; "" where it gave none."""
    if record.text("eventSource") == "sts.amazonaws.com":
        return record.text("responseElements", "credentials", "accessKeyId")
    return record.text("responseElements", "accessKey", "accessKeyId") if record.action == "iam:CreateAccessKey" else ""


def _at(record: Record) -> datetime:
    return datetime.fromtimestamp(record.time, UTC)
