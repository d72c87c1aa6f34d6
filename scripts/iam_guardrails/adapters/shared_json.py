"""Reading large JSON into few objects: texts, lists and small objects that are equal become one and the same.

Ten thousand roles repeat the same ARNs, statements, tags and trust policies; kept apart they take four times as much
memory as the text that they were read from. What was read must therefore not be changed in place.
"""

from __future__ import annotations

from typing import Any

_TEXT = {str}
_MOST = 6
"""Names in an object that is looked for among the others: larger ones, such as a role, stand there once."""


class Shared:
    """`object` is an `object_hook` of the json module. One instance serves one text, and is dropped after it."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._lists: dict[tuple[int, ...], list[Any]] = {}
        self._plain: dict[tuple[tuple[str, Any], ...], dict[str, Any]] = {}  # of texts alone
        self._objects: dict[tuple[object, ...], dict[str, Any]] = {}

    def object(self, made: dict[str, Any]) -> dict[str, Any]:
        """This object with what it shares with others, or an equal one that was read before."""
        plain = None
        if len(made) <= _MOST and set(map(type, made.values())) == _TEXT:
            plain = tuple(made.items())
            found = self._plain.get(plain)
            if found is not None:
                return found
        share = self._texts.setdefault
        for name, value in made.items():
            if type(value) is str:
                made[name] = share(value, value)
            elif type(value) is list:
                made[name] = self._list(value)
        if plain is not None:
            self._plain[plain] = made
            return made
        if len(made) > _MOST:
            return made
        key = (*made, *map(id, made.values()))  # what is kept keeps its values, so no id is given away again
        return self._objects.setdefault(key, made)

    def _list(self, value: list[Any]) -> list[Any]:
        if value and type(value[0]) is str:
            share = self._texts.setdefault
            value = [share(item, item) if type(item) is str else item for item in value]
        return self._lists.setdefault(tuple(map(id, value)), value)
