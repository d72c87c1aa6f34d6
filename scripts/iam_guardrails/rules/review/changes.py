"""Box: changes of IAM in CloudTrail against what was merged.

A commit explains a change where its difference (changed lines, and three around them) names what was changed. A name
that Terraform puts together out of variables stands nowhere as such: then the commits of that time are told, and a
person decides.
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
from iam_guardrails.rules.review.trail_gaps import gaps_of

ID, TITLE = "iam-changes", "Changes of IAM against merged commits"
ASKS = "Review any policy change: IAM changes in CloudTrail against what was merged"
QUESTION = "iam-changes"
BEFORE, AFTER = timedelta(days=7), timedelta(days=1)
"""How long before a change a commit may have been merged, and how long after it."""
_COLUMNS = ("time", "action", "target", "by", "outcome", "explained by")
_SERVICE = re.compile(r"^[a-z0-9.-]+\.amazonaws\.com$")
MOST_ROWS, SHORTEST = 500, 3  # a shorter name stands in any text


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
    items = () if isinstance(basis.commits, Unknown) else tuple(_item(key, ones, basis.commits)
                                                                for key, ones in groups.items())  # fmt: skip
    shown = tuple((row.time, row.action, row.target, row.principal, row.outcome, why or "nothing")
                  for row, why in told[:MOST_ROWS])  # fmt: skip
    looked_at = len(rows) or int(not missing)
    return Box(ID, TITLE, ASKS, looked_at, items, tuple(missing), tuple(_notes(rows)),
               (Table("Changes of IAM", _COLUMNS, shown),) if shown else ())  # fmt: skip


def _explained(basis: Basis, row: Change) -> str:
    """What explains a change, "" where nothing does."""
    if row.outcome != "ok":
        return "it was refused"
    if _SERVICE.match(row.principal):
        return "an AWS service did it itself"
    if row.source_identity in basis.incidents:
        return f"the incident {row.source_identity}"
    commits = () if isinstance(basis.commits, Unknown) else _near(basis.commits, row)
    for name in names_of(row.target):
        for commit in commits:
            if _names(commit, name):
                return f"commit {commit.id[:10]}"
    return ""


def names_of(target: str) -> tuple[str, ...]:
    """The names in what a request names: of an ARN the last part, of several each."""
    parts = (part.strip() for part in target.split(","))
    names = (part.rpartition("/")[2] if part.startswith("arn:") else part for part in parts)
    return tuple(dict.fromkeys(name for name in names if len(name) >= SHORTEST))


def _near(commits: tuple[Commit, ...], row: Change) -> tuple[Commit, ...]:
    at = datetime.fromisoformat(row.time)
    return tuple(item for item in commits if at - BEFORE <= item.at <= at + AFTER)


def _names(commit: Commit, name: str) -> bool:
    """Whether the difference names the thing, whole: "app" does not stand in "app-worker"."""
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", commit.text) is not None


def _item(key: tuple[str, str, str], ones: list[Change], commits: tuple[Commit, ...]) -> Item:
    principal, action, target = key
    near = list(dict.fromkeys(commit for row in ones for commit in _near(commits, row)))
    reasons = ["no commit of the week before it, or of the day after it, names what was changed"]
    if near:
        some = listed([f"{commit.id[:10]} ({commit.subject[:60]})" for commit in near], 5)
        reasons.append(f"Terraform was changed then by {some}, which may put the name together out of variables")
    else:
        reasons.append("no Terraform was changed at that time at all: it was made by hand, or from elsewhere")
    count = f" ({len(ones)} times)" if len(ones) > 1 else ""
    title = f"{action} on {target or 'something unnamed'} by {principal}{count}: no commit explains it"
    evidence = (("first", ones[0].time), ("last", ones[-1].time), ("session", ones[-1].session or "none"),
                ("from", ones[-1].address), ("event", ones[-1].event_id))  # fmt: skip
    return Item(item_id(ID, " ".join(key), "change"), ID, target or principal, title, "medium" if near else "high",
                fingerprint([row.event_id for row in ones]), tuple(reasons), evidence,
                "bring it into Terraform by a pull request, or undo it")  # fmt: skip


def _notes(rows: list[Change]) -> Iterator[str]:
    refused = sum(row.outcome != "ok" for row in rows)
    if refused:
        yield f"{refused} changes were refused; they stand in the table"
    if len(rows) > MOST_ROWS:
        yield f"the table shows the first {MOST_ROWS} of {len(rows)} changes"
