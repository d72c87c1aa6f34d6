"""A tighter policy for one subject, or why there is none; nothing is proposed that is not proven.

Two proofs: the new policy grants nothing that the old one does not (model.iam.prove, over all requests), and every
request that was seen and that the old one allowed is allowed by the new one (replay.py). A request that would be lost
brings back the statements that allowed it; what is not proven then is withheld.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from iam_guardrails.model.iam.document import PolicyDocument, parse
from iam_guardrails.model.iam.judge import Kind
from iam_guardrails.model.iam.principals import Estate
from iam_guardrails.model.iam.prove.proof import PROVEN, Proof
from iam_guardrails.model.iam.prove.statements import compare
from iam_guardrails.model.iam.tightening.evidence import Basis
from iam_guardrails.model.iam.tightening.narrow import (
    BlindSpot,
    Change,
    Narrowed,
    Pins,
    narrow,
    raw_statements,
    serving,
)
from iam_guardrails.model.iam.tightening.observed import Observed
from iam_guardrails.model.iam.tightening.replay import replay
from iam_guardrails.model.iam.tightening.size import INLINE_CHARACTERS, MANAGED_CHARACTERS, characters, shorten
from iam_guardrails.model.iam.tightening.subjects import Subject
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import changed, frozen

State = Literal["tighter", "unchanged", "withheld", "skipped"]
TIGHTER: State = "tighter"
UNCHANGED: State = "unchanged"
WITHHELD: State = "withheld"
SKIPPED: State = "skipped"
REPAIRS = 3
Prove = Callable[[PolicyDocument, PolicyDocument, Kind], Proof]


@frozen
class Proposal:
    """state: "tighter", "unchanged" (nothing to take away), "withheld" (not proven) or "skipped".  reason: of these.

    new: the policy as it would be; None where no statement is left, or nothing is proposed.  places: for each of its
    statements, its place in the old policy.  replayed: how many requests were put to both.  proof: that nothing is new.
    shortened: patterns that stay for the sake of IAM's limit.  old_characters, new_characters: as IAM counts.
    """

    subject: Subject
    state: State
    reason: str = ""
    new: Mapping[str, Any] | None = None
    places: tuple[int, ...] = ()
    changes: tuple[Change, ...] = ()
    blind_spots: tuple[BlindSpot, ...] = ()
    proof: Proof | None = None
    replayed: int = 0
    shortened: tuple[str, ...] = ()
    old_characters: int = 0
    new_characters: int = 0


def propose(subject: Subject, basis: Basis, estate: Estate, pins: Pins = Pins(), prove: Prove = compare) -> Proposal:  # noqa: B008 - frozen
    """The proposal for one policy. pins: what must stay for reasons of the caller's.  prove: see above."""
    if subject.skipped:
        return Proposal(subject, SKIPPED, subject.skipped)
    old = estate.parsed(subject.raw)
    if isinstance(old, Unknown) or isinstance(subject.raw, Unknown):
        return Proposal(subject, WITHHELD, str(old.reason if isinstance(old, Unknown) else ""))
    raw = subject.raw
    for _ in range(REPAIRS):
        narrowed = narrow(raw, old, basis, pins)
        if not narrowed.changes:
            return Proposal(subject, UNCHANGED, "", blind_spots=narrowed.blind_spots)
        found = _checked(subject, raw, old, narrowed, basis, prove)
        if not isinstance(found, list):
            return found
        places = {one.index for one in old.statements if serving(one, old.version, found)}
        pins = changed(pins, statements=pins.statements | places)
    return Proposal(subject, WITHHELD, "a request that was seen would be refused, whatever is kept")


def _checked(
    subject: Subject, raw: Mapping[str, Any], old: PolicyDocument, narrowed: Narrowed, basis: Basis, prove: Prove
) -> Proposal | list[tuple[str, Observed]]:
    """The proposal, or the requests that it would lose, with who made them."""
    limit = INLINE_CHARACTERS if subject.kind == "inline" else MANAGED_CHARACTERS
    fixed = len(raw_statements(raw)) == 1 and isinstance(raw.get("Statement"), Mapping)
    short = shorten(narrowed.statements, old, _size(raw, narrowed, fixed) - limit)
    new_raw = _document(raw, [one for _, one in short.statements], fixed)
    size, before = (characters(new_raw) if new_raw else 0), characters(raw)
    if size > limit and size > before:
        why = f"the used actions one by one take {size:,} characters; IAM allows {limit:,}"
        return Proposal(subject, WITHHELD, why)
    new = parse(new_raw) if new_raw else PolicyDocument((), old.version)
    proof = prove(old, new, "identity")
    if proof.verdict != PROVEN:
        why = f"that it grants nothing new is not proven ({proof.verdict}: {proof.reason or proof.because})"
        return Proposal(subject, WITHHELD, why, changes=narrowed.changes, proof=proof)
    asked = 0
    lost: list[tuple[str, Observed]] = []
    for holder in subject.holders:
        mine = [seen for role, seen in basis.requests if role == holder]
        found = replay(holder, mine, (old,), (new,))
        asked += found.asked
        lost += [(holder, one) for one in found.lost]
    if lost:
        return lost
    return Proposal(
        subject, TIGHTER, "", new_raw, tuple(place for place, _ in short.statements), narrowed.changes,
        narrowed.blind_spots, proof, asked, short.patterns, before, size,
    )  # fmt: skip


def _size(raw: Mapping[str, Any], narrowed: Narrowed, fixed: bool) -> int:
    made = _document(raw, [one for _, one in narrowed.statements], fixed)
    return characters(made) if made else 0


def _document(raw: Mapping[str, Any], statements: list[Mapping[str, Any]], lone: bool) -> dict[str, Any] | None:
    """The document with other statements, its elements in their order; None without any."""
    if not statements:
        return None
    return {key: (statements[0] if lone else statements) if key == "Statement" else value for key, value in raw.items()}
