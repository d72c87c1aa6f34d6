"""Policy documents made ready for many requests: what a statement says of a leg is worked out once.

A statement that stands in many documents is one rule. Statements that ask about the caller (its ARN, its name, its
tags) are weighed anew for each caller, or for each set of tags; the others once for the account.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from iam_guardrails.model.iam.document import PolicyDocument, PolicyError, Statement, parse
from iam_guardrails.model.iam.listed import Holding
from iam_guardrails.model.iam.principals import Estate, Group, Raw
from iam_guardrails.model.iam.reach.actions import Actions
from iam_guardrails.model.iam.reach.each import Each
from iam_guardrails.model.iam.reach.leg import Leg, Said
from iam_guardrails.model.iam.reach.subject import TAG, Subject, asks_about_subject
from iam_guardrails.model.iam.variables import NEWER
from iam_guardrails.model.unknown import Unknown
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
        if all(key.startswith(TAG) for key in self.asking):
            memo = (id(leg), *(subject.value(key) for key in self.asking))
            found = self._memo.get(memo)
            if found is None:
                found = self._memo[memo] = self._weigh(leg, subject)
            return found
        return self._weigh(leg, subject)

    def _weigh(self, leg: Leg, subject: Subject) -> Said:
        return leg.says(self.statement, self.version, subject)


class Doc:
    """One document under one name. rules: its statements that say something, at these places of the document.

    unknown: why it is not judged, "" where it is.  source: the ARN of a managed policy, the name of a group whose
    inline policy it is, "" for an inline policy of its holder.  denies: whether it denies something, or may.
    asking: what its statements ask about the caller.  key: equal for documents that say the same.  compiled: what is
    worked out already.
    """

    __slots__ = ("_allowing", "asking", "compiled", "denies", "flags", "key", "label", "places", "rules", "source",
                 "unknown")  # fmt: skip

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
        if self.unknown:
            return None
        statements = (changed(rule.statement, index=place) for rule, place in zip(self.rules, self.places, strict=True))
        return PolicyDocument(tuple(statements), self.rules[0].version if self.rules else NEWER)

    def masks(self, leg: Leg, subject: Subject, nobody: Subject) -> Four:
        """What the document says of the leg. nobody: any principal of the account."""
        if self.unknown:
            return (0, leg.every, 0, leg.every)
        if not self.flags & leg.flags:
            return NOTHING
        found = self.compiled.get(id(leg))
        if found is None:
            about = [rule for rule in self.rules if rule.flags & leg.flags]
            fixed = _joined(NOTHING, ((rule, rule.says(leg, nobody)) for rule in about if not rule.asking))
            found = self.compiled[id(leg)] = fixed, [rule for rule in about if rule.asking]
        masks, asking = found
        return _joined(masks, ((rule, rule.says(leg, subject)) for rule in asking)) if asking else masks


def _joined(masks: Four, said: Iterable[tuple[Rule, Said]]) -> Four:
    allows, may_allow, denies, may_deny = masks
    for rule, (sure, may, _) in said:
        if rule.allows:
            allows |= sure
            may_allow |= may
        else:
            denies |= sure
            may_deny |= may
    return allows, may_allow, denies, may_deny


Look = tuple[str, list[tuple[int, Mapping[str, Any]]]]  # a document's version, and what Actions.relevant gives


class Book:
    """The documents of an account that say something of the actions at hand."""

    def __init__(self, estate: Estate, actions: Actions) -> None:
        self.estate, self.actions = estate, actions
        self._managed: dict[str, Doc | None] = {}
        self._looked: dict[str, Look] = {}
        self._groups: dict[str, list[Doc]] = {}
        self._rules: dict[tuple[str, str], Rule] = {}
        self._compiled: dict[frozenset[int], Compiled] = {}

    def of(self, holding: Holding) -> list[Doc]:
        """The identity policies of a principal that are about one of the actions, or that are unknown."""
        found = self._own(holding, "")
        for name in holding.groups:
            found += self.of_group(name)
        return found

    def of_group(self, name: str) -> list[Doc]:
        """The policies of a group, likewise."""
        docs = self._groups.get(name)
        if docs is None:
            docs = self._groups[name] = self._of_group(name)
        return docs

    def boundary(self, arn: str) -> Doc:
        """A permissions boundary; one that is about none of the actions allows nothing."""
        return self.managed(arn) or Doc(f"managed policy {arn.rpartition('/')[2]}", (), (), "", arn)

    def managed(self, arn: str) -> Doc | None:
        """A managed policy; None where it is about none of the actions."""
        try:
            return self._managed[arn]
        except KeyError:
            label = f"managed policy {arn.rpartition('/')[2]}"
            looked = self._looked.get(arn)
            found = self._usual(label, looked, arn) if looked else None
            if looked is None or (found is None and looked[1]):
                found = self.read(label, self.estate.managed(arn), arn)
            self._managed[arn] = found
            return found

    def look_ahead(self, each: Each) -> None:
        """Look at all managed policies, so that each is looked at in one part only. each: who looks at which."""
        arns = list(self.estate.policies)
        for numbers, looks in each(lambda numbers: [self._look(arns[number]) for number in numbers], len(arns)):
            self._looked.update((arns[number], look) for number, look in zip(numbers, looks, strict=True) if look)

    def _look(self, arn: str) -> Look | None:
        """What a managed policy says of the actions; None where it must be parsed to know."""
        raw = self.estate.managed(arn)
        listed = None if isinstance(raw, Unknown) else self.actions.relevant(raw)
        return None if listed is None else (_version(raw), listed)

    def _usual(self, label: str, look: Look, source: str) -> Doc | None:
        """A document of the usual shape; None where nothing of it is about the actions, or where it is no policy."""
        version, listed = look
        try:
            rules = [self._rule(item, version) for _, item in listed]
        except (PolicyError, RecursionError):
            return None
        made = Doc(label, rules, [place for place, _ in listed], "", source) if rules else None
        return made.in_common(self._compiled) if made else None

    def read(self, label: str, raw: Raw, source: str = "") -> Doc | None:
        """A document; None where it is about none of the actions. source: see Doc."""
        if not isinstance(raw, Unknown):
            listed = self.actions.relevant(raw)
            if listed is not None:
                usual = self._usual(label, (_version(raw), listed), source) if listed else None
                if usual is not None or not listed:
                    return usual  # else the whole document says why it is none
        document = self.estate.parsed(raw)
        if isinstance(document, Unknown):
            return Doc(label, (), (), document.reason, source)
        whole = self.whole(label, document, source)
        return whole if whole.rules else None

    def whole(self, label: str, document: PolicyDocument, source: str = "") -> Doc:
        """A document that is parsed already."""
        rules = [
            Rule(item, document.version, flags) for item in document.statements if (flags := self.actions.of(item))
        ]
        return Doc(label, rules, [rule.statement.index for rule in rules], "", source)

    def _rule(self, item: Mapping[str, Any], version: str) -> Rule:
        key = (repr(item), version)
        found = self._rules.get(key)
        if found is None:
            (statement,) = parse({"Version": version, "Statement": [item]}).statements
            found = self._rules[key] = Rule(statement, version, self.actions.of(statement))
        return found

    def _of_group(self, name: str) -> list[Doc]:
        group = self.estate.groups.get(name)
        if group is None:
            return [Doc(f"the policies of group {name}", (), (), f"the file does not hold the group {name}", name)]
        return self._own(group, f" of group {name}", name)

    def _own(self, holder: Holding | Group, of: str, source: str = "") -> list[Doc]:
        found = []
        for name, raw in holder.inline:
            doc = self.read(f"inline policy {name}{of}", raw, source)
            if doc is not None:
                found.append(doc)
        managed = self._managed
        for arn in holder.attached:
            doc = managed[arn] if arn in managed else self.managed(arn)
            if doc is not None:
                found.append(doc)
        return found


def _version(raw: Raw) -> str:
    return "" if isinstance(raw, Unknown) else str(raw.get("Version", "2008-10-17"))
