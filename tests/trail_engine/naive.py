"""The same questions, answered by the plainest loops over all records in memory: nothing is merged, nothing typed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from iam_guardrails.model.silencers import SILENCERS
from iam_guardrails.model.trail.identity_center import IDENTITY_CHANGES, PORTAL
from tests.silencing_calls import told_by_modules

Record = Mapping[str, Any]
SOURCES = {"cloudwatch": "monitoring"}
READING = ("Get", "List", "Generate", "Simulate")


def distinct(records: Iterable[Record]) -> list[Record]:
    """Without those that were delivered twice."""
    return list({record["eventID"]: record for record in records}.values())


def who(record: Record) -> str:
    """The role or user, a service, or whatever names the caller."""
    identity = record.get("userIdentity") or {}
    issuer = ((identity.get("sessionContext") or {}).get("sessionIssuer") or {}).get("arn")
    if issuer:
        return str(issuer)
    arn = identity.get("arn")
    if arn:
        parts = str(arn).split(":", 5)
        if parts[5].startswith("assumed-role/"):
            return f"{parts[0]}:{parts[1]}:iam::{parts[4]}:role/{parts[5].split('/')[1]}"
        return str(arn)
    if identity.get("type") in ("SAMLUser", "WebIdentityUser"):
        provider = identity.get("identityProvider") or "unknown"
        return f"{provider} {identity.get('userName') or identity.get('principalId') or 'unknown'}"
    if identity.get("onBehalfOf"):
        return f"{identity['accountId']} {identity['onBehalfOf']['userId']}"
    if identity.get("type") == "AWSService" or not identity.get("principalId"):
        return str(identity.get("invokedBy"))
    return f"{identity['accountId']} {identity['principalId'].split(':')[0]}"


def short(principal: str) -> str:
    """Account and name of an ARN, which a session's role has with its path or without; else the whole."""
    return f"{principal.split(':')[4]} {principal.rpartition('/')[2]}" if principal.startswith("arn:") else principal


def last_uses(records: Iterable[Record]) -> dict[tuple[str, str], str]:
    """(name of the role or the whole principal, action) -> last successful call."""
    found: dict[tuple[str, str], str] = {}
    for record in records:
        if not record.get("errorCode") and not record.get("errorMessage") and not refused_sign_in(record):
            key = (short(who(record)), f"{record['eventSource'].split('.')[0]}:{record['eventName']}")
            found[key] = max(found.get(key, ""), record["eventTime"])
    return found


def refused_sign_in(record: Record) -> bool:
    """Whether a sign-in's own answer is that it failed."""
    said = {**(record.get("responseElements") or {}), **(record.get("serviceEventDetails") or {})}
    return record["eventSource"] == "signin.amazonaws.com" and said.get(record["eventName"]) == "Failure"


def changes(records: Iterable[Record]) -> set[str]:
    """Event ids of changes of IAM."""
    return {
        record["eventID"] for record in records
        if (record["eventSource"], record["eventName"]) in IDENTITY_CHANGES
        or (record["eventSource"] == "iam.amazonaws.com"
        and (record.get("readOnly") is False or not record["eventName"].startswith(READING)))
    }  # fmt: skip


def silencing(records: Iterable[Record]) -> set[str]:
    """Event ids of silencing calls."""
    calls = {(f"{SOURCES.get(item.service, item.service)}.amazonaws.com", item.action) for item in SILENCERS}
    calls |= told_by_modules()
    return {
        record["eventID"] for record in records
        if any(record["eventSource"] == source and fnmatchcase(record["eventName"], name) for source, name in calls)
    }  # fmt: skip


def root(records: Iterable[Record]) -> set[str]:
    """Event ids of what the root user did, and sessions that it gave out."""
    return {record["eventID"] for record in records if who(record).endswith(":root")}


def console(records: Iterable[Record]) -> set[str]:
    """Event ids of sign-in events."""
    return {
        record["eventID"] for record in records
        if record["eventSource"] == "signin.amazonaws.com" or (record["eventSource"], record["eventName"]) in PORTAL
    }  # fmt: skip


def in_sessions(records: Iterable[Record], accounts: Iterable[str], name: str) -> set[str]:
    """Event ids of the entries of a role of some accounts, of refused ones, and of what its sessions did."""
    return {record["eventID"] for record in records if _about(record, set(accounts), name)}


def _about(record: Record, accounts: set[str], name: str) -> bool:
    caller = who(record)
    if caller.endswith(f"/{name}") and caller.split(":")[4] in accounts:
        return True
    if record["eventSource"] != "sts.amazonaws.com" or not record["eventName"].startswith("AssumeRole"):
        return False
    asked = asked_role(record)
    return not asked or (asked.endswith(f"/{name}") and asked.split(":")[4] in accounts)


def asked_role(record: Record) -> str:
    """The role that was asked for: in the request, or in the message of a refusal; of AssumeRoot the root user."""
    if record["eventName"] == "AssumeRoot":
        target = str((record.get("requestParameters") or {}).get("targetPrincipal", ""))
        digits = "".join(sign if sign.isdigit() else " " for sign in target).split()
        return next((f"arn:aws:iam::{one}:root" for one in digits if len(one) == 12), "")
    message = record.get("errorMessage") or ""
    told = message.partition("on resource: ")[2].split() if "on resource: arn:" in message else [""]
    return str((record.get("requestParameters") or {}).get("roleArn") or told[0])


def assumed(records: Iterable[Record]) -> dict[tuple[str, str, str], tuple[str, str]]:
    """(role, caller, outcome) -> first and last; the two records of one call are one, told by the caller's."""
    found: dict[tuple[str, str, str], tuple[str, str]] = {}
    for key, shared in _assuming(records):
        times = [record["eventTime"] for record in shared]
        first, last = found.get(key, (min(times), max(times)))
        found[key] = (min(first, *times), max(last, *times))
    return found


def _assuming(records: Iterable[Record]) -> Iterator[tuple[tuple[str, str, str], list[Record]]]:
    """(role, caller, outcome), and the records of the one call."""
    calls: dict[str, list[Record]] = {}
    for record in records:
        if record["eventSource"] == "sts.amazonaws.com" and record["eventName"].startswith("AssumeRo"):
            calls.setdefault(record.get("sharedEventID") or record["eventID"], []).append(record)
    for shared in calls.values():
        caller = next((who(record) for record in shared if "arn" in record["userIdentity"]), who(shared[0]))
        role = next((asked for record in shared if (asked := asked_role(record))), "")
        yield (role, caller, shared[0].get("errorCode") or "ok"), shared


def identities(records: Iterable[Record]) -> set[tuple[str, str, str, str]]:
    """(role, caller, outcome, source identity) of the sessions that assumptions gave out."""
    return {(*key, next((said for record in shared if (said := given_identity(record))), ""))
            for key, shared in _assuming(records)}  # fmt: skip


def given_identity(record: Record) -> str:
    """What was asked for, else what the answer tells, else what the caller's session has."""
    context = record["userIdentity"].get("sessionContext") or {}
    parts = record.get("requestParameters"), record.get("responseElements"), context
    return next((str(part["sourceIdentity"]) for part in parts if part and part.get("sourceIdentity")), "")


def secrets(records: Iterable[Record]) -> dict[tuple[str, str, str], str]:
    """(secret, principal, outcome) -> last read; the two records of one call are one, told by the caller's."""
    found: dict[tuple[str, str, str], str] = {}
    records = list(records)
    told = {record.get("sharedEventID") for record in records if "arn" in record["userIdentity"]} - {None}
    for record in records:
        if "arn" not in record["userIdentity"] and record.get("sharedEventID") in told:
            continue
        for name in _secrets(record):
            key = (name, who(record), record.get("errorCode") or "ok")
            found[key] = max(found.get(key, ""), record["eventTime"])
    return found


def _secrets(record: Record) -> Iterator[str]:
    call, asked = (record["eventSource"], record["eventName"]), record.get("requestParameters") or {}
    if call == ("secretsmanager.amazonaws.com", "GetSecretValue"):
        yield asked.get("secretId", "")
    elif call == ("secretsmanager.amazonaws.com", "BatchGetSecretValue"):
        yield from asked.get("secretIdList") or [""]
    elif call[0] == "ssm.amazonaws.com" and call[1] in ("GetParameter", "GetParameterHistory"):
        yield asked.get("name", "")
    elif call == ("ssm.amazonaws.com", "GetParameters"):
        yield from asked["names"]
    elif call == ("ssm.amazonaws.com", "GetParametersByPath"):
        yield asked["path"]


def denied(records: Iterable[Record]) -> dict[tuple[str, str, str], str]:
    """(principal's last name, action, error) -> last."""
    found: dict[tuple[str, str, str], str] = {}
    for record in records:
        error = record.get("errorCode") or ""
        if "Denied" in error or "Unauthorized" in error:
            key = (
                short(who(record)),
                f"{record['eventSource'].split('.')[0]}:{record['eventName']}",
                error,
            )
            found[key] = max(found.get(key, ""), record["eventTime"])
    return found
