"""Resources that a caller chooses: a new function, a new user, some stack. Which name and place would policies allow?

One is tried under a name of our own, one after each Resource pattern of the statements about the action, and one for
each way in which those patterns tell resources of that shape apart, so that neither a grant for `function:team-*` nor a
Deny that spares some is missed. Which of them AWS would allow, `decide` says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from iam_guardrails.model.iam.answers import Answer, both
from iam_guardrails.model.iam.escalation.choices import REQUESTED, needs_more
from iam_guardrails.model.iam.escalation.context import of_caller, personal
from iam_guardrails.model.iam.escalation.cuts import UNREAD, Cut, answer_of, best
from iam_guardrails.model.iam.escalation.ground import Ground
from iam_guardrails.model.iam.escalation.guise import Guise
from iam_guardrails.model.iam.escalation.methods import ABSENT, ADMINISTRATOR, ANY, SOME, Need
from iam_guardrails.model.iam.escalation.newcomers import NAME
from iam_guardrails.model.iam.escalation.patterns import NEW, examples, fits_shape
from iam_guardrails.model.iam.escalation.permits import Permits
from iam_guardrails.model.iam.escalation.regions import Regions
from iam_guardrails.model.iam.match import glob_match
from iam_guardrails.model.iam.pattern import ONE, RUN, Tokens, split, wild
from iam_guardrails.model.iam.prove.automaton import OverBudget
from iam_guardrails.model.iam.request import Request, Situation, Value, situation_of
from iam_guardrails.model.iam.variables import fill, has_variables

MOST = 200  # resources that are tried for one place


class Places:
    """Asks for a resource at which several permissions hold at once."""

    def __init__(self, ground: Ground, permits: Permits) -> None:
        self.ground = ground
        self.permits = permits
        self._found: dict[object, tuple[Answer, str]] = {}
        self._found_answers: dict[object, Answer] = {}
        self._found_regions: dict[object, list[str]] = {}
        self._found_examples: dict[object, list[str]] = {}
        self._numbers: dict[int, tuple[int, Need]] = {}
        self._needs: dict[Need, int] = {}
        self._regions = Regions(ground.estate.partition)
        self.doubts = False  # whether some question had too many resources to try

    def carried(self, need: Need) -> list[Mapping[str, Value]]:
        """What the caller may carry with the request: one mapping for each choice that it has."""
        found: list[dict[str, Value]] = [dict(one) for one in need.sends]
        for key, value in need.carries:
            values: list[Value] = [None] if value == ABSENT else [(value,)]
            values = [(arn,) for arn in self.ground.wide] if value == ADMINISTRATOR else values
            found = [{**chosen, key.lower(): item} for chosen in found for item in values]
        return list(found)

    def regions(self, guise: Guise, needs: Sequence[Need], ceiling: bool = True) -> list[str]:
        """The Regions to try for what the needs name: one for each way in which the policies see Regions."""
        regional = [need for need in needs if _regional(need)]
        if not regional:
            return list(self._regions.all[:1])
        cuts = [(need, self.permits.cut(guise, need.action, ceiling)) for need in regional]
        kept = self._key(guise, cuts, "regions")
        found = self._found_regions.get(kept)
        if found is None:
            found = self._found_regions[kept] = self._apart(guise, cuts)
        return found

    def _apart(self, guise: Guise, cuts: list[tuple[Need, Cut]]) -> list[str]:
        patterns: list[Tokens] = []
        asked: list[str] = []
        for _, cut in cuts:
            patterns += self._patterns(guise, cut)
            asked += [value for item, _ in cut.statements for condition in item.conditions
                      if condition.key.lower() == REQUESTED for value in condition.values]  # fmt: skip
        services = dict.fromkeys(_service(need) for need, _ in cuts)
        return self._regions.apart(services, patterns, list(dict.fromkeys(asked)))

    def somewhere(
        self, guise: Guise, needs: Sequence[Need], region: str, ceiling: bool = True
    ) -> tuple[Answer, str]:  # fmt: skip
        """The best answer that one resource gets for all the needs, which name the same place; and the resource.

        ceiling: whether service control policies count.
        """
        cuts = [(need, self.permits.cut(guise, need.action, ceiling)) for need in needs]
        kept = self._key(guise, cuts, region)
        if kept not in self._found:
            self._found[kept] = self._search(guise, cuts, region)
        return self._found[kept]

    def _key(self, guise: Guise, cuts: Sequence[tuple[Need, Cut]], where: str) -> object:
        """What an answer hangs on."""
        numbers = tuple([self._number(need) for need, _ in cuts])
        return (numbers, tuple([cut.key for _, cut in cuts]), self._who(guise, cuts), where)

    @staticmethod
    def _who(guise: Guise, cuts: Sequence[tuple[Need, Cut]]) -> object:
        """Equal for guises who get the same answers, if their policies, cut to the actions, are equal."""
        own = any(need.trust or personal(cut.mentioned) for need, cut in cuts)
        tagged = bool(guise.changes.tags or guise.changes.session_tags)
        who: object = (guise.principal.kind, guise.forwards)  # a role's session tells no MFA
        if tagged or any(needs_more(cut.mentioned) for _, cut in cuts):
            who = guise.key
        elif own:
            who = (guise.number, guise.forwards)
        return who

    def _number(self, need: Need) -> int:
        """Equal for needs that are equal."""
        found = self._numbers.get(id(need))
        if found is None:
            found = self._numbers[id(need)] = self._needs.setdefault(need, len(self._needs)), need  # so that it stays
        return found[0]

    def _search(self, guise: Guise, cuts: list[tuple[Need, Cut]], region: str) -> tuple[Answer, str]:
        found: tuple[Answer, str] = (False, "")
        there = self.ground.everybody.number  # a user or role that is there cannot be created
        last = self.ground.there
        tried = set[str]()
        try:
            for resource in self._tried(guise, cuts, region):
                if resource in tried or there.get(resource, last) < last:
                    continue
                tried.add(resource)
                if len(tried) > MOST:
                    raise OverBudget(f"more than {MOST} resources that its policies tell apart")
                answer = both(self._answer(guise, need, cut, resource, region) for need, cut in cuts)
                if answer is True:
                    return True, resource
                if found[0] is False and answer is not False:
                    found = (answer, resource)
        except OverBudget as error:
            self.doubts = True
            return found if found[0] is not False else (frozenset({f"{UNREAD}{cuts[0][0].action}: {error}"}), "*")
        return found

    def _answer(self, guise: Guise, need: Need, cut: Cut, resource: str, region: str) -> Answer:
        """What one need gets at a resource; methods have needs in common, and Regions resources."""
        regional = REQUESTED in cut.mentioned or needs_more(cut.mentioned)  # or whatever that needs may be regional
        asked = region if regional else ""
        kept = (self._number(need), cut.key, self._who(guise, ((need, cut),)), resource, asked)
        found = self._found_answers.get(kept)
        if found is None:
            found = self._found_answers[kept] = self._ask(guise, need, cut, resource, region)
        return found

    def _ask(self, guise: Guise, need: Need, cut: Cut, resource: str, region: str) -> Answer:
        choices = self.carried(need)
        if need.on in (ANY, SOME):
            choices = [{**one, REQUESTED: (region,)} for one in choices]
        if not any(key in cut.mentioned for chosen in choices for key in chosen):
            choices = choices[:1]
        return best(
            answer_of(self.permits.decision(guise, cut, need.action, resource, chosen, written=bool(need.trust)))
            for chosen in choices
        )

    def _tried(self, guise: Guise, cuts: list[tuple[Need, Cut]], region: str) -> Iterator[str]:
        """Likely resources first, then one for each way in which the policies tell resources of the shape apart."""
        place, estate = cuts[0][0].on, self.ground.estate
        if place in (ANY, SOME):
            yield "*"
        if place == ANY:
            return
        patterns = [one for _, cut in cuts for one in self._patterns(guise, cut)]
        if place == SOME:
            service = _service(cuts[0][0])
            yield from self._made(patterns, f"arn:{estate.partition}:{service}:*", region)
            yield from self._examples(f"arn:{estate.partition}:{service}:{region}:{estate.account_id}:{NEW}", patterns)
            return
        shape = place.format(partition=estate.partition, account=estate.account_id, region=region, new=NEW)
        yield shape.replace(NEW, NAME)
        yield from (one for one in self._made(patterns, shape.replace(NEW, "*"), region) if fits_shape(shape, one))
        if NEW in shape:
            yield from self._examples(shape, patterns)

    def _examples(self, shape: str, patterns: list[tuple[str, ...]]) -> list[str]:
        """See `examples`: many policies have patterns in common. Raises OverBudget."""
        kept = (shape, tuple(patterns))
        found = self._found_examples.get(kept)
        if found is None:
            found = self._found_examples[kept] = examples(shape, patterns)
        return found

    def _made(self, patterns: Sequence[Tokens], shape: str, region: str) -> Iterator[str]:
        for tokens in patterns:
            made = self._after(tokens, region)
            if made and glob_match(shape, made):
                yield made

    def _patterns(self, guise: Guise, cut: Cut) -> list[tuple[str, ...]]:
        """The Resource patterns of all statements, whether they allow or deny, but those that cover everything."""
        found: dict[tuple[str, ...], None] = {}
        situation: Situation | None = None
        for item, version in cut.statements:
            for pattern in (*item.resources, *item.not_resources):
                if not has_variables(pattern, version):
                    if pattern != "*":
                        found[tuple(wild(pattern))] = None
                    continue
                if situation is None:
                    context = of_caller(self.ground, guise, cut.mentioned)
                    situation = situation_of(Request(guise.principal.arn, "sts:AssumeRole", "*", context))
                tokens = fill(pattern, situation, version, wildcards=True).tokens
                if tokens is not None:
                    found[tuple(tokens)] = None
        return list(found)

    def _after(self, tokens: Tokens, region: str) -> str:
        """An ARN that the pattern covers; "" where it is no pattern of a whole ARN."""
        instead = {1: self.ground.estate.partition, 3: region, 4: self.ground.estate.account_id}
        made = []
        for number, segment in enumerate(split(tokens)):
            alone = segment == [RUN]
            run = instead.get(number, NAME) if alone else NAME if number == 5 else ""
            made.append("".join(run if token == RUN else "x" if token == ONE else token for token in segment))
        return ":".join(made) if len(made) == 6 else ""


def _service(need: Need) -> str:
    """The service whose resource it is about."""
    return need.action.partition(":")[0] if need.on in (ANY, SOME) else need.on.split(":")[2]


def _regional(need: Need) -> bool:
    """Whether the request is made in some Region, the same for all that a method asks for there."""
    return "{region}" in need.on or need.on in (ANY, SOME)
