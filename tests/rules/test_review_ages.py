"""The picture of ages calls stale what the box does, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from tests.review_world import IAM, basis_of

from iam_guardrails.model.review.pictures import KEPT, NEVER, YOUNG, AgeBars
from iam_guardrails.rules.review import stale

OLD, NEW = "2026-01-01T00:00:00+00:00", "2026-11-01T00:00:00+00:00"
CASES: list[tuple[str, dict[str, Any], str, bool]] = [
    ("used long ago", {"roles": {"a": {"last_used": "2026-05-01T00:00:00+00:00"}}}, "181 to 365 days", True),
    ("never used", {"roles": {"a": {"created": OLD}}}, NEVER, True),
    ("no use in 400 days", {"roles": {"a": {}}}, "over 365 days", True),
    ("new", {"roles": {"a": {"created": NEW}}}, YOUNG, False),
    ("kept by a tag", {"roles": {"a": {"created": OLD, "tags": {"guardrails:keep-until": "2027-01-01"}}}}, KEPT, False),
    ("a break-glass role", {"roles": {"prod-breakglass-admin": {"created": OLD}}}, KEPT, False),
    ("somebody who enters it", {"users": {"ann": {"console": True, "password_used": OLD}},
                                "expected": {"people": [f"{IAM}:user/ann"]}}, KEPT, False),
    ("used", {"roles": {"a": {"created": OLD, "last_used": "2026-11-20T00:00:00+00:00"}}}, "0 to 30 days", False),
]  # fmt: skip


@pytest.mark.parametrize(("case", "bar", "is_stale"), [each[1:] for each in CASES], ids=[each[0] for each in CASES])
def test_a_bar_is_stale_where_the_box_is(case: dict[str, Any], bar: str, is_stale: bool) -> None:
    box = stale.box(basis_of(case))
    (picture,) = box.pictures
    assert isinstance(picture, AgeBars)
    assert [(item.label, item.stale) for item in picture.buckets if sum(item.counts)] == [(bar, is_stale)]
    assert bool(box.items) is is_stale
