"""How one caller reaches one goal through policies that it may write: the steps, in an order in which each is allowed.

The search is that of model.iam.reach.closure for one caller, with a note of what each step rests on; it ends at the
goal that somebody asks for.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator

from iam_guardrails.model.iam.reach.closure import Closures
from iam_guardrails.model.iam.reach.identity import Used
from iam_guardrails.model.iam.reach.leg import Asked
from iam_guardrails.model.iam.reach.roles import ASSUME
from iam_guardrails.model.iam.reach.targets import OPEN, Written
from iam_guardrails.model.iam.reach.universe import bits
from iam_guardrails.model.iam.reach.writers import (
    GRANT,
    KEY_POLICY,
    NO_SECRET_POLICY,
    ON_IDENTITIES,
    SECRET_POLICY,
    TRUST,
)
from iam_guardrails.model.value import frozen


@frozen
class Hop:
    """One step of a chain: `who` (a number of a caller) does `action` on `on`."""

    who: int
    action: str
    on: str


@frozen
class Chain:
    """hops: the steps.  last: the number of the caller who then reaches the goal."""

    hops: tuple[Hop, ...]
    last: int


@frozen
class _Actor:
    """A caller at hand, as a node. number: of the caller.  after: the steps that made it so."""

    number: int
    node: int
    after: tuple[Hop, ...]


class Explained:
    """The search of one caller. It goes on where the search for another goal ended."""

    def __init__(self, closures: Closures, number: int) -> None:
        self.closures, self.level = closures, closures.level
        self.powers, self.roles = closures.powers, closures.roles
        self._actors: list[_Actor] = []
        self._looked_at = 0
        self._seen: set[tuple[int, int]] = set()
        self._at_hand: dict[int, _Actor] = {}  # by the number of the caller, as it is
        self._writes: dict[str, list[tuple[int, _Actor]]] = {}
        self._entered = 0  # roles (bits)
        self._last: list[_Actor] = []  # of whom only the goals count
        self._enter(number, self.powers.kinds.of[number], ())

    def chain(self, goal: int) -> Chain | None:
        """The steps to one goal (a bit); None where there are none, because it is not reached."""
        asked, mask, checked = self.closures.account.goals[goal], 1 << goal, 0
        while True:
            while checked < len(self._actors):
                actor = self._actors[checked]
                checked += 1
                if self._has(actor, mask):
                    return Chain(actor.after, actor.number)
                if checked > self._looked_at:
                    self._looked_at = checked
                    self._look(actor)
                if checked == 1 and (own := self._by_resources(asked, mask)) is not None:
                    return own  # what the caller may write itself comes before the many roles that it becomes
            last = next((actor for actor in self._last if self._has(actor, mask)), None)
            found = Chain(last.after, last.number) if last else self._by_resources(asked, mask)
            if found is not None:
                return found
            before = len(self._last)
            self._grow()
            if checked == len(self._actors) and before == len(self._last):
                return None

    def _has(self, actor: _Actor, mask: int) -> bool:
        return bool(self.powers.goals(actor.node)[self.level] & mask)

    def _enter(self, number: int, node: int, after: tuple[Hop, ...]) -> _Actor | None:
        if (number, node) in self._seen:
            return None
        self._seen.add((number, node))
        made = _Actor(number, node, after)
        self._actors.append(made)
        self._at_hand.setdefault(number, made)
        return made

    def _look(self, actor: _Actor) -> None:
        """What an actor does at once: it assumes roles, and may write."""
        for action, three in self.powers.writes(actor.node).items():
            if three[self.level]:
                self._writes.setdefault(action, []).append((three[self.level], actor))
        entered = self.powers.assumes(actor.node)[self.level] & ~self._entered
        self._entered |= entered
        for bit in bits(entered):
            number = self.roles.caller_of[bit]
            if number not in self._at_hand:
                hop = Hop(actor.number, ASSUME, self.roles.arns[bit])
                self._enter(number, self.powers.kinds.of[number], (*actor.after, hop))

    def _grow(self) -> None:
        """Roles whose trust policy is written, and callers who get other identity policies."""
        for bit in bits(self._facts().get(TRUST, 0) & ~self._entered):
            number = self.roles.caller_of[bit]
            if number in self._at_hand:
                continue
            actor = next((item for item in self._actors
                          if self.powers.could_assume(item.node)[self.level] >> bit & 1), None)  # fmt: skip
            if actor is not None:
                arn = self.roles.arns[bit]
                before = _joined(self._use(TRUST, arn), actor.after)
                self._enter(number, self.powers.kinds.of[number], (*before, Hop(actor.number, ASSUME, arn)))
        facts = self._facts()
        for number, actor in list(self._at_hand.items()) if facts.keys() & ON_IDENTITIES else ():
            for changed in self.closures.identities.changes(number, facts, self.level):
                node = self.powers.changed(number, changed.change)
                if (number, node) in self._seen:
                    continue
                after = _joined(actor.after, *(self._use(*one) for one in changed.used))
                if not changed.is_last:
                    self._enter(number, node, after)
                else:
                    self._seen.add((number, node))
                    self._last.append(_Actor(number, node, after))

    def _by_resources(self, asked: Asked, goal: int) -> Chain | None:
        """The goal by other policies on its resource and its key."""
        facts = self._facts()
        targets = self.closures.targets
        all_of_it = Written(*(mask & goal for mask in targets.written(facts, self.level)))
        if not all_of_it.goals:
            return None
        actors = [actor for actor in self._actors if targets.could_open(actor.node, all_of_it, self.level) & goal]
        for places in (*((place,) for place in range(4)), (0, 1), (0, 3)):  # as few as will do
            one = Written(*(mask if place in places else 0 for place, mask in enumerate(all_of_it)))
            for actor in actors if one.goals else ():
                if targets.opened(actor.node, one, self.level) & goal:
                    used = (self._use(*step) for step in self._on_resources(one, asked))
                    return Chain(_joined(actor.after, *used), actor.number)
        return None

    def _on_resources(self, written: Written, asked: Asked) -> Used:
        """The steps that change the policies on the goal's resource and key."""
        key = self.closures.account.question.held(asked.resource).key
        found = []
        if written.on:
            is_key, is_role = (f":{service}:" in asked.resource for service in ("kms", "iam"))
            found.append((KEY_POLICY if is_key else TRUST if is_role else SECRET_POLICY, asked.resource))
        if written.admits:
            found.append((GRANT, asked.resource))
        if written.keys or written.keys_admit:
            found.append((KEY_POLICY if written.keys else GRANT, str(key)))
        return tuple(found)

    def _facts(self) -> dict[str, int]:
        found = {}
        for action, listed in self._writes.items():
            found[action] = 0
            for mask, _ in listed:
                found[action] |= mask
        return found

    def _use(self, action: str, arn: str) -> tuple[Hop, ...]:
        """The steps of an action on a target: those of who does it, and its own."""
        for one in (action, NO_SECRET_POLICY) if action == SECRET_POLICY and self.level == OPEN else (action,):
            bit = bisect_left(self.powers.writers.targets[one], arn)  # they are sorted
            for mask, actor in self._writes.get(one, ()):
                if mask >> bit & 1:
                    return (*actor.after, Hop(actor.number, one, arn))
        raise LookupError(f"nobody uses {action} on {arn}")  # not reached: the facts say that somebody does


def _joined(*parts: Iterable[Hop]) -> tuple[Hop, ...]:
    """The steps one after another, each once."""
    return tuple(dict.fromkeys(_flat(parts)))


def _flat(parts: Iterable[Iterable[Hop]]) -> Iterator[Hop]:
    for part in parts:
        yield from part
