"""What a commit changes of what Terraform declares: a resource that it adds, takes away, or changes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from iam_guardrails.model.value import field, frozen

ADDED, REMOVED, CHANGED = "adds", "removes", "changes"
ANY = "*"
"""A piece of text that Terraform's text does not tell. Names and ARNs of IAM hold no star."""
LEAST = 3
"""So many letters of a name must be told for it to be one."""
TAGS = "tags"
Values = Mapping[str, tuple[str, ...]]


_OF_AWS, _PARTITION, _PARTS = ("arn:aws:iam::aws:", f"arn:{ANY}:iam::aws:"), re.compile(r"aws[a-z-]*"), 6


@frozen
class Declared:
    """kind: ADDED, REMOVED or CHANGED.  before, after: the arguments that are text or lists of text, as patterns in
    which ANY stands for what is not told; nothing where the resource is not there.

    changed: the names of the arguments that differ, those too of which only what they hang on does.  documents: the
    arguments that hold JSON which is wholly told, after the commit; TAGS, with the provider's; `inside` for a policy
    in a block of a resource.
    """

    address: str
    type: str
    kind: str
    before: Values = field(default_factory=dict)
    after: Values = field(default_factory=dict)
    changed: tuple[str, ...] = ()
    documents: Mapping[str, str] = field(default_factory=dict)


def fits(pattern: str, text: str) -> bool:
    """Whether a pattern that tells enough stands for a text. Of a policy that AWS wrote all must be told."""
    if ANY not in pattern:
        return pattern == text
    return tells(pattern) and matches(pattern, text)


def tells(pattern: str) -> bool:
    """Whether a pattern tells enough of a name to be one: of an ARN, of the name at its end."""
    if pattern.startswith(_OF_AWS):
        return ANY not in pattern
    named = pattern.rpartition("/")[2] if pattern.startswith("arn:") else pattern
    return ANY not in pattern or len(named.replace(ANY, "")) >= LEAST


def matches(pattern: str, text: str) -> bool:
    """Whether a pattern, however little it tells, stands for a text."""
    return _compiled(pattern).fullmatch(text) is not None


def placed(pattern: str, text: str, account_id: str) -> str:
    """A pattern for an ARN of IAM whose partition or account is open, with those: the partition of the text, and the
    account in which the call was made. Anything else is as it was."""
    mine, theirs = pattern.split(":", 5), text.split(":", 5)
    if not (len(mine) == len(theirs) == _PARTS and mine[0] == "arn"):
        return pattern
    partition = theirs[1] if mine[1] == ANY and _PARTITION.fullmatch(theirs[1]) else mine[1]
    account = account_id if mine[4] == ANY and account_id else mine[4]
    return ":".join((mine[0], partition, *mine[2:4], account, mine[5]))


def inside(block: str, name: str) -> str:
    """Under what name the policy stands that is in a block of a resource."""
    return f"{block} {name}"


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in pattern.split(ANY)), re.DOTALL)
