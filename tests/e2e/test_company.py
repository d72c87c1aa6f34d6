"""A review of a company in the embedded AWS: with planted problems exactly those are found, and without them none."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.company import ROOT as ROOT_MFA
from tests.company import SCANNER, found_in, open_in
from tests.terraform_tools import ROOT

from iam_guardrails.adapters import sandbox
from iam_guardrails.adapters.aws import session
from iam_guardrails.adapters.company import (
    ACCOUNT_ID,
    PLANTED,
    SOUND,
    Company,
    build,
    compared,
    with_problems,
    write_history,
)
from iam_guardrails.adapters.company.roles import LINKED
from iam_guardrails.adapters.company.sound import DEPLOYED_DAYS
from iam_guardrails.adapters.sandbox_access import child_environment
from iam_guardrails.cli import main
from iam_guardrails.rules.breakglass_subjects import NOTHING

pytestmark = pytest.mark.sandbox
WORKER = """
locals {
  parts = toset(["worker"])
}
resource "aws_iam_role" "mw" {
  for_each = local.parts
  name     = "mw-${each.key}"
}
resource "aws_iam_role_policy" "mw" {
  for_each = local.parts
  name     = aws_iam_role.mw[each.key].name
  role     = aws_iam_role.mw[each.key].id
  policy   = data.aws_iam_policy_document.mw.json
}
"""
HOME, BUCKET = "us-east-2", "trail-of-the-company"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project with prod's own Terraform and manifest, one commit with what the pipelines changed, and an embedded
    AWS."""
    folder = tmp_path_factory.mktemp("company")
    prod = folder / "envs" / "prod"
    prod.mkdir(parents=True)
    shutil.copytree(ROOT / "modules", folder / "modules", ignore=shutil.ignore_patterns("*.tftest.hcl", ".terraform*"))
    for name in ("guardrails.toml", "main.tf", "variables.tf", "terraform.tfvars"):
        shutil.copy(ROOT / "envs" / "prod" / name, prod)
    _commit(folder, prod / "middleware.tf", WORKER)
    sandbox.up(folder / ".guardrails" / "sandbox")
    yield folder
    sandbox.down(folder / ".guardrails" / "sandbox")


def _commit(folder: Path, file: Path, text: str) -> None:
    file.write_text(text)
    who = ("-c", "user.name=ann", "-c", "user.email=ann@example.com", "-c", "commit.gpgsign=false")
    merged = f"{datetime.now(UTC) - timedelta(days=DEPLOYED_DAYS + 1):%Y-%m-%dT%H:%M:%SZ}"
    environ = os.environ | {"GIT_COMMITTER_DATE": merged, "GIT_AUTHOR_DATE": merged}
    for words in (
        ("init", "-q", "-b", "main"),
        ("add", "."),
        (*who, "commit", "-qm", "The worker's policy, and the guardrails"),
    ):
        subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, env=environ)


def _variables(root: Path) -> dict[str, str]:
    running = sandbox.status(root / ".guardrails" / "sandbox")
    assert running
    return child_environment(os.environ, running, ACCOUNT_ID, HOME)


def _foundation(environ: dict[str, str]) -> None:
    """What Terraform makes of the account in prod, as far as the boxes of a review look at it."""
    signed_in = session(environ, HOME)
    iam, s3 = signed_in.client("iam", region_name=HOME), signed_in.client("s3", region_name=HOME)
    iam.update_account_password_policy(MinimumPasswordLength=14, PasswordReusePrevention=24, MaxPasswordAge=90)
    signed_in.client("s3control", region_name=HOME).put_public_access_block(
        AccountId=ACCOUNT_ID, PublicAccessBlockConfiguration={
            "BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True})  # fmt: skip
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": HOME})
    signed_in.client("cloudtrail", region_name=HOME).create_trail(Name="trail", S3BucketName=BUCKET)


def _guardrails(root: Path, *words: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command, run in this process, where boto3 is loaded already."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(["--root", str(root), *words])
    return code, out.getvalue(), err.getvalue()


def _moved_in(root: Path, environ: dict[str, str], company: Company | None) -> str:
    """Where its CloudTrail lies. company: None for the one that the command puts there."""
    if company is None:
        code, out, err = _guardrails(root, "sandbox", "company")
        assert code == 0, err
        assert f"{len(PLANTED)} problems are planted" in out
        return out.strip().rpartition("SOURCE=")[2]
    now = datetime.now(UTC)
    build(environ, company, now)
    return write_history(environ, company, now)


def _reviews(root: Path, company: Company | None) -> dict[str, dict[str, Any]]:
    """The monthly and the weekly review of an account that holds a company and nothing else, in JSON."""
    environ = _variables(root)
    asked = urllib.request.Request(f"{environ['AWS_ENDPOINT_URL']}/moto-api/reset", method="POST")
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(asked).close()
    environ = _variables(root)  # the reset forgets sessions, too
    _foundation(environ)
    source = _moved_in(root, environ, company)
    shutil.rmtree(root / "cache", ignore_errors=True)
    file, told = str(root / "c.gz"), {}
    assert _guardrails(root, "capture", "prod", "--sandbox", "--output", file)[0] == 0
    for cadence in ("monthly", "weekly"):
        _, out, err = _guardrails(root, "review", "prod", "--sandbox", "--from", file, "--cadence", cadence, "--source",
                                  source, "--cache", str(root / "cache"), "--format", "json")  # fmt: skip
        assert out, err
        told[cadence] = json.loads(out)
    return told


@pytest.fixture(scope="module")
def planted(root: Path) -> dict[str, dict[str, Any]]:
    return _reviews(root, None)


@pytest.fixture(scope="module")
def sound(root: Path, planted: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return _reviews(root, SOUND)


def test_the_company_is_as_large_as_it_says() -> None:
    company = with_problems()
    assert 35 <= len(company.roles) + len(LINKED) + len(company.users) <= 45 and len(company.secrets) == 12
    assert len({one.what for one in PLANTED}) == len(PLANTED) >= 15


@pytest.mark.parametrize("cadence", ["monthly", "weekly"])
def test_every_planted_problem_is_found_in_its_box_and_nothing_else_is_accused(
    cadence: str, planted: dict[str, dict[str, Any]]
) -> None:
    missing, more = compared(found_in(planted[cadence]), cadence)
    assert missing == ()
    assert more == ()


@pytest.mark.parametrize("cadence", ["monthly", "weekly"])
def test_without_problems_nobody_is_accused(cadence: str, sound: dict[str, dict[str, Any]]) -> None:
    assert found_in(sound[cadence]) == []


@pytest.mark.parametrize("kind", ["planted", "sound"])
def test_what_is_not_judged_of_it_is_told_and_nothing_else(kind: str, request: pytest.FixtureRequest) -> None:
    reviews = request.getfixturevalue(kind)
    found = open_in(reviews["monthly"])
    told = {(box, why.partition(": ")[0] + ": ") for box, why in found}
    # whether a scanner is installed, is another matter
    assert told - {("hygiene", SCANNER)} == {("hygiene", ROOT_MFA), ("entry", f"{NOTHING.reason}: ")}
    weekly = open_in(reviews["weekly"])
    assert [why for box, why in weekly if box == "alarms"] == [
        "which alarms fired: the review is offline (--from), and only the live account tells its alarms"
    ]
    assert {box for box, _ in weekly} <= {"alarms", "breakglass"}
    clean = {box["id"] for box in reviews["monthly"]["boxes"] if box["outcome"] == "clean"}
    assert clean == (set() if kind == "planted" else {
        "users", "middleware", "wildcards", "secrets", "assume-role", "stale"})  # fmt: skip


def test_a_second_company_is_refused_in_a_sentence(root: Path, sound: dict[str, Any]) -> None:
    code, out, err = _guardrails(root, "sandbox", "company")
    assert code == 2 and "a company is in the account already" in err
    assert "Traceback" not in err and out == ""
