"""The chain as a picture: columns from the events to the people; what is broken is red, dashed and says why."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from iam_guardrails.model.chain.graph import BROKEN, COLUMNS, HOLDS, OPEN, Edge, Graph, Node, graph
from iam_guardrails.rules.chain_report import ChainReport

WIDTH, HEIGHT, GAP, ROW, TOP, LEFT = 204, 30, 46, 50, 92, 16
LETTERS = 31  # as many as fit into a box
TITLES = {
    "event": "what happens", "trail": "trail or event bus", "log group": "log group", "filter": "filter or event rule",
    "metric": "metric or target", "alarm": "alarm", "topic": "topic", "topic policy": "topic policy", "key": "key",
    "subscription": "people",
}  # fmt: skip
STYLE = """
text{font:11px system-ui,sans-serif;fill:#1b2733}
.head{font-weight:600;fill:#51606e}.title{font-size:16px;font-weight:600}
rect{rx:5px;stroke-width:1.2px}.holds{fill:#eaf6ee;stroke:#3c8a57}
.open{fill:#fff6dd;stroke:#b58a1b;stroke-dasharray:4 3}
.broken{fill:#fde8e8;stroke:#c62828;stroke-width:2.4px}path.holds,path.open,path.broken{fill:none}path.holds{stroke:#8fb79d;stroke-width:1.1px}
path.open{stroke:#b58a1b;stroke-dasharray:4 3}path.broken{stroke:#c62828;stroke-width:2.2px;stroke-dasharray:7 4}
.why{fill:#c62828;font-size:10px}.whyopen{fill:#8a6a10;font-size:10px}
"""
Places = dict[str, tuple[int, int]]


def render(report: ChainReport) -> str:
    """One SVG document."""
    return drawing(graph(report.outcomes, report.strays), report.title) + "\n"


def drawing(picture: Graph, title: str) -> str:
    """The picture of any graph."""
    places = _places(picture)
    columns = [name for name in COLUMNS if any(node.column == name for node in picture.nodes)]
    wide = max(900, LEFT * 2 + len(columns) * (WIDTH + GAP) - GAP)
    high = max((y for _, y in places.values()), default=TOP) + HEIGHT + 40
    lost = [node for node in picture.nodes if node.state == BROKEN and node.kind == "event"]
    verdict = (
        "every event reaches somebody" if not lost else f"{', '.join(node.label for node in lost)}: nobody is told"
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}" '
        f'role="img" aria-label={quoteattr(f"{title}: {verdict}")}>',
        f"<style>{STYLE}</style>",
        f'<rect x="0" y="0" width="{wide}" height="{high}" style="fill:#fff;stroke:none"/>',
        f'<text class="title" x="{LEFT}" y="28">{escape(title)}</text>',
        f'<text x="{LEFT}" y="48">{escape(verdict)}</text>',
        *(_head(number, name) for number, name in enumerate(columns)),
        *(_arrow(edge, places) for edge in sorted(picture.edges, key=lambda edge: edge.state != HOLDS)),
        *(part for node in picture.nodes for part in _box(node, places)),
        "</svg>",
    ]
    return "\n".join(parts)


def _places(picture: Graph) -> Places:
    """Where each node stands: a column per kind, and rows in an order that keeps arrows short (barycentre)."""
    columns = [name for name in COLUMNS if any(node.column == name for node in picture.nodes)]
    rows: dict[str, float] = {}
    sources: dict[str, list[str]] = {}
    for edge in picture.edges:
        sources.setdefault(edge.target, []).append(edge.source)
    places: Places = {}
    tallest = max((sum(node.column == name for node in picture.nodes) for name in columns), default=1)
    for number, name in enumerate(columns):
        mine = [node for node in picture.nodes if node.column == name]
        mine.sort(key=lambda node: _middle([rows[source] for source in sources.get(node.id, ()) if source in rows]))
        step = ROW * max(1.0, min(3.0, (tallest - 1) / max(1, len(mine)))) if len(mine) > 1 else ROW
        start = TOP + (tallest * ROW - step * len(mine)) / 2 if step * len(mine) < tallest * ROW else TOP
        for row, node in enumerate(mine):
            rows[node.id] = start + row * step
            places[node.id] = (LEFT + number * (WIDTH + GAP), round(start + row * step))
    return places


def _middle(found: list[float]) -> float:
    return sum(found) / len(found) if found else 0.0


def _head(number: int, name: str) -> str:
    return f'<text class="head" x="{LEFT + number * (WIDTH + GAP)}" y="{TOP - 16}">{escape(TITLES[name])}</text>'


def _arrow(edge: Edge, places: Places) -> str:
    (x1, y1), (x2, y2) = places[edge.source], places[edge.target]
    x1, y1, y2 = x1 + WIDTH, y1 + HEIGHT // 2, y2 + HEIGHT // 2
    bend = max(20, (x2 - x1) // 2)
    return f'<path class="{edge.state}" d="M{x1} {y1} C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"/>'


def _box(node: Node, places: Places) -> Iterator[str]:
    x, y = places[node.id]
    mark = {HOLDS: "", OPEN: "? ", BROKEN: "\u2716 "}[node.state]
    hint = f"{node.kind}: {node.label}" + (f": {node.note}" if node.note else "")
    yield f"<g><title>{escape(hint)}</title>"
    yield f'<rect class="{node.state}" x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}"/>'
    yield f'<text x="{x + 8}" y="{y + 19}">{escape(mark + short(node.label))}</text>'
    if node.note:
        kind = "why" if node.state == BROKEN else "whyopen"
        yield f'<text class="{kind}" x="{x}" y="{y + HEIGHT + 10}">{escape(short(node.note, 42))}</text>'
    yield "</g>"


def short(text: str, most: int = LETTERS) -> str:
    """The end of a long text, which tells more than its beginning; a sentence keeps its beginning."""
    if len(text) <= most:
        return text
    return text[: most - 1] + "…" if " " in text else "…" + text[-most + 1 :]
