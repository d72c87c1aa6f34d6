"""What `records verify` found, line by line. The last line is what to do next."""

from __future__ import annotations

from collections.abc import Sequence

from iam_guardrails.model.counting import counted
from iam_guardrails.model.value import frozen
from iam_guardrails.reports.escaping import shown


@frozen
class Row:
    """One record. told: which, and how long.  broken: what is wrong with it.  notes: what is odd and proves nothing."""

    told: str
    broken: tuple[str, ...]
    notes: tuple[str, ...]


def render(rows: Sequence[Row], compared: Sequence[str], elsewhere: bool, alone: Sequence[str], after: str) -> str:
    """Lines of text.

    compared: the places whose copies were held against the records.  elsewhere: whether one of them is not on this
    machine.  alone: what those places do not hold.  after: the command that is needed next, "" for none.
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
    if alone:
        lines.append(f"{' and '.join(alone)} are not in the store: nothing kept elsewhere holds their tail; use --base"
                     " origin/main")  # fmt: skip
    lines.append(f"next: {after}" if after else "nothing is to be done")
    return "\n".join(shown(line) for line in lines) + "\n"
