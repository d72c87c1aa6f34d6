"""The real Terraform with the real AWS provider, offline, for tests: found as the harness finds it, kept warm.

A provider takes about a second to start and Terraform starts it several times per command. Started once in the
provider's own debug mode (`-debug`, a mode made for developers) and handed over in TF_REATTACH_PROVIDERS, it serves
every test of the session. Verdicts are the same; `make bench` shows the ratio.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from iam_guardrails.adapters.terraform import Terraform
from iam_guardrails.adapters.terraform_home import child_environment, find_binary
from iam_guardrails.wiring import locked_provider

ROOT = Path(__file__).parent.parent
LOCK = ROOT / "envs" / "prod" / ".terraform.lock.hcl"
PROVIDER = locked_provider(LOCK)
OFFLINE = """
provider "aws" {
  region                      = "us-east-2"
  access_key                  = "testing"
  secret_key                  = "testing"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
}
"""


def environment(data_dir: Path, reattach: str = "") -> dict[str, str]:
    """The process environment for Terraform: no account, no network, no certificate bundle of this machine."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    made = child_environment(kept, Path.home(), PROVIDER, data_dir)
    made |= {
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    return made | ({"TF_REATTACH_PROVIDERS": reattach} if reattach else {})


def terraform(folder: Path, reattach: str = "") -> Terraform:
    """Terraform in `folder`, its data beside it."""
    return Terraform(find_binary(os.environ, ROOT), folder, environment(folder / ".data", reattach), lambda _: None)


def provider_binary(folder: Path) -> Path:
    """The provider's executable, as `terraform init` in `folder` installs it."""
    (folder / "main.tf").write_text(
        "terraform {\n  required_providers {\n    aws = {\n"
        '      source  = "hashicorp/aws"\n      version = "~> 5.100"\n    }\n  }\n}\n'
    )
    shutil.copy(LOCK, folder)
    terraform(folder).init()
    return installed_provider(folder / ".data")


def installed_provider(data_dir: Path) -> Path:
    """The provider's executable in one of Terraform's data folders."""
    # spelled out, because rglob stops at the links a mirror leaves
    found = sorted((data_dir / "providers").glob("*/*/*/*/*/terraform-provider-aws_*"))
    return next(path for path in found if path.is_file())


@contextmanager
def warm_provider(folder: Path) -> Iterator[str]:
    """A running provider; yields the value for TF_REATTACH_PROVIDERS."""
    with serving(provider_binary(folder), environment(folder / ".data")) as reattach:
        yield reattach


@contextmanager
def serving(binary: Path, environ: Mapping[str, str]) -> Iterator[str]:
    """A provider's executable, running in that environment; yields the value for TF_REATTACH_PROVIDERS."""
    process = subprocess.Popen(
        [str(binary), "-debug"], env=dict(environ), text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert process.stdout
        for line in process.stdout:
            found = re.search(r"TF_REATTACH_PROVIDERS='(.*)'", line)
            if found:
                yield found.group(1)
                return
        raise AssertionError("the provider ended before it could be attached to")
    finally:
        process.terminate()
        process.wait(timeout=30)


def copy_module(name: str, target: Path) -> Path:
    """A copy of one module with its siblings, so that running it leaves nothing in the repository."""
    shutil.copytree(ROOT / "modules", target / "modules", dirs_exist_ok=True)
    return target / "modules" / name


def plan_of(folder: Path, reattach: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """init, plan and show in `folder`; the plan as decoded JSON."""
    if variables is not None:
        (folder / "cases.auto.tfvars.json").write_text(json.dumps(variables))
    tool = terraform(folder, reattach)
    tool.init(lockfile=None)
    tool.plan(folder / "tfplan")
    text = tool.show(folder / "tfplan")
    (folder / "plan.json").write_text(text)
    content: dict[str, Any] = json.loads(text)
    return content
