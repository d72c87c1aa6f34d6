"""How each caller of an account reaches the goals: itself, through roles, or through a policy that it may write."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import pairwise

from iam_guardrails.model.iam.principals import Estate
from iam_guardrails.model.iam.reach.account import Account
from iam_guardrails.model.iam.reach.leg import Masks
from iam_guardrails.model.iam.reach.question import Question
from iam_guardrails.model.iam.reach.rewrite import Gain, Rewriting
from iam_guardrails.model.iam.reach.roles import ASSUME, Roles, Step, chain, spread
from iam_guardrails.model.iam.reach.universe import bits
from iam_guardrails.model.iam.reach.writers import ON_KEYS, SECRET_POLICY, WRITING
from iam_guardrails.model.value import frozen

DIRECT, ROLES, WRITTEN = "direct", "role", "policy"
YES, CONDITIONAL, NO, NOT_JUDGED = "yes", "conditional", "no", "not judged"


@frozen
class Hop:
    """One step of a chain: `who` (a number of a caller) does `action` on `on`."""

    who: int
    action: str
    on: str


class Ways:
    """The answers for all callers. indirect: whether chains are looked at."""

    def __init__(self, estate: Estate, question: Question, indirect: bool = True) -> None:
        self.account = Account(estate, question, (ASSUME, *WRITING) if indirect else ())
        self.indirect = indirect
        self._answers: dict[Masks, Sequence[tuple[str, str, int]]] = {}

    @cached_property
    def skipped(self) -> int:
        """The callers who reach every goal themselves: nobody asks how they could otherwise."""
        every, found = self.account.every, bytearray(len(self.account.direct) // 8 + 1)
        for number, (yes, _) in enumerate(self.account.direct):
            if yes == every:
                found[number // 8] |= 1 << number % 8
        return int.from_bytes(found, "little")

    @cached_property
    def roles(self) -> Roles:
        """Who can become which role."""
        return Roles(self.account, self.skipped)

    @cached_property
    def _rewriting(self) -> Rewriting:
        return Rewriting(self.account, self.roles, self.skipped)

    @property
    def writers(self) -> int:
        """How many callers who do not reach every goal themselves may write policies."""
        return len(self._rewriting.numbers) if self.indirect else 0

    @cached_property
    def through_roles(self) -> tuple[Spread, Spread]:
        """What callers reach through roles: certainly, possibly."""
        return self._through_roles(0), self._through_roles(1)

    def _through_roles(self, at: int) -> Spread:
        start = [masks[at] for masks in self.account.direct]
        edges = [masks[at] for masks in self.roles.becomes]
        return Spread(at, start, edges, *spread(start, edges, self.roles))

    @cached_property
    def through_policies(self) -> tuple[Spread, Spread]:
        """What callers reach through roles and policies that they may write: certainly, possibly."""
        made: dict[int, Masks] = {number: self._rewriting.trust_edges(number) for number in self._rewriting.numbers}
        becomes = [(masks[0] | made[at][0], masks[1] | made[at][1]) if at in made else masks
                   for at, masks in enumerate(self.roles.becomes)]  # fmt: skip
        return self._through_policies(becomes, 0), self._through_policies(becomes, 1)

    def _through_policies(self, becomes: Sequence[Masks], at: int) -> Spread:
        before = self.through_roles[at]
        gains = {
            number: self._rewriting.gains(number, before.reach[number], becomes, at)
            for number in self._rewriting.numbers
        }
        start = list(before.start)
        for number, found in gains.items():
            for gain in found:
                start[number] |= gain.goals
        edges = [masks[at] for masks in becomes]
        return Spread(at, start, edges, *spread(start, edges, self.roles), gains)

    def masks(self, number: int) -> Iterator[tuple[str, str, int]]:
        """The goals of one caller by answer and way; together with `NO`, every goal stands in one of them."""
        account = self.account
        yes, maybe = account.direct[number]
        yield YES, DIRECT, yes
        seen = yes
        levels = (self.through_roles, self.through_policies) if self.indirect else ()
        for way, (sure, _) in zip((ROLES, WRITTEN), levels, strict=False):
            yield YES, way, sure.reach[number] & ~seen
            seen |= sure.reach[number]
        unjudged = account.not_judged(number) & ~seen
        yield CONDITIONAL, DIRECT, maybe & ~seen & ~unjudged
        seen |= maybe & ~unjudged
        for way, (_, may) in zip((ROLES, WRITTEN), levels, strict=False):
            gained = may.reach[number] & ~seen & ~unjudged
            yield CONDITIONAL, way, gained & ~account.other_side_untold
            yield NOT_JUDGED, way, gained & account.other_side_untold
            seen |= may.reach[number] & ~unjudged
        yield NOT_JUDGED, DIRECT, unjudged
        yield NO, "", account.every & ~seen & ~unjudged

    def answers(self, number: int) -> Sequence[tuple[str, str, int]]:
        """The same; what needs no look at chains is worked out once for all callers who have the same."""
        yes, maybe = self.account.direct[number]
        if self.indirect or self.account.unknown(self.account.callers[number]):
            return tuple(self.masks(number))
        found = self._answers.get((yes, maybe))
        if found is None:
            found = self._answers[yes, maybe] = tuple(self.masks(number))
        return found

    def number_of(self, arn: str) -> int:
        """The number of a user or a role."""
        return self._numbers[arn]

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {item.arn: number for number, item in enumerate(self.account.principals)}

    def hops(self, number: int, goal: int, answer: str, way: str) -> tuple[Hop, ...]:
        """The chain from a caller to one goal (a bit), for an answer and a way that `masks` gave."""
        if way == DIRECT or not way:
            return ()
        spreads = self.through_roles if way == ROLES else self.through_policies
        found = spreads[0 if answer == YES else 1]
        return tuple(self._hops(chain(number, goal, found.steps), goal, found))

    def _hops(self, callers: Sequence[int], goal: int, found: Spread) -> Iterator[Hop]:
        for one, other in pairwise(callers):
            yield from self._become(one, other, found)
        last = callers[-1]
        gain = next((item for item in found.gains.get(last, ()) if item.goals >> goal & 1), None)
        if gain is not None:
            yield Hop(last, gain.action, self._written(gain, goal))
            if gain.serves != last:
                for one, other in self._path(last, gain.serves, found):
                    yield from self._become(one, other, found)

    def _written(self, gain: Gain, goal: int) -> str:
        """What a policy is written on: for a resource or a key, the one that the goal is about."""
        resource = self.account.goals[goal].resource
        if gain.action.startswith(SECRET_POLICY):
            return resource
        key = self.account.question.held(resource).key
        return key if gain.action in ON_KEYS and isinstance(key, str) else gain.on

    def _become(self, one: int, other: int, found: Spread) -> Iterator[Hop]:
        bit = self.roles.bit_of[other]
        if not self.roles.becomes[one][found.at] >> bit & 1:
            yield Hop(one, "iam:UpdateAssumeRolePolicy", self.account.principals[other].arn)
        yield Hop(one, ASSUME, self.account.principals[other].arn)

    def _path(self, start: int, end: int, found: Spread) -> list[tuple[int, int]]:
        """The shortest way from a caller to a role that it can become."""
        came: dict[int, int] = {start: start}
        waiting = [start]
        while end not in came:
            nearer = []
            for one in waiting:
                for bit in bits(found.edges[one]):
                    other = self.roles.caller_of[bit]
                    if other not in came:
                        came[other] = one
                        nearer.append(other)
            waiting = nearer
        path = []
        while end != start:
            path.append((came[end], end))
            end = came[end]
        return path[::-1]


class Spread:
    """What each caller reaches. at: 0 for what is certain, 1 for what is possible.  start: by itself.

    steps: how the rest was gained.  gains: by writing policies.
    """

    def __init__(
        self, at: int, start: list[int], edges: list[int], reach: list[int], steps: list[list[Step]],
        gains: dict[int, list[Gain]] | None = None,
    ) -> None:  # fmt: skip
        self.at, self.start, self.edges, self.reach, self.steps, self.gains = (
            at,
            start,
            edges,
            reach,
            steps,
            gains or {},
        )
