"""What `records verify`, `send` and `fetch` found and did, line by line. The last line is what to do next."""

from __future__ import annotations

from collections.abc import Sequence

from iam_guardrails.model.counting import counted
from iam_guardrails.model.incident.fetching import Fetched
from iam_guardrails.model.value import frozen
from iam_guardrails.reports.escaping import as_json, shown
from iam_guardrails.reports.incident import NOTHING


@frozen
class Row:
    """One record. told: which, and how long.  broken: what is wrong with it.  notes: what is odd and proves nothing."""

    told: str
    broken: tuple[str, ...]
    notes: tuple[str, ...]


def render(rows: Sequence[Row], compared: Sequence[str], elsewhere: bool, after: str) -> str:
    """Lines of text.

    compared: the places whose copies were held against the records.  elsewhere: whether one of them is not on this
    machine.  after: the command that is needed next, "" for none.
    """
    lines = []
    for row in rows:
        lines.append(f"{'BROKEN' if row.broken else 'whole':<7} {row.told}")
        lines += [f"        {text}" for text in row.broken]
        lines += [f"        note: {text}" for text in row.notes]
    bad = sum(bool(row.broken) for row in rows)
    if not rows:
        lines.append("there are no records of incidents, reviews or removals")
    else:
        number = counted(len(rows), "record")
        lines.append(f"{number}, {bad} broken" if bad else f"{number}, all whole")
    if compared:
        lines.append(f"compared with {', '.join(compared)}")
    if not elsewhere:
        what = "the last commit of this machine" if compared else "nothing"
        lines.append(f"compared with {what}, and so with nothing kept elsewhere: what was removed without a trace here"
                     " does not show; --base origin/main or --store shows it")  # fmt: skip
    lines.append(f"next: {after}" if after else NOTHING)
    return "\n".join(shown(line) for line in lines) + "\n"


Sent = tuple[str, str, str, int]
"""What it is ("incident", "removal" or "review"), its name, its environment, how many lines of it were written to the
store; a review is one line."""


def sent_text(sent: Sequence[Sent], after: str) -> str:
    """Lines of text. after: the command that is needed next."""
    rows = [f"{name}  {environment}, {counted(lines, 'line')} sent" for _, name, environment, lines in sent]
    return "\n".join([*rows, f"{counted(sum(one[3] for one in sent), 'line')} sent", f"next: {after}"]) + "\n"


def sent_json(sent: Sequence[Sent], after: str) -> str:
    """The same as JSON."""
    listed = [{kind: name, "environment": environment, "lines": lines} for kind, name, environment, lines in sent]
    return as_json({"records": listed, "lines": sum(one[3] for one in sent), "next": after})


def fetched_text(found: Fetched, path: str, after: str) -> str:
    """What was written, what the store does not have, and what to do next."""
    name, last, here = f"{found.incident.id} of {found.environment}", found.incident.steps[-1], _lines(found.lines)
    if found.added < 0:
        more = f"{_lines(-found.added)} more than in the store"
        lines = [f"{name} is longer here: {here}, {more}; nothing was written"]
    elif found.added == 0:
        lines = [f"{name} is here as it is in the store: {here}; nothing was written"]
    else:
        lines = [
            f"{name} is here now: {here}, {found.added} new, each bound to the one before",
            f"{last.by} wrote the last of them, {last.at:%Y-%m-%d %H:%M} UTC: go on here, and there no more, or the"
            " two records part",
        ]  # fmt: skip
    for one in found.lacking:
        why = "; without it `close` has nothing to compare with" if one.endswith(".before.json.gz") else ""
        lines.append(f"the store does not have {one}: copy it from that machine, beside the record{why}")
    return "\n".join(shown(line) for line in (*lines, f"record  {path}", f"next: {after}")) + "\n"


def _lines(number: int) -> str:
    return counted(number, "line")


def fetched_json(found: Fetched, path: str, after: str) -> str:
    """The same as JSON."""
    return as_json({
        "incident": found.incident.id, "environment": found.environment, "lines": found.lines, "added": found.added,
        "record": path, "lacking": list(found.lacking), "next": after,
    })  # fmt: skip
