"""The matrix of readers and secrets as a picture: whole, or of a large account the gravest part of it."""

from __future__ import annotations

from heapq import nlargest

from iam_guardrails.model.iam.reach.ways import CONDITIONAL, NO, NOT_JUDGED, YES
from iam_guardrails.model.review.pictures import Matrix, MatrixRow
from iam_guardrails.rules.review.reading import Reader, Reading
from iam_guardrails.rules.review.secret_outsiders import rows_from_outside

MOST_PAIRS, MOST_SECRETS = 20_000, 100
"""What a picture holds: each review and each record keeps it, and the next one is compared with it."""
Counts = list[dict[str, int]]  # for each secret: how many can read it, by their answer


def readers_of_each(reading: Reading) -> Counts:
    """How many of the account read each secret, certainly, under conditions, or are not judged."""
    counts = [dict.fromkeys((YES, CONDITIONAL, NOT_JUDGED), 0) for _ in reading.secrets]
    for reader in reading.readers:
        for each in reader.answers:
            for number in each.secrets:
                counts[number][each.answer] += 1
    return counts


def picture(reading: Reading, counts: Counts) -> Matrix:
    """Who reads which secret. Of too many pairs: the secrets that somebody from outside and that most read, those
    from outside, and the readers that read most; the others are counted."""
    outside, readers = rows_from_outside(reading), reading.readers
    columns = list(range(len(reading.secrets)))
    if len(columns) * (len(readers) + len(outside)) > MOST_PAIRS:
        let_in = [any(answers[number + 1] != NO for answers in outside) for number in columns]
        weight = [(let_in[number], sum(counts[number].values()), -number) for number in columns]
        columns = sorted(nlargest(MOST_SECRETS, columns, key=weight.__getitem__))
    most = MOST_PAIRS // max(len(columns), 1)
    left_outside = outside[:most]
    numbers = list(range(len(readers)))
    if len(readers) > most - len(left_outside):
        numbers = sorted(nlargest(most - len(left_outside), numbers, key=lambda at: (_weight(readers[at]), -at)))
    places = {number: place for place, number in enumerate(columns)}
    rows = [MatrixRow(readers[at].who, _answers(readers[at], places)) for at in numbers]
    rows += [MatrixRow(name, tuple(answers[number] for number in columns)) for name, *answers in left_outside]
    names = tuple(reading.name(number) for number in columns)
    return Matrix("Who reads which secret", "principal", "secret", names, tuple(rows),
                  len(readers) + len(outside) - len(rows), len(reading.secrets) - len(columns))  # fmt: skip


def _weight(reader: Reader) -> tuple[int, int]:
    """How many secrets it reads for certain, and how many else."""
    sure = sum(len(each.secrets) for each in reader.answers if each.answer == YES)
    return sure, sum(len(each.secrets) for each in reader.answers) - sure


def _answers(reader: Reader, places: dict[int, int]) -> tuple[str, ...]:
    cells = [NO] * len(places)
    for each in reader.answers:
        for number in each.secrets:
            if number in places:
                cells[places[number]] = each.answer
    return tuple(cells)
