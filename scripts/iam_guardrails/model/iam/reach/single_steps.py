"""What roles reach by themselves and by assuming one another, at one level of Three: the ground of closures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from iam_guardrails.model.iam.reach.powers import Powers
from iam_guardrails.model.iam.reach.universe import bits, mask_of


class Steps:
    """Roles are bits, and sets of them masks; many callers become the same sets, of which each is worked out once."""

    def __init__(self, powers: Powers, level: int) -> None:
        self.powers, self.level = powers, level
        self.kind_of_bit = powers.kind_of_bit
        self.assumed_by = [three[level] for three in powers.assumed]  # by kind
        self.goals_by = [three[level] for three in powers.account.by_kind]  # by kind
        # sets of roles have numbers, because to look one up takes long: all of its ten thousand bits are read for it
        self._number: dict[int, int] = {0: 0}
        distinct = {id(mask): mask for mask in self.assumed_by}  # so that one object is looked up once
        numbers = {at: self._number.setdefault(mask, len(self._number)) for at, mask in distinct.items()}
        self._set_by = [numbers[id(mask)] for mask in self.assumed_by]  # by kind
        self._sets = list(self._number)
        self._set_of = [self._set_by[kind] for kind in self.kind_of_bit]  # what a role assumes
        self._after: list[int | None] = [None] * len(self._sets)  # what follows from assuming it
        size = len(self.kind_of_bit)
        self._assuming = mask_of([bit for bit, number in enumerate(self._set_of) if number], size)
        self._writing = powers.writing_roles
        self._common = powers.roles.of_account[level > 0]
        self._from: dict[int, int] = {}
        self._paths: dict[int, list[tuple[int, tuple[int, ...]]]] = {}
        self._goals: dict[int, int] = {0: 0}
        self._writes: dict[int, Mapping[str, int]] = {0: {}}

    def all_from(self, roles: int) -> int:
        """Some roles, and all that they can become, one after another."""
        found = self._from.get(roles)
        if found is None:
            common = self._common  # many callers become these, and a few more
            known = self.all_from(common) if common and common != roles and not common & ~roles else 0
            waiting = roles & self._assuming & ~known
            seen = roles
            while waiting:
                reached = 0
                for number in {self._set_of[bit] for bit in bits(waiting)}:
                    after = self._after[number]
                    if after is None:
                        reached |= self._sets[number]
                    else:
                        known |= after
                waiting = reached & self._assuming & ~known & ~seen
                seen |= reached
            found = self._from[roles] = seen | known
            its = self._number.get(roles)
            if its is not None:
                self._after[its] = found
        return found

    def paths(self, roles: int) -> Sequence[tuple[int, tuple[int, ...]]]:
        """The goals that some roles reach, in parts (masks), each with the shortest chain (of bits) from one of them to
        one that reaches the goals itself.
        """
        found = self._paths.get(roles)
        if found is None:
            found = self._paths[roles] = []
            left = self.goals_of(self.all_from(roles))
            came = self.came(roles) if left else {}
            for bit in came:
                part = self.goals_by[self.kind_of_bit[bit]] & left
                if part:
                    found.append((part, path_to(bit, came)))
                    left &= ~part
                    if not left:
                        break
        return found

    def came(self, roles: int) -> Mapping[int, int]:
        """Each role (a bit) that some roles become, nearest first -> who assumes it, -1 for those roles themselves."""
        found = dict.fromkeys(bits(roles), -1)
        seen = roles
        for bit in (waiting := list(found)):
            more = self._sets[self._set_of[bit]] & ~seen
            if more:
                seen |= more
                listed = list(bits(more))
                found.update(dict.fromkeys(listed, bit))
                waiting += listed
        return found

    def goals_of(self, roles: int) -> int:
        """The goals that some roles reach themselves."""
        roles &= self._useful
        found = self._goals.get(roles)
        if found is None:
            found = 0
            if roles.bit_count() < len(self._offers):
                for bit in bits(roles):
                    found |= self.goals_by[self.kind_of_bit[bit]]
            else:
                for goals, among in self._offers:
                    if roles & among:
                        found |= goals
            self._goals[roles] = found
        return found

    def writes_of(self, roles: int) -> Mapping[str, int]:
        """What some roles may write to themselves."""
        roles &= self._writing
        found = self._writes.get(roles)
        if found is None:
            made: dict[str, int] = {}
            for kind in dict.fromkeys(self.kind_of_bit[bit] for bit in bits(roles)):
                for action, three in self.powers.writes(kind).items():
                    if three[self.level]:
                        made[action] = made.get(action, 0) | three[self.level]
            found = self._writes[roles] = made
        return found

    @cached_property
    def _offers(self) -> list[tuple[int, int]]:
        """Goals, and the roles that reach these themselves."""
        by_goals: dict[int, list[int]] = {}
        for bit, kind in enumerate(self.kind_of_bit):
            goals = self.goals_by[kind]
            if goals:
                by_goals.setdefault(goals, []).append(bit)
        return [(goals, mask_of(listed, len(self.kind_of_bit))) for goals, listed in by_goals.items()]

    def reach(self, kinds: Sequence[int]) -> tuple[list[int], list[bool]]:
        """For some kinds of callers: the goals that each reaches itself and through roles, and whether it, or a role
        that it can become, may write anything.
        """
        goals, leads = [], []
        known: dict[int, tuple[int, bool]] = {0: (0, False)}  # by the number of what is assumed
        for kind in kinds:
            number = self._set_by[kind]
            found = known.get(number)
            if found is None:
                reached = self.all_from(self._sets[number])
                found = known[number] = self.goals_of(reached), bool(reached & self._writing)
            goals.append(self.goals_by[kind] | found[0])
            leads.append(self.powers.is_writer[kind] or found[1])
        return goals, leads

    @cached_property
    def _useful(self) -> int:
        found = 0
        for _, among in self._offers:
            found |= among
        return found

    @cached_property
    def alike(self) -> dict[tuple[int, int], dict[int, int]]:
        """The roles by what the two parts of a goal, the resource and its key, say to them: kind -> bits."""
        found: dict[tuple[int, int], dict[int, int]] = {}
        level, parts = self.level, self.powers.parts
        for kind, roles in self.powers.roles_of_kind.items():
            main, keys = parts[kind]
            among = found.get((main[level], keys[level]))
            if among is None:
                among = found[main[level], keys[level]] = {}
            among[kind] = roles
        return found


def path_to(bit: int, came: Mapping[int, int]) -> tuple[int, ...]:
    """The chain of roles (bits) to one of those that Steps.came gives."""
    found = [bit]
    while came[found[-1]] >= 0:
        found.append(came[found[-1]])
    return tuple(found[::-1])
