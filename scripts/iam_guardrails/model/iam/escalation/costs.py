"""What a search may cost, so that an account of any size ends in an answer or in "not searched to the end"."""

from __future__ import annotations

MOVES = 10  # how many moves of principals as they stand cost 1
PLAIN = 10  # what the steps of one as it stands cost, where few are asked for and nobody else was looked at
CHANGED = 100  # what the steps of a changed principal cost, if that is 1 which only finds out how one was changed


class Spent(Exception):
    """The search has cost as much as it may."""


class Costs:
    """Two accounts of the same height: for looking at principals, and for their moves. most: None for anything."""

    def __init__(self, most: float | None) -> None:
        self._left = most
        self._moves_left = most

    def allot(self, more: float) -> None:
        """Let it cost so much more."""
        self._left = max(self._left or 0, 0) + more
        self._moves_left = max(self._moves_left or 0, 0) + more

    def spend(self, cost: int) -> None:
        """Count what looking at a principal costs. Raises Spent."""
        if self._left is not None:
            self._left -= cost
            if self._left < 0:
                raise Spent

    def spend_moves(self, count: int) -> None:
        """Count those who make a move in a search. Raises Spent."""
        if self._moves_left is not None:
            self._moves_left -= count / MOVES
            if self._moves_left < 0:
                raise Spent
