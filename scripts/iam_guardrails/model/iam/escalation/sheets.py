"""Policy documents cut down to the statements that are about one action, once for each document and action."""

from __future__ import annotations

import re
from collections.abc import Iterable

from iam_guardrails.model.iam.document import PolicyDocument, Statement
from iam_guardrails.model.iam.match import action_match
from iam_guardrails.model.iam.variables import NEWER
from iam_guardrails.model.value import changed

_NONE = frozenset[str]()
_VARIABLE = re.compile(r"\$\{([^},*?$]+)")


class Actions:
    """The actions that anybody asks about, each a bit; and which of them a statement covers."""

    def __init__(self, names: Iterable[str]) -> None:
        self.bit = {name: 1 << place for place, name in enumerate(dict.fromkeys(names))}
        self.whole = (1 << len(self.bit)) - 1
        self._services: dict[str, list[tuple[str, int]]] = {}
        for name, bit in self.bit.items():
            self._services.setdefault(name.partition(":")[0].lower(), []).append((name, bit))
        self._kept: dict[str, int] = {}
        self._contents: dict[object, int] = {}
        self._keys: dict[frozenset[str], frozenset[str]] = {}

    def same(self, keys: frozenset[str]) -> frozenset[str]:
        """These keys, as one object with all that are equal to them."""
        return self._keys.setdefault(keys, keys)

    def content(self, statement: Statement, version: str) -> int:
        """A number that is equal for statements that say the same of whatever action they are about."""
        said = (version, statement.effect, statement.resources, statement.not_resources, statement.conditions,
                statement.principals, statement.not_principals)  # fmt: skip
        return self._contents.setdefault(said, len(self._contents))

    def of(self, statement: Statement) -> int:
        """The actions that Action names, or NotAction does not."""
        if statement.not_actions:
            return self.whole & ~self._named(statement.not_actions)
        return self._named(statement.actions)

    def _named(self, patterns: Iterable[str]) -> int:
        found = 0
        for pattern in patterns:
            mask = self._kept.get(pattern)
            if mask is None:
                mask = self._kept[pattern] = self._find(pattern)
            found |= mask
        return found

    def _find(self, pattern: str) -> int:
        service = pattern.partition(":")[0].lower()
        near: Iterable[tuple[str, int]] = self._services.get(service, ())
        if "*" in service or "?" in service:
            near = self.bit.items()
        found = 0
        for name, bit in near:
            found |= bit if action_match(pattern, name) else 0
        return found


class Sheet:
    """One document: the actions that it allows or denies anywhere, and itself cut down to one action.

    Ten thousand documents have one each, and most are never asked about an action: what is worked out is made late.
    """

    __slots__ = ("_actions", "_contents", "_cut", "_masks", "_mentioned", "_numbers", "allows", "denies", "document",
                 "heard")  # fmt: skip

    def __init__(self, document: PolicyDocument, actions: Actions) -> None:
        self.document = document
        self._actions = actions
        self._masks = tuple([actions.of(item) for item in document.statements])
        self.allows = self.denies = 0
        for item, mask in zip(document.statements, self._masks, strict=True):
            if item.effect == "Allow":
                self.allows |= mask
            else:
                self.denies |= mask
        self.heard = self.allows | self.denies
        self._cut: dict[int, PolicyDocument | None] | None = None
        self._mentioned: dict[int, frozenset[str]] | None = None
        self._contents: dict[int, tuple[int, ...]] | None = None
        self._numbers: tuple[tuple[int, int], ...] | None = None

    @property
    def numbers(self) -> tuple[tuple[int, int], ...]:
        """Of each statement that is about some action: which ones, as bits, and its content as a number.

        Equal for documents that say the same, in the same order, under whatever names.
        """
        if self._numbers is None:
            told, version = zip(self._masks, self.document.statements, strict=True), self.document.version
            self._numbers = tuple([(mask, self._actions.content(item, version)) for mask, item in told if mask])
        return self._numbers

    def about(self, actions: int) -> PolicyDocument:
        """The document with the statements that are about some of the actions (bits)."""
        told = zip(self.document.statements, self._masks, strict=True)
        return changed(self.document, statements=tuple([item for item, mask in told if mask & actions]))

    def content(self, bit: int) -> tuple[int, ...]:
        """What the statements about the action say, as numbers: equal for documents that say the same of it."""
        if self._contents is None:
            self._contents = {}
        found = self._contents.get(bit)
        if found is None:
            found = self._contents[bit] = tuple([number for mask, number in self.numbers if mask & bit])
        return found

    def cut(self, bit: int) -> PolicyDocument | None:
        """The document with the statements about the action alone; None where it has none."""
        if not self.heard & bit:
            return None
        if self._cut is None:
            self._cut = {}
        if bit not in self._cut:
            kept = tuple(item for item, mask in zip(self.document.statements, self._masks, strict=True) if mask & bit)
            self._cut[bit] = changed(self.document, statements=kept)
        return self._cut[bit]

    def mentioned(self, bit: int) -> frozenset[str]:
        """The condition keys, and the keys of policy variables, of those statements; in lower case."""
        if not self.heard & bit:
            return _NONE
        if self._mentioned is None:
            self._mentioned = {}
        if bit not in self._mentioned:
            document = self.cut(bit)
            self._mentioned[bit] = self._actions.same(mentioned(document)) if document else frozenset()
        return self._mentioned[bit]


def mentioned(document: PolicyDocument) -> frozenset[str]:
    """The condition keys, and the keys of policy variables, of a document; in lower case."""
    keys = {condition.key.lower() for item in document.statements for condition in item.conditions}
    return varied(document) | keys


def varied(document: PolicyDocument) -> frozenset[str]:
    """The keys of the policy variables of a document; in lower case."""
    found: set[str] = set()
    for item in document.statements if document.version == NEWER else ():
        texts = (item.resources, item.not_resources, *(condition.values for condition in item.conditions))
        found.update(name.strip().lower() for some in texts for text in some if "${" in text
                     for name in _VARIABLE.findall(text))  # fmt: skip
    return frozenset(found)
