"""The account before the use and now: what differs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from iam_guardrails.model.account import Account, EventTarget
from iam_guardrails.model.codec import encode
from iam_guardrails.model.iam.document import PolicyDocument
from iam_guardrails.model.iam.revocation import REVOCATION_NAME
from iam_guardrails.model.incident.effects.state import decoded, document
from iam_guardrails.model.incident.examined import StateChange
from iam_guardrails.model.incident.revoking import AHEAD, revocation_moment
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import changed

COMPARED = (
    "roles", "users", "access_keys", "managed_policies", "oidc_providers", "password_policies", "trails", "log_groups",
    "metric_filters", "alarms", "mute_rules", "topics", "subscriptions", "keys", "event_rules", "event_targets",
    "config_recorders", "config_rules", "analyzers", "public_access_blocks", "buckets", "groups",
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
UNASKED = frozenset({"mfa_kinds", "created_at", "further", "thumbprints", "tags"})
"""What is None where nobody looked, so that None on one side is no change."""
SHOWN = 160


def changes(before: Account, now: Account) -> tuple[StateChange, ...]:
    """Every difference, of what lists several things each for itself.

    Kinds that either could not read are left out; `uncompared` names them.
    """
    lost = uncompared(before, now)
    found: list[StateChange] = []
    for kind in COMPARED:
        old, new = ({_key(item): item for item in _own(account, kind)} for account in (before, now))
        if kind == "subscriptions":
            old, new = _without_renewed(old, new)
        for key in (*old, *(key for key in new if key not in old)):
            if not any(_covers(place, kind, old.get(key) or new[key]) for place in lost):
                found += _changed(kind, key, old.get(key), new.get(key), now.seen_at)
    return tuple(found)


def _own(account: Account, kind: str) -> list[Any]:
    """The things of a kind that are the account's own: AWS's policies and keys are listed as they are used."""
    return [item for item in getattr(account, kind) if not getattr(item, "aws_managed", False)]


def _without_renewed(old: Mapping[Any, Any], new: Mapping[Any, Any]) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """Without those that were ended and made again, of which only the ARN differs."""
    gone, come = ({key: changed(item, address="") for key, item in one.items() if key not in other}
                  for one, other in ((old, new), (new, old)))  # fmt: skip
    again = [item for item in gone.values() if item in come.values()]
    kept = [{key: item for key, item in one.items() if there.get(key) not in again or there.get(key) is None}
            for one, there in ((old, gone), (new, come))]  # fmt: skip
    return kept[0], kept[1]


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


def _changed(kind: str, key: tuple[str, ...], old: Any, new: Any, until: datetime | None) -> Iterator[StateChange]:
    thing = address_of(kind, key[0], new if old is None else old)
    if old is None or new is None:
        yield StateChange(kind, thing, "", "nothing" if old is None else "there", "nothing" if new is None else "there")
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
            one, other = _without_revocation(one, other, until)
        if _plain(one) != _plain(other):
            found = _elements(name, one, other)
            for element in found:  # each has a doer of its own
                sides = [_short(_only(name, side, element)) for side in (one, other)]
                yield StateChange(kind, thing, name, sides[0], sides[1], elements=(element,))
            if not found:
                yield StateChange(kind, thing, name, _short(one), _short(other))


def address_of(kind: str, address: str, thing: Any) -> str:
    """What a difference calls a thing; filters of one name may be in several log groups."""
    return f"{thing.region}/{thing.log_group_name}:{thing.name}" if kind == "metric_filters" else address


def _without_revocation(old: Any, new: Any, until: datetime | None) -> tuple[Any, Any]:
    """Inline policies without the one that ends sessions, which is no change of what a role may do: where its moment
    was moved later, and not beyond `until`."""
    earlier, later = (_revocation_in(listed) for listed in (old, new))
    if later is None or (until is not None and later > until + AHEAD) or (earlier is not None and later < earlier):
        return old, new
    return tuple([item for item in old if not _ends_sessions(item)]), tuple(
        [item for item in new if not _ends_sessions(item)]
    )


def _revocation_in(policies: Any) -> datetime | None:
    return next((revocation_moment(item.document) for item in policies if _ends_sessions(item)), None)


def _ends_sessions(policy: Any) -> bool:
    return policy.name == REVOCATION_NAME and revocation_moment(policy.document) is not None


def _plain(value: Any) -> Any:
    if isinstance(value, PolicyDocument):
        return document(value)
    if isinstance(value, (list, tuple)):
        return sorted(json.dumps(_plain(item), sort_keys=True, default=str) for item in value)
    if hasattr(value, "_names"):
        return {name: _plain(getattr(value, name)) for name in value._names}
    return decoded(value) if isinstance(value, str) else encode(value)  # a pattern may be written with other blanks


def _elements(part: str, old: Any, new: Any) -> tuple[str, ...]:
    """Of a part that lists several things, which of them differ: names, ARNs, keys of tags, client ids."""
    if part == "inline_policies":
        return _differing(old, new)
    if part == "tags":
        before, now = dict(old), dict(new)
        return tuple(sorted(key for key in {*before, *now} if before.get(key) != now.get(key)))
    if part not in ("attached_policy_arns", "group_names", "audiences") or any(
        isinstance(item, Unknown) for item in (*old, *new)
    ):
        return ()
    return tuple(sorted({*old} ^ {*new}))


def _only(part: str, listed: Any, element: str) -> list[Any]:
    """What is listed under a name of `_elements`."""
    if part == "inline_policies":
        return [item for item in listed if item.name == element]
    if part == "tags":
        return [item for item in dict(listed).items() if item[0] == element]
    return [item for item in listed if item == element]


def _differing(old: Any, new: Any) -> tuple[str, ...]:
    """The names of the policies that are not on both sides, or say something else there."""
    before, now = ({item.name: _plain(item) for item in listed} for listed in (old, new))
    return tuple(name for name in dict.fromkeys((*before, *now)) if before.get(name) != now.get(name))


def _short(value: Any) -> str:
    if isinstance(value, (list, tuple)) and value and all(hasattr(item, "name") for item in value):
        value = [item.name for item in value]
    text = value if isinstance(value, str) else json.dumps(encode(value), ensure_ascii=False)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
