"""From one principal to the ends, round by round, until nothing new is gained: the first chain takes the fewest rounds.

In each round everybody who can be acted as tries what its policies, as changed by the rounds before, allow.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from iam_guardrails.model.iam.answers import Answer
from iam_guardrails.model.iam.escalation.cuts import OUTSIDE, UNREAD
from iam_guardrails.model.iam.escalation.facts import ACT, DONE, TRUST, Effects, Fact, Key
from iam_guardrails.model.iam.escalation.ground import ASSUME, Ground
from iam_guardrails.model.iam.escalation.guise import NONE, Changes, Guise
from iam_guardrails.model.iam.escalation.methods import Method
from iam_guardrails.model.iam.escalation.steps import Step, Stepping
from iam_guardrails.model.iam.escalation.universe import bits

CERTAIN, CONDITIONAL, DOUBTED, POSSIBLE = 0, 1, 2, 3
# which steps count: certain ones; conditional ones too; besides, those by unread policies, or those that hang on what
# lies outside the account
ENTER = "sts-assume-role"
Moves = list[tuple[Key, int, int, bool, Step]]  # of each step: key, targets, loose ones, whether it enters a role


class Gain(NamedTuple):
    """One step that was taken: what it gained, by whom as changed by what, in which round.

    written: whether it entered a role by a trust policy that it wrote.
    """

    key: Key
    mask: int
    number: int
    changes: Changes
    step: Step
    round: int
    written: bool = False


class Reached:
    """The facts after some rounds, how each was gained first, and the principals as they acted."""

    def __init__(self, start: int) -> None:
        self.facts: dict[Key, int] = {ACT: 1 << start}
        self.gains: list[Gain] = []
        self.acted: list[tuple[int, Changes]] = []

    def gain_of(self, fact: Fact) -> Gain | None:
        """How the fact was gained; None for the start."""
        key, number = fact
        return next((item for item in self.gains if item.key == key and item.mask >> number & 1), None)

    def before(self, round_: int) -> dict[Key, int]:
        """The facts before a round."""
        made = {ACT: self.facts[ACT]}
        for item in self.gains:
            made[ACT] &= ~item.mask if item.key == ACT and item.round >= round_ else -1
            if item.round < round_:
                made[item.key] = made.get(item.key, 0) | item.mask
        return made


def counts(answer: Answer, level: int) -> bool:
    """Whether a step with this answer may be part of a chain."""
    if isinstance(answer, bool):
        return answer
    if level == CERTAIN:
        return False
    return not any((key.startswith(UNREAD) and level != DOUBTED) or (key.startswith(OUTSIDE) and level != POSSIBLE)
                   for key in answer)  # fmt: skip


class Search:
    """spared: by start, the roles that it may enter by their trust policies without being accused.

    few: whether few are asked for, so that nobody is looked at before somebody reaches it.
    """

    def __init__(self, ground: Ground, stepping: Stepping, spared: dict[int, int], few: bool = False) -> None:
        self.ground = ground
        self.stepping = stepping
        self.effects = Effects(ground)
        self.spared = spared
        self.enter = next((item for item in ground.methods if item.id == ENTER), None)
        self._keys: dict[int, Key] = {}
        self._moving: dict[tuple[Guise, int], Moves] = {}
        self._plain: dict[int, dict[int, Moves]] = {}  # by level and number: of those whom nothing has changed
        self._lists: dict[tuple[int, ...], Moves] = {}
        self.few = few
        self.lively = (1 << len(ground.principals)) - 1 if few else 0
        for number in () if few else range(len(ground.principals)):
            if stepping.steps(stepping.guise(number)):
                self.lively |= 1 << number

    def rounds(self, start: int, level: int) -> Iterator[Reached]:
        """What is reached after each round, from the start alone on."""
        return self._rounds(Reached(start), start, level, {})

    def rounds_from(self, facts: dict[Key, int], level: int) -> Iterator[Reached]:
        """The same from facts to which nobody can add who acts as it stands: what those add whom they change."""
        reached = Reached(0)
        reached.facts = dict(facts)
        return self._rounds(reached, -1, level, {ACT: facts[ACT]})

    def _rounds(self, reached: Reached, start: int, level: int, before: dict[Key, int]) -> Iterator[Reached]:
        tried: dict[int, list[Changes]] = {}
        round_ = 0
        while True:
            movers = self._movers(reached, before, tried)
            self.stepping.costs.spend_moves(len(movers) if start >= 0 else 0)
            reached.acted = movers
            yield reached
            before = dict(reached.facts)
            round_ += 1
            if not self._take(reached, self._gains(start, movers, before, level, round_)):
                return

    @staticmethod
    def _take(reached: Reached, gains: list[Gain]) -> bool:
        for gain in gains:
            reached.facts[gain.key] = reached.facts.get(gain.key, 0) | gain.mask
        reached.gains += gains
        return bool(gains)

    def _movers(
        self, reached: Reached, before: dict[Key, int], tried: dict[int, list[Changes]]
    ) -> list[tuple[int, Changes]]:
        """Who can act, and has something that was not tried yet."""
        facts = reached.facts
        acting = facts[ACT]
        touched = self.effects.touched(facts)
        trusts = facts.get(TRUST, 0)
        again = trusts != before.get(TRUST, 0)  # a role that trusts whoever is written into its policy: all try
        fresh = acting & ~before.get(ACT, 0)
        altered = any(mask != before.get(key, 0) for key, mask in facts.items() if key not in (ACT, TRUST))
        look = acting & touched if altered else fresh & touched
        look |= acting if again else fresh if trusts & ~acting else fresh & self.lively
        found = []
        altered_by = self.effects.changes_by(facts) if look & touched else None
        for number in bits(look):
            all_changes: Sequence[Changes] = (NONE,)
            if altered_by is not None and touched >> number & 1:
                self.stepping.costs.spend(1)
                all_changes = altered_by(number)
            done = tried.setdefault(number, [])
            for changes in all_changes:
                if again or changes not in done:
                    found.append((number, changes))
                    done.append(changes)
        return found

    def _gains(
        self, start: int, movers: list[tuple[int, Changes]], facts: dict[Key, int], level: int, round_: int
    ) -> list[Gain]:
        """What the movers gain, each in turn; one who can do just what another did gains nothing more."""
        found: list[Gain] = []
        known = dict(facts)
        trusts = facts.get(TRUST, 0)
        wanted = trusts & ~facts[ACT]
        seen: set[int] = set()
        for number, changes in movers:
            moves = self._counting(number, changes, level)
            if id(moves) not in seen:
                spared = self.spared.get(start, 0) if number == start else 0
                if not spared:
                    seen.add(id(moves))
                for key, sure, loose, enters, step in moves:
                    mask = sure | (loose & trusts) if loose else sure
                    mask &= ~(known.get(key, 0) | (spared if spared and enters else 0))
                    if mask:
                        known[key] = known.get(key, 0) | mask
                        found.append(Gain(key, mask, number, changes, step, round_))
            for step in self.written(number, changes, wanted) if wanted else ():
                mask = step.mask & ~known[ACT] if counts(step.answer, level) else 0
                if mask:
                    known[ACT] |= mask
                    found.append(Gain(ACT, mask, number, changes, step, round_, True))
        return found

    def _counting(self, number: int, changes: Changes, level: int) -> Moves:
        """The steps of a guise that count at a level: what each gains, and whether it enters a role. Those who can do
        the same have one list.
        """
        if changes is NONE:  # nearly all
            plain = self._plain.setdefault(level, {})
            found = plain.get(number)
            if found is None:
                found = plain[number] = self._list(self.stepping.guise(number), level)
            return found
        guise = self.stepping.guise(number, changes)
        found = self._moving.get((guise, level))
        if found is None:
            found = self._moving[guise, level] = self._list(guise, level)
        return found

    def _list(self, guise: Guise, level: int) -> Moves:
        made = [(self.key(step.method), step.mask, step.loose, step.method.id == ENTER, step)
                for step in self.stepping.steps(guise) if counts(step.answer, level)]  # fmt: skip
        same = tuple([id(step) for *_, step in made])  # steps live as long as the stepping
        return self._lists.setdefault(same, made)

    def written(self, number: int, changes: Changes, mask: int) -> list[Step]:
        """The steps into roles whose trust policies the guise can have written."""
        if self.enter is None:
            return []
        guise = self.stepping.guise(number, changes)
        return [Step(self.enter, answer, some) for answer, some in self.stepping.written(guise, mask)]

    def key(self, method: Method) -> Key:
        """The key of the facts that a method gains."""
        found = self._keys.get(id(method))  # the methods of steps live as long as the stepping
        if found is None:
            found = self._keys[id(method)] = (method.gain, self.universe(method))
        return found

    def universe(self, method: Method) -> str:
        """What the bits of a method's gain number."""
        if method.target in self.ground.universes:
            return self.ground.universes[method.target].name
        return "account" if method.target == "account" else "principal"


__all__ = [
    "ACT",
    "ASSUME",
    "CERTAIN",
    "CONDITIONAL",
    "DONE",
    "DOUBTED",
    "POSSIBLE",
    "Gain",
    "Reached",
    "Search",
    "counts",
]
