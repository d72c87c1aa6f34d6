"""Athena's records of roles tell the same requests as the files, but for keys, which its rows do not name."""

from __future__ import annotations

from pathlib import Path

from iam_guardrails.adapters.aws.athena import Athena
from iam_guardrails.adapters.trail_engine.engine import Engine
from iam_guardrails.adapters.trail_objects import open_objects
from iam_guardrails.adapters.trail_sql.engine import AthenaEngine
from iam_guardrails.journeys.trail_ask import Engine as Asked
from iam_guardrails.model.iam.tightening.observed import gather
from iam_guardrails.model.trail.window import window
from iam_guardrails.policy_tighten_command import QUESTION
from tests.trail_history import write_folder
from tests.trail_sql.lake import LAKE, FakeAthena, connected
from tests.trail_sql.test_answers import NOW, ROLES, WANTED


def requests(engine: Asked) -> set[tuple[str, str, str, str]]:
    arns = {role: f"arn:aws:iam::{role[0]}:role/{role[1]}" for role in ROLES}
    seen = gather(engine.ask(window("2026-01-01", None)).facts, arns).seen
    return {(arn, one.action, "" if one.action.startswith("kms:") else one.resource, one.event)
            for arn, mine in seen.items() for one in mine.requests()}  # fmt: skip


def test_the_requests_are_those_of_the_files(tmp_path: Path) -> None:
    write_folder(WANTED, tmp_path / "tree")
    client = FakeAthena(connected(tmp_path / "tree"), page=100)
    athena = Athena(client, LAKE.region, LAKE.workgroup, LAKE.database, lambda _: None, lambda _: None)
    files = requests(Engine(open_objects(str(tmp_path / "tree")), tmp_path / "cache", ROLES, lambda _: None, 1))
    assert requests(AthenaEngine(athena, LAKE, QUESTION, ROLES, NOW)) == files != set()
