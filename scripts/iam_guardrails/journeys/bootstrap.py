"""bootstrap: the bucket that will hold an environment's Terraform state, once per account.

The bucket cannot hold its own state before it exists: it is made with a local state, which then moves into it.
A run that was interrupted goes on where it stopped.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

from iam_guardrails.adapters.files import read_text, write_atomic
from iam_guardrails.adapters.place import Place
from iam_guardrails.adapters.terraform import Terraform
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.problem import Problem

Progress = Callable[[str], None]
BucketExists = Callable[[str], bool]
STATE_KEY = "bootstrap/terraform.tfstate"


def bootstrap(
    place: Place, terraform: Terraform, expected: Expected, bucket_exists: BucketExists, progress: Progress
) -> str:
    """Make sure the state bucket exists and is as modules/state-backend describes it; returns its name.

    `terraform` must work in `<work>/bootstrap`. Raises Problem.
    """
    bucket = state_bucket(place.folder / "backend.hcl")
    folder = terraform.folder
    folder.mkdir(parents=True, exist_ok=True)
    local = folder / "terraform.tfstate"
    exists = bucket_exists(bucket)
    moved = exists and not _has_resources(local)
    _write_root(folder, place, expected, bucket, remote=moved)
    settings = _settings(folder, bucket, expected)
    progress(f"state bucket {bucket}: {'found, checking it' if exists else 'creating it'}")
    terraform.init(backend_config=settings if moved else None, lockfile=None)
    plan = folder / "plan.tfplan"
    if terraform.plan(plan):
        _refuse_foreign(plan, terraform, bucket, exists, local)
        terraform.apply(plan)
    if not moved:
        _write_root(folder, place, expected, bucket, remote=True)
        progress("moving the bucket's own state into it")
        terraform.init_migrate(settings)
        local.unlink(missing_ok=True)
        (folder / "terraform.tfstate.backup").unlink(missing_ok=True)
    plan.unlink(missing_ok=True)
    return bucket


def state_bucket(path: Path) -> str:
    """The bucket named in a backend.hcl. Raises Problem when none is."""
    found = re.search(r'^\s*bucket\s*=\s*"([^"]+)"', read_text(path, "the backend settings"), re.MULTILINE)
    if not found:
        raise Problem(f'{path} names no bucket; it must have a line such as: bucket = "…"')
    return found.group(1)


def _has_resources(state: Path) -> bool:
    try:
        return bool(json.loads(state.read_text()).get("resources"))
    except (OSError, ValueError):
        return False


def _refuse_foreign(plan: Path, terraform: Terraform, bucket: str, exists: bool, local: Path) -> None:
    """A bucket that exists while no state knows it is not ours to create again."""
    if not exists or _has_resources(local):
        return
    changes = json.loads(terraform.show(plan)).get("resource_changes", [])
    for change in changes:
        if change["type"] == "aws_s3_bucket" and change["change"]["actions"] == ["create"]:
            raise Problem(
                f"the bucket {bucket} exists, but no bootstrap state knows it; import it into {terraform.folder}"
                " (terraform import) or, if it is empty and nobody's, delete it and repeat"
            )


def _settings(folder: Path, bucket: str, expected: Expected) -> Path:
    path = folder / "backend.hcl"
    write_atomic(
        path,
        f'bucket       = "{bucket}"\nkey          = "{STATE_KEY}"\nregion       = "{expected.home_region}"\n'
        "use_lockfile = true\n",
    )
    return path


def _write_root(folder: Path, place: Place, expected: Expected, bucket: str, remote: bool) -> None:
    # the local backend by name: without one, `init -reconfigure` keeps what an earlier run set
    backend = f'terraform {{\n  backend "{"s3" if remote else "local"}" {{}}\n}}\n'
    lock = place.folder / ".terraform.lock.hcl"
    write_atomic(folder / ".terraform.lock.hcl", read_text(lock, "the provider lock file"))
    write_atomic(
        folder / "main.tf",
        f"""{backend}
provider "aws" {{
  region              = "{expected.home_region}"
  allowed_account_ids = ["{expected.account_id}"]
  max_retries         = 8
}}

module "state_backend" {{
  source = {json.dumps(str((place.root / "modules" / "state-backend").absolute()))}

  environment = "{place.environment}"
  account_id  = "{expected.account_id}"
  region      = "{expected.home_region}"
  bucket_name = "{bucket}"
}}
""",
    )
