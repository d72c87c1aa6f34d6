"""The time of a request, where it does not matter which: all times that policies name are past.

What a policy says of the time then will not change any more. Source: AWS IAM User Guide,
reference_policies_condition-keys (aws:CurrentTime, aws:EpochTime).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from iam_guardrails.model.iam.caller import Value
from iam_guardrails.model.iam.document import Condition

TIMES = ("aws:currenttime", "aws:epochtime")


def settled(now: datetime | None, conditions: Iterable[Condition]) -> dict[str, Value]:
    """The condition keys of the time `now` (aware, UTC), where every time that `conditions` name is before it.

    Empty where one is still to come or cannot be read, or where it is not told what time it is: then it may be any.
    """
    told = [item for item in conditions if item.key.lower() in TIMES]
    if now is None or not all(_past(value, now) for item in told for value in item.values):
        return {}
    return {TIMES[0]: (now.strftime("%Y-%m-%dT%H:%M:%SZ"),), TIMES[1]: (str(int(now.timestamp())),)}


def _past(value: str, now: datetime) -> bool:
    if value.isdecimal() and len(value) < 12:  # seconds since 1970
        return int(value) < now.timestamp()
    try:
        told = datetime.fromisoformat(value)
    except ValueError:
        return False
    return (told if told.tzinfo else told.replace(tzinfo=UTC)) < now
