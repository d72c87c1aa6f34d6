"""The plans of the environments, made offline with the real provider, once for all tests of a run."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Callable
from pathlib import Path

from tests.terraform_tools import ROOT, plan_of

Planned = Callable[[str], Path]
"""An environment's name -> its plan as JSON, made at the first asking."""

OVERRIDE = """
terraform {
  backend "local" {}
}

provider "aws" {
  access_key                  = "testing"
  secret_key                  = "testing"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
  allowed_account_ids         = null
}

provider "aws" {
  alias                       = "second"
  access_key                  = "testing"
  secret_key                  = "testing"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
  allowed_account_ids         = null
}
"""


def copied(environment: str, target: Path, name: str = "") -> Path:
    """A copy of one environment with the modules; only the account check and the state are taken out of it."""
    shutil.copytree(ROOT / "modules", target / "modules")
    folder = target / "envs" / (name or environment)
    shutil.copytree(ROOT / "envs" / environment, folder)
    (folder / "offline_override.tf").write_text(OVERRIDE)
    return folder


def planned_once(environment: str, shared: Path, make_folder: Callable[[str], Path]) -> Path:
    """The plan of an environment as JSON. shared: a folder of all processes of this run, where it is written down."""
    told = shared / f"planned-{environment}"
    with told.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not told.exists():
            folder = copied(environment, make_folder(environment))
            plan_of(folder, "")  # a warm provider keeps one configuration only, and these have two Regions
            told.write_text(str(folder / "plan.json"))
    return Path(told.read_text())
