"""Policy documents made ready for many requests: what a statement says of a leg is worked out once.

A statement that stands in many documents is one rule. Statements that ask about the caller (its ARN, its name, its
tags) are weighed anew for each caller, or for each set of tags; the others once for the account.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from iam_guardrails.model.iam.document import PolicyDocument, Statement
from iam_guardrails.model.iam.reach.leg import Leg, Said
from iam_guardrails.model.iam.reach.subject import TAG, Subject, asks_about_subject
from iam_guardrails.model.iam.variables import NEWER
from iam_guardrails.model.value import changed

Four = tuple[int, int, int, int]  # allows certainly, allows possibly, denies certainly, denies possibly
NOTHING: Four = (0, 0, 0, 0)
_UNKNOWN = frozenset([0])
Compiled = dict[int, tuple[Four, list["Rule"]]]  # by leg: what is the same for every caller, and the other rules


class Rule:
    """A statement of one or many documents. flags: the actions it is about.  asking: what it asks about the caller."""

    __slots__ = ("_memo", "allows", "asking", "flags", "statement", "version")

    def __init__(self, statement: Statement, version: str, flags: int) -> None:
        self.statement, self.version, self.flags = statement, version, flags
        self.allows = statement.effect == "Allow"
        self.asking = asks_about_subject(statement, version)
        self._memo: dict[object, Said] = {}

    def says(self, leg: Leg, subject: Subject) -> Said:
        """What it says of the leg; subject: the caller, or anybody of the account where it does not ask about it."""
        memo: object = id(leg)
        if self.asking:
            if not all(key.startswith(TAG) for key in self.asking):
                return self._weigh(leg, subject)
            memo = (memo, *(subject.value(key) for key in self.asking))
        found = self._memo.get(memo)
        if found is None:
            found = self._memo[memo] = self._weigh(leg, subject)
        return found

    def _weigh(self, leg: Leg, subject: Subject) -> Said:
        return leg.says(self.statement, self.version, subject)


class Doc:
    """One document under one name. rules: its statements that say something, at these places of the document.

    unknown: why it is not judged, "" where it is.  source: the ARN of a managed policy, the name of a group whose
    inline policy it is, "" for an inline policy of its holder.  denies: whether it denies something, or may.
    asking: what its statements ask about the caller.  key: equal for documents that say the same.  compiled: what is
    worked out already.
    """

    __slots__ = ("_allowing", "_document", "asking", "compiled", "denies", "flags", "key", "label", "places", "rules",
                 "source", "unknown")  # fmt: skip

    def __init__(
        self, label: str, rules: Sequence[Rule], places: Sequence[int], unknown: str = "", source: str = ""
    ) -> None:  # fmt: skip
        self.label, self.rules, self.places, self.unknown, self.source = label, rules, places, unknown, source
        flags, self.denies = (-1, True) if unknown else (0, False)
        asking: tuple[str, ...] = ()
        for rule in rules:
            flags |= rule.flags
            if not rule.allows:
                self.denies = True
            if rule.asking:
                asking += rule.asking
        self.flags, self.asking = flags, asking
        self.key = frozenset(map(id, rules)) if not unknown else _UNKNOWN
        self.compiled: Compiled = {}
        self._allowing: Doc | None = None
        self._document: PolicyDocument | None = None

    def in_common(self, known: dict[frozenset[int], Compiled]) -> Doc:
        """The same document, which shares with those of the same rules what these say."""
        self.compiled = known.setdefault(self.key, self.compiled)
        return self

    def allowing(self) -> Doc:
        """The document without its statements that deny, always the same one; unknown where it is."""
        if not any(not rule.allows for rule in self.rules):
            return self
        if self._allowing is None:
            kept = [(rule, place) for rule, place in zip(self.rules, self.places, strict=True) if rule.allows]
            rules, places = [rule for rule, _ in kept], [place for _, place in kept]
            self._allowing = Doc(self.label, rules, places, self.unknown, self.source)
        return self._allowing

    @property
    def document(self) -> PolicyDocument | None:
        """The document as far as it says something; None where it is unknown."""
        if self._document is None and not self.unknown:
            placed = zip(self.rules, self.places, strict=True)
            statements = tuple([changed(rule.statement, index=place) for rule, place in placed])
            self._document = PolicyDocument(statements, self.rules[0].version if self.rules else NEWER)
        return self._document

    def masks(self, leg: Leg, subject: Subject, nobody: Subject) -> Four:
        """What the document says of the leg. nobody: any principal of the account."""
        if self.unknown:
            return (0, leg.every, 0, leg.every)
        if not self.flags & leg.flags:
            return NOTHING
        found = self.compiled.get(id(leg))
        if found is None:
            about = [rule for rule in self.rules if rule.flags & leg.flags]
            fixed = _joined(NOTHING, [rule for rule in about if not rule.asking], leg, nobody)
            found = self.compiled[id(leg)] = fixed, [rule for rule in about if rule.asking]
        masks, asking = found
        return _joined(masks, asking, leg, subject) if asking else masks


def _joined(masks: Four, rules: Iterable[Rule], leg: Leg, subject: Subject) -> Four:
    """The masks with what rules say beside them."""
    allows, may_allow, denies, may_deny = masks
    for rule in rules:
        sure, may, _ = rule.says(leg, subject)
        if rule.allows:
            allows |= sure
            may_allow |= may
        else:
            denies |= sure
            may_deny |= may
    return allows, may_allow, denies, may_deny
