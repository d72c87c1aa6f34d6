"""One part of a question, asked for many resources at once, and what one statement says of it.

A bit of a leg is one request: an action on a resource, with the condition keys that follow from the two. What a
statement says is a pair of masks: where it certainly applies, and where it may; the second holds the first. These are
the three values of model.iam.answers: both of two answers is the AND of their masks, one of two the OR.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from iam_guardrails.model.iam.answers import Answer
from iam_guardrails.model.iam.caller import Value
from iam_guardrails.model.iam.conditions import conditions_hold
from iam_guardrails.model.iam.document import Statement
from iam_guardrails.model.iam.organization import spared_by_rcps
from iam_guardrails.model.iam.reach.actions import Actions
from iam_guardrails.model.iam.reach.subject import Subject, asks_about, asks_about_subject
from iam_guardrails.model.iam.reach.universe import Universe, bits, mask_of
from iam_guardrails.model.iam.request import OVER_TLS, Situation
from iam_guardrails.model.iam.variables import fill, has_variables
from iam_guardrails.model.value import changed

Masks = tuple[int, int]  # certainly, possibly
Three = tuple[int, int, int]  # certainly; as far as anybody knows, possibly; possibly, whatever is not told
NEVER: Masks = (0, 0)
NOWHERE: Three = (0, 0, 0)


class Asked(NamedTuple):
    """One request, but for who makes it. context: keys (lower case) that follow from action and resource.

    owner: the account that owns the resource, "" where nobody tells.
    """

    action: str
    resource: str
    context: Mapping[str, Value]
    owner: str


def both(one: Three, other: Three) -> Three:
    """What both allow."""
    return one[0] & other[0], one[1] & other[1], one[2] & other[2]


class Said(NamedTuple):
    """What a statement says: where it certainly applies, where it may, and on which keys that depends."""

    sure: int
    may: int
    keys: frozenset[str] = frozenset()


SILENT = Said(0, 0)


_ABSENT: Value = ("", "no value")  # unlike any value that a context gives
Groups = list[tuple[int, Asked]]


def _held(statement: Statement, situation: Situation, version: str) -> Answer:
    """Whether the conditions hold. Callers choose TLS; what opens only without it is left open."""
    if not any(item.key.lower() in OVER_TLS for item in statement.conditions):
        return conditions_hold(statement.conditions, situation, version)
    secure = changed(situation, keys={**situation.keys, **OVER_TLS})
    held = conditions_hold(statement.conditions, secure, version)
    if (statement.effect == "Allow") is (held is not False):  # it lets the caller in, or does not stop it
        return held
    return conditions_hold(statement.conditions, situation, version)


class _Situations:
    """The situation of each group of requests, made when somebody asks."""

    def __init__(
        self, grouped: Callable[[set[str]], Groups], subject: Subject, statement: Statement, version: str
    ) -> None:  # fmt: skip
        """grouped: the requests in groups that are alike as far as some keys go."""
        self._grouped, self._subject, self._statement, self._version = grouped, subject, statement, version
        self._made: dict[int, Situation] = {}

    @cached_property
    def groups(self) -> Groups:
        """The requests in groups that are alike before the statement."""
        return self._grouped(asks_about(self._statement, self._version))

    def of(self, number: int) -> Situation:
        """The situation of one group."""
        if number not in self._made:
            first = self.groups[number][1]
            keys = asks_about_subject(self._statement, self._version)
            self._made[number] = self._subject.situation(first.action, first.resource, first.context, keys)
        return self._made[number]


class Leg:
    """The requests of one leg, by bit; None where a question has no such leg."""

    def __init__(
        self, name: str, asked: Sequence[Asked | None], actions: Actions, resource_kind: str,
        universe: Universe | None = None,
    ) -> None:  # fmt: skip
        """universe: of these resources, where there is one already that knows many patterns."""
        self.name, self.asked, self.actions, self.resource_kind = name, asked, actions, resource_kind
        self.universe = universe or Universe(item.resource for item in asked if item)
        self.every = self.flags = 0
        # where each request has a resource of its own, in their order, a mask of resources is one of requests
        self._is_plain = [item.resource if item else "" for item in asked] == self.universe.resources
        self._spread = [] if self._is_plain else [0] * len(self.universe.resources)
        self._wide: dict[int, int] = {0: 0}
        self._actions: dict[int, int] = {}
        self._by_flags: dict[int, int] = {}
        self._keys: set[str] = set()
        self._groups: dict[frozenset[str], Groups] = {}
        self._alike: dict[frozenset[str], Groups] = {}  # the same, in common with the legs beside this one
        self._owned: dict[str, int] = {}
        self._action = ""  # of all requests, where it is another than that of `asked`
        for (action, owner), mask in self._sorted().items():
            flag = actions.flag(action)
            self.every |= mask
            self.flags |= flag
            self._actions[flag] = self._actions.get(flag, 0) | mask
            self._owned[owner] = self._owned.get(owner, 0) | mask

    def _sorted(self) -> dict[tuple[str, str], int]:
        """The requests by action and owner; notes what their contexts ask, and where their resources are."""
        runs: list[tuple[str, str, int]] = []  # where requests begin that are alike; most legs have one run
        action = owner = None
        contexts: dict[int, Mapping[str, Value]] = {}  # many requests have one in common
        for number, item in enumerate(self.asked):
            if item is None:
                if action is not None:
                    runs.append(("", "", number))
                    action = None
                continue
            if item.action is not action or item.owner is not owner:
                action, owner = item.action, item.owner
                runs.append((action, owner, number))
            if not self._is_plain:
                self._spread[self.universe.bit(item.resource).bit_length() - 1] |= 1 << number
            contexts[id(item.context)] = item.context
        self._keys.update(*contexts.values())
        found: dict[tuple[str, str], int] = {}
        for (action, owner, first), (_, _, end) in pairwise([*runs, ("", "", len(self.asked))]):
            if action:
                found[action, owner] = found.get((action, owner), 0) | (1 << end) - (1 << first)
        return found

    def beside(self, action: str, resource_kind: str) -> Leg:
        """The same resources asked for another action; all of this leg must be asked for one."""
        made = Leg.__new__(Leg)
        vars(made).update(vars(self))
        made.name = made._action = action
        made.resource_kind, made.flags = resource_kind, self.actions.flag(action)
        made._actions, made._by_flags, made._groups = {made.flags: self.every}, {}, {}
        return made

    def owned_by(self, account_id: str) -> int:
        """The requests for resources of one account ("": of nobody knows which)."""
        return self._owned.get(account_id, 0)

    def spared_by_rcps(self) -> Masks:
        """The requests in which resource control policies have no say: certainly, possibly."""
        sure = may = 0
        for number, item in enumerate(self.asked):
            if item is not None:
                spared = spared_by_rcps(self._named(item).action, item.resource)
                sure |= (spared is True) << number
                may |= (spared is not False) << number
        return sure, may

    def situation(self, subject: Subject, keys: tuple[str, ...]) -> Situation:
        """The first request as the subject makes it. keys: what is asked about the subject."""
        first = self._named(next(item for item in self.asked if item))
        return subject.situation(first.action, first.resource, first.context, keys)

    def says(
        self, statement: Statement, version: str, subject: Subject, within: int = -1, *, optional: bool = False
    ) -> Said:
        """What one statement says of a subject's requests within a mask, whomever its Principal names."""
        about = self._about(self.actions.of(statement)) & within
        if not about:
            return SILENT
        situations = _Situations(self._grouped, subject, statement, version)
        (sure, may), keys = self._resources(statement, version, situations, optional)
        may &= about
        if not may:
            return SILENT
        if not statement.conditions:
            return Said(sure & may, may, keys)
        held_sure = held_may = 0
        for number, (mask, _) in enumerate(situations.groups):
            if not may & mask:
                continue
            held = _held(statement, situations.of(number), version)
            if held is False:
                continue
            held_may |= mask
            if held is True:
                held_sure |= mask
            else:
                keys |= held
        return Said(sure & may & held_sure, may & held_may, keys) if may & held_may else SILENT

    def _grouped(self, keys: set[str]) -> Groups:
        """The requests in groups that are alike as far as the keys go, each with its first."""
        mattering = frozenset(keys & self._keys)
        found = self._groups.get(mattering)
        if found is None:
            alike = self._alike.get(mattering)
            if alike is None:
                alike = self._alike[mattering] = self._parted(sorted(mattering))
            found = self._groups[mattering] = [(mask, self._named(first)) for mask, first in alike]
        return found

    def _parted(self, keys: Sequence[str]) -> Groups:
        if not keys and self.every:
            return [(self.every, next(item for item in self.asked if item))]
        numbers: dict[tuple[Value, ...], list[int]] = {}
        firsts: dict[tuple[Value, ...], Asked] = {}
        told: dict[int, tuple[Value, ...]] = {}  # many requests have one context in common
        for number, item in enumerate(self.asked):
            if item is not None:
                values = told.get(id(item.context), ())
                if not values:
                    values = told[id(item.context)] = tuple([item.context.get(key, _ABSENT) for key in keys])
                if values not in numbers:
                    numbers[values], firsts[values] = [], item
                numbers[values].append(number)
        return [(mask_of(listed, len(self.asked)), firsts[values]) for values, listed in numbers.items()]

    def _named(self, asked: Asked) -> Asked:
        return asked._replace(action=self._action) if self._action else asked

    def _about(self, flags: int) -> int:
        flags &= self.flags
        found = self._by_flags.get(flags)
        if found is None:
            found = sum(mask for flag, mask in self._actions.items() if flag & flags)
            self._by_flags[flags] = found
        return found

    def _resources(
        self, statement: Statement, version: str, situations: _Situations, optional: bool
    ) -> tuple[Masks, frozenset[str]]:
        if statement.not_resources:
            (sure, may), keys = self._covered(statement.not_resources, version, situations)
            return (self.every & ~may, self.every & ~sure), keys
        if not statement.resources:
            return ((self.every, self.every) if optional else NEVER), frozenset()
        return self._covered(statement.resources, version, situations)

    def _covered(self, texts: Iterable[str], version: str, situations: _Situations) -> tuple[Masks, frozenset[str]]:
        sure = may = 0
        keys: frozenset[str] = frozenset()
        for text in texts:
            if not has_variables(text, version):
                found = self.widened(self.universe.mask(text))
                sure |= found
                may |= found
                continue
            for number, (mask, _) in enumerate(situations.groups):
                filled = fill(text, situations.of(number), version, wildcards=True)
                if filled.tokens is None:
                    continue
                found = self.widened(self.universe.mask_of(filled.tokens)) & mask
                may |= found
                if not filled.open_keys:
                    sure |= found
                elif found:
                    keys |= filled.open_keys
        return (sure, may), keys

    def widened(self, resources: int) -> int:
        """The requests for a mask of resources."""
        if self._is_plain:
            return resources
        found = self._wide.get(resources)
        if found is None:
            if resources == self.universe.every:
                found = self.every
            else:
                found = 0
                for number in bits(resources):
                    found |= self._spread[number]
            self._wide[resources] = found
        return found
