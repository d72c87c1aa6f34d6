"""Terraform's functions, as far as names, lists and policies of IAM are made with them.

Source: Terraform documentation, "Built-in Functions". What is not here, or fails, leaves the value unknown.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Callable, Mapping
from typing import Any


def _coalesce(*values: Any) -> Any:
    return next(value for value in values if value not in (None, ""))


def _concat(*lists: Any) -> list[Any]:
    return [item for one in lists for item in one]


def _merge(*objects: Any) -> dict[str, Any]:
    return {key: value for one in objects if one is not None for key, value in one.items()}


def _distinct(items: Any) -> list[Any]:
    found: list[Any] = []
    for item in items:
        if item not in found:
            found.append(item)
    return found


def _flatten(items: Any) -> list[Any]:
    return [one for item in items for one in (_flatten(item) if isinstance(item, list) else [item])]


def _lookup(found: Mapping[str, Any], key: str, *otherwise: Any) -> Any:
    return found[key] if key in found or not otherwise else otherwise[0]


def _keys(found: Mapping[str, Any]) -> list[str]:
    return sorted(found)


def _set(items: Any) -> list[Any]:
    return sorted(_distinct(items), key=str)


def _element(items: list[Any], index: int) -> Any:
    return items[index % len(items)]


def _product(*lists: Any) -> list[list[Any]]:
    found: list[list[Any]] = [[]]
    for one in lists:
        found = [[*before, item] for before in found for item in one]
    return found


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "coalesce": _coalesce,
    "coalescelist": lambda *lists: next(one for one in lists if one),
    "compact": lambda items: [item for item in items if item not in (None, "")],
    "concat": _concat,
    "contains": lambda items, value: value in items,
    "distinct": _distinct,
    "element": _element,
    "endswith": lambda text, end: text.endswith(end),
    "flatten": _flatten,
    "format": lambda text, *values: text.replace("%d", "%s").replace("%v", "%s") % values,
    "join": lambda sign, *lists: sign.join(str(item) for item in _concat(*lists)),
    "jsondecode": json.loads,
    "jsonencode": lambda value: json.dumps(value, separators=(",", ":"), sort_keys=True),
    "keys": _keys,
    "length": len,
    "lookup": _lookup,
    "lower": str.lower,
    "merge": _merge,
    "nonsensitive": lambda value: value,
    "one": lambda items: items[0] if items else None,
    "replace": lambda text, old, new: text.replace(old, new),
    "reverse": lambda items: items[::-1],
    "sensitive": lambda value: value,
    "setproduct": _product,
    "setsubtract": lambda one, other: [item for item in one if item not in other],
    "setunion": lambda *lists: _set(_concat(*lists)),
    "sort": sorted,
    "split": lambda sign, text: text.split(sign),
    "startswith": lambda text, start: text.startswith(start),
    "title": str.title,
    "tolist": list,
    "tomap": dict,
    "toset": _set,
    "tostring": str,
    "trimprefix": lambda text, start: text.removeprefix(start),
    "trimspace": str.strip,
    "trimsuffix": lambda text, end: text.removesuffix(end),
    "basename": posixpath.basename,
    "dirname": posixpath.dirname,
    "upper": str.upper,
    "values": lambda found: [found[key] for key in sorted(found)],
    "zipmap": lambda names, values: dict(zip(names, values, strict=True)),
}  # fmt: skip
