"""Signing: a draft that is wholly answered becomes a record, and an entry in the change log, each exactly once.

The order is record, head, entry, draft removed. A signing that was killed leaves the old state or the new one, and the
next one finishes it: the record knows which draft it was made from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from iam_guardrails.adapters import review_records
from iam_guardrails.adapters.change_log import add_entry, require_entries
from iam_guardrails.adapters.review_drafts import load_draft, remove_draft
from iam_guardrails.journeys.reviews_verify import whole_reviews
from iam_guardrails.model.capture.capture import SANDBOX
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.review.answer import faulty, reasons_meaning
from iam_guardrails.model.review.calling import Calling
from iam_guardrails.model.review.latest import decisions_of, latest_first, standing
from iam_guardrails.model.review.period import review_name
from iam_guardrails.model.review.review import ACCEPT, Decision, Item, Review, unjudged
from iam_guardrails.model.review.signed import SignedReview, draft_sha256, last_of, sealed
from iam_guardrails.model.review.window import behind, ended, short
from iam_guardrails.model.value import changed, frozen
from iam_guardrails.reports.review_entry import entry_of

MAX_AGE_DAYS = 7
_MAX_LISTED = 20


@frozen
class Desk:
    """Where reviews are signed. records: envs/<env>/records.  work: of drafts and the lock.  log: Change_Log.md.

    shown: how the folder of the records is called in the log, e.g. "envs/prod/records/reviews".  log_lock: held while
    the log is written.  make_log: whether to make the log where there is none.  now: the clock (aware UTC).  sandbox:
    whether these are the reviews of the embedded AWS, whose captures are evidence nowhere else.  calling: how commands
    about them are called.
    """

    environment: str
    records: Path
    work: Path
    log: Path
    log_lock: Path
    shown: str
    now: Callable[[], datetime]
    make_log: bool = False
    sandbox: bool = False
    calling: Calling = Calling()


@frozen
class Signature:
    """Who signs. second: a second person, "" for none.  old: why although the capture is old, "" for none."""

    name: str
    second: str = ""
    old: str = ""


@frozen
class Outcome:
    """What became of it. record: the signed review, None where it was refused.  refused: why, a sentence each.

    undecided: whether something waits for a decision; otherwise it takes a review judged anew.
    path: the record's file.  finished: it was signed before, and only what was missing was done.  entered: whether the
    change log got an entry.
    """

    record: SignedReview | None
    refused: tuple[str, ...] = ()
    path: Path | None = None
    finished: bool = False
    entered: bool = False
    undecided: bool = False


def sign(desk: Desk, cadence: str, by: Signature) -> Outcome:
    """Sign the draft of a cadence, or finish a signing that was killed. Raises Problem where nothing can be signed."""
    with review_records.locked(desk.work):
        require_entries(desk.log, desk.log_lock, make=desk.make_log)  # before anything is written
        review_records.tidy(desk.records)
        signed = whole_reviews(desk.environment, desk.records, desk.calling)
        last = signed[-1] if signed else None
        entered = _finish(desk, last) if last else False
        draft = load_draft(desk.work, cadence)
        if draft is None:
            raise Problem(_nothing(desk, cadence, signed))
        digest = draft_sha256(draft.review)
        done = next((one for one in signed if one.draft_sha256 == digest), None)
        if done is not None:
            remove_draft(desk.work, cadence)
            return Outcome(done, (), review_records.record_path(desk.records, done.name), True, entered)
        undecided = (*_undecided(draft.review, desk.now()), *_faulty(desk, draft.review),
                     *_decided_since(desk, draft.review, signed))  # fmt: skip
        refused = (
            *undecided,
            *_elsewhere(desk, draft.review),
            *_unfit(desk, draft.review, signed, by),
        )
        if refused:
            return Outcome(None, refused, undecided=bool(undecided))
        if last is None:
            review_records.write_head(desk.records, None)
        record = _record(draft.review, signed, by, desk.now(), digest)
        path = review_records.write_record(desk.records, record)
        entered = _finish(desk, record)
        remove_draft(desk.work, cadence)
        return Outcome(record, (), path, False, entered)


def _undecided(review: Review, now: datetime) -> Iterator[str]:
    """What nobody answered, or what was answered and no longer holds, a sentence each."""
    open_items = [item for item in review.items if not _stands(item, now)]
    yield from (f"{item.id} has no decision{_ended(item)}: {item.title}" for item in open_items[:_MAX_LISTED])
    if len(open_items) > _MAX_LISTED:
        yield f"and {len(open_items) - _MAX_LISTED} items more have no decision"
    for box in review.boxes:
        if unjudged(box) and (box.acknowledged is None or box.acknowledged.meaning != reasons_meaning(box)):
            yield f"box {box.id} could not be judged, and nobody acknowledged it: {unjudged(box)[0]}"


def _faulty(desk: Desk, review: Review) -> Iterator[str]:
    """Decisions that `decide` would not have taken, a sentence each, without those that hold no longer."""
    now = desk.now()
    open_now = {item.id for item in review.items if not _stands(item, now)}
    for name, why in list(faulty(review, now))[:_MAX_LISTED]:
        if name not in open_now:
            anew = desk.calling.review(review.environment, review.cadence, "decide", "--all")
            yield f"{name} has a decision that nobody could have made ({why}); decide it anew: {anew}"


def _decided_since(desk: Desk, review: Review, signed: Sequence[SignedReview]) -> Iterator[str]:
    """What a signed review decided otherwise after the draft did, a sentence each: the decision made last counts."""
    latest: dict[str, Decision] = {}
    for one in latest_first(standing(decisions_of(signed), signed, review.items)):
        latest.setdefault(one.item, one)
    for item in review.items:
        mine, other = item.decision, latest.get(item.id)
        if not (mine and other and mine.at and other.at and other.at > mine.at):
            continue
        if other.meaning == mine.meaning and other.choice != mine.choice:
            anew = desk.calling.review(review.environment, review.cadence, "decide", "--all")
            yield (f"{item.id} is decided here ({mine.choice}), and {other.origin} decided {other.choice} later;"
                   f" decide it anew: {anew}")  # fmt: skip


def _elsewhere(desk: Desk, review: Review) -> Iterator[str]:
    if review.evidence.origin == SANDBOX and not desk.sandbox:
        yield (
            f"the review rests on a capture of the embedded AWS, which shows nothing of the real {desk.environment};"
            f" judge it anew: {_anew(desk, review.cadence)}"
        )


def _anew(desk: Desk, cadence: str) -> str:
    return desk.calling.review(desk.environment, cadence)


def _unfit(desk: Desk, review: Review, signed: Sequence[SignedReview], by: Signature) -> Iterator[str]:
    """Why the review itself cannot be signed, whatever was decided, a sentence each."""
    if not review.boxes:
        yield "the review has no box: nothing was judged"
    yield from _outdated(desk, review, signed)
    if why := short(review, ended(signed, review.cadence)):
        yield why
    if why := behind(review, last_of(signed, review.cadence)):
        yield why
    if not by.old and (why := _old(review, desk.now())):
        yield f"{why}; capture and judge anew, or say why it may be signed: --old REASON"


def _stands(item: Item, now: datetime) -> bool:
    made = item.decision
    if made is None or made.meaning != item.meaning:
        return False
    return made.choice != ACCEPT or (made.until is not None and now.date() <= made.until)


def _ended(item: Item) -> str:
    if item.decision is None:
        return ""
    return " that still holds (it ended, or the thing changed since)"


def _outdated(desk: Desk, review: Review, signed: Sequence[SignedReview]) -> Iterator[str]:
    before = [one for one in signed if one.review.cadence == review.cadence]
    name, digest = (before[-1].name, before[-1].hash) if before else ("", "")
    if (name, digest) != (review.previous, review.previous_hash):
        yield (
            f"the review is compared with {review.previous or 'no signed review'}, and {name or 'none'} is the last"
            f" signed one by now; judge it anew: {_anew(desk, review.cadence)}"
        )


def _old(review: Review, now: datetime) -> str:
    at = review.evidence.captured_at
    if at is None:
        return "nothing tells when the account was captured"
    if at > now + timedelta(days=1):
        return f"the capture is of {at:%Y-%m-%d %H:%M} UTC, which is still to come"
    if now - at > timedelta(days=MAX_AGE_DAYS):
        return f"the capture is of {at:%Y-%m-%d}, {(now - at).days} days old, and {MAX_AGE_DAYS} are the most"
    return ""


def _record(review: Review, signed: Sequence[SignedReview], by: Signature, now: datetime, digest: str) -> SignedReview:
    stem = review_name(review.cadence, (review.evidence.captured_at or now).date())
    there = {one.name for one in signed}
    name = stem if stem not in there else f"{stem}-{_free(stem, there)}"
    last = signed[-1] if signed else None
    return sealed(SignedReview(
        len(signed) + 1, changed(review, name=name), by.name, by.second, now.replace(microsecond=0), by.old, digest,
        last.name if last else "", last.hash if last else "",
    ))  # fmt: skip


def _free(stem: str, there: set[str]) -> int:
    number = 2
    while f"{stem}-{number}" in there:
        number += 1
    return number


def _finish(desk: Desk, last: SignedReview) -> bool:
    """Head and entry of the last record, where a signing was killed before they were written."""
    review_records.write_head(desk.records, last)
    where = f"{desk.shown}/{last.name}.json"
    return add_entry(desk.log, desk.log_lock, entry_of(last, where), make=desk.make_log, mark=where)


def _nothing(desk: Desk, cadence: str, signed: Sequence[SignedReview]) -> str:
    before = [one for one in signed if one.review.cadence == cadence]
    last = f"; the last one signed is {before[-1].name}, by {before[-1].signed_by}" if before else ""
    return f"there is no {cadence} review of {desk.environment} to sign{last}; judge one with: {_anew(desk, cadence)}"
