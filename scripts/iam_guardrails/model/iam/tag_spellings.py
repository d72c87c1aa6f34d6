"""The spellings of a tag's key that conditions on aws:TagKeys tell apart.

The keys of tags in IAM, and of session tags, are the same in any letter case, and aws:RequestTag/…, aws:PrincipalTag/…
and aws:ResourceTag/… find them so; aws:TagKeys is compared as its operator says, StringEquals with the letter case.
Whoever tags chooses the spelling. Source: AWS IAM User Guide, id_tags and id_session-tags (keys are not case-sensitive,
their letter case is kept) and reference_policies_condition-keys (aws:TagKeys).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product

from iam_guardrails.model.iam.document import Condition
from iam_guardrails.model.iam.match import glob_match
from iam_guardrails.model.iam.operators import read_operator

TAG_KEYS = "aws:tagkeys"
_TURNED = 8  # letters of which each is tried in both cases


def spellings(name: str, conditions: Iterable[Condition]) -> tuple[str, ...]:
    """One spelling of the key for each way in which the conditions see it, `name` itself first."""
    tests = {test: None for condition in conditions for test in _tests(condition, name)}
    if not tests:
        return (name,)
    found: dict[tuple[bool, ...], str] = {}
    for text in _candidates(name, tests):
        found.setdefault(tuple(_fits(base, listed, text) for base, listed in tests), text)
    return tuple(found.values())


def _tests(condition: Condition, name: str) -> Iterator[tuple[str, str]]:
    """What a condition compares with letter case that some spelling of the name meets: (operator without Not, text)."""
    operator = read_operator(condition.operator)
    base = operator.base.replace("Not", "") if operator and condition.key.lower() == TAG_KEYS else ""
    for text in condition.values if base in ("StringEquals", "StringLike") else ():
        if "${" not in text and _fits(base, text.lower(), name.lower()):
            yield base, text


def _candidates(name: str, tests: Iterable[tuple[str, str]]) -> Iterator[str]:
    yield from (name, name.upper(), name.lower(), name.capitalize())
    yield from (text for base, text in tests if base == "StringEquals")
    start, rest = name[:_TURNED], name[_TURNED:]
    yield from ("".join(signs) + rest for signs in product(*((sign.upper(), sign.lower()) for sign in start)))


def _fits(base: str, listed: str, text: str) -> bool:
    return listed == text if base == "StringEquals" else glob_match(listed, text)
