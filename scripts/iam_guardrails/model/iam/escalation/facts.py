"""What a chain has gained so far, as bits; and what that has changed in one principal.

Facts never hurt, so they only grow. A fact's key is the gain of a method (model.iam.escalation.methods) and the
universe that its bits number: principals, groups or policies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations, islice, product

from iam_guardrails.model.iam.escalation.ground import Ground
from iam_guardrails.model.iam.escalation.guise import NONE, Changes
from iam_guardrails.model.iam.escalation.labels import ATTACH, read_gain, settable
from iam_guardrails.model.iam.escalation.universe import bits, mask_of
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import changed

Key = tuple[str, str]
Fact = tuple[Key, int]
Facts = Mapping[Key, int]
ACT, TRUST, DONE = ("act", "principal"), ("trust", "principal"), ("administrator", "account")
GROWN, REPLACED, UNBOUND = ("grow", "principal"), ("replace", "principal"), ("unbound", "principal")
NO_INLINE, NO_MANAGED = ("strip-inline", "principal"), ("strip-managed", "principal")
REWRITTEN, RESET = ("rewrite", "policy"), ("reset", "policy")
GROUP_GROWN, GROUP_REPLACED, OPEN, LEFT = (
    ("grow", "group"),
    ("replace", "group"),
    ("open", "group"),
    ("leave", "group"),
)
GROUP_NO_INLINE, GROUP_NO_MANAGED = ("strip-inline", "group"), ("strip-managed", "group")
ATTACHED = f"{ATTACH} "  # before the ARN of the policy
_ON_PRINCIPAL = (GROWN, REPLACED, UNBOUND, NO_INLINE, NO_MANAGED)
_ON_GROUP = (GROUP_GROWN, GROUP_REPLACED, OPEN, LEFT, GROUP_NO_INLINE, GROUP_NO_MANAGED)


MOST_VERSIONS = 64  # choices of versions that are tried for one principal at once
HELD_FACTS = 256  # how many collections of facts are remembered with what they make of principals
INLINE, OTHERS, GONE = -1, -2, -3  # an inline policy, one that AWS manages, a group that the file lacks
CHANGED = -4  # a policy that was written over


class Layout:
    """Where a principal's documents come from, place by place: (policy number or one of the above, group number)."""

    __slots__ = ("all_policies", "boundary", "groups", "is_user", "number", "places", "shape")

    def __init__(self, ground: Ground, number: int) -> None:
        principal = ground.principals[number]
        policies = ground.universes["policy"].number
        places = [(INLINE, -1)] * len(principal.inline)
        places += [(policies.get(arn, OTHERS), -1) for arn in principal.attached]
        self.groups: list[int] = []
        for name in principal.groups:
            group = ground.group_number.get(name, -1)
            if group < 0:
                places.append((GONE, -1))
                continue
            self.groups.append(group)
            places += [(INLINE, group)] * len(ground.groups[group].inline)
            places += [(policies.get(arn, OTHERS), group) for arn in ground.groups[group].attached]
        self.places = places
        self.boundary = policies.get(principal.boundary_arn, -1)
        self.all_policies = mask_of(number for number, _ in [*places, (self.boundary, -1)] if number >= 0)
        self.is_user = principal.kind == "user"
        self.number = number
        unnamed = tuple([(min(policy, OTHERS) if policy != INLINE else INLINE, group) for policy, group in places])
        self.shape = self.is_user, tuple(self.groups), unnamed  # equal where it counts only whose the documents are


class Effects:
    """What facts do to principals."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self._layouts: dict[int, Layout] = {}
        self._denying = 0
        self._made: dict[frozenset[tuple[Key, int]], Callable[[int], Sequence[Changes]]] = {}
        self.too_many = 0  # the principals of which not every choice of versions was tried
        policies = ground.universes["policy"].number
        self._of_group = [
            mask_of(policies[arn] for arn in group.attached if arn in policies) for group in ground.groups
        ]
        for number, group in enumerate(ground.groups):
            documents = [ground.estate.parsed(raw) for _, raw in group.inline]
            documents += [ground.estate.parsed(ground.estate.managed(arn)) for arn in group.attached]
            if any(isinstance(one, Unknown) or ground.sheet(one).denies for one in documents):
                self._denying |= 1 << number

    def layout(self, number: int) -> Layout:
        """Where the principal's documents come from."""
        if number not in self._layouts:
            self._layouts[number] = Layout(self.ground, number)
        return self._layouts[number]

    def touched(self, facts: Facts) -> int:
        """The principals in which the facts may have changed something."""
        found = 0
        for key in _ON_PRINCIPAL:
            found |= facts.get(key, 0)
        for (gain, universe), mask in facts.items():
            if read_gain(gain) is not None and self.ground.tags.of_targets:
                return self.ground.everybody.whole  # whoever looks at the tags of what it asks about
            if universe == "principal" and " " in gain:
                found |= mask
            elif gain.startswith(ATTACHED):
                for number in bits(mask):
                    found |= self.ground.members[number]
        if self.ground.tags.of_callers:
            found |= facts.get(TRUST, 0)
        for number in bits(facts.get(REWRITTEN, 0) | facts.get(RESET, 0)):
            found |= self.ground.policy_users(number)
        grouped = 0
        for key in _ON_GROUP:
            grouped |= facts.get(key, 0)
        for number in bits(grouped):
            found |= self.ground.members[number]
        return found | (self.ground.users | self.ground.new_users if facts.get(OPEN) else 0)

    def changes(self, facts: Facts, number: int) -> list[Changes]:
        """What the facts make of one principal: more than one where something would give and deny at once."""
        layout = self.layout(number)
        open_groups = facts.get(OPEN, 0) if layout.is_user else 0
        for group in layout.groups:
            open_groups &= ~(1 << group)
        safe = tuple(bits(open_groups & ~self._denying))
        found = self._with_attached(facts, layout, self._changes(facts, layout, safe))
        for group in bits(open_groups & self._denying):
            found += self._with_attached(facts, layout, self._changes(facts, layout, (*safe, group)))
        reset = facts.get(RESET, 0) & ~facts.get(REWRITTEN, 0)
        made = [variant for one in found for variant in self._with_bare(one)]
        made = [variant for one in made for variant in self._with_versions(one, layout, reset)] if reset else made
        return self._with_tags(facts, layout, made)

    def changes_by(self, facts: Facts) -> Callable[[int], Sequence[Changes]]:
        """The same for many principals, worked out once for those of which the facts make the same.

        Who may act changes nothing in anybody, so that what was worked out serves searches from elsewhere, too.
        """
        facts = {key: mask for key, mask in facts.items() if key != ACT}
        whole = frozenset(facts.items())
        if whole not in self._made:
            if len(self._made) >= HELD_FACTS:
                self._made.clear()
            self._made[whole] = self._changes_by(facts)
        return self._made[whole]

    def _changes_by(self, facts: Facts) -> Callable[[int], Sequence[Changes]]:
        key = self._alike(facts)
        same: dict[Changes, Changes] = {}  # what was done to many is one object
        known: dict[object, tuple[list[Changes], bool]] = {}

        def made(number: int) -> Sequence[Changes]:
            its = key(number)
            found = known.get(its)
            if found is None:
                before, self.too_many = self.too_many, 0
                changes = [same.setdefault(one, one) for one in self.changes(facts, number)]
                found = known[its] = changes, bool(self.too_many)
                self.too_many |= before
            elif found[1]:
                self.too_many |= 1 << number
            return found[0]

        return made

    def _alike(self, facts: Facts) -> Callable[[int], object]:
        """What tells principals apart of which some facts make something else."""
        size = len(self.ground.principals)
        told = [format(mask, f"0{size}b")[::-1] for mask in {*facts.values()}]
        rewritten = facts.get(REWRITTEN, 0)
        reset = facts.get(RESET, 0) & ~rewritten

        def policy(number: int) -> int:
            if number < 0:
                return number
            return number if reset >> number & 1 else CHANGED if rewritten >> number & 1 else OTHERS

        def key(number: int) -> object:
            layout = self.layout(number)
            named = "".join([text[number] for text in told])
            if not layout.all_policies & (rewritten | reset):
                return named, layout.shape
            places = tuple([(policy(one), group) for one, group in layout.places])
            return named, layout.is_user, tuple(layout.groups), places, policy(layout.boundary)

        return key

    def _with_attached(self, facts: Facts, layout: Layout, one: Changes) -> list[Changes]:
        """The changes with the policies that can be attached: all that deny nothing, and each of the others alone."""
        groups, safe, denying = {*layout.groups, *one.joined}, list[str](), list[str]()
        for (gain, universe), mask in facts.items():
            if gain.startswith(ATTACHED):
                holders = {layout.number} if universe == "principal" else groups
                arn = gain.removeprefix(ATTACHED)
                if any(mask >> number & 1 for number in holders):
                    parsed = self.ground.attached(self.ground.estate, arn)
                    denies = isinstance(parsed, Unknown) or self.ground.sheet(parsed).denies
                    (denying if denies else safe).append(arn)
        if not safe and not denying:
            return [one]
        numbers = self.ground.universes["policy"].number
        rewritten = any(facts.get(REWRITTEN, 0) >> numbers[arn] & 1 for arn in (*safe, *denying) if arn in numbers)
        base = changed(one, attached=tuple(sorted(safe)), grown=one.grown or rewritten)
        return [base, *(changed(base, attached=(*base.attached, arn)) for arn in sorted(denying))]

    def _with_tags(self, facts: Facts, layout: Layout, made: list[Changes]) -> list[Changes]:
        """The changes with every choice of the tags that can be set on the principal, and those that others got."""
        told = tuple((gain, mask) for (gain, _), mask in facts.items() if read_gain(gain) is not None)
        if self.ground.tags.of_targets and told:
            made = [changed(one, others=told) for one in made]
        if self.ground.tags.of_callers and not layout.is_user and facts.get(TRUST, 0) >> layout.number & 1:
            made = [*made, *(changed(one, session_tags=True) for one in made)]
        own = settable(told, layout.number) if self.ground.tags.of_callers else {}
        if not own:
            return made
        choices = [[None, *((key, value) for value in dict.fromkeys(values))] for key, values in own.items()]
        found: list[Changes] = []
        for chosen in islice(product(*choices), MOST_VERSIONS + 1):
            if len(found) >= MOST_VERSIONS * len(made):
                self.too_many |= 1 << layout.number
                break
            found += [changed(one, tags=tuple(pair for pair in chosen if pair is not None)) for one in made]
        return found

    def _with_versions(self, one: Changes, layout: Layout, reset: int) -> Iterator[Changes]:
        """The changes with every choice of the versions that can be made the default ones, the fewest first."""
        policies = layout.all_policies
        for group in one.joined:
            policies |= self._of_group[group]
        numbers = self.ground.universes["policy"].number
        policies |= mask_of(numbers[arn] for arn in one.attached if arn in numbers)
        choices = [[(number, version) for version in self.ground.other_versions[number]]
                   for number in bits(policies & reset)]  # fmt: skip
        made = 0
        for size in range(len(choices) + 1):
            for some in combinations(choices, size):
                for chosen in product(*some):
                    if made == MOST_VERSIONS:
                        self.too_many |= 1 << layout.number
                        return
                    made += 1
                    yield changed(one, versions=chosen)

    @staticmethod
    def _with_bare(one: Changes) -> list[Changes]:
        if one.grown or not one.removable:
            return [one]
        return [one, changed(one, bare=True)]

    def _changes(self, facts: Facts, layout: Layout, joined: tuple[int, ...]) -> Changes:
        def has(key: Key, number: int) -> bool:
            return number >= 0 and bool(facts.get(key, 0) >> number & 1)

        here = layout.number
        if not self._anything(facts, layout, joined):
            return Changes(joined=joined) if joined else NONE
        grown = has(GROWN, here) or has(REPLACED, here)
        removable = set()
        for place, (policy, group) in enumerate(layout.places):
            rewritten = has(REWRITTEN, policy)
            inline, managed = (GROUP_NO_INLINE, GROUP_NO_MANAGED) if group >= 0 else (NO_INLINE, NO_MANAGED)
            replaced = GROUP_REPLACED if group >= 0 else REPLACED
            holder = group if group >= 0 else here
            away = (
                has(replaced, holder) or has(inline, holder)
                if policy == INLINE
                else policy != GONE and has(managed, holder)
            )
            if rewritten or away or has(LEFT, group):
                removable.add(place)
            grown = grown or rewritten
        for group in (*layout.groups, *joined):
            grown = grown or has(GROUP_GROWN, group) or has(GROUP_REPLACED, group) or self._rewritten(facts, group)
        unbound = has(UNBOUND, here) or has(REWRITTEN, layout.boundary)
        return Changes(grown, unbound, frozenset(removable), joined)

    @staticmethod
    def _anything(facts: Facts, layout: Layout, joined: tuple[int, ...]) -> bool:
        groups = (*layout.groups, *joined)
        return (
            any(facts.get(key, 0) >> layout.number & 1 for key in _ON_PRINCIPAL)
            or bool(facts.get(REWRITTEN, 0) & layout.all_policies)
            or (bool(groups) and any(key in facts for key in (*_ON_GROUP, REWRITTEN)))
        )

    def _rewritten(self, facts: Facts, group: int) -> bool:
        return bool(facts.get(REWRITTEN, 0) & self._of_group[group])

    def causes(self, facts: Facts, number: int, target: int = -1) -> list[Fact]:
        """The facts that may have changed something in the principal, or in the tags of the target of its step."""
        layout = self.layout(number)
        found = [(key, number) for key in _ON_PRINCIPAL if facts.get(key, 0) >> number & 1]
        groups = set(layout.groups) | (set(bits(facts.get(OPEN, 0))) if layout.is_user else set())
        found += [(key, group) for key in _ON_GROUP for group in sorted(groups) if facts.get(key, 0) >> group & 1]
        policies = {policy for policy, _ in layout.places if policy >= 0} | {layout.boundary} - {-1}
        numbers = self.ground.universes["policy"].number
        for (gain, universe), mask in facts.items():
            if " " in gain or (gain, universe) == TRUST:
                holders = {number, target} - {-1} if read_gain(gain) else groups if universe == "group" else {number}
                here = [one for one in sorted(holders) if mask >> one & 1]
                found += [((gain, universe), one) for one in here]
                arn = gain.removeprefix(ATTACHED)
                policies |= {numbers[arn]} if here and arn in numbers else set()
        for group in groups:
            policies |= {numbers[arn] for arn in self.ground.groups[group].attached if arn in numbers}
        rewritten = facts.get(REWRITTEN, 0)
        found += [(RESET, policy) for policy in sorted(policies) if facts.get(RESET, 0) >> policy & 1]
        return found + [(REWRITTEN, policy) for policy in sorted(policies) if rewritten >> policy & 1]


def facts_of(found: Iterable[Fact]) -> dict[Key, int]:
    """Single facts, put together."""
    made: dict[Key, int] = {}
    for key, number in found:
        made[key] = made.get(key, 0) | 1 << number
    return made
