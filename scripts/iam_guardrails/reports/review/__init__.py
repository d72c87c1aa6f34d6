"""How an access review is shown: HTML, Markdown, JSON, CSV, SARIF, text. One module per format, pure."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module

from iam_guardrails.model.problem import Problem
from iam_guardrails.model.review.review import Review

FORMATS = {
    "text": "text", "html": "html", "markdown": "markdown", "json": "as_json", "csv": "as_csv", "sarif": "as_sarif",
}  # fmt: skip


def render_review(review: Review, form: str, *, chain_svg: str = "", table: str = "") -> str:
    """The review in one of FORMATS (its module is imported only now).

    chain_svg: the picture of the chain as an SVG document, for HTML.  table: for CSV, the name of one table instead of
    the items (`reports.review.tables.names`).  Raises Problem for another format, an unknown table, and a picture that
    is no SVG.
    """
    if form not in FORMATS:
        raise Problem(f"a review has no format {form!r}: choose one of {', '.join(FORMATS)}")
    if table and form != "csv":
        raise Problem(f"a single table goes with the format csv, not {form}")
    module = import_module(f"{__name__}.{FORMATS[form]}")
    extra = {"chain_svg": chain_svg} if form == "html" else {"table": table} if form == "csv" else {}
    text: str = module.render(review, **extra)
    return text


def review_parts(review: Review, form: str, *, chain_svg: str = "") -> Iterable[str]:
    """The same part by part, where a form is large: a page or JSON need not be in memory as a whole."""
    if form == "json":
        from iam_guardrails.reports.review import as_json

        return as_json.parts(review)
    if form == "html":
        from iam_guardrails.reports.review import html

        return html.parts(review, chain_svg)
    return (render_review(review, form, chain_svg=chain_svg),)
