"""Principals whose policies say the same of what a method needs: what one of them can do by it, all of them can."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from iam_guardrails.model.iam.escalation.choices import needs_more
from iam_guardrails.model.iam.escalation.context import personal
from iam_guardrails.model.iam.escalation.ground import Ground
from iam_guardrails.model.iam.escalation.guise import Guise
from iam_guardrails.model.iam.escalation.methods import Method, Need
from iam_guardrails.model.iam.escalation.sheets import Sheet, mentioned

Content = tuple[tuple[int, int], ...]  # of each statement: which actions it is about, and what it says, as a number


class Alike:
    """Tells which guises are alike. Service control policies stand above all of them."""

    def __init__(self, ground: Ground) -> None:
        self._scps = [sheet for level in ground.scps for sheet in level]
        self._bit = ground.actions.bit
        self._actions: dict[int, int] = {}
        self._told: dict[int, dict[Sheet, Content | None]] = {}
        self._same: dict[object, Any] = {}  # contents that are equal are one

    def content(self, guise: Guise, method: Method) -> object:
        """Equal for guises whose policies say the same of all that the method needs; None where something tells the
        guise from others besides: what those policies ask about who asks, tags that the chain has set, or a trust
        policy or a provider, which may name the guise itself.
        """
        return self.said(guise, self._needed(method))

    def said(self, guise: Guise, actions: int) -> object:
        """The same for some actions (bits); None for none."""
        changes = guise.changes
        if not actions or changes.tags or changes.others or changes.session_tags:
            return None
        limit = None if guise.boundary is None else self._of(guise.boundary, actions)
        if limit is None and guise.boundary is not None:
            return None
        found = []
        for _, sheet in guise.documents:
            told = self._of(sheet, actions)
            if told is None:
                return None
            if told:
                found.append(told)
        return tuple(found), limit, guise.principal.kind, guise.forwards  # a role's session tells no MFA

    def _needed(self, method: Method) -> int:
        """The actions, as bits; none where more than policies has a say."""
        found = self._actions.get(id(method))  # the methods live as long as the ground
        if found is None:
            found = 0 if method.target == "saml-provider" else self.actions(method.needs)
            self._actions[id(method)] = found
        return found

    def actions(self, needs: Sequence[Need]) -> int:
        """The actions of some needs, as bits; none where trust policies have a say, or SCPs that ask about who asks."""
        if any(need.trust for need in needs):
            return 0
        found = sum({self._bit[need.action] for need in needs})
        return 0 if any(self._of(sheet, found) is None for sheet in self._scps) else found

    def _of(self, sheet: Sheet, actions: int) -> Content | None:
        """What a document says of some actions; None where it asks about who asks."""
        if not sheet.heard & actions:
            return ()
        known = self._told.get(actions)
        if known is None:
            known = self._told[actions] = {}
        if sheet not in known:
            same = self._same.setdefault
            pairs = [(mask & actions, number) for mask, number in sheet.numbers if mask & actions]
            told = tuple([same(pair, pair) for pair in pairs])
            keys = mentioned(sheet.about(actions))
            known[sheet] = None if personal(keys) or needs_more(keys) else same(told, told)
        return known[sheet]
