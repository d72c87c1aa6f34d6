"""Attaching one of the policies that allow less than everything, where conditions leave not every policy to choose."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from iam_guardrails.model.iam.answers import Answer
from iam_guardrails.model.iam.conditions import condition_holds
from iam_guardrails.model.iam.document import Condition
from iam_guardrails.model.iam.escalation.context import POLICY
from iam_guardrails.model.iam.escalation.guise import Guise
from iam_guardrails.model.iam.escalation.labels import attaching
from iam_guardrails.model.iam.escalation.methods import Method
from iam_guardrails.model.iam.escalation.permits import Permits
from iam_guardrails.model.iam.request import Request, Situation, situation_of


class Attaching:
    """Makes, of a method that attaches an administrator's policy, those that attach one of the others."""

    def __init__(self, permits: Permits) -> None:
        self.permits = permits
        self.ground = permits.ground
        self._made: dict[tuple[str, str], Method] = {}
        self._held: dict[object, tuple[Answer, ...]] = {}
        self._attached: list[Situation] = []  # a request to attach each of the policies

    def of(self, guise: Guise, method: Method, among: int) -> Iterator[tuple[Method, Answer, int]]:
        """The methods, each with an answer and the targets (bits, among these) that it is the answer for."""
        need = method.needs[0]
        if POLICY not in self.permits.cut(guise, need.action).mentioned:
            return
        universe = self.ground.universes[method.target]
        for arns in self._alike(guise, need.action) if among else ():
            classes = self.permits.on_targets(guise, need.action, universe, among, [{POLICY: (arns[0],)}])
            for arn in arns if classes else ():
                made = self._made.get((method.id, arn))
                if made is None:
                    made = self._made[(method.id, arn)] = attaching(method, arn)
                for answer, mask in classes:
                    yield made, answer, mask

    def _alike(self, guise: Guise, action: str) -> list[list[str]]:
        """The policies that could be attached, those together that no condition on the policy's ARN tells apart."""
        told = {(one.operator, one.values) for item, _ in self.permits.cut(guise, action).statements
                for one in item.conditions if one.key.lower() == POLICY}  # fmt: skip
        if any("${" in text for _, values in told for text in values):
            return [[arn] for arn in self.ground.attachable]
        groups: dict[object, list[str]] = {}
        held = [self._holds(operator, values) for operator, values in told]
        for at, arn in enumerate(self.ground.attachable):
            groups.setdefault(tuple(answers[at] for answers in held), []).append(arn)
        return list(groups.values())

    def _holds(self, operator: str, values: tuple[str, ...]) -> tuple[Answer, ...]:
        """Whether a condition on the ARN of the policy holds, for each that could be attached."""
        kept = (operator, values)
        if kept not in self._held:
            asked = Condition(operator, POLICY, values)
            self._held[kept] = tuple([condition_holds(asked, one, "") for one in self._attaches()])
        return self._held[kept]

    def _attaches(self) -> Iterable[Situation]:
        """A request to attach each of the policies."""
        if not self._attached:
            requests = (Request("anonymous", "iam:AttachUserPolicy", "*", {POLICY: (arn,)})
                        for arn in self.ground.attachable)  # fmt: skip
            self._attached = [situation_of(one) for one in requests]
        return self._attached
