"""A signed review as a record: canonical JSON with its own SHA-256, bound to the review signed before it.

The records of an environment, of every cadence, are one chain: each names its number, and the name and hash of the one
before. A tail that was cut off shows only against something that was kept elsewhere: the head, or an earlier commit.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from iam_guardrails.model.codec import CodecError, decode, encode
from iam_guardrails.model.review.review import Box, Decision, Evidence, Review, fingerprint
from iam_guardrails.model.value import changed, frozen

FORMAT = "guardrails review"
FORMAT_VERSION = 1


@frozen
class SignedReview:
    """One record. number: from 1, over all reviews of the environment.  previous: the review signed before it.

    review: as it was signed, with every decision; its `name` is the record's.  signed_by, second: who signed, and who
    was the second person ("" for none).  old: why it was signed although the capture was old, "" where it was not.
    draft_sha256: of the draft it was made from.  hash: over everything else.
    """

    number: int
    review: Review
    signed_by: str
    second: str
    signed_at: datetime
    old: str
    draft_sha256: str
    previous: str
    previous_hash: str
    hash: str = ""

    @property
    def name(self) -> str:
        """E.g. "2026-11-monthly"."""
        return self.review.name

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """What was decided about its items, now or earlier, also about those that were not looked at."""
        every = (*self.review.items, *self.review.unread)
        return tuple(item.decision for item in every if item.decision is not None)


def last_of(signed: Iterable[SignedReview], cadence: str) -> SignedReview | None:
    """The review of a cadence that was signed last, None where there is none."""
    return max((one for one in signed if one.review.cadence == cadence), key=lambda one: one.number, default=None)


def draft_sha256(review: Review) -> str:
    """Which draft a record was made from, so that a signing that was killed is finished and not done twice."""
    return fingerprint(encode(changed(review, name="")))


def sealed(record: SignedReview) -> SignedReview:
    """The record with its hash."""
    return changed(record, hash=_hash(_values(record)))


def text_of(record: SignedReview) -> str:
    """A sealed record as the text of its file."""
    return _text({**_values(record), "hash": record.hash})


def read_record(text: str) -> SignedReview:
    """The record in a text. Raises ValueError with what is wrong: no JSON, a changed value, another form."""
    try:
        values: Any = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("it is no JSON") from None
    if not isinstance(values, dict) or values.get("format") != FORMAT:
        raise ValueError("it is no record of a review")
    if values.get("version") != FORMAT_VERSION:
        raise ValueError(f"its format is {values.get('version')!r}, and this guardrails reads {FORMAT_VERSION}")
    bare = {name: value for name, value in values.items() if name != "hash"}
    if _hash(bare) != values.get("hash"):
        raise ValueError("it was changed: its hash does not fit")
    if _text(values) != text:  # a name that stands twice, or other white space: the hash does not tell
        raise ValueError("it was changed: it holds what was written in another form")
    try:
        return _record(values)
    except (CodecError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"it is no record of a review ({error})") from None


def _values(record: SignedReview) -> dict[str, Any]:
    review = record.review
    return {
        "format": FORMAT, "version": FORMAT_VERSION, "number": record.number, "environment": review.environment,
        "account_id": review.account_id, "cadence": review.cadence, "name": review.name,
        "signed_by": record.signed_by, "second": record.second, "signed_at": encode(record.signed_at),
        "old": record.old, "capture_sha256": review.evidence.capture_sha256, "evidence": encode(review.evidence),
        "boxes": encode(review.boxes), "notes": encode(review.notes), "compared_with": review.previous,
        "compared_with_hash": review.previous_hash, "judged_at": encode(review.judged_at),
        "draft_sha256": record.draft_sha256, "previous": record.previous, "previous_hash": record.previous_hash,
    }  # fmt: skip


def _record(values: dict[str, Any]) -> SignedReview:
    evidence: Evidence = decode(Evidence, values["evidence"], "evidence")
    if evidence.capture_sha256 != values["capture_sha256"]:
        raise ValueError("the capture's hash stands there twice, and differs")
    boxes: tuple[Box, ...] = decode(tuple[Box, ...], values["boxes"], "boxes")
    judged_at = datetime.fromisoformat(values["judged_at"]) if values["judged_at"] else None
    review = Review(
        values["environment"], values["account_id"], values["cadence"], values["name"], evidence, boxes,
        values["compared_with"], values["compared_with_hash"], tuple(values["notes"]), judged_at,
    )  # fmt: skip
    return SignedReview(
        int(values["number"]), review, values["signed_by"], values["second"],
        datetime.fromisoformat(values["signed_at"]), values["old"], values["draft_sha256"], values["previous"],
        values["previous_hash"], values["hash"],
    )  # fmt: skip


def _text(values: dict[str, Any]) -> str:
    text = json.dumps(values, ensure_ascii=False, indent=1)
    try:
        text.encode()
    except UnicodeEncodeError:  # half a character, which JSON may hold and a file may not
        text = json.dumps(values, indent=1)
    return f"{text}\n"


def _hash(values: dict[str, Any]) -> str:
    text = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
