"""The answers as CSV: a line for each pair that is not a no."""

from __future__ import annotations

import csv
import io

from iam_guardrails.model.iam.reach.groups import WAYS
from iam_guardrails.model.iam.reach.outside import outsiders
from iam_guardrails.model.iam.reach.universe import bits
from iam_guardrails.model.iam.reach.ways import CONDITIONAL, NO, NOT_JUDGED, YES, Ways

HEAD = ("principal", "action", "resource", "answer", "way")


def render(ways: Ways) -> str:
    """All pairs but those that are "no"."""
    made = io.StringIO()
    out = csv.writer(made, lineterminator="\n")
    out.writerow(HEAD)
    goals = list(ways.account.question.goals())
    for number, principal in enumerate(ways.account.principals):
        for answer, way, mask in ways.masks(number):
            if answer != NO:
                out.writerows((principal.arn, *goals[bit], answer, WAYS[way]) for bit in bits(mask))
    for item in outsiders(ways.account):
        for answer, mask in ((YES, item.sure), (CONDITIONAL, item.maybe & ~item.sure), (NOT_JUDGED, item.unjudged)):
            out.writerows((item.who, *goals[bit], answer, "named from outside") for bit in bits(mask))
    return made.getvalue()
