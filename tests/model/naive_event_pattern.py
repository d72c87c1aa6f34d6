"""A second reading of EventBridge event patterns, in the way event-ruler describes itself: rules and fields made flat.

A pattern becomes a list of rules (one per combination of `$or` arms), a rule a list of (path, wanted values). An event
becomes a list of (path, leaf, which element of which array it is in). A rule matches when one leaf can be chosen per
path so that no two of them are in different elements of the same array.
"""

from __future__ import annotations

import ipaddress
from itertools import product
from typing import Any

Rule = list[tuple[tuple[str, ...], list[Any]]]
Field = tuple[tuple[str, ...], Any, dict[Any, int]]


def naive(pattern: dict[str, Any], event: dict[str, Any]) -> bool:
    fields = flat(event, (), {}, ())
    return any(meets(rule, fields) for rule in rules(pattern, ()))


def rules(pattern: dict[str, Any], path: tuple[str, ...]) -> list[Rule]:
    found: list[Rule] = [[]]
    for name, wanted in pattern.items():
        if name == "$or":
            arms = [rule for arm in wanted for rule in rules(arm, path)]
        elif isinstance(wanted, dict):
            arms = rules(wanted, (*path, name))
        else:
            arms = [[((*path, name), wanted)]]
        found = [one + other for one in found for other in arms]
    return found


def flat(value: Any, path: tuple[str, ...], inside: dict[Any, int], place: tuple[int, ...]) -> list[Field]:
    if isinstance(value, dict):
        return [field for name, under in value.items() for field in flat(under, (*path, name), inside, place)]
    if isinstance(value, list):
        return [
            field
            for number, item in enumerate(value)
            for field in flat(item, path, inside | {(path, place): number}, (*place, number))
        ]
    return [(path, value, inside)]


def meets(rule: Rule, fields: list[Field]) -> bool:
    choices = []
    for path, wanted in rule:
        there = [field for field in fields if field[0] == path]
        if {"exists": False} in wanted and not there:
            continue
        choices.append([inside for _, leaf, inside in there if any(holds(item, leaf) for item in wanted)])
    return any(
        all(one.get(key, at) == at for one in chosen for other in chosen for key, at in other.items())
        for chosen in product(*choices)
    )


def holds(item: Any, leaf: Any) -> bool:
    if not isinstance(item, dict):
        return type(item) is type(leaf) and item == leaf
    (kind, wanted), text = next(iter(item.items())), isinstance(leaf, str)
    if kind == "exists":
        return bool(wanted)
    if kind == "anything-but":
        if isinstance(wanted, dict):
            ((inner, texts),) = wanted.items()
            listed = texts if isinstance(texts, list) else [texts]
            return not any(holds({inner: one}, leaf) for one in listed)
        return not any(holds(one, leaf) for one in (wanted if isinstance(wanted, list) else [wanted]))
    if kind == "numeric":
        number = not text and leaf is not None and not isinstance(leaf, bool) and abs(leaf) <= 5_000_000_000
        return number and all(
            {"=": leaf == limit, "<": leaf < limit, "<=": leaf <= limit, ">": leaf > limit, ">=": leaf >= limit}[sign]
            for sign, limit in zip(wanted[::2], wanted[1::2], strict=True)
        )
    return text and about_text(kind, wanted, leaf)


def about_text(kind: str, wanted: Any, leaf: str) -> bool:
    if kind == "cidr":
        network = ipaddress.ip_network(wanted, strict=False)
        try:
            address = ipaddress.ip_address(leaf)
        except ValueError:
            return False
        same = address.version == network.version
        return same and int(network.network_address) <= int(address) <= int(network.broadcast_address)
    if isinstance(wanted, dict):
        return about_text(kind, wanted["equals-ignore-case"].casefold(), leaf.casefold())
    if kind == "wildcard":
        return glob(wanted, leaf)
    if kind == "equals-ignore-case":
        return leaf.casefold() == wanted.casefold()
    edge = leaf[: len(wanted)] if kind == "prefix" else leaf[max(0, len(leaf) - len(wanted)) :]
    return edge == wanted


def glob(wanted: str, leaf: str) -> bool:
    if not wanted:
        return not leaf
    if wanted[0] == "*":
        return any(glob(wanted[1:], leaf[at:]) for at in range(len(leaf) + 1))
    escaped = wanted[0] == "\\"
    return leaf[:1] == wanted[escaped] and glob(wanted[1 + escaped :], leaf[1:])
