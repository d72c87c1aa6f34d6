"""The answers as CSV: a line for each pair that is not a no."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from iam_guardrails.model.iam.reach.groups import WAYS, chain_text, depends_on, gaps
from iam_guardrails.model.iam.reach.outside import outsiders
from iam_guardrails.model.iam.reach.universe import bits
from iam_guardrails.model.iam.reach.ways import CONDITIONAL, NO, NOT_JUDGED, YES, Ways

HEAD = ("principal", "action", "resource", "answer", "way", "chain", "depends_on", "not_told")


PART = 1 << 20  # characters, about


def render(ways: Ways) -> Iterator[str]:
    """All pairs but those that are "no", in parts of the text. not_told: what nobody told that the pair's answer hangs
    on.
    """
    made = io.StringIO()
    out = csv.writer(made, lineterminator="\n")
    out.writerow(HEAD)
    for rows in _rows(ways):
        out.writerows(rows)
        if made.tell() > PART:
            yield made.getvalue()
            made.seek(0)
            made.truncate()
    yield made.getvalue()


def _rows(ways: Ways) -> Iterator[Iterable[Sequence[str]]]:
    """The lines, those that differ in the resource alone together."""
    goals = list(ways.account.question.goals())
    lacking = [gaps(ways, bit) for bit in range(len(goals))]
    for number, principal in enumerate(ways.account.principals):
        for answer, way, mask in ways.answers(number):
            for part, chain, opened in _parts(ways, number, answer, way, mask) if answer != NO else ():
                yield [(principal.arn, *goals[bit], answer, WAYS[way], chain, opened, lacking[bit])
                       for bit in bits(part)]  # fmt: skip
    for item in outsiders(ways.account):
        for answer, mask in ((YES, item.sure), (CONDITIONAL, item.maybe & ~item.sure), (NOT_JUDGED, item.unjudged)):
            opened = "; ".join(item.depends_on) or item.reason if answer != YES else ""
            yield [(item.who, *goals[bit], answer, "named from outside", "", opened, lacking[bit])
                   for bit in bits(mask)]  # fmt: skip


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
