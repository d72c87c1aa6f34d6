"""One use of the role on the embedded AWS, from its declaration to its review, through the command line."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore import xform_name
from botocore.config import Config
from tests.breakglass_project import ACCOUNT, PRIMARY, guardrails, make
from tests.e2e.conftest import Lent, Warmed
from tests.terraform_tools import LOCK

from iam_guardrails.adapters import sandbox
from iam_guardrails.wiring import Wiring

ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
PEOPLE = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
STATEMENT = {"Effect": "Allow", "Principal": PEOPLE, "Action": "sts:AssumeRole"}
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [STATEMENT]})
ANYTHING = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
DUE = f"{datetime.now(UTC) + timedelta(days=30):%Y-%m-%d}"
REVIEW = ["--happened", "The queue was stuck; the worker got more rights for ten minutes.", "--prevent",
          "Give the worker the right it lacked", "--owner", "alex", "--due", DUE]  # fmt: skip


class World:
    """A project with its embedded AWS."""

    def __init__(self, root: Path, running: sandbox.Sandbox) -> None:
        self.root, self.running = root, running
        self.variables = sandbox.child_environment(os.environ, self.running, ACCOUNT, "us-east-2")

    def client(self, service: str, keys: dict[str, str] | None = None, region: str = "us-east-2") -> Any:
        given = keys or {
            "AccessKeyId": self.variables["AWS_ACCESS_KEY_ID"],
            "SecretAccessKey": self.variables["AWS_SECRET_ACCESS_KEY"],
            "SessionToken": self.variables["AWS_SESSION_TOKEN"],
        }
        return boto3.client(
            service, region_name=region, endpoint_url=self.running.endpoint, config=Config(proxies={}),
            aws_access_key_id=given["AccessKeyId"], aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given["SessionToken"],
        )  # fmt: skip

    def run(self, *words: str) -> tuple[int, str, str]:
        done = guardrails(self.root, *words, variables=dict(os.environ))
        return done.returncode, done.stdout, done.stderr

    def open(self, *words: str) -> str:
        """Declare a use; its id."""
        code, out, err = self.run(
            "breakglass", "open", "prod", "--sandbox", "--reason", "queue | stuck <b>", "--minutes", "30", "--format",
            "json", "--person", PRIMARY, *words,
        )  # fmt: skip
        assert code == 0, err
        return str(json.loads(out)["incident"])

    def enter(self, incident: str) -> dict[str, str]:
        """The credentials of a session that a plain AssumeRole begins."""
        role_arn = f"arn:aws:iam::{ACCOUNT}:role/prod-breakglass-admin"
        sts = self.client("sts")
        found: dict[str, str] = sts.assume_role(RoleArn=role_arn, RoleSessionName="alex", SourceIdentity=incident)[
            "Credentials"
        ]
        return found

    def close(self, *words: str, terraform: bool = False) -> tuple[int, dict[str, Any]]:
        """The exit code and the answer."""
        more = words if terraform else ("--no-terraform", *words)
        code, out, err = self.run("breakglass", "close", "--sandbox", "--format", "json", *more)
        assert out, err
        return code, json.loads(out)

    def undo(self, command: str) -> None:
        """Run one of the printed commands, as the AWS CLI would."""
        words = shlex.split(command)
        assert words[0] == "aws"
        client, options, region = None, dict[str, Any](), "us-east-2"
        pairs = dict(zip(words[3::2], words[4::2], strict=True))
        region = pairs.pop("--region", region)
        client = self.client(words[1], region=region)
        operation = next(
            name for name in client.meta.service_model.operation_names if xform_name(name, "-") == words[2]
        )
        shape = client.meta.service_model.operation_model(operation).input_shape
        for name, member in shape.members.items():
            value = pairs.pop(f"--{xform_name(name, '-')}", None)
            if value is not None:
                plain = member.type_name not in ("list", "structure")
                options[name] = value if plain else json.loads(value) if value[0] in "[{" else [value]
        assert not pairs
        getattr(client, xform_name(operation))(**options)


@pytest.fixture
def world(tmp_path: Path, lent: Lent) -> World:
    return World(make(tmp_path), lent(tmp_path))


DECLARED = f"""
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

resource "aws_iam_role_policy_attachment" "worker" {{
  role       = "mw-worker"
  policy_arn = "{ADMIN}"
}}
"""
BUCKET = f"prod-{ACCOUNT}-guardrails-tfstate"


@pytest.mark.sandbox
@pytest.mark.terraform
def test_what_terraform_declares_by_now_is_managed(world: World, warmed: Warmed) -> None:
    folder = world.root / "envs" / "prod"
    (folder / "main.tf").write_text(DECLARED)
    (folder / "backend.hcl").write_text(
        f'bucket = "{BUCKET}"\nkey = "state"\nregion = "us-east-2"\nuse_lockfile = true\n'
    )
    shutil.copy(LOCK, folder)
    place = {"LocationConstraint": "us-east-2"}
    world.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place)
    for role in ("prod-breakglass-admin", "mw-worker"):
        world.client("iam").create_role(RoleName=role, AssumeRolePolicyDocument=TRUST)
    warmed(world.root, "prod")
    incident = world.open("--no-capture")
    world.client("iam", world.enter(incident)).attach_role_policy(RoleName="mw-worker", PolicyArn=ADMIN)
    _, told = world.close(terraform=True)
    assert [item["verdict"] for item in told["examined"]["items"]] == ["still open", "still open"]
    assert told["examined"]["terraform"] == ""
    wiring = Wiring.make(world.root, "prod", True, lambda _: None)
    wiring.plan()
    wiring.terraform.apply(wiring.place.plan)
    _, told = world.close(terraform=True)
    items = {item["kind"]: item for item in told["examined"]["items"]}
    assert items["attached-policy-of-role"]["verdict"] == "managed by Terraform"
    assert items["attached-policy-of-role"]["address"] == "aws_iam_role_policy_attachment.worker"
    assert items["session"]["verdict"] == "still open"


@pytest.mark.sandbox
def test_close_refuses_while_something_temporary_remains(world: World) -> None:
    iam, ec2 = world.client("iam"), world.client("ec2")
    for role in ("prod-breakglass-admin", "mw-worker"):
        iam.create_role(RoleName=role, AssumeRolePolicyDocument=TRUST)
    group = ec2.create_security_group(GroupName="web", Description="d", VpcId=ec2.describe_vpcs()["Vpcs"][0]["VpcId"])[
        "GroupId"
    ]
    incident = world.open()
    keys = world.enter(incident)
    inside_iam, inside_ec2 = world.client("iam", keys), world.client("ec2", keys)
    inside_iam.list_roles()
    inside_iam.attach_role_policy(RoleName="mw-worker", PolicyArn=ADMIN)
    inside_ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[
        {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}])  # fmt: skip
    iam.create_user(UserName="stranger")  # not in the session

    code, told = world.close(*REVIEW)
    items = {item["kind"]: item for item in told["examined"]["items"]}
    assert code == 1
    assert {kind: item["verdict"] for kind, item in items.items()} == {
        "session": "still open", "attached-policy-of-role": "still open", "ingress-rule": "still open",
    }  # fmt: skip
    assert told["examined"]["incomplete"] == []
    changes = {(item["kind"], item["part"]): item for item in told["examined"]["changes"]}
    assert changes["roles", "attached_policy_arns"]["item"] == items["attached-policy-of-role"]["id"]
    assert "iam:CreateUser by" in changes["users", ""]["who"]
    assert not changes["users", ""]["item"]
    assert told["examined"]["reads"] == 1

    for kind in ("attached-policy-of-role", "session"):
        world.undo(items[kind]["command"])
    code, told = world.close(*REVIEW)
    assert code == 1
    assert [item["kind"] for item in told["examined"]["items"] if item["verdict"] == "still open"] == ["ingress-rule"]

    world.undo(items["ingress-rule"]["command"])
    code, told = world.close("--wait", "900", "--no-wait")
    assert code == 1
    assert "the review lacks what happened" in told["said"][0]
    assert told["next"].endswith("--happened TEXT --prevent TEXT --owner NAME --due DAY --sandbox")
    assert "CloudTrail may deliver" in told["examined"]["incomplete"][0]
    code, told = world.close(*REVIEW)
    assert code == 0
    assert told["state"] == "closed"

    records = world.root / ".guardrails" / "sandbox" / "prod" / "records"
    log = (records / "Change_Log.md").read_text()
    assert log.count(f"· break-glass · prod · {incident}") == 1
    assert r"queue \| stuck \<b\>" in log
    page = (records / "incidents" / f"{incident}.dossier.html").read_text()
    assert "<svg" in page
    assert "stuck &lt;b&gt;" in page
    first = (records / "incidents" / f"{incident}.dossier.md").read_text()
    (records / "incidents" / f"{incident}.dossier.md").unlink()
    code, _ = world.close(incident)
    assert code == 0
    assert (records / "incidents" / f"{incident}.dossier.md").read_text() == first
    assert (records / "Change_Log.md").read_text() == log
    assert not (world.root / "Change_Log.md").exists()


@pytest.mark.sandbox
def test_a_chained_session_is_followed_and_an_entry_without_an_id_keeps_the_use_open(world: World) -> None:
    iam = world.client("iam")
    for role in ("prod-breakglass-admin", "mw-other"):
        iam.create_role(RoleName=role, AssumeRolePolicyDocument=TRUST)
    incident = world.open()
    here = f"arn:aws:iam::{ACCOUNT}:role"
    sts = world.client("sts", world.enter(incident))
    hop = sts.assume_role(RoleArn=f"{here}/mw-other", RoleSessionName="hop")["Credentials"]
    chained = world.client("iam", hop)
    chained.create_user(UserName="ghost")
    chained.put_user_policy(UserName="ghost", PolicyName="x", PolicyDocument=ANYTHING)
    code, told = world.close(*REVIEW)
    assert code == 1
    items = {item["kind"]: item["told"] for item in told["examined"]["items"]}
    assert "ghost" in items["user"]
    assert "ghost" in items["inline-policy-of-user"]
    assert all(item["item"] for item in told["examined"]["changes"])

    for item in sorted(told["examined"]["items"], key=lambda item: str(item["kind"] != "inline-policy-of-user")):
        world.undo(item["command"])
    world.client("sts").assume_role(RoleArn=f"{here}/prod-breakglass-admin", RoleSessionName="alex")
    code, told = world.close(*REVIEW)
    assert (code, told["state"]) == (2, "declared")
    assert "it bears no incident id" in "".join(told["examined"]["incomplete"])
    code, told = world.close(*REVIEW, "--incomplete", "it was a test of the trust")
    assert (code, told["state"]) == (0, "closed")


@pytest.mark.sandbox
def test_a_change_in_a_third_region_keeps_the_use_open(world: World) -> None:
    world.client("iam").create_role(RoleName="prod-breakglass-admin", AssumeRolePolicyDocument=TRUST)
    ec2 = world.client("ec2", region="eu-west-1")
    group = ec2.create_security_group(GroupName="eu", Description="d", VpcId=ec2.describe_vpcs()["Vpcs"][0]["VpcId"])[
        "GroupId"
    ]
    keys = world.enter(world.open("--no-capture"))
    world.client("ec2", keys, region="eu-west-1").authorize_security_group_ingress(GroupId=group, IpPermissions=[
        {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}])  # fmt: skip
    code, told = world.close(*REVIEW)
    assert code == 1
    # in any order: CloudTrail's times are whole seconds
    assert sorted(item["kind"] for item in told["examined"]["items"]) == ["ingress-rule", "session"]
    assert told["examined"]["incomplete"] == []

    for item in told["examined"]["items"]:
        world.undo(item["command"])
    code, told = world.close("--source", "lookup:us-east-2,us-east-1", *REVIEW)
    assert (code, told["state"]) == (2, "declared")
    assert "eu-west-1" in told["examined"]["incomplete"][0]
    code, told = world.close(*REVIEW)
    assert (code, told["state"]) == (0, "closed")

    world.client("sts", region="eu-west-1").assume_role(
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/prod-breakglass-admin", RoleSessionName="mallory", SourceIdentity="INC-x"
    )
    time.sleep(1)  # CloudTrail's times are whole seconds, and the window ends with the last whole one
    code, out, _ = world.run("breakglass", "reconcile", "prod", "--sandbox", "--format", "json")
    found = {item["rule"]: item["message"] for item in json.loads(out)["findings"]}
    assert code == 1 and "INC-x" in found["reconcile-undeclared"]
    code, out, _ = world.run(
        "breakglass", "reconcile", "prod", "--sandbox", "--format", "json", "--source", "lookup:us-east-2,us-east-1"
    )
    doubts = [item["reason"] for item in json.loads(out)["not_judged"] if item["rule"] == "reconcile-undeclared"]
    assert "reconcile-undeclared" not in json.loads(out)["clean"] and "eu-west-1" in doubts[0]
