"""The demo's emergency: a worker role and a security group of another stack, what is done to them, and its reversal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from iam_guardrails.adapters.aws import session
from iam_guardrails.model.expected import Expected

WORKER = "mw-worker"
ADMINISTRATOR = "AdministratorAccess"
OPEN_PORT = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
ACT = """
import boto3, json, sys
policy_arn, group_id, port = sys.argv[1:]
who = boto3.client("sts").get_caller_identity()["Arn"]
boto3.client("iam").attach_role_policy(RoleName="mw-worker", PolicyArn=policy_arn)
boto3.client("ec2").authorize_security_group_ingress(GroupId=group_id, IpPermissions=[json.loads(port)])
print(f"as {who}: AdministratorAccess attached to mw-worker, port 22 of {group_id} opened to everybody")
"""
"""A program that has nothing but the session's variables, as a person's shell would."""


class Scene:
    """The middleware's stack as the demo needs it, in the embedded AWS."""

    def __init__(self, environ: Mapping[str, str], expected: Expected) -> None:
        """environ: signs in to the embedded AWS. Makes nothing yet."""
        region = expected.home_region
        signed_in = session(environ, region)
        self._iam: Any = signed_in.client("iam", region_name=region)
        self._ec2: Any = signed_in.client("ec2", region_name=region)
        self._policy_arn = f"arn:{expected.partition}:iam::aws:policy/{ADMINISTRATOR}"
        self._group_id = ""

    def build(self) -> str:
        """Make the worker role and the security group; returns a sentence. Raises botocore's ClientError."""
        trusted = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        trust = json.dumps({"Version": "2012-10-17", "Statement": [trusted]})
        self._iam.create_role(RoleName=WORKER, AssumeRolePolicyDocument=trust)
        network = self._ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
        made = self._ec2.create_security_group(GroupName=WORKER, Description="the worker's", VpcId=network)
        self._group_id = str(made["GroupId"])
        return f"the middleware's stack has a role {WORKER} and a security group {self._group_id}"

    @property
    def words(self) -> tuple[str, ...]:
        """The arguments of ACT."""
        return (self._policy_arn, self._group_id, json.dumps(OPEN_PORT))

    @property
    def marks(self) -> tuple[str, str]:
        """What whoever refuses to close must name."""
        return ADMINISTRATOR, self._group_id

    def revert(self) -> str:
        """Undo by hand what ACT did; returns a sentence. Raises botocore's ClientError."""
        self._iam.detach_role_policy(RoleName=WORKER, PolicyArn=self._policy_arn)
        self._ec2.revoke_security_group_ingress(GroupId=self._group_id, IpPermissions=[OPEN_PORT])
        return f"detached {ADMINISTRATOR} from {WORKER}, and closed the port of {self._group_id} again"

    def remove(self) -> None:
        """Take the stack away again. Raises botocore's ClientError."""
        self._iam.delete_role(RoleName=WORKER)
        self._ec2.delete_security_group(GroupId=self._group_id)

    def still_there(self) -> tuple[bool, bool]:
        """Whether the policy is attached and the port open, asked of the account."""
        attached = self._iam.list_attached_role_policies(RoleName=WORKER)["AttachedPolicies"]
        group = self._ec2.describe_security_groups(GroupIds=[self._group_id])["SecurityGroups"][0]
        return bool(attached), bool(group["IpPermissions"])
