"""What a principal is allowed, by `model.iam.evaluate.decide` alone, asked as seldom as the answers allow.

A question about all roles is put once for each class of roles between which no statement that is about the action can
tell: those that the same Resource patterns cover and, where a condition looks at them, with the same tags and boundary.
Documents are cut to the statements about the action first, which changes nothing: the others have no say.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import islice, product
from math import prod

from iam_guardrails.model.iam.answers import Answer
from iam_guardrails.model.iam.document import Condition, PolicyDocument, Principal, Statement
from iam_guardrails.model.iam.escalation.choices import (
    FORWARDED,
    Choices,
    Chosen,
    chosen_by_caller,
    companions,
    needed_besides,
    needs_more,
)
from iam_guardrails.model.iam.escalation.context import (
    BY_A_SERVICE,
    TAGS,
    WITH_BOUNDARY,
    about_target,
    of_caller,
    of_resource,
    of_target,
    personal,
)
from iam_guardrails.model.iam.escalation.cuts import Classes, Cut, answer_of, best, first_best
from iam_guardrails.model.iam.escalation.ground import Ground
from iam_guardrails.model.iam.escalation.guise import Guise
from iam_guardrails.model.iam.escalation.labels import settable
from iam_guardrails.model.iam.escalation.sheets import mentioned as mentioned_in
from iam_guardrails.model.iam.escalation.universe import Universe, lowest
from iam_guardrails.model.iam.evaluate import ALLOWED, DEPENDS, Decision, Request, decide
from iam_guardrails.model.iam.request import Situation, Value, situation_of
from iam_guardrails.model.iam.variables import fill, has_variables
from iam_guardrails.model.value import changed

MOST_TAGS = 64  # choices of tags that are tried for one target
ASSUME_ROOT = "sts:AssumeRoot"  # about a root user of another account, and no policy of that account has a say
WRITTEN_ACTIONS = ("sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity")
SESSION = "escalation"  # the name of a role's session where the caller chooses it


class Permits:
    """Asks `decide`, and remembers what it said."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self._targets: dict[object, Classes] = {}
        self._asker: Guise | None = None  # one is asked many things, one after another
        self._cuts: dict[tuple[str, bool], Cut] = {}
        self._values: dict[object, tuple[int, ...]] = {}
        self.choices = Choices(ground.estate.partition)
        self.doubts = False  # whether some question had too many tags to try
        self.asked = 0

    def cut(self, guise: Guise, action: str, ceiling: bool = True) -> Cut:
        """The policies that have a say in the action. ceiling: whether service control policies are among them."""
        if guise is not self._asker:
            self._asker, self._cuts = guise, {}
        found = self._cuts.get((action, ceiling))
        if found is None:
            bit = self.ground.actions.bit[action]
            found = self._cuts[action, ceiling] = Cut(self.ground, guise, bit, ceiling)
        return found

    def decision(
        self, guise: Guise, cut: Cut, action: str, resource: str, carried: Mapping[str, Value],
        trust: PolicyDocument | None = None, written: bool = False,
    ) -> Decision:  # fmt: skip
        """What AWS decides. carried: condition keys that the request has, whatever else it may have.

        written: whether the caller has written the trust policy of the role that it assumes.
        """
        return self.weighed(guise, cut, action, resource, carried, trust, written)[0]

    def weighed(
        self, guise: Guise, cut: Cut, action: str, resource: str, carried: Mapping[str, Value],
        trust: PolicyDocument | None = None, written: bool = False,
    ) -> tuple[Decision, Chosen]:  # fmt: skip
        """The same, with the values that the caller chooses for it where the answer depends on such keys."""
        if written:
            trust = self.written_by(guise)[0]
        request = self._request(guise, cut, action, resource, carried, written)
        found = self._asked(guise, cut, request, trust)
        forwarded = guise.forwards and not action.startswith("sts:") and not cut.mentioned.isdisjoint(BY_A_SERVICE)
        if forwarded and found[0].decision not in (ALLOWED, DEPENDS):
            by_service = changed(request, context={**request.context, **BY_A_SERVICE})
            return self._asked(guise, cut, by_service, trust)
        return found

    def _asked(
        self, guise: Guise, cut: Cut, request: Request, trust: PolicyDocument | None
    ) -> tuple[Decision, Chosen]:  # fmt: skip
        """What AWS decides on the request, or on the best that the caller can make of it by what it chooses."""
        action, decision = request.action, self._decide(request, cut, trust)
        if not any(chosen_by_caller(action, key) for key in decision.depends_on):
            return decision, {}
        told = [(condition, version) for item, version in cut.statements for condition in item.conditions]
        told += [(one, trust.version) for item in trust.statements for one in item.conditions] if trust else []
        told += self._besides(guise, action) if needs_more(decision.depends_on) else []
        choices, all_of_them = self.choices.of(action, told, situation_of(request))
        found = first_best((self._chosen(guise, cut, request, trust, chosen), chosen) for chosen in choices)
        return found if found[0].decision == ALLOWED or all_of_them else (decision, {})

    def _besides(self, guise: Guise, action: str) -> list[tuple[Condition, str]]:
        """The conditions on what the other actions are about that a request may take: its tags, its source identity."""
        statements = [pair for other in companions(action) for pair in self.cut(guise, other).statements]
        return [(condition, version) for item, version in statements
                for condition in item.conditions if needs_more([condition.key.lower()])]  # fmt: skip

    def _chosen(
        self, guise: Guise, cut: Cut, request: Request, trust: PolicyDocument | None, chosen: Chosen
    ) -> Decision:  # fmt: skip
        """What AWS decides with these values, and on the other actions that they need."""
        decision = self._decide(changed(request, context={**request.context, **chosen}), cut, trust)
        for action in needed_besides(request.action, chosen) if decision.decision in (ALLOWED, DEPENDS) else ():
            other = self.cut(guise, action)
            mentioned = other.mentioned | (mentioned_in(trust) if trust else frozenset())
            forwarded = {key: request.context[key] for key in FORWARDED if key in request.context}
            context = {**request.context, **of_caller(self.ground, guise, mentioned), **forwarded, **chosen}
            besides = self._decide(changed(request, action=action, context=context), other, trust)
            if besides.decision not in (ALLOWED, DEPENDS):
                return besides
            if besides.decision == DEPENDS:
                keys = tuple(sorted({*decision.depends_on, *besides.depends_on}))
                decision = changed(decision, decision=DEPENDS, depends_on=keys)
        return decision

    def _decide(self, request: Request, cut: Cut, trust: PolicyDocument | None) -> Decision:
        self.asked += 1
        return decide(request, cut.policies(trust))

    def _request(
        self, guise: Guise, cut: Cut, action: str, resource: str, carried: Mapping[str, Value], written: bool
    ) -> Request:  # fmt: skip
        known = of_caller(self.ground, guise, cut.mentioned)
        context = {**known, **of_resource(action, resource, cut.mentioned), **carried}
        account = resource.split(":", 5)[4] if resource.count(":") >= 5 else self.ground.estate.account_id
        if account:
            context["aws:resourceaccount"] = (self.ground.estate.account_id if action == ASSUME_ROOT else account,)
        if account == self.ground.estate.account_id:
            context |= self.ground.of_resources
        principal = self.written_by(guise)[1] if written else guise.principal.arn
        return Request(principal, action, resource, context, False)

    def written_by(self, guise: Guise) -> tuple[PolicyDocument, str]:
        """The trust policy that a caller would write to get in, and the caller as it names it."""
        principal, estate = guise.principal, self.ground.estate
        arn = principal.arn
        if principal.kind == "role":
            arn = f"arn:{estate.partition}:sts::{estate.account_id}:assumed-role/{principal.name}/{SESSION}"
        statement = Statement(0, "Allow", "WrittenByTheCaller", (Principal("AWS", arn),), (), WRITTEN_ACTIONS)
        return PolicyDocument((statement,), "2012-10-17"), arn

    def on_targets(
        self, guise: Guise, action: str, universe: Universe, among: int,
        choices: Sequence[Mapping[str, Value]], trust: PolicyDocument | None = None,
    ) -> Classes:  # fmt: skip
        """For which targets the action is allowed: (answer, bits); those that are refused are left out.

        choices: what the caller may carry; the best answer counts.  trust: the trust policy that every target has.
        """
        cut = self.cut(guise, action)
        if not any(key in cut.mentioned for chosen in choices for key in chosen):
            choices = choices[:1]  # nobody asks what the caller carries
        kept = (cut.key, action, universe.name, among, _frozen(choices), self.asker(guise, cut))
        found = self._targets.get(kept)
        if found is None:
            found = self._targets[kept] = self._classes(guise, cut, action, universe, among, choices, trust)
        return found

    @staticmethod
    def asker(guise: Guise, cut: Cut) -> object:
        """Equal for guises who are told the same of every target, if their policies, cut to the action, are equal."""
        changes = guise.changes
        if changes.tags or changes.others or changes.session_tags or needs_more(cut.mentioned):
            return guise.key
        if personal(cut.mentioned):
            return guise.number, guise.forwards
        return guise.principal.kind, guise.forwards  # a role's session tells no MFA

    def _classes(
        self, guise: Guise, cut: Cut, action: str, universe: Universe, among: int,
        choices: Sequence[Mapping[str, Value]], trust: PolicyDocument | None,
    ) -> Classes:  # fmt: skip
        by_answer: dict[Answer, int] = {}
        for part in self.parts(guise, cut, action, universe, among):
            number = lowest(part)
            abouts: list[dict[str, Value]] = [{}]
            if universe is self.ground.everybody:
                abouts = self.abouts(guise, number, action, cut.mentioned)
            said = (
                answer_of(self.decision(guise, cut, action, universe.arns[number], {**about, **chosen}, trust))
                for about in abouts for chosen in choices
            )  # fmt: skip
            answer = best(said)
            if answer is not False:
                by_answer[answer] = by_answer.get(answer, 0) | part
        return list(by_answer.items())

    def parts(self, guise: Guise, cut: Cut, action: str, universe: Universe, among: int) -> list[int]:
        """Targets that no statement tells apart; those that no Allow can be about are left out."""
        parts, may = self._split(guise, cut, universe, among)
        parts = [part & may for part in parts if part & may]
        keys = about_target(cut.mentioned)
        if not keys or universe is not self.ground.everybody:
            return parts
        return [piece for part in parts for piece in self.by_keys(guise, part, action, keys)]

    def _split(self, guise: Guise, cut: Cut, universe: Universe, among: int) -> tuple[list[int], int]:
        """Targets that no statement tells apart, and those that some Allow may be about."""

        def situation() -> Situation:
            context = of_caller(self.ground, guise, cut.mentioned)
            return situation_of(Request(guise.principal.arn, "sts:AssumeRole", "*", context, context_complete=False))

        may, parts = 0, [among]
        for item, version in cut.statements:
            whole, masks = _masks(item, version, universe, situation)
            if item.effect == "Allow":
                may |= whole
            for mask in masks:
                parts = [piece for part in parts for piece in (part & mask, part & ~mask) if piece]
        return parts, may

    def parts_whoever_allows(self, guise: Guise, cut: Cut, universe: Universe, among: int) -> list[int]:
        """The same where a trust policy may allow by itself."""
        return self._split(guise, cut, universe, among)[0] if among else []

    def by_keys(self, guise: Guise, part: int, action: str, keys: tuple[str, ...]) -> list[int]:
        """The part cut into pieces of the same tags and boundary, and of the same tags that the chain has set."""
        pieces = [part]
        for mask in dict.fromkeys(mask for _, mask in guise.changes.others):
            pieces = [piece for one in pieces for piece in (one & mask, one & ~mask) if piece]
        alike = self._alike(action, keys)
        return [piece & mask for piece in pieces for mask in alike if piece & mask]

    def _alike(self, action: str, keys: tuple[str, ...]) -> tuple[int, ...]:
        """All users and roles, those of the same tags and boundary together; worked out once."""
        kept = (keys, action == "iam:PassRole", action in WITH_BOUNDARY)
        if kept not in self._values:
            found: dict[object, int] = {}
            for number, principal in enumerate(self.ground.principals):
                told = of_target(principal, action, keys)
                values = tuple(told.get(key) for key in keys)
                found[values] = found.get(values, 0) | 1 << number
            self._values[kept] = tuple(found.values())
        return self._values[kept]

    def abouts(self, guise: Guise, number: int, action: str, keys: Collection[str]) -> list[dict[str, Value]]:
        """What may be known of a request about the user or role: its own tags, and those that the chain can set."""
        principal = self.ground.principals[number]
        asked = {key.partition("/")[2] for key in keys if key.startswith(TAGS)}
        if not asked or not guise.changes.others:
            return [of_target(principal, action, keys)]
        told = settable(guise.changes.others, number)
        choices = [
            [None, *((name, value) for value in dict.fromkeys(told[name]))] for name in sorted(asked & set(told))
        ]
        if prod(map(len, choices)) > MOST_TAGS:
            self.doubts = True
        return [of_target(principal, action, keys, dict(pair for pair in chosen if pair is not None))
                for chosen in islice(product(*choices), MOST_TAGS)]  # fmt: skip


def _frozen(choices: Sequence[Mapping[str, Value]]) -> object:
    return tuple(tuple(sorted((key, str(value)) for key, value in chosen.items())) for chosen in choices)


def _masks(
    item: Statement, version: str, universe: Universe, situation: Callable[[], Situation]
) -> tuple[int, list[int]]:
    """What the statement may cover at most, and the masks by which it tells targets apart."""
    plain, apart = 0, []
    patterns = item.not_resources or item.resources
    for pattern in patterns:
        if has_variables(pattern, version):
            filled = fill(pattern, situation(), version, wildcards=True)
            if filled.tokens is not None:
                apart.append(universe.fitting(filled.tokens))
        else:
            plain |= universe.covered(pattern)
    whole = plain
    for mask in apart:
        whole |= mask
    return (universe.whole if item.not_resources or not patterns else whole), [plain, *apart]


__all__ = ["SESSION", "Permits"]
