"""Which goals other policies on resources and keys are about, and who then reaches them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from iam_guardrails.model.iam.reach.account import Account
from iam_guardrails.model.iam.reach.powers import Powers
from iam_guardrails.model.iam.reach.universe import bits
from iam_guardrails.model.iam.reach.writers import GRANT, KEY_POLICY, NO_SECRET_POLICY, SECRET_POLICY, TRUST

OPEN = 2  # the level of Three that goes beyond what is known


class Written(NamedTuple):
    """Goals (masks) for which somebody changes a policy.

    on: that of the resource.  keys: that of its key.  admits: there is a new grant on the resource, which is a key.
    keys_admit: likewise on its key. What denies there keeps its force against a grant.
    """

    on: int = 0
    keys: int = 0
    admits: int = 0
    keys_admit: int = 0

    @property
    def goals(self) -> int:
        """The goals that any of it is about."""
        return self.on | self.keys | self.admits | self.keys_admit


class Targets:
    """The goals by what is written to."""

    def __init__(self, account: Account, powers: Powers) -> None:
        self._listed, self._powers = powers.writers.targets, powers
        self._on: dict[str, int] = {}  # by the resource itself
        self._with: dict[str, int] = {}  # by the resource's key
        self._of_kind = {main.leg.resource_kind: main.leg.every for main in account.mains}
        for bit, (_, resource) in enumerate(account.question.goals()):
            self._on[resource] = self._on.get(resource, 0) | 1 << bit
            key = account.question.held(resource).key
            if isinstance(key, str):
                self._with[key] = self._with.get(key, 0) | 1 << bit
        self._known: dict[tuple[str, int], tuple[int, int]] = {}

    def written(self, writes: Mapping[str, int], level: int) -> Written:
        """The goals whose policies can be written. writes: action -> targets."""
        on = 0
        for action in (SECRET_POLICY, *((NO_SECRET_POLICY,) if level == OPEN else ())):
            on |= self._goals(action, writes)[0] & self._of_kind.get("resource", 0)
        if "trust" in self._of_kind:
            on |= self._goals(TRUST, writes)[0] & self._of_kind["trust"]
        is_key = self._of_kind.get("key", 0)
        key, keys = self._goals(KEY_POLICY, writes)
        granted, keys_granted = self._goals(GRANT, writes)
        return Written(on | key, keys, granted & is_key, keys_granted)

    def opened(self, node: int, written: Written, level: int) -> int:
        """The goals that a node reaches by it."""
        powers = self._powers
        main, keys = powers.on_resources(node)[level], powers.on_their_keys(node)[level]
        if written.on:
            main |= written.on & powers.on_resources(node, rewritten=True)[level]
        if written.admits:
            main |= written.admits & powers.on_resources(node, admitted=True)[level]
        if written.keys:
            keys |= written.keys & powers.on_their_keys(node, rewritten=True)[level]
        if written.keys_admit:
            keys |= written.keys_admit & powers.on_their_keys(node, admitted=True)[level]
        return main & keys

    def could_open(self, node: int, written: Written, level: int) -> int:
        """No less than that, at a glance."""
        powers = self._powers
        return self.could_gain(powers.on_resources(node)[level], powers.on_their_keys(node)[level], written)

    def could_gain(self, main: int, keys: int, written: Written) -> int:
        """The same for what a node has of the two parts of a goal: the resource, and its key."""
        return (main | written.on | written.admits) & (keys | written.keys | written.keys_admit)

    def _goals(self, action: str, writes: Mapping[str, int]) -> tuple[int, int]:
        mask = writes.get(action, 0)
        if not mask:
            return 0, 0
        found = self._known.get((action, mask))
        if found is None:
            on = keys = 0
            listed = self._listed[action]
            for bit in bits(mask):
                on |= self._on.get(listed[bit], 0)
                keys |= self._with.get(listed[bit], 0)
            found = self._known[action, mask] = on, keys
        return found
