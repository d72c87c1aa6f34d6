"""What an examination of a use of the role found, and what its close says: the steps' content."""

from __future__ import annotations

from collections.abc import Mapping

from iam_guardrails.model.value import field, frozen

REVERTED, OPEN, MANAGED, LASTING = "reverted", "still open", "managed by Terraform", "stays"
NOT_JUDGED, ACCEPTED_UNTIL, SAID = "not judged", "accepted", "reverted, as somebody says"
SETTLED = frozenset({REVERTED, MANAGED, LASTING, ACCEPTED_UNTIL, SAID})
"""Verdicts under which a use can be closed."""
STATED, PREVENTED, WRITTEN = "stated", "prevented", "written"


@frozen
class Item:
    """One thing that the sessions changed, and how it is now.

    id: what `accept` and `reverted` call it.  told: a clause about it.  why: a clause about the verdict.  command: a
    shell command that undoes it, "" where none does.  address: of the Terraform resource that declares it.  writes:
    ids of the CloudTrail events.  kind, thing, part: what it is, whose, and which field of model.account tells of it.
    seen: tells the state that was seen from another, "" where none was seen (effects.state.digest).  harm: what undoing
    it does that only a person may want, a clause; then the command is not among the lines to paste.  may_stay: whether
    somebody may say that it is to stay as it is, or is over, though a look tells that it is not as it was.
    """

    id: str
    told: str
    verdict: str
    why: str
    command: str = ""
    address: str = ""
    kind: str = ""
    region: str = ""
    writes: tuple[str, ...] = ()
    names: tuple[tuple[str, str], ...] = ()
    part: tuple[str, str, str] = ("", "", "")
    seen: str = ""
    harm: str = ""
    may_stay: bool = False


@frozen
class Done:
    """A call of the sessions. at: RFC 3339.  action: as a policy writes it.  what: what the request names first.

    outcome: "ok" or the error code.  items: ids of what it changed.
    """

    at: str
    action: str
    what: str
    outcome: str
    caller: str
    address: str
    region: str
    event_id: str
    items: tuple[str, ...] = ()


@frozen
class Shown:
    """A secret value that the sessions read. what: its name, or what the record tells of it.  number: how often.

    last_at: RFC 3339.
    """

    action: str
    what: str
    number: int
    last_at: str


@frozen
class StateChange:
    """A difference between the account before and now. item: the id of what explains it, "" where none does.

    who: a clause about who else changed it, or may have, as far as CloudTrail tells. A difference that nobody explains
    has an item of its own.  elements: where it is about a list, the one thing in it that differs: the name of an inline
    policy or a group, the ARN of an attached policy; before and now are of that alone.
    """

    kind: str
    thing: str
    part: str
    before: str
    now: str
    item: str = ""
    who: str = ""
    elements: tuple[str, ...] = ()


@frozen
class Examined:
    """An examination.

    since, until: the window that was read, RFC 3339.  source: of CloudTrail's records.  incomplete: why the picture
    may lack something.  notes: what the source never holds.  reads: how many calls changed nothing.  calls: entries,
    writes and refused calls, in the order of time.  unseen_state: why the account was not compared with how it was.
    terraform: why nobody asked Terraform, "" where it was asked or nothing was open.  secrets_read: secret values that
    the sessions were shown.
    """

    since: str
    until: str
    source: str
    items: tuple[Item, ...] = ()
    calls: tuple[Done, ...] = ()
    changes: tuple[StateChange, ...] = ()
    reads: int = 0
    incomplete: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    unseen_state: str = ""
    terraform: str = ""
    entries: int = 0
    secrets_read: tuple[Shown, ...] = ()


@frozen
class Stated:
    """Somebody's word that something which nobody can look at was reverted. evidence: where that can be seen.

    seen, writes: of the item then; the word is of no other state, and of no later call.
    """

    item: str
    evidence: str
    seen: str = ""
    writes: tuple[str, ...] = ()


@frozen
class Prevention:
    """Something that makes the next use unnecessary. due: a day, ISO 8601."""

    text: str
    owner: str
    due: str


@frozen
class Closed:
    """The review. what_happened: text.  no_prevention: why nothing is to be done, where nothing is.

    examined: the number of the step EXAMINED that it rests on.  incomplete: why it was closed although the picture may
    lack something, "" where it lacks nothing that is known.  files: of the dossier, name to SHA-256.
    """

    what_happened: str
    examined: int
    prevention: tuple[Prevention, ...] = ()
    no_prevention: str = ""
    incomplete: str = ""
    alarms: str = ""
    told_to: str = ""
    files: Mapping[str, str] = field(default_factory=dict)


@frozen
class Written:
    """A dossier that was written again, and came out another way than before. files: name to SHA-256."""

    files: Mapping[str, str]


@frozen
class Prevented:
    """A prevention action that is done. number: from 1, as the review lists them."""

    number: int
    evidence: str
