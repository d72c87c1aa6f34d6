"""What the state now, the calls and a capture say together: cases/incidents/judgements.yaml, remade.yaml; laws."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.incident_cases import LOADED, account, items
from tests.incident_records import record

from iam_guardrails.model.incident.effects.kind import ADDS, REMOVES, Call, Kind
from iam_guardrails.model.incident.effects.table import ALL
from iam_guardrails.model.incident.examined import NOT_JUDGED, OPEN, REVERTED, SETTLED
from iam_guardrails.model.trail.facts import SESSION, Kept
from iam_guardrails.model.trail.questions.records import Record

FOLDER = Path(__file__).parent.parent / "cases" / "incidents"
CASES = [case for name in ("judgements", "remade") for case in yaml.safe_load((FOLDER / f"{name}.yaml").read_text())]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_case(case: dict[str, Any]) -> None:
    records = []
    for number, (action, request, *rest) in enumerate(case["calls"]):
        response, region = (*rest, None, None)[:2]
        owner = case.get("account", "333333333333")
        seconds = case.get("seconds", range(len(case["calls"])))[number]
        records.append(record(action, request, response, seconds=seconds, account=owner, region=region or "us-east-2"))
    more = {"before": account(case["before"], "before")} if "before" in case else {}
    more["others"] = [record(action, request, seconds=at, incident="", role="kim")
                      for at, action, request in case.get("others", ())]  # fmt: skip
    found = items(records, case["live"], purpose=case.get("purpose", "other"), **more)
    assert [item.verdict for item in found] == [verdict for verdict, _ in case["items"]], [item.why for item in found]
    for item, (_, says) in zip(found, case["items"], strict=True):
        assert says in item.why
    if "command" in case:
        assert next(item.command for item in found if item.verdict == OPEN) == case["command"]


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_an_effect_that_is_live_is_never_settled_whatever_else_the_session_did(data: Any) -> None:
    """The calls of any session, in any order and number, with everything live as each left it."""
    chosen = data.draw(st.lists(st.sampled_from(LOADED), min_size=1, max_size=4, unique_by=lambda one: one[0]))
    live: dict[str, Any] = {}
    for _, case in chosen:
        live |= case["open"]
    shown = [
        (action, case) for action, case in chosen if all(live[name] == case["open"][name] for name in case["open"])
    ]
    calls = data.draw(st.permutations([*chosen, *data.draw(st.lists(st.sampled_from(chosen), max_size=3))]))
    records = [record(action, case["request"], case.get("response"), event=case.get("event", ""), seconds=number)
               for number, (action, case) in enumerate(calls)]  # fmt: skip
    found = {event: item for item in items(records, live) for event in item.writes}
    for one in records:
        item = found[one.event_id]
        if one.action in [action for action, case in shown if case.get("told", ["still open"])[0] == OPEN]:
            alone = len(item.writes) == sum(other.action == one.action for other in records)
            assert item.verdict not in SETTLED or not alone, (one.action, item.why)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from([case for case in LOADED if case[1].get("told", [OPEN, REVERTED]) == [OPEN, REVERTED]]))
def test_the_inverse_in_the_same_session_decides_nothing(case: tuple[str, dict[str, Any]]) -> None:
    """Only what is live counts: with the effect live, a call that looks like its inverse makes nothing reverted."""
    action, what = case
    done = record(action, what["request"], what.get("response"), event=what.get("event", ""))
    inverse = record(_inverse(action), what["request"], seconds=5)
    found = [item for item in items([done, inverse], what["open"]) if done.event_id in item.writes]
    assert all(item.verdict != REVERTED for item in found)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_the_ids_of_calls_of_one_second_decide_nothing(data: Any) -> None:
    """Event ids are random: whichever call has the smaller one, the verdicts are the same."""
    action, case = data.draw(st.sampled_from(LOADED))
    live = data.draw(st.sampled_from([case["open"], case["undone"]]))
    told = [(action, case["request"], case.get("response")), (_inverse(action), case["request"], None)]
    verdicts = []
    for ids in (("a", "b"), ("b", "a")):
        calls = [record(name, request, response, event=case.get("event", "") if name == action else "")
                 for name, request, response in told]  # fmt: skip
        named = [Record(Kept(id_, one.time, SESSION, json.dumps(dict(one.content)).encode()))
                 for id_, one in zip(ids, calls, strict=True)]  # fmt: skip
        verdicts.append({(item.kind, item.names): item.verdict for item in items(named, live) if item.kind})
    assert verdicts[0] == verdicts[1]


def _inverse(action: str) -> str:
    pairs = [("Attach", "Detach"), ("Put", "Delete"), ("Create", "Delete"), ("Authorize", "Revoke"), ("Add", "Remove"),
             ("Disable", "Enable"), ("Stop", "Start"), ("Enable", "Deactivate")]  # fmt: skip
    service, name = action.split(":")
    for one, other in pairs:
        if name.startswith(one):
            return f"{service}:{other}{name.removeprefix(one)}"
        if name.startswith(other):
            return f"{service}:{one}{name.removeprefix(other)}"
    return action


BOTH = [
    (kind, removes, adds)
    for kind in {call.kind.name: call.kind for call in ALL}.values()
    for removes in ALL if removes.kind is kind and removes.does == REMOVES
    for adds in ALL if adds.kind is kind and adds.does == ADDS
]  # fmt: skip
CASE_OF = dict(LOADED)


@pytest.mark.parametrize(("kind", "removes", "adds"), BOTH, ids=[f"{one.action} {two.action}" for _, one, two in BOTH])
def test_what_was_deleted_and_made_again_is_never_called_reverted_for_being_there(
    kind: Kind, removes: Call, adds: Call
) -> None:
    """Without a capture, only what is nothing but there, or has an id that never comes again, is what it was."""
    done = []
    for seconds, call in enumerate((removes, adds)):
        case = CASE_OF[call.action]
        done.append(record(call.action, case["request"], case.get("response"), seconds=seconds))
    made = done[1].event_id
    found = next(item for item in items(done, CASE_OF[adds.action]["open"]) if made in item.writes)
    assert kind.whole or found.verdict in (OPEN, NOT_JUDGED), found.why
