"""The steps of a chain, and the callers that they make: put together when somebody asks, once for each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from iam_guardrails.model.iam.reach.roles import ASSUME, Roles
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


def assuming(roles: Roles, number: int, path: Iterable[int]) -> tuple[Hop, ...]:
    """The steps of a caller that becomes one role (a bit) after another."""
    found = []
    for bit in path:
        found.append(Hop(number, ASSUME, roles.arns[bit]))
        number = roles.caller_of[bit]
    return tuple(found)


Done = tuple["Actor", str, str]  # who does which action on what


class Actor:
    """A caller at hand, as a node. number: of the caller.  base: what it was before.  done: what made it so."""

    __slots__ = ("base", "done", "node", "number", "steps")

    def __init__(self, number: int, node: int, base: Actor | None = None, done: Sequence[Done] = ()) -> None:
        self.number, self.node, self.base, self.done = number, node, base, done
        self.steps: tuple[Hop, ...] | None = None if base or done else ()

    def before(self) -> Iterator[Actor]:
        """The actors whose steps come before its own."""
        if self.base is not None:
            yield self.base
        yield from (actor for actor, _, _ in self.done)


def steps_of(actor: Actor) -> tuple[Hop, ...]:
    """The steps that make an actor, each once, in an order in which each is allowed."""
    waiting = [actor]
    while waiting:
        last = waiting[-1]
        missing = [item for item in last.before() if item.steps is None]
        waiting += missing
        if not missing:
            waiting.pop()
            if last.steps is None:
                last.steps = tuple(dict.fromkeys(_of(last)))
    assert actor.steps is not None
    return actor.steps


def _of(actor: Actor) -> Iterable[Hop]:
    if actor.base is not None:
        yield from actor.base.steps or ()
    for other, action, on in actor.done:
        yield from other.steps or ()
        yield Hop(other.number, action, on)
