"""Box: changes of IAM in CloudTrail against what was merged.

A commit explains a change where it was merged at about that time and changes what Terraform declares in a way that
makes this call (rules.review.merged); that it names the thing is not enough. An incident explains the calls of its own
sessions, as `breakglass reconcile` finds them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from iam_guardrails.model.review.basis import Basis, listed
from iam_guardrails.model.review.review import Box, Item, Table, fingerprint, item_id
from iam_guardrails.model.review.weekly import Commit
from iam_guardrails.model.trail.questions.rows import Change
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.rules.review.merged import doubts, maker, unsure
from iam_guardrails.rules.review.trail_gaps import gaps_of

ID, TITLE = "iam-changes", "Changes of IAM against merged commits"
ASKS = "Review any policy change: IAM changes in CloudTrail against what was merged"
QUESTION = "iam-changes"
BEFORE, AFTER = timedelta(days=7), timedelta(days=1)
"""How long before a change a commit may have been merged, and how long after it."""
_COLUMNS = ("time", "action", "target", "by", "outcome", "explained by")
_SERVICE = re.compile(r"^[a-z0-9.-]+\.amazonaws\.com$")
_READS = tuple(f"iam:{word}" for word in ("Get", "List", "Generate", "Simulate"))
"""Reports are made anew by a call that CloudTrail may count as a write; every capture makes one."""
MOST_ROWS, MOST_REASONS = 500, 8
UNCOMPARED = "; its text does not tell the whole policy, which was not compared with the call's"


def box(basis: Basis) -> Box:
    """An item for each kind of change of a thing that neither a commit nor an incident explains."""
    answer = basis.asked(QUESTION)
    rows = [] if isinstance(answer, Unknown) else [row for row in answer.rows if isinstance(row, Change)]
    missing = list(gaps_of(answer, "what was changed in IAM"))
    if isinstance(basis.commits, Unknown):
        missing.append(f"whether commits explain the changes: {basis.commits.reason}")
    told = [(row, _explained(basis, row)) for row in rows]
    groups: dict[tuple[str, str, str], list[Change]] = {}
    for row, why in told:
        if not why and row.outcome == "ok":
            groups.setdefault((row.principal, row.action, row.target), []).append(row)
    items = () if isinstance(basis.commits, Unknown) else tuple(_item(basis, key, ones, basis.commits)
                                                                for key, ones in groups.items())  # fmt: skip
    shown = tuple((row.time, row.action, row.target, row.principal, row.outcome, why or "nothing")
                  for row, why in told[:MOST_ROWS])  # fmt: skip
    looked_at = len(rows) or int(not missing)
    return Box(ID, TITLE, ASKS, looked_at, items, tuple(missing), tuple(_notes(rows, [why for _, why in told])),
               (Table("Changes of IAM", _COLUMNS, shown),) if shown else ())  # fmt: skip


def _explained(basis: Basis, row: Change) -> str:
    """What explains a change, "" where nothing does."""
    if row.outcome != "ok":
        return "it was refused"
    if _SERVICE.match(row.principal):
        return "an AWS service did it itself"
    if row.action.startswith(_READS):
        return "it changes nothing"
    if row.event_id in basis.incident_calls:
        return f"the incident {basis.incident_calls[row.event_id]}"
    for commit in () if isinstance(basis.commits, Unknown) else _near(basis.commits, row):
        if (found := maker(commit, row)) is not None:
            one, compared = found
            return f"commit {commit.id[:10]}, which {one.kind} {one.address}{'' if compared else UNCOMPARED}"
    return ""


def _near(commits: tuple[Commit, ...], row: Change) -> tuple[Commit, ...]:
    at = datetime.fromisoformat(row.time)
    return tuple(item for item in commits if at - BEFORE <= item.at <= at + AFTER)


def _item(basis: Basis, key: tuple[str, str, str], ones: list[Change], commits: tuple[Commit, ...]) -> Item:
    principal, action, target = key
    near = list({commit.id: commit for row in ones for commit in _near(commits, row)}.values())
    open_points = list(dict.fromkeys(why for row in ones for commit in near for why in unsure(commit, row)))
    reasons = ["no commit that was merged in the week before it, or on the day after it, makes this change"]
    reasons += dict.fromkeys(why for row in ones for commit in near for why in doubts(commit, row))
    reasons += open_points
    if near:
        some = listed([f"{commit.id[:10]} ({commit.subject[:60]})" for commit in near], 5)
        reasons.append(f"merged then: {some}")
    else:
        reasons.append("no Terraform was changed at that time at all: it was made by hand, or from elsewhere")
    reasons += dict.fromkeys(why for row in ones if (why := _named(basis, row)))
    count = f" ({len(ones)} times)" if len(ones) > 1 else ""
    title = f"{action} on {target or 'something unnamed'} by {principal}{count}: no commit explains it"
    evidence = (("first", ones[0].time), ("last", ones[-1].time), ("session", ones[-1].session or "none"),
                ("from", ones[-1].address), ("event", ones[-1].event_id),
                ("asked", listed({_told(row) for row in ones}, 3)))  # fmt: skip
    return Item(item_id(ID, " ".join(key), "change"), ID, target or principal, title,
                "medium" if open_points else "high", fingerprint([row.event_id for row in ones]),
                tuple(reasons[:MOST_REASONS]), evidence,
                "bring it into Terraform by a pull request, or undo it")  # fmt: skip


def _named(basis: Basis, row: Change) -> str:
    """What to say of a call that bears an incident's name and is none of its sessions'."""
    if row.source_identity not in basis.incidents:
        return ""
    if isinstance(basis.reconciled, Unknown):
        return f"whether it is of the incident {row.source_identity} is not known: {basis.reconciled.reason}"
    return (f"it bears the name of the incident {row.source_identity}, and no session that its person entered made it"
            " within its time")  # fmt: skip


def _told(row: Change) -> str:
    """What was asked for beside the target, in short."""
    return ", ".join(f"{name} {value[:80]}" for name, value in row.parameters.items() if value != row.target) or "-"


def _notes(rows: list[Change], reasons: list[str]) -> Iterator[str]:
    open_policies = sum(why.endswith(UNCOMPARED) for why in reasons)
    if open_policies:
        yield (f"{open_policies} changes are explained by a commit whose text does not tell the whole policy, as it"
               " hangs on what only an apply knows: read those in the table against the call's")  # fmt: skip
    refused = sum(row.outcome != "ok" for row in rows)
    if refused:
        yield f"{refused} changes were refused; they stand in the table"
    if len(rows) > MOST_ROWS:
        yield f"the table shows the first {MOST_ROWS} of {len(rows)} changes"
