"""Where one environment lives on disk, and the process environment its tools get."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from iam_guardrails.adapters.filter_answers import ANSWERS
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.value import frozen

ENVIRONMENTS = ("dev", "staging", "prod")


@frozen
class Place:
    """root: the project.  environment: its name.  folder: envs/<name>.  work: what we write (never committed).

    variables: the environment for Terraform and boto3, complete.  sandbox: whether it points at the embedded AWS.
    """

    root: Path
    environment: str
    folder: Path
    work: Path
    variables: Mapping[str, str]
    sandbox: bool = False

    @property
    def plan(self) -> Path:
        """The saved plan, exactly what `apply` applies."""
        return self.work / "plan.tfplan"

    @property
    def plan_json(self) -> Path:
        """The same plan as JSON, what the rules read."""
        return self.work / "plan.json"

    @property
    def plan_report(self) -> Path:
        """What that plan would do, for people."""
        return self.work / "plan.md"

    @property
    def validate_report(self) -> Path:
        """How that plan was judged, for people."""
        return self.work / "validate.md"

    @property
    def verdict(self) -> Path:
        """How that plan was judged."""
        return self.work / "verdict.json"

    @property
    def contract(self) -> Path:
        """What the last apply says it built."""
        return self.work / "contract.json"

    @property
    def records(self) -> Path:
        """Drills, incidents and reviews: committed, but for those of the embedded AWS."""
        return (self.work if self.sandbox else self.folder) / "records"

    @property
    def expectations(self) -> Path:
        """guardrails.toml of the environment."""
        return self.folder / "guardrails.toml"

    @property
    def filter_answers(self) -> Path:
        """How AWS answered the open cases of filter patterns; it need not exist."""
        return self.folder / ANSWERS

    def sources(self) -> list[Path]:
        """Every file that decides what a plan holds and how it is judged."""
        modules = (self.root / "modules").glob("*/*.tf")
        own = [path for path in self.folder.iterdir() if path.suffix in (".tf", ".tfvars", ".hcl", ".toml")]
        answers = [self.filter_answers] if self.filter_answers.is_file() else []
        return sorted([*modules, *own, *answers])


def find_root(start: Path) -> Path:
    """The project root: the nearest folder at or above `start` with envs/ and modules/. Raises Problem."""
    for folder in (start, *start.parents):
        if (folder / "envs").is_dir() and (folder / "modules").is_dir():
            return folder
    raise Problem(f"{start} is not inside a guardrails project (no envs/ and modules/ above it); change into one")


def environment_folder(root: Path, name: str) -> Path:
    """envs/<name>; raises Problem with the names there are."""
    folder = root / "envs" / name
    if folder.parent != root / "envs" or name in ("", ".", "..") or not (folder / "main.tf").is_file():
        there = sorted(path.parent.name for path in (root / "envs").glob("*/main.tf"))
        raise Problem(f"there is no environment {name!r}; give one of: {', '.join(there)}")
    return folder
