"""The demo's emergency, step by step, by the very commands a person would type."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from iam_guardrails.adapters.emergency_scene import ACT, Scene
from iam_guardrails.adapters.secret_scan import CACHE
from iam_guardrails.model.problem import Problem
from iam_guardrails.wiring import WORK

REASON = "the queue is stuck: the worker may not read its own secret since the last deployment"
LESSON = "give the worker the right it lacked, in Terraform"


class Stage(Protocol):
    """Where the demo tells its story."""

    def say(self, text: str) -> None:
        """A result."""

    def tell(self, text: str) -> None:
        """Progress."""


def project_of(root: Path, state_dir: Path) -> Path:
    """A project whose embedded AWS is the demo's: the same code, and records of its own. Returns its folder."""
    made = state_dir / "project"
    (made / WORK).mkdir(parents=True, exist_ok=True)
    for name in ("envs", "modules", ".venv-terraform", ".venv-checkov"):
        if (root / name).exists() and not (made / name).exists():
            (made / name).symlink_to((root / name).resolve())
    if not (made / WORK / "sandbox").exists():
        (made / WORK / "sandbox").symlink_to(state_dir.resolve())
    scanned = made / WORK / CACHE
    if not scanned.exists() and not scanned.is_symlink():  # the same repository: what was scanned of it is known
        scanned.symlink_to((root / WORK / CACHE).resolve())
    return made


class Emergency:
    """One use of the role, from its declaration to its review."""

    def __init__(self, project: Path, environment: str, person: str, stage: Stage) -> None:
        """person: the owner who enters, by user name."""
        self._project, self._environment, self._person, self._stage = project, environment, person, stage
        self.incident_id = ""

    def open(self) -> None:
        """Declare it. Raises Problem."""
        told = self._json("open", self._environment, "--reason", REASON, "--minutes", "30", "--purpose", "fix-iam",
                          "--person", self._person)  # fmt: skip
        self.incident_id = str(told["incident"])
        self._stage.say(f"{self.incident_id} is declared; the state before is kept beside its record")

    def act(self, scene: Scene) -> None:
        """Enter with MFA, and do what has to be done. Raises Problem."""
        said = self._run(0, "enter", self.incident_id, "--mfa-command", "echo 123456", "--",
                         sys.executable, "-c", ACT, *scene.words)  # fmt: skip
        for line in said.splitlines():
            self._stage.say(line)

    def exit(self) -> None:
        """Revoke the session. Raises Problem."""
        told = self._json("exit", self.incident_id)
        refused = [item for role in told["roles"] for item in role.get("sessions", ())]
        self._stage.say("AWSRevokeOlderSessions is written; by our own evaluator the role's policies now refuse every"
                        f" session of this use ({len(refused) or 'all'})")  # fmt: skip

    def close(self, *review: str, wanted: int) -> dict[str, Any]:
        """Look at what was done, and close where nothing stays; returns what was found. Raises Problem."""
        found = self._json("close", self.incident_id, *review, wanted=wanted)
        for item in found["examined"]["items"]:
            self._stage.say(f"{item['verdict']:11} {item['told']}")
            if item["verdict"] == "still open":
                self._stage.say(f"            {item['command']}")
        return found

    def review(self) -> tuple[str, ...]:
        """What the person says of it afterwards, as options of `close`."""
        due = f"{datetime.now(UTC) + timedelta(days=14):%Y-%m-%d}"
        happened = "The worker got more rights for ten minutes, and a port was opened to look at its queue."
        return ("--happened", happened, "--prevent", LESSON, "--owner", self._person, "--due", due)

    def reconcile(self) -> list[dict[str, Any]]:
        """Hold CloudTrail against the records; returns the findings. Raises Problem where it cannot judge."""
        found: list[dict[str, Any]] = self._json("reconcile", self._environment, wanted=1)["findings"]
        return found

    def _json(self, action: str, *words: str, wanted: int = 0) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._run(wanted, action, *words, "--format", "json"))
        return found

    def _run(self, wanted: int, action: str, *words: str) -> str:
        self._stage.tell(f"guardrails breakglass {action}")
        start = [sys.executable, "-m", "iam_guardrails", "--root", str(self._project), "breakglass", action]
        ran = subprocess.run(
            [*start, "--sandbox", *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
            env=_plain(os.environ),
        )  # fmt: skip
        if ran.returncode != wanted:
            said = " ".join((ran.stderr or ran.stdout).split())[-600:]
            raise Problem(f"the demo stops: breakglass {action} ended with {ran.returncode}, not {wanted}: {said}")
        return ran.stdout


def _plain(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment without somebody's own credentials, which have no business in the demo."""
    return {name: value for name, value in environ.items() if not name.startswith("AWS_")}
