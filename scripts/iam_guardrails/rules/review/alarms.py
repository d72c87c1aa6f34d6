"""Box: alarms that fired, and whether anybody was told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from iam_guardrails.model.review.basis import Basis, listed
from iam_guardrails.model.review.review import Box, Item, Table, fingerprint, item_id
from iam_guardrails.model.review.weekly import KEPT_DAYS, Firing, tells_people
from iam_guardrails.model.unknown import Unknown

ID, TITLE = "alarms", "Alarms that fired"
ASKS = "Review alerts: the alarms that fired, and whether they were delivered"
_COLUMNS = ("alarm", "Region", "fired at", "told", "failed")
_WORD = "delivered is what CloudWatch executed; whether somebody read it, the drill shows"


def box(basis: Basis) -> Box:
    """An item for each alarm that fired; a high one where nobody was told, or an action that tells people failed."""
    found = basis.firings
    if isinstance(found, Unknown):
        return Box(ID, TITLE, ASKS, 0, not_judged=(f"which alarms fired: {found.reason}",))
    by_alarm: dict[tuple[str, str], list[Firing]] = {}
    for one in found:
        by_alarm.setdefault((one.region, one.name), []).append(one)
    silent = _silent(basis)
    items = tuple(_item(region, name, ones, silent) for (region, name), ones in by_alarm.items())
    rows = tuple(map(_row, found))
    looked_at = len(found) or 1  # a history without a firing was looked at
    notes = (_WORD,) if found else ("no alarm fired in the window",)
    tables = (Table("Alarms that fired", _COLUMNS, rows),) if rows else ()
    return Box(ID, TITLE, ASKS, looked_at, items, tuple(_forgotten(basis)), notes, tables)


def _row(one: Firing) -> tuple[str, ...]:
    told = sum(each.to_people and not each.failure for each in one.told)
    failed = sum(bool(each.failure) for each in one.told)
    return one.name, one.region, f"{one.at:%Y-%m-%d %H:%M:%S}", str(told), str(failed)


def _forgotten(basis: Basis) -> Iterator[str]:
    """What CloudWatch does not tell any more of a window that begins earlier than its history."""
    since, as_of = basis.since, basis.as_of
    kept = as_of - timedelta(days=KEPT_DAYS) if as_of else None
    if since and kept and since < kept:
        yield (f"which alarms fired from {since:%Y-%m-%d} to {kept:%Y-%m-%d}: CloudWatch keeps the history of"
               f" {KEPT_DAYS} days")  # fmt: skip


def _silent(basis: Basis) -> frozenset[tuple[str, str]]:
    """Alarms that tell nobody themselves: they have no action, or those that work on machines; a composite alarm may
    listen to them."""
    return frozenset((alarm.region, alarm.name) for alarm in basis.capture.account.alarms if _is_silent(alarm.actions))


def _is_silent(actions: Iterable[str | Unknown] | Unknown) -> bool:
    return not isinstance(actions, Unknown) and not any(isinstance(arn, Unknown) or tells_people(arn)
                                                       for arn in actions)  # fmt: skip


def _item(region: str, name: str, ones: list[Firing], silent: frozenset[tuple[str, str]]) -> Item:
    lost = [one for one in ones if not one.delivered]
    failed = [one for one in ones if one.failed]
    own = (region, name) not in silent or bool(failed)
    times = f"{len(ones)} time{'s' if len(ones) > 1 else ''}"
    said = f"; nobody was told {len(lost)} times" if lost and own else ""
    said = said or (f"; a message failed {len(failed)} times" if failed else "")
    reasons = list(_reasons(ones, own))
    severity = "high" if said else "medium"
    evidence = (("fired", listed([f"{one.at:%Y-%m-%d %H:%M:%S}" for one in ones], 20)), ("Region", region))
    remedy = ("mend its actions, and prove them with a drill" if said
              else "find out what rang it, and note it where it belongs")  # fmt: skip
    subject, title = f"{region}/{name}", f"{name} fired {times}{said}"
    return Item(item_id(ID, subject, "fired"), ID, subject, title, severity,
                fingerprint([one.at.isoformat() for one in ones]), tuple(reasons), evidence, remedy)  # fmt: skip


def _reasons(ones: list[Firing], own: bool) -> Iterator[str]:
    yield from dict.fromkeys(one.reason for one in ones if one.reason)
    yield from dict.fromkeys(each.failure for one in ones for each in one.told if each.failure)
    if not own:
        yield "it has no action of its own that tells somebody; an alarm that listens to it may tell"
