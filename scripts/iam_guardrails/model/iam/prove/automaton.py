"""All patterns of a field at once: one bit-parallel automaton, made deterministic only as far as texts reach it.

The result is every combination of pattern sets that some text satisfies, each with a shortest such text. It is exact
for `*` and `?`. The problem is PSPACE-complete, therefore the budget.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence

from iam_guardrails.model.iam.prove.patterns import Token
from iam_guardrails.model.value import frozen

READABLE = "xyzabcdefghijklmnopqrstuvw0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_-.,=+@#~!%&;/"
STATES = 40_000


class OverBudget(Exception):
    """The question is too large; the message says what there was too much of."""


@frozen
class Member:
    """One pattern of an automaton: its tokens, where reading starts in them, and the sets that hold it.

    domain: it says which texts there are at all.
    """

    tokens: tuple[Token, ...]
    starts: tuple[int, ...] = (0,)
    sets: int = 0
    domain: bool = False


def other_sign(taken: set[str] | str) -> str:
    """A character that is not among `taken`, a readable one if there is any."""
    for sign in READABLE:
        if sign not in taken:
            return sign
    return next(sign for sign in map(chr, range(0x4E00, 0x9FFF)) if sign not in taken)


class Automaton:
    """The patterns of `members` side by side: each position of each pattern is one bit of a state."""

    def __init__(self, members: Sequence[Member]) -> None:
        self.values: list[str] = []
        self.literal: dict[str, int] = {}
        self.one = self.many = self.start = 0
        self.barring: dict[str, int] = {}
        self.alone: dict[str, int] = {}  # sign -> where a token asks for it alone, or bars it
        self.several: dict[str, int] = {}  # signs of which a token asks for any -> where
        self.domain = self.within = 0  # the ends of the domain's patterns, and all of their positions
        self.finals: list[tuple[int, int]] = []  # (bit, sets)
        self.absorbers: dict[int, int] = {}  # bit of a boundless last star -> sets
        self.spans: list[tuple[int, int, bool]] = []  # (bits of the pattern, its sets, whether it must stay)
        for member in members:
            self._add(member)
        self.absorbing = sum(self.absorbers)
        self.ranged = sum(self.several.values())
        self.memo: dict[tuple[int, int], tuple[int, int]] = {}
        self.start = self._spread(self.start)

    def _add(self, member: Member) -> None:
        base = len(self.values)
        for kind, value in member.tokens:
            bit = 1 << len(self.values)
            self.values.append(value)
            if kind == "c":
                mine = self.alone if len(value) == 1 else self.several
                mine[value] = mine.get(value, 0) | bit
                for sign in value:
                    self.literal[sign] = self.literal.get(sign, 0) | bit
                continue
            self.one |= bit if kind == "?" else 0
            self.many |= bit if kind == "*" else 0
            for sign in value:
                self.barring[sign] = self.barring.get(sign, 0) | bit
                self.alone[sign] = self.alone.get(sign, 0) | bit
        end = 1 << len(self.values)
        self.values.append("")
        for at in member.starts:
            self.start |= 1 << (base + at)
        if member.domain:
            self.domain |= end
            self.within |= (end << 1) - (1 << base)
        if member.sets:
            self.finals.append((end, member.sets))
        if member.sets and member.tokens and member.tokens[-1] == ("*", ""):
            self.absorbers[end >> 1] = member.sets
        self.spans.append(((end << 1) - (1 << base), member.sets, member.domain))

    def _spread(self, state: int) -> int:
        stars = state & self.many
        while stars:
            more = (stars << 1) & ~state
            state |= stars << 1
            stars = more & self.many
        return state

    def step(self, state: int, sign: str) -> int:
        """The state after reading one more character."""
        shut = self.barring.get(sign, 0)
        onward = (self.one & ~shut) | self.literal.get(sign, 0)
        return self._spread(((state & onward) << 1) | (state & self.many & ~shut))

    def satisfied(self, state: int) -> int:
        """The sets of which some pattern matches here."""
        found = 0
        for bit, sets in self.finals:
            if state & bit:
                found |= sets
        return found

    def _absorb(self, state: int, sets: int) -> tuple[int, int]:
        """A set whose pattern ends in a boundless star is satisfied for good; what serves only such sets is dropped."""
        certain = state & self.absorbing
        if not certain:
            return state, sets
        known = self.memo.get((certain, sets))
        if known is None:
            held = sets
            for bit, more in self.absorbers.items():
                held |= more if certain & bit else 0
            gone = 0
            for bits, own, stays in self.spans:
                gone |= bits if not stays and not own & ~held else 0
            known = self.memo[certain, sets] = (held, ~gone)
        return state & known[1], known[0]

    def signs(self, state: int) -> list[str]:
        """One character for each way in which the state can go on."""
        single = {sign for sign, bits in self.alone.items() if state & bits}
        if not state & self.ranged:
            return [*sorted(single), other_sign(single)]
        sets = sorted({value for value, bits in self.several.items() if state & bits})
        seen: set[tuple[bool, ...]] = set()
        for sign in dict.fromkeys("".join(sets)):
            kind = tuple(sign in value for value in sets)
            if sign not in single and kind not in seen:
                seen.add(kind)
                single.add(sign)
        return [*sorted(single), other_sign(single | set("".join(sets)))]

    def classes(self, prefix: str = "", states: int = STATES) -> dict[int, str]:
        """Each satisfiable combination of sets with a shortest text, `prefix` before it. Raises OverBudget."""
        first = self._absorb(self.start, 0)
        before: dict[tuple[int, int], tuple[tuple[int, int], str] | None] = {first: None}
        waiting = deque([first])
        found: dict[int, str] = {}
        while waiting:
            here = waiting.popleft()
            state, sets = here
            if not self.domain or state & self.domain:
                vector = sets | self.satisfied(state)
                if vector not in found:
                    found[vector] = prefix + _text(before, here)
            for sign in self.signs(state):
                there = self._absorb(self.step(state, sign), sets)
                if there not in before and (not self.domain or there[0] & self.within):
                    before[there] = (here, sign)
                    waiting.append(there)
                    if len(before) > states:
                        raise OverBudget(f"more than {states} combinations of its patterns")
        return found


def _text(before: Mapping[tuple[int, int], tuple[tuple[int, int], str] | None], state: tuple[int, int]) -> str:
    signs = []
    step = before[state]
    while step is not None:
        signs.append(step[1])
        step = before[step[0]]
    return "".join(reversed(signs))
