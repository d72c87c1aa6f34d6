"""A capture of an account in the embedded AWS: what boto3 builds comes back, written and read, with nothing refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.capturing import Silent

from iam_guardrails.adapters.aws import session
from iam_guardrails.adapters.aws.capture_reader import AwsReader, Directory
from iam_guardrails.adapters.capture_assembly import Head, Local, assemble, estate_of, held_of
from iam_guardrails.adapters.capture_work import opened
from iam_guardrails.adapters.captures import load_capture, write_capture
from iam_guardrails.emulator.accessanalyzer import accessanalyzer_backends
from iam_guardrails.journeys.capture import read_parts
from iam_guardrails.model.capture.capture import SANDBOX, Capture
from iam_guardrails.model.capture.scope import Scope
from iam_guardrails.model.iam.document import PolicyDocument
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import changed

HOME, SECOND = "us-east-2", "us-east-1"
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}]}


def trust(account_id: str) -> str:
    who = {"AWS": f"arn:aws:iam::{account_id}:root"}
    return json.dumps({"Statement": [{"Effect": "Allow", "Principal": who, "Action": "sts:AssumeRole"}]})


def build(aws: Any, account_id: str) -> dict[str, str]:
    """People, roles, a secret with key, policy and replica-less rotation, an assignment, a broken Config rule."""
    iam, secrets, sso, config = aws("iam"), aws("secretsmanager"), aws("sso-admin"), aws("config")
    iam.create_user(UserName="ada")
    iam.create_access_key(UserName="ada")
    iam.create_role(RoleName="mw-worker", AssumeRolePolicyDocument=trust(account_id))
    iam.put_role_policy(RoleName="mw-worker", PolicyName="queue", PolicyDocument=json.dumps(POLICY))
    iam.create_role(RoleName="prod-breakglass-admin", AssumeRolePolicyDocument=trust(account_id))
    key = aws("kms").create_key()["KeyMetadata"]["Arn"]
    arn = secrets.create_secret(Name="prod/mw/token", SecretString="never read", KmsKeyId=key)["ARN"]
    reader = {"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}
    secrets.put_resource_policy(SecretId=arn, ResourcePolicy=json.dumps({"Statement": [reader]}))
    analyzer = aws("accessanalyzer").create_analyzer(analyzerName="external", type="ACCOUNT")["arn"]
    aws("accessanalyzer").create_analyzer(analyzerName="unused", type="ACCOUNT_UNUSED_ACCESS")
    _assign(sso, aws("identitystore"), account_id)
    config.put_config_rule(ConfigRule={"ConfigRuleName": "mfa", "Source": {
        "Owner": "AWS", "SourceIdentifier": "IAM_USER_MFA_ENABLED"}})  # fmt: skip
    config.put_external_evaluation(ConfigRuleName="mfa", ExternalEvaluation={
        "ComplianceResourceType": "AWS::IAM::User", "ComplianceResourceId": "ada",
        "ComplianceType": "NON_COMPLIANT", "OrderingTimestamp": datetime.now(UTC)})  # fmt: skip
    return {"secret": arn, "key": key, "analyzer": analyzer}


def _assign(sso: Any, store: Any, account_id: str) -> None:
    instance = sso.list_instances()["Instances"][0]
    given = {"InstanceArn": instance["InstanceArn"]}
    arn = sso.create_permission_set(**given, Name="Admin")["PermissionSet"]["PermissionSetArn"]
    sso.put_inline_policy_to_permission_set(**given, PermissionSetArn=arn, InlinePolicy=json.dumps(POLICY))
    home = {"IdentityStoreId": instance["IdentityStoreId"]}
    user = store.create_user(**home, UserName="ada@example.com", DisplayName="Ada",
                             Name={"GivenName": "Ada", "FamilyName": "L"})["UserId"]  # fmt: skip
    group = store.create_group(**home, DisplayName="Operators")["GroupId"]
    store.create_group_membership(**home, GroupId=group, MemberId={"UserId": user})
    sso.create_account_assignment(**given, TargetId=account_id, TargetType="AWS_ACCOUNT", PermissionSetArn=arn,
                                  PrincipalType="GROUP", PrincipalId=group)  # fmt: skip


def use(aws: Any, assume: Callable[..., dict[str, str]], account_id: str) -> None:
    """The worker lists queues; IAM then tells when the role was last used."""
    aws("sqs", keys=assume(f"arn:aws:iam::{account_id}:role/mw-worker")).list_queues()


def external(account_id: str, analyzer: str) -> None:
    now = datetime.now(UTC)
    accessanalyzer_backends[account_id][HOME].findings.append({
        "analyzerArn": analyzer, "id": "f1", "resource": f"arn:aws:iam::{account_id}:role/mw-worker",
        "resourceType": "AWS::IAM::Role", "resourceOwnerAccount": account_id, "findingType": "ExternalAccess",
        "status": "ACTIVE", "createdAt": now, "updatedAt": now, "analyzedAt": now,
        "findingDetails": [{"externalAccessDetails": {"principal": {"AWS": "444455556666"}, "isPublic": False,
                                                      "action": ["sts:AssumeRole"]}}]})  # fmt: skip


def captured(endpoint: str, keys: dict[str, str], account_id: str, work: Path) -> Capture:
    variables = {
        "AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"], "AWS_SESSION_TOKEN": keys["SessionToken"],
    }  # fmt: skip
    mine = session(variables, HOME)
    scope = Scope(account_id, (HOME, SECOND), ("prod-breakglass-admin",), (), ("mw-*",), ("prod/mw/*",))
    with opened(work, {}, datetime.now(UTC)) as (folder, _):
        reader = AwsReader(mine, scope, folder.begun_at, lambda: datetime.now(UTC), lambda _seconds: None,
                           lambda _text: None, Directory(mine, HOME))  # fmt: skip
        pieces = read_parts(reader, folder, Silent())
        head = Head(SANDBOX, "prod", account_id, scope.regions, folder.begun_at, "1.0")
    return assemble(head, pieces, Local(), "it was left out")


@pytest.mark.sandbox
def test_what_is_built_comes_back(
    aws: Any, assume: Callable[..., dict[str, str]], endpoint: str, account_id: str, tmp_path: Path
) -> None:
    built = build(aws, account_id)
    use(aws, assume, account_id)
    external(account_id, built["analyzer"])
    keys = assume(f"arn:aws:iam::{account_id}:role/Tester")
    made = captured(endpoint, keys, account_id, tmp_path)
    digest = write_capture(tmp_path / "a.gz", made)
    found = load_capture(tmp_path / "a.gz")
    assert found == changed(made, sha256=digest)
    assert dict(found.refused) == {}
    assert dict(found.account.refused) == {}
    _identities(found, account_id)
    _surroundings(found, built, account_id)
    for word in (keys["SecretAccessKey"], keys["SessionToken"], "never read"):
        assert word not in repr(found)


def _identities(found: Capture, account_id: str) -> None:
    roles = {role.name: role for role in found.account.roles}
    assert set(roles) == {"mw-worker", "prod-breakglass-admin"}
    assert roles["prod-breakglass-admin"].max_session_seconds == 3600
    assert roles["mw-worker"].last_used_at is not None
    assert not isinstance(found.credentials, Unknown)
    ada = found.credentials.row("ada")
    assert ada is not None
    assert [key.exists for key in ada.keys] == [True, False]
    worker = found.last_access_of(roles["mw-worker"].arn)
    assert not isinstance(worker, Unknown)
    assert [(item.service, [one.action for one in item.actions]) for item in worker.used] == [("sqs", ["ListQueues"])]
    assert {item.name for item in estate_of(found, print).principals} == {"ada", "mw-worker", "prod-breakglass-admin"}
    assert account_id == found.account_id


def _surroundings(found: Capture, built: dict[str, str], account_id: str) -> None:
    (secret,) = found.secrets
    assert (secret.arn, secret.key_arn, secret.replica_regions) == (built["secret"], built["key"], ())
    assert isinstance(secret.policy, PolicyDocument)
    assert held_of(found)[built["secret"]].key == built["key"]
    (finding,) = found.findings
    assert (finding.kind, dict(finding.principal)) == ("ExternalAccess", {"AWS": "444455556666"})
    (center,) = found.identity_centers
    assert [item.name for item in center.permission_sets] == ["Admin"]
    assert center.permission_sets[0].session_duration == "PT1H"
    assert [item.name for item in center.users] == ["ada@example.com"]
    assert [
        (item.name, len(item.member_ids)) for item in center.groups if not isinstance(item.member_ids, Unknown)
    ] == [("Operators", 1)]
    (rule,) = found.compliance
    assert rule.compliance == "NON_COMPLIANT"
    assert not isinstance(rule.resources, Unknown)
    assert [item.resource_id for item in rule.resources] == ["ada"]
    assert account_id in center.account_id
