"""What each kind of step holds, and whether a step of a record holds it.

A chain has no key: anybody can write a line whose hash is right. What a line holds is therefore looked at before
anything is concluded from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, TypeVar

from iam_guardrails.model.codec import CodecError, decode
from iam_guardrails.model.incident import examined, step
from iam_guardrails.model.incident.step import MOST_MINUTES, Step
from iam_guardrails.model.problem import Problem

CONTENTS: Mapping[str, type[Any]] = {
    step.OPENED: step.Opened,
    step.BEFORE: step.Before,
    step.EXTENDED: step.Extended,
    step.ENTERED: step.Entered,
    step.LEFT: step.Left,
    step.EXITED: step.Exited,
    step.NOTED: step.Noted,
    step.ACCEPTED: step.Accepted,
    step.EXAMINED: examined.Examined,
    step.CLOSED: examined.Closed,
    examined.STATED: examined.Stated,
    examined.PREVENTED: examined.Prevented,
    examined.WRITTEN: examined.Written,
}
"""Kind to class. A step of another kind, as a later version may write, is of no consequence."""
_MOST = 10**9  # of seconds and numbers: with more, times cannot be reckoned with

T = TypeVar("T")


def content_of(item: Step, form: type[T]) -> T:
    """A step's content as `form`. Raises Problem where it does not fit, or tells a time or number that cannot be."""
    try:
        made: T = decode(form, dict(item.content), item.kind)
        _check(made)
    except (CodecError, ValueError, TypeError) as error:
        raise Problem(f"step {item.number} ({item.kind}) of the record is not what it should be: {error}") from None
    return made


def _check(made: Any) -> None:
    for name in made._names:  # of every class that @frozen makes
        value = getattr(made, name)
        if name == "minutes" and not 1 <= value <= MOST_MINUTES:
            raise ValueError(f"{value} minutes cannot be declared")
        if isinstance(value, int) and abs(value) > _MOST:
            raise ValueError(f"{name} is {value}")
        if isinstance(value, datetime) and value.tzinfo is None:
            raise ValueError(f"{name} has no time zone")
    if isinstance(made, step.Accepted):
        date.fromisoformat(made.until)
    if isinstance(made, examined.Closed):
        for action in made.prevention:
            date.fromisoformat(action.due)


def fit(item: Step) -> None:
    """Raise Problem where a step does not hold what its kind should."""
    if item.kind in CONTENTS:
        content_of(item, CONTENTS[item.kind])
