"""What AWS refuses in a filter pattern: the error and the limits.

Sources: API reference of PutMetricFilter (1024 characters); Amazon CloudWatch Logs User Guide, "Supported
regular expressions (regex) syntax" (2 regular expressions a pattern) and "Using filter patterns to match terms
in JSON log events" (wildcard selectors). The depth is ours: AWS documents none, and no pattern needs so much.
"""

from __future__ import annotations

MAXIMUM_LENGTH = 1024
MAXIMUM_REGEXES = 2
MAXIMUM_WILDCARD_SELECTORS = 3
MAXIMUM_DEPTH = 64


class PatternError(ValueError):
    """AWS would refuse the pattern. `position` counts characters from 0, `expected` is a noun phrase."""

    def __init__(self, position: int, expected: str, found: str = "") -> None:
        what = f", not {found}" if found else ""
        super().__init__(f"at character {position + 1}: expected {expected}{what}")
        self.position = position
        self.expected = expected


def shown(text: str, position: int) -> str:
    """What stands at a position of a pattern, as a message quotes it."""
    rest = text[position : position + 12]
    return repr(rest) if rest else "the end of the pattern"
