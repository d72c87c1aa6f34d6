"""Athena's records of the break-glass roles tell the same uses as the files."""

from __future__ import annotations

from pathlib import Path

from iam_guardrails.adapters.aws.athena import Athena
from iam_guardrails.adapters.trail_engine.engine import Engine
from iam_guardrails.adapters.trail_objects import open_objects
from iam_guardrails.adapters.trail_sql.engine import AthenaEngine
from iam_guardrails.journeys.reconcile import QUESTION
from iam_guardrails.journeys.trail_ask import Engine as Asked
from iam_guardrails.model.incident.joining import joined
from iam_guardrails.model.incident.recorded import recorded
from iam_guardrails.model.incident.use import Uses
from iam_guardrails.model.trail.window import window
from tests.trail_history import write_folder
from tests.trail_sql.lake import LAKE, FakeAthena, connected
from tests.trail_sql.test_answers import NOW, ROLES, WANTED


def told(engine: Asked) -> Uses:
    return joined(recorded(engine.ask(window("2026-01-01", None)).facts, ROLES), ROLES)


def calls(found: Uses) -> set[str]:
    return {call.event_id for use in found.uses for call in use.calls}


def test_the_uses_are_those_of_the_files(tmp_path: Path) -> None:
    truth = write_folder(WANTED, tmp_path / "tree")
    client = FakeAthena(connected(tmp_path / "tree"), page=100)
    athena = Athena(client, LAKE.region, LAKE.workgroup, LAKE.database, lambda _: None, lambda _: None)
    files = told(Engine(open_objects(str(tmp_path / "tree")), tmp_path / "cache", ROLES, lambda _: None, 1))
    queried = told(AthenaEngine(athena, LAKE, QUESTION, ROLES, NOW))
    assert {item.entry for item in truth.sessions} <= {use.entry.event_id for use in files.uses}
    assert queried == files and files.refused and calls(files)
