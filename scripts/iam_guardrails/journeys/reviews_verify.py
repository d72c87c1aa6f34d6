"""records verify, for signed reviews: is each one what was signed, and none missing or moved?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from iam_guardrails.adapters import review_records
from iam_guardrails.adapters.files import read_text
from iam_guardrails.model.incident.chain import Broken
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.review.calling import Calling
from iam_guardrails.model.review.signed import SignedReview, read_record
from iam_guardrails.model.value import changed, frozen


@frozen
class VerifiedReview:
    """One record of a review, or the head. number: its place in the chain, 0 where that is not known.

    broken: what is wrong; their lines are 0, since a record is one value.  notes: what is odd and proves nothing.
    """

    environment: str
    review: str
    number: int
    broken: tuple[Broken, ...]
    notes: tuple[str, ...] = ()


Texts = Mapping[str, str]
"""Names of reviews to records as another place has them."""


def verify_reviews(environment: str, records: Path, elsewhere: Iterable[tuple[str, Texts]]) -> list[VerifiedReview]:
    """Judge every record of a review of an environment, in the order of the chain. records: envs/<env>/records.

    elsewhere: places with copies, by how they are called. Raises Problem where the folder cannot be read.
    """
    places = tuple(elsewhere)
    read: dict[str, SignedReview] = {}
    wrong: dict[str, list[str]] = {}
    texts: dict[str, str] = {}
    for name in review_records.names(records):
        wrong[name] = []
        try:
            texts[name] = read_text(review_records.record_path(records, name), "the record of the review")
            read[name] = read_record(texts[name])
        except (Problem, ValueError) as error:
            wrong[name].append(str(error))
    for name, record in read.items():
        wrong[name] += [*_itself(record, name, environment), *_link(record, read, wrong)]
    for place, copies in places:
        for name, text in copies.items():
            if name not in wrong:
                wrong[name] = [f"the whole record is missing; it is in {place}"]
            elif texts.get(name) != text:
                wrong[name].append(f"the record differs from the one in {place}")
    order = sorted(wrong, key=lambda name: (read[name].number if name in read else 0, name))
    found = [_verified(environment, name, read.get(name), wrong[name]) for name in order]
    found = [changed(one, notes=tuple(_jumps(read.get(one.review), read))) for one in found]
    return [*found, *_head(environment, records, read, bool(wrong))]


def whole_reviews(environment: str, records: Path, calling: Calling = Calling()) -> tuple[SignedReview, ...]:  # noqa: B008 - frozen
    """The signed reviews of an environment, in the order of the chain, whose chain and head must be whole.

    records: envs/<env>/records. Raises Problem where they are not: nothing may rest on what was not signed like that.
    """
    broken = next((one for one in verify_reviews(environment, records, ()) if one.broken), None)
    if broken is not None:
        raise Problem(
            f"the records of reviews are broken, and nothing is done that rests on them: {broken.review}:"
            f" {broken.broken[0].why}; restore them from version control; what is broken shows:"
            f" {calling.other('records', 'verify', environment)}"
        )
    return review_records.all_signed(records)


def _verified(environment: str, name: str, record: SignedReview | None, wrong: list[str]) -> VerifiedReview:
    return VerifiedReview(
        environment, name, record.number if record else 0, tuple(Broken(0, why) for why in dict.fromkeys(wrong))
    )


def _itself(record: SignedReview, name: str, environment: str) -> Iterator[str]:
    if record.name != name:
        yield f"it is the record of {record.name} under another name"
    if record.review.environment != environment:
        yield f"it is a review of {record.review.environment}"
    if record.number < 1 or (record.number == 1) != (record.previous == ""):
        yield "its number and the review before it do not fit"


def _link(record: SignedReview, read: Mapping[str, SignedReview], wrong: Mapping[str, list[str]]) -> Iterator[str]:
    """Whether the review before it is there, and is the one that was there when it was signed."""
    twins = [one.name for one in read.values() if one.number == record.number and one is not record]
    if twins:
        yield (
            f"{', '.join(sorted(twins))} was signed after the same review: two were signed apart; keep one, and sign"
            " the other anew"
        )
    if not record.previous:
        return
    before = read.get(record.previous)
    if before is None:
        if record.previous not in wrong:
            yield f"the review before it, {record.previous}, is missing"
    elif before.hash != record.previous_hash:
        yield f"the review before it, {before.name}, is not the one that was signed: it was written anew"
    elif before.number != record.number - 1:
        yield f"it does not follow {before.name}: they were moved"


def _jumps(record: SignedReview | None, read: Mapping[str, SignedReview]) -> Iterator[str]:
    before = read.get(record.previous) if record else None
    if record and before and record.signed_at < before.signed_at:
        yield f"the clock went back: it was signed before {before.name}, which it follows"


def _head(
    environment: str, records: Path, read: Mapping[str, SignedReview], any_record: bool
) -> Iterator[VerifiedReview]:
    """What the head says that the records do not show: a tail that was cut off, or written anew."""
    name = f"{review_records.FOLDER}/{review_records.HEAD}"
    try:
        head = review_records.read_head(records)
    except Problem as problem:
        yield VerifiedReview(environment, name, 0, (Broken(0, str(problem)),))
        return
    if head is None:
        if any_record:
            yield VerifiedReview(
                environment, name, 0, (Broken(0, "it tells how many reviews there are, and is missing"),)
            )
        return
    there = [one for one in read.values() if one.number == head.records]
    last = max((one.number for one in read.values()), default=0)
    if last < head.records:
        many = head.records - last
        why = f"it speaks of {head.records} reviews: the last {many} {'is' if many == 1 else 'are'} missing or broken"
        yield VerifiedReview(environment, name, 0, (Broken(0, why),))
    elif head.records and all(one.hash != head.hash for one in there):
        why = f"review {head.records} is not the one that was signed: it was written anew"
        yield VerifiedReview(environment, name, 0, (Broken(0, why),))
