"""records verify, for removals: is every line of every record the one that was written, and none missing?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from iam_guardrails.adapters.removal_records import RemovalRecords
from iam_guardrails.journeys.records_verify import Texts, Verified
from iam_guardrails.model.incident.chain import Broken, against_earlier, read_steps
from iam_guardrails.model.incident.step import Step
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.removal.record import removal_of


def verify_removals(
    environment: str, records: RemovalRecords, elsewhere: Iterable[tuple[str, Texts]]
) -> list[Verified]:
    """Judge every record of a removal. elsewhere: places with copies, by how they are called. Raises Problem."""
    places = tuple(elsewhere)
    ids = dict.fromkeys([*records.ids(), *(name for _, texts in places for name in texts)])
    return [_verify(environment, records, name, places) for name in ids]


def _verify(
    environment: str, records: RemovalRecords, removal_id: str, places: Iterable[tuple[str, Texts]]
) -> Verified:
    if not records.path(removal_id).exists():
        there = [place for place, texts in places if removal_id in texts]
        where = f"; it is in {', '.join(there)}" if there else ""
        return Verified(environment, removal_id, 0, (Broken(0, f"the whole record is missing{where}"),))
    try:
        steps, broken = records.check(removal_id)
    except Problem as problem:
        return Verified(environment, removal_id, 0, (Broken(0, str(problem)),))
    found = [*broken, *_against(steps, removal_id, places)]
    if not broken:
        found += _itself(steps, removal_id, environment)
    return Verified(environment, removal_id, len(steps), tuple(found))


def _against(steps: tuple[Step, ...], removal_id: str, places: Iterable[tuple[str, Texts]]) -> Iterator[Broken]:
    for place, texts in places:
        if removal_id in texts:
            late = against_earlier(steps, read_steps(texts[removal_id])[0], place)
            if late:
                yield late


def _itself(steps: tuple[Step, ...], removal_id: str, environment: str) -> Iterator[Broken]:
    try:
        begun = removal_of(steps, removal_id).begun
    except Problem as problem:
        yield Broken(1, str(problem))
        return
    if begun.id != removal_id:
        yield Broken(1, f"it is the record of {begun.id} under another name")
    if begun.environment != environment:
        yield Broken(1, f"it is a removal of {begun.environment}")
