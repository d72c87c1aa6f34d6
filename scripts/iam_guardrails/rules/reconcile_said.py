"""What a rule of the reconciliation says about one thing."""

from __future__ import annotations

from iam_guardrails.model.value import frozen


@frozen
class Said:
    """address: an incident id or an event id.  message: what is wrong, or, of what is not judged, why not."""

    address: str
    message: str
    not_judged: bool = False
