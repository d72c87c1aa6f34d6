"""Words that the forms of the tightening report share."""

from __future__ import annotations

from collections.abc import Sequence

from iam_guardrails.model.iam.match import has_wildcard
from iam_guardrails.model.iam.tightening.narrow import Change

_FEW = 6


def count(number: int, one: str, many: str) -> str:
    """A number with its noun."""
    return f"{number:,} {one if number == 1 else many}"


def role_label(arn: str) -> str:
    """`role/name`, with its path."""
    _, _, name = arn.partition(":role/")
    return f"role/{name}" if name else arn


def names_of(holders: Sequence[str]) -> str:
    """The roles that a policy serves."""
    return ", ".join(role_label(arn) for arn in holders)


def told_change(change: Change) -> str:
    """One change, with how sure it is."""
    sure = f"[{change.confidence}: {change.basis}]"
    if change.what == "removed":
        return f"{change.statement}: removed, none of it was used: {_few(change.old)} {sure}"
    if change.what == "resources":
        return f"{change.statement}: resources {_few(change.old)} become {_few(change.new)} {sure}"
    if change.what == "not_actions":
        return f"{change.statement}: everything but {_few(change.old)} becomes what was used of it {sure}"
    gone = [text for text in change.old if text not in change.new]
    wide, exact = [text for text in gone if has_wildcard(text)], [text for text in gone if not has_wildcard(text)]
    parts = [f"{_few(wide)} {'becomes' if len(wide) == 1 else 'become'} what was used of it"] if wide else []
    parts += [f"{_few(exact)} {'goes' if len(exact) == 1 else 'go'}, unused"] if exact else []
    return f"{change.statement}: {'; '.join(parts) or 'the same actions, each once'} {sure}"


def _few(texts: Sequence[str]) -> str:
    more = f" and {len(texts) - _FEW} more" if len(texts) > _FEW else ""
    return ", ".join(texts[:_FEW]) + more
