"""Everything that a caller reaches when it writes the policies that it may write, again and again, to the end.

A state is the roles that a caller can become, what it may write to, and the goals that it reaches, all as masks. Each
only grows: a role that can be assumed brings its own state with it; a trust policy that can be written opens its role
to every caller at hand; other identity policies make a caller stronger (model.iam.reach.identity); and the policies of
resources and keys name whom they should. One level of Three is followed at a time: what is certain is reached by
certain steps alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import chain

from iam_guardrails.model.iam.reach.identity import Identities
from iam_guardrails.model.iam.reach.powers import Powers
from iam_guardrails.model.iam.reach.targets import OPEN, Targets, Written
from iam_guardrails.model.iam.reach.universe import bits, mask_of
from iam_guardrails.model.iam.reach.writers import (
    ATTACH_ROLE,
    FREE_ROLES,
    NEW_VERSION,
    OLD_VERSION,
    PUT_ROLE,
    TRUST,
)

Nodes = tuple[int, ...]


class State:
    """A state; one that reaches every goal may lack other things, because nobody looks further.

    first: the node of the caller itself, None for some roles.  roles: bits.  nodes: whose powers are in it (not all of
    the roles': most have none but goals), those of its parts, which are finished states, not repeated.  within: the
    part with the most roles.
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
        if len(self.parts) > _MANY:
            self.nodes.update(*(part.nodes for part in self.parts))
            self.parts = ()
        for action, mask in other.writes.items():
            self.writes[action] = self.writes.get(action, 0) | mask
        if self.within is None or other.roles.bit_count() > self.within.roles.bit_count():
            self.within = other

    def has(self, node: int) -> bool:
        """Whether the powers of a node are in it."""
        if node in self.nodes:
            return True
        return any(node in part.nodes for part in self.parts)

    def all_nodes(self) -> Iterator[int]:
        """The nodes whose powers are in it, some more than once."""
        return chain(self.nodes, *(part.nodes for part in self.parts))

    def has_all_of(self, other: State | None) -> bool:
        """Whether nothing else can be written than in a state that is part of this one."""
        return other is not None and self.writes == other.writes


_NOTHING = State(None)
_MANY = 50  # roles from which on it pays to look for a state that many callers have in common


class Closures:
    """The states of all callers at one level."""

    def __init__(
        self, powers: Powers, identities: Identities, targets: Targets, level: int, like: Closures | None = None
    ) -> None:  # fmt: skip
        """like: those of a level at which every node has the same powers."""
        self.account, self.roles, self.powers, self.level = powers.account, powers.roles, powers, level
        self.identities, self.targets = identities, targets
        self.every = self.account.every & ~self.account.shut
        self._states: dict[Nodes, State] = {}
        self._by_roles: dict[int, State] = {}
        self._under_way: set[int] = set()
        self._profiles: dict[object, State] = {}
        self._hubs: dict[int, int] = {}  # node -> a role (bit) that becomes this node by other identity policies
        self._depth = 0
        self._kind_of_bit: list[int]
        self._active: int
        self._goals_of_bit: list[int]
        self._offers: list[tuple[int, int]]
        if like is not None:
            self._kind_of_bit, self._active, self._goals_of_bit = like._kind_of_bit, like._active, like._goals_of_bit
            self._offers, self._alike = like._offers, like._alike
            return
        kinds = self.account.kinds.of
        self._kind_of_bit = [kinds[caller] for caller in self.roles.caller_of]
        self._active = self._where(lambda kind: bool(powers.assumes(kind)[level] or powers.writes(kind)))
        goals = [powers.goals(kind)[level] for kind in range(len(self.account.kinds.firsts))]
        self._goals_of_bit = [goals[kind] for kind in self._kind_of_bit]
        self._offers = self._offered()

    def _where(self, holds: Callable[[int], bool]) -> int:
        told = [holds(kind) for kind in range(len(self.account.kinds.firsts))]
        return mask_of([bit for bit, kind in enumerate(self._kind_of_bit) if told[kind]], len(self._kind_of_bit))

    def _offered(self) -> list[tuple[int, int]]:
        """Goals, and the roles that reach these themselves."""
        alike: dict[int, list[int]] = {}
        for bit, goals in enumerate(self._goals_of_bit):
            if goals:
                alike.setdefault(goals, []).append(bit)
        return [(goals, mask_of(listed, len(self._kind_of_bit))) for goals, listed in alike.items()]

    def reached(self, number: int) -> tuple[int, State]:
        """The goals of one caller, and its state."""
        kind = self.account.kinds.of[number]
        nodes: Nodes = (kind,)
        state, last = self._state(nodes), 0
        while state.goals | last != self.every and state.writes:
            more: dict[int, None] = {}
            for changed in self.identities.changes(number, state.writes, self.level):
                node = self.powers.changed(number, changed.change)
                if changed.is_last:
                    last |= self.powers.goals(node)[self.level]
                elif not state.has(node):
                    more[node] = None
            if not more:
                break
            nodes = (*nodes, *more)
            state = self._state(nodes)
        return state.goals | last, state

    def _state(self, nodes: Nodes) -> State:
        found = self._states.get(nodes)
        if found is None:
            profile = self._profile(nodes[0]) if len(nodes) == 1 else None
            found = self._profiles.get(profile) if profile else None
            if found is None:
                found = self._closed(nodes)
            self._states[nodes] = found
            if profile:
                self._profiles[profile] = found
        return found

    def _profile(self, node: int) -> object:
        """Equal for nodes with the same powers, even when more is written; None where that is not known."""
        kinds, powers, level = self.account.kinds, self.powers, self.level
        if node >= len(kinds.firsts) or not kinds.is_plain[node]:
            return None
        writes = tuple((action, three[level]) for action, three in powers.writes(node).items())
        parts = powers.on_resources(node)[level], powers.on_their_keys(node)[level]
        return powers.assumes(node)[level], parts, writes

    def _closed(self, nodes: Nodes) -> State:
        state = State(nodes[-1])
        if len(nodes) > 1:
            state.join(self._state(nodes[:-1]))
        assumed = self.powers.assumes(nodes[-1])[self.level] & ~state.roles
        if assumed and assumed not in self._under_way:
            state.join(self._of_roles(assumed))
        self._add(state, [nodes[-1]])
        return self._finished(state)

    def _of_roles(self, roles: int) -> State:
        """Who is some roles, and nobody else: many callers become the same ones."""
        found = self._by_roles.get(roles)
        if found is None:
            self._under_way.add(roles)
            found = State(None)
            common = self.roles.of_account[self.level > 0]  # many callers become these, and a few more
            if common.bit_count() > _MANY and common != roles and not common & ~roles and common not in self._under_way:
                found.join(self._of_roles(common))
            waiting: list[int] = []
            self._enter(found, roles & ~found.roles, waiting)
            self._add(found, waiting)
            self._by_roles[roles] = self._finished(found)
            self._under_way.discard(roles)
        return found

    def _finished(self, state: State) -> State:
        while state.goals != self.every:
            if self._by_trust(state):
                continue
            self._by_resources(state)  # before identities, of which there are many: it may be enough
            if state.goals == self.every or not self._by_identity(state):
                break
        return state

    def _add(self, state: State, waiting: list[int]) -> None:
        """Nodes, and all that follows from them at once."""
        while waiting and state.goals != self.every:
            node = waiting.pop()
            if state.has(node):
                continue
            if (node,) in self._states:
                state.join(self._states[(node,)])
                continue
            state.nodes.add(node)
            state.goals |= self.powers.goals(node)[self.level]
            for action, three in self.powers.writes(node).items():
                if three[self.level]:
                    state.writes[action] = state.writes.get(action, 0) | three[self.level]
            self._enter(state, self.powers.assumes(node)[self.level] & ~state.roles, waiting)

    def _enter(self, state: State, roles: int, waiting: list[int]) -> None:
        """Roles that the caller becomes, each as it is."""
        if not roles:
            return
        state.roles |= roles
        if roles.bit_count() < len(self._offers):
            for bit in bits(roles):
                state.goals |= self._goals_of_bit[bit]
        else:
            for goals, among in self._offers:
                if roles & among:
                    state.goals |= goals
        self._by_hubs(state)
        for bit in bits(roles & self._active & ~(state.within.roles if state.within else 0)):
            if state.goals == self.every:
                return
            kind = self._kind_of_bit[bit]
            known = self._states.get((kind,))
            if known is None:
                waiting.append(kind)
            elif not state.has(kind):
                state.join(known)

    def _by_hubs(self, state: State) -> None:
        """A role that is known to lead far once its policies are written: all that follows, in one step."""
        for node, bit in self._hubs.items():
            if not state.has(node) and state.roles >> bit & 1 and node in self._changed(bit, state):
                state.join(self._states[(node,)])

    def _changed(self, bit: int, state: State) -> list[int]:
        number = self.roles.caller_of[bit]
        changes = self.identities.changes(number, state.writes, self.level)
        return [self.powers.changed(number, item.change) for item in changes if not item.is_last]

    def _by_trust(self, state: State) -> bool:
        """Roles whose trust policy can be written, and that somebody at hand can then assume."""
        left = state.writes.get(TRUST, 0) & ~state.roles
        opened = 0
        for node in self._everybody(state) if left else ():
            opened |= state.writes[TRUST] & self.powers.could_assume(node)[self.level]
            if not left & ~opened:
                break
        if not opened & left:
            return False
        if opened.bit_count() > _MANY and opened not in self._under_way:
            state.join(self._of_roles(opened))  # all of them, and not only those left, because others open them too
        waiting: list[int] = []
        self._enter(state, opened & ~state.roles, waiting)
        self._add(state, waiting)
        return True

    def _by_identity(self, state: State) -> bool:
        """Roles that get other identity policies."""
        grew = False
        settled = state.within.roles if state.within and state.has_all_of(state.within) else 0
        for bit in self._served(state, settled):
            number = self.roles.caller_of[bit]
            for changed in self.identities.changes(number, state.writes, self.level):
                node = self.powers.changed(number, changed.change)
                if changed.is_last:
                    state.goals |= self.powers.goals(node)[self.level]
                elif not state.has(node):
                    grew = True
                    self._make_hub(node, bit, changed.change.granted)
                    self._add(state, [node])
            if state.goals == self.every:
                break
        return grew

    def _make_hub(self, node: int, bit: int, granted: bool) -> None:
        if granted and not self._hubs and not self._depth and not self.powers.is_limited(node):
            self._depth += 1
            self._state((node,))
            self._depth -= 1
            self._hubs[node] = bit

    def _served(self, state: State, settled: int) -> Iterator[int]:
        """The roles at hand that what may be written could serve. settled: those that were looked at."""
        writes = state.writes
        written = 0
        for action in (PUT_ROLE, ATTACH_ROLE, *(FREE_ROLES if self.level == OPEN else ())):
            written |= writes.get(action, 0)
        yield from bits(state.roles & written & ~settled)
        policies = writes.get(NEW_VERSION, 0) | writes.get(OLD_VERSION, 0)
        if policies and state.roles & ~settled:
            held = mask_of(self.identities.holders(policies), len(self._kind_of_bit))
            yield from bits(held & state.roles & ~written & ~settled)

    def _by_resources(self, state: State) -> None:
        """Goals by other policies on resources and keys, whoever of the state they name."""
        written = self.targets.written(state.writes, self.level)
        wanted = written.goals & self.every & ~state.goals
        for node in self._askers(state, written) if wanted else ():
            if self.targets.could_open(node, written, self.level) & ~state.goals:
                state.goals |= self.targets.opened(node, written, self.level) & self.every
                if not wanted & ~state.goals:
                    return

    def _askers(self, state: State, written: Written) -> Iterator[int]:
        """The nodes of a state that other policies could serve: the caller's own, then its changes, then roles."""
        settled = state.within if state.within and state.has_all_of(state.within) else _NOTHING
        if state.first is not None:
            yield state.first
        count = len(self.account.kinds.firsts)
        for part in (state, *state.parts):
            if part is not settled and part not in settled.parts:
                yield from (node for node in part.nodes if node >= count)
        left = state.roles & ~settled.roles
        if left.bit_count() < len(self._alike):
            yield from dict.fromkeys(self._kind_of_bit[bit] for bit in bits(left))
            return
        for (main, keys), among in self._alike.items():
            if not self.targets.could_gain(main, keys, written) & ~state.goals:
                continue
            for kind, roles in among.items():
                if roles & left:
                    yield kind

    @cached_property
    def _alike(self) -> dict[tuple[int, int], dict[int, int]]:
        """The roles by what the two parts of a goal, the resource and its key, say to them: kind -> bits."""
        found: dict[tuple[int, int], dict[int, int]] = {}
        for kind, roles in self.powers.roles_of_kind.items():
            main, keys = self.powers.on_resources(kind)[self.level], self.powers.on_their_keys(kind)[self.level]
            if (main, keys) not in found:
                found[main, keys] = {}
            found[main, keys][kind] = roles
        return found

    def _everybody(self, state: State) -> Iterator[int]:
        """All nodes of a state, the caller's own first."""
        if state.first is not None:
            yield state.first
        yield from state.all_nodes()
        seen = set(state.all_nodes())
        for bit in bits(state.roles):
            kind = self._kind_of_bit[bit]
            if kind not in seen:
                seen.add(kind)
                yield kind
