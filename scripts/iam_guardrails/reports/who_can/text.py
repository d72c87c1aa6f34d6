"""The answers as text: groups of callers, each with the reason of one of them."""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.model.iam.reach.groups import (
    WAYS,
    Group,
    caller_name,
    chain_text,
    goals_text,
    groups,
    notes,
    reason,
)
from iam_guardrails.model.iam.reach.outside import Outsider, outsiders
from iam_guardrails.model.iam.reach.ways import NO, Ways

SHOWN_GROUPS, SHOWN_CALLERS = 20, 6


def render(ways: Ways) -> str:
    """The whole answer."""
    lines = [title(ways), "", "NOT JUDGED", *(f"  {text}" for text in notes(ways))]
    found = groups(ways)
    by_answer = {answer: [item for item in found if item.answer == answer]
                 for answer in dict.fromkeys(item.answer for item in found)}  # fmt: skip
    told = iter(_told(ways, [item for answer, listed in by_answer.items() if answer != NO
                             for item in listed[:SHOWN_GROUPS]]))  # fmt: skip
    for answer, listed in by_answer.items():
        lines += ["", f"{answer.upper()}: {counted(ways, listed)}"]
        if answer == NO:
            continue
        for _ in listed[:SHOWN_GROUPS]:
            lines += next(told)
        if len(listed) > SHOWN_GROUPS:
            lines.append(f"  … and {len(listed) - SHOWN_GROUPS:,} more groups; --format json or csv tells all")
    outside = outsiders(ways.account)
    if outside:
        lines += ["", "NAMED FROM OUTSIDE by the policies on the resources"]
        for one in outside:
            lines += _outsider(ways, one)
    return "\n".join(lines) + "\n"


def title(ways: Ways) -> str:
    """What was asked, and of whom."""
    estate, question = ways.account.estate, ways.account.question
    count = len(question.resources)
    on = question.resources[0] if count == 1 else f"{count:,} resources"
    users, roles = (f"{many:,} {word}{'' if many == 1 else 's'}"
                    for many, word in ((len(estate.users), "user"), (len(estate.roles), "role")))  # fmt: skip
    asked = f"{users} and {roles} of account {estate.account_id}"
    return f"who can {', '.join(question.actions)} on {on}: {asked}"


def counted(ways: Ways, listed: list[Group]) -> str:
    """How many callers and pairs the groups are about."""
    callers = len({number for item in listed for number in item.callers})
    pairs = sum(len(item.callers) * item.goals.bit_count() for item in listed)
    total = len(ways.account.callers) * ways.account.every.bit_count()
    return f"{callers:,} {'principal' if callers == 1 else 'principals'}, {pairs:,} of {total:,} answers"


def _told(ways: Ways, listed: list[Group]) -> list[list[str]]:
    """The lines of each group; to find the reasons takes longest of all that is shown."""
    found: list[list[str]] = [[] for _ in listed]
    parts = ways.each(lambda places: [[*_group(ways, listed[place])] for place in places], len(listed), is_long=True)
    for places, texts in parts:
        for place, lines in zip(places, texts, strict=True):
            found[place] = lines
    return found


def _group(ways: Ways, item: Group) -> Iterator[str]:
    names = ", ".join(caller_name(ways, number) for number in item.callers[:SHOWN_CALLERS])
    more = f" and {len(item.callers) - SHOWN_CALLERS:,} more" if len(item.callers) > SHOWN_CALLERS else ""
    yield f"  {names}{more}"
    yield f"    {WAYS[item.way]}, {goals_text(ways, item.goals)}"
    found = reason(ways, item.callers[0], item.goals, item.answer, item.way)
    lead = "e.g. " if len(item.callers) > 1 or item.goals.bit_count() > 1 else ""
    if found.hops:
        yield f"      {lead}{chain_text(ways, found.hops)}"
        lead = ""
    for text in found.because:
        yield f"      {lead}{text}"
        lead = ""
    if found.depends_on and item.answer != "yes":
        yield f"      it depends on: {', '.join(found.depends_on)}"


def _outsider(ways: Ways, item: Outsider) -> Iterator[str]:
    if item.unjudged:
        yield f"  {item.who}: not judged, {goals_text(ways, item.unjudged)}: {item.reason}"
    if item.sure:
        yield f"  {item.who}: yes, {goals_text(ways, item.sure)}"
    open_goals = item.maybe & ~item.sure
    if open_goals:
        yield f"  {item.who}: conditional, {goals_text(ways, open_goals)}"
        yield f"    it depends on: {', '.join(item.depends_on)}"
