"""The environment's own records for a capture: drills, incidents, waivers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from iam_guardrails.adapters import drills
from iam_guardrails.adapters.capture_assembly import Local
from iam_guardrails.adapters.incidents import IncidentRecords
from iam_guardrails.model.capture.capture import RECORDS
from iam_guardrails.model.capture.records import DrillSummary, IncidentSummary
from iam_guardrails.model.drill import DrillRecord
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.incident.incident import Incident
from iam_guardrails.model.incident.step import CLOSED, ENTERED, EXITED
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.unknown import Unknown


def local_records(records: Path, incidents: IncidentRecords, expected: Expected, contract: Path) -> Local:
    """What the records say; a record that cannot be read stands in `refused`, and the others are taken.

    contract: the file that the last apply on this machine wrote; it need not exist.
    """
    refused: dict[str, str] = {}
    tried: tuple[DrillRecord, ...] = ()
    try:
        tried = drills.load(records)
    except Problem as problem:
        refused[f"{RECORDS}:drills"] = str(problem)
    found = []
    for item in incidents.ids():
        try:
            found.append(incidents.load(item))
        except Problem as problem:
            refused[f"{RECORDS}:{item}"] = str(problem)
    found.sort(key=lambda incident: incident.opened_at)
    return Local(
        tuple(map(_drill, tried)), tuple(map(_incident, found)), expected.waivers, refused, _contract(contract)
    )


def _contract(path: Path) -> Mapping[str, Any] | Unknown:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Unknown("nobody applied on this machine")
    except (OSError, ValueError) as error:
        return Unknown(f"the contract that the last apply wrote cannot be read ({error})")
    return found if isinstance(found, dict) else Unknown("what the last apply wrote is no contract")


def _drill(item: DrillRecord) -> DrillSummary:
    return DrillSummary(
        item.id, item.kind, item.started_at, item.ended_at, item.outcome, item.simulated, item.person, item.role_arn,
        item.incident_id, item.problems,
    )  # fmt: skip


def _incident(item: Incident) -> IncidentSummary:
    exited, closed = item.of(EXITED), item.of(CLOSED)
    return IncidentSummary(
        id=item.id,
        state=item.state,
        opened_at=item.opened_at,
        due_at=item.due_at,
        person=item.opened.person,
        reason=item.opened.reason,
        entries=tuple(step.at for step in item.of(ENTERED)),
        exited_at=exited[-1].at if exited else None,
        closed_at=closed[-1].at if closed else None,
        hash=item.steps[-1].hash,
    )
