"""When a trail did not record, or recorded less: what was done then is in nothing that the trail delivers.

LookupEvents asks CloudTrail's own history, which no trail makes and nobody can stop.
Sources: AWS CloudTrail API Reference, StopLogging, StartLogging, DeleteTrail, CreateTrail (a new trail records nothing
until StartLogging), UpdateTrail, PutEventSelectors; AWS CloudTrail User Guide, cloudtrail-concepts (event history).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from iam_guardrails.model.incident.effects.write import listed
from iam_guardrails.model.trail.questions.records import Record, told
from iam_guardrails.model.value import frozen

_STOPS = ("cloudtrail:StopLogging", "cloudtrail:DeleteTrail")
_STARTS = "cloudtrail:StartLogging"
_SET = ("cloudtrail:UpdateTrail", "cloudtrail:PutEventSelectors")
ACTIONS = (*_STOPS, _STARTS, *_SET)
"""Calls that tell when a trail recorded, and what; whoever makes them."""
_ELSEWHERE = ("s3BucketName", "s3KeyPrefix", "cloudWatchLogsLogGroupArn", "kmsKeyId")
_EXCLUDED = "excludeManagementEventSources"
_WIDE = ("isMultiRegionTrail", "includeGlobalServiceEvents")
LOOKUP = "LookupEvents still has it for 90 days: --source lookup:REGION,…"


@frozen
class Silence:
    """since, until: seconds since 1970; until is None where the records do not tell of its end.  how: a clause."""

    trail: str
    since: int
    until: int | None
    how: str

    @property
    def told(self) -> str:
        """A sentence about it."""
        end = f"to {told(self.until)}" if self.until is not None else "on"
        return (f"the trail {self.trail} {self.how} from {told(self.since)} {end}: what was done then may be in nothing"
                f" that it delivers; {LOOKUP}")  # fmt: skip


def silences(records: Iterable[Record]) -> tuple[Silence, ...]:
    """When trails were silent, as all known records tell, whoever did it; in the order of time."""
    by_trail: dict[tuple[str, str], list[Record]] = {}
    for record in sorted(records, key=lambda record: record.time):
        if record.action in ACTIONS and record.outcome == "ok":
            name = record.text("requestParameters", "name") or record.text("requestParameters", "trailName")
            by_trail.setdefault((record.account_id, name.rpartition("/")[2]), []).append(record)
    found = [one for (_, name), those in by_trail.items() for one in _of_trail(name, those)]
    return tuple(sorted(found, key=lambda one: (one.since, one.trail)))


def _of_trail(name: str, calls: Sequence[Record]) -> Iterator[Silence]:
    stops = [call for call in calls if call.action in _STOPS]
    starts = [call.time for call in calls if call.action == _STARTS]
    yield from _spans(name, stops, starts, "did not record")
    for action in _SET:
        yield from _narrowed(name, [call for call in calls if call.action == action])


def _spans(name: str, begins: Sequence[Record], ends: Sequence[int], how: str) -> Iterator[Silence]:
    """From each beginning to the first end after it; beginnings before that end are of the same span."""
    over: int | None = -1
    for call in begins:
        if over is None or call.time < over:
            continue
        same = [time for time in ends if time == call.time]
        over = next((time for time in ends if time > call.time), same[0] if same else None)
        yield Silence(name, call.time, over, f"{how} ({call.action} by {call.principal})")


def _narrowed(name: str, sets: Sequence[Record]) -> Iterator[Silence]:
    """From each narrower setting to the next setting. The last of several is taken to put back what was: whether it
    did, the comparison of the trail with what it was before tells."""
    narrow = [call for call in sets if _is_narrower(call)]
    for call in narrow:
        later = [one.time for one in sets if one is not call and one.time >= call.time]
        if later or call is narrow[0]:
            until = next((time for time in later if time > call.time), later[0] if later else None)
            yield Silence(name, call.time, until, f"recorded less, or elsewhere, ({call.action} by {call.principal})")


def _is_narrower(call: Record) -> bool:
    """Whether a call may have left the trail with less, or sent what it records elsewhere."""
    if call.action == _SET[0]:
        asked = _mapping(call.content.get("requestParameters"))
        return any(asked.get(name) is False for name in _WIDE) or any(name in asked for name in _ELSEWHERE)
    return not _selects_writes(_mapping(call.content.get("requestParameters")))


def _selects_writes(asked: Mapping[str, Any]) -> bool:
    """Whether selectors take every management event that changes something."""
    for one in listed(asked.get("eventSelectors")):
        told_of = _mapping(one)
        kinds = told_of.get("readWriteType", "All") in ("All", "WriteOnly")
        if kinds and told_of.get("includeManagementEvents", True) is True and not told_of.get(_EXCLUDED):
            return True
    return any(_is_every_management_event(_mapping(one)) for one in listed(asked.get("advancedEventSelectors")))


def _is_every_management_event(selector: Mapping[str, Any]) -> bool:
    fields = [_mapping(field) for field in listed(selector.get("fieldSelectors"))]
    return len(fields) == 1 and fields[0].get("field") == "eventCategory" and "Management" in listed(
        fields[0].get("equals"))  # fmt: skip


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


__all__ = ["ACTIONS", "Silence", "silences"]
