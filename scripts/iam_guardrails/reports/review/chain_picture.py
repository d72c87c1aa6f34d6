"""The picture of the chain, drawn elsewhere as SVG, set into the page as a picture: what is in it can do nothing."""

from __future__ import annotations

import base64
from xml.etree import ElementTree

from iam_guardrails.model.problem import Problem
from iam_guardrails.reports.review.markup import listed, scrolled, text

_SVG = "{http://www.w3.org/2000/svg}"


def chain_picture(svg: str) -> str:
    """The section: the picture, and its boxes in words. Raises Problem where the text is no SVG document."""
    if "<!DOCTYPE" in svg or "<!ENTITY" in svg:
        raise Problem("the picture of the chain declares entities: draw it anew with `guardrails chain --format svg`")
    try:
        root = ElementTree.fromstring(svg)
    except (ElementTree.ParseError, ValueError) as error:
        raise Problem(f"the picture of the chain is no SVG document ({error}): draw it anew") from None
    if root.tag != f"{_SVG}svg":
        raise Problem(f"the picture of the chain is no SVG document, but <{root.tag}>: draw it anew")
    said = root.get("aria-label", "") or "The chain from an event to people"
    words = [found.text or "" for found in root.iter(f"{_SVG}title")]
    data = base64.b64encode(svg.encode()).decode()
    image = f'<img alt="{text(said)}" src="data:image/svg+xml;base64,{data}">'
    more = f'<details class="more"><summary>The same in words</summary>{listed(words)}</details>' if words else ""
    return (
        '<section class="chain" aria-labelledby="chain"><h2 id="chain">Whether an alarm reaches people</h2>'
        f"<figure><figcaption>{text(said)}</figcaption>{scrolled(image, said)}</figure>{more}</section>"
    )
