"""Who made a difference between the account before and now: the calls that can make it, as CloudTrail recorded them.

A call counts only where it is about that thing, can change that part of it, succeeded, and came after the capture."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from iam_guardrails.model.incident.about import is_about, region_of
from iam_guardrails.model.incident.access_keys import of_key, user_of
from iam_guardrails.model.incident.examined import NOT_JUDGED, Item, StateChange
from iam_guardrails.model.incident.making import KEYS, calls_of
from iam_guardrails.model.incident.unsure import may_be_done
from iam_guardrails.model.trail.questions.records import Record
from iam_guardrails.model.value import changed

NOTHING = "nothing"
"""How a side of a difference reads where the thing is not there."""
DIFFERENCE = "difference"
"""The kind of an item that is a difference which nobody explains."""
UNEXPLAINED = (
    "no record tells who changed it; one may be missing, and of others' calls only those are kept that change IAM or"
    " what guardrails are made of"
)
_ELEMENTS = {"attached_policy_arns": "policyArn", "group_names": "groupName", "inline_policies": "policyName",
             "audiences": "clientID", "tags": "tags[].key tagKeys[]"}  # fmt: skip
"""Parts that list several things, of which a call is about one or some: the parameters that name it, "a[].b" for that
of each in a list."""
_OF_THE_ACCOUNT = frozenset({"password_policies"})
"""What there is one of in an account, so that no call names it."""


def attributed(
    found: Iterable[StateChange], items: Sequence[Item], mine: Sequence[Record], others: Sequence[Record],
    since: datetime | None,
) -> tuple[StateChange, ...]:  # fmt: skip
    """The differences, those without an item with the one whose call made them, or with who else made them.

    mine: the records of the use.  others: what others changed.  since: when the capture from before was begun.
    """
    listed = tuple(found)
    owners = {event_id: item.id for item in items for event_id in item.writes}
    after = since.timestamp() // 1 if since else 0
    mine, others = (
        [one for one in those if one.time >= after and may_be_done(one.outcome)] for those in (mine, others)
    )
    used = {change.item for change in listed if change.kind == KEYS}
    free = [record for record in mine if owners.get(record.event_id) not in used]
    alike = Counter(
        (user_of(change.thing), change.part) for change in listed if change.kind == KEYS and not change.item
    )
    return tuple(
        change if change.item
        else _of_key(change, free, others, alike[user_of(change.thing), change.part]) if change.kind == KEYS
        else _attributed(change, owners, mine, others)
        for change in listed
    )  # fmt: skip


def _attributed(
    change: StateChange, owners: Mapping[str, str], mine: Sequence[Record], others: Sequence[Record]
) -> StateChange:
    own, foreign = makers(change, mine), makers(change, others)
    which = [owners[record.event_id] for record in own if record.event_id in owners]
    if which:  # what others did may be all of it, or none: it is the use's until somebody tells them apart
        return changed(change, item=which[-1], who=_said(own, foreign) if foreign else "")
    return changed(change, who=_said(own, foreign))


def _of_key(change: StateChange, mine: Sequence[Record], others: Sequence[Record], alike: int) -> StateChange:
    """A key that no item is known to be (access_keys.by_key). alike: how many of its user there are like it.

    mine: the records that no other key explains. Where there are fewer calls than keys, a record is missing.
    """
    own, foreign = makers(change, mine), makers(change, others)
    return change if len(own) + len(foreign) < alike else changed(change, who=_said(own, foreign))


def unexplained(found: Iterable[StateChange]) -> tuple[tuple[StateChange, ...], tuple[Item, ...]]:
    """The differences, each that has neither item nor doer with an item of its own; and these items.

    The item is of that very difference: an acceptance does not cover another.
    """
    changes, items = list[StateChange](), list[Item]()
    for change in found:
        if not change.item and not change.who:
            item = _item(change)
            items.append(item)
            change = changed(change, item=item.id)
        changes.append(change)
    return tuple(changes), tuple(items)


def _item(change: StateChange) -> Item:
    where = [change.kind, change.thing, change.part]
    digest = hashlib.sha256(json.dumps([*where, change.before, change.now]).encode()).hexdigest()[:6]
    what = f"{change.kind} {change.thing}" + (f", {change.part}" if change.part else "")
    return Item(
        f"{DIFFERENCE}-{digest}", f"{what}: {change.before} -> {change.now}", NOT_JUDGED, UNEXPLAINED, kind=DIFFERENCE,
        region=region_of(change.thing), part=(change.kind, change.thing, change.part),
    )  # fmt: skip


def makers(change: StateChange, records: Iterable[Record]) -> list[Record]:
    """The records of the calls that can have made a difference. Captures hold the default event bus only."""
    names = calls_of(change.kind, change.part, change.before == NOTHING)
    fitting = [record for record in records if record.action.partition(":")[2] in names
               and record.text("requestParameters", "eventBusName").rpartition("/")[2] in ("", "default")]  # fmt: skip
    if change.kind == KEYS:
        return of_key(change, fitting)
    if change.kind in _OF_THE_ACCOUNT:
        return fitting
    if change.elements and (element := _ELEMENTS.get(change.part)):
        differing = {"", *(one.casefold() for one in change.elements)}
        fitting = [record for record in fitting if _elements_of(record, element) & differing]
    return [record for record in fitting if is_about(record, change)]


def _elements_of(record: Record, paths: str) -> set[str]:
    """Which things of a list a call is about; "" where its record does not tell. Without case, as tags are."""
    told_of = record.content.get("requestParameters")
    asked: Mapping[str, Any] = told_of if isinstance(told_of, Mapping) else {}
    found = set[str]()
    for path in paths.split():
        name, _, key = path.partition("[].")
        told = asked.get(name.removesuffix("[]"))
        for one in told if isinstance(told, list) else [told]:
            value = one.get(key) if key and isinstance(one, Mapping) else one
            found |= {value.casefold()} if isinstance(value, str) else set()
    return found or {""}


def _said(own: Sequence[Record], foreign: Sequence[Record]) -> str:
    """Who made it; "" where nobody is known."""
    if not own and not foreign:
        return ""
    by = " or ".join([*(["this use"] if own else []), *(["others"] if foreign else [])])
    return f"by {by}: " + "; ".join(f"{record.action} by {record.principal}" for record in (*own, *foreign)[-3:])
