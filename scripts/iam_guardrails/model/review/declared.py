"""What a commit changes of what Terraform declares: a resource that it adds, takes away, or changes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from iam_guardrails.model.value import field, frozen

ADDED, REMOVED, CHANGED = "adds", "removes", "changes"
ANY = "*"
"""A piece of text that Terraform's text does not tell. Names and ARNs of IAM hold no star."""
LEAST = 3
"""So many letters of a name must be told for it to be one."""
Values = Mapping[str, tuple[str, ...]]


@frozen
class Declared:
    """kind: ADDED, REMOVED or CHANGED.  before, after: the arguments that are text or lists of text, as patterns in
    which ANY stands for what is not told; nothing where the resource is not there.

    changed: the names of the arguments that differ, those too of which only what they hang on does.  documents: the
    arguments that hold JSON which is wholly told, after the commit.
    """

    address: str
    type: str
    kind: str
    before: Values = field(default_factory=dict)
    after: Values = field(default_factory=dict)
    changed: tuple[str, ...] = ()
    documents: Mapping[str, str] = field(default_factory=dict)


def fits(pattern: str, text: str) -> bool:
    """Whether a pattern that tells enough stands for a text."""
    if ANY not in pattern:
        return pattern == text
    return len(pattern.replace(ANY, "")) >= LEAST and _compiled(pattern).fullmatch(text) is not None


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in pattern.split(ANY)), re.DOTALL)
