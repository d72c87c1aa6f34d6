"""What a Terraform plan would change, and which of it somebody did outside Terraform."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from iam_guardrails.model.value import frozen

SHOWN = 120


@frozen
class Difference:
    """One attribute: `path` inside the resource, what is live, what the configuration says (both as short text)."""

    path: str
    live: str
    declared: str


@frozen
class Change:
    """One resource the plan would touch.

    kind: "changed", "missing" (declared and gone) or "extra" (to be destroyed).  outside: Terraform's refresh found
    that the live object differs from what the last apply left, so somebody changed it elsewhere.
    """

    address: str
    type: str
    kind: str
    outside: bool
    differences: tuple[Difference, ...] = ()


def differences(live: Any, declared: Any, unknown: Any, hidden: Any, path: str = "") -> Iterator[Difference]:
    """Walk two values of a plan side by side. JSON text (policies) is compared as what it says, not as text.

    `unknown` and `hidden` are the parallel trees of after_unknown and of the sensitive marks.
    """
    if live == declared or unknown is True:
        return
    if hidden is True:
        yield Difference(path, "(sensitive)", "(sensitive)")
        return
    if isinstance(live, str) and isinstance(declared, str):
        live, declared = _decoded(live), _decoded(declared)
        if live == declared:
            return
    if isinstance(live, dict) and isinstance(declared, dict):
        for key in [*live, *(key for key in declared if key not in live)]:
            inner = f"{path}.{key}" if path else str(key)
            yield from differences(live.get(key), declared.get(key), _at(unknown, key), _at(hidden, key), inner)
    elif isinstance(live, list) and isinstance(declared, list) and len(live) == len(declared):
        for index, pair in enumerate(zip(live, declared, strict=True)):
            yield from differences(*pair, _at(unknown, index), _at(hidden, index), f"{path}[{index}]")
    elif not (live in (None, "", [], {}) and declared in (None, "", [], {})):
        yield Difference(path, _short(live), _short(declared))


def _at(tree: Any, key: str | int) -> Any:
    if isinstance(tree, dict):
        return tree.get(key, False)
    if isinstance(tree, list) and isinstance(key, int) and key < len(tree):
        return tree[key]
    return tree is True


def _decoded(text: str) -> Any:
    if text[:1] not in ("{", "["):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _short(value: Any) -> str:
    if value is None:
        return "nothing"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
