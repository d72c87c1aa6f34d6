"""CloudTrail records of the calls that silence a guardrail, for each guarded thing, and of changes of IAM.

A call about several things makes one record for each that the account's patterns can tell apart (apart.py); the
others stand behind one of them. What the requests name is in requests.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from iam_guardrails.model.silencers import SILENCERS, Silencer
from iam_guardrails.model.trail.apart import Apart
from iam_guardrails.model.trail.guarded import Guarded, Targets
from iam_guardrails.model.trail.record import Place, TrailEvent, administrator, call
from iam_guardrails.model.trail.requests import REQUESTS, Request, asked

# CloudTrail's name of a service, where it is not the IAM prefix
_SOURCES = {"cloudwatch": "monitoring"}
ALL_ALIKE = Apart()


def silencer_events(place: Place, targets: Targets, apart: Apart = ALL_ALIKE) -> tuple[TrailEvent, ...]:
    """The records of every silencer call there is, made by an everyday administrator."""
    return tuple(event for silencer in SILENCERS for event in silencer_event(silencer, place, targets, apart))


def silencer_event(
    silencer: Silencer, place: Place, targets: Targets, apart: Apart = ALL_ALIKE
) -> Iterator[TrailEvent]:
    """The records of one silencer call."""
    for event in events_of_call(silencer.name, silencer.name, place, targets, apart):
        yield TrailEvent(event.what, event.region, event.record, f"silencer-{event.id}", call=silencer.name)


def events_of_call(name: str, what: str, place: Place, targets: Targets, apart: Apart) -> Iterator[TrailEvent]:
    """One record of a call per group of things that fare alike.

    name: as a policy writes the call, a key of REQUESTS.  what: how a message calls it; the things are added where
    there are several groups. The ids end in the name of the thing then.
    """
    service, _, action = name.partition(":")
    groups = list(_groups(REQUESTS[name], place, targets, apart, everywhere=service == "iam"))
    for things, where, named in groups:
        record = call(_SOURCES.get(service, service), action, where, administrator(where), None) | named
        event_id = action
        told = what
        if len(groups) > 1:
            labels = [thing.called(where.region if service == "iam" else place.region) for thing in things]
            event_id, told = f"{action}-{labels[0]}", f"{what} of {_listed(labels)}"
        yield TrailEvent(told, where.region, record, event_id)


Group = tuple[list[Guarded], Place, dict[str, Any]]


def _groups(request: Request, place: Place, targets: Targets, apart: Apart, *, everywhere: bool) -> Iterator[Group]:
    if not request.kinds:
        where = place.everywhere if everywhere else place
        yield [], where, asked(request, None, where)
        return
    found: dict[tuple[object, ...], Group] = {}
    for thing in things_of(request.kinds, place, targets):
        where = place.everywhere if everywhere else place.at(thing.region or place.region)
        named = asked(request, thing, where)
        key = (where.region, apart.look(named))
        if key in found:
            found[key][0].append(thing)
        else:
            found[key] = ([thing], where, named)
    yield from found.values()


def things_of(kinds: tuple[str, ...], place: Place, targets: Targets) -> tuple[Guarded, ...]:
    """The account's things of these kinds; a stand-in where it holds none of them."""
    found = tuple(thing for kind in kinds for thing in targets.of(kind))
    return found or (_stand_in(kinds[0], place),)


def _stand_in(kind: str, place: Place) -> Guarded:
    here = f"{place.region}:{place.account_id}"
    key = "11111111-2222-3333-4444-555555555555"
    return {
        "log_groups": Guarded("/aws/cloudtrail/trail"),
        "filters": Guarded("filter", within="/aws/cloudtrail/trail"),
        "topics": Guarded(f"arn:{place.partition}:sns:{here}:topic"),
        "keys": Guarded(key, within=f"arn:{place.partition}:kms:{here}:key/{key}"),
        "recorders": Guarded("default"),
        "channels": Guarded("default"),
        "policies": Guarded(f"arn:{place.partition}:iam::{place.account_id}:policy/policy"),
    }.get(kind) or Guarded(kind.removesuffix("s"))


def _listed(labels: list[str], most: int = 10) -> str:
    more = f" and {len(labels) - most} more" if len(labels) > most else ""
    return ", ".join(labels[:most]) + more
