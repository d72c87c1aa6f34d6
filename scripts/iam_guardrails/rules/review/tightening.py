"""Box of the quarter: policies that could be tighter, by what their roles used (`policy tighten`)."""

from __future__ import annotations

import json

from iam_guardrails.model.iam.tightening.narrow import Change
from iam_guardrails.model.iam.tightening.outcome import Outcome
from iam_guardrails.model.iam.tightening.propose import TIGHTER, WITHHELD, Proposal
from iam_guardrails.model.review.basis import Basis, listed
from iam_guardrails.model.review.review import Box, Item, fingerprint, item_id
from iam_guardrails.model.unknown import Unknown

ID, TITLE = "tightening", "Policies that could be tighter"
ASKS = "Least-privilege revalidation and policy tightening"
_HOW = "the action tighten of guardrails policy prints the new policy, and with --plan and --root a patch"
MOST_ROLES = 20
"""As many roles of a shared policy as the command names."""


def box(basis: Basis) -> Box:
    """An item for each policy with a tighter one that is proven to allow what was seen and nothing new."""
    found = basis.tightened
    if isinstance(found, Unknown):
        return Box(ID, TITLE, ASKS, 0, not_judged=(f"what roles use: {found.reason}",))
    items = tuple(_item(one, basis) for one in found.of(TIGHTER))
    missing = [f"{one.role_arn.rpartition('/')[2]}: {one.reason}" for one in found.skipped if not one.judged]
    missing += [f"what roles use: {one}" for one in found.lacking]
    missing += [f"{one.subject.label} ({_held(one)}): {one.reason}" for one in found.of(WITHHELD)]
    return Box(ID, TITLE, ASKS, len(found.proposals) + len(found.skipped) or 1, items, tuple(missing), _notes(found))


def _held(one: Proposal) -> str:
    return listed([arn.rpartition("/")[2] for arn in one.subject.holders], 4)


def _item(one: Proposal, basis: Basis) -> Item:
    subject = one.subject.arn or f"{one.subject.holders[0]}/{one.subject.name}"
    title = f"{one.subject.label} of {_held(one)} could be tighter: {len(one.changes)} changes"
    evidence = (("characters", f"{one.old_characters} now, {one.new_characters} then"),
                ("requests replayed", str(one.replayed)), ("blind spots", str(len(one.blind_spots))))  # fmt: skip
    return Item(item_id(ID, subject, "tighter"), ID, subject, title, "low", fingerprint([one.new]),
                tuple(map(_told, one.changes[:12])), evidence, _how(one, basis), attached=(_new(one),))  # fmt: skip


def _new(one: Proposal) -> tuple[str, str]:
    """The policy as it would be."""
    if one.new is None:
        return "The tighter policy", "no statement of it was used: it can be taken away altogether"
    return "The tighter policy", json.dumps(one.new, indent=2, ensure_ascii=False)


def _how(one: Proposal, basis: Basis) -> str:
    command = basis.commands.tighten(*(arn.rpartition("/")[2] for arn in one.subject.holders[:MOST_ROLES]))
    return f"{command}\nwith --plan FILE --root FOLDER it prints a patch" if command else _HOW


def _told(one: Change) -> str:
    change = f"{listed(one.old, 4)} becomes {listed(one.new, 4) or 'nothing'}"
    return f"{one.statement}: {one.what}: {change} (confidence {one.confidence}: {one.basis})"


def _notes(found: Outcome) -> tuple[str, ...]:
    unused = (f"{len(found.unused)} roles made no call: see stale access",) if found.unused else ()
    return (f"the use of {found.window}", *unused, *found.notes)
