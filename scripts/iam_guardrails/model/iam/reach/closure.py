"""Everything that a caller reaches when it writes the policies that it may write, again and again, to the end.

A state is the roles that a caller can become, what it may write to, and the goals that it reaches, all as masks. Each
only grows: a role that can be assumed brings its own state with it; a trust policy that can be written opens its role
to every caller at hand; other identity policies make a caller stronger (model.iam.reach.identity); and the policies of
resources and keys name whom they should. One level of Three is followed at a time: what is certain is reached by
certain steps alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.model.iam.reach.identity import Identities
from iam_guardrails.model.iam.reach.powers import Powers
from iam_guardrails.model.iam.reach.single_steps import Steps
from iam_guardrails.model.iam.reach.state import MANY, State
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


class Closures:
    """The states of all callers at one level."""

    def __init__(self, powers: Powers, identities: Identities, targets: Targets, steps: Steps) -> None:
        self.account, self.roles, self.powers, self.level = powers.account, powers.roles, powers, steps.level
        self.identities, self.targets = identities, targets
        self.every = self.account.every & ~self.account.shut
        self._states: dict[Nodes, State] = {}
        self._profiles: dict[object, State] = {}
        self._by_roles: dict[int, State] = {}
        self._under_way: set[int] = set()
        self._known: dict[tuple[Written, int], list[tuple[int, int]]] = {}
        self.steps = steps

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
        if not self.account.kinds.is_plain[node]:
            return None
        powers, level = self.powers, self.level
        return (powers.assumes(node)[level], powers.on_resources(node)[level], powers.on_their_keys(node)[level],
                id(powers.writes(node)))  # fmt: skip

    def _closed(self, nodes: Nodes) -> State:
        state = State(nodes[-1])
        if len(nodes) > 1:
            state.join(self._state(nodes[:-1]))
        assumed = self.powers.assumes(nodes[-1])[self.level] & ~state.roles
        if assumed and assumed not in self._under_way:
            state.join(self._of_roles(assumed))
        self._add(state, nodes[-1])
        return self._finished(state)

    def _of_roles(self, roles: int) -> State:
        """Who is some roles, and nobody else: many callers become the same ones."""
        found = self._by_roles.get(roles)
        if found is None:
            self._under_way.add(roles)
            found = State(None)
            self._enter(found, roles)
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

    def _add(self, state: State, node: int) -> None:
        """A node, and the roles that it assumes."""
        state.nodes.add(node)
        state.goals |= self.powers.goals(node)[self.level]
        writes = self.powers.writes(node).items()
        state.write({action: three[self.level] for action, three in writes if three[self.level]})
        self._enter(state, self.powers.assumes(node)[self.level])

    def _enter(self, state: State, roles: int) -> None:
        """Roles that the caller becomes, each as it is, and the roles that these become."""
        entered = self.steps.all_from(roles & ~state.roles) & ~state.roles
        if entered:
            state.roles |= entered
            state.goals |= self.steps.goals_of(entered)
            state.write(self.steps.writes_of(entered))

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
        if opened.bit_count() > MANY and opened not in self._under_way:
            state.join(self._of_roles(opened))  # all of them, and not only those left, because others open them too
        self._enter(state, opened)
        return True

    def _by_identity(self, state: State) -> bool:
        """Roles that get other identity policies."""
        grew = False
        for bit in self._served(state, state.settled().roles):
            number = self.roles.caller_of[bit]
            for changed in self.identities.changes(number, state.writes, self.level):
                node = self.powers.changed(number, changed.change)
                if changed.is_last:
                    state.goals |= self.powers.goals(node)[self.level]
                elif not self.powers.is_first(node) and not state.has(node):
                    grew = True
                    self._add(state, node)
            if state.goals == self.every:
                break
        return grew

    def _served(self, state: State, settled: int) -> Iterator[int]:
        """The roles at hand that what may be written could serve. settled: those that were looked at."""
        writes = state.writes
        written = 0
        for action in (PUT_ROLE, ATTACH_ROLE, *(FREE_ROLES if self.level == OPEN else ())):
            written |= writes.get(action, 0)
        yield from bits(state.roles & written & ~settled)
        policies = writes.get(NEW_VERSION, 0) | writes.get(OLD_VERSION, 0)
        if policies and state.roles & ~settled:
            held = mask_of(self.identities.holders(policies), len(self.roles.arns))
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
        settled = state.settled()
        if state.first is not None:
            yield state.first
        for part in (state, *state.parts):
            if part is not settled and part not in settled.parts:
                yield from part.nodes
        left = state.roles & ~settled.roles
        if left.bit_count() < MANY:
            yield from dict.fromkeys(self.steps.kind_of_bit[bit] for bit in bits(left))
            return
        for kind, roles in self._promising(written, state.goals):
            if roles & left:
                yield kind

    def _promising(self, written: Written, goals: int) -> list[tuple[int, int]]:
        """The kinds, each with its roles (bits), that other policies could serve beyond some goals."""
        found = self._known.get((written, goals))
        if found is None:
            alike = self.steps.alike.items()
            found = [item for (main, keys), among in alike
                     if self.targets.could_gain(main, keys, written) & ~goals for item in among.items()]  # fmt: skip
            self._known[written, goals] = found
        return found

    def served(self, written: Written, goals: int) -> int:
        """The roles (bits) that reach more than some goals as they are, or could by other policies on resources."""
        found = 0
        for _, roles in self._promising(written, goals):
            found |= roles
        return found

    def _everybody(self, state: State) -> Iterator[int]:
        """All nodes of a state, the caller's own first, some more than once."""
        if state.first is not None:
            yield state.first
        for part in (state, *state.parts):
            yield from part.nodes
        yield from dict.fromkeys(self.steps.kind_of_bit[bit] for bit in bits(state.roles))
