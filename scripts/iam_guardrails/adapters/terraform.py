"""Terraform, spoken to through python_terraform: this is the only module that imports it.

python_terraform builds the command lines; they are run here, because progress has to be read while a command works
and because the environment of the child must not be the environment of this process.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from iam_guardrails.adapters.files import write_atomic
from iam_guardrails.adapters.terraform_errors import diagnostics, explain, first_error
from iam_guardrails.adapters.terraform_process import Ran, collect
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.value import frozen

Progress = Callable[[str], None]
MINIMUM = (1, 10)
LOCK_TIMEOUT = "GUARDRAILS_LOCK_TIMEOUT"  # how long to wait for the state lock, e.g. "10m"


class TerraformProblem(Problem):
    """Terraform ended with an error; `said` holds its own diagnostics, one per line."""

    def __init__(self, message: str, said: str = "") -> None:
        super().__init__(message)
        self.said = said


@frozen
class Terraform:
    """One working folder. `environ` is the whole environment of the child process."""

    binary: Path
    folder: Path
    environ: Mapping[str, str]
    progress: Progress

    def run(self, command: str, *args: str, stream: Callable[[str], None] | None = None, **options: Any) -> Ran:
        """Run one command; options as python_terraform takes them (`input=False`, `no_color=IsFlagged`, …).

        `stream` gets each line of standard output as it comes. An interrupt is handed on to the child, once each time,
        and the child is waited for: Terraform ends what it is doing, stores its state and releases its lock.
        """
        words = self._command(command, *args, **options)
        try:
            child = subprocess.Popen(
                words, cwd=self.folder, env=dict(self.environ), text=True, errors="replace",
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, process_group=0,
            )  # fmt: skip
        except OSError as error:
            raise Problem(f"terraform cannot be started in {self.folder}: {error.strerror}") from None
        return collect(child, stream)

    def _command(self, command: str, *args: str, **options: Any) -> list[str]:
        from python_terraform import Terraform as Builder  # here: most commands never need it

        builder = Builder(working_dir=str(self.folder), terraform_bin_path=str(self.binary))
        words: list[str] = builder.generate_cmd_string(command, *args, **options)
        return words

    def version(self) -> str:
        """Terraform's version; raises Problem when it is too old to lock the state in S3 (`use_lockfile`)."""
        ran = self.run("version", json=_flag())
        try:
            version = str(json.loads(ran.out)["terraform_version"])
        except (ValueError, KeyError):
            raise Problem(f"{self.binary} is not a working Terraform: {first_error(ran.err or ran.out)}") from None
        if tuple(int(part) for part in version.split(".")[:2]) < MINIMUM:
            raise Problem(f"Terraform {version} is too old; install 1.10 or newer (S3 state lock files need it)")
        return version

    def init(self, backend_config: Path | None = None, lockfile: str | None = "readonly", **options: Any) -> None:
        """Prepare the folder: provider and backend, whatever an earlier run left of them. Raises TerraformProblem."""
        ran = self.run(
            "init", input=False, no_color=_flag(), reconfigure=_flag(),
            backend_config=str(backend_config) if backend_config else None, lockfile=lockfile, **options,
        )  # fmt: skip
        self._check(ran, "terraform init failed")

    def init_once(self, key: str, backend_config: Path) -> None:
        """`init`, unless the data folder was prepared for this very `key` (a digest of all that init reads)."""
        marker = Path(self.environ["TF_DATA_DIR"]) / "initialised"
        if marker.is_file() and marker.read_text() == key:
            return
        marker.unlink(missing_ok=True)
        self.init(backend_config)
        write_atomic(marker, key)

    def init_migrate(self, backend_config: Path) -> None:
        """Move the local state into the backend the configuration now names. Raises TerraformProblem."""
        ran = self.run("init", input=False, no_color=_flag(), migrate_state=_flag(), force_copy=_flag(),
                       backend_config=str(backend_config))  # fmt: skip
        self._check(ran, "terraform init failed")

    def plan(self, out: Path, **options: Any) -> bool:
        """Save a plan to `out`; True when it holds changes. Raises TerraformProblem."""
        ran = self.run("plan", input=False, no_color=_flag(), detailed_exitcode=_flag(), out=str(out),
                       lock_timeout=self.environ.get(LOCK_TIMEOUT, "60s"), **options)  # fmt: skip
        if ran.code not in (0, 2):
            self._check(ran, "terraform plan failed")
        for said in diagnostics(ran.out + ran.err, "Warning:"):
            if "undeclared variable" in said:  # Terraform drops such a value, and whoever wrote it would not know
                what = said.removeprefix("Warning: ").partition(" If you meant")[0]
                raise TerraformProblem(f"{self.folder.name}: {what} Correct the name there, or remove it.", said)
            self.progress(said)
        return ran.code == 2

    def show(self, plan: Path) -> str:
        """The JSON text of a saved plan. Raises TerraformProblem."""
        ran = self.run("show", str(plan), json=_flag(), no_color=_flag())
        self._check(ran, "terraform show failed")
        return ran.out

    def apply(self, plan: Path) -> None:
        """Apply a saved plan, telling each resource as it is done. Raises TerraformProblem."""
        told = _Told(self.progress)
        ran = self.run(
            "apply",
            str(plan),
            input=False,
            json=_flag(),
            lock_timeout=self.environ.get(LOCK_TIMEOUT, "60s"),
            stream=told.line,
        )
        if ran.code:
            self._fail("terraform apply failed", told.errors or ran.err)

    def output(self) -> dict[str, Any]:
        """The root outputs, by name. Raises TerraformProblem."""
        ran = self.run("output", json=_flag(), no_color=_flag())
        self._check(ran, "terraform output failed")
        return {name: item["value"] for name, item in json.loads(ran.out or "{}").items()}

    def force_unlock(self, lock_id: str) -> None:
        """Release the state lock `lock_id`. Raises TerraformProblem."""
        self._check(self.run("force-unlock", lock_id, force=_flag()), "terraform force-unlock failed")

    def untaint(self, address: str) -> None:
        """Keep a resource that Terraform wants to replace, because making it was cut short. Raises TerraformProblem."""
        wait = self.environ.get(LOCK_TIMEOUT, "60s")
        self._check(self.run("untaint", address, lock_timeout=wait), "terraform untaint failed")

    def unformatted(self) -> list[str]:
        """The files below the folder that `terraform fmt` would change. Raises TerraformProblem."""
        ran = self.run("fmt", check=_flag(), recursive=_flag())
        if ran.code not in (0, 3):
            self._check(ran, "terraform fmt failed")
        return ran.out.split()

    def _check(self, ran: Ran, what: str) -> None:
        if ran.code:
            self._fail(what, ran.err or ran.out)

    def _fail(self, what: str, said: str) -> None:
        first = first_error(said)
        endpoint = self.environ.get("AWS_ENDPOINT_URL", "the public AWS endpoints")
        sentence = explain(said, self.folder.name, endpoint, first)
        raise TerraformProblem(sentence or f"{what} in {self.folder.name}: {first}", said)


class _Told:
    """Turns the JSON lines of `terraform apply -json` into short progress lines and collects the errors."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.errors = ""
        self.done = 0
        self.total = 0

    def line(self, text: str) -> None:
        try:
            item = json.loads(text)
        except ValueError:
            return
        kind = item.get("type")
        if kind == "planned_change":
            self.total += 1
        elif kind == "apply_complete":
            self.done += 1
            of = f" of {max(self.total, self.done)}" if self.total else ""
            self.progress(f"{self.done}{of} {item['hook']['resource']['addr']}")
        elif kind == "diagnostic" and item["diagnostic"]["severity"] == "error":
            diagnostic = item["diagnostic"]
            self.errors += f"Error: {diagnostic['summary']}: {diagnostic.get('detail', '')}\n"


def _flag() -> Any:
    from python_terraform import IsFlagged

    return IsFlagged
