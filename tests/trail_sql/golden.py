"""The statements as Athena gets them, one file a question, and one more where a journey asks it (by-day/).

`python -m tests.trail_sql.golden` writes them anew.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from iam_guardrails.adapters.trail_sql.binding import bound
from iam_guardrails.model.trail.questions.all import QUESTIONS
from iam_guardrails.model.trail.window import window
from tests.trail_sql.lake import LAKE

FOLDER = Path(__file__).parent.parent / "cases" / "trail_sql"
WINDOW = window("2026-01-01", "2026-01-31T12:00:00Z")
ROLES = frozenset({("111122223333", "prod-breakglass-admin"), ("111122223333", "user/mallory")})
NOW = datetime(2026, 2, 1, tzinfo=UTC)
OF_JOURNEYS = ("breakglass-session", "iam-changes", "secret-reads", "unusual-principals")
"""The questions that breakglass reconcile, the review and policy tighten ask."""


def statements() -> dict[str, str]:
    """File name -> its text."""
    return {f"{item.name}.sql": bound(item.name, LAKE, WINDOW, ROLES, NOW) + "\n" for item in QUESTIONS} | {
        f"by-day/{name}.sql": bound(name, LAKE, WINDOW, ROLES, NOW, by_day=True) + "\n" for name in OF_JOURNEYS
    }


if __name__ == "__main__":
    for name, text in statements().items():
        (FOLDER / name).parent.mkdir(exist_ok=True)
        (FOLDER / name).write_text(text)
