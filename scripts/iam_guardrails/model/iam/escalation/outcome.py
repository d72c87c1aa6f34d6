"""Who in the account can raise themselves to administrator, or enter a break-glass role: everybody's answer."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from iam_guardrails.model.expected import Organization
from iam_guardrails.model.iam.document import PolicyDocument
from iam_guardrails.model.iam.escalation.chains import Chain, Weaver
from iam_guardrails.model.iam.escalation.closure import Closure
from iam_guardrails.model.iam.escalation.costs import Spent
from iam_guardrails.model.iam.escalation.cuts import UNREAD
from iam_guardrails.model.iam.escalation.facts import ACT, DONE
from iam_guardrails.model.iam.escalation.findings import (
    ADMINISTRATOR,
    CAN,
    IF_OUTSIDE,
    TOO_MANY,
    UNDER,
    UNJUDGED,
    UNSEARCHED,
    Finding,
    Outcome,
)
from iam_guardrails.model.iam.escalation.ground import LINKED, Ground
from iam_guardrails.model.iam.escalation.guise import Guise
from iam_guardrails.model.iam.escalation.labels import TOO_MANY as TOO_MANY_TAGS
from iam_guardrails.model.iam.escalation.methods import Method, published
from iam_guardrails.model.iam.escalation.owners import entering, is_of_set
from iam_guardrails.model.iam.escalation.search import CERTAIN, CONDITIONAL, DOUBTED, POSSIBLE, Reached, Search, counts
from iam_guardrails.model.iam.escalation.steps import Stepping
from iam_guardrails.model.iam.escalation.universe import bits, lowest, mask_of
from iam_guardrails.model.iam.principals import Estate
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.unknown import Unknown

_LEVELS = ((CERTAIN, CAN), (CONDITIONAL, UNDER), (DOUBTED, UNJUDGED), (POSSIBLE, IF_OUTSIDE))


def escalations(
    estate: Estate,
    breakglass: Sequence[str] = (),
    owners: Collection[str] = (),
    methods: Sequence[Method] | None = None,
    scps: tuple[tuple[PolicyDocument, ...], ...] = (),
    permission_set: str = "",
    now: datetime | None = None,
    most: int | None = None,
    starts: Collection[str] | None = None,
    organization: Organization | None = None,
) -> Outcome:
    """Ask for every user and role, except service-linked roles, which only AWS can hold or change.

    starts: ARNs of those to ask for alone; what others add to their chains counts all the same. Each of them has its
    share of `most`, and what those before it left.

    breakglass: ARNs of roles that nobody else should enter.  owners: ARNs of principals that may enter them, and
    permission_set the name of the Identity Center permission set that may.  scps: level by level.
    organization: of which the account is, None where nobody told: then conditions on it stay open.
    now: the time; conditions about times that are all past by then are decided, others stay open.
    most: what the search may cost for everybody together (None: anything; see escalation.costs). Whoever needs
    more is "not judged" because of UNSEARCHED; that somebody reaches nothing is mostly seen without a search.
    Raises Problem where a break-glass role is not in the account.
    """
    ground = Ground(estate, published() if methods is None else methods, scps, now, organization)
    guarded = _guarded(ground, breakglass)
    ends = 0
    for number in guarded:
        ends |= 1 << number
    named = {ground.everybody.number[arn] for arn in owners if arn in ground.everybody.number}
    if permission_set:
        named |= {number for number, item in enumerate(ground.principals) if is_of_set(item, permission_set)}
    few = starts is not None
    stepping = Stepping(ground, 0 if few and most is not None else most, each_costs=few)
    search = Search(ground, stepping, {number: ends for number in named if not ends >> number & 1}, few)
    return _Asking(ground, search, guarded).outcome(starts, most)


def _guarded(ground: Ground, breakglass: Sequence[str]) -> tuple[int, ...]:
    for arn in breakglass:
        number = ground.everybody.number.get(arn)
        if number is None or not ground.roles >> number & 1:
            raise Problem(f"the account's file holds no role {arn[:200]}, which is named as a break-glass role")
    return tuple(dict.fromkeys(ground.everybody.number[arn] for arn in breakglass))


class _Asking:
    def __init__(self, ground: Ground, search: Search, guarded: tuple[int, ...]) -> None:
        self.ground = ground
        self.search = search
        self.stepping = search.stepping
        self.weaver = Weaver(search)
        self.guarded = guarded
        self._closures: dict[int, Closure] = {}
        self._masks: dict[int, int] = {}
        self.sure = self.maybe = self.unread = 0
        for number, _ in enumerate(ground.principals):
            guise = self.stepping.guise(number)
            answer = self.stepping.administrator(guise)
            self.sure |= (answer is True) << number
            self.maybe |= counts(answer, CONDITIONAL) << number
            self.unread |= bool(guise.unread) << number
        self.doubtful = bool(self.unread) or self._unread_elsewhere()

    def _unread_elsewhere(self) -> bool:
        """Whether something is unread that a change could bring in: of a group, or another version of a policy."""
        estate = self.ground.estate
        raws = [document for group in self.ground.groups for _, document in group.inline]
        raws += [estate.managed(arn) for group in self.ground.groups for arn in group.attached]
        raws += [document for item in self.ground.policies for _, document in item.versions]
        return any(isinstance(estate.parsed(raw), Unknown) for raw in raws)

    def outcome(self, starts: Collection[str] | None = None, most: int | None = None) -> Outcome:
        findings: list[Finding] = []
        administrators: list[tuple[str, tuple[str, ...]]] = []
        judged = 0
        for number, item in enumerate(self.ground.estate.principals):
            if item.path.startswith(LINKED) or (starts is not None and item.arn not in starts):
                continue
            judged += 1
            if starts is not None and most is not None:
                self.stepping.costs.allot(most / len(starts))
            answer = self.stepping.administrator(self.stepping.guise(number))
            if counts(answer, CONDITIONAL):
                keys = () if isinstance(answer, bool) else tuple(sorted(answer))
                administrators.append((item.arn, keys))
            if answer is not True:
                findings += self._about(number, administrator=counts(answer, CONDITIONAL))
        return Outcome(tuple(findings), tuple(administrators), judged, tuple(self._gaps()), bool(self.ground.scps))

    def _gaps(self) -> Iterator[str]:
        if self.ground.tags.too_many and self.stepping.tagging:
            yield TOO_MANY_TAGS
        yield from (f"{text}" for text in self.ground.estate.gaps)
        for number, reason in self.ground.trusts.unread:
            yield f"who may assume {self.ground.principals[number].arn}: its trust policy: {reason}"

    def _about(self, number: int, administrator: bool) -> Iterator[Finding]:
        """What one principal can do; where the search may not go on, the rest is not judged."""
        told: set[str] = set()
        try:
            for finding in self._searched(number, administrator):
                told.add(finding.end)
                yield finding
        except Spent:
            arn, by_service, guarded = self.ground.principals[number].arn, self._by_service(number), self.guarded
            ends = [ADMINISTRATOR, *(self.ground.principals[one].arn for one in guarded if one != number)]
            yield from (Finding(arn, end, UNJUDGED, None, UNSEARCHED, by_service, number in guarded)
                        for end in ends if end not in told)  # fmt: skip

    def _searched(self, number: int, administrator: bool) -> Iterator[Finding]:
        arn, by_service = self.ground.principals[number].arn, self._by_service(number)
        if number in self.search.spared:
            yield from entering(self.ground, self.search, self.weaver, number, self.guarded)
        guarded = number in self.guarded  # what a break-glass role can do is told of it too
        wanted = [ADMINISTRATOR, *(self.ground.principals[one].arn for one in self.guarded if one != number)]
        lively = self.search.lively >> number & 1
        for level, answer in _LEVELS:
            if administrator and level != CERTAIN and ADMINISTRATOR in wanted:
                wanted.remove(ADMINISTRATOR)  # it is an administrator under conditions, and listed as such
            if level == POSSIBLE and self.search.effects.too_many >> number & 1:
                yield from (Finding(arn, end, UNJUDGED, None, TOO_MANY, by_service, guarded) for end in wanted)
                wanted = []
            doubts = self.doubtful or self.stepping.places.doubts or self.stepping.permits.doubts
            if not wanted or not lively or not {DOUBTED: doubts, POSSIBLE: self.stepping.outside}.get(level, True):
                continue
            ends = self._within(number, level, wanted)
            reached, unread = Reached(number), dict[int, Guise]()
            if level == DOUBTED and ends is not None:
                unread = self._unread_within(number)
            for reached in self.search.rounds(number, level) if ends is None or ends else ():
                unread |= self._unread_of(reached) if level == DOUBTED and ends is None else {}
                for end in [one for one in wanted if ends is None or one in ends]:
                    chain = self._at(reached, number, end, level)
                    if chain is not None and chain.steps:  # none: it is the end already, if the unread allows
                        wanted.remove(end)
                        yield Finding(arn, end, answer, chain, self._why(chain, level), by_service, guarded)
                if not wanted or (ends is not None and not set(ends) & set(wanted)):
                    break
            if level == DOUBTED and unread:
                yield from (self._unjudged(number, end, unread) for end in wanted)
                wanted = []  # not judged: what is possible besides must not hide it
        if administrator and ADMINISTRATOR in wanted:
            wanted.remove(ADMINISTRATOR)
        if not lively and self.unread >> number & 1:
            guise = self.stepping.guise(number)
            yield from (self._unjudged(number, end, {number: guise}) for end in wanted)

    def _within(self, number: int, level: int, wanted: Sequence[str]) -> list[str] | None:
        """Which of the wanted ends can be reached at all; None where only a search tells."""
        whole = None if self.search.few or number in self.search.spared else self._closure(level).whole(number)
        if whole is None or (level == DOUBTED and not whole.plain):
            return None
        acting, numbers = whole.facts[ACT], self.ground.everybody.number
        return [end for end in wanted if (whole.done if end == ADMINISTRATOR else acting >> numbers[end] & 1)]

    def _closure(self, level: int) -> Closure:
        if level not in self._closures:
            self._closures[level] = Closure(self.search, level, mask_of(self.guarded), self._masks)
        return self._closures[level]

    def _unread_within(self, number: int) -> dict[int, Guise]:
        """The first of those that can be acted as, all as they stand, whose policies nobody could read."""
        whole = self._closure(DOUBTED).whole(number)
        here = ((whole.facts[ACT] if whole else 0) | 1 << number) & self.unread
        first = number if here >> number & 1 else lowest(here)
        return {first: self.stepping.guise(first)} if here else {}

    def _unread_of(self, reached: Reached) -> dict[int, Guise]:
        """Who acts, as changed, with policies that nobody could read."""
        guises = (self.stepping.guise(number, changes) for number, changes in reached.acted)
        found = {guise.number: guise for guise in guises if guise.unread}
        return found | {number: self.stepping.guise(number) for number in bits(reached.facts[ACT] & self.unread)}

    @staticmethod
    def _why(chain: Chain, level: int) -> str:
        if level != DOUBTED:
            return ""
        return "; ".join(key.removeprefix(UNREAD) for key in chain.depends_on if key.startswith(UNREAD))

    def _unjudged(self, number: int, end: str, unread: dict[int, Guise]) -> Finding:
        first = number if number in unread else min(unread)
        guise = unread[first]
        whose = "" if first == number else f"it can act as {guise.principal.arn}, of which "
        because = f"{whose}{'; '.join(guise.unread)}"
        by_service, guarded = self._by_service(number), number in self.guarded
        return Finding(guise_arn(self.ground, number), end, UNJUDGED, None, because, by_service, guarded)

    def _at(self, reached: Reached, start: int, end: str, level: int) -> Chain | None:
        """The chain to an end that has been reached, if it has."""
        if end != ADMINISTRATOR:
            number = self.ground.everybody.number[end]
            held = reached.facts[ACT] >> number & 1
            return self.weaver.to_fact(reached, (ACT, number), level, end) if held else None
        if reached.facts.get(DONE):
            return self.weaver.to_fact(reached, (DONE, 0), level, end)
        already = reached.facts[ACT] & (self.sure if level == CERTAIN else self.maybe) & ~(1 << start)
        for number in bits(already):
            return self.weaver.to_guise(reached, number, level, end)
        for number, changes in reached.acted:
            guise = self.stepping.guise(number, changes)
            if (number != start or changes != self.stepping.guise(start).key[1]) and counts(
                self.stepping.administrator(guise), level
            ):
                return self.weaver.to_guise(reached, number, level, end)
        return None

    def _by_service(self, number: int) -> bool:
        trust = self.ground.trusts.documents[number]
        if self.ground.principals[number].kind == "user" or not isinstance(trust, PolicyDocument):
            return False
        allowed = [item for item in trust.statements if item.effect == "Allow"]
        return bool(allowed) and all(
            item.principals and all(one.kind == "Service" for one in item.principals) for item in allowed
        )


def guise_arn(ground: Ground, number: int) -> str:
    """The ARN of a principal."""
    return ground.principals[number].arn
