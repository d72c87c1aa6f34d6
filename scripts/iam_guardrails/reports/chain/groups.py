"""What every format says alike: events of one family and one fate told together, and how late a message may be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from iam_guardrails.model.chain.links import Link, Outcome
from iam_guardrails.model.trail.catalogue import FAMILIES
from iam_guardrails.model.value import frozen

LATENESS = (
    "How late the first and the last message come: CloudTrail brings events to CloudWatch Logs and EventBridge within "
    "about 5 minutes on average; AWS guarantees no limit. The figure adds the alarm's period and one evaluation."
)


WHENCE = {"plan": "from the plan", "live": "from the live account", "capture": "from a capture"}


@frozen
class Fate:
    """Events of one family that end alike: told by the same alarms and rules to the same people, or broken at the
    same link."""

    family: str
    role_arn: str
    told: bool | None
    outcomes: tuple[Outcome, ...]
    link: Link | None = None

    @property
    def first(self) -> Outcome:
        """One of them, to show the links of."""
        return self.outcomes[0]


def fates(outcomes: Iterable[Outcome]) -> list[Fate]:
    """The outcomes that can happen, grouped, in the order of the families."""
    groups: dict[tuple[object, ...], list[Outcome]] = {}
    for item in outcomes:
        if item.possible:
            groups.setdefault(_key(item), []).append(item)
    made = [
        Fate(
            group[0].event.family,
            group[0].event.role_arn,
            group[0].told,
            tuple(group),
            group[0].broken or group[0].doubt,
        )
        for group in groups.values()
    ]
    return sorted(
        made, key=lambda fate: (fate.role_arn == "", fate.role_arn, FAMILIES.index(fate.family), fate.told is True)
    )


def _key(item: Outcome) -> tuple[object, ...]:
    event, link = item.event, item.broken or item.doubt
    end = (link.kind, link.address, link.why) if link else tuple(sorted({f"{r.way} {r.name}" for r in item.telling}))
    return event.role_arn, event.family, item.told, end


def whats(fate: Fate, most: int = 4) -> str:
    """The events of a fate in words."""
    named = list(dict.fromkeys(item.event.what for item in fate.outcomes))
    more = f" and {len(named) - most} more" if len(named) > most else ""
    return ", ".join(named[:most]) + more


def regions(fate: Fate) -> str:
    """The Regions in which they are recorded."""
    found = list(dict.fromkeys(item.event.region for item in fate.outcomes))
    return ", ".join(found) if len(found) < 4 else f"{len(found)} Regions"


def tellers(fate: Fate) -> list[str]:
    """The alarms and event rules that tell of it; rules of the same name in two Regions once."""
    return list(dict.fromkeys(f"{route.way} {route.name}" for item in fate.outcomes for route in item.telling))


def people(fate: Fate) -> str:
    """Who is told, in words."""
    found = dict.fromkeys(f"{each.protocol} {each.shown}" for item in fate.outcomes for each in item.listeners)
    unconfirmed = any(each.confirmed is None for item in fate.outcomes for each in item.listeners)
    return ", ".join(found) + (" (once they have confirmed: verify)" if unconfirmed else "")


def lateness(fate: Fate) -> str:
    """How late the first and the last message of a fate's events come, as "about 5 to 7 minutes"."""
    first, last = (
        -(-max(seconds) // 60) for seconds in zip(*((item.soonest_seconds or 0, item.latest_seconds or 0)
                                                    for item in fate.outcomes), strict=True)
    )  # fmt: skip
    return f"about {first} minutes" if first == last else f"about {first} to {last} minutes"


def counted(outcomes: Iterable[Outcome]) -> dict[str, int]:
    """How many events are told, lost, undecided, and impossible."""
    made = {"events": 0, "told": 0, "lost": 0, "undecided": 0, "impossible": 0}
    for item in outcomes:
        made["events"] += 1
        name = {True: "told", False: "lost", None: "undecided"}[item.told] if item.possible else "impossible"
        made[name] += 1
    return made


def impossible(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """What cannot happen or is not recorded here, each reason once."""
    yield from dict.fromkeys(f"{item.event.what}: {item.why_not}" for item in outcomes if not item.possible)
