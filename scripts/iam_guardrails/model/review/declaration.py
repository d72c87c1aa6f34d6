"""What guardrails.toml or a justification declares, with what it meant then: a review does not ask about it."""

from __future__ import annotations

from iam_guardrails.model.value import frozen


@frozen
class Declared:
    """id: of the item that asks about it when it changes (see `item_id`).  subject: ARN or name.  what: a noun phrase.

    meaning: a fingerprint over what was declared: its power, its conditions.  remedy: what undoes a change.  where: the
    file that declares it.
    """

    id: str
    subject: str
    what: str
    meaning: str
    remedy: str
    where: str = "guardrails.toml"
