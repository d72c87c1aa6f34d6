"""review: the boxes of a cadence, judged from one basis."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from iam_guardrails.adapters.capture_assembly import estate_of
from iam_guardrails.model.capture.capture import SANDBOX, Capture
from iam_guardrails.model.iam.principals import Estate
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.review.basis import Basis
from iam_guardrails.model.review.calling import Calling
from iam_guardrails.model.review.pictures import NO, Matrix, Picture
from iam_guardrails.model.review.review import MONTHLY, QUARTERLY, WEEKLY, Box, Evidence, Review
from iam_guardrails.model.trail.window import Window
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import changed
from iam_guardrails.rules.review import (
    alarms,
    assumptions,
    breakglass,
    changes,
    entry,
    escalation,
    hygiene,
    middleware,
    secrets,
    stale,
    tightening,
    users,
    wildcards,
)

Judge = Callable[[Basis], Box]
Progress = Callable[[str], None]
_MONTH: tuple[tuple[str, Judge], ...] = (
    (users.TITLE, users.box), (middleware.TITLE, middleware.box), (wildcards.TITLE, wildcards.box),
    (secrets.TITLE, secrets.box), (assumptions.TITLE, assumptions.box), (stale.TITLE, stale.box),
    (hygiene.TITLE, hygiene.box), (entry.TITLE, entry.box),
)  # fmt: skip
BOXES: Mapping[str, tuple[tuple[str, Judge], ...]] = {
    WEEKLY: ((alarms.TITLE, alarms.box), (breakglass.TITLE, breakglass.box), (changes.TITLE, changes.box)),
    MONTHLY: _MONTH,
    QUARTERLY: (*_MONTH, (escalation.TITLE, escalation.box), (tightening.TITLE, tightening.box)),
}
DAYS: Mapping[str, int] = {WEEKLY: 7, MONTHLY: 31, QUARTERLY: 92}
"""How far back CloudTrail is asked without --since."""


def judge(basis: Basis, cadence: str, name: str, evidence: Evidence, progress: Progress) -> Review:
    """The review of a cadence, nothing decided. name: what it is called."""
    boxes = []
    for title, box in BOXES[cadence]:
        progress(f"judging: {title}")
        boxes.append(box(basis))
    capture = basis.capture
    return Review(basis.expected.environment or capture.environment, capture.account_id, cadence, name, evidence,
                  tuple(boxes))  # fmt: skip


def with_before(review: Review, before: Review | None) -> Review:
    """The review with the answers of the last signed one in its matrices, so that a change shows."""
    old = {box.id: box.pictures for box in before.boxes} if before else {}
    return changed(review, boxes=tuple(
        changed(box, pictures=tuple(_since(one, old.get(box.id, ())) for one in box.pictures)) for box in review.boxes
    ))  # fmt: skip


def _since(picture: Picture, before: Sequence[Picture]) -> Picture:
    then = next((one for one in before if isinstance(one, Matrix) and one.title == picture.title), None)
    if not isinstance(picture, Matrix) or then is None:
        return picture
    told = {
        (row.name, column): answer
        for row in then.rows
        for column, answer in zip(then.columns, row.answers, strict=True)
    }
    rows = (changed(row, before=tuple(told.get((row.name, column), NO) for column in picture.columns))
            for row in picture.rows)  # fmt: skip
    return changed(picture, rows=tuple(rows))


def evidence_of(capture: Capture, window: Window, source: str, rules: Mapping[str, str]) -> Evidence:
    """What the review rests on. source: where records of CloudTrail came from, "" for nowhere.  rules: SHA-256 of the
    files that say what is expected, by name."""
    since, until = (window.since, window.until) if source else (None, None)
    by_part = tuple((part.name, sum(part.calls.values())) for part in capture.parts if part.calls)
    return Evidence(
        capture.captured_at, capture.origin, capture.sha256, since, until, source, sum(capture.calls.values()),
        by_part, tuple(sorted(rules.items())),
    )  # fmt: skip


def estate_or_why(capture: Capture, progress: Progress) -> Estate | Unknown:
    """The users, roles and policies of a capture, or why there are none."""
    if isinstance(capture.details, Unknown):
        return capture.details
    try:
        return estate_of(capture, progress)
    except Problem as problem:
        return Unknown(str(problem))


def check(capture: Capture, environment: str, account_id: str, where: str, calling: Calling) -> None:
    """Raise Problem where a capture is of another account or environment than the one that is reviewed.

    calling: says whether the review is one of the embedded AWS; of the real account only its own capture speaks.
    """
    if capture.origin == SANDBOX and not calling.sandbox:
        raise Problem(f"{where} is a capture of the embedded AWS, and shows nothing of the real {environment}; give a "
                      "capture of the account, or --sandbox to review the embedded AWS")  # fmt: skip
    if capture.account_id != account_id:
        raise Problem(f"{where} is of account {capture.account_id}, and {environment} is account {account_id}; give "
                      f"the capture of {environment}")  # fmt: skip
    if capture.environment not in ("", environment):
        raise Problem(f"{where} was made for {capture.environment}; make one with: "
                      f"{calling.other('capture', environment)}")  # fmt: skip
