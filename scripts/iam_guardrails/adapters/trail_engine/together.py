"""The uses of many groups in one, for questions that work from uses alone: a new day adds to it, and a month is read at
once instead of group by group.

It says of which groups it is and what was seen of each. Where one of them is gone, or is not as it was, it counts for
nothing and is made anew. The groups of the newest day, which grows, are left out, and it is written only when so many
more have come that reading them one by one would take as long as writing them all.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress

import msgspec
from msgspec import Struct

from iam_guardrails.adapters import sealed
from iam_guardrails.adapters.trail_engine.groups import Group
from iam_guardrails.adapters.trail_engine.store import FORMAT, Header, Uses, numbered, uses_of
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.trail.facts import DayFacts, Latest

PARTS = ("uses",)
"""The parts of the facts (model.trail.facts.PARTS) that it has."""
MORE = 10
"""It is written when what came is more than one of so many parts of what it has."""
_MAGIC = f"{FORMAT} together 1\n".encode()


class Together(Struct):
    """headers: of the groups, by name.  last: the last day of which there are uses.  uses: of all days."""

    headers: dict[str, Header]
    last: str
    uses: Uses


_TOGETHER = msgspec.msgpack.Decoder(Together)


def read(path: str, groups: Sequence[Group]) -> Together | None:
    """What is kept there, where all of its groups are among these and as they were; else None."""
    content = sealed.read(path, _MAGIC)
    try:
        kept = _TOGETHER.decode(content) if content else None
    except msgspec.MsgspecError:
        return None
    if kept is None:
        return None
    here = {group.name: group.listing for group in groups}
    return kept if all(here.get(name) == header.listing for name, header in kept.headers.items()) else None


def facts_of(path: str, groups: Sequence[Group], kept: Together | None) -> Iterator[tuple[str, DayFacts]]:
    """The facts of groups that have been read, those of all but the newest day as of one day, the last; comes first.

    kept: see `read`. What was added to it is kept at `path`.
    """
    latest = Latest()
    headers, last = {}, ""
    if kept:
        headers, last = kept.headers, kept.last
        latest.take(last, uses_of(kept.uses))
    newest = max((group.day for group in groups), default="")
    new = [group for group in groups if group.name not in headers]
    settled = [group for group in new if group.is_settled and group.day < newest]
    for group in settled:
        headers[group.name] = group.header
        for day, facts in group.decoded(PARTS):
            latest.take(day, facts.uses)
            last = max(last, day)
    if len(settled) * MORE > len(headers) - len(settled):
        with suppress(Problem):  # a cache that cannot be written: only how fast the next question is depends on it
            content = msgspec.msgpack.encode(Together(headers, last, numbered(latest.uses)))
            sealed.write(path, _MAGIC, content)
    if last:
        yield last, DayFacts(latest.uses, [], [], [])
    for group in new:
        if group.name not in headers:
            yield from group.decoded(PARTS)
