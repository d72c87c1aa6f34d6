"""Box: changes of IAM in CloudTrail against what was merged.

A commit explains a change where it was merged at about that time and changes what Terraform declares in a way that
makes this call (rules.review.merged, .explaining); that it names the thing is not enough. An incident explains the
calls of its own sessions, as `breakglass reconcile` finds them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from iam_guardrails.model.review.basis import Basis, listed, moment
from iam_guardrails.model.review.review import EVENT, Box, Item, Table, fingerprint, item_id
from iam_guardrails.model.review.weekly import Commit
from iam_guardrails.model.trail.questions.rows import Change
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.rules.review.explaining import AFTER, BEFORE, Explained, Explaining
from iam_guardrails.rules.review.merged import doubts, unsure
from iam_guardrails.rules.review.trail_gaps import gaps_of

ID, TITLE = "iam-changes", "Changes of IAM against merged commits"
ASKS = "Review any policy change: IAM changes in CloudTrail against what was merged"
QUESTION = "iam-changes"
_COLUMNS = ("time", "action", "target", "by", "outcome", "explained by")
_SERVICE = re.compile(r"^[a-z0-9.-]+\.amazonaws\.com$")
_READS = tuple(f"iam:{word}" for word in ("Get", "List", "Generate", "Simulate"))
"""Reports are made anew by a call that CloudTrail may count as a write; every capture makes one."""
MOST_ROWS, MOST_REASONS = 500, 8
UNCOMPARED = ", which was not compared with the call's"
_THINGS = (("RoleDetailList", "RoleName", "roleName"), ("UserDetailList", "UserName", "userName"),
           ("GroupDetailList", "GroupName", "groupName"), ("Policies", "Arn", "policyArn"))  # fmt: skip
NOTHING = Explained()


def box(basis: Basis) -> Box:
    """An item for each kind of change of a thing that neither a commit nor an incident explains."""
    answer = basis.asked(QUESTION)
    rows = [] if isinstance(answer, Unknown) else [row for row in answer.rows if isinstance(row, Change)]
    missing = list(gaps_of(answer, "what was changed in IAM"))
    if isinstance(basis.commits, Unknown):
        missing.append(f"whether commits explain the changes: {basis.commits.reason}")
    since = None if isinstance(answer, Unknown) else answer.window.since
    told = _told_of(basis, rows, since)
    groups: dict[tuple[str, str, str], list[tuple[Change, Explained]]] = {}
    for row, why, found in told:
        if not why and row.outcome == "ok":
            groups.setdefault((row.principal, row.action, row.target), []).append((row, found))
    items = () if isinstance(basis.commits, Unknown) else tuple(_item(basis, key, ones, basis.commits)
                                                                for key, ones in groups.items())  # fmt: skip
    shown = tuple((row.time, row.action, row.target, row.principal, row.outcome, why or "nothing")
                  for row, why, _ in told[:MOST_ROWS])  # fmt: skip
    looked_at = len(rows) or int(not missing)
    return Box(ID, TITLE, ASKS, looked_at, items, tuple(missing), tuple(_notes(rows, [why for _, why, _ in told])),
               (Table("Changes of IAM", _COLUMNS, shown),) if shown else ())  # fmt: skip


def _told_of(basis: Basis, rows: list[Change], since: datetime | None) -> list[tuple[Change, str, Explained]]:
    """Each change, in the order of the rows, with what explains it, "" where nothing does."""
    commits = () if isinstance(basis.commits, Unknown) else basis.commits
    explaining, told = Explaining(commits, _things(basis), since), dict[int, tuple[str, Explained]]()
    for at in sorted(range(len(rows)), key=lambda at: rows[at].time):
        why = _without_commit(basis, rows[at])
        found = NOTHING if why else explaining.of(rows[at])
        told[at] = why or _by_commit(found), found
    return [(row, *told[at]) for at, row in enumerate(rows)]


def _things(basis: Basis) -> dict[str, dict[str, datetime]]:
    """When each role, user, group and policy was made, by the parameter that names it, where that is told."""
    return {
        parameter: {str(item[name]): at for item in basis.entries(entries) if (at := moment(item.get("CreateDate")))}
        for entries, name, parameter in _THINGS
    }  # fmt: skip


def _without_commit(basis: Basis, row: Change) -> str:
    """What explains a change beside commits, "" where nothing does."""
    if row.outcome != "ok":
        return "it was refused"
    if _SERVICE.match(row.principal):
        return "an AWS service did it itself"
    if row.action.startswith(_READS):
        return "it changes nothing"
    if row.event_id in basis.incident_calls:
        return f"the incident {basis.incident_calls[row.event_id]}"
    return ""


def _by_commit(found: Explained) -> str:
    if found.commit is None or found.made is None:
        return ""
    one, untold = found.made.one, found.made.untold
    open_points = f"; its text does not tell {' and '.join(untold)}{UNCOMPARED}" if untold else ""
    return f"commit {found.commit.id[:10]}, which {one.kind} {one.address}{open_points}"


def _near(commits: tuple[Commit, ...], row: Change) -> tuple[Commit, ...]:
    at = datetime.fromisoformat(row.time)
    return tuple(item for item in commits if at - BEFORE <= item.at <= at + AFTER)


def _item(
    basis: Basis, key: tuple[str, str, str], told: list[tuple[Change, Explained]], commits: tuple[Commit, ...]
) -> Item:  # fmt: skip
    principal, action, target = key
    ones = [row for row, _ in told]
    near = list({commit.id: commit for row in ones for commit in _near(commits, row)}.values())
    open_points = list(dict.fromkeys(why for row in ones for commit in near for why in unsure(commit, row)))
    reasons = list(dict.fromkeys(why for _, found in told for why in found.why))
    of_iam = action.startswith("iam:")
    reasons = reasons or [
        "no commit that was merged in the week before it, or on the day after it, makes this change" if of_iam
        else "what commits declare of Identity Center is not compared with its calls"
    ]  # fmt: skip
    reasons += dict.fromkeys(why for row in ones for commit in near for why in doubts(commit, row))
    reasons += open_points
    if near:
        some = listed([f"{commit.id[:10]} ({commit.subject[:60]})" for commit in near], 5)
        reasons.append(f"merged then: {some}")
    else:
        reasons.append("no Terraform was changed at that time at all: it was made by hand, or from elsewhere")
    reasons += dict.fromkeys(why for row in ones if (why := _named(basis, row)))
    count = f" ({len(ones)} times)" if len(ones) > 1 else ""
    end = "no commit explains it" if of_iam else "not compared with commits"
    title = f"{action} on {target or 'something unnamed'} by {principal}{count}: {end}"
    evidence = (("first", ones[0].time), ("last", ones[-1].time), ("session", ones[-1].session or "none"),
                ("from", ones[-1].address), (EVENT, ones[-1].event_id),
                ("asked", listed({_told(row) for row in ones}, 3)))  # fmt: skip
    severity = "medium" if open_points or not of_iam or all(found.unclear for _, found in told) else "high"
    return Item(item_id(ID, " ".join(key), "change"), ID, target or principal, title,
                severity, fingerprint([row.event_id for row in ones]),
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
        yield (f"{open_policies} changes are explained by a commit whose text does not tell the whole policy, name or"
               " setting, as it hangs on what only an apply knows: read those in the table against it")  # fmt: skip
    refused = sum(row.outcome != "ok" for row in rows)
    if refused:
        yield f"{refused} changes were refused; they stand in the table"
    if len(rows) > MOST_ROWS:
        yield f"the table shows the first {MOST_ROWS} of {len(rows)} changes"
