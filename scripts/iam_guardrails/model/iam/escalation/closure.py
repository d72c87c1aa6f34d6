"""Everything that can be gained from a principal, whatever the number of rounds: who need not be searched at all.

Most principals of an account reach no end, and a search that finds nothing goes through all that they can reach, each
one for itself. Here those who can do the same at first are one class, and what a class reaches is put together from
what those reach whom it can act as. Facts only grow, so an end that is not among them cannot be reached.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from iam_guardrails.model.iam.escalation.costs import Spent
from iam_guardrails.model.iam.escalation.facts import ACT, DONE, TRUST, Key
from iam_guardrails.model.iam.escalation.guise import NONE, Changes
from iam_guardrails.model.iam.escalation.search import Search, counts
from iam_guardrails.model.iam.escalation.steps import Step
from iam_guardrails.model.iam.escalation.universe import bits, lowest
from iam_guardrails.model.value import frozen

Gains = tuple[tuple[Key, int], ...]  # sorted by key


@frozen
class Whole:
    """All that is reached besides the principal itself. plain: whether nobody had to be changed for it.

    done: whether an administrator may be among it.
    """

    facts: Mapping[Key, int]
    plain: bool
    done: bool = False


_NOTHING = Whole({ACT: 0}, True)


class Closure:
    """The whole of each principal at one level. ends: the bits of the break-glass roles.  masks: those that the other
    levels reach, each once."""

    def __init__(self, search: Search, level: int, ends: int, masks: dict[int, int] | None = None) -> None:
        self.search, self.level, self.ends = search, level, ends
        self.stepping = search.stepping
        self._found: dict[int, Whole | None] = {}
        self._class: dict[int, int] = {}
        self._masks = {} if masks is None else masks
        numbers: dict[Gains, int] = {}
        for number in bits(search.lively):
            gains = self._gains(number)
            if gains:
                self._class[number] = numbers.setdefault(gains, len(numbers))
        self._static = _closed(tuple(numbers), self._class, self._masks)
        self.administrators = self._administrators()

    def whole(self, number: int) -> Whole | None:
        """What a principal reaches; None where that hangs on itself, and only a search tells."""
        its = self._class.get(number)
        if its is None:
            return _NOTHING
        if its not in self._found:
            try:
                self._found[its] = self._grown(self._static[its])
            except Spent:
                self._found[its] = None
        found = self._found[its]
        return found if found is not None and self._adds_nothing(number, found) else None

    def _gains(self, number: int) -> Gains:
        made: dict[Key, int] = {}
        for step in self._steps(number):
            key = self.search.key(step.method)
            made[key] = made.get(key, 0) | step.mask
        same = self._masks.setdefault
        return tuple(sorted((key, same(mask, mask)) for key, mask in made.items() if mask))

    def _steps(self, number: int) -> list[Step]:
        steps = self.stepping.steps(self.stepping.guise(number))
        return [step for step in steps if counts(step.answer, self.level)]

    def _administrators(self) -> int:
        level, found = self.level, 0
        for number in range(len(self.search.ground.principals)):
            answer = self.stepping.administrator(self.stepping.guise(number))
            found |= counts(answer, level) << number
        return found

    def _grown(self, facts: Mapping[Key, int]) -> Whole:
        """The whole out of what is reached without changing anybody."""
        done = self._is_done(facts)
        touched = self.search.effects.touched(facts)
        if not touched & facts[ACT] and not facts.get(TRUST):
            return Whole(facts, True, done)
        for reached in self.search.rounds_from(dict(facts), self.level):
            facts = reached.facts
            done = done or self._is_done(facts) or any(self._changed_is(*one) for one in reached.acted)
            if done and not self.ends & ~facts[ACT]:
                break
        return Whole(dict(facts), False, done)

    def _is_done(self, facts: Mapping[Key, int]) -> bool:
        return bool(facts.get(DONE) or facts[ACT] & self.administrators)

    def _changed_is(self, number: int, changes: Changes) -> bool:
        answer = self.stepping.administrator(self.stepping.guise(number, changes))
        return changes is not NONE and counts(answer, self.level)

    def _adds_nothing(self, number: int, found: Whole) -> bool:
        """Whether the principal can do no more once all of this is gained than it could at first."""
        facts = found.facts
        trusts = facts.get(TRUST, 0)
        if self.search.effects.touched(facts) >> number & 1 or trusts & ~facts[ACT] & ~(1 << number):
            return False
        return not trusts or all(not step.loose & trusts & ~facts.get(self.search.key(step.method), 0)
                                 for step in self._steps(number))  # fmt: skip


class _Part:
    """Classes on the way of the search that reach each other. members, out: bits of principals."""

    __slots__ = ("classes", "members", "out")

    def __init__(self, its: int, members: int, out: int) -> None:
        self.classes, self.members, self.out = [its], members, out

    def join(self, other: _Part) -> None:
        self.classes += other.classes
        self.members |= other.members
        self.out |= other.out


def _closed(
    classes: Sequence[Gains], class_of: Mapping[int, int], distinct: dict[int, int]
) -> list[Mapping[Key, int]]:  # fmt: skip
    """For each class all that it gains, and that those gain whom it can act as, and so on.

    class_of: the class of each principal that gains anything.  distinct: masks that are there already: most of what is
    reached is the same for many, and a mask of all roles is long. Gabow's algorithm: parts of the way that reach each
    other are joined, and a part is closed after all that it reaches. Whom it may go to next is asked of all at once.
    """
    members = [0] * len(classes)
    for number, its in class_of.items():
        members[its] |= 1 << number
    made: list[Mapping[Key, int]] = [{}] * len(classes)
    fresh = sum(members)  # they have no bit in common
    on_way = closed = 0
    way: list[_Part] = []
    while fresh or way:
        ahead = fresh & way[-1].out if way else fresh
        if ahead:
            its = class_of[lowest(ahead)]
            fresh &= ~members[its]
            way.append(_Part(its, members[its], next((mask for key, mask in classes[its] if key == ACT), 0)))
            on_way |= members[its]
            while way[-1].out & on_way & ~way[-1].members:
                last = way.pop()
                way[-1].join(last)
            continue
        part = way.pop()
        on_way &= ~part.members
        facts = _facts(part, classes, class_of, made, part.out & closed)
        facts = {key: distinct.setdefault(mask, mask) for key, mask in facts.items()}
        closed |= part.members
        for its in part.classes:
            made[its] = facts
    return made


def _facts(
    part: _Part, classes: Sequence[Gains], class_of: Mapping[int, int], made: Sequence[Mapping[Key, int]], left: int
) -> dict[Key, int]:  # fmt: skip
    """What a part gains, and whomever it reaches. left: those ahead of it that gain something."""
    facts: dict[Key, int] = {ACT: 0}
    for its in part.classes:
        for key, mask in classes[its]:
            facts[key] = facts.get(key, 0) | mask
    while left:
        number = lowest(left)
        there = made[class_of[number]]
        for key, mask in there.items():
            facts[key] = facts.get(key, 0) | mask
        left &= ~(there[ACT] | 1 << number)
    return facts
