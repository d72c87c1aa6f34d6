"""What of a statement can matter to a part of all requests: the rest is cut off before anything is proven about it.

Two globs whose literal beginnings part have no text in common, and a text without wildcards either fits a glob or does
not. Nothing else is cut, so that the statement says the same as before of every request of the part.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

from iam_guardrails.model.iam.document import Statement
from iam_guardrails.model.value import changed


@functools.lru_cache(maxsize=16384)
def head(text: str) -> tuple[str, bool]:
    """(the literal beginning, whether that is all). A policy variable ends it, too."""
    ends = [at for at in (text.find("*"), text.find("?"), text.find("${")) if at >= 0]
    return (text[: min(ends)], False) if ends else (text, True)


def apart(one: str, other: str) -> bool:
    """Whether certainly no text fits both globs; letter case counts."""
    (left, whole), (right, all_of_it) = head(one), head(other)
    if whole and all_of_it:
        return left != right
    if whole:
        return not left.startswith(right)
    if all_of_it:
        return not right.startswith(left)
    return not (left.startswith(right) or right.startswith(left))


def _meeting(texts: Sequence[str], parts: Sequence[str]) -> tuple[str, ...]:
    return tuple(text for text in texts if not all(apart(text, part) for part in parts))


def _meeting_actions(texts: Sequence[str], parts: Sequence[str]) -> tuple[str, ...]:
    return tuple(text for text in texts if not all(apart(text.lower(), part.lower()) for part in parts))


def trimmed(item: Statement, actions: Sequence[str], resources: Sequence[str]) -> Statement | None:
    """The statement as far as it is about these actions and resources (globs; none: all); None where it is not."""
    if actions and item.actions:
        found = _meeting_actions(item.actions, actions)
        if not found:
            return None
        item = item if len(found) == len(item.actions) else changed(item, actions=found)
    if actions and item.not_actions:
        found = _meeting_actions(item.not_actions, actions)
        item = changed(item, not_actions=found) if found else changed(item, not_actions=(), actions=("*",))
    if resources and item.resources:
        found = _meeting(item.resources, resources)
        if not found:
            return None
        item = item if len(found) == len(item.resources) else changed(item, resources=found)
    if resources and item.not_resources:
        found = _meeting(item.not_resources, resources)
        item = changed(item, not_resources=found) if found else changed(item, not_resources=(), resources=("*",))
    return item
