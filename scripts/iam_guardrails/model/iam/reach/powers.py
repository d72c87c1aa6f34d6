"""What a caller could do as it is, and with other policies: each kind of caller, and each change of it, is a node.

Nodes are numbers. Each answer is worked out when it is asked for, once per node.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import NamedTuple, TypeVar

from iam_guardrails.model.iam.reach.account import Account, flags_of
from iam_guardrails.model.iam.reach.doc import Doc
from iam_guardrails.model.iam.reach.kinds import is_limited
from iam_guardrails.model.iam.reach.leg import Three
from iam_guardrails.model.iam.reach.roles import Roles
from iam_guardrails.model.iam.reach.universe import mask_of
from iam_guardrails.model.iam.reach.weigh import Caller
from iam_guardrails.model.iam.reach.writers import Writers


class Change(NamedTuple):
    """Other identity policies. granted: one of them allows everything.  drop: the sources (Doc.source) of those that
    are written over, the boundary's ARN among them; more: what stands there besides.  is_free: whether nothing that
    denies or limits is left.
    """

    granted: bool = False
    drop: frozenset[str] = frozenset()
    more: tuple[Doc, ...] = ()
    is_free: bool = False


SAME = Change()
_NOTHING: Mapping[str, Three] = {}
T = TypeVar("T")


class Powers:
    """The nodes: first the kinds of callers as they are, then what they become."""

    def __init__(self, account: Account, roles: Roles, writers: Writers) -> None:
        self.account, self.roles, self.writers = account, roles, writers
        self.kinds = account.kinds
        self._changed: list[tuple[Caller, bool]] = []
        self._firsts = len(self.kinds.firsts)
        self._numbers: dict[object, int] = {}
        self._goals: dict[int, Three] = dict(enumerate(account.by_kind))
        of_kinds = account.of_kinds
        self._assumes: dict[int, Three] = dict(enumerate([assumed for _, _, assumed, _ in of_kinds]))
        self._could_assume: dict[int, Three] = {}
        self._distinct: dict[object, list[Mapping[str, Three]]] = {}
        common = [self._in_common(writes) if writes else _NOTHING for *_, writes in of_kinds]
        self._writes: dict[int, Mapping[str, Three]] = dict(enumerate(common))
        # what the resources, and their keys, say to each kind as it is
        self.parts: list[tuple[Three, Three]] = [(main, keys) for main, keys, _, _ in of_kinds]
        self._known: dict[tuple[int, str, bool, bool], Three] = {}

    @cached_property
    def kind_of_bit(self) -> list[int]:
        """The kind of each role."""
        return [self.kinds.of[caller] for caller in self.roles.caller_of]

    @cached_property
    def is_writer(self) -> list[bool]:
        """For each kind, whether it may write anything."""
        return [bool(self.writes(kind)) for kind in range(len(self.kinds.firsts))]

    @cached_property
    def writing_roles(self) -> int:
        """The roles (bits) of those kinds."""
        found = [bit for bit, kind in enumerate(self.kind_of_bit) if self.is_writer[kind]]
        return mask_of(found, len(self.kind_of_bit))

    @cached_property
    def roles_of_kind(self) -> Mapping[int, int]:
        """The roles (bits) of each kind that has some."""
        found: dict[int, list[int]] = {}
        for bit, kind in enumerate(self.kind_of_bit):
            found.setdefault(kind, []).append(bit)
        return {kind: mask_of(listed, len(self.kind_of_bit)) for kind, listed in found.items()}

    @cached_property
    def assumed(self) -> list[Three]:
        """The roles that each kind of callers can assume."""
        return [self.assumes(kind) for kind in range(len(self.kinds.firsts))]

    def changed(self, number: int, change: Change) -> int:
        """The node of a caller whose policies are changed."""
        kind = self.kinds.of[number]
        is_alike = not self.kinds.limited[kind] and not change.more
        if is_alike and not change.granted:
            return kind
        key = kind if is_alike else (number if change.more else -1 - kind, change)
        found = self._numbers.get(key)
        if found is None:
            found = self._numbers[key] = self._firsts + len(self._changed)
            caller = self.account.callers[number]
            self._changed.append((caller if is_alike else _changed(caller, change), change.granted))
        return found

    def goals(self, node: int) -> Three:
        """The goals that it reaches."""
        return self._once(self._goals, node, self.account.three)

    def assumes(self, node: int) -> Three:
        """The roles that it can assume."""
        return self._once(self._assumes, node, self.roles.assumed_by)

    def could_assume(self, node: int) -> Three:
        """The roles that it could assume if their trust policies named it."""
        return self._once(self._could_assume, node, self.roles.open_to)

    def writes(self, node: int) -> Mapping[str, Three]:
        """What it may write to, by action."""
        found = self._writes.get(node)
        if found is None:
            found = self._writes[node] = self._in_common(self.writers.of(*self._node(node)))
        return found

    def _in_common(self, writes: Mapping[str, Three]) -> Mapping[str, Three]:
        """Equal ones are one object: most writers may write to the same, and most callers to nothing."""
        if not writes:
            return _NOTHING
        key = tuple([(action, three[2].bit_count()) for action, three in writes.items()])
        alike = self._distinct.setdefault(key, [])
        for known in alike:
            if known == writes:
                return known
        alike.append(writes)
        return writes

    def is_first(self, node: int) -> bool:
        """Whether it is a kind of callers as they are."""
        return node < self._firsts

    def is_limited(self, node: int) -> bool:
        """Whether its own policies or its boundary stop it somewhere."""
        return is_limited(self._node(node)[0])

    def _node(self, node: int) -> tuple[Caller, bool]:
        """The caller that it is, and whether a policy of its own would allow everything."""
        if node >= self._firsts:
            return self._changed[node - self._firsts]
        return self.account.callers[self.kinds.firsts[node]], False

    def _once(self, known: dict[int, T], node: int, work: Callable[[Caller, bool], T]) -> T:
        found = known.get(node)
        if found is None:
            found = known[node] = work(*self._node(node))
        return found

    def on_resources(self, node: int, *, rewritten: bool = False, admitted: bool = False) -> Three:
        """See Account.on_resources."""
        if node < self._firsts and not (rewritten or admitted):
            return self.parts[node][0]
        return self._parts(node, "resources", rewritten, admitted)

    def on_their_keys(self, node: int, *, rewritten: bool = False, admitted: bool = False) -> Three:
        """See Account.on_their_keys."""
        if node < self._firsts and not (rewritten or admitted):
            return self.parts[node][1]
        return self._parts(node, "keys", rewritten, admitted)

    def _parts(self, node: int, which: str, rewritten: bool, admitted: bool) -> Three:
        key = node, which, rewritten, admitted
        found = self._known.get(key)
        if found is None:
            account = self.account
            work = account.on_resources if which == "resources" else account.on_their_keys
            found = self._known[key] = work(*self._node(node), rewritten=rewritten, admitted=admitted)
        return found


def _changed(caller: Caller, change: Change) -> Caller:
    kept = [doc for doc in caller.docs if doc.source not in change.drop]
    boundary = caller.boundary
    if boundary is not None and (change.is_free or boundary.source in change.drop):
        boundary = None
    if change.is_free:
        kept = [doc.allowing() for doc in kept]
    docs = [*kept, *change.more]
    flags = flags_of(docs)
    is_known = flags >= 0 and (boundary is None or boundary.flags >= 0)
    return Caller(caller.subject, docs, boundary, caller.above, flags, is_known)
