"""records send: the lines of incidents and removals, and signed reviews, that the store does not have yet."""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.adapters.files import read_text
from iam_guardrails.adapters.incidents import IncidentRecords
from iam_guardrails.adapters.record_stores import Store
from iam_guardrails.adapters.removal_records import FOLDER as REMOVALS
from iam_guardrails.adapters.removal_records import RemovalRecords
from iam_guardrails.adapters.review_records import FOLDER as REVIEWS
from iam_guardrails.adapters.review_records import record_path
from iam_guardrails.journeys.reviews_verify import whole_reviews
from iam_guardrails.model.incident.chain import line_of
from iam_guardrails.model.value import frozen


@frozen
class Sent:
    """What went to the store of one record. kind: "incident", "removal" or "review".  lines: that were not there."""

    kind: str
    name: str
    environment: str
    lines: int


def send_all(environment: str, records: IncidentRecords, store: Store) -> Iterator[Sent]:
    """Send what is missing of every record of an environment; a review goes as one piece.

    Raises Problem where a record is broken, the store holds another line, or it does not answer.
    """
    for incident in records.all():
        yield Sent("incident", incident.id, environment, store.send(incident.id, incident.steps))
    for removal in RemovalRecords(records.records, records.now, records.by).all():
        lines = [line_of(step) for step in removal.steps]
        yield Sent("removal", removal.begun.id, environment, store.send_lines(REMOVALS, removal.begun.id, lines))
    for review in whole_reviews(environment, records.records):
        text = read_text(record_path(records.records, review.name), "the record of the review")
        yield Sent(
            "review", review.name, environment, store.send_lines(REVIEWS, review.name, [text.removesuffix("\n")])
        )
