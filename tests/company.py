"""What a review in JSON says of the company."""

from __future__ import annotations

from typing import Any

Found = tuple[str, str, str]
SCANNER = "secrets in the repository: "
ROOT = "root-mfa-enabled: "


def found_in(review: dict[str, Any]) -> list[Found]:
    """Box, subject and title of every item of a review in JSON."""
    return [(box["id"], item["subject"], item["title"]) for box in review["boxes"] for item in box["items"]]


def open_in(review: dict[str, Any]) -> list[tuple[str, str]]:
    """Box and reason of everything that was not judged."""
    return [(box["id"], why) for box in review["boxes"] for why in box["not_judged"]]
