"""The statements as Athena gets them, one file a question; `python -m tests.trail_sql.golden` writes them anew."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from iam_guardrails.adapters.trail_sql.binding import bound
from iam_guardrails.model.trail.questions.all import QUESTIONS
from iam_guardrails.model.trail.window import window
from tests.trail_sql.lake import LAKE

FOLDER = Path(__file__).parent.parent / "cases" / "trail_sql"
WINDOW = window("2026-01-01", "2026-01-31T12:00:00Z")
ROLES = frozenset({("111122223333", "prod-breakglass-admin")})
NOW = datetime(2026, 2, 1, tzinfo=UTC)


def statements() -> dict[str, str]:
    """File name -> its text."""
    return {f"{item.name}.sql": bound(item.name, LAKE, WINDOW, ROLES, NOW) + "\n" for item in QUESTIONS}


if __name__ == "__main__":
    for name, text in statements().items():
        (FOLDER / name).write_text(text)
