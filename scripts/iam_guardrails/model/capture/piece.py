"""A piece of a capture that is being made: read, kept, and put together with the others at the end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from iam_guardrails.model.value import field, frozen

if TYPE_CHECKING:
    from datetime import datetime


@frozen
class Piece:
    """part: one of capture.PARTS.  key: which piece of it (a Region, a number, or "").  content: JSON values, each
    under the name of the field of Capture that it belongs to.  calls, refused, unasked: see Capture."""

    part: str
    key: str
    read_at: datetime
    content: Mapping[str, Any]
    calls: Mapping[str, int] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    unasked: Mapping[str, str] = field(default_factory=dict)
