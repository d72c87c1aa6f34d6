"""Rows about patterns: the catalogue's own, compiled once, over a stream of events of every kind."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from iam_guardrails.adapters.expectations import read_expectations
from iam_guardrails.adapters.plan_json import account_from_plan, read_plan
from iam_guardrails.model.account import Account
from iam_guardrails.model.trail import event_pattern, everyday, matching
from iam_guardrails.model.trail.catalogue import Scope, catalogue
from iam_guardrails.model.trail.guarded import Targets
from iam_guardrails.model.trail.record import Place, TrailEvent, bus_event
from tests.bench.measure import Row, in_turns
from tests.model import naive_event_pattern, naive_filter

GOAL = 200_000
ROUNDS = 9
Evaluate = Callable[[], object]


def pattern_rows(plan: Path, expectations: Path) -> Iterator[Row]:
    """Evaluations a second on one core: one evaluation is one pattern applied to one decoded event."""
    expected = read_expectations(expectations)
    account = account_from_plan(read_plan(plan), expected)
    place = Place(expected.account_id, expected.home_region)
    recorded = _stream(account, place)
    filters = [str(item.pattern) for item in account.metric_filters]
    yield from _rows(
        "metric filters", filters, [event.record for event in recorded],
        [matching.matcher(text) for text in filters], naive_filter.naive,
    )  # fmt: skip
    rules = [str(item.pattern) for item in account.event_rules]
    yield from _rows(
        "event rules", rules, [bus_event(event, place) for event in recorded],
        [event_pattern.matcher(text) for text in rules],
        lambda text, event: naive_event_pattern.naive(json.loads(text), event),
    )  # fmt: skip


def _stream(account: Account, place: Place) -> list[TrailEvent]:
    """The catalogue of the account's roles, and five times as much everyday traffic."""
    roles = tuple(role.arn for role in account.roles if "breakglass" in role.name)
    assert roles, "no break-glass role to make events for"
    return [*catalogue(Scope(place, "us-east-1", roles, Targets())), *list(everyday.ordinary(place)) * 5]


def _rows(
    what: str,
    texts: Sequence[str],
    stream: Sequence[Mapping[str, Any]],
    judges: Sequence[Callable[[Any], object]],
    naive: Callable[[str, Any], object],
) -> Iterator[Row]:
    if not texts:
        raise RuntimeError(f"the plan has no {what}, so there is nothing to measure")
    pairs = list(itertools.islice(itertools.product(texts, stream), 0, None, 7))
    written = [json.dumps(event) for event in stream]

    def ours() -> None:
        for judge in judges:
            for event in stream:
                judge(event)

    def slowly() -> None:
        for text, event in pairs:
            naive(text, event)

    def decoding() -> None:
        for text in written:
            json.loads(text)

    medians = in_turns({"ours": ours, "naive": slowly, "decoding": decoding}, ROUNDS)
    rate = len(judges) * len(stream) / medians["ours"]
    peer = f"the naive evaluator of the tests ({len(pairs) / medians['naive']:,.0f}/s)"
    subject = f"{len(judges)} {what} of prod on {len(stream)} events, evaluations"
    yield Row(subject, f"{rate:,.0f}/s", f"at least {GOAL:,}/s", rate >= GOAL, peer)
    peer = f"json.loads of the same events ({len(stream) / medians['decoding']:,.0f}/s)"
    yield Row("the same, events against all of them", f"{rate / len(judges):,.0f}/s", "-", None, peer)
