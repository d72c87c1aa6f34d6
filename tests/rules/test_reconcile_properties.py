"""Over random histories and records: an entry is explained by exactly one incident or drill, or it is found.

The reference below says the same with the plainest words there are: it looks at every incident and every drill.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as some
from tests.rules.reconcile_cases import PEOPLE, against, at

from iam_guardrails.model.incident.against import MARGIN, Against
from iam_guardrails.model.incident.incident import Incident
from iam_guardrails.model.incident.use import Use
from iam_guardrails.rules.reconcile import judge_reconcile
from iam_guardrails.rules.reconcile_uses import placed

NAMES = ("INC-1", "INC-2", "INC-3", "INC-DRILL-1", "INC-DRILL-2")
ENTRY_RULES = {
    "reconcile-undeclared", "reconcile-drill-unrecorded", "reconcile-after-exit", "reconcile-other-person",
}  # fmt: skip
PERSONS = some.sampled_from(("prod-breakglass-primary", "prod-breakglass-backup", "mallory"))
CLOCK = some.integers(0, 23 * 60)


def clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


@some.composite
def incidents(draw: some.DrawFn, name: str) -> dict[str, Any]:
    opened = draw(some.integers(60, 20 * 60))
    made: dict[str, Any] = {
        "id": name, "at": clock(opened), "minutes": draw(some.integers(15, 60)), "person": draw(PERSONS),
        "purpose": draw(some.sampled_from(("rotate-secret", "other"))), "steps": [],
    }  # fmt: skip
    if draw(some.booleans()):
        exited = opened + draw(some.integers(1, 90))
        made["steps"].append(["exited", clock(exited), {"issued_before": clock(exited)}])
        if draw(some.booleans()):
            made["steps"].append(["closed", clock(exited + draw(some.integers(0, 60))), {}])
    return made


@some.composite
def uses(draw: some.DrawFn, centres: list[int]) -> dict[str, Any]:
    near = draw(some.sampled_from(centres)) + draw(some.integers(-20, 100)) if centres else draw(CLOCK)
    when = min(max(near, 0), 22 * 60)
    names = ("", "INC-9", *NAMES)
    calls = [[clock(when + 1), draw(some.sampled_from(("secretsmanager:PutSecretValue", "iam:CreateUser")))]]
    return {"at": clock(when), "incident": draw(some.sampled_from(names)), "person": draw(PERSONS), "calls": calls}


@some.composite
def histories(draw: some.DrawFn) -> dict[str, Any]:
    known = [draw(incidents(name)) for name in NAMES[:3] if draw(some.booleans())]
    one = {"id": "DRILL-1", "incident": "INC-DRILL-1", "person": draw(PERSONS)}
    starts = draw(some.lists(some.integers(60, 1200), max_size=1))
    tried = [{**one, "at": clock(start), "ended": clock(start + 5)} for start in starts]
    centres = [(moment := at(item["at"])).hour * 60 + moment.minute for item in (*known, *tried)]
    entries = draw(some.lists(uses(centres), max_size=6))
    return {"incidents": known, "drills": tried, "uses": entries, "now": "2026-11-21 23:00"}


def explained_by(use: Use, sides: Against) -> list[str]:
    """Every incident and drill that explains the entry."""
    found = [item.id for item in sides.incidents if _incident_explains(use, item)]
    for item in sides.drills:
        assert item.ended_at
        in_time = item.started_at - MARGIN <= use.entry.at <= item.ended_at + MARGIN
        if item.incident_id == use.entry.source_identity and in_time and item.person == use.entry.principal:
            found.append(item.id)
    return found


def _incident_explains(use: Use, item: Incident) -> bool:
    end = item.opened_at + timedelta(minutes=item.opened.minutes)
    over = [step.at for step in item.steps if step.kind in ("exited", "closed")]
    return (
        item.id == use.entry.source_identity
        and item.opened_at - MARGIN <= use.entry.at <= min([end, *over]) + MARGIN
        and use.entry.person == item.opened.person
    )


@settings(deadline=None, max_examples=300)
@given(histories())
def test_an_entry_is_explained_by_one_or_found_and_never_both(data: dict[str, Any]) -> None:
    sides = against(data)
    verdict = judge_reconcile(sides)
    found = Counter(item.address for item in verdict.findings if item.rule in ENTRY_RULES)
    for use, place in placed(sides):
        by = explained_by(use, sides)
        assert len(by) <= 1
        assert found[use.entry.event_id] == 1 - len(by), (place, by)
        assert (place.kind in ("incident", "drill")) is bool(by) and (not by or place.id == by[0])
    assert verdict.not_judged == ()
    assert len(placed(sides)) == len(sides.uses)


@settings(deadline=None, max_examples=100)
@given(histories(), some.randoms())
def test_the_order_of_records_changes_nothing(data: dict[str, Any], random: Any) -> None:
    sides = against(data)
    incidents_, uses_ = list(sides.incidents), list(sides.uses)
    random.shuffle(incidents_)
    random.shuffle(uses_)
    values = {name: getattr(sides, name) for name in type(sides).__annotations__}
    other = Against(**{**values, "incidents": tuple(incidents_), "uses": tuple(uses_)})
    one, two = judge_reconcile(sides), judge_reconcile(other)
    assert set(one.findings) == set(two.findings) and len(one.findings) == len(two.findings)
    assert len(PEOPLE) == 2
