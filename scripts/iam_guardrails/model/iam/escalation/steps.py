"""The steps that one guise can take: each method, its targets, and on what it depends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from iam_guardrails.model.iam.answers import Answer, both
from iam_guardrails.model.iam.escalation.alike import Alike
from iam_guardrails.model.iam.escalation.anywhere import Anywhere
from iam_guardrails.model.iam.escalation.attaching import Attaching
from iam_guardrails.model.iam.escalation.context import about_target
from iam_guardrails.model.iam.escalation.costs import CHANGED, PLAIN, Costs
from iam_guardrails.model.iam.escalation.cuts import OUTSIDE, UNREAD, Classes, answer_of, best
from iam_guardrails.model.iam.escalation.entering import Doors
from iam_guardrails.model.iam.escalation.forwarding import Forwarding
from iam_guardrails.model.iam.escalation.ground import ASSUME, EVERYTHING, Ground, needs_grant
from iam_guardrails.model.iam.escalation.guise import NONE, Changes, Guise
from iam_guardrails.model.iam.escalation.labels import read_gain
from iam_guardrails.model.iam.escalation.methods import (
    FULL,
    ITS,
    OTHER_VERSION,
    TARGET,
    WITH_PROFILE,
    WITH_ROOM,
    Method,
    Need,
)
from iam_guardrails.model.iam.escalation.passing import Passing, passed
from iam_guardrails.model.iam.escalation.permits import Permits
from iam_guardrails.model.iam.escalation.places import Places
from iam_guardrails.model.iam.escalation.universe import lowest, mask_of
from iam_guardrails.model.iam.listed import is_full
from iam_guardrails.model.iam.request import Value
from iam_guardrails.model.value import frozen

FACT = "if "
ORGANISATION = "organisation"  # the category of methods that work in one account of an organisation only


@frozen
class Step:
    """A method that a guise can use on the targets in `mask`.

    answer: True, or on what it depends.  loose: the targets on which it could be used too, did they but trust the
    service.  places: the resource chosen for each place that the method names.
    """

    method: Method
    answer: Answer
    mask: int
    loose: int = 0
    places: tuple[tuple[str, str], ...] = ()


class Stepping:
    """Works out steps, once for each guise. most: what changed guises may cost together; None for anything.

    each_costs: whether those as they stand cost it as well.
    """

    def __init__(self, ground: Ground, most: int | None = None, *, each_costs: bool = False) -> None:
        self.ground = ground
        self._each_costs = each_costs
        self.costs = Costs(most)
        self.permits = Permits(ground)
        self.doors = Doors(ground, self.permits)
        self.places = Places(ground, self.permits)
        bit = ground.actions.bit
        self._wanted = [(sum({bit[name] for name in needs_grant(item)}), item) for item in ground.methods]
        self._contents = Alike(ground)
        self._anywhere = Anywhere(self.places, self._contents)
        self._forwarding = Forwarding(ground, self._anywhere)
        self._attaching = Attaching(self.permits)
        self._passing = Passing(self.permits)
        self._by_grant: dict[int, list[Method]] = {}
        self._distinct: dict[object, Step] = {}
        self._shared: dict[object, tuple[Step, ...]] = {}  # by method, and what the policies say
        self._doubts: dict[int, tuple[Step, Step]] = {}
        self._masks: dict[int, int] = {}  # many steps are about the same targets, and a mask of all roles is long
        self._steps: dict[Guise, tuple[Step, ...]] = {}
        self._plain: list[Guise | None] = [None] * len(ground.principals)  # the guises that nothing has changed
        self._guises: dict[object, Guise] = {}
        self._administrators: dict[Guise, Answer] = {}
        self._alone: dict[object, tuple[Step, ...]] = {}
        self._bases: dict[int, Method] = {}  # of a method that attaches one policy, the one it is made of
        self._entering: dict[Guise, int] = {}
        self._distinct_entering: dict[object, int] = {}
        self._written: dict[tuple[int, int], Classes] = {}
        self.tagging = False  # whether somebody may set or take away tags
        self.outside = False  # whether somebody could use a method that hangs on what no file of the account tells
        self._resettable = mask_of(number for number, others in enumerate(ground.other_versions) if others)
        self._full = mask_of(
            number for number, item in enumerate(ground.policies) if is_full(ground.estate.policies, item.arn)
        )

    def guise(self, number: int, changes: Changes = NONE) -> Guise:
        """The principal with these changes; once."""
        if changes is NONE or changes == NONE:
            plain = self._plain[number]
            if plain is None:
                plain = self._plain[number] = self._forwarding.told(Guise(self.ground, number, NONE))
            return plain
        found = self._guises.get((number, changes))
        if found is None:
            found = self._forwarding.told(Guise(self.ground, number, changes))
            self._guises[(number, changes)] = found
        return found

    def steps(self, guise: Guise) -> tuple[Step, ...]:
        """What it can do. Raises Spent."""
        known = self._steps.get(guise)
        if known is None:
            if guise.changes is not NONE:
                self.costs.spend(CHANGED)
            elif self._each_costs:
                self.costs.spend(PLAIN)
            found = [step for item in self._able(guise.granted) for step in self._in_common(guise, item)]
            known = self._steps[guise] = tuple([self._doubted(guise, step) for step in found])
        return known

    def _able(self, granted: int) -> list[Method]:
        """The methods that some actions (bits) may be enough for."""
        found = self._by_grant.get(granted)
        if found is None:
            found = self._by_grant[granted] = [item for wanted, item in self._wanted if not wanted & ~granted]
        return found

    def _in_common(self, guise: Guise, method: Method) -> Iterable[Step]:
        """What it can do by one method; worked out once for all whose policies say the same."""
        content = self._contents.content(guise, method)
        if content is None:
            return map(self._one, self._of(guise, method))
        key = (id(method), content)
        found = self._shared.get(key)
        if found is None:
            found = self._shared[key] = tuple(self._of(guise, method))
        return found

    def _one(self, step: Step) -> Step:
        """The same step, as one object with those that are equal to it: many have a mask of all roles."""
        return self._distinct.setdefault((id(step.method), step.answer, step.mask, step.loose, step.places), step)

    def by_method(self, guise: Guise, method: Method) -> tuple[Step, ...]:
        """What it can do by one method of its steps, the others left alone where they are not known yet."""
        known = self._steps.get(guise)
        if known is None:
            base = self._bases.get(id(method), method)
            if (guise.key, id(base)) not in self._alone:
                wanted = sum({self.ground.actions.bit[name] for name in needs_grant(base)})
                found = self._of(guise, base) if not wanted & ~guise.granted else ()
                self._alone[(guise.key, id(base))] = tuple(self._doubted(guise, step) for step in found)
            known = self._alone[(guise.key, id(base))]
        return tuple(step for step in known if step.method is method)

    def administrator(self, guise: Guise) -> Answer:
        """Whether it may do everything: what only a grant of everything covers, and make another administrator.

        Service control policies are the ceiling of the whole account, its administrators too: they do not count here.
        """
        found = self._administrators.get(guise)
        if found is None:
            found = self._administrators[guise] = self._administrator(guise)
        return found

    def _administrator(self, guise: Guise) -> Answer:
        if not guise.granted & self.ground.actions.bit[EVERYTHING]:
            return False
        account, partition = self.ground.estate.account_id, self.ground.estate.partition
        resource = f"arn:{partition}:anything:us-east-1:{account}:anything/anything"
        cut = self.permits.cut(guise, EVERYTHING, ceiling=False)
        anything = answer_of(self.permits.decision(guise, cut, EVERYTHING, resource, {}))
        if anything is False:
            return False
        fresh: Answer = False
        for method in self.ground.fresh:
            if fresh is not True:
                fresh = best((fresh, self._anywhere.come_to(guise, method, ceiling=False)[0]))
        unread = frozenset(UNREAD + text for text in guise.unread)
        return both((anything, fresh, unread or True))

    def _doubted(self, guise: Guise, step: Step) -> Step:
        """The step with what is not known of it; one object for all whose policies could be read."""
        if guise.unread:
            return self._with_doubts(guise, step)
        found = self._doubts.get(id(step))
        if found is None:
            found = self._doubts[id(step)] = step, self._with_doubts(guise, step)  # so that it stays
        return found[1]

    def _with_doubts(self, guise: Guise, step: Step) -> Step:
        open_facts = {UNREAD + text for text in guise.unread}
        if step.method.category == ORGANISATION:
            self.outside = True
            open_facts.add(OUTSIDE + step.method.facts)
        elif step.method.facts:
            open_facts.add(FACT + step.method.facts)
        if not open_facts:
            return step
        return Step(step.method, both((step.answer, frozenset(open_facts))), step.mask, step.loose, step.places)

    def _of(self, guise: Guise, method: Method) -> Iterable[Step]:
        self.tagging = self.tagging or read_gain(method.gain) is not None
        targets = self._targets(method)
        apart = self._passing.of(guise, method, targets) if method.target == "role" else []
        self._bases |= {id(made): method for made, _ in apart}
        for made, mask in apart or [(method, targets)]:
            yield from self._among(guise, made, mask)

    def _among(self, guise: Guise, method: Method, targets: int) -> Iterable[Step]:
        """What it can do by one method on some targets."""
        fixed, places = self._anywhere.come_to(guise, method)
        if fixed is False:
            return
        if method.target == "account":
            yield Step(method, fixed, 1, 0, places)
            return
        if method.target == "saml-provider":
            yield from self._by_provider(guise, method)
            return
        classes: Classes = [(fixed, targets)]
        for need in method.needs:
            if need.on == TARGET:
                classes = meet(classes, self._on_target(guise, method, need))
        trusting: Classes = [(True, self.ground.universes[method.target].whole)]
        if method.trusted:
            trusting = self.doors.trusting(method.trusted)
        if method.gain == "grow":
            yield from self._less(guise, method, classes)
        for answer, mask in classes:
            rest = mask
            for trusted, some in trusting:
                if mask & some:
                    here = self._masks.setdefault(mask & some, mask & some)
                    yield Step(method, both((answer, trusted)), here, 0, places)
                    rest &= ~some if trusted is True else -1
            if method.passes_to is not None and rest:
                yield Step(method, answer, 0, self._masks.setdefault(rest, rest), places)

    def _less(self, guise: Guise, method: Method, whole: Classes) -> Iterable[Step]:
        """Attaching the policies that allow less than everything, where not every policy may be attached."""
        sure = sum(mask for answer, mask in whole if answer is True)
        among = self._targets(method) & ~sure
        for made, answer, mask in self._attaching.of(guise, method, among):
            self._bases[id(made)] = method
            yield Step(made, answer, mask)

    def _targets(self, method: Method) -> int:
        mask = self.ground.targets(method)
        if method.only == WITH_PROFILE:
            mask &= self.ground.with_profile
        if method.only in (FULL, WITH_ROOM):
            return mask & (self._full if method.only == FULL else ~self._full)
        return mask & self._resettable if method.only == OTHER_VERSION else mask

    def _on_target(self, guise: Guise, method: Method, need: Need) -> Classes:
        if need.trust == ITS:
            return self.doors.assumable(guise)
        universe = self.ground.universes[method.target]
        among = self._targets(method)
        return self.permits.on_targets(guise, need.action, universe, among, self.choices(method, need))

    def choices(self, method: Method, need: Need) -> list[Mapping[str, Value]]:
        """What the caller may carry with a request of the method."""
        found = self.places.carried(need)
        if need.action == "iam:PassRole":
            found = list(passed(self.ground.estate.partition, method, found))
        return found

    def _by_provider(self, guise: Guise, method: Method) -> Iterable[Step]:
        need = method.needs[0]
        for provider in self.doors.providers():
            cut = self.permits.cut(guise, need.action)
            answer = answer_of(self.permits.decision(guise, cut, need.action, provider, {}))
            for trusted, mask in self.doors.by_provider(provider) if answer is not False else ():
                if mask & self.ground.trusts.saml[provider]:
                    yield Step(method, both((answer, trusted)), mask, 0, (("provider", provider),))

    def written(self, guise: Guise, mask: int) -> Classes:
        """Which of these roles it can assume once it has written their trust policies."""
        same = self._entering.get(guise)  # a number for all whose policies say the same: they are asked in each round
        if same is None:
            cut = self.permits.cut(guise, ASSUME)
            told = (cut.key, self.permits.asker(guise, cut))
            same = self._entering[guise] = self._distinct_entering.setdefault(told, len(self._distinct_entering))
        found = self._written.get((same, mask))
        if found is None:
            found = self._written[same, mask] = self._find_written(guise, mask)
        if not guise.unread:
            return found
        unread = frozenset(UNREAD + text for text in guise.unread)
        return [(both((answer, unread)), part) for answer, part in found]

    def _find_written(self, guise: Guise, mask: int) -> Classes:
        found: Classes = []
        cut = self.permits.cut(guise, ASSUME)
        keys = about_target(cut.mentioned)
        parts = self.permits.parts_whoever_allows(guise, cut, self.ground.everybody, mask)
        for part in [
            piece for one in parts for piece in (self.permits.by_keys(guise, one, ASSUME, keys) if keys else [one])
        ]:
            role = self.ground.principals[lowest(part)]
            answer = best(
                answer_of(self.permits.decision(guise, cut, ASSUME, role.arn, about, written=True))
                for about in self.permits.abouts(guise, lowest(part), ASSUME, cut.mentioned)
            )
            if answer is not False:
                found.append((answer, part))
        return found


def meet(one: Classes, other: Classes) -> Classes:
    """The targets of both, each with what both depend on."""
    return [(both((first, second)), mask & some) for first, mask in one for second, some in other if mask & some]
