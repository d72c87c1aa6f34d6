"""What the permissions of a method that are about no target come to: on some resource, in one Region for them all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from iam_guardrails.model.iam.answers import Answer, both
from iam_guardrails.model.iam.escalation.alike import Alike
from iam_guardrails.model.iam.escalation.guise import Guise
from iam_guardrails.model.iam.escalation.methods import TARGET, Method, Need
from iam_guardrails.model.iam.escalation.places import Places
from iam_guardrails.model.value import frozen

Fixed = tuple[Answer, tuple[tuple[str, str], ...]]  # the answer, and the resource chosen for each place


@frozen
class Plan:
    """by_place: the needs that are about no target, those together that name the same place.  actions: theirs, as bits;
    none where more than policies has a say.
    """

    by_place: Mapping[str, Sequence[Need]]
    free: tuple[Need, ...]
    actions: int


class Anywhere:
    """Asks for places, once for each method and all whose policies say the same of what it needs there.

    Many say the same of it that differ in which roles they may pass.
    """

    def __init__(self, places: Places, contents: Alike) -> None:
        self._places, self._contents = places, contents
        self._plans: dict[int, Plan] = {}  # the methods live as long as the ground
        self._shared: dict[object, Fixed] = {}

    def come_to(self, guise: Guise, method: Method, ceiling: bool = True) -> Fixed:
        """What they come to. ceiling: whether service control policies count."""
        plan = self._plans.get(id(method))
        if plan is None:
            plan = self._plans[id(method)] = self._plan(method)
        content = self._contents.said(guise, plan.actions)
        if content is None and plan.free:
            return self._found(guise, plan, ceiling)
        kept = (id(plan), ceiling, content)
        found = self._shared.get(kept)
        if found is None:
            found = self._shared[kept] = self._found(guise, plan, ceiling)
        return found

    def _plan(self, method: Method) -> Plan:
        by_place: dict[str, list[Need]] = {}
        for number, need in enumerate(method.needs):
            if need.on != TARGET:
                named = need.on if "{" in need.on else f"{need.on} {number}"
                by_place.setdefault(named, []).append(need)
        free = tuple(need for needs in by_place.values() for need in needs)
        return Plan(by_place, free, self._contents.actions(free))

    def _found(self, guise: Guise, plan: Plan, ceiling: bool) -> Fixed:
        found: Fixed = (False, ())
        for region in self._places.regions(guise, plan.free, ceiling):
            here = self._found_in(guise, plan, region, ceiling)
            if here[0] is True:
                return here
            found = here if found[0] is False else found
        return found

    def _found_in(self, guise: Guise, plan: Plan, region: str, ceiling: bool) -> Fixed:
        answers: list[Answer] = []
        chosen: list[tuple[str, str]] = []
        for named, needs in plan.by_place.items():
            answer, resource = self._places.somewhere(guise, needs, region, ceiling)
            if answer is False:
                return False, ()
            answers.append(answer)
            chosen.append((named, resource))
        return both(answers), (*chosen, ("region", region))
