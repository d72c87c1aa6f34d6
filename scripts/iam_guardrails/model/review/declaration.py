"""What guardrails.toml declares and a review therefore does not ask about, with what it meant when it was declared."""

from __future__ import annotations

from iam_guardrails.model.value import frozen


@frozen
class Declared:
    """id: of the item that asks about it when it changes (see `item_id`).  subject: ARN or name.  what: a noun phrase.

    meaning: a fingerprint over what was declared: its power, its conditions.  remedy: what undoes a change.
    """

    id: str
    subject: str
    what: str
    meaning: str
    remedy: str
