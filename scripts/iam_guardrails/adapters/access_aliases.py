"""Aliases of KMS keys that come, go or move while a policy at hand asks for them: what that gives is not weighed.

Source: AWS KMS Developer Guide, alias-authorization (kms:ResourceAliases: the aliases of the key; kms:RequestAlias: the
one that the request names; moving an alias may change who may use which key).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from iam_guardrails.adapters.access_tags import statements
from iam_guardrails.adapters.plan_json.graph import Node
from iam_guardrails.model.iam.difference.subject import Held, Subject
from iam_guardrails.model.iam.document import Condition
from iam_guardrails.model.iam.match import glob_match
from iam_guardrails.model.iam.operators import narrows

ALIAS = "key alias"
_NAMELESS = "an alias whose name is not known yet"
_ASKING = ("kms:requestalias", "kms:resourcealiases")


def alias_of(node: Node) -> Held | None:
    """An alias and the key that it stands for; None of what is none."""
    if node.type != "aws_kms_alias":
        return None
    name, key = (node.values.get(attribute) for attribute in ("name", "target_key_id"))
    target = key.rpartition("/")[2] if isinstance(key, str) else ""
    same = json.dumps([name, target]) if name and target else ""
    shown = name if isinstance(name, str) else _NAMELESS
    return Held(shown, None, "policies at hand ask for it", "read the policies that ask for it", same)


def with_asked_aliases(subjects: Iterable[Subject]) -> tuple[Subject, ...]:
    """The subjects without the aliases that stay, or that no condition of a policy at hand may tell from others."""
    there = tuple(subjects)
    conditions = [one for item in statements(item for item in there if item.what != ALIAS) for one in item.conditions
                  if one.key.lower() in _ASKING]  # fmt: skip
    return tuple(item for item in there if item.what != ALIAS or any(_asks(item, conditions)))


def _asks(item: Subject, conditions: Iterable[Condition]) -> Iterator[bool]:
    old, new = item.old.policies, item.new.policies
    if [held.same for held in old] == [held.same for held in new] != [""]:
        return
    for name in {held.name for held in (*old, *new)}:
        for one in conditions:
            yield (
                name == _NAMELESS
                or not narrows(one)
                or any("${" in text or glob_match(text.lower(), name.lower()) for text in one.values)
            )
