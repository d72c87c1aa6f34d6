"""The colours of the page as data, so that their contrast can be measured."""

from __future__ import annotations

LIGHT = {
    "paper": "#ffffff", "panel": "#f3f6f8", "ink": "#1b2733", "soft": "#4d5b68", "line": "#cfd8df", "link": "#0b57a4",
    "bad": "#a81818", "bad-soft": "#fdeaea", "doubt": "#765400", "doubt-soft": "#fff4d6", "good": "#1f6a3c",
    "good-soft": "#e6f4ea", "mark": "#1d4f91", "mark-soft": "#e5eefa", "solid": "#a81818", "on-solid": "#ffffff",
}  # fmt: skip
DARK = {
    "paper": "#12181e", "panel": "#1b232b", "ink": "#e4eaef", "soft": "#a9b6c1", "line": "#3a4651", "link": "#8cc1ff",
    "bad": "#ff9c95", "bad-soft": "#3d1c1d", "doubt": "#f0c95c", "doubt-soft": "#3a2f12", "good": "#86dca6",
    "good-soft": "#153523", "mark": "#9cc6ff", "mark-soft": "#18304d", "solid": "#ff9c95", "on-solid": "#2a0b0b",
}  # fmt: skip
PAIRS = (
    *((text, "paper") for text in ("ink", "soft", "link", "bad", "doubt", "good", "mark")),
    *((text, "panel") for text in ("ink", "soft", "link", "bad", "doubt", "good", "mark")),
    *((name, f"{name}-soft") for name in ("bad", "doubt", "good", "mark")),
    *(("ink", f"{name}-soft") for name in ("bad", "doubt", "good", "mark")),
    ("on-solid", "solid"), ("paper", "mark"),
)  # fmt: skip
"""Every text colour with a colour it stands on."""
