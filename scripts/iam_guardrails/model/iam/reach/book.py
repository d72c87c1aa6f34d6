"""The policy documents of an account that say something of the actions at hand, each made ready once."""

from __future__ import annotations

from marshal import dumps
from typing import Any

from iam_guardrails.model.iam.document import PolicyDocument, parse
from iam_guardrails.model.iam.listed import Holding, glimpse_of
from iam_guardrails.model.iam.principals import Estate, Group, Raw
from iam_guardrails.model.iam.reach.actions import Actions
from iam_guardrails.model.iam.reach.doc import Compiled, Doc, Rule
from iam_guardrails.model.iam.reach.each import Each
from iam_guardrails.model.unknown import Unknown

Look = tuple[str, list[tuple[int, dict[str, Any]]]]  # a document's version, and what Actions.relevant gives


class Book:
    """The documents of an account that say something of the actions at hand."""

    def __init__(self, estate: Estate, actions: Actions) -> None:
        self.estate, self.actions = estate, actions
        self._managed: dict[str, Doc | None] = {}
        self._looked: dict[str, Look] = {}
        self._groups: dict[str, list[Doc]] = {}
        self._rules: dict[tuple[bytes, str], Rule] = {}
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
        raw = glimpse_of(self.estate.policies, arn)
        listed = None if isinstance(raw, Unknown) else self.actions.relevant(raw)
        return None if listed is None else (_version(raw), listed)

    def _usual(self, label: str, look: Look, source: str) -> Doc | None:
        """A document of the usual shape; None where nothing of it is about the actions, or where it is no policy."""
        version, listed = look
        try:
            rules = [self._rule(item, version) for _, item in listed]
        except (ValueError, RecursionError):  # a PolicyError, or what cannot be a key
            return None
        made = Doc(label, rules, [place for place, _ in listed], "", source) if rules else None
        return made.in_common(self._compiled) if made else None

    def read(self, label: str, raw: Raw, source: str = "") -> Doc | None:
        """A document, which may be let go then; None where it is about none of the actions. source: see Doc."""
        if not isinstance(raw, Unknown):
            listed = self.actions.relevant(raw)
            if listed is not None:
                usual = self._usual(label, (_version(raw), listed), source) if listed else None
                if usual is not None or not listed:
                    return usual  # else the whole document says why it is none
        document = raw if isinstance(raw, Unknown) else self.estate.parsed_anew(raw)
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

    def _rule(self, item: dict[str, Any], version: str) -> Rule:
        key = (dumps(item, 2), version)  # 2: without marks that tell equal values apart
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
