"""Which resource of a commit makes a change of IAM, for tests of what commits tell."""

from __future__ import annotations

from iam_guardrails.model.review.declared import Declared
from iam_guardrails.model.review.weekly import Commit
from iam_guardrails.model.trail.questions.rows import Change
from iam_guardrails.rules.review.iam_ways import WAYS
from iam_guardrails.rules.review.merged import made


def maker(commit: Commit, row: Change) -> tuple[Declared, bool] | None:
    """What of a commit makes the change, and whether all that the call sets was held against what the text tells.

    None where nothing does.
    """
    found = (made(way, one, row) for way in WAYS.get(row.action, ()) for one in commit.declared if one.type == way.type)
    return next(((each.one, not each.untold) for each in found if each is not None), None)
