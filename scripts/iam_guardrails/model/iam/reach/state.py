"""What one caller has gained so far: see model.iam.reach.closure."""

from __future__ import annotations

from collections.abc import Mapping

MANY = 50  # roles, or parts, from which on it pays to bring them together


class State:
    """A state; one that reaches every goal may lack other things, because nobody looks further.

    first: the node of the caller itself, None for some roles.  roles: bits; each is in it as it is.  nodes: the caller
    itself, and what else it or its roles become; those of `parts`, which are finished states, are not repeated.
    within: the part with the most roles.
    """

    __slots__ = ("first", "goals", "nodes", "parts", "roles", "within", "writes")

    def __init__(self, first: int | None) -> None:
        self.first = first
        self.roles = self.goals = 0
        self.nodes: set[int] = set()
        self.parts: tuple[State, ...] = ()
        self.writes: dict[str, int] = {}
        self.within: State | None = None

    def join(self, other: State) -> None:
        """Take in a finished state."""
        self.roles |= other.roles
        self.goals |= other.goals
        self.parts += (other, *other.parts)
        if len(self.parts) > MANY:
            self.nodes.update(*(part.nodes for part in self.parts))
            self.parts = ()
        self.write(other.writes)
        if self.within is None or other.roles.bit_count() > self.within.roles.bit_count():
            self.within = other

    def write(self, writes: Mapping[str, int]) -> None:
        """More that may be written to."""
        own = self.writes
        if not own:
            own.update(writes)
        elif writes and writes != own:  # many roles may write to the same
            for action, mask in writes.items():
                own[action] = own.get(action, 0) | mask

    def has(self, node: int) -> bool:
        """Whether the powers of a changed node are in it."""
        return node in self.nodes or any(node in part.nodes for part in self.parts)

    def settled(self) -> State:
        """The part after which nothing more can be written, so that its roles need not be looked at again."""
        return self.within if self.within is not None and self.within.writes == self.writes else _NOTHING


_NOTHING = State(None)
