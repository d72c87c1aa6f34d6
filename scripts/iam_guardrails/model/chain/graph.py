"""The chain as a picture has it: nodes in columns, edges between them, each whole, broken, open or unused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from iam_guardrails.model.chain.links import ALARM, NO_MATCH, Link, Outcome, Route
from iam_guardrails.model.value import changed, frozen

HOLDS, BROKEN, OPEN = "holds", "broken", "open"
COLUMNS = (
    "event", "trail", "log group", "filter", "metric", "alarm", "topic", "topic policy", "key", "subscription",
)  # fmt: skip
_SAME_COLUMN = {"trust policy": "trail", "event bus": "trail", "event rule": "filter", "target": "metric"}


@frozen
class Node:
    """A box. id: unique.  kind: of the link ("event" for events).  column: where in COLUMNS.  state: HOLDS, BROKEN or
    OPEN.  note: what is wrong or not known."""

    id: str
    kind: str
    label: str
    column: str
    state: str = HOLDS
    note: str = ""


@frozen
class Edge:
    """An arrow from one node to the next. state: BROKEN where the event does not pass."""

    source: str
    target: str
    state: str = HOLDS


@frozen
class Graph:
    """All of it, in the order in which it was found."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def graph(outcomes: Iterable[Outcome], strays: Iterable[Route] = ()) -> Graph:
    """The routes of all events that can happen, and the strays; events of one family with one fate are one node."""
    maker = _Maker()
    for item in outcomes:
        if item.possible:
            maker.add(item)
    for route in strays:
        maker.route("", route)
    return Graph(tuple(maker.nodes.values()), tuple(maker.edges.values()))


_RANK = {HOLDS: 0, OPEN: 1, BROKEN: 2}


class _Maker:
    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self.edges: dict[tuple[str, str], Edge] = {}
        self.members: dict[str, set[tuple[str, str]]] = {}

    def add(self, item: Outcome) -> None:
        state = {True: HOLDS, None: OPEN, False: BROKEN}[item.told]
        start = f"event/{item.event.role_arn}/{item.event.family}/{state}"
        members = self.members.setdefault(start, set())
        members.add((item.event.id, item.event.region))
        count = f"{item.event.family} ({len(members)})"
        note = "" if state == HOLDS else "nobody is told" if state == BROKEN else "not known whether somebody is told"
        self.nodes[start] = Node(start, "event", count, "event", state, note)
        routes = item.telling or item.routes
        for route in routes:
            self.route(start, route)

    def route(self, start: str, route: Route) -> None:
        """Draw a route from a node ("" for none); past a broken link too, so that every defect is seen at once."""
        last, passed = start, HOLDS
        for link in _merged(route.links):
            node = _node(link, route)
            self._put(node)
            passed = node.state if _RANK[node.state] > _RANK[passed] else passed
            if last:
                self._join(last, node.id, passed)
            last = node.id
        for listener in route.listeners:
            label = f"{listener.protocol} {listener.shown}"
            self._put(Node(f"people/{label}", "subscription", label, "subscription"))
            self._join(last, f"people/{label}", passed)

    def _put(self, node: Node) -> None:
        there = self.nodes.get(node.id)
        if there is None or _RANK[node.state] > _RANK[there.state]:
            self.nodes[node.id] = node

    def _join(self, source: str, target: str, state: str) -> None:
        there = self.edges.get((source, target))
        if there is None or _RANK[state] < _RANK[there.state]:
            self.edges[source, target] = Edge(source, target, state)


def _merged(links: tuple[Link, ...]) -> Iterator[Link]:
    """One link per box, which says everything that is wrong; a subscription that holds is drawn as its people."""
    kept: dict[tuple[str, str], Link] = {}
    for link in links:
        if link.kind == "subscription" and link.holds:
            continue
        key = (link.kind, link.address)
        there = kept.get(key)
        if there is None or there.holds:
            kept[key] = link
        elif link.why and link.why not in there.why:
            why = f"{there.why}; {link.why}"
            kept[key] = changed(there, holds=False if link.holds is False else there.holds, why=why)
    yield from kept.values()


def _node(link: Link, route: Route) -> Node:
    state = {True: HOLDS, None: OPEN, False: BROKEN}[link.holds]
    label = link.detail or link.address
    column = _SAME_COLUMN.get(link.kind, link.kind)
    # the service that passes through a policy or a key is part of the box: one may be admitted and the other not
    way = route.way if link.kind in ("topic policy", "key") else ""
    if way:
        label = "CloudWatch may publish" if way == ALARM else "EventBridge may publish"
        label = label if link.kind == "topic policy" else label.replace("publish", "use the key")
    # that no filter matches says nothing against the filter which came nearest
    kind = f"no {link.kind}" if link.detail == NO_MATCH else link.kind
    return Node(f"{kind}/{link.address}/{way}", link.kind, label, column, state, link.why)
