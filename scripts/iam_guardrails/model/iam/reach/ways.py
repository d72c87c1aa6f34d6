"""How each caller of an account reaches the goals: itself, through roles, or through a policy that it may write."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from iam_guardrails.model.iam.principals import Estate
from iam_guardrails.model.iam.reach.account import Account
from iam_guardrails.model.iam.reach.chain import Chain, assuming
from iam_guardrails.model.iam.reach.closure import Closures
from iam_guardrails.model.iam.reach.each import Each, at_once
from iam_guardrails.model.iam.reach.identity import Identities
from iam_guardrails.model.iam.reach.powers import Powers
from iam_guardrails.model.iam.reach.question import Question
from iam_guardrails.model.iam.reach.roles import ASSUME, BESIDES, Roles
from iam_guardrails.model.iam.reach.shared_chains import SharedChains
from iam_guardrails.model.iam.reach.single_steps import Steps
from iam_guardrails.model.iam.reach.targets import OPEN, Targets
from iam_guardrails.model.iam.reach.why import Reasons
from iam_guardrails.model.iam.reach.writers import NO_VERSION, WRITING, Writers
from iam_guardrails.model.value import frozen

DIRECT, ROLES, WRITTEN = "direct", "role", "policy"
YES, CONDITIONAL, NO, NOT_JUDGED = "yes", "conditional", "no", "not judged"
ANSWERS = (YES, CONDITIONAL, NOT_JUDGED)  # by the level of Three that reaches the goal first


@frozen
class Spread:
    """What callers reach through roles, at one level. leads: whether to one that may write."""

    reach: Sequence[int]
    leads: Sequence[bool]


class Ways:
    """The answers for all callers. indirect: whether chains are looked at.  each: who does what is long."""

    def __init__(self, estate: Estate, question: Question, indirect: bool = True, each: Each = at_once) -> None:
        self.each = each
        self.account = Account(estate, question, (ASSUME, *BESIDES, *WRITING, NO_VERSION) if indirect else (), each)
        self.reasons = Reasons(self.account)
        self.indirect = indirect
        if indirect:  # all policies on resources must be there before callers are sorted into kinds
            self.roles = Roles(self.account)
            self._writers = Writers(self.account, self.roles.weigher.leg)
            self.account.besides = (self.roles.assumed_by, self._writers.of)
        self._answers: dict[object, Sequence[tuple[str, str, int]]] = {}
        self._of_kind: dict[int, Sequence[tuple[str, str, int]]] = {}

    def work_out(self) -> None:
        """Work out all that `each` is for."""
        _ = self.through_policies if self.indirect else self.account.kinds

    def needs_room(self, policy: str) -> bool:
        """Whether a version of the managed policy must be deleted before another can be made."""
        return self._writers.needs_room(policy)

    @cached_property
    def _powers(self) -> Powers:
        return Powers(self.account, self.roles, self._writers)

    @cached_property
    def _identities(self) -> Identities:
        return Identities(self.account, self._writers)

    @cached_property
    def _steps(self) -> tuple[Steps, ...]:
        return tuple(Steps(self._powers, level) for level in range(len(ANSWERS)))

    @cached_property
    def through_roles(self) -> tuple[Spread, ...]:
        """What callers reach through roles, at each level."""
        of, count = self.account.kinds.of, len(self.account.kinds.firsts)
        goals, leads = [[[0] * count for _ in ANSWERS], [[False] * count for _ in ANSWERS]]
        for places, found in self.each(self._assuming, 2 * count):
            for level, (reached, leading) in found:
                kinds = [place // 2 for place in places if (place % 2 == 0) == (level == OPEN)]
                for kind, goal, leads_on in zip(kinds, reached, leading, strict=True):
                    goals[level][kind], leads[level][kind] = goal, leads_on
        return tuple(Spread([goals[level][kind] for kind in of], [leads[level][kind] for kind in of])
                     for level in range(len(ANSWERS)))  # fmt: skip

    def _assuming(self, places: Sequence[int]) -> list[tuple[int, tuple[list[int], list[bool]]]]:
        """What some kinds of callers reach through roles, by level. places: the even ones are asked for the last level,
        the odd ones for the others.
        """
        found = []
        for level in range(len(ANSWERS)):
            kinds = [place // 2 for place in places if (place % 2 == 0) == (level == OPEN)]
            if kinds:
                found.append((level, self._steps[level].reach(kinds)))
        return found

    @cached_property
    def _closures(self) -> tuple[Closures, ...]:
        targets = Targets(self.account, self._powers)
        return tuple(Closures(self._powers, self._identities, targets, steps) for steps in self._steps)

    @cached_property
    def through_policies(self) -> tuple[Sequence[int], ...]:
        """What callers reach through roles and policies that they may write, at each level."""
        found = tuple([list(item.reach) for item in self.through_roles])
        leading = [number for number, leads in enumerate(self.through_roles[OPEN].leads) if leads]
        most = found[OPEN]
        for places, reached in self.each(lambda places: self._open(leading, places), len(leading)):
            for place, goals in zip(places, reached, strict=True):
                most[leading[place]] = goals
        for places, reached in self.each(lambda places: self._closed(leading, places, most), OPEN * len(leading)):
            for place, goals in zip(places, reached, strict=True):
                found[place % OPEN][leading[place // OPEN]] = goals
        return found

    def _open(self, leading: Sequence[int], places: Sequence[int]) -> list[int]:
        """The goals of some callers at the last level, which goes beyond what is known."""
        return [self._closures[OPEN].reached(leading[place])[0] for place in places]

    def _closed(self, leading: Sequence[int], places: Sequence[int], most: Sequence[int]) -> list[int]:
        """The goals of some callers at the other levels, one after another: what is worked out once for many callers,
        is so for one level. most: what each caller reaches at the last one.
        """
        asked = [(leading[place // OPEN], place % OPEN) for place in places]
        return [self._certain(number, level, most[number]) for number, level in asked]

    def _certain(self, number: int, level: int, most: int) -> int:
        """A caller's goals at a level. most: those that it reaches at the last one."""
        spread = self.through_roles[level]
        if not spread.leads[number] or most == spread.reach[number]:
            return spread.reach[number]
        return self._closures[level].reached(number)[0]

    def masks(self, number: int) -> Iterator[tuple[str, str, int]]:
        """The goals of one caller by answer and way; together with `NO`, every goal stands in one of them."""
        direct = self.account.by_kind[self.account.kinds.of[number]]
        seen = 0
        for level, answer in enumerate(ANSWERS):
            yield answer, DIRECT, direct[level] & ~seen
            seen |= direct[level]
            if self.indirect:
                for way, goals in ((ROLES, self.through_roles[level].reach[number]),
                                   (WRITTEN, self.through_policies[level][number])):  # fmt: skip
                    yield answer, way, goals & ~seen
                    seen |= goals
        yield NO, "", self.account.every & ~seen

    def answers(self, number: int) -> Sequence[tuple[str, str, int]]:
        """Those of them that are about a goal; worked out once for all callers who have the same."""
        if self.indirect and self._leads[number]:
            return self._answers_of(number)  # callers of a kind write to policies of their own
        kind = self._kind_of[number]
        found = self._of_kind.get(kind)
        if found is None:
            found = self._of_kind[kind] = self._answers_of(number)
        return found

    @cached_property
    def _kind_of(self) -> Sequence[int]:
        return self.account.kinds.of

    @cached_property
    def _leads(self) -> Sequence[bool]:
        return self.through_roles[OPEN].leads

    def _answers_of(self, number: int) -> Sequence[tuple[str, str, int]]:
        key: object = self.account.by_kind[self.account.kinds.of[number]]
        if self.indirect:
            one, two, three = self.through_roles
            written = [listed[number] for listed in self.through_policies]
            key = key, one.reach[number], two.reach[number], three.reach[number], *written
        found = self._answers.get(key)
        if found is None:
            found = self._answers[key] = tuple(item for item in self.masks(number) if item[2])
        return found

    def number_of(self, arn: str) -> int:
        """The number of a user or a role."""
        return self._numbers[arn]

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {arn: number for number, arn in enumerate(self.account.principals.arns)}

    def chain(self, number: int, goal: int, answer: str, way: str) -> Chain:
        """How a caller reaches one goal (a bit), for an answer and a way that `masks` gave."""
        return next(chain for _, chain in self.chains(number, 1 << goal, answer, way))

    def chains(self, number: int, goals: int, answer: str, way: str) -> Iterator[tuple[int, Chain]]:
        """How a caller reaches some goals of such an answer, in parts (masks) that have a chain in common."""
        if way == DIRECT or not way:
            yield goals, Chain((), number)
            return
        level = ANSWERS.index(answer)
        if way == WRITTEN:
            yield from self._shared[level].chains(number, goals)
            return
        for part, path in self._steps[level].paths(self._powers.assumes(self.account.kinds.of[number])[level]):
            if part & goals:
                hops = assuming(self.roles, number, path)
                yield part & goals, Chain(hops, self.roles.caller_of[path[-1]])

    @cached_property
    def _shared(self) -> tuple[SharedChains, ...]:
        return tuple(SharedChains(closures) for closures in self._closures)
