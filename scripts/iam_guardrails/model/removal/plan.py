"""What a removal or a rollback is going to do."""

from __future__ import annotations

from iam_guardrails.model.removal.calls import Call
from iam_guardrails.model.removal.held import Held
from iam_guardrails.model.removal.record import Kept, Removal
from iam_guardrails.model.removal.target import Target
from iam_guardrails.model.review.review import Item
from iam_guardrails.model.value import frozen


@frozen
class Ready:
    """A target that may go. now: as it is.  calls: what is left to do.  loses: what nothing gives back.

    stays: why it is still there after the calls, "" where it is not.
    """

    target: Target
    now: Held
    calls: tuple[Call, ...]
    loses: tuple[str, ...] = ()
    stays: str = ""


@frozen
class Left:
    """A target that stays as it is. gone: whether that is because it is not there any more."""

    target: Target
    reason: str
    gone: bool = False


@frozen
class Plan:
    """What a removal is going to do. others: items that no call here removes.  open: an unfinished record."""

    ready: tuple[Ready, ...]
    left: tuple[Left, ...]
    others: tuple[Item, ...] = ()
    open: Removal | None = None

    @property
    def refused(self) -> tuple[Left, ...]:
        """What is still there and stays."""
        return tuple(one for one in self.left if not one.gone)


@frozen
class Back:
    """One role or user. calls: what gives it back.  stranger: why it is left alone, "" where it is not."""

    kept: Kept
    calls: tuple[Call, ...]
    stranger: str = ""
