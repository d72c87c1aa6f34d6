"""One chain put in order, each step with the permissions that it needs and the statements that give them."""

from __future__ import annotations

from collections.abc import Callable

from iam_guardrails.model.iam.answers import Answer
from iam_guardrails.model.iam.escalation.cuts import OUTSIDE
from iam_guardrails.model.iam.escalation.evidence import Evidence, Permission
from iam_guardrails.model.iam.escalation.facts import ACT, TRUST, Fact, facts_of
from iam_guardrails.model.iam.escalation.guise import Guise
from iam_guardrails.model.iam.escalation.methods import TARGET
from iam_guardrails.model.iam.escalation.search import Gain, Reached, Search, counts
from iam_guardrails.model.iam.escalation.steps import FACT, Step
from iam_guardrails.model.value import frozen


@frozen
class ChainStep:
    """actor, target: ARNs ("" for the target where the account itself is gained).  facts: what must be so besides."""

    actor: str
    method: str
    name: str
    target: str
    gain: str
    permissions: tuple[Permission, ...]
    depends_on: tuple[str, ...] = ()
    facts: str = ""
    written: bool = False


@frozen
class Chain:
    """Steps in the order in which they are taken. end: "administrator", or the ARN of a break-glass role.

    last, at_end: who is the administrator then (an ARN), and the condition keys on which it depends that they are.
    """

    end: str
    steps: tuple[ChainStep, ...]
    last: str = ""
    at_end: tuple[str, ...] = ()

    @property
    def depends_on(self) -> tuple[str, ...]:
        """The condition keys on which some step depends, or whether the end is one."""
        return tuple(sorted({key for step in self.steps for key in step.depends_on}.union(self.at_end)))

    @property
    def facts(self) -> tuple[str, ...]:
        """What must be so besides, which policies do not tell."""
        return tuple(dict.fromkeys(step.facts for step in self.steps if step.facts))


class Weaver:
    """Makes chains out of what a search has reached."""

    def __init__(self, search: Search) -> None:
        self.search = search
        self.ground = search.ground
        self.stepping = search.stepping
        self._evidence = Evidence(search.stepping)

    def to_fact(self, reached: Reached, fact: Fact, level: int, end: str) -> Chain:
        """The chain that gained one fact."""
        steps: dict[Fact, ChainStep] = {}
        self._explain(reached, fact, level, steps)
        return Chain(end, tuple(steps.values()))

    def to_guise(self, reached: Reached, number: int, level: int, end: str) -> Chain:
        """The chain after which the principal, as the chain has changed it, is an administrator."""
        facts = reached.facts

        def is_end(guise: Guise) -> bool:
            return counts(self.stepping.administrator(guise), level)

        supports = self._needed(number, self.search.effects.causes(facts, number), is_end)
        steps: dict[Fact, ChainStep] = {}
        for fact in [(ACT, number), *supports]:
            self._explain(reached, fact, level, steps)
        answers = [self.stepping.administrator(guise) for guise in self._guises(number, supports) if is_end(guise)]
        keys = () if not answers or True in answers else _keys(answers[0])
        return Chain(end, tuple(steps.values()), self.ground.principals[number].arn, keys)

    def _explain(self, reached: Reached, fact: Fact, level: int, steps: dict[Fact, ChainStep]) -> None:
        gain = reached.gain_of(fact)
        if gain is None or fact in steps:
            return
        bit = fact[1]
        before = reached.before(gain.round)
        target = bit if gain.key[1] == "principal" else -1
        causes = self.search.effects.causes(before, gain.number, target)
        found: dict[Guise, Step] = {}

        def works(guise: Guise) -> bool:
            step = self._same(guise, gain, bit, level)
            if step is not None:
                found[guise] = step
            return step is not None

        supports = self._needed(gain.number, causes, works)
        guise = next((one for one in self._guises(gain.number, supports) if works(one)), None)
        guise = guise or self.stepping.guise(gain.number, gain.changes)
        step = found.get(guise, gain.step)
        for support in [(ACT, gain.number), *supports]:
            self._explain(reached, support, level, steps)
        if gain.written or (gain.key == ACT and not step.mask >> bit & 1):
            self._explain(reached, (TRUST, bit), level, steps)
        steps[fact] = self._shown(guise, step, gain, bit)

    def _guises(self, number: int, supports: list[Fact]) -> list[Guise]:
        made = self.search.effects.changes(facts_of(supports), number)
        return [self.stepping.guise(number, changes) for changes in made]

    def _needed(self, number: int, causes: list[Fact], works: Callable[[Guise], bool]) -> list[Fact]:
        """As few of the causes as still work: of many, one alone is tried first, then larger parts are left out."""
        kept, labels = list(causes), [item for item in causes if " " in item[0][0]]
        for label in (None, *labels) if labels else ():
            fewer = [item for item in causes if item == label or " " not in item[0][0]]
            if any(works(guise) for guise in self._guises(number, fewer)):
                kept = fewer
                break
        size = len(kept)
        while size:
            at = 0
            while at < len(kept):
                fewer = kept[:at] + kept[at + size :]
                if any(works(guise) for guise in self._guises(number, fewer)):
                    kept = fewer
                else:
                    at += size
            size //= 2
        return kept

    def _same(self, guise: Guise, gain: Gain, bit: int, level: int) -> Step | None:
        """The step of the gain as the guise can take it."""
        if gain.written:
            made = self.search.written(guise.number, guise.key[1], 1 << bit)
            return next((step for step in made if counts(step.answer, level)), None)
        near = self.stepping.by_method(guise, gain.step.method)
        loose = not gain.step.mask >> bit & 1
        for step in near:
            if counts(step.answer, level) and (step.loose if loose else step.mask) >> bit & 1:
                return step
        return None

    def _shown(self, guise: Guise, step: Step, gain: Gain, bit: int) -> ChainStep:
        method = step.method
        universe = self.search.universe(method)
        target = (
            "" if universe == "account" else self.ground.universes.get(method.target, self.ground.everybody).arns[bit]
        )
        places = dict(step.places)
        region = places.get("region", "")
        permissions = []
        for number, need in enumerate(method.needs):
            named = need.on if "{" in need.on else f"{need.on} {number}"
            resource = target if need.on == TARGET else places.get(named, "")
            resource = places.get("provider", resource)
            permissions.append(self._evidence.permission(guise, method, need, resource, gain.written, region))
        keys = _keys(step.answer)
        return ChainStep(guise.principal.arn, method.id, method.name, target, method.gain, tuple(permissions), keys,
                         method.facts, gain.written)  # fmt: skip


def _keys(answer: Answer) -> tuple[str, ...]:
    """On which condition keys an answer depends; what must be so besides is told by the facts of a chain."""
    return () if isinstance(answer, bool) else tuple(
        sorted(key for key in answer if not key.startswith((FACT, OUTSIDE))))  # fmt: skip
