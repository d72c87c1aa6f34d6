"""How the answer to `guardrails access who-can` is shown."""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.model.iam.reach.ways import Ways


def render_who_can(ways: Ways, form: str) -> str | Iterator[str]:
    """The answers as text, Markdown, JSON or CSV, which is long and comes in parts."""
    if form == "csv":
        from iam_guardrails.reports.who_can.as_csv import render as in_parts

        return in_parts(ways)
    if form == "json":
        from iam_guardrails.reports.who_can.as_json import render
    elif form == "markdown":
        from iam_guardrails.reports.who_can.markdown import render
    else:
        from iam_guardrails.reports.who_can.text import render
    return render(ways)
