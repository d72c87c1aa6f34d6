"""plan: what Terraform would do to one environment, saved as the file that `apply` will apply."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from iam_guardrails.adapters.files import digest, write_atomic
from iam_guardrails.adapters.place import Place
from iam_guardrails.adapters.terraform import Terraform, TerraformProblem
from iam_guardrails.adapters.terraform_errors import kept_from_replacement

Progress = Callable[[str], None]


def make_plan(place: Place, terraform: Terraform, progress: Progress, name: str = "plan") -> bool:
    """init, plan, show. Writes <work>/<name>.tfplan and <name>.json; True when the plan holds changes.

    The files of an earlier plan (and its verdict) are removed first, so that nothing stale can be applied; what a
    failure or an interrupt leaves of this one is removed too. Raises TerraformProblem.
    """
    place.work.mkdir(mode=0o700, parents=True, exist_ok=True)
    binary, text = place.work / f"{name}.tfplan", place.work / f"{name}.json"
    for path in (binary, text, *([place.verdict] if name == "plan" else [])):
        path.unlink(missing_ok=True)
    progress("preparing Terraform and its provider")
    prepare(place, terraform)
    progress("planning")
    try:
        changes = _plan(terraform, binary, progress, name == "plan")
        binary.chmod(0o600)
        write_atomic(text, terraform.show(binary))
    except BaseException:
        binary.unlink(missing_ok=True)
        raise
    return changes


def _plan(terraform: Terraform, binary: Path, progress: Progress, may_keep: bool) -> bool:
    """Plan; where an apply was cut short, keep the half-made resources that may not be replaced, and plan again.

    Terraform marks what it could not finish making for replacement. A key, a bucket or a trail is protected from that
    (prevent_destroy), so every later plan would fail; kept, it is completed in place by the next apply.
    """
    try:
        return terraform.plan(binary)
    except TerraformProblem as problem:
        protected = kept_from_replacement(problem.said)
        if not (may_keep and protected):
            raise
        for address in protected:
            try:
                terraform.untaint(address)
            except TerraformProblem:
                raise problem from None  # not half-made: the configuration itself asks for its end
            progress(f"{address} was half-made by an interrupted apply; it is kept and will be completed")
    return terraform.plan(binary)


def prepare(place: Place, terraform: Terraform) -> None:
    """Make the folder ready for Terraform: provider, modules, backend; once, as long as nothing they depend on changes.

    Raises TerraformProblem.
    """
    lock = place.folder / ".terraform.lock.hcl"
    plugins = terraform.environ.get("TF_CLI_ARGS_init", "")
    key = f"{digest([*place.sources(), lock], place.root)} {terraform.binary} {plugins}"
    terraform.init_once(key, place.folder / "backend.hcl")
