"""The rows that the statements give, as facts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from iam_guardrails.adapters.trail_engine.gather import Gathering
from iam_guardrails.adapters.trail_sql import statements
from iam_guardrails.adapters.trail_sql.binding import columns
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.trail.answer import Unread
from iam_guardrails.model.trail.facts import (
    AMENDS,
    CROSS_ACCOUNT,
    FAILED,
    DayFacts,
    Edge,
    Kept,
    Read,
    add_edge,
    add_kept,
    add_read,
    empty,
    use_of,
)
from iam_guardrails.model.trail.principal import pathless, principal

Row = Mapping[str, str]
Active = dict[str, dict[str, int]]
"""Account -> day -> when it last did anything (model.trail.answer.Coverage.active)."""
Held = frozenset[tuple[str, ...]]
"""Account and Region, of some statements also the day (YYYY-MM-DD) of the file, of which there is any record."""
Amended = tuple[tuple[str, str, str], ...]
"""See model.trail.answer.Coverage.amended."""
Lost = tuple[str, Unread]
"""The day of a record, and why it cannot be read again."""
DAY = "all"
"""The day of the facts: that of the whole window, as statements that are not by day do not tell days apart."""

_ANSWER = "Athena's answer"
_PARTS = {statements.USES: "uses", statements.ASSUMPTIONS: "edges", statements.SECRET_READS: "reads"}
"""What the statements that tell no whole records are of (model.trail.facts.PARTS)."""


def facts_of(
    name: str, rows: Iterable[Row], roles: frozenset[tuple[str, str]], lost: list[Lost], day: str = DAY
) -> list[tuple[str, DayFacts]]:  # fmt: skip
    """The facts that the question `name` works from. rows: by column name, every value text.  lost: takes the records
    that cannot be read again. Raises Problem.
    """
    statement = statements.STATEMENTS[name]
    if statement is statements.USES:
        return [(day, _uses(rows))]
    if statement is statements.ASSUMPTIONS:
        return [(day, _assumptions(rows))]
    if statement is statements.SECRET_READS:
        return [(day, _reads(rows))]
    return list(_records(list(rows), roles, lost).items())


def wanted_of(name: str, rows: Iterable[Row]) -> list[Row]:
    """The rows that the question asks for, each with all its columns. Raises Problem."""
    names = columns(name)
    return [_whole(row, names) for row in rows if row["alike"]]


def held_of(rows: Iterable[Row]) -> Held:
    """Of what there is any record."""
    found = {place for row in rows if row["held"] for place in row["held"].split(",")}
    return frozenset(tuple(place.replace("/", "-").split(" ")) for place in found)


def no_events_of(rows: Iterable[Row]) -> dict[tuple[str, ...], int]:
    """How many records are no events, by account, Region and day (YYYY-MM-DD) of the file; sorted."""
    found: dict[tuple[str, ...], int] = {}
    for row in rows:
        if row["no_events"]:
            place = tuple(row["no_events"].replace("/", "-").split(" "))
            found[place] = found.get(place, 0) + int(row["records"])
    return dict(sorted(found.items()))


def _whole(row: Row, names: tuple[str, ...]) -> Row:
    return {**row, **dict(zip(names, (value or "" for value in json.loads(row["alike"])), strict=True))}


def facts_by_day(
    name: str, rows: Iterable[Row], roles: frozenset[tuple[str, str]], lost: list[Lost]
) -> tuple[list[tuple[str, DayFacts]], Active, Amended]:
    """As facts_of and `amended`, of the statement by day; and on which days which accounts did anything.

    Raises Problem.
    """
    names = columns(name)
    wanted: dict[str, list[Row]] = {}
    active: Active = {}
    for row in rows:
        if not row["seen_day"]:  # it tells only that there is a record, not one of the window
            continue
        last = _seconds(row["seen_last"])
        day = f"{datetime.fromtimestamp(last, UTC):%Y-%m-%d}"
        for account_id in {row["seen_caller"], row["seen_owner"]} - {""}:
            days = active.setdefault(account_id, {})
            days[day] = max(last, days.get(day, last))
        here = wanted.setdefault(day, [])
        if row["alike"]:
            here.append(_whole(row, names))
    facts = [item for day, those in sorted(wanted.items()) for item in facts_of(name, those, roles, lost, day)]
    return facts, active, amended(name, chain.from_iterable(wanted.values()))


def amended(name: str, rows: Iterable[Row]) -> Amended:
    """Which records others correct (model.trail.answer.Coverage.amended)."""
    part = _PARTS.get(statements.STATEMENTS[name])
    said = (row["amends"].partition(" ") for row in rows if part and row["amends"] and not row.get("shared_event_id"))
    return tuple(sorted({(part or "", event_id, fields) for event_id, _, fields in said}))


def _uses(rows: Iterable[Row]) -> DayFacts:
    found = empty()
    for row in rows:
        user = pathless(row["issuer"] or row["caller"])
        mine = found.uses.setdefault(user or _who(row), {})
        action, last = use_of(row["event_source"], row["event_name"], row["error"]), _seconds(row["last"])
        if last > mine.get(action, -1):
            mine[action] = last
    return found


def _assumptions(rows: Iterable[Row]) -> DayFacts:
    found = empty()
    edges: dict[tuple[object, ...], Edge] = {}
    kept: dict[object, Kept] = {}
    for row in rows:
        last, event_id = _latest(row["last"])
        if row["shared_event_id"]:
            reasons = CROSS_ACCOUNT | (AMENDS if row["amends"] else 0)
            add_kept(kept, Kept(event_id, last, reasons, _shared(row, event_id)))
            continue
        add_edge(
            edges,
            Edge(
                row["account_id"], row["event_name"], _who(row), row["kind"], row["role"],
                {"yes": True, "no": False}.get(row["mfa"]), row["source_identity"], row["via"], row["error"],
                _seconds(row["first"]), last, row["session"], event_id,
                {row["address"]: last} if row["address"] else {}, False, row["more_sessions"] == "yes",
            ),
        )  # fmt: skip
    found.edges, found.kept = list(edges.values()), list(kept.values())
    return found


def _shared(row: Row, event_id: str) -> bytes:
    """A record that two accounts wrote, as far as joining them asks for it."""
    mfa = {"mfaAuthenticated": {"yes": "true", "no": "false"}[row["mfa"]]} if row["mfa"] else {}
    caller = row["caller"] or (row["issuer"] if row["has_arn"] == "yes" else "")
    return json.dumps({
        "eventID": event_id, "eventSource": "sts.amazonaws.com", "eventName": row["event_name"],
        "recipientAccountId": row["account_id"], "sharedEventID": row["shared_event_id"], "errorCode": row["error"],
        "sourceIPAddress": row["address"], "addendum": _addendum(row),
        "userIdentity": {
            "type": row["kind"], "arn": caller, "principalId": row["caller_id"], "accountId": row["shared_caller"],
            "invokedBy": row["via"], "userName": row["caller_user"], "identityProvider": row["caller_provider"],
            "sessionContext": {"sessionIssuer": {"arn": row["issuer"]}, "attributes": mfa},
        },
        "requestParameters": {
            "roleArn": row["role"], "targetPrincipal": row["role"], "roleSessionName": row["session"],
            "sourceIdentity": row["source_identity"],
        } | ({"serialNumber": "told"} if row["mfa"] == "yes" else {}),
    }).encode()  # fmt: skip


def _reads(rows: Iterable[Row]) -> DayFacts:
    reads: dict[tuple[object, ...], Read] = {}
    for row in rows:
        last, event_id = _latest(row["last"])
        action = f"{row['event_source'].partition('.')[0]}:{row['event_name']}"
        for secret in _secrets(row):
            add_read(reads, Read(row["account_id"], _who(row), action, secret, row["error"], _seconds(row["first"]),
                                 last, row["address"], event_id))  # fmt: skip
    found = empty()
    found.reads = list(reads.values())
    return found


def _secrets(row: Row) -> list[str]:
    """What a call names of the secrets it reads; one "" where it names none."""
    if row["secret_id"]:
        return [row["secret_id"]]
    several = [*_texts(row["secret_ids"]), *_texts(row["parameter_names"])]
    return several or [row["parameter_name"] or row["parameter_path"]]


def _texts(array: str) -> list[str]:
    found = _json(array)
    return [item for item in found if isinstance(item, str)] if isinstance(found, list) else []


def _records(rows: Sequence[Row], roles: frozenset[tuple[str, str]], lost: list[Lost]) -> dict[str, DayFacts]:
    """Whole records again, for the embedded engine's own judgement of what each counts as.

    What one asked for may be no JSON to Python, so each is decoded by itself.
    """
    gathering = Gathering(roles)
    gathering.take_records(_ANSWER, [json.dumps(_record(row)) for row in rows])
    for item in gathering.unreadable:
        number = int(item.key.rpartition(" ")[2])
        event_id, time = rows[number]["event_id"], rows[number]["event_time"]
        lost.append((time[:10], Unread(_ANSWER, f"event {event_id}", item.reason)))
    return gathering.facts()


def _record(row: Row) -> dict[str, Any]:
    """A record; what the statement gives as "" is left out, as it is in the file."""
    answered = _json(row["response_elements"])
    answered = answered if isinstance(answered, dict) else {}
    if row["said_failed"] == "yes":
        answered[row["event_name"]] = FAILED
    if credentials := _said({"accessKeyId": row["given_key"], "expiration": row["given_until"]}):
        answered.setdefault("credentials", credentials)
    identity: dict[str, Any] = _said({
        "type": row["caller_type"], "arn": row["caller"], "principalId": row["caller_id"],
        "accountId": row["caller_account"], "invokedBy": row["caller_service"], "userName": row["caller_user"],
        "identityProvider": row["caller_provider"], "accessKeyId": row["caller_key"],
    })  # fmt: skip
    context: dict[str, Any] = _said({"sourceIdentity": row["source_identity"]})
    if attributes := _said({"mfaAuthenticated": row["mfa"], "creationDate": row["session_began"]}):
        context["attributes"] = attributes
    if row["issuer"]:
        context["sessionIssuer"] = {"arn": row["issuer"]}
    if context:
        identity["sessionContext"] = context
    record: dict[str, Any] = _said({
        "eventID": row["event_id"], "awsRegion": row["aws_region"], "sourceIPAddress": row["address"],
        "recipientAccountId": row["recipient_account_id"], "errorCode": row["error"], "errorMessage": row["message"],
        "sharedEventID": row["shared_event_id"], "sessionCredentialFromConsole": row["from_console"],
        "userAgent": row["user_agent"],
    })  # fmt: skip
    if row["switch_from"]:
        record["additionalEventData"] = {"SwitchFrom": row["switch_from"]}
    if row["amends"]:
        record["addendum"] = _addendum(row)
    if row["read_only"]:
        record["readOnly"] = row["read_only"] == "true"
    record |= {"userIdentity": identity, "responseElements": answered}
    record |= {"eventTime": row["event_time"], "eventSource": row["event_source"], "eventName": row["event_name"]}
    return record | {"requestParameters": _json(row["request_parameters"]), "rest": row["rest"]}


def _addendum(row: Row) -> dict[str, str]:
    event_id, _, fields = row["amends"].partition(" ")
    return {"originalEventID": event_id, "updatedFields": fields}


def _said(fields: Mapping[str, str]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value}


def _json(text: str) -> Any:
    """The value; None where there is none, or where Athena's text for it is cut off."""
    try:
        return json.loads(text) if text else None
    except (ValueError, RecursionError):
        return None


def _who(row: Row) -> str:
    return principal(
        row["caller_type"], row["caller"], row["issuer"], row["caller_id"], row["caller_account"],
        row["caller_service"], row["caller_user"], row["caller_provider"],
    )  # fmt: skip


def _latest(text: str) -> tuple[int, str]:
    """The time and the id of the latest of a group's events."""
    time, _, event_id = text.partition(" ")
    return _seconds(time), event_id


def _seconds(time: str) -> int:
    try:
        return int(datetime.fromisoformat(time).timestamp())
    except ValueError:
        raise Problem(f"Athena's answer holds {time[:100]!r}, which is no time of CloudTrail's") from None
