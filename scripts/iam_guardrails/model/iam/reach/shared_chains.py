"""The chains of all callers through policies, at one level: what a role does is searched once for all who become it.

A caller's own writing comes first. Then it becomes the nearest role whose own writing leads to the goal; and where
several must act together, a role that was searched already, or else the nearest that reaches the goal at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from iam_guardrails.model.iam.reach.closure import Closures
from iam_guardrails.model.iam.reach.explain import Chain, Explained, assuming
from iam_guardrails.model.iam.reach.single_steps import path_to

KEPT = 4  # searches through all roles at a time: they are big


class SharedChains:
    """The chains. reached: the goals that each caller reaches through policies."""

    def __init__(self, closures: Closures, reached: Sequence[int]) -> None:
        self.closures, self.reached, self.level = closures, reached, closures.level
        self._alone: dict[int, int] = {}
        self._whole: dict[int, Explained] = {}
        self._came: dict[int, Mapping[int, int]] = {}

    def chains(self, number: int, goals: int) -> Iterator[tuple[int, Chain]]:
        """The steps of a caller to goals that it reaches through policies, in parts (masks)."""
        own = self._own(number) & goals
        if own:
            yield from self._search_alone(number).chains(own)
        left = goals & ~own
        if left:
            came = self._all_from(self.closures.powers.assumes(self.closures.powers.kinds.of[number])[self.level])
            for bit, part, is_alone in self._served(came, left):
                role = self.closures.roles.caller_of[bit]
                search = self._search_alone(role) if is_alone else self._search(role)
                hops = assuming(self.closures.roles, number, path_to(bit, came))
                for mask, chain in search.chains(part):
                    yield mask, Chain(tuple(dict.fromkeys((*hops, *chain.hops))), chain.last)
                left &= ~part
        if left:
            yield from self._search(number).chains(left)

    def _served(self, came: Mapping[int, int], goals: int) -> Iterator[tuple[int, int, bool]]:
        """Roles (bits) that reach goals, with the part of the goals; whether each does so alone."""
        caller_of, powers = self.closures.roles.caller_of, self.closures.powers
        for bit in came:
            if powers.is_writer[powers.kind_of_bit[bit]] and self.reached[caller_of[bit]] & goals:
                part = self._own(caller_of[bit]) & goals
                if part:
                    yield bit, part, True
                    goals &= ~part
                    if not goals:
                        return
        for bit in sorted(came, key=lambda bit: caller_of[bit] not in self._whole):
            part = self.reached[caller_of[bit]] & goals
            if part:
                yield bit, part, False
                goals &= ~part

    def _own(self, number: int) -> int:
        """The goals that a caller reaches by what it writes itself."""
        found = self._alone.get(number)
        if found is None:
            is_writer = self.closures.powers.is_writer[self.closures.powers.kinds.of[number]]
            found = self._search_alone(number).search(self.closures.every) if is_writer else 0
            self._alone[number] = found
        return found

    def _search_alone(self, number: int) -> Explained:
        return Explained(self.closures, number, is_alone=True)

    def _search(self, number: int) -> Explained:
        found = self._whole.get(number)
        if found is None:
            while len(self._whole) >= KEPT:
                del self._whole[next(iter(self._whole))]
            found = self._whole[number] = Explained(self.closures, number)
        return found

    def _all_from(self, roles: int) -> Mapping[int, int]:
        found = self._came.get(roles)
        if found is None:
            self._came.clear()
            found = self._came[roles] = self.closures.steps.came(roles)
        return found
