"""How a verdict is shown: one module per format, pure."""

from __future__ import annotations

from importlib import import_module

from iam_guardrails.model.finding import Verdict

FORMATS = {"text": "text", "json": "json_report", "markdown": "markdown", "sarif": "sarif", "junit": "junit"}


def render(verdict: Verdict, title: str, form: str) -> str:
    """The verdict in one of FORMATS (its module is imported only now)."""
    module = import_module(f"{__name__}.{FORMATS[form]}")
    text: str = module.render(verdict, title)
    return text
