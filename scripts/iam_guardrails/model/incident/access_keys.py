"""Access keys: which item of a use is the key that differs between two captures.

A capture tells of a key its user and the last four characters of its id, or, where it comes from the credential report,
only which of the user's two keys it is ("access-key-1"; AWS IAM User Guide, id_credentials_getting-report).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from iam_guardrails.model.incident.examined import Item, StateChange
from iam_guardrails.model.incident.making import KEYS
from iam_guardrails.model.trail.questions.records import Record

_MARK = "/access-key-"


def by_key(found: Iterable[StateChange], items: Sequence[Item]) -> dict[str, str]:
    """Key of a difference (its address) -> id of the item that is that key; none where that cannot be told.

    Of keys that have only a number, the use explains as many as it has items of that user, and none where more differ.
    """
    things = dict.fromkeys(change.thing for change in found if change.kind == KEYS)
    own: dict[str, list[Item]] = {}
    for item in items:
        if item.part[0] == KEYS:
            own.setdefault(dict(item.names)["UserName"], []).append(item)
    joined: dict[str, str] = {}
    for thing in things:
        fitting = [item for item in own.get(user_of(thing), ()) if _suffix(thing) and _ends(item, _suffix(thing))]
        if len(fitting) == 1:
            joined[thing] = fitting[0].id
    for user, of_user in own.items():
        numbered = [thing for thing in things if user_of(thing) == user and not _suffix(thing)]
        free = [item for item in of_user if item.id not in joined.values()]
        if len(numbered) <= len(free):
            joined |= _in_order(numbered, free)
    return joined


def _in_order(things: Sequence[str], items: Sequence[Item]) -> Mapping[str, str]:
    return {thing: item.id for thing, item in zip(things, items, strict=False)}


def of_key(change: StateChange, others: Iterable[Record]) -> list[Record]:
    """Records that are about a key of the user."""
    found = []
    for record in others:
        asked = record.content.get("requestParameters")
        if (
            "AccessKey" in record.action
            and isinstance(asked, Mapping)
            and asked.get("userName") == user_of(change.thing)
        ):
            found.append(record)
    return found


def user_of(thing: str) -> str:
    """The user of a key, by the key's address."""
    return thing.partition(_MARK)[0].rpartition("/")[2]


def _suffix(thing: str) -> str:
    """The last characters of its id, "" where the address holds only a number."""
    last = thing.rpartition(_MARK)[2]
    return last[1:] if last.startswith("…") else ""


def _ends(item: Item, suffix: str) -> bool:
    return dict(item.names)["AccessKeyId"].endswith(suffix)
