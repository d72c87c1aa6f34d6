"""IAM as the emulator adds to it, seen through boto3."""

from __future__ import annotations

import csv
import io
import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from iam_guardrails.emulator.credential_report import COLUMNS

ALLOW = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
)
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
    }
)


def code(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


@pytest.fixture
def iam(aws: Any) -> Any:
    return aws("iam")


@pytest.fixture
def boundary(iam: Any) -> str:
    return str(iam.create_policy(PolicyName="boundary", PolicyDocument=ALLOW)["Policy"]["Arn"])


def boundary_of(iam: Any, name: str) -> str | None:
    held = iam.get_user(UserName=name)["User"].get("PermissionsBoundary")
    return held and str(held["PermissionsBoundaryArn"])


def test_create_user_keeps_the_boundary(iam: Any, boundary: str) -> None:
    made = iam.create_user(UserName="owner", PermissionsBoundary=boundary)["User"]
    assert made["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary
    assert boundary_of(iam, "owner") == boundary
    assert "PermissionsBoundary" not in iam.list_users()["Users"][0]
    detail = iam.get_account_authorization_details(Filter=["User"])["UserDetailList"][0]
    assert detail["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary


def test_create_user_without_a_boundary_has_none(iam: Any) -> None:
    iam.create_user(UserName="owner")
    assert boundary_of(iam, "owner") is None


def test_put_and_delete_user_permissions_boundary(iam: Any, boundary: str) -> None:
    iam.create_user(UserName="owner")
    iam.put_user_permissions_boundary(UserName="owner", PermissionsBoundary=boundary)
    assert boundary_of(iam, "owner") == boundary
    iam.delete_user_permissions_boundary(UserName="owner")
    assert boundary_of(iam, "owner") is None
    with pytest.raises(ClientError) as refused:
        iam.delete_user_permissions_boundary(UserName="owner")
    assert code(refused) == "NoSuchEntity"


@pytest.mark.parametrize(
    ("arn", "expected"),
    [("arn:aws:iam::111111111111:policy/none", "NoSuchEntity"), ("arn:aws:iam::1:user/x", "InvalidInput")],
)
def test_a_boundary_must_be_a_policy_that_exists(iam: Any, arn: str, expected: str) -> None:
    iam.create_user(UserName="owner")
    with pytest.raises(ClientError) as refused:
        iam.put_user_permissions_boundary(UserName="owner", PermissionsBoundary=arn)
    assert code(refused) == expected
    with pytest.raises(ClientError):
        iam.create_user(UserName="second", PermissionsBoundary=arn)
    assert [user["UserName"] for user in iam.list_users()["Users"]] == ["owner"]


def test_update_role_leaves_alone_what_is_not_sent(iam: Any) -> None:
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST, Description="why", MaxSessionDuration=3600)
    iam.update_role(RoleName="r", MaxSessionDuration=7200)
    role = iam.get_role(RoleName="r")["Role"]
    assert (role["Description"], role["MaxSessionDuration"]) == ("why", 7200)
    iam.update_role(RoleName="r", Description="other")
    role = iam.get_role(RoleName="r")["Role"]
    assert (role["Description"], role["MaxSessionDuration"]) == ("other", 7200)


def test_list_service_specific_credentials(iam: Any) -> None:
    iam.create_user(UserName="owner")
    assert iam.list_service_specific_credentials(UserName="owner")["ServiceSpecificCredentials"] == []
    with pytest.raises(ClientError) as refused:
        iam.list_service_specific_credentials(UserName="nobody")
    assert code(refused) == "NoSuchEntity"


def test_mfa_device_tags(iam: Any) -> None:
    tags = [{"Key": "Project", "Value": "guardrails"}]
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="owner", Tags=tags)["VirtualMFADevice"]
    serial = device["SerialNumber"]
    assert iam.list_mfa_device_tags(SerialNumber=serial)["Tags"] == tags
    iam.tag_mfa_device(SerialNumber=serial, Tags=[{"Key": "Owner", "Value": "x"}])
    iam.untag_mfa_device(SerialNumber=serial, TagKeys=["Project"])
    assert iam.list_mfa_device_tags(SerialNumber=serial)["Tags"] == [{"Key": "Owner", "Value": "x"}]
    with pytest.raises(ClientError) as refused:
        iam.list_mfa_device_tags(SerialNumber="arn:aws:iam::111111111111:mfa/none")
    assert code(refused) == "NoSuchEntity"


def test_a_new_device_does_not_inherit_the_tags_of_the_old_one(iam: Any) -> None:
    for tags in ([{"Key": "Old", "Value": "1"}], []):
        serial = iam.create_virtual_mfa_device(VirtualMFADeviceName="o", Tags=tags)["VirtualMFADevice"]["SerialNumber"]
        assert iam.list_mfa_device_tags(SerialNumber=serial)["Tags"] == tags
        iam.delete_virtual_mfa_device(SerialNumber=serial)


def read_report(iam: Any) -> dict[str, dict[str, str]]:
    text = iam.get_credential_report()["Content"].decode()
    return {row["user"]: row for row in csv.DictReader(io.StringIO(text))}


def test_there_is_no_credential_report_before_one_is_generated(iam: Any) -> None:
    with pytest.raises(ClientError) as refused:
        iam.get_credential_report()
    assert code(refused) == "ReportNotPresent"
    assert iam.generate_credential_report()["State"] == "STARTED"
    assert iam.generate_credential_report()["State"] == "COMPLETE"


def test_the_credential_report_has_the_columns_and_the_root_row(iam: Any, account_id: str) -> None:
    iam.generate_credential_report()
    answer = iam.get_credential_report()
    header, first = answer["Content"].decode().splitlines()[:2]
    assert header == ",".join(COLUMNS)
    assert first.startswith(f"<root_account>,arn:aws:iam::{account_id}:root,")
    root = read_report(iam)["<root_account>"]
    assert (root["password_enabled"], root["mfa_active"]) == ("not_supported", "false")
    assert (root["access_key_1_active"], root["additional_credentials_info"]) == ("false", "N/A")
    assert answer["GeneratedTime"].year > 2015


def test_the_credential_report_tells_what_a_user_has(aws: Any, iam: Any) -> None:
    iam.update_account_password_policy(MinimumPasswordLength=14, MaxPasswordAge=90)
    for name in ("bare", "full"):
        iam.create_user(UserName=name)
    iam.create_login_profile(UserName="full", Password="Correct-Horse-9-Battery")
    keys = iam.create_access_key(UserName="full")["AccessKey"]
    serial = iam.create_virtual_mfa_device(VirtualMFADeviceName="full")["VirtualMFADevice"]["SerialNumber"]
    iam.enable_mfa_device(
        UserName="full", SerialNumber=serial, AuthenticationCode1="123456", AuthenticationCode2="654321"
    )
    aws("kms", keys=keys).list_keys()
    iam.generate_credential_report()
    rows = read_report(iam)
    bare, full = rows["bare"], rows["full"]
    assert (bare["password_enabled"], bare["mfa_active"], bare["password_last_used"]) == (
        "false",
        "false",
        "N/A",
    )
    assert (full["password_enabled"], full["mfa_active"], full["access_key_1_active"]) == ("true",) * 3
    assert (full["access_key_1_last_used_service"], full["access_key_1_last_used_region"]) == (
        "kms",
        "us-east-2",
    )
    assert full["password_next_rotation"] > full["password_last_changed"]
    assert full["access_key_2_active"] == "false"


def test_authorization_details_come_in_pages(iam: Any) -> None:
    for number in range(5):
        iam.create_role(RoleName=f"r{number}", AssumeRolePolicyDocument=TRUST)
    policy = iam.create_policy(PolicyName="mine", PolicyDocument=ALLOW)["Policy"]
    iam.attach_role_policy(RoleName="r0", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    first = iam.get_account_authorization_details(MaxItems=2)
    assert (len(first["RoleDetailList"]), first["IsTruncated"]) == (2, True)
    pages = list(iam.get_paginator("get_account_authorization_details").paginate(PaginationConfig={"PageSize": 2}))
    assert len(pages) == 4
    roles = [role["RoleName"] for page in pages for role in page["RoleDetailList"]]
    policies = {entry["PolicyName"]: entry for page in pages for entry in page["Policies"]}
    assert roles == ["r0", "r1", "r2", "r3", "r4"]
    assert set(policies) == {"mine", "ReadOnlyAccess"}
    assert policies["mine"]["PolicyId"] == policy["PolicyId"]
    assert policies["mine"]["PolicyVersionList"][0]["Document"] == json.loads(ALLOW)
    local = iam.get_account_authorization_details(Filter=["LocalManagedPolicy"])
    assert [entry["PolicyName"] for entry in local["Policies"]] == ["mine"]
    with pytest.raises(ClientError) as refused:
        iam.get_account_authorization_details(Marker="offset-999")
    assert code(refused) == "InvalidInput"


def test_last_accessed_details_tell_granted_and_used_services(aws: Any, iam: Any, assume: Any) -> None:
    role = iam.create_role(RoleName="worker", Path="/team/", AssumeRolePolicyDocument=TRUST)["Role"]
    iam.put_role_policy(RoleName="worker", PolicyName="p", PolicyDocument=ALLOW)
    keys = assume(role["Arn"])
    aws("kms", keys=keys).list_keys()
    job = iam.generate_service_last_accessed_details(Arn=role["Arn"], Granularity="ACTION_LEVEL")["JobId"]
    details = iam.get_service_last_accessed_details(JobId=job)
    assert (details["JobStatus"], details["JobType"]) == ("COMPLETED", "ACTION_LEVEL")
    services = {entry["ServiceNamespace"]: entry for entry in details["ServicesLastAccessed"]}
    assert set(services) == {"kms", "s3"}
    assert "LastAuthenticated" not in services["s3"]
    assert services["kms"]["LastAuthenticatedRegion"] == "us-east-2"
    assert [action["ActionName"] for action in services["kms"]["TrackedActionsLastAccessed"]] == ["ListKeys"]


def test_last_accessed_details_refuse_what_is_not_there(iam: Any, account_id: str) -> None:
    with pytest.raises(ClientError) as refused:
        iam.generate_service_last_accessed_details(Arn=f"arn:aws:iam::{account_id}:role/none")
    assert code(refused) == "NoSuchEntity"
    with pytest.raises(ClientError) as refused:
        iam.generate_service_last_accessed_details(Arn="no-arn-but-long-enough-for-it")
    assert code(refused) == "InvalidInput"
    with pytest.raises(ClientError) as refused:
        iam.get_service_last_accessed_details(JobId="00000000-0000-0000-0000-000000000000")
    assert code(refused) == "NoSuchEntity"


def test_a_role_says_when_and_where_it_was_last_used(aws: Any, iam: Any, assume: Any) -> None:
    role = iam.create_role(RoleName="worker", AssumeRolePolicyDocument=TRUST)["Role"]
    assert "LastUsedDate" not in iam.get_role(RoleName="worker")["Role"].get("RoleLastUsed", {})
    aws("kms", keys=assume(role["Arn"])).list_keys()
    used = iam.get_role(RoleName="worker")["Role"]["RoleLastUsed"]
    assert used["Region"] == "us-east-2"
    assert used["LastUsedDate"] >= role["CreateDate"]


def test_last_accessed_details_know_the_services_of_attached_policies(iam: Any) -> None:
    role = iam.create_role(RoleName="worker", AssumeRolePolicyDocument=TRUST)["Role"]
    made = iam.create_policy(PolicyName="mine", PolicyDocument=ALLOW)["Policy"]["Arn"]
    for arn in (made, "arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess"):
        iam.attach_role_policy(RoleName="worker", PolicyArn=arn)
    job = iam.generate_service_last_accessed_details(Arn=role["Arn"])["JobId"]
    told = iam.get_service_last_accessed_details(JobId=job)["ServicesLastAccessed"]
    assert {entry["ServiceNamespace"] for entry in told} == {"s3", "sqs"}


def test_a_password_that_was_made_again_has_a_date_of_its_own(iam: Any) -> None:
    iam.create_user(UserName="alex")
    first = iam.create_login_profile(UserName="alex", Password="Abc!12345678xyz")["LoginProfile"]["CreateDate"]
    assert iam.get_login_profile(UserName="alex")["LoginProfile"]["CreateDate"] == first
    iam.delete_login_profile(UserName="alex")
    time.sleep(1.1)  # AWS tells whole seconds
    second = iam.create_login_profile(UserName="alex", Password="Abd!12345678xyz")["LoginProfile"]["CreateDate"]
    assert iam.get_login_profile(UserName="alex")["LoginProfile"]["CreateDate"] == second > first


def test_client_ids_of_an_oidc_provider_are_added_and_removed_once(iam: Any) -> None:
    arn = iam.create_open_id_connect_provider(
        Url="https://x.example.com", ClientIDList=["ours"], ThumbprintList=["a" * 40]
    )["OpenIDConnectProviderArn"]
    for _ in range(2):
        iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="new")
    assert iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)["ClientIDList"] == ["ours", "new"]
    for _ in range(2):
        iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="ours")
    assert iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)["ClientIDList"] == ["new"]
    with pytest.raises(ClientError) as gone:
        iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=f"{arn}x", ClientID="new")
    assert code(gone) == "NoSuchEntity"
