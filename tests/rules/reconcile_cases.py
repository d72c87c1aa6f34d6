"""Both sides of a reconciliation from short data: see test_reconcile.py for the form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from iam_guardrails.model.drill import LIVE, PASSED, DrillRecord
from iam_guardrails.model.incident.against import Against, BrokenRecord
from iam_guardrails.model.incident.chain import new_step
from iam_guardrails.model.incident.incident import Incident, incident_of
from iam_guardrails.model.incident.step import ENTERED, EXITED, OPENED, OTHER, Opened, Step
from iam_guardrails.model.incident.use import API, Call, Entry, Use

ACCOUNT = "333333333333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/emergency/prod-breakglass-admin"
PEOPLE = tuple(f"arn:aws:iam::{ACCOUNT}:user/breakglass/prod-breakglass-{name}" for name in ("primary", "backup"))
DAY = "2026-11-20"
_READS = ("Get", "List", "Describe")


_USUAL: Mapping[str, dict[str, Any]] = {
    "left": {"how": "ended", "exit_code": 0, "seconds": 9},
    "extended": {"reason": "more"},
    "closed": {"what_happened": "done", "examined": 1},
}


def at(text: str) -> datetime:
    """ "09:00" of DAY, or a day and a time."""
    return datetime.fromisoformat(text if "-" in text else f"{DAY} {text}").replace(tzinfo=UTC)


def incident(data: Mapping[str, Any]) -> Incident:
    opened = Opened(
        data["id"], "prod", data.get("account_id", ACCOUNT), "us-east-2", data["person"], "an outage", data["minutes"],
        data.get("purpose", OTHER),
    )  # fmt: skip
    steps: list[Step] = [new_step((), at(data["at"]), OPENED, "alex@laptop", opened)]
    for kind, when, more in data.get("steps", ()):
        steps.append(new_step(steps, at(when), kind, "alex@laptop", _content(kind, data, more)))
    return incident_of(steps, data["id"])


def _content(kind: str, data: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    if kind == ENTERED:
        made: dict[str, Any] = {
            "role_arn": ROLE, "lane": "iam-user", "principal": PEOPLE[0], "session_name": data.get("session", "owner"),
            "session_arn": "", "assumed_role_id": "AROAX:owner", "account_id": ACCOUNT, "region": "us-east-2",
            "minutes": 30, "how": "subshell", **more,
        }  # fmt: skip
        return made | {"expires_at": at(more["expires_at"]).isoformat()}
    if kind == EXITED:
        made = {"role_arn": ROLE, **more}
        return made | ({"issued_before": at(more["issued_before"]).isoformat()} if "issued_before" in more else {})
    return _USUAL.get(kind, {}) | more


def entry(data: Mapping[str, Any], event_id: str) -> Entry:
    person = data["person"]
    principal = f"arn:aws:iam::{ACCOUNT}:user/breakglass/{person}" if person else "arn:aws:iam::333333333333:role/hub"
    return Entry(
        event_id, at(data["at"]), data.get("role", ROLE), ACCOUNT, data.get("principal", principal), person,
        data.get("nameless", ""), data.get("session", "owner"), data.get("incident", ""), data.get("how", API),
        data.get("error", ""), "AROAX:owner",
    )  # fmt: skip


def use(data: Mapping[str, Any], number: int) -> Use:
    calls = [call(number, place, *item) for place, item in enumerate(data.get("calls", ()))]
    return Use(entry(data, f"use-{number}"), tuple(calls))


def call(number: int, place: int, when: str, action: str, more: Mapping[str, Any] | None = None) -> Call:
    given = dict(more or {})
    writes = given.pop("writes", not action.partition(":")[2].startswith(_READS))
    return Call(f"call-{number}-{place}", at(when), action, writes, **given)


def drill(data: Mapping[str, Any]) -> DrillRecord:
    ended = at(data["ended"]) if data["ended"] else None
    role = ROLE.replace("prod-breakglass-admin", data.get("role", "prod-breakglass-admin"))
    return DrillRecord(
        data["id"], data.get("kind", LIVE), "prod", ACCOUNT, at(data["at"]), PASSED, False, ended,
        f"arn:aws:iam::{ACCOUNT}:user/breakglass/{data['person']}", role, data["incident"],
    )  # fmt: skip


def against(data: Mapping[str, Any]) -> Against:
    """Both sides; the window is the week before `now`, and the source holds all of it."""
    now = at(data.get("now", "23:00"))
    denied = ({"error": "AccessDenied", **item} for item in data.get("refused", ()))
    refused = [entry(item, f"refused-{number}") for number, item in enumerate(denied)]
    seen_until = at(data["seen_until"]) if "seen_until" in data else now
    return Against(
        "prod", ACCOUNT, at(data.get("since", "2026-11-15 00:00")), now, seen_until,
        at(data.get("read_from", "2026-10-01 00:00")), now,
        tuple(use(item, number) for number, item in enumerate(data.get("uses", ()))),
        tuple(refused), tuple(incident(item) for item in data.get("incidents", ())),
        tuple(BrokenRecord(item, f"{item}.jsonl, line 2", "it was changed") for item in data.get("broken", ())),
        tuple(drill(item) for item in data.get("drills", ())), data.get("elsewhere", {}),
        frozenset(date.fromisoformat(item) for item in data.get("blind", ())), PEOPLE,
    )  # fmt: skip
