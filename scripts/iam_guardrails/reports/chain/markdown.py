"""The chain in Markdown, with a Mermaid picture that GitHub and GitLab draw."""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.model.chain.graph import BROKEN, HOLDS, OPEN, Edge, Graph, Node, graph
from iam_guardrails.reports.chain.groups import (
    LATENESS,
    WHENCE,
    counted,
    fates,
    lateness,
    people,
    regions,
    tellers,
    whats,
)
from iam_guardrails.reports.markdown import render as render_verdict
from iam_guardrails.rules.chain_report import ChainReport

MOST_NODES = 60
"""Mermaid draws bigger graphs too small to read; then only what leads to people from the role's own events is drawn."""


def render(report: ChainReport) -> str:
    """Heading, picture, table of events, silencers that need a look, findings."""
    number = counted(report.outcomes)
    told = f"{number['told']} of {number['events'] - number['impossible']} events reach somebody"
    parts = [
        f"# {report.title}", "",
        f"Account `{report.account_id}`, {WHENCE[report.origin]}: **{told}, {number['lost']} reach nobody, "
        f"{number['undecided']} undecided**.", "",
        mermaid(_drawn(report)), "",
        "| | events | recorded in | told by | to | how late |", "| --- | --- | --- | --- | --- | --- |",
        *_rows(report), "", LATENESS, "", *_silencers(report), "",
        render_verdict(report.verdict, "What the rules say of the chain"),
    ]  # fmt: skip
    return "\n".join(parts)


def _drawn(report: ChainReport) -> Graph:
    whole = graph(report.outcomes, report.strays)
    if len(whole.nodes) <= MOST_NODES:
        return whole
    return graph((item for item in report.outcomes if item.event.role_arn or item.told is not True), report.strays)


def mermaid(picture: Graph) -> str:
    """A fenced Mermaid flowchart."""
    names = {node.id: f"n{number}" for number, node in enumerate(picture.nodes)}
    lines = ["```mermaid", "flowchart LR"]
    lines += [f"  {names[node.id]}{_shape(node)}" for node in picture.nodes]
    lines += [f"  {names[edge.source]} {_ARROWS[edge.state]} {names[edge.target]}" for edge in _ordered(picture)]
    lines += [f"  classDef {name} {style}" for name, style in _STYLES.items()]
    for state in _STYLES:
        if mine := ",".join(names[node.id] for node in picture.nodes if node.state == state):
            lines.append(f"  class {mine} {state}")
    broken = [str(number) for number, edge in enumerate(_ordered(picture)) if edge.state == BROKEN]
    lines += [f"  linkStyle {','.join(broken)} stroke:#c62828,stroke-width:2px"] if broken else []
    return "\n".join([*lines, "```"])


_ARROWS = {HOLDS: "-->", OPEN: "-.->", BROKEN: "-.-x"}
_STYLES = {
    HOLDS: "fill:#eaf6ee,stroke:#3c8a57,color:#1b2733",
    OPEN: "fill:#fff6dd,stroke:#b58a1b,color:#1b2733,stroke-dasharray:4 3",
    BROKEN: "fill:#fde8e8,stroke:#c62828,color:#1b2733,stroke-width:3px",
}


def _ordered(picture: Graph) -> list[Edge]:
    return sorted(picture.edges, key=lambda edge: edge.state)


def _shape(node: Node) -> str:
    text = _quoted(f"{node.kind}: {node.label}")
    if node.note:
        text += f"<br/><b>{_quoted(node.note)}</b>"
    left, right = ("([", "])") if node.kind in ("event", "subscription") else ("[", "]")
    return f'{left}"{text}"{right}'


def _quoted(text: str) -> str:
    """Text inside a Mermaid label. Its entities (#quot;) are drawn as they stand by some versions, so look-alikes take
    the place of what would end the label or be taken for a tag."""
    marks = {'"': "\u201d", "<": "\u2039", ">": "\u203a", "`": "\u2019", "#": "\uff03", ";": ","}
    return "".join(marks.get(letter, letter) for letter in text)


def _rows(report: ChainReport) -> Iterator[str]:
    for fate in fates(report.outcomes):
        what = f"{fate.family} ({len(fate.outcomes)}): {whats(fate)}"
        if fate.told:
            late = lateness(fate)
            cells = ["told", what, regions(fate), ", ".join(tellers(fate)), people(fate), late]
        else:
            link = fate.link
            ends = f"ends at the {link.kind} `{link.address}`: {link.why}" if link else "no route"
            cells = ["**nobody**" if fate.told is False else "not known", what, regions(fate), ends, "", ""]
        yield (
            "| "
            + " | ".join(cell.replace("|", "\\|").replace("*", "\\*") if "**" not in cell else cell for cell in cells)
            + " |"
        )


def _silencers(report: ChainReport) -> Iterator[str]:
    states = report.silencers
    told, denied = sum(state.told is True for state in states), sum(state.denied is True for state in states)
    yield f"Of {len(states)} calls that silence a guardrail, {told} are told, {denied} are denied to the role."
    for state in states:
        for item in state.active:
            yield f"- **in effect now**: `{state.call}` on `{item.address}`: {item.why}"
        if state.told is False:
            yield f"- nobody is told of `{state.call}` (silences {state.silences})"
        if state.denied is False:
            yield f"- `{state.call}` is not denied to the role"
