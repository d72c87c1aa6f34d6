"""What ties the keys that tell an organization to each other, and to who asks.

A principal, a resource or a source whose account is a member of an organization has its id and its path, which begins
with the id; any other has neither, and so have services, identity providers and nobody. Source: AWS IAM User Guide,
reference_policies_condition-keys (aws:PrincipalOrgID, aws:PrincipalOrgPaths, aws:ResourceOrgID, aws:ResourceOrgPaths,
aws:SourceOrgID, aws:SourceOrgPaths).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence, Set

from iam_guardrails.model.iam.document import Condition
from iam_guardrails.model.iam.operators import read_operator

PAIRS = tuple((f"aws:{whose}orgid", f"aws:{whose}orgpaths") for whose in ("principal", "resource", "source"))
Either = tuple[Condition, Condition]  # of every request one of the two holds
_HEAD = re.compile(r"[^*?$/]+")


def of_pairs(conditions: Sequence[Condition], assumed: dict[str, None]) -> Iterator[Either]:
    """What holds of an id and its path where conditions ask for both. assumed: what is taken for granted; added to."""
    keys = {item.key.lower() for item in conditions}
    for id_key, paths_key in PAIRS:
        if not {id_key, paths_key} <= keys:
            continue
        assumed[f"{paths_key} begins with {id_key}, and is there exactly where that is"] = None
        yield Condition("Null", id_key, ("true",)), Condition("ForAnyValue:StringLike", paths_key, ("*",))
        yield Condition("Null", id_key, ("false",)), Condition("Null", paths_key, ("true",))
        for start, whole in sorted(_starts(conditions, id_key, paths_key)):
            one, path = (start, f"{start}/*") if whole else (f"{start}*", f"{start}*")
            yield (Condition("StringNotLike", id_key, (one,)),
                   Condition("ForAllValues:StringLike", paths_key, (path,)))  # fmt: skip
            yield (Condition("StringLike", id_key, (one,)),
                   Condition("ForAllValues:StringNotLike", paths_key, (path,)))  # fmt: skip


def of_callers(keys: Set[str], assumed: dict[str, None]) -> Iterator[Either]:
    """Whoever asks and has no account is of no organization. assumed: what is taken for granted; added to."""
    for key in PAIRS[0]:
        if key in keys:
            assumed[f"{key} is absent where a service, an identity provider or nobody asks"] = None
            yield Condition("Null", key, ("true",)), Condition("Null", "aws:PrincipalArn", ("false",))


def _starts(conditions: Iterable[Condition], id_key: str, paths_key: str) -> set[tuple[str, bool]]:
    """What ids that conditions list begin with, each with whether that is all of the id."""
    found = set()
    for item in conditions:
        key, operator = item.key.lower(), read_operator(item.operator)
        if key not in (id_key, paths_key) or operator is None or not operator.base.startswith("String"):
            continue
        for text in item.values:
            head = _HEAD.match(text)
            if head:
                rest = text[head.end() :]
                found.add((head[0], not rest if key == id_key else rest.startswith("/")))
    return found
