"""Rows about the review: the monthly and quarterly boxes over a capture of 10,000 roles and 100 secrets, offline."""

from __future__ import annotations

import gc
import statistics
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from time import perf_counter

from iam_guardrails.adapters.capture_assembly import capture_from_authorization_details, held_of
from iam_guardrails.adapters.captures import content_of, load_capture, write_capture
from iam_guardrails.adapters.garbage import resting
from iam_guardrails.journeys.review import estate_or_why, judged_in_turn
from iam_guardrails.model.capture.secrets import Secret
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.review.basis import Basis
from iam_guardrails.model.review.manifest import Middleware
from iam_guardrails.model.review.review import MONTHLY, QUARTERLY
from iam_guardrails.model.value import changed
from iam_guardrails.rules.review import escalation
from tests.bench.account_file import ACCOUNT, SECRET, write_account
from tests.bench.measure import ROOT, Row, child_environment
from tests.bench.rows_access import peak_bytes

ROLES, SECRETS, ROUNDS = 10_000, 100, 3
SECONDS, MEMORY = 10.0, 10.0
_TIERS = (Middleware("role1?", "ingress", ("*",)), Middleware("role2?", "worker", ("*",)))


def review_rows(base: Path) -> Iterator[Row]:
    """Time beyond reading the capture, and memory against the content's JSON."""
    base.mkdir(parents=True, exist_ok=True)
    file, details = base / "a.capture.gz", base / "details.json"
    write_account(details, ROLES)
    capture = capture_from_authorization_details(str(details), lambda _text: None)
    secrets = tuple(
        Secret(f"{SECRET}:team{number % 40}/app{number}-AbCdEf", f"team{number % 40}/app{number}", "us-east-1")
        for number in range(SECRETS)
    )
    capture = changed(capture, secrets=secrets, unasked={}, environment="")
    write_capture(file, capture)
    size = len(content_of(capture))
    words = [sys.executable, "-m", "tests.bench.rows_review", str(file)]
    bare = peak_bytes([sys.executable, "-c", "pass"])
    for cadence in (MONTHLY, QUARTERLY):
        took = statistics.median(_seconds([*words, cadence]) for _ in range(ROUNDS))
        yield Row(f"a {cadence} review of {ROLES:,} roles, {SECRETS} secrets", f"{took:.1f} s",
                  f"at most {SECONDS:.0f} s", took <= SECONDS, "beyond reading the capture")  # fmt: skip
        times = (peak_bytes([*words, cadence]) - bare) / size
        yield Row("its memory", f"{times:.1f}x", f"at most {MEMORY:.0f}x", times <= MEMORY, "the size of its JSON")
    yield from _command(base, file, size, bare)
    ran = subprocess.run(
        [*words, "ways"], cwd=ROOT, env=child_environment(), check=True, capture_output=True, text=True
    )
    ways, left = ran.stdout.split(maxsplit=1)
    yield Row("the quarter's ways to administrator alone", f"{float(ways):.1f} s, {left.strip()}", "", None,
              "beyond reading the capture")  # fmt: skip


def _command(base: Path, file: Path, size: int, bare: int) -> Iterator[Row]:
    """The whole command, with the draft that an earlier run left. bare: memory of Python itself."""
    (base / "modules").mkdir()
    folder = base / "envs" / "prod"
    folder.mkdir(parents=True)
    (folder / "main.tf").touch()
    lines = [f'account_id = "{ACCOUNT}"', 'environment = "prod"', 'home_region = "us-east-2"']
    for one in _TIERS:
        lines += ["[[middleware]]", f'name = "{one.name}"', f'tier = "{one.tier}"', 'trusted = ["*.amazonaws.com"]']
    (folder / "guardrails.toml").write_text("\n".join(lines) + "\n")
    for form in ("html", "json"):
        ours = ["-m", "iam_guardrails", "--root", str(base), "review", "prod", "--cadence", QUARTERLY,
                "--from", str(file), "--format", form, "--output", str(base / form)]  # fmt: skip
        script = (
            f"import subprocess, sys; sys.exit(subprocess.run({[sys.executable, *ours]!r}).returncode not in (1, 2))"
        )
        words = [sys.executable, "-c", script]
        times = max((peak_bytes(words) - bare) / size for _ in range(2))
        yield Row(f"memory of the quarter's review as a command, --format {form}", f"{times:.1f}x",
                  f"at most {MEMORY:.0f}x", times <= MEMORY, "the size of its JSON")  # fmt: skip


def _seconds(words: list[str]) -> float:
    ran = subprocess.run(words, cwd=ROOT, env=child_environment(), check=True, capture_output=True, text=True)
    return float(ran.stdout)


def _judge(path: str, cadence: str) -> float:
    """Judge a capture; the seconds it took beyond reading it. As in the command, the collector looks between boxes."""
    with resting() as look:
        capture = load_capture(path)
        begun = perf_counter()
        expected = Expected(ACCOUNT, "us-east-1", middleware=_TIERS)
        estate = estate_or_why(capture, lambda _text: None)
        basis = Basis(capture, expected, estate, date(2026, 11, 28), (), held_of(capture))
        for _, box in judged_in_turn(cadence):
            look()
            box(basis)
        return perf_counter() - begun


def _ways(path: str) -> str:
    """Look for the ways to administrator alone: the seconds, and of how many principals the search was left."""
    gc.disable()
    capture = load_capture(path)
    estate = estate_or_why(capture, lambda _text: None)
    begun = perf_counter()
    box = escalation.box(Basis(capture, Expected(ACCOUNT, "us-east-1"), estate, date(2026, 11, 28)))
    took = perf_counter() - begun
    left = {row[0] for table in box.tables if table.title == escalation.UNFINISHED for row in table.rows}
    return f"{took} {len(left):,} of {box.looked_at:,} not searched to the end"


if __name__ == "__main__":
    print(_ways(sys.argv[1]) if sys.argv[2] == "ways" else _judge(sys.argv[1], sys.argv[2]))
