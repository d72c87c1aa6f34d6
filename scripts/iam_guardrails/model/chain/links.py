"""The chain in values: links, the routes they form, and what became of one event."""

from __future__ import annotations

from collections.abc import Iterable

from iam_guardrails.model.trail.record import TrailEvent
from iam_guardrails.model.value import frozen

ALARM = "alarm"
EVENT_RULE = "event rule"
NO_MATCH = "(no filter matches)"  # the detail of the link at which an event ends that no filter sees


@frozen
class Link:
    """One thing an event has to pass.

    kind: "trail", "log group", "filter", "metric", "alarm", "event rule", "target", "topic", "topic policy", "key" or
    "subscription".  address: as reports name it.  holds: True, False, or None where it cannot be said.  why: what is
    wrong or not known, one clause.  remedy: what to do, one sentence.  detail: what it is, for a reader.
    """

    kind: str
    address: str
    holds: bool | None = True
    why: str = ""
    remedy: str = ""
    detail: str = ""


@frozen
class Listener:
    """An endpoint that a message reaches. confirmed is None where it cannot be known (a plan)."""

    protocol: str
    endpoint: str
    confirmed: bool | None = None

    @property
    def shown(self) -> str:
        """The endpoint for reports: of a URL no path and no query, which may hold a token."""
        return cut_to_host(self.endpoint)


@frozen
class Route:
    """One way from an event to people.

    way: ALARM or EVENT_RULE.  name: the alarm's or rule's name.  seconds: how late the message may be, as far as it
    depends on the stack (`DELIVERY_SECONDS` of CloudTrail included).  listeners: who is told when every link holds.
    """

    way: str
    name: str
    links: tuple[Link, ...]
    seconds: int = 0
    listeners: tuple[Listener, ...] = ()

    @property
    def broken(self) -> Link | None:
        """The first link that does not hold."""
        return next((link for link in self.links if link.holds is False), None)

    @property
    def doubt(self) -> Link | None:
        """The first link of which nothing certain can be said."""
        return next((link for link in self.links if link.holds is None), None)

    @property
    def told(self) -> bool | None:
        """Whether somebody is told this way: True, False, or None."""
        return False if self.broken else None if self.doubt else True

    @property
    def held(self) -> int:
        """How many links hold before the first that does not."""
        for number, link in enumerate(self.links):
            if link.holds is False:
                return number
        return len(self.links)


@frozen
class Outcome:
    """What becomes of one event.

    routes: every route the event starts, and where none does, the one that comes nearest (it is broken).
    possible: whether it can happen at all; `why_not` says why it cannot.
    """

    event: TrailEvent
    routes: tuple[Route, ...]
    possible: bool = True
    why_not: str = ""

    @property
    def told(self) -> bool | None:
        """Whether somebody is told: True, False, or None where it cannot be said."""
        answers = [route.told for route in self.routes]
        return True if True in answers else None if None in answers else False

    @property
    def telling(self) -> tuple[Route, ...]:
        """The routes on which every link holds."""
        return tuple(route for route in self.routes if route.told)

    @property
    def ways(self) -> frozenset[str]:
        """By which of the two ways somebody is told."""
        return frozenset(route.way for route in self.telling)

    @property
    def listeners(self) -> tuple[Listener, ...]:
        """Everybody who is told, once each."""
        return distinct(listener for route in self.telling for listener in route.listeners)

    @property
    def soonest_seconds(self) -> int | None:
        """How late the first message comes, by the fastest way; None when nobody is told."""
        return min((route.seconds for route in self.telling), default=None)

    @property
    def latest_seconds(self) -> int | None:
        """How late the last message comes, by the slowest way; None when nobody is told."""
        return max((route.seconds for route in self.telling), default=None)

    @property
    def broken(self) -> Link | None:
        """The link at which the route that gets furthest ends; None when somebody is told or it cannot be said."""
        if self.told is not False or not self.routes:
            return None
        return max(self.routes, key=lambda route: route.held).broken

    @property
    def doubt(self) -> Link | None:
        """What keeps the answer from being certain; None when it is certain."""
        if self.told is not None:
            return None
        return next(route.doubt for route in self.routes if route.told is None)


def cut_to_host(endpoint: str) -> str:
    """A URL cut to its scheme and host, as the rest may be secret; any other endpoint as it is."""
    scheme, mark, rest = endpoint.partition("://")
    host = rest.partition("#")[0].partition("?")[0].partition("/")[0].rpartition("@")[2]
    return f"{scheme}://{host}{'/…' if rest != host else ''}" if mark else endpoint


def distinct(found: Iterable[Listener]) -> tuple[Listener, ...]:
    """Each endpoint once, in the order of its first appearance."""
    kept: dict[tuple[str, str], Listener] = {}
    for item in found:
        kept.setdefault((item.protocol.removesuffix("-json"), item.endpoint.lower()), item)
    return tuple(kept.values())
