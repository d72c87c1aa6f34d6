"""How a verdict is shown: one module per format, pure."""

from __future__ import annotations

TYPE_CHECKING = False  # as typing.TYPE_CHECKING, which costs more than a question that was answered before may
if TYPE_CHECKING:
    from iam_guardrails.model.finding import Verdict

FORMATS = {"text": "text", "json": "json_report", "markdown": "markdown", "sarif": "sarif", "junit": "junit"}


def render(verdict: Verdict, title: str, form: str) -> str:
    """The verdict in one of FORMATS (its module is imported only now)."""
    from importlib import import_module

    module = import_module(f"{__name__}.{FORMATS[form]}")
    text: str = module.render(verdict, title)
    return text
