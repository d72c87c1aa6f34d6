"""An incident on an embedded AWS of its own: a role, an owner with a device, a declared incident."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from iam_guardrails.adapters import sandbox
from iam_guardrails.adapters.incidents import IncidentRecords
from iam_guardrails.model.incident.step import Opened, Step

SOURCES = Path(__file__).parents[2] / "scripts"
ACCOUNT, HOME, ROLE = "111111111111", "us-east-2", "dev-breakglass-admin"
INCIDENT = "INC-20261128-1250-k7qf"
EXPECTED = f"""
account_id = "{ACCOUNT}"
home_region = "{HOME}"
environment = "dev"

[breakglass]
role_names = ["{ROLE}"]
people = ["arn:aws:iam::{ACCOUNT}:user/breakglass/alex", "arn:aws:iam::{ACCOUNT}:user/breakglass/sam"]
identity_center = {{ permission_set = "EmergencyAccess", home_region = "{HOME}", users = ["alex@example.com"] }}
incident_id_pattern = "INC-*"
"""
TRUST = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}


class Emergency:
    """A project with an embedded AWS and an open incident. minutes: as declared; ago_seconds: when."""

    def __init__(self, root: Path, running: sandbox.Sandbox, minutes: int = 30, ago_seconds: int = 0) -> None:
        self.root, self.running = root, running
        (root / "envs" / "dev" / "guardrails.toml").write_text(EXPECTED)
        work = root / ".guardrails" / "sandbox" / "dev"
        self.records = IncidentRecords(work / "records", work, lambda: datetime.now(UTC), "kim@desk")
        self.keys = sandbox.environment(running, ACCOUNT, HOME)
        iam = self.client("iam")
        iam.create_user(UserName="alex", Path="/breakglass/")
        iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(TRUST))
        sandbox.seed_owner_mfa(running, ACCOUNT, ["alex"])
        self.declare(minutes, ago_seconds)

    def declare(self, minutes: int, ago_seconds: int = 0) -> None:
        opened = Opened(INCIDENT, "dev", ACCOUNT, HOME, "alex", "rotate the webhook token", minutes, simulated=True)
        before = IncidentRecords(
            self.records.records, self.records.work, lambda: datetime.now(UTC) - timedelta(seconds=ago_seconds), "k@d"
        )
        before.open(opened)

    def in_real_records(self) -> None:
        """Let the incident be one of the real account, which the embedded AWS stands for."""
        real = self.root / "envs" / "dev" / "records"
        self.records.folder.parent.rename(real)
        work = self.root / ".guardrails" / "dev"
        self.records = IncidentRecords(real, work, lambda: datetime.now(UTC), "kim@desk")

    def session_of(self, role_name: str, session_name: str) -> dict[str, str]:
        """The variables of a session of a role, for a run without --sandbox."""
        keys = self.client("sts").assume_role(
            RoleArn=f"arn:aws:iam::{ACCOUNT}:role/{role_name}", RoleSessionName=session_name
        )["Credentials"]
        return {
            "AWS_ACCESS_KEY_ID": keys["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
            "AWS_SESSION_TOKEN": keys["SessionToken"], "AWS_ENDPOINT_URL": self.running.endpoint,
        }  # fmt: skip

    def client(self, service: str, keys: dict[str, str] | None = None) -> Any:
        given = keys or self.keys
        return boto3.client(
            service, endpoint_url=self.running.endpoint, region_name=HOME,
            config=Config(proxies={}, retries={"total_max_attempts": 1}),
            aws_access_key_id=given["AWS_ACCESS_KEY_ID"], aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=given["AWS_SESSION_TOKEN"],
        )  # fmt: skip

    def steps(self, kind: str = "") -> list[Step]:
        return [item for item in self.records.load(INCIDENT).steps if kind in ("", item.kind)]

    def command(self, action: str, *more: str) -> list[str]:
        start = [sys.executable, "-m", "iam_guardrails", "--root", str(self.root), "breakglass", action]
        return [*start, *(() if self.is_real else ("--sandbox",)), *more]

    @property
    def is_real(self) -> bool:
        return self.records.records.parent.name == "dev" and self.records.records.parent.parent.name == "envs"

    def variables(self, **more: str) -> dict[str, str]:
        plain = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "GUARDRAILS_"))}
        home = self.root / "home"
        home.mkdir(exist_ok=True)
        return plain | {"PYTHONPATH": str(SOURCES), "TERM": "xterm", "HOME": str(home), "PS1": "$ "} | more
