"""plan: what Terraform would do to one environment, saved as the file that `apply` will apply."""

from __future__ import annotations

from collections.abc import Callable

from iam_guardrails.adapters.files import digest, write_atomic
from iam_guardrails.adapters.place import Place
from iam_guardrails.adapters.terraform import Terraform

Progress = Callable[[str], None]


def make_plan(place: Place, terraform: Terraform, progress: Progress, name: str = "plan") -> bool:
    """init, plan, show. Writes <work>/<name>.tfplan and <name>.json; True when the plan holds changes.

    The files of an earlier plan (and its verdict) are removed first, so that nothing stale can be applied.
    Raises TerraformProblem.
    """
    place.work.mkdir(parents=True, exist_ok=True)
    binary, text = place.work / f"{name}.tfplan", place.work / f"{name}.json"
    for path in (binary, text, *([place.verdict] if name == "plan" else [])):
        path.unlink(missing_ok=True)
    progress("preparing Terraform and its provider")
    prepare(place, terraform)
    progress("planning")
    changes = terraform.plan(binary)
    binary.chmod(0o600)
    write_atomic(text, terraform.show(binary))
    return changes


def prepare(place: Place, terraform: Terraform) -> None:
    """Make the folder ready for Terraform: provider, modules, backend; once, as long as nothing they depend on changes.

    Raises TerraformProblem.
    """
    lock = place.folder / ".terraform.lock.hcl"
    plugins = terraform.environ.get("TF_CLI_ARGS_init", "")
    key = f"{digest([*place.sources(), lock], place.root)} {terraform.binary} {plugins}"
    terraform.init_once(key, place.folder / "backend.hcl")
