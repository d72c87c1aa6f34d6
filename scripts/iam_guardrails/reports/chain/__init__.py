"""How the chain is shown: text, JSON, Markdown with a Mermaid picture, SVG, HTML. One module per format, pure."""

from __future__ import annotations

from importlib import import_module

from iam_guardrails.rules.chain_report import ChainReport

FORMATS = {"text": "text", "json": "as_json", "markdown": "markdown", "svg": "svg", "html": "html"}


def render(report: ChainReport, form: str) -> str:
    """The chain in one of FORMATS (its module is imported only now)."""
    module = import_module(f"{__name__}.{FORMATS[form]}")
    text: str = module.render(report)
    return text
