"""The review as one HTML page that needs nothing else, asks nothing of any server, and is whole without its script."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator

from iam_guardrails.model.review.review import CLEAN, DECIDED, FOUND, NOT_JUDGED, Review
from iam_guardrails.reports.review import told
from iam_guardrails.reports.review.boxes import box_section
from iam_guardrails.reports.review.chain_picture import chain_picture
from iam_guardrails.reports.review.changes import changes
from iam_guardrails.reports.review.filters import filters
from iam_guardrails.reports.review.markup import anchor, pairs, tag, text
from iam_guardrails.reports.review.matrix import SIGNS
from iam_guardrails.reports.review.script import SCRIPT
from iam_guardrails.reports.review.style import STYLE
from iam_guardrails.version import VERSION

LOOKS = {FOUND: "bad", NOT_JUDGED: "doubt", DECIDED: "good", CLEAN: "good"}


def render(review: Review, chain_svg: str = "") -> str:
    """One page. chain_svg: the picture of the chain as an SVG document. Raises Problem where it is none."""
    return "".join(parts(review, chain_svg))


def parts(review: Review, chain_svg: str = "") -> Iterator[str]:
    """The same, part by part. Raises Problem, before the first of them, where the picture is none."""
    chain = chain_picture(chain_svg) if chain_svg else ""
    return (f"{part}\n" for part in _parts(review, chain) if part)


def _parts(review: Review, chain: str) -> Iterator[str]:
    yield from (
        "<!doctype html>", '<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_policy()}">',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        '<meta name="referrer" content="no-referrer"><meta name="color-scheme" content="light dark">',
        '<link rel="icon" href="data:,">',
        f"<title>{text(told.title(review))}: {text(told.asked_for(review))}</title>",
        f"<style>{STYLE}</style></head><body>",
        '<a class="skip" href="#boxes">Skip to the boxes</a>', SIGNS,
        '<header class="top">', *_top(review), "</header>", "<main>",
    )  # fmt: skip
    yield changes(review)
    yield '<h2 id="boxes" tabindex="-1">The boxes, one by one</h2>'
    yield filters(review)
    for box in review.boxes:
        yield from box_section(box)
    yield from (chain, "</main>", _footer(review), f"<script>{SCRIPT}</script>", "</body></html>")


def _policy() -> str:
    """Nothing may be loaded; the page's own style and script go by their hashes, the pictures are in the page."""
    style, script = (
        base64.b64encode(hashlib.sha256(content.encode()).digest()).decode() for content in (STYLE, SCRIPT)
    )
    return (
        f"default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _top(review: Review) -> list[str]:
    number = {name: sum(box.outcome == name for box in review.boxes) for name in told.OUTCOMES}
    tiles = [
        ("mark", len(review.open), "decision asked for" if len(review.open) == 1 else "decisions asked for"),
        ("bad", number[FOUND], "boxes with findings"),
        ("doubt", number[NOT_JUDGED], "boxes not judged"),
        ("good", number[CLEAN], "boxes clean"),
    ]
    if number[DECIDED]:
        tiles.insert(3, ("mark", number[DECIDED], "boxes with findings that are decided"))
    shown = "".join(f'<li class="{look}"><b>{many:,}</b><span>{what}</span></li>' for look, many, what in tiles)
    return [
        f"<h1>{text(told.title(review))}</h1>",
        f'<p class="soft">Account {text(review.account_id)}, {text(review.cadence)}, as of '
        f"{text(told.as_of(review))}</p>",
        f'<p class="unseen">{text(told.headline(review))}; {text(told.asked_for(review))}.</p>',
        f'<ul class="headline" aria-label="The verdict in numbers">{shown}</ul>',
        _loud(review),
        f'<p class="next">Next: <code>{text(told.next_step(review))}</code></p>',
        *(f"<p>{text(note)}</p>" for note in review.notes),
        _verdicts(review),
    ]


def _loud(review: Review) -> str:
    boxes = [box for box in review.boxes if told.reasons(box)]
    if not boxes:
        return ""
    links = ", ".join(f'<a href="#{anchor("box", box.id)}">{text(box.title)}</a>' for box in boxes)
    many = told.counted(sum(len(told.reasons(box)) for box in boxes), "thing")
    return f'<p class="loud"><strong>Not judged: {many}.</strong> What is not judged is not clean. See {links}.</p>'


def _verdicts(review: Review) -> str:
    rows = []
    for box in review.boxes:
        wait = sum(item.decision is None for item in box.items)
        cells = (("looked at", box.looked_at), ("open", wait), ("decided", len(box.items) - wait),
                 ("not judged", len(told.reasons(box))))  # fmt: skip
        numbers = "".join(
            f'<td class="number{"" if many else " zero"}" data-is="{name}">{many:,}</td>' for name, many in cells
        )
        link = f'<a href="#{anchor("box", box.id)}">{text(box.title)}</a>'
        rows.append(f'<tr><th scope="row">{link}</th><td>{tag(box.outcome)}</td>{numbers}</tr>')
    head = '<th scope="col">box</th><th scope="col">verdict</th>' + "".join(
        f'<th scope="col" class="number">{name}</th>' for name in ("looked at", "open", "decided", "not judged")
    )
    body = "\n".join(rows)
    return (
        f'<table class="verdicts"><caption>Verdict per box</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>\n{body}\n</tbody></table>"
    )


def _footer(review: Review) -> str:
    rest = [("made by", f"guardrails {VERSION}")]
    return f"<footer><h2>What this rests on</h2>{pairs([*told.evidence(review), *rest])}</footer>"
