"""review: the boxes of a cadence, judged from one basis."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from iam_guardrails.adapters.capture_assembly import estate_of
from iam_guardrails.model.capture.capture import SANDBOX, Capture
from iam_guardrails.model.capture.scope import NEVER_USED, OF_AWS
from iam_guardrails.model.finding import Verdict
from iam_guardrails.model.iam.principals import Estate
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.review.basis import NOBODY_ASKED, Basis
from iam_guardrails.model.review.calling import Calling
from iam_guardrails.model.review.covered import left_out, unseen
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
ATHENA = (
    "Athena does not tell whether files are missing; `guardrails trail verify s3://BUCKET` of the table's bucket does"
)
NO_DIGESTS = (
    "not verified: the embedded AWS writes no digest files, so nothing tells whether its trail's files are complete and"
    " unchanged"
)
BOXES: Mapping[str, tuple[tuple[str, Judge], ...]] = {
    WEEKLY: ((alarms.TITLE, alarms.box), (breakglass.TITLE, breakglass.box), (changes.TITLE, changes.box)),
    MONTHLY: _MONTH,
    QUARTERLY: (*_MONTH, (escalation.TITLE, escalation.box), (tightening.TITLE, tightening.box)),
}


def judged_in_turn(cadence: str) -> list[tuple[str, Judge]]:
    """The boxes in the order in which they are judged: what takes most memory first, while no box holds any."""
    return sorted(BOXES[cadence], key=lambda one: one[1] is not escalation.box)


def judge(
    basis: Basis, cadence: str, name: str, evidence: Evidence, progress: Progress,
    settle: Callable[[], None] = lambda: None,
) -> Review:  # fmt: skip
    """The review of a cadence, nothing decided. name: what it is called.  settle: called between two boxes."""
    made = {}
    for title, box in judged_in_turn(cadence):
        progress(f"judging: {title}")
        settle()
        made[title] = box(basis)
    boxes = [made[title] for title, _ in BOXES[cadence]]
    capture = basis.capture
    return Review(basis.expected.environment or capture.environment, capture.account_id, cadence, name, evidence,
                  tuple(boxes), notes=tuple(dict.fromkeys(_notes(basis))))  # fmt: skip


def _notes(basis: Basis) -> Iterator[str]:
    """What the sources of CloudTrail never hold, and where they ended before the window did."""
    for answer in basis.trail.values():
        if isinstance(answer, Unknown):
            continue
        yield from answer.coverage.notes
        if answer.unverified:
            embedded = basis.commands.calling.sandbox and answer.source.startswith("s3://")
            yield NO_DIGESTS if embedded else answer.unverified
        if answer.coverage.queries:
            yield ATHENA
        if answer.seen_until and answer.window.until and answer.seen_until < answer.window.until:
            yield (f"CloudTrail was looked at up to {answer.seen_until:%Y-%m-%d %H:%M:%S} UTC: of later than that"
                   " the source lacks something, or holds nothing yet, and the next review begins there")  # fmt: skip


def seen_until(basis: Basis, window: Window) -> datetime | None:
    """Up to when every source of CloudTrail held what was done: where the window began, if one could not be read."""
    if any(isinstance(one, Unknown) for one in (*basis.trail.values(), *_uses(basis))):
        return window.since
    answers = (answer for answer in basis.trail.values() if not isinstance(answer, Unknown))
    return min((answer.seen_until for answer in answers if answer.seen_until), default=None)


def _uses(basis: Basis) -> tuple[Verdict | Unknown, ...]:
    """The uses of the break-glass role against the records, where the cadence asks for them."""
    return () if basis.reconciled == NOBODY_ASKED else (basis.reconciled,)


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
    names, columns = {row.name for row in then.rows}, {*then.columns}

    def answer(name: str, column: str, now: str) -> str:
        """What it was: of a pair that was left out then, nobody knows another answer than that of now."""
        held = (name in names or not then.more_rows) and (column in columns or not then.more_columns)
        return told.get((name, column), NO if held else now)

    pairs = ((row, zip(picture.columns, row.answers, strict=True)) for row in picture.rows)
    rows = (changed(row, before=tuple(answer(row.name, *each) for each in now)) for row, now in pairs)
    return changed(picture, rows=tuple(rows))


def evidence_of(basis: Basis, window: Window, source: str, rules: Mapping[str, str]) -> Evidence:
    """What the review rests on. source: where records of CloudTrail came from, "" for nowhere.  rules: SHA-256 of the
    files that say what is expected, by name."""
    since, until = (window.since, window.until) if source else (None, None)
    capture = basis.capture
    by_part = tuple((part.name, sum(part.calls.values())) for part in capture.parts if part.calls)
    return Evidence(
        capture.captured_at, capture.origin, capture.sha256, since, until, source, sum(capture.calls.values()),
        seen_until(basis, window) if source else None, by_part, tuple(sorted(rules.items())),
        capture.regions, left_out(capture), unseen(capture, (NEVER_USED, OF_AWS)),
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
