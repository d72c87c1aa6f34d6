"""Reviews made for the tests of deciding and signing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from iam_guardrails.model.review.review import ACCEPT, KEEP, Box, Decision, Evidence, Item, Review
from iam_guardrails.model.value import changed

AT = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
TODAY = AT.date()


def item(name: str = "users-1", **more: Any) -> Item:
    """An open item of the box that its id begins with."""
    box = name.partition("-")[0]
    values: dict[str, Any] = {
        "id": name, "box": box, "subject": f"arn:aws:iam::333333333333:user/{name}", "title": f"{name} reaches prod",
        "severity": "high", "meaning": f"meaning of {name}", "reasons": ("a console password", "no MFA"),
        "evidence": (("last used", "2026-10-01"),), "remedy": "remove the console password",
    }  # fmt: skip
    return Item(**(values | more))


def box(name: str = "users", *items: Item, **more: Any) -> Box:
    """A box that looked at something."""
    return Box(name, f"Box {name}", "Who may enter?", more.pop("looked_at", 5), items, **more)


def review(*boxes: Box, **more: Any) -> Review:
    """A monthly review of prod."""
    evidence = more.pop("evidence", Evidence(more.pop("captured_at", AT), "live", "ab" * 32))
    values: dict[str, Any] = {
        "environment": "prod", "account_id": "333333333333", "cadence": "monthly", "name": "2026-11-monthly",
        "evidence": evidence, "boxes": boxes or (box("users", item()),), "judged_at": AT,
    }  # fmt: skip
    return Review(**(values | more))


def decision(about: Item, choice: str = KEEP, **more: Any) -> Decision:
    """A decision about an item that is complete."""
    values: dict[str, Any] = {
        "item": about.id, "meaning": about.meaning, "choice": choice, "owner": "jane@example.com", "ticket": "SEC-1",
        "reason": "it is needed", "until": datetime(2026, 12, 31).date() if choice == ACCEPT else None, "by": "jane",
        "at": AT,
    }  # fmt: skip
    return Decision(**(values | more))


def with_decisions(made: Review, *decisions: Decision) -> Review:
    """The review with these decisions at their items."""
    said = {one.item: one for one in decisions}
    return changed(made, boxes=tuple(
        changed(one, items=tuple(changed(it, decision=said.get(it.id, it.decision)) for it in one.items))
        for one in made.boxes
    ))  # fmt: skip
