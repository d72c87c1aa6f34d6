"""A company that does not exist, in the embedded AWS: what a review is tried on.

`sound` and `roles` say what is there when all is well; `planted` says what is wrong besides, and
which items of which box must name it. `build` puts it into an account, `history` writes its months of CloudTrail.
"""

from __future__ import annotations

from iam_guardrails.adapters.company.building import build
from iam_guardrails.adapters.company.history import history_place, write_history
from iam_guardrails.adapters.company.parts import ACCOUNT_ID, Company
from iam_guardrails.adapters.company.planted import PLANTED, Planted, Where, compared, with_problems
from iam_guardrails.adapters.company.sound import SOUND

__all__ = [
    "ACCOUNT_ID", "PLANTED", "SOUND", "Company", "Planted", "Where", "build", "compared",
    "history_place", "with_problems",
    "write_history",
]  # fmt: skip
