"""How long a policy is as IAM counts, and how one that grew too long is made to fit again.

Source: AWS IAM User Guide, reference_iam-quotas (6,144 characters for a managed policy, 10,240 for all inline policies
of a role together; white space does not count).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from iam_guardrails.model.iam.document import PolicyDocument
from iam_guardrails.model.iam.match import covers, has_wildcard
from iam_guardrails.model.value import frozen

MANAGED_CHARACTERS, INLINE_CHARACTERS = 6_144, 10_240
_VERBS = ("Describe", "List", "Get")
_READS_DATA = frozenset(["s3", "secretsmanager", "ssm", "kms", "dynamodb", "sqs", "kinesis", "sts", "ecr", "iam",
                         "logs"])  # fmt: skip
_FEWEST = 3
Statements = Sequence[tuple[int, Mapping[str, Any]]]


@frozen
class Shortened:
    """patterns: the Action elements that stand for several used actions again."""

    statements: tuple[tuple[int, Mapping[str, Any]], ...]
    patterns: tuple[str, ...] = ()


def characters(raw: Mapping[str, Any]) -> int:
    """The length of a document without white space between its parts."""
    return len(json.dumps(raw, separators=(",", ":"), ensure_ascii=False))


def shorten(statements: Statements, old: PolicyDocument, too_many: int) -> Shortened:
    """Put `service:Describe*`, `List*` or `Get*` for the used actions below it until `too_many` characters are saved.

    Only where the old statement has such a pattern or a wider one, and never for reading data. What does not fit then
    still does not fit: the caller must count.
    """
    made = dict(statements)
    by_place = {item.index: item for item in old.statements}
    patterns: list[str] = []
    for place, pattern, below in _candidates(made, by_place):
        if too_many <= 0:
            break
        listed = [one for one in _actions(made[place]) if one not in below]
        made[place] = {**made[place], "Action": sorted([*listed, pattern], key=str.lower)}
        too_many -= sum(len(one) + 3 for one in below) - len(pattern) - 3
        patterns.append(pattern)
    return Shortened(tuple((place, made[place]) for place, _ in statements), tuple(patterns))


def _candidates(made: Mapping[int, Mapping[str, Any]], old: Mapping[int, Any]) -> list[tuple[int, str, list[str]]]:
    found = []
    for place, statement in made.items():
        groups: dict[tuple[str, str], list[str]] = {}
        for action in _actions(statement):
            service, _, name = action.partition(":")
            first = re.match("[A-Z][a-z]+", name)
            if first and first[0] in _VERBS and not has_wildcard(action):
                groups.setdefault((service, first[0]), []).append(action)
        for (service, verb), below in groups.items():
            pattern = f"{service}:{verb}*"
            wide = any(covers(one.lower(), pattern.lower()) for one in old[place].actions)
            if wide and len(below) >= _FEWEST and not (verb == "Get" and service in _READS_DATA):
                found.append((place, pattern, below))
    return sorted(found, key=lambda item: (_VERBS.index(item[1].partition(":")[2].rstrip("*")), -len(item[2])))


def _actions(statement: Mapping[str, Any]) -> list[str]:
    listed = statement.get("Action", [])
    return [listed] if isinstance(listed, str) else list(listed)
