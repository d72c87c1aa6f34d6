"""The account before the use and now: what differs, and which of it a session did."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from iam_guardrails.model.account import Account, EventTarget
from iam_guardrails.model.codec import encode
from iam_guardrails.model.iam.document import PolicyDocument
from iam_guardrails.model.iam.revocation import REVOCATION_NAME, revoked_before
from iam_guardrails.model.incident.access_keys import KEYS, by_key
from iam_guardrails.model.incident.doers import NOTHING, attributed
from iam_guardrails.model.incident.effects.state import document
from iam_guardrails.model.incident.examined import Item, StateChange
from iam_guardrails.model.trail.questions.records import Record
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import changed

COMPARED = (
    "roles", "users", "access_keys", "managed_policies", "oidc_providers", "password_policies", "trails", "log_groups",
    "metric_filters", "alarms", "mute_rules", "topics", "subscriptions", "keys", "event_rules", "event_targets",
    "config_recorders", "config_rules", "analyzers", "public_access_blocks", "buckets",
)  # fmt: skip
"""IAM and the guardrails."""
VOLATILE: Mapping[str, frozenset[str]] = {
    "roles": frozenset({"last_used_at"}),
    "access_keys": frozenset({"last_used_at"}),
    "trails": frozenset({"last_delivered_at", "last_logs_delivered_at", "delivery_error", "logging_since"}),
    "alarms": frozenset({"state"}),
    "mute_rules": frozenset({"status"}),
    "config_recorders": frozenset({"last_status"}),
}
"""What changes by itself, of each kind: the state of an alarm does, that of an event rule or a key does not."""
GROWN: Mapping[tuple[str, str], tuple[str, str]] = {("analyzers", "status"): ("CREATING", "ACTIVE")}
"""Transitions that end what somebody began before, and that nobody makes: kind and field -> from, to.

Source: IAM Access Analyzer API Reference, AnalyzerSummary, status.
"""
UNASKED = frozenset({"mfa_kinds", "created_at"})
"""What is None where nobody looked, so that None on one side is no change."""
SHOWN = 160


def changes(before: Account, now: Account) -> tuple[StateChange, ...]:
    """Every difference. Kinds that either could not read are left out; `uncompared` names them."""
    lost = uncompared(before, now)
    found: list[StateChange] = []
    for kind in COMPARED:
        old, new = ({_key(item): item for item in _own(account, kind)} for account in (before, now))
        for key in (*old, *(key for key in new if key not in old)):
            if not any(_covers(place, kind, old.get(key) or new[key]) for place in lost):
                found += _changed(kind, key, old.get(key), new.get(key))
    return tuple(found)


def _own(account: Account, kind: str) -> list[Any]:
    """The things of a kind that are the account's own: AWS's policies and keys are listed as they are used."""
    return [item for item in getattr(account, kind) if not getattr(item, "aws_managed", False)]


def uncompared(before: Account, now: Account) -> dict[str, str]:
    """Kinds that could not be compared (a name of KINDS, with "@region" where that is meant) -> why."""
    found = {place: f"before: {why}" for place, why in before.refused.items()}
    for place, why in now.refused.items():
        found[place] = f"{found[place]}; now: {why}" if place in found else f"now: {why}"
    return {place: why for place, why in found.items() if place.partition("@")[0] in COMPARED}


def _covers(place: str, kind: str, thing: Any) -> bool:
    wanted, _, region = place.partition("@")
    return wanted == kind and (not region or getattr(thing, "region", region) == region)


def _key(thing: Any) -> tuple[str, ...]:
    """What makes a thing itself: its ARN or address, and for what has only a name, also its Region and log group.

    The ARN of a target of an event rule is where it sends to.
    """
    arn = "" if isinstance(thing, EventTarget) else getattr(thing, "arn", "")
    further = (getattr(thing, name, "") for name in ("region", "key_suffix", "log_group_name"))
    return (str(arn or getattr(thing, "address", "")), *(str(one) for one in further))


def _changed(kind: str, key: tuple[str, ...], old: Any, new: Any) -> Iterator[StateChange]:
    thing = key[0]
    if old is None or new is None:
        yield StateChange(kind, thing, "", NOTHING if old is None else "there", NOTHING if new is None else "there")
        return
    for name in type(old)._names:
        one, other = getattr(old, name), getattr(new, name)
        if name in VOLATILE.get(kind, ()) or isinstance(one, Unknown) or isinstance(other, Unknown):
            continue
        if (name in UNASKED and None in (one, other)) or (one, other) == GROWN.get((kind, name)):
            continue
        if kind == "keys" and name == "enabled" and old.state and new.state:  # the state tells it, and more
            continue
        if name == "inline_policies":
            one, other = (tuple(item for item in listed if not _revokes(item)) for listed in (one, other))
        if _plain(one) != _plain(other):
            yield StateChange(kind, thing, name, _short(one), _short(other))


def _revokes(policy: Any) -> bool:
    """Whether a policy ends sessions: what an exit leaves, and no change of what a role may do."""
    document_ = policy.document
    return policy.name == REVOCATION_NAME and isinstance(document_, PolicyDocument) and bool(revoked_before(document_))


def _plain(value: Any) -> Any:
    if isinstance(value, PolicyDocument):
        return document(value)
    if isinstance(value, (list, tuple)):
        return sorted(json.dumps(_plain(item), sort_keys=True, default=str) for item in value)
    if hasattr(value, "_names"):
        return {name: _plain(getattr(value, name)) for name in value._names}
    return encode(value)


def _short(value: Any) -> str:
    if isinstance(value, (list, tuple)) and value and all(hasattr(item, "name") for item in value):
        value = [item.name for item in value]
    text = value if isinstance(value, str) else json.dumps(encode(value), ensure_ascii=False)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def explained(
    found: Iterable[StateChange], items: Sequence[Item], others: Sequence[Record], mine: Sequence[Record] = (),
    since: datetime | None = None,
) -> tuple[StateChange, ...]:  # fmt: skip
    """The differences with the item that explains each, else with who made it, as far as the records tell.

    others: records of what others changed.  mine: those of the use.  since: when the capture from before was begun.
    """
    all_ = tuple(found)
    keys = by_key(all_, items)
    return attributed([_explained(item, items, keys.get(item.thing, "")) for item in all_], items, mine, others, since)


def _explained(change: StateChange, items: Sequence[Item], by_key_: str) -> StateChange:
    if change.kind == KEYS:
        return changed(change, item=by_key_)
    for item in items:
        if _explains(item, change):
            return changed(change, item=item.id)
    return change


def _explains(item: Item, change: StateChange) -> bool:
    """Whether an item is about what changed. Captures hold the rules of the default event bus only."""
    kind, thing, part = item.part
    names = dict(item.names)
    if kind != change.kind or not thing or names.get("EventBusName", "default").rpartition("/")[2] != "default":
        return False
    if change.thing.startswith("arn:") and item.region and change.thing.split(":")[3] not in ("", item.region):
        return False
    same = thing in (change.thing, _name(change.thing)) or change.thing.endswith(f":{thing}")
    return same and (not change.part or not part or part in (change.part, "arn"))


def _name(thing: str) -> str:
    """The name at the end of an ARN."""
    return thing.rpartition("/")[2] if "/" in thing else thing.rpartition(":")[2]
