"""How the answer to `guardrails access who-can` is shown."""

from __future__ import annotations

from iam_guardrails.model.iam.reach.ways import Ways


def render_who_can(ways: Ways, form: str) -> str:
    """The answers as text, Markdown, JSON or CSV."""
    if form == "json":
        from iam_guardrails.reports.who_can.as_json import render
    elif form == "csv":
        from iam_guardrails.reports.who_can.as_csv import render
    elif form == "markdown":
        from iam_guardrails.reports.who_can.markdown import render
    else:
        from iam_guardrails.reports.who_can.text import render
    return render(ways)
