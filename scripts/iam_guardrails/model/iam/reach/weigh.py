"""All requests of one caller of one leg weighed at once, in the order of model.iam.evaluate, as masks.

`ability` is that order; model.iam.evaluate.decide is its reference, and a property test holds the two together. Sources
are those of model.iam.evaluate.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from iam_guardrails.model.iam.organization import LINKED
from iam_guardrails.model.iam.reach.doc import Doc, Four
from iam_guardrails.model.iam.reach.grants import DENY, Grants
from iam_guardrails.model.iam.reach.leg import NOWHERE, Leg, Masks, Three
from iam_guardrails.model.iam.reach.subject import Subject
from iam_guardrails.model.iam.scope import ANYBODY, BY_ACCOUNT, BY_ROLE, DIRECT


class Caller(NamedTuple):
    """A user or a role with the policies that limit or serve it.

    docs: identity policies that say something.  boundary: None without one.  above: SCPs, level by level.
    flags: the actions that its identity policies are about; all of them where one is unknown.  is_known: whether none
    is, and the boundary neither.
    """

    subject: Subject
    docs: Sequence[Doc]
    boundary: Doc | None
    above: tuple[tuple[Doc, ...], ...]
    flags: int
    is_known: bool = True


class Weigher:
    """One leg with the policies on its resources and above its account.

    ours: requests for resources of the callers' own account; unowned: of nobody knows which.  untold: requests whose
    resource may have a policy that is not told; hinging: those of them that only that policy can decide.  rcps: level
    by level.  admits_all: whether a policy on a resource may allow a caller what its own do not, whoever it is;
    admitted: the ARNs of those of whom that may be so besides.
    """

    def __init__(
        self, leg: Leg, grants: Grants, nobody: Subject, account_id: str, untold: int,
        rcps: tuple[tuple[Doc, ...], ...] = (),
    ) -> None:  # fmt: skip
        self.leg, self.grants, self.nobody, self.untold, self.rcps = leg, grants, nobody, untold, rcps
        self.ours = leg.owned_by(account_id)
        self.unowned = leg.owned_by("")
        self._needs_policy = leg.resource_kind != "resource"
        self.hinging = untold if self._needs_policy else untold & ~(self.ours | self.unowned)
        self._open = untold & (self.ours | self.unowned) if self._needs_policy else 0
        self.admits_all = bool(self._open) or grants.welcomes_all
        self.admitted = grants.welcomed
        self._all_ours = self.ours == leg.every
        self._is_plain = self.ours == leg.every and not self._needs_policy and not grants.told

    def three(self, caller: Caller, granted: int = 0, rewritten: int = 0, admitted: int = 0) -> Three:
        """Which requests are allowed: certainly; possibly, by what is known; possibly, whatever is not told."""
        if not (caller.flags & self.leg.flags or granted or rewritten or admitted or self.admits_all
                or caller.subject.arn in self.admitted):  # fmt: skip
            return NOWHERE
        usual = self._usual_ways
        if usual is None or granted or rewritten or admitted or caller.above or caller.subject.arn in self.admitted:
            yes, maybe = self.ability(caller, granted, rewritten, admitted)
        else:
            yes, maybe = self._usually(caller, usual)
        if not maybe:
            return NOWHERE
        if yes == maybe:
            yes = maybe  # one number instead of two equal ones: there are many, and another process is told them
        known = maybe if caller.is_known else yes
        if self.hinging:
            known = yes | known & ~(self.hinging & ~rewritten)
        return yes, known, maybe

    @cached_property
    def _usual_ways(self) -> tuple[Masks, Masks, Masks, Masks] | None:
        """What the policies on the resources allow any caller by themselves, the same within its boundary, what of that
        which its own policies allow within it counts, and what they deny; None where they tell callers apart, or where
        something stands above.
        """
        grants, every = self.grants, self.leg.every
        if not self._all_ours or self.rcps or grants.singles_out(""):
            return None
        by_name, in_role, of_account = self._usual
        if not self._needs_policy:
            return by_name, in_role, (every, every), grants.shared[DENY]
        return (by_name[0], by_name[1] | self.untold), in_role, of_account, grants.shared[DENY]

    def _usually(self, caller: Caller, usual: tuple[Masks, Masks, Masks, Masks]) -> Masks:
        """As `ability`, for a caller without SCPs whom nothing singles out. usual: see _usual_ways."""
        leg, (alone, within, through, denied) = self.leg, usual
        allows = may_allow = 0
        denies, may_deny = denied
        flags, key = leg.flags, id(leg)
        for doc in caller.docs:
            if doc.flags & flags:
                found = doc.compiled.get(key)
                masks = found[0] if found and not found[1] else doc.masks(leg, caller.subject, self.nobody)
                allows |= masks[0]
                may_allow |= masks[1]
                if masks[3]:
                    denies |= masks[2]
                    may_deny |= masks[3]
        yes, maybe = within[0] | through[0] & allows, within[1] | through[1] & may_allow
        if caller.boundary is not None:
            limit, may_limit, sure, may = caller.boundary.masks(leg, caller.subject, self.nobody)
            yes, maybe, denies, may_deny = yes & limit, maybe & may_limit, denies | sure, may_deny | may
        yes, maybe = yes | alone[0], maybe | alone[1]
        return (yes & ~may_deny, maybe & ~denies) if may_deny else (yes, maybe)

    def ability(self, caller: Caller, granted: int = 0, rewritten: int = 0, admitted: int = 0) -> Masks:
        """Which requests are certainly allowed, and which may be.

        granted: requests that a further identity policy would allow, if there were one.  rewritten: requests on whose
        resource a policy would stand that names the caller and denies nothing, instead of the one that is there.
        admitted: requests that the policy there would allow the caller besides what it says (a grant on a key).
        """
        leg, subject = self.leg, caller.subject
        allows, may_allow, denies, may_deny = granted, granted, 0, 0
        flags = leg.flags
        for doc in caller.docs:
            if doc.flags & flags:
                masks = doc.masks(leg, subject, self.nobody)
                allows |= masks[0]
                may_allow |= masks[1]
                denies |= masks[2]
                may_deny |= masks[3]
        limit, may_limit = leg.every, leg.every
        if caller.boundary is not None:
            limit, may_limit, sure, may = caller.boundary.masks(leg, subject, self.nobody)
            denies |= sure
            may_deny |= may
        ways = self.grants.masks(subject)
        if rewritten or admitted:
            more = rewritten | admitted  # a role's session can be named itself, which no boundary limits
            ways = {**ways, DIRECT: (ways[DIRECT][0] | more, ways[DIRECT][1] | more),
                    DENY: (ways[DENY][0] & ~rewritten, ways[DENY][1] & ~rewritten)}  # fmt: skip
        denies |= ways[DENY][0]
        may_deny |= ways[DENY][1]
        yes, maybe = self._core((allows, may_allow), (limit, may_limit), ways, rewritten, admitted)
        if not maybe & ~denies:
            return (0, 0)
        for level in caller.above:
            sure, may, one, other = level_masks(level, leg, subject, self.nobody)
            yes, maybe, denies, may_deny = yes & sure, maybe & may, denies | one, may_deny | other
        spared, unbound = self._beyond_rcps if self.rcps else (0, 0)
        for level in () if LINKED in subject.arn else self.rcps:
            sure, may, one, other = level_masks(level, leg, subject, self.nobody)
            yes, maybe = yes & (sure | spared), maybe & (may | unbound)
            denies, may_deny = denies | one & ~unbound, may_deny | other & ~spared
        return yes & ~may_deny, maybe & ~denies

    @cached_property
    def _beyond_rcps(self) -> Masks:
        return self.leg.spared_by_rcps()

    @cached_property
    def _usual(self) -> tuple[Masks, Masks, Masks]:
        """What the policies on the resources say of all callers, in the ways in which they can name them."""
        shared, told = self.grants.shared, self.grants.told
        found = [(told & shared[way][0], told & shared[way][1]) for way in (DIRECT, ANYBODY, BY_ROLE, BY_ACCOUNT)]
        return (found[0][0] | found[1][0], found[0][1] | found[1][1]), found[2], found[3]

    def _core(
        self, identity: Masks, limit: Masks, ways: dict[str, Masks], rewritten: int, admitted: int
    ) -> Masks:  # fmt: skip
        """What identity policies, resource policy and boundary allow together; model.iam.evaluate._core."""
        by_identity = (identity[0] & limit[0], identity[1] & limit[1])
        if self._is_plain and not rewritten | admitted:
            return by_identity
        if self._all_ours and ways is self.grants.shared:  # nothing is rewritten, and nothing singles the caller out
            by_name, in_role, of_account = self._usual
            if self._needs_policy:
                return (by_name[0] | in_role[0] & limit[0] | of_account[0] & by_identity[0],
                        by_name[1] | in_role[1] & limit[1] | of_account[1] & by_identity[1] | self.untold)  # fmt: skip
            return (by_identity[0] | by_name[0] | in_role[0] & limit[0],
                    by_identity[1] | by_name[1] | in_role[1] & limit[1])  # fmt: skip
        told, untold = self.grants.told | rewritten | admitted, self.untold & ~rewritten
        same, cross = [0, 0], [0, 0]
        for at in (0, 1):
            named = ways[DIRECT][at] | ways[ANYBODY][at]
            by_role = ways[BY_ROLE][at]
            if self._needs_policy:
                same[at] = told & (named | by_role & limit[at] | ways[BY_ACCOUNT][at] & by_identity[at])
                same[at] |= untold if at else 0  # it may name the caller
            else:
                same[at] = by_identity[at] | told & (named | by_role & limit[at])
            if not self._all_ours:
                admitted = told & (named | by_role | ways[BY_ACCOUNT][at])
                cross[at] = by_identity[at] & (admitted | (untold if at else 0))
        if self._all_ours:
            return same[0], same[1]
        ours, unowned = self.ours, self.unowned
        theirs = self.leg.every & ~ours & ~unowned
        alone = unowned & ~told
        unsure = unowned & ~alone
        yes = (ours | alone) & same[0] | theirs & cross[0] | unsure & same[0] & cross[0]
        maybe = (ours | alone) & same[1] | theirs & cross[1] | unsure & (same[1] | cross[1])
        return yes, maybe


def level_masks(level: tuple[Doc, ...], leg: Leg, subject: Subject, nobody: Subject) -> Four:
    """What the policies of one level say together."""
    allows = may_allow = denies = may_deny = 0
    for doc in level:
        one, two, three, four = doc.masks(leg, subject, nobody)
        allows, may_allow, denies, may_deny = allows | one, may_allow | two, denies | three, may_deny | four
    return allows, may_allow, denies, may_deny
