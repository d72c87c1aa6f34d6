"""A small project of its own with an embedded AWS of its own: everything real but the size."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.terraform_tools import LOCK, installed_provider, serving

from iam_guardrails.adapters import sandbox
from iam_guardrails.journeys.plan import prepare
from iam_guardrails.wiring import Wiring

REATTACH = "TF_REATTACH_PROVIDERS"
Warmed = Callable[[Path, str], None]

ACCOUNT = "111111111111"
BUCKET = "dev-111111111111-guardrails-tfstate"
MAIN = f"""
terraform {{
  required_version = ">= 1.10.0"
  required_providers {{
    aws = {{
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }}
  }}
  backend "s3" {{}}
}}

provider "aws" {{
  region              = "us-east-2"
  allowed_account_ids = ["{ACCOUNT}"]
  max_retries         = 2
}}

resource "aws_sns_topic" "first" {{
  name = "first"
}}

resource "aws_kms_key" "slow" {{
  description = aws_sns_topic.first.name
}}

resource "aws_sns_topic" "last" {{
  name              = "last"
  kms_master_key_id = aws_kms_key.slow.arn
}}

output "contract" {{
  value = {{ topics = [aws_sns_topic.first.arn, aws_sns_topic.last.arn] }}
}}
"""
BACKEND = f"""
bucket       = "{BUCKET}"
key          = "guardrails/terraform.tfstate"
region       = "us-east-2"
use_lockfile = true
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one small environment, dev."""
    folder = tmp_path / "envs" / "dev"
    folder.mkdir(parents=True)
    (tmp_path / "modules").mkdir()
    (folder / "main.tf").write_text(MAIN)
    (folder / "backend.hcl").write_text(BACKEND)
    (folder / "guardrails.toml").write_text(f'account_id = "{ACCOUNT}"\nhome_region = "us-east-2"\n')
    shutil.copy(LOCK, folder)
    return tmp_path


@pytest.fixture
def running(project: Path) -> Iterator[sandbox.Sandbox]:
    """The embedded AWS of that project, with the state bucket in it."""
    import boto3
    from botocore.config import Config

    state_dir = project / ".guardrails" / "sandbox"
    made = sandbox.up(state_dir)
    keys = sandbox.environment(made, ACCOUNT, "us-east-2")
    s3 = boto3.client(
        "s3", endpoint_url=made.endpoint, region_name="us-east-2", config=Config(proxies={}),
        aws_access_key_id=keys["AWS_ACCESS_KEY_ID"], aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=keys["AWS_SESSION_TOKEN"],
    )  # fmt: skip
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "us-east-2"})
    yield made
    sandbox.down(state_dir)


@pytest.fixture
def warmed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Warmed]:
    """`warmed(project, "dev")`: from here on one provider serves every Terraform command of that sandbox.

    Not for a command that is interrupted: that stops the provider's work for good.
    """
    with ExitStack() as stack:

        def warm(project: Path, environment: str) -> None:
            wiring = Wiring.make(project, environment, True, lambda _: None)
            prepare(wiring.place, wiring.terraform)
            environ = wiring.terraform.environ
            binary = installed_provider(Path(environ["TF_DATA_DIR"]))
            monkeypatch.setenv(REATTACH, stack.enter_context(serving(binary, environ)))

        yield warm
