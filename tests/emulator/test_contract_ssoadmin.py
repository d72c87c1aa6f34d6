"""Identity Center in the emulator, seen through boto3: what an account has, boundaries, session lengths."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def sso(aws: Any) -> Any:
    return aws("sso-admin")


@pytest.fixture
def instance(sso: Any) -> str:
    return str(sso.list_instances()["Instances"][0]["InstanceArn"])


def permission_set(sso: Any, instance: str, name: str, **more: Any) -> str:
    made = sso.create_permission_set(InstanceArn=instance, Name=name, **more)
    return str(made["PermissionSet"]["PermissionSetArn"])


def test_an_assignment_provisions_the_permission_set_to_its_account(sso: Any, instance: str, account_id: str) -> None:
    sets = [permission_set(sso, instance, name) for name in ("Admin", "Reader", "Other")]
    for arn in sets[:2]:
        sso.create_account_assignment(
            InstanceArn=instance, TargetId=account_id, TargetType="AWS_ACCOUNT", PermissionSetArn=arn,
            PrincipalType="USER", PrincipalId="u-1",
        )  # fmt: skip
    ask = {"InstanceArn": instance, "AccountId": account_id}
    assert sso.list_permission_sets_provisioned_to_account(**ask)["PermissionSets"] == sets[:2]
    first = sso.list_permission_sets_provisioned_to_account(**ask, MaxResults=1)
    assert first["PermissionSets"] == sets[:1]
    rest = sso.list_permission_sets_provisioned_to_account(**ask, MaxResults=1, NextToken=first["NextToken"])
    assert (rest["PermissionSets"], rest.get("NextToken")) == (sets[1:2], None)
    elsewhere = {"InstanceArn": instance, "AccountId": "999999999999"}
    assert sso.list_permission_sets_provisioned_to_account(**elsewhere)["PermissionSets"] == []
    sso.provision_permission_set(InstanceArn=instance, PermissionSetArn=sets[2], TargetType="ALL_PROVISIONED_ACCOUNTS")
    assert sso.list_permission_sets_provisioned_to_account(**ask)["PermissionSets"] == sets


def test_a_session_lasts_an_hour_unless_it_is_said(sso: Any, instance: str) -> None:
    for more, expected in (({}, "PT1H"), ({"SessionDuration": "PT4H"}, "PT4H")):
        arn = permission_set(sso, instance, f"Set{expected}", **more)
        about = sso.describe_permission_set(InstanceArn=instance, PermissionSetArn=arn)["PermissionSet"]
        assert about["SessionDuration"] == expected


def test_a_boundary_is_put_got_and_deleted(sso: Any, instance: str) -> None:
    given = {"InstanceArn": instance, "PermissionSetArn": permission_set(sso, instance, "Bound")}
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        sso.get_permissions_boundary_for_permission_set(**given)
    boundary = {"ManagedPolicyArn": "arn:aws:iam::aws:policy/PowerUserAccess"}
    sso.put_permissions_boundary_to_permission_set(**given, PermissionsBoundary=boundary)
    assert sso.get_permissions_boundary_for_permission_set(**given)["PermissionsBoundary"] == boundary
    sso.delete_permissions_boundary_from_permission_set(**given)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        sso.get_permissions_boundary_for_permission_set(**given)
