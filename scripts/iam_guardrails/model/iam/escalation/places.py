"""Resources that a caller chooses: a new function, a new user, some stack. Which name and place would policies allow?

One is tried under a name of our own, and one after each Resource pattern of a statement that allows the action, so
that a grant for `function:team-*` is not missed. Which of them AWS would allow, `decide` says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from iam_guardrails.model.iam.answers import Answer, both
from iam_guardrails.model.iam.escalation.context import of_caller, personal
from iam_guardrails.model.iam.escalation.ground import Ground
from iam_guardrails.model.iam.escalation.guise import Guise
from iam_guardrails.model.iam.escalation.methods import ABSENT, ANY, SOME, Need
from iam_guardrails.model.iam.escalation.permits import Cut, Permits, answer_of, best
from iam_guardrails.model.iam.match import glob_match
from iam_guardrails.model.iam.pattern import ONE, RUN, split
from iam_guardrails.model.iam.request import Request, Situation, Value, situation_of
from iam_guardrails.model.iam.variables import fill

NAME, REGION = "escalation", "us-east-1"
MOST = 40  # patterns that are tried for one action


class Places:
    """Asks for a resource at which several permissions hold at once."""

    def __init__(self, ground: Ground, permits: Permits) -> None:
        self.ground = ground
        self.permits = permits
        self._found: dict[object, tuple[Answer, str]] = {}

    def carried(self, need: Need) -> list[Mapping[str, Value]]:
        """What the caller may carry with the request: one mapping for each choice that it has."""
        found: list[dict[str, Value]] = [{}]
        for key, value in need.carries:
            values: list[Value] = [None] if value == ABSENT else [(arn,) for arn in self.ground.wide]
            found = [{**chosen, key.lower(): item} for chosen in found for item in values]
        return list(found)

    def somewhere(self, guise: Guise, needs: list[Need]) -> tuple[Answer, str]:
        """The best answer that one resource gets for all the needs, which name the same place; and the resource."""
        cuts = [(need, self.permits.cut(guise, need.action)) for need in needs]
        own = any(need.trust or personal(cut.mentioned) for need, cut in cuts)
        kept = (tuple(needs), tuple(cut.key for _, cut in cuts), guise.number if own else -1)
        if kept not in self._found:
            self._found[kept] = self._search(guise, cuts)
        return self._found[kept]

    def _search(self, guise: Guise, cuts: list[tuple[Need, Cut]]) -> tuple[Answer, str]:
        found: tuple[Answer, str] = (False, "")
        for resource in islice(self._tried(guise, cuts), MOST):
            answer = both(self._answer(guise, need, cut, resource) for need, cut in cuts)
            if answer is True:
                return True, resource
            if found[0] is False and answer is not False:
                found = (answer, resource)
        return found

    def _answer(self, guise: Guise, need: Need, cut: Cut, resource: str) -> Answer:
        choices = self.carried(need)
        if not any(key in cut.mentioned for chosen in choices for key in chosen):
            choices = choices[:1]
        return best(
            answer_of(self.permits.decision(guise, cut, need.action, resource, chosen, written=bool(need.trust)))
            for chosen in choices
        )

    def _tried(self, guise: Guise, cuts: list[tuple[Need, Cut]]) -> Iterator[str]:
        place = cuts[0][0].on
        there = self.ground.everybody.number  # a user or role that is there cannot be created
        seen = set[str]()
        for resource in self._all(guise, cuts, place):
            if resource not in seen and resource not in there:
                seen.add(resource)
                yield resource

    def _all(self, guise: Guise, cuts: list[tuple[Need, Cut]], place: str) -> Iterator[str]:
        estate = self.ground.estate
        service = cuts[0][0].action.partition(":")[0]
        if place in (ANY, SOME):
            yield "*"
            shape = f"arn:{estate.partition}:{service}:*"
        else:
            names = {"partition": estate.partition, "account": estate.account_id}
            yield place.format(**names, region=REGION, new=NAME)
            shape = place.format(**names, region="*", new="*")
        if place == ANY:
            return
        for _, cut in cuts:
            context = of_caller(self.ground, guise.number, cut.mentioned)
            situation = situation_of(Request(guise.principal.arn, "sts:AssumeRole", "*", context))
            for document in cut.identity:
                for item in document.statements:
                    for pattern in item.resources if item.effect == "Allow" else ():
                        made = self._after(pattern, situation, document.version)
                        if made and glob_match(shape, made):
                            yield made

    def _after(self, pattern: str, situation: Situation, version: str) -> str:
        """An ARN that the pattern covers; "" where it is no pattern of a whole ARN."""
        tokens = fill(pattern, situation, version, wildcards=True).tokens
        if tokens is None or pattern == "*":
            return ""
        instead = {1: self.ground.estate.partition, 3: REGION, 4: self.ground.estate.account_id}
        made = []
        for number, segment in enumerate(split(tokens)):
            alone = segment == [RUN]
            run = instead.get(number, NAME) if alone else NAME if number == 5 else ""
            made.append("".join(run if token == RUN else "x" if token == ONE else token for token in segment))
        return ":".join(made) if len(made) == 6 else ""
