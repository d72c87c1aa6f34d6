"""The actions that a question is about, as bits; most statements of an account are about none of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from iam_guardrails.model.iam.document import Statement
from iam_guardrails.model.iam.match import action_match

_ELEMENTS = frozenset({"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition", "Principal",
                       "NotPrincipal"})  # fmt: skip
_TEXTS = (str, list)
_EFFECTS = ("Allow", "Deny")


class Actions:
    """Bit n stands for the n-th action."""

    def __init__(self, actions: Sequence[str]) -> None:
        self.actions = tuple(dict.fromkeys(action.lower() for action in actions))
        self.every = (1 << len(self.actions)) - 1
        self._flags: dict[str, int] = {"*": self.every}
        self._idle: set[str] = set()  # patterns that name none of the actions
        self._vendors: dict[str, list[int]] = {}
        for number, action in enumerate(self.actions):
            self._vendors.setdefault(action.partition(":")[0], []).append(number)

    def flag(self, action: str) -> int:
        """The bit of one action."""
        return 1 << self.actions.index(action.lower())

    def named_by(self, pattern: str) -> int:
        """The actions that one Action element names."""
        found = self._flags.get(pattern)
        if found is None:
            vendor = pattern.partition(":")[0].lower()
            among = range(len(self.actions)) if "*" in vendor or "?" in vendor else self._vendors.get(vendor, ())
            found = 0
            for number in among:
                if action_match(pattern, self.actions[number]):
                    found |= 1 << number
            self._flags[pattern] = found
            if not found:
                self._idle.add(pattern)
        return found

    def of(self, statement: Statement) -> int:
        """The actions that a statement is about."""
        found = 0
        for pattern in statement.not_actions or statement.actions:
            found |= self.named_by(pattern)
        return self.every & ~found if statement.not_actions else found

    def relevant(self, document: Mapping[str, Any]) -> list[tuple[int, dict[str, Any]]] | None:
        """The raw statements of a document that are about one of the actions, each with its place.

        None where the document's shape is not the usual one: it must be parsed to know.
        """
        listed = document.get("Statement", ())
        if type(listed) is dict:
            listed = (listed,)
        elif type(listed) is not list:
            return None
        found: list[tuple[int, dict[str, Any]]] = []
        flags, idle = self._flags, self._idle
        for place, item in enumerate(listed):
            if type(item) is not dict or not _ELEMENTS.issuperset(item) or item.get("Effect") not in _EFFECTS:
                return None
            patterns = item.get("Action")
            others = item.get("NotAction")
            if others is not None and (patterns is not None or not others):
                return None
            patterns = patterns if others is None else others
            if type(patterns) is not str and type(patterns) is not list:
                return None
            if type(item.get("Resource", "")) not in _TEXTS or type(item.get("Condition", item)) is not dict:
                return None
            if type(patterns) is str:
                known = flags.get(patterns)
                about = self.named_by(patterns) if known is None else known
            else:
                try:
                    left = {*patterns} - idle
                except TypeError:  # a list or an object among them
                    return None
                about = 0
                for pattern in left:
                    if type(pattern) is not str:
                        return None
                    known = flags.get(pattern)
                    about |= self.named_by(pattern) if known is None else known
            if others is not None:
                about = self.every & ~about
            if about:
                found.append((place, item))
        return found
