"""What of a statement can matter to a part of all requests: the rest is cut off before anything is proven about it.

Two globs whose literal beginnings part have no text in common, and a text without wildcards either fits a glob or does
not. Nothing else is cut, so that the statement says the same as before of every request of the part.
"""

from __future__ import annotations

import functools
from bisect import bisect_left
from collections.abc import Sequence

from iam_guardrails.model.iam.document import Condition, Statement
from iam_guardrails.model.iam.variables import NEWER
from iam_guardrails.model.value import changed

_NAME = "${aws:username}"  # with a default value it is written otherwise
_OF_SOME = ("aws:username", "aws:PrincipalOrgID")  # which users alone have, and members of an organization alone


@functools.lru_cache(maxsize=16384)
def head(text: str) -> tuple[str, bool]:
    """(the literal beginning, whether that is all). A policy variable ends it, too."""
    ends = [at for at in (text.find("*"), text.find("?"), text.find("${")) if at >= 0]
    return (text[: min(ends)], False) if ends else (text, True)


class Parts:
    """Globs, and which others may have a text in common with one of them. Time does not grow with their number."""

    def __init__(self, globs: Sequence[str]) -> None:
        heads = [head(text) for text in globs]
        self.order = sorted({start for start, _ in heads})
        self.whole = {start for start, all_of_it in heads if all_of_it}
        self.open = {start for start, all_of_it in heads if not all_of_it}
        self.sizes = sorted({len(start) for start in self.open})

    def meets(self, text: str) -> bool:
        """False where certainly no text fits both `text` and one of the globs; letter case counts."""
        start, all_of_it = head(text)
        if any(start[:size] in self.open for size in self.sizes if size <= len(start)):
            return True
        if all_of_it:
            return start in self.whole
        at = bisect_left(self.order, start)
        return at < len(self.order) and self.order[at].startswith(start)


@functools.lru_cache(maxsize=1024)
def _parts(globs: tuple[str, ...]) -> Parts:
    return Parts(globs)


@functools.lru_cache(maxsize=1024)
def _parts_in_lower_case(globs: tuple[str, ...]) -> Parts:
    return Parts([text.lower() for text in globs])


def _meeting(texts: Sequence[str], globs: Sequence[str]) -> tuple[str, ...]:
    parts = _parts(tuple(globs))
    return tuple(text for text in texts if parts.meets(text))


def _meeting_actions(texts: Sequence[str], globs: Sequence[str]) -> tuple[str, ...]:
    parts = _parts_in_lower_case(tuple(globs))
    return tuple(text for text in texts if parts.meets(text.lower()))


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


def without_names(item: Statement, version: str, variable: str = _NAME) -> Statement | None:
    """The statement for somebody who has no aws:username (a role): what holds `${aws:username}` covers nothing.

    None where nothing is left (AWS IAM User Guide, reference_policies_variables: a variable without a value).
    variable: another one, in lower case, that somebody has no value for.
    """
    if version != NEWER:
        return item
    kept, spared = (tuple(text for text in listed if variable not in text.lower())
                    for listed in (item.resources, item.not_resources))  # fmt: skip
    if len(kept) != len(item.resources):
        return changed(item, resources=kept) if kept else None
    if len(spared) != len(item.not_resources):
        return changed(item, not_resources=spared) if spared else changed(item, not_resources=(), resources=("*",))
    return item


def by_value(item: Statement, version: str) -> list[Statement]:
    """The statement in parts, for those who have a value for `${aws:username}` or `${aws:PrincipalOrgID}` where it
    holds that, and for all others: together they say the same.

    For the others the variable has no value, and what holds it is equal to nothing.
    """
    found = [item]
    for key in _OF_SOME if version == NEWER else ():
        found = [part for one in found for part in _in_two(one, version, key)]
    return found


def _in_two(item: Statement, version: str, key: str) -> list[Statement]:
    variable = f"${{{key.lower()}}}"
    texts = (*item.resources, *item.not_resources, *(text for one in item.conditions for text in one.values))
    if not any(variable in text.lower() for text in texts):
        return [item]
    left = tuple(changed(one, values=tuple(text for text in one.values if variable not in text.lower()))
                 for one in item.conditions)  # fmt: skip
    valueless = without_names(changed(item, conditions=(*left, Condition("Null", key, ("true",)))), version, variable)
    valued = changed(item, conditions=(*item.conditions, Condition("Null", key, ("false",))))
    return [valued, *([valueless] if valueless else [])]
