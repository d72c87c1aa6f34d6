"""Roles with policies and what they did, in a few words, run through the reader, the gatherer and the proposer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from tests.model.estates import ACCOUNT, IAM, account, estate, managed, policy, role, trust, user

from iam_guardrails.adapters.trail_engine.gather import Gathering
from iam_guardrails.model.iam.principals import Estate
from iam_guardrails.model.iam.tightening.evidence import DAY, LastAccessed, Window, day
from iam_guardrails.model.iam.tightening.observed import Gathered, gather
from iam_guardrails.model.iam.tightening.outcome import Outcome, tighten
from iam_guardrails.model.iam.tightening.use import Asked
from iam_guardrails.model.trail.principal import role_name

Doc = dict[str, Any]
SERVICE = trust({"Service": "ec2.amazonaws.com"})
CREATED, SINCE, UNTIL = "2024-01-01T00:00:00+00:00", "2026-01-01", "2026-07-01"


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def record(told: Mapping[str, Any], number: int = 0) -> Doc:
    """A CloudTrail record. told: by (a role's name), call ("source:Name"), with, resources, error, on, invoked_by."""
    source, _, name = told["call"].partition(":")
    issuer = f"{IAM}:role{told.get('path', '/')}{told['by']}"
    return {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole", "principalId": f"AROA{told['by'].upper():0>17}:s",
            "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{told['by']}/s", "accountId": ACCOUNT,
            "sessionContext": {"sessionIssuer": {"type": "Role", "arn": issuer, "userName": told["by"]}},
        },
        "eventTime": f"{told.get('on', '2026-03-01')}T08:00:00Z", "eventSource": f"{source}.amazonaws.com",
        "eventName": name, "awsRegion": told.get("region", "us-east-2"), "sourceIPAddress": "10.0.0.1",
        **({"errorCode": told["error"]} if "error" in told else {}),
        "requestParameters": told.get("with"),
        **({"resources": [{"ARN": arn, "accountId": ACCOUNT} for arn in told["resources"]]}
           if "resources" in told else {}),
        "eventID": f"00000000-0000-4000-8000-{number:012d}", "readOnly": name.startswith(("Get", "List", "Describe")),
        "recipientAccountId": ACCOUNT,
    }  # fmt: skip


def everyday(since: str, until: str) -> list[Doc]:
    """A record of somebody else every six days, as every account has at least."""
    days = range(seconds(since), seconds(until), 6 * DAY)
    return [record({"by": "recorder", "call": "config:DescribeConfigurationRecorders", "on": day(one)}, one)
            for one in days]  # fmt: skip


def seen_by(found: Estate, records: Sequence[Doc]) -> Gathered:
    roles = {role_name(one.arn): one.arn for one in found.roles}
    gathering = Gathering(frozenset(roles))
    gathering.take_records("the case", [json.dumps(one) for one in records])
    assert not gathering.unreadable
    return gather(iter(gathering.facts().items()), roles)


def statement(text: str | Doc) -> Doc:
    """`! action, action on resource, resource`, or a statement as it is."""
    if isinstance(text, dict):
        return text
    head, _, resources = text.removeprefix("! ").partition(" on ")
    made = {"Effect": "Deny" if text.startswith("! ") else "Allow"}
    actions, listed = head.split(", "), (resources or "*").split(", ")
    return {**made, "Action": actions if len(actions) > 1 else actions[0],
            "Resource": listed if len(listed) > 1 else listed[0]}  # fmt: skip


def document(statements: Sequence[str | Doc]) -> Doc:
    return policy(*map(statement, statements))


def estate_of(case: Mapping[str, Any], path: Any) -> Estate:
    """case: roles: name -> {inline: [[statement…]], attached, boundary, path, created, last_used}; managed; users."""
    things = []
    for name, told in case["roles"].items():
        made = role(name, SERVICE, *(document(one) for one in told.get("inline", [])),
                    attached=[_arn(one) for one in told.get("attached", [])],
                    boundary=_arn(told["boundary"]) if "boundary" in told else "")  # fmt: skip
        where = told.get("path", "/")
        made |= {"CreateDate": told.get("created", CREATED), "Path": where, "Arn": f"{IAM}:role{where}{name}"}
        if "last_used" in told:
            made["RoleLastUsed"] = {"LastUsedDate": told["last_used"], "Region": "us-east-2"}
        things.append(made)
    for name, attached in case.get("users", {}).items():
        things.append(user(name, attached=[_arn(one) for one in attached]))
    for name, statements in case.get("managed", {}).items():
        things.append(managed(name.removeprefix("aws/"), document(statements)) | {"Arn": _arn(name)})
    return estate(account(*things), path)


def _arn(name: str) -> str:
    return f"arn:aws:iam::aws:policy/{name[4:]}" if name.startswith("aws/") else f"{IAM}:policy/{name}"


def asked(case: Mapping[str, Any], found: Estate) -> Asked:
    window = Window(seconds(case.get("since", SINCE)), seconds(case.get("until", UNTIL)), tuple(case.get("gaps", ())))
    arns = {one.name: one.arn for one in found.roles}
    told = {
        arns[name]: LastAccessed(
            {service: seconds(on) if on else None for service, on in one.get("services", {}).items()},
            {action: seconds(on) if on else None for action, on in one.get("actions", {}).items()}, seconds(UNTIL),
        )
        for name, one in case.get("last_accessed", {}).items()
    }  # fmt: skip
    chosen = frozenset(arns[name] for name in case.get("chosen", arns))
    return Asked(chosen, window, frozenset(arns[name] for name in case.get("breakglass", ())), told,
                 frozenset(case.get("data_events", ())), case.get("aggressive", False))  # fmt: skip


def run(case: Mapping[str, Any], path: Any) -> tuple[Estate, Outcome]:
    found = estate_of(case, path)
    records = [record(one, number) for number, one in enumerate(case.get("events", ()))]
    return found, tighten(found, asked(case, found), seen_by(found, records))
