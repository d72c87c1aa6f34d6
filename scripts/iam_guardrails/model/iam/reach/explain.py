"""How one caller reaches one goal through policies that it may write: the steps, in an order in which each is allowed.

The search is that of model.iam.reach.closure for one caller, with a note of what each step rests on. Steps are put
together when somebody asks for the chain to a goal, once for all goals that it leads to.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from iam_guardrails.model.iam.reach.chain import Actor, Chain, Done, steps_of
from iam_guardrails.model.iam.reach.closure import Closures
from iam_guardrails.model.iam.reach.identity import Used
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
class _Reached:
    """goals: reached by an actor.  written: what is written on the resources for it, None where nothing is."""

    goals: int
    actor: Actor
    written: Written | None


class Explained:
    """The search of one caller, or of some roles (bits) together. It goes on where the one for other goals ended.

    is_alone: whether only the caller itself writes, and roles count for what they reach as they are.
    """

    def __init__(
        self, closures: Closures, number: int | None, roles: Iterable[int] = (), *, is_alone: bool = False
    ) -> None:
        self.closures, self.level, self.is_alone = closures, closures.level, is_alone
        self.powers, self.roles = closures.powers, closures.roles
        self.covered = 0  # goals
        self._found: list[_Reached] = []
        self._actors: list[Actor] = []
        self._looked_at = 0
        self._nodes: dict[int, Actor] = {}  # the first actor of each node: what it may, the others may
        self._seen: set[tuple[int, int]] = set()
        self._at_hand: dict[int, Actor] = {}  # by the number of the caller, as it is
        self._grown: dict[int, int] = {}  # by the number: the count of facts that its changes were worked out from
        self._facts: dict[str, int] = {}
        self._writes: dict[str, list[tuple[int, Actor]]] = {}
        self._asked_by: tuple[Written | None, int] = (None, 0)  # what was written when how many nodes were asked
        self._count = 0  # of facts that came
        self._entered = 0  # roles (bits)
        self._is_over = False
        self._number = number
        for one in (*(() if number is None else (number,)), *(self.roles.caller_of[bit] for bit in roles)):
            self._enter(Actor(one, self.powers.kinds.of[one]))

    def joined(self, number: int) -> Explained:
        """The search of one caller together with these roles, which begins with all that they reach."""
        made = Explained(self.closures, None)
        made.covered, made._entered, made._count = self.covered, self._entered, self._count
        made._looked_at, made._number, made._asked_by = self._looked_at, number, self._asked_by
        made._found, made._actors, made._nodes = [*self._found], [*self._actors], {**self._nodes}
        made._seen, made._at_hand, made._grown = {*self._seen}, {**self._at_hand}, {**self._grown}
        made._facts, made._writes = {**self._facts}, {key: [*listed] for key, listed in self._writes.items()}
        made._enter(Actor(number, self.powers.kinds.of[number]))
        return made

    def search(self, goals: int) -> int:
        """Search until the goals are reached, or to the end; returns those of them that are reached."""
        while goals & ~self.covered and not self._is_over:
            while self._looked_at < len(self._actors):
                self._looked_at += 1
                self._look(self._actors[self._looked_at - 1])
            self._by_resources()
            if goals & ~self.covered:
                self._is_over = not self._grow()
        return goals & self.covered

    def chains(self, goals: int) -> Iterator[tuple[int, Chain]]:
        """The goals among these that are reached, in parts (masks), each with the steps to it."""
        self.search(goals)
        for item in self._found:
            part = item.goals & goals
            if part and item.written is None:
                yield part, Chain(steps_of(item.actor), item.actor.number)
            for bit in bits(part) if item.written else ():
                yield 1 << bit, self._on_resource(item, bit)

    def _enter(self, actor: Actor, *, is_last: bool = False) -> bool:
        """An actor more. is_last: whether only its goals count."""
        if (actor.number, actor.node) in self._seen:
            return False
        self._seen.add((actor.number, actor.node))
        self._cover(self.powers.goals(actor.node)[self.level], actor)
        if not is_last:
            self._actors.append(actor)
            self._at_hand.setdefault(actor.number, actor)
        return True

    def _cover(self, goals: int, actor: Actor, written: Written | None = None) -> None:
        more = goals & ~self.covered
        if more:
            self.covered |= more
            self._found.append(_Reached(more, actor, written))

    def _look(self, actor: Actor) -> None:
        """What an actor does at once: it assumes roles, and may write."""
        if self._nodes.setdefault(actor.node, actor) is not actor:
            return
        for action, three in self.powers.writes(actor.node).items():
            if three[self.level] & ~self._facts.get(action, 0):
                self._count += 1
                self._facts[action] = self._facts.get(action, 0) | three[self.level]
                self._writes.setdefault(action, []).append((three[self.level], actor))
        if self.is_alone:
            self._pass_through(actor)
            return
        entered = self.powers.assumes(actor.node)[self.level] & ~self._entered
        self._entered |= entered
        for bit in bits(entered):
            self._become(bit, ((actor, ASSUME, self.roles.arns[bit]),))

    def _pass_through(self, actor: Actor) -> None:
        """What an actor reaches through roles as they are."""
        assumed = self.powers.assumes(actor.node)[self.level]
        for part, path in self.closures.steps.paths(assumed) if assumed and actor.base else ():
            last = actor
            for bit in path if part & ~self.covered else ():
                number = self.roles.caller_of[bit]
                last = Actor(number, self.powers.kinds.of[number], None, ((last, ASSUME, self.roles.arns[bit]),))
            self._cover(part, last)

    def _become(self, bit: int, done: Sequence[Done]) -> bool:
        number = self.roles.caller_of[bit]
        if number in self._at_hand:
            return False
        return self._enter(Actor(number, self.powers.kinds.of[number], None, done))

    def _grow(self) -> bool:
        """Other identity policies for the caller, then roles whose trust policy is written, then other identity
        policies for all. Whether it brings anybody.
        """
        if self._number is not None and self._by_identity([self._number]):
            return True
        if self.is_alone:
            return False
        written = self.closures.targets.written(self._facts, self.level)
        served = self.closures.served(written, self.covered)  # of thousands, these are enough as a rule
        return self._by_trust(served) or self._by_trust(-1) or self._by_identity(list(self._at_hand))

    def _by_identity(self, numbers: Sequence[int]) -> bool:
        has_grown = False
        for number in numbers if self._facts.keys() & ON_IDENTITIES else ():
            if self._grown.get(number) == self._count:
                continue
            self._grown[number] = self._count
            for changed in self.closures.identities.changes(number, self._facts, self.level):
                node = self.powers.changed(number, changed.change)
                if (number, node) not in self._seen:
                    done = [self._use(*one) for one in changed.used]
                    actor = Actor(number, node, self._at_hand[number], done)
                    has_grown |= self._enter(actor, is_last=changed.is_last)
        return has_grown

    def _by_trust(self, among: int) -> bool:
        left, has_grown = self._facts.get(TRUST, 0) & ~self._entered & among, False
        for node, actor in self._nodes.items() if left else ():
            opened = left & self.powers.could_assume(node)[self.level]
            left &= ~opened
            for bit in bits(opened):
                arn = self.roles.arns[bit]
                has_grown |= self._become(bit, (self._use(TRUST, arn), (actor, ASSUME, arn)))
            self._entered |= opened
            if not left:
                break
        return has_grown

    def _by_resources(self) -> None:
        """Goals by other policies on their resources and keys, of as few as will do."""
        targets, level = self.closures.targets, self.level
        whole = targets.written(self._facts, level)
        if not whole.goals & ~self.covered:
            return
        before, self._asked_by = self._asked_by, (whole, len(self._nodes))
        others = islice(self._nodes.items(), before[1] if before[0] == whole else 0, None)  # the rest can do no more
        nodes = [item for item in others if targets.could_open(item[0], whole, level) & ~self.covered]
        for places in (*((place,) for place in range(4)), (0, 1), (0, 3)):
            one = Written(*(mask if place in places else 0 for place, mask in enumerate(whole)))
            for node, actor in nodes if one.goals & ~self.covered else ():
                if targets.could_open(node, one, level) & ~self.covered:
                    self._cover(targets.opened(node, one, level) & one.goals, actor, one)

    def _on_resource(self, reached: _Reached, goal: int) -> Chain:
        """The steps to a goal by changing the policies on its resource and key."""
        assert reached.written is not None
        written = Written(*(mask >> goal & 1 for mask in reached.written))
        resource = self.closures.account.goals[goal].resource
        done = [
            self._use(*one) for one in _used(written, resource, str(self.closures.account.question.held(resource).key))
        ]
        return Chain(
            steps_of(Actor(reached.actor.number, reached.actor.node, reached.actor, done)), reached.actor.number
        )

    def _use(self, action: str, arn: str) -> Done:
        """Who does an action on a target."""
        for one in (action, NO_SECRET_POLICY) if action == SECRET_POLICY and self.level == OPEN else (action,):
            bit = bisect_left(self.powers.writers.targets[one], arn)  # they are sorted
            for mask, actor in self._writes.get(one, ()):
                if mask >> bit & 1:
                    return actor, one, arn
        raise LookupError(f"nobody uses {action} on {arn}")  # not reached: the facts say that somebody does


def _used(written: Written, resource: str, key: str) -> Used:
    """The steps that change the policies on a goal's resource and key."""
    found = []
    if written.on:
        is_key, is_role = (f":{service}:" in resource for service in ("kms", "iam"))
        found.append((KEY_POLICY if is_key else TRUST if is_role else SECRET_POLICY, resource))
    if written.admits:
        found.append((GRANT, resource))
    if written.keys or written.keys_admit:
        found.append((KEY_POLICY if written.keys else GRANT, key))
    return tuple(found)
