"""`make bench`: one table of ratios. Exit code 0 when every goal is reached, 1 otherwise."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
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


def plan_rows(base: Path) -> Iterator[Row]:
    """What is measured with the plans of the environments."""
    plans = environment_plans(base / "environments")
    yield from pattern_rows(plans[0], plans[0].parent / "guardrails.toml")
    yield from checkov_rows(plans)
    (base / "provider").mkdir(parents=True)
    with warm_provider(base / "provider") as reattach:
        yield from terraform_rows(base / "terraform", reattach)


GROUPS: dict[str, Callable[[Path], Iterable[Row]]] = {
    "start": lambda _: start_rows(),
    "rules": lambda _: own_rules_rows(),
    "escalation": lambda _: escalation_rows(),
    "trail": trail_rows,
    "proofs": lambda _: chain(proof_rows(), z3_rows()),
    "access": access_rows,
    "capture": capture_rows,
    "review": review_rows,
    "evidence": evidence_rows,
    "export": export_rows,
    "plans": plan_rows,
}
"""What can be measured alone, in the order of the table; each is given a folder of its own."""


def main(words: Sequence[str]) -> int:
    """Measure all groups, or those that are named, and print the table."""
    made = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    made.add_argument("groups", metavar="GROUP", nargs="*",
                      help=f"only these: {', '.join(GROUPS)} (default: all of them)")  # fmt: skip
    named: list[str] = made.parse_args(words).groups
    if strange := [name for name in named if name not in GROUPS]:
        made.error(f"there is no group {strange[0]!r}; there are {', '.join(GROUPS)}")
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="guardrails-bench-") as name:
        for group, measure in GROUPS.items():
            if named and group not in named:
                continue
            print(f"  measuring {group} …", file=sys.stderr, flush=True)
            folder = Path(name) / group
            folder.mkdir()
            rows += measure(folder)
            shutil.rmtree(folder)
    print(table(rows))
    return 0 if all(row.reached is not False for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
