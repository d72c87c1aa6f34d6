"""The resources of a statement, narrowed where every request that it served tells its resource.

A wildcard is replaced by what was seen under it, an S3 object by all objects of its bucket; exact ARNs stay, somebody
wrote them down. Never widened: what is put in its place is covered by it.
"""

from __future__ import annotations

from collections.abc import Sequence

from iam_guardrails.model.iam.document import Statement
from iam_guardrails.model.iam.match import covers, has_wildcard, names_action
from iam_guardrails.model.iam.tightening.evidence import QUARTER_DAYS, Window
from iam_guardrails.model.iam.tightening.observed import Observed

MOST_LISTED = 10
"""More resources than this under one wildcard are no list to read, and the next one is to be expected."""


def narrowed_resources(
    item: Statement, actions: Sequence[str], served: Sequence[Observed], window: Window
) -> tuple[str, ...] | None:
    """The new Resource element; None where the old one stays.

    actions: those that stay.  served: the requests that the statement may have allowed.
    """
    if window.gaps or window.days < QUARTER_DAYS or not item.resources or any("$" in text for text in item.resources):
        return None
    needed = [seen for seen in served if names_action(actions, seen.action)]
    asked = {seen.action.lower() for seen in needed}
    if any(not seen.resource for seen in needed) or any(action.lower() not in asked for action in actions):
        return None
    seen_resources = sorted({seen.resource for seen in needed})
    made: list[str] = []
    for text in item.resources:
        made += _under(text, seen_resources) if has_wildcard(text) else [text]
    found = tuple(dict.fromkeys(made))
    return found if found and set(found) != set(item.resources) else None


def _under(pattern: str, resources: Sequence[str]) -> list[str]:
    """What was seen under a wildcard; the wildcard itself where that is too much, or not below it."""
    below = [text for text in resources if covers(pattern, text)]
    whole = sorted({_whole(text) for text in below})
    if len(whole) > MOST_LISTED or not all(covers(pattern, text) for text in whole):
        return [pattern]
    return whole


def _whole(resource: str) -> str:
    """All objects of a bucket for an object, which comes and goes; anything else as it is."""
    parts = resource.split(":", 5)
    if len(parts) == 6 and parts[2] == "s3" and "/" in parts[5]:
        return f"{resource.partition('/')[0]}/*"
    return resource
