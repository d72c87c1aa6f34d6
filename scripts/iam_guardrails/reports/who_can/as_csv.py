"""The answers as CSV: a line for each pair that is not a no."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from iam_guardrails.model.iam.reach.groups import WAYS, chain_text, depends_on, gaps
from iam_guardrails.model.iam.reach.outside import outsiders
from iam_guardrails.model.iam.reach.universe import bits
from iam_guardrails.model.iam.reach.ways import CONDITIONAL, NO, NOT_JUDGED, YES, Ways
from iam_guardrails.reports.escaping import as_csv_cell

HEAD = ("principal", "action", "resource", "answer", "way", "chain", "depends_on", "not_told")


PART = 1 << 20  # characters, about


def render(ways: Ways) -> Iterator[str]:
    """All pairs but those that are "no", in parts of the text. not_told: what nobody told that the pair's answer hangs
    on.
    """
    made, size = [",".join(HEAD) + "\n"], 0
    for lines in _lines(ways):
        made.append(lines)
        size += len(lines)
        if size > PART:
            yield "".join(made)
            made, size = [], 0
    yield "".join(made)


def _lines(ways: Ways) -> Iterator[str]:
    """The lines, those that differ in the resource alone together: each part of a line is written once."""
    field = _Fields()
    goals = list(ways.account.question.goals())
    about = [f",{field(action)},{field(resource)}," for action, resource in goals]
    lacking = [f",{field(gaps(ways, bit))}\n" for bit in range(len(goals))]

    def lines(who: str, rest: Sequence[str], mask: int) -> str:
        who, told = field(who), ",".join(map(field, rest))
        return "".join([f"{who}{about[bit]}{told}{lacking[bit]}" for bit in bits(mask)])

    for number, principal in enumerate(ways.account.principals):
        for answer, way, mask in ways.answers(number):
            for part, chain, opened in _parts(ways, number, answer, way, mask) if answer != NO else ():
                yield lines(principal.arn, (answer, WAYS[way], chain, opened), part)
    for item in outsiders(ways.account):
        for answer, mask in ((YES, item.sure), (CONDITIONAL, item.maybe & ~item.sure), (NOT_JUDGED, item.unjudged)):
            opened = "; ".join(item.depends_on) or item.reason if answer != YES else ""
            yield lines(item.who, (answer, "named from outside", "", opened), mask)


class _Fields:
    """A text as a field of a line, in quotes where it needs them."""

    def __init__(self) -> None:
        self._made = io.StringIO()
        self._writer = csv.writer(self._made, lineterminator="\n")

    def __call__(self, text: str) -> str:
        self._made.seek(0)
        self._made.truncate()
        self._writer.writerow((as_csv_cell(text), ""))  # a second one, because an empty field alone is quoted
        return self._made.getvalue()[: -len(",\n")]


def _parts(ways: Ways, number: int, answer: str, way: str, mask: int) -> Iterator[tuple[int, str, str]]:
    """The goals of an answer in parts that have the chain and all that they depend on in common."""
    for goals, chain in ways.chains(number, mask, answer, way):
        text = chain_text(ways, chain.hops)
        if answer == YES:
            yield goals, text, ""
            continue
        left = goals
        for part in ways.reasons.alike(chain.last):
            if part & left:
                yield part & left, text, "; ".join(depends_on(ways, chain, next(iter(bits(part)))))
                left &= ~part
                if not left:
                    break
