"""Rules about what must exist at all; a plan may lack it and be right, because another stack built it."""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.model.account import Account
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.unknown import NotKnown
from iam_guardrails.model.value import frozen


@frozen
class Place:
    """The account, or the account in one Region: what a finding about something absent is about."""

    address: str
    region: str = ""


def account_place(account: Account, expected: Expected) -> tuple[Place, ...]:
    """The account as the one subject of a rule."""
    return (Place(f"account {account.account_id}", expected.home_region),)


def absent(account: Account, expected: Expected, kind: str, what: str) -> Iterator[str]:
    """One sentence that `what` is absent; NotKnown where the plan need not hold this kind of thing."""
    if account.origin != "plan":
        yield f"there is no {what}"
    elif kind in expected.required_kinds:
        yield f"there is no {what} in the plan, and guardrails.toml requires {kind} there"
    else:
        raise NotKnown(f"the plan holds no {what}, and another stack may have built it")
