"""`make bench`: one table of ratios. Exit code 0 when every goal is reached, 1 otherwise."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from iam_guardrails.adapters.place import ENVIRONMENTS
from tests.bench.measure import Row, table
from tests.bench.rows_access import access_rows
from tests.bench.rows_capture import capture_rows
from tests.bench.rows_escalation import escalation_rows
from tests.bench.rows_evidence import evidence_rows
from tests.bench.rows_export import export_rows
from tests.bench.rows_patterns import pattern_rows
from tests.bench.rows_proofs import proof_rows
from tests.bench.rows_python import checkov_rows, own_rules_rows, start_rows
from tests.bench.rows_review import review_rows
from tests.bench.rows_terraform import terraform_rows
from tests.bench.rows_trail import trail_rows
from tests.bench.z3_check import z3_rows
from tests.environment_plans import copied
from tests.terraform_tools import plan_of, warm_provider


def environment_plans(base: Path) -> list[Path]:
    """The plans of all environments, prod first, made offline with the real provider."""
    plans = []
    for name in sorted(ENVIRONMENTS, key=lambda name: name != "prod"):
        folder = copied(name, base / name)
        plan_of(folder, "")  # two provider configurations need two processes, so no warm one here
        plans.append(folder / "plan.json")
    return plans


def main() -> int:
    """Measure everything and print the table."""
    rows: list[Row] = []

    def take(what: str, more: Iterable[Row]) -> None:
        print(f"  measuring {what} …", file=sys.stderr, flush=True)
        rows.extend(more)

    with tempfile.TemporaryDirectory(prefix="guardrails-bench-") as name:
        base = Path(name)
        take("the start of commands", start_rows())
        take("our own rules", own_rules_rows())
        take("escalation", escalation_rows())
        (base / "trail").mkdir()
        take("CloudTrail", trail_rows(base / "trail"))
        shutil.rmtree(base / "trail")
        take("proofs", (*proof_rows(), *z3_rows()))
        take("a whole account", access_rows(base / "account"))
        take("a capture", capture_rows(base / "capture"))
        take("a review", review_rows(base / "review"))
        take("evidence", evidence_rows(base / "evidence"))
        take("SQL over CloudTrail", export_rows(base / "export"))
        print("  planning the environments …", file=sys.stderr, flush=True)
        plans = environment_plans(base / "environments")
        take("patterns", pattern_rows(plans[0], plans[0].parent / "guardrails.toml"))
        take("checkov", checkov_rows(plans))
        (base / "provider").mkdir()
        with warm_provider(base / "provider") as reattach:
            take("Terraform", terraform_rows(base / "terraform", reattach))
    print(table(rows))
    return 0 if all(row.reached is not False for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
