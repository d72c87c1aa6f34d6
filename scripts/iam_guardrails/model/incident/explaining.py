"""Which item of a use explains a difference between the account before and now, and what a difference says of an item.

An item that looks reverted, or that nobody can look at, while the comparison shows that what it is about is not as it
was, is still open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from iam_guardrails.model.account import Account
from iam_guardrails.model.incident.access_keys import by_key
from iam_guardrails.model.incident.doers import attributed
from iam_guardrails.model.incident.effects.judged import command_to
from iam_guardrails.model.incident.effects.logs import FILTER
from iam_guardrails.model.incident.examined import NOT_JUDGED, OPEN, REVERTED, Item, StateChange
from iam_guardrails.model.incident.making import KEYS
from iam_guardrails.model.trail.questions.records import Record
from iam_guardrails.model.value import changed

WITH_IT: Mapping[str, str] = {"topic": "subscriptions", "log-group": "metric_filters"}
"""Kind of an item -> kind of what is deleted with it, and does not come back with it."""
_ELEMENTS: Mapping[str, str] = {
    "attached_policy_arns": "PolicyArn", "inline_policies": "PolicyName", "group_names": "GroupName",
    "tags": "Key", "audiences": "ClientId",
}  # fmt: skip
"""Fields that list several things, of which an item is about one: the name of that one."""
_WHOLE = ("", "arn")
_NEVER_BACK = frozenset({"unique_id", "created_at"})
"""Fields that AWS gives, so that nobody can set them as they were."""


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


def contradicted(items: Iterable[Item], found: Iterable[StateChange], before: Account | None = None) -> list[Item]:
    """The items, those open that are called reverted, or not judged, while a difference which they explain says that
    they are not undone; and those with which something was deleted that is not back.

    before: the capture, from which a command puts back what was deleted with an item.
    """
    by_item: dict[str, list[StateChange]] = {}
    for change in found:
        by_item.setdefault(change.item, []).append(change)
    return [_contradicted(item, by_item.get(item.id, ()), before) for item in items]


def _contradicted(item: Item, found: Sequence[StateChange], before: Account | None) -> Item:
    lost = [change for change in found if change.kind == WITH_IT.get(item.kind)]
    if lost and (item.verdict != OPEN or item.command):  # its own command, if any, comes first
        things = ", ".join(change.thing for change in lost)
        own = (item.why, item.command) if item.verdict == OPEN else ("", "")
        why = "; ".join(filter(None, (own[0], f"what was deleted with it is not back: {things}")))
        command = " && ".join(filter(None, (own[1], filters_back(dict(item.names), item.region, lost, before))))
        return changed(item, verdict=OPEN, address="", command=command, why=why)
    if item.verdict == OPEN or item.may_stay:
        return item
    can_be_undone = item.verdict == NOT_JUDGED and any(change.part not in _NEVER_BACK for change in found)
    if not can_be_undone and (item.verdict != REVERTED or not found):
        return item
    said = "; ".join(f"{change.part or 'it'}: {change.before}, now {change.now}" for change in found)
    but = f"but the account before and now differ ({said}): set it as it was, or accept it"
    why = f"{item.why}, {but}" if item.verdict == REVERTED else f"{item.why}; {but}"
    return changed(item, verdict=OPEN, why=why)


def filters_back(
    names: Mapping[str, str], region: str, lost: Sequence[StateChange], before: Account | None
) -> str:  # fmt: skip
    """What puts back the metric filters that were deleted with a log group; "" where a capture does not tell how."""
    if before is None or any(change.kind != "metric_filters" for change in lost):
        return ""
    commands = []
    for change in lost:
        one = {**names, "filterName": change.thing.rpartition(":")[2], "Region": region}
        then = FILTER.before(before, one) if FILTER.before else None
        commands.append(command_to(FILTER, one, region, None, then, None) if then is not None else "")
    return " && ".join(commands) if all(commands) else ""


def _explained(change: StateChange, items: Sequence[Item], by_key_: str) -> StateChange:
    if change.kind == KEYS:
        return changed(change, item=by_key_)
    fitting = [item for item in items if _explains(item, change)]
    if fitting:
        best = max(fitting, key=lambda item: (item.part[2] == change.part, item.verdict != REVERTED))
        return changed(change, item=best.id)
    return change


def _explains(item: Item, change: StateChange) -> bool:
    """Whether an item is about what changed. Captures hold the rules of the default event bus only."""
    kind, thing, part = item.part
    names = dict(item.names)
    if not thing or names.get("EventBusName", "default").rpartition("/")[2] != "default":
        return False
    if change.kind == WITH_IT.get(item.kind) and change.now == "nothing":
        return change.thing.startswith((f"{thing}:", f"{thing}/", f"{item.region}/{thing}:"))
    if kind != change.kind or (change.thing.startswith("arn:") and item.region
                               and change.thing.split(":")[3] not in ("", item.region)):  # fmt: skip
        return False
    if kind == "metric_filters":
        return change.thing == f"{item.region}/{names['logGroupName']}:{thing}"
    same = thing in (change.thing, _name(change.thing)) or change.thing.endswith(f":{thing}")
    if not same or not (part in _WHOLE or (change.part and part == change.part)):
        return False
    name = names.get(_ELEMENTS.get(part, ""), "")
    return part in _WHOLE or not (name and change.elements) or name in change.elements


def _name(thing: str) -> str:
    """The name at the end of an ARN."""
    return thing.rpartition("/")[2] if "/" in thing else thing.rpartition(":")[2]
