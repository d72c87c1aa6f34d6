"""A small project of its own with an embedded AWS that is empty: everything real but the size."""

from __future__ import annotations

import shutil
import urllib.request
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
Lent = Callable[[Path], sandbox.Sandbox]

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


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The state directory of the embedded AWS that the tests of this process have one after the other."""
    folder = tmp_path_factory.mktemp("served")
    yield folder
    sandbox.down(folder)


@pytest.fixture
def lent(served: Path) -> Lent:
    """`lent(project)`: an embedded AWS with nothing in it, to be found in the project as if it were its own.

    It is emptied for each test: that takes a moment, and to start another and to have it load what it needs takes
    longer than most tests. One that a test has killed is started anew.
    """

    def lend(project: Path) -> sandbox.Sandbox:
        made = sandbox.up(served)
        forget = urllib.request.Request(f"{made.endpoint}/moto-api/reset", method="POST")
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(forget, timeout=30).close()
        state_dir = project / ".guardrails" / "sandbox"
        state_dir.mkdir(parents=True)
        for name in ("sandbox.json", "sandbox.json.lock", "sandbox.log"):
            (state_dir / name).symlink_to(served / name)
        found = sandbox.status(state_dir)
        assert found is not None and found.pid == made.pid
        return found

    return lend


@pytest.fixture
def running(project: Path, lent: Lent) -> sandbox.Sandbox:
    """The embedded AWS of that project, with the state bucket in it."""
    import boto3
    from botocore.config import Config

    made = lent(project)
    keys = sandbox.environment(made, ACCOUNT, "us-east-2")
    s3 = boto3.client(
        "s3", endpoint_url=made.endpoint, region_name="us-east-2", config=Config(proxies={}),
        aws_access_key_id=keys["AWS_ACCESS_KEY_ID"], aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=keys["AWS_SESSION_TOKEN"],
    )  # fmt: skip
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "us-east-2"})
    return made


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
