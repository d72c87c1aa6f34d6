"""A walk through a folder of CloudTrail's files that begins before Python has loaded what asks for it.

Nothing is imported here but the walk itself: to load the command line takes as long as to ask for half of the files.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as typing.TYPE_CHECKING, which would cost time here
if TYPE_CHECKING:
    from collections.abc import Sequence

    from iam_guardrails.adapters._walk import Walk

_FORMAT = 2
try:
    from iam_guardrails.adapters._walk import CIRCLE, FORMAT, MANY, Walk
except ImportError:  # installed without a C compiler
    HAS_WALK = False
    CIRCLE, MANY = -2, -1
else:
    HAS_WALK = FORMAT == _FORMAT  # else one is left from before, as it could not be built anew

MOST_BYTES, MOST_READY = 2 << 20, 8 << 20
"""How much may be told of one folder's files, and of folders that are ready before any of them is taken."""
_begun: dict[str, Walk] = {}
__all__ = ["CIRCLE", "HAS_WALK", "MANY", "MOST_BYTES", "begin", "taken"]


def begin(words: Sequence[str]) -> bool:
    """Begin the walk that the words of a command line will ask for, if they do. Another one is begun when it is.

    Returns whether one was begun.
    """
    if not HAS_WALK or list(words[:2]) != ["trail", "ask"]:
        return False
    source = ""
    for number, word in enumerate(words):
        if word == "--source":
            source = "".join(words[number + 1 : number + 2])
        elif word.startswith("--source="):
            source = word.removeprefix("--source=")
    is_asked = bool(source) and "\0" not in source and not source.startswith(("s3://", "lookup:", "logs:"))
    if is_asked:
        _begun[source] = Walk(source, MOST_BYTES, MOST_READY)
    return is_asked


def taken(root: str, most: int = MOST_BYTES) -> Walk | None:
    """The walk through `root`, its own from now on; None where there is no C. most: what may be told of a folder."""
    if not HAS_WALK:
        return None
    return _begun.pop(root, None) or Walk(root, most, MOST_READY)
