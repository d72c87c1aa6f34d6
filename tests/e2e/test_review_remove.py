"""A review of the embedded AWS: decided, signed, removed, and rolled back, through the command line."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from tests.breakglass_project import ACCOUNT, guardrails, make, on_terminal
from tests.e2e.conftest import Lent
from tests.review_making import decision, review
from tests.review_world import BY_EC2, basis_of, policy
from tests.terminal import Terminal

from iam_guardrails.adapters import sandbox
from iam_guardrails.adapters.aws.held import HeldReader
from iam_guardrails.adapters.aws.reading import Reading
from iam_guardrails.adapters.review_drafts import save_draft
from iam_guardrails.adapters.review_records import all_signed
from iam_guardrails.model.removal.held import Held, differences
from iam_guardrails.model.review.review import KEEP, REMOVE, Evidence, Review
from iam_guardrails.model.value import changed
from iam_guardrails.rules.review import stale, users

pytestmark = pytest.mark.sandbox
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
OWN = policy({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"})


def world_of(made: datetime) -> dict[str, Any]:
    """The account as a review a year ahead would see it. made: when its role and its user were."""
    return {
        "roles": {"app": {"path": "/team/"}, "prod-breakglass-admin": {}}, "today": f"{made:%Y-%m-%d}",
        "users": {"ann": {"keys": [{"rotated": (made - timedelta(days=100)).isoformat()}]}},
    }  # fmt: skip


class World:
    """A project with its embedded AWS, and a role and a user that nobody uses."""

    def __init__(self, root: Path, running: sandbox.Sandbox) -> None:
        self.root = root
        self.variables = sandbox.child_environment(os.environ, running, ACCOUNT, "us-east-2")
        self.session = boto3.Session(
            self.variables["AWS_ACCESS_KEY_ID"], self.variables["AWS_SECRET_ACCESS_KEY"],
            self.variables["AWS_SESSION_TOKEN"], region_name="us-east-2",
        )  # fmt: skip
        self.endpoint = running.endpoint
        self.iam = self.client("iam", "us-east-2")
        self.fill()
        self.made = datetime.now(UTC)

    def client(self, service_name: str, region_name: str) -> Any:
        return self.session.client(service_name, region_name=region_name, endpoint_url=self.endpoint,
                                   config=Config(proxies={}))  # fmt: skip

    def fill(self) -> None:
        iam, trust = self.iam, json.dumps(BY_EC2)
        edge = iam.create_policy(PolicyName="edge", PolicyDocument=json.dumps(OWN))["Policy"]["Arn"]
        iam.create_role(RoleName="app", Path="/team/", AssumeRolePolicyDocument=trust, Description="the app",
                        MaxSessionDuration=7200, PermissionsBoundary=edge,
                        Tags=[{"Key": "team", "Value": "x"}])  # fmt: skip
        iam.attach_role_policy(RoleName="app", PolicyArn=READ_ONLY)
        iam.put_role_policy(RoleName="app", PolicyName="own", PolicyDocument=json.dumps(OWN))
        iam.create_instance_profile(InstanceProfileName="app")
        iam.add_role_to_instance_profile(InstanceProfileName="app", RoleName="app")
        iam.create_user(UserName="ann", Path="/", Tags=[{"Key": "team", "Value": "x"}])
        self.key_id = iam.create_access_key(UserName="ann")["AccessKey"]["AccessKeyId"]

    def held(self, kind: str, name: str) -> Held | None:
        reader = HeldReader(Reading(self, ACCOUNT), "us-east-2")
        return reader.role(name) if kind == "role" else reader.user(name)

    def run(self, *words: str) -> tuple[int, str, str]:
        done = guardrails(self.root, "review", *words, "--sandbox", variables=dict(os.environ))
        return done.returncode, done.stdout, done.stderr

    def terminal(self, *words: str) -> Terminal:
        return on_terminal(self.root, "review", *words, "--sandbox", TERM="dumb")

    def drafted(self) -> Review:
        """A review that wants the role and the key removed; its ages are those of a year ahead."""
        box = stale.box(basis_of(world_of(self.made)))
        items = tuple(
            changed(item, decision=decision(item, REMOVE), evidence=tuple(
                (name, f"{self.made:%Y-%m-%d}" if name == "created" else value) for name, value in item.evidence
            ))
            for item in box.items
        )  # fmt: skip
        return review(
            changed(box, items=items, not_judged=()),
            evidence=Evidence(self.made + timedelta(minutes=5), "live", "ab" * 32),
        )


@pytest.fixture
def world(tmp_path: Path, lent: Lent) -> World:
    return World(make(tmp_path), lent(tmp_path))


def test_removed_and_given_back(world: World) -> None:
    before = {name: world.held(kind, name) for kind, name in (("role", "app"), ("user", "ann"))}
    code, _, err = world.run("remove", "prod", "--cadence", "monthly", "--yes")
    assert code == 2 and "no monthly review of prod is signed" in err
    save_draft(world.root / ".guardrails" / "sandbox" / "prod", world.drafted(), ())
    code, out, err = world.run("sign", "prod", "--as", "alex@example.com")
    assert code == 0, (out, err)
    kept_by_a_later_review(world)
    code, out, err = world.run("sign", "prod", "--as", "alex@example.com")
    assert code == 0, (out, err)
    shown = world.run("remove", "prod", "--cadence", "monthly")
    assert shown[0] == 1 and "there is no terminal to type 'remove' on: nothing was done" in shown[2], shown
    assert "DetachRolePolicy app arn:aws:iam::aws:policy/ReadOnlyAccess" in shown[1]
    assert world.held("role", "app") == before["app"]
    code, out, err = world.run("remove", "prod", "--cadence", "monthly", "--yes")
    assert code == 0, (out, err)
    assert "2 of 2 removed" in out and world.key_id not in out + err
    assert "to remove" not in world.run("status", "prod")[1]
    assert world.held("role", "app") is None
    assert world.iam.list_access_keys(UserName="ann")["AccessKeyMetadata"][0]["Status"] == "Inactive"
    (path,) = (world.root / ".guardrails" / "sandbox" / "prod" / "records" / "removals").glob("*.jsonl")
    assert world.key_id not in path.read_text()
    verified = guardrails(world.root, "records", "verify", "prod", "--sandbox")
    assert verified.returncode == 0 and f"whole   {path.stem}" in verified.stdout, verified
    back(world, path.stem, before)
    assert world.run("status", "prod")[1].count("to remove  prod") == 2
    broken = path.read_text().replace('"the app"', '"another"')
    path.write_text(broken)
    verified = guardrails(world.root, "records", "verify", "prod", "--sandbox")
    assert verified.returncode == 1 and "line 2: the line was changed" in verified.stdout


def kept_by_a_later_review(world: World) -> None:
    """A quarterly review keeps what the monthly one removes; then a monthly one wants it removed once more."""
    made, work = world.drafted(), world.root / ".guardrails" / "sandbox" / "prod"
    (monthly,) = all_signed(work / "records")
    kept = tuple(
        changed(one, items=tuple(changed(item, decision=decision(item, KEEP)) for item in one.items))
        for one in made.boxes
    )
    save_draft(work, changed(made, cadence="quarterly", boxes=kept), ())
    assert world.run("sign", "prod", "--as", "alex@example.com")[0] == 0
    before = world.held("role", "app")
    code, out, err = world.run("remove", "prod", "--cadence", "monthly", "--yes")
    assert code == 0 and out.count("-quarterly decided keep later") == len(made.items), (out, err)
    assert before is not None and world.held("role", "app") == before
    code, out, err = world.run("remove", "prod", "--cadence", "monthly", "--yes", "--item", made.items[0].id)
    assert code == 2 and f"{made.items[0].id} is not removed: " in err
    save_draft(work, changed(made, previous=monthly.name, previous_hash=monthly.hash), ())


def test_a_user_is_removed_for_good_and_given_back_without_its_password(world: World) -> None:
    iam = world.iam
    iam.create_user(UserName="bob", Path="/", Tags=[{"Key": "team", "Value": "x"}])
    iam.create_login_profile(UserName="bob", Password="made-Up-For-1-Test")
    iam.create_group(GroupName="devs")
    iam.add_user_to_group(GroupName="devs", UserName="bob")
    iam.attach_user_policy(UserName="bob", PolicyArn=READ_ONLY)
    iam.put_user_policy(UserName="bob", PolicyName="own", PolicyDocument=json.dumps(OWN))
    before = world.held("user", "bob")
    box = users.box(basis_of({"users": {"bob": {"console": True}}}))
    items = tuple(changed(item, decision=decision(item, REMOVE)) for item in box.items)
    made = review(changed(box, items=items, not_judged=()),
                  evidence=Evidence(datetime.now(UTC) + timedelta(minutes=5), "live", "ab" * 32))  # fmt: skip
    save_draft(world.root / ".guardrails" / "sandbox" / "prod", made, ())
    code, out, err = world.run("sign", "prod", "--as", "alex@example.com")
    assert code == 0 and "to be removed, elsewhere: guardrails review remove prod --cadence monthly --sandbox" in out, (
        out,
        err,
    )
    code, out, err = world.run("remove", "prod", "--cadence", "monthly", "--yes")
    assert code == 1 and "nothing gives back the password; --for-good removes it nevertheless" in out
    assert world.held("user", "bob") == before
    terminal = world.terminal("remove", "prod", "--cadence", "monthly", "--for-good")
    terminal.until("type 'remove' to do this")
    terminal.type("remove\n")
    assert terminal.ended() == 0, terminal.seen
    assert world.held("user", "bob") is None
    (path,) = (world.root / ".guardrails" / "sandbox" / "prod" / "records" / "removals").glob("*.jsonl")
    code, out, err = world.run("rollback", "prod", path.stem, "--yes")
    assert code == 1 and "not as it was: user bob: has_password differs" in out, (out, err)
    after = world.held("user", "bob")
    assert before is not None and after is not None and list(differences(before, after)) == ["has_password differs"]


def back(world: World, record: str, before: dict[str, Held | None]) -> None:
    code, out, err = world.run("rollback", "prod", "removal-0")
    assert code == 2 and f"there are: {record}" in err
    code, out, err = world.run("rollback", "prod")
    assert code == 0 and f"{record}  2 of {world.made:%Y-%m}-monthly-2, removed" in out
    terminal = world.terminal("rollback", "prod", record)
    terminal.until("type 'roll back' to do this")
    terminal.type("roll back\n")
    assert terminal.ended() == 0, terminal.seen
    assert f"{record} is rolled back: everything is as it was" in terminal.seen
    for kind, name in (("role", "app"), ("user", "ann")):
        then, now = before[name], world.held(kind, name)
        assert then is not None and now is not None and not list(differences(then, now))
