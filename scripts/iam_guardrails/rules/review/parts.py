"""The roles of the middleware with their lines of the manifest, and how an item about them is made."""

from __future__ import annotations

from iam_guardrails.model.iam.principals import Principal
from iam_guardrails.model.review.manifest import Middleware
from iam_guardrails.model.review.review import Item, fingerprint, item_id
from iam_guardrails.model.value import frozen

ID = "middleware"


@frozen
class Part:
    """A role and the line of the manifest it belongs to. power: what it may and who may become it (power.power_of)."""

    role: Principal
    line: Middleware
    power: str = ""


def item_of(
    subject: str, kind: str, title: str, severity: str, meaning: object, reasons: list[str], remedy: str,
    power: str = "",
) -> Item:  # fmt: skip
    """An item of this box. kind: what it is about; the same subject and kind give the same id.  power: of the role, for
    what is said of it whatever it may."""
    whole = [kind, meaning, power] if power else [kind, meaning]
    return Item(item_id(ID, subject, kind), ID, subject, title, severity, fingerprint(whole), tuple(reasons), (),
                remedy)  # fmt: skip
