"""The chains of all callers through policies, at one level: what a role does is searched once for all who become it.

A caller's own writing comes first; then that of the nearest role that it becomes and whose own writing leads to the
goal. Where several must act together, the search begins with the roles that many callers become, and then with all
that this one becomes; the caller's own way to those roles is put before what they do.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping

from iam_guardrails.model.iam.reach.chain import Chain, Hop, assuming
from iam_guardrails.model.iam.reach.closure import Closures
from iam_guardrails.model.iam.reach.explain import Explained
from iam_guardrails.model.iam.reach.roles import ASSUME
from iam_guardrails.model.iam.reach.single_steps import path_to
from iam_guardrails.model.iam.reach.universe import bits

FEW = 200  # searches of single callers at a time
KEPT = 4  # searches through all roles at a time: they are big


class SharedChains:
    """The chains at the level of the closures."""

    def __init__(self, closures: Closures) -> None:
        self.closures, self.level = closures, closures.level
        self._alone: dict[int, int] = {}
        self._searched: dict[int, Explained] = {}
        self._whole: dict[int, Explained] = {}
        self._came: dict[int, Mapping[int, int]] = {}

    def chains(self, number: int, goals: int) -> Iterator[tuple[int, Chain]]:
        """The steps of a caller to goals that it reaches through policies, in parts (masks)."""
        left = goals
        for search, came in self._searches(number):
            part = search.search(left)
            for mask, chain in search.chains(part) if part else ():
                yield mask, self._begun(number, came, chain)
            left &= ~part
            if not left:
                return

    def _searches(self, number: int) -> Iterator[tuple[Explained, Mapping[int, int]]]:
        """The searches to ask, in turn; how the caller becomes the roles (bits) that they begin with."""
        if self._own(number):
            yield self._search_alone(number), {}
        powers = self.closures.powers
        assumed = powers.assumes(powers.kinds.of[number])[self.level]
        if assumed:
            came = self._all_from(assumed)
            caller_of = self.closures.roles.caller_of
            for bit in came:
                if powers.is_writer[powers.kind_of_bit[bit]] and self._own(caller_of[bit]):
                    yield self._search_alone(caller_of[bit]), came
            everybody = self.closures.steps.all_from(assumed)
            common = self.closures.steps.all_from(self.closures.roles.of_account[self.level > 0])
            for roles in dict.fromkeys((common, everybody)):
                if roles and not roles & ~everybody:
                    yield self._search(roles), came
            yield self._search(everybody).joined(number), came
        else:
            yield Explained(self.closures, number), {}

    def _begun(self, number: int, came: Mapping[int, int], chain: Chain) -> Chain:
        """A chain that begins with some roles, for a caller who must first become them."""
        if not came:
            return chain
        roles = self.closures.roles
        held, first = {number}, list[Hop]()
        hops = [self._by_itself(number, hop) for hop in chain.hops]
        for who, on in (*((hop.who, hop.on if hop.action == ASSUME else "") for hop in hops), (chain.last, "")):
            if who not in held:
                first += assuming(roles, number, path_to(roles.bit_of[who], came))
                held.update(roles.caller_of[roles.bit_of_arn[hop.on]] for hop in first)
            if on:
                held.add(roles.caller_of[roles.bit_of_arn[on]])
        return Chain(tuple(dict.fromkeys((*first, *hops))), chain.last)

    def _by_itself(self, number: int, hop: Hop) -> Hop:
        """A step, done by the caller where it may do it as it is."""
        powers = self.closures.powers
        three = powers.writes(powers.kinds.of[number]).get(hop.action)
        if three is None or not three[self.level] >> bisect_left(powers.writers.targets[hop.action], hop.on) & 1:
            return hop
        return Hop(number, hop.action, hop.on)

    def _own(self, number: int) -> int:
        """The goals that a caller reaches by what it writes itself."""
        found = self._alone.get(number)
        if found is None:
            is_writer = self.closures.powers.is_writer[self.closures.powers.kinds.of[number]]
            found = self._search_alone(number).search(self.closures.every) if is_writer else 0
            self._alone[number] = found
        return found

    def _search_alone(self, number: int) -> Explained:
        found = self._searched.get(number)
        if found is None:
            if len(self._searched) >= FEW:
                del self._searched[next(iter(self._searched))]
            found = self._searched[number] = Explained(self.closures, number, is_alone=True)
        return found

    def _search(self, roles: int) -> Explained:
        found = self._whole.get(roles)
        if found is None:
            if len(self._whole) >= KEPT:
                del self._whole[next(iter(self._whole))]
            found = self._whole[roles] = Explained(self.closures, None, bits(roles))
        return found

    def _all_from(self, roles: int) -> Mapping[int, int]:
        found = self._came.get(roles)
        if found is None:
            self._came.clear()
            found = self._came[roles] = self.closures.steps.came(roles)
        return found
