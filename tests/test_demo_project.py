"""The project in which the demo's emergency and review take place."""

from __future__ import annotations

from pathlib import Path

from iam_guardrails.demo_emergency import project_of


def test_it_has_the_tools_and_what_was_scanned_of_the_real_one(tmp_path: Path) -> None:
    root, state = tmp_path / "root", tmp_path / "root" / ".guardrails" / "demo"
    for name in ("envs", "modules", ".venv-checkov"):
        (root / name).mkdir(parents=True)
    for _ in ("first", "again"):
        made = project_of(root, state)
        assert {item.name for item in made.iterdir()} == {"envs", "modules", ".venv-checkov", ".guardrails"}
        assert (made / ".venv-checkov").resolve() == (root / ".venv-checkov").resolve()
        kept = made / ".guardrails" / "secrets.json"
        assert kept.resolve() == (root / ".guardrails" / "secrets.json").resolve()
        kept.resolve().write_text("{}")
        assert kept.read_text() == "{}"
