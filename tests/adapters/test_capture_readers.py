"""What each reader of a capture does when AWS pages, refuses, throttles or is not ready; with a fake account."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.capturing import SCOPE, capture
from tests.adapters.fake_cloud import BREAKGLASS, HOME, IAM, ID, KEY, LONG_AGO, NOW, ORG, SECOND, FakeCloud, refused

from iam_guardrails.adapters.aws import AwsError, account_from_aws
from iam_guardrails.adapters.capture_assembly import held_of
from iam_guardrails.adapters.captures import load_capture, write_capture
from iam_guardrails.model.capture.capture import (
    COMPLIANCE,
    FINDINGS,
    IDENTITY_CENTER,
    KEY_GRANTS,
    LAST_ACCESS,
    PARTS,
    SECRET_KEYS,
    SECRETS,
    Capture,
)
from iam_guardrails.model.capture.findings import NonCompliant, RuleCompliance, UnusedDetail, UnusedService
from iam_guardrails.model.capture.identity_center import Assignment, DirectoryGroup, DirectoryUser
from iam_guardrails.model.capture.last_access import ActionUse, LastAccess, ServiceUse
from iam_guardrails.model.capture.secrets import KeyGrant
from iam_guardrails.model.iam.document import PolicyDocument
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import changed


def organization() -> FakeCloud:
    found = FakeCloud()
    found.account_id = ORG
    return found


@pytest.fixture
def whole(tmp_path: Path) -> Capture:
    return capture(tmp_path, FakeCloud(), directory=organization())[0]


def test_everything_is_there_and_nothing_was_refused(whole: Capture) -> None:
    assert dict(whole.refused) == {}
    assert dict(whole.account.refused) == {}
    assert [part.name for part in whole.parts] == list(PARTS)
    assert (whole.account.origin, whole.account.seen_at) == ("capture", NOW)
    assert [role.name for role in whole.account.roles] == [BREAKGLASS, "mw-0000", "mw-0001"]
    assert (whole.account.roles[0].max_session_seconds, whole.account.roles[0].last_used_at) == (3600, LONG_AGO)
    assert whole.account.roles[1].max_session_seconds == 7200
    assert [(user.has_console_password, user.mfa_kinds) for user in whole.account.users] == [(True, ("virtual",))] * 2
    assert not isinstance(whole.credentials, Unknown)
    assert [row.user for row in whole.credentials.rows] == ["<root_account>", "user0", "user1"]
    assert whole.account.root_users[0].mfa_active is True


def test_the_rules_see_the_same_account_as_live(whole: Capture, tmp_path: Path) -> None:
    write_capture(tmp_path / "a.gz", whole)
    live = account_from_aws(FakeCloud(), ID, HOME, (SECOND,), NOW, role_names=(BREAKGLASS,))
    assert changed(load_capture(tmp_path / "a.gz").account, origin="live") == live


def test_last_access_tells_services_and_actions(whole: Capture, tmp_path: Path) -> None:
    arn = f"{IAM}:role/mw-0000"
    used = ServiceUse("s3", LONG_AGO, HOME, (ActionUse("GetObject", LONG_AGO, HOME),), ("PutObject",))
    assert whole.last_access_of(arn) == LastAccess(arn, "ACTION_LEVEL", NOW, (used,), ("sqs",))
    cloud = FakeCloud()
    cloud.long_answers = True
    assert capture(tmp_path / "paged", cloud)[0].last_access == whole.last_access


def test_only_users_and_named_roles_that_were_used_are_asked_about(whole: Capture, tmp_path: Path) -> None:
    assert [item.principal_arn.rpartition("/")[2] for item in whole.last_access] == [
        "user0", "user1", BREAKGLASS, "mw-0000"]  # fmt: skip
    never = whole.last_access_of(f"{IAM}:role/mw-0001")
    assert isinstance(never, Unknown)
    assert "RoleLastUsed" in never.reason
    other = whole.last_access_of(f"{IAM}:role/other")
    assert isinstance(other, Unknown)
    assert "outside of what the capture was told" in other.reason
    few = capture(tmp_path / "few", FakeCloud(), changed(SCOPE, role_patterns=()))[0]
    assert [item.principal_arn.rpartition("/")[2] for item in few.last_access] == ["user0", "user1", BREAKGLASS]
    every = capture(tmp_path / "all", FakeCloud(), changed(SCOPE, role_patterns=(), last_access="all"))[0]
    assert every.last_access == whole.last_access
    cloud = FakeCloud()
    nobody = capture(tmp_path / "none", cloud, changed(SCOPE, last_access="none"))[0]
    assert nobody.last_access == ()
    assert "--last-accessed none" in nobody.unasked[LAST_ACCESS]
    assert cloud.calls["iam.generate_service_last_accessed_details"] == 0


def test_a_job_is_waited_for_and_given_up_in_the_end(tmp_path: Path) -> None:
    cloud, waits = FakeCloud(users=1, roles=1), list[float]()
    cloud.job_waits = 3
    found, _ = capture(tmp_path, cloud, waits=waits)
    assert (len(found.last_access), len(waits)) == (2, 3)
    cloud.job_waits = 10**6
    late, _ = capture(tmp_path / "late", cloud)
    assert late.last_access == ()
    assert "was not done in about a minute" in late.refused[f"{LAST_ACCESS}:{IAM}:user/user0"]
    gone = late.last_access_of(f"{IAM}:user/user0")
    assert isinstance(gone, Unknown)
    assert "was not done" in gone.reason


def test_a_job_that_failed_is_told(tmp_path: Path) -> None:
    cloud = FakeCloud(users=1, roles=1)
    failed = {"JobStatus": "FAILED", "Error": {"Code": "Broken", "Message": "secret text"}}
    cloud.iam_get_service_last_accessed_details = lambda _region, _given: failed  # type: ignore[method-assign]  # a fake
    found, _ = capture(tmp_path, cloud)
    assert found.refused[f"{LAST_ACCESS}:{IAM}:user/user0"].endswith("failed (Broken)")


def test_findings_of_both_kinds(whole: Capture) -> None:
    external = [item for item in whole.findings if item.kind == "ExternalAccess"]
    assert [(item.id, item.status) for item in external] == [("f1", "ACTIVE"), ("f2", "ARCHIVED")]
    assert (dict(external[0].principal), external[0].actions) == ({"AWS": "444455556666"}, ("sts:AssumeRole",))
    details = {item.id: item.detail for item in whole.findings if item.kind != "ExternalAccess"}
    assert details["f4"] == UnusedDetail(
        services=(UnusedService("s3", ("s3:PutObject",)), UnusedService("sqs", (), LONG_AGO))
    )
    assert details["f6"] == UnusedDetail(key_suffix="WXYZ")
    assert "AKIAEXAMPLE1" not in repr(whole)
    assert all(isinstance(details[name], Unknown) for name in ("f3", "f5"))
    assert "no analyzer of external access in us-east-1" in whole.unasked[f"{FINDINGS}@{SECOND}"]


def test_compliance_names_the_resources(whole: Capture) -> None:
    assert whole.compliance == (
        RuleCompliance("keys", HOME, "NON_COMPLIANT", (NonCompliant("AWS::IAM::User", "user0", NOW),)),
        RuleCompliance("root", HOME, "COMPLIANT"),
    )


def test_secrets_have_their_policies_and_keys(whole: Capture) -> None:
    first, second = whole.secrets
    assert isinstance(first.policy, PolicyDocument)
    assert (first.key_arn, first.rotation_days, first.replica_regions) == (None, 30, (SECOND,))
    assert (second.policy, second.key_arn) == (None, KEY)
    assert [key.arn for key in whole.secret_keys] == [KEY]
    held = held_of(whole)
    assert (held[second.arn].key, held[KEY].policy) == (KEY, whole.secret_keys[0].policy)


def test_grants_on_the_keys_are_told(whole: Capture, tmp_path: Path) -> None:
    role = f"{IAM}:role/mw-0000"
    assert whole.key_grants == (
        KeyGrant(KEY, "g1", role, ("Decrypt",), issuing_account=ID, created_at=LONG_AGO,
                 encryption_context=(("SecretARN", "x"),)),
        KeyGrant(KEY, "g2", "rds.amazonaws.com", ("Decrypt", "Sign"), encryption_context=(("a", "b"),),
                 context_equals=True),
    )  # fmt: skip
    cloud = FakeCloud()
    cloud.refuse["kms.list_grants"] = refused()
    found, _ = capture(tmp_path, cloud)
    assert found.key_grants == ()
    assert found.refused[f"{KEY_GRANTS}@{HOME}"] == "kms:ListGrants was refused (AccessDenied)"


def test_only_named_secrets_are_asked_for_replicas(tmp_path: Path) -> None:
    cloud = FakeCloud()
    found, _ = capture(tmp_path, cloud, changed(SCOPE, secret_patterns=("other/*",)))
    assert cloud.calls["secretsmanager.describe_secret"] == 0
    assert isinstance(found.secrets[0].replica_regions, Unknown)
    assert found.secrets[1].replica_regions == ()  # it has no primary Region, and so no replicas


def test_a_key_that_is_refused_leaves_what_its_arn_tells(tmp_path: Path) -> None:
    cloud = FakeCloud(secrets=3)
    cloud.refuse["kms.describe_key"] = cloud.refuse["kms.list_aliases"] = refused()
    found, _ = capture(tmp_path, cloud)
    assert found.secrets[1].key_arn == KEY
    assert isinstance(found.secrets[2].key_arn, Unknown)  # an alias, which nobody could follow
    assert "kms:DescribeKey was refused (AccessDenied)" in found.refused[f"{SECRET_KEYS}@{HOME}"]


def test_a_key_of_aws_itself_is_no_key_of_the_account(tmp_path: Path) -> None:
    cloud = FakeCloud()
    own = {"Arn": KEY, "KeyId": KEY.rpartition("/")[2], "KeyManager": "AWS", "Enabled": True, "KeyState": "Enabled"}
    names = {"Aliases": [{"AliasName": "alias/aws/secretsmanager", "TargetKeyId": KEY.rpartition("/")[2]}]}
    cloud.kms_list_aliases = lambda _region, _given: names  # type: ignore[method-assign]  # a fake
    found, _ = capture(tmp_path / "listed", cloud)
    assert found.secrets[1].key_arn is None and cloud.calls["kms.describe_key"] == 0
    cloud.refuse["kms.list_aliases"] = refused()
    cloud.kms_describe_key = lambda _region, _given: {"KeyMetadata": own}  # type: ignore[method-assign]  # a fake
    found, _ = capture(tmp_path, cloud)
    assert found.secrets[1].key_arn is None
    listed = {"SecretList": [{"ARN": "arn:x", "Name": "x", "KmsKeyId": "alias/aws/secretsmanager"}]}
    cloud.secretsmanager_list_secrets = lambda _region, _given: listed  # type: ignore[method-assign]  # a fake
    cloud.calls.clear()
    found, _ = capture(tmp_path / "alias", cloud)
    assert [item.key_arn for item in found.secrets] == [None, None]
    assert cloud.calls["kms.describe_key"] == 0


def test_a_replica_has_its_primary_region_and_no_replicas_of_its_own(tmp_path: Path) -> None:
    cloud = FakeCloud()
    listed = {"SecretList": [{"ARN": "arn:x", "Name": "prod/mw/x", "PrimaryRegion": HOME}]}
    cloud.secretsmanager_list_secrets = lambda _region, _given: listed  # type: ignore[method-assign]  # a fake
    found, _ = capture(tmp_path, cloud)
    assert [(item.region, item.primary_region, item.replica_regions) for item in found.secrets] == [
        (HOME, HOME, (SECOND,)), (SECOND, HOME, ())]  # fmt: skip


def test_an_analyzer_of_the_organization_is_asked_for_this_account_only(tmp_path: Path) -> None:
    cloud, asked = FakeCloud(), list[Any]()
    analyzers = [{"arn": kind, "name": kind, "type": kind, "status": "ACTIVE"}
                 for kind in ("ORGANIZATION", "ORGANIZATION_UNUSED_ACCESS", "ACCOUNT_INTERNAL_ACCESS")]  # fmt: skip
    cloud.accessanalyzer_list_analyzers = lambda _region, _given: {"analyzers": analyzers}  # type: ignore[method-assign]  # a fake

    def listed(_region: str, given: Any) -> Any:
        asked.append((given["analyzerArn"], given["filter"]["resourceOwnerAccount"]))
        return {"findings": []}

    cloud.accessanalyzer_list_findings = listed  # type: ignore[method-assign]  # a fake
    cloud.accessanalyzer_list_findings_v2 = listed  # type: ignore[method-assign]  # a fake
    found, _ = capture(tmp_path, cloud)
    ours = {"eq": [ID]}
    assert asked == [("ORGANIZATION", ours), ("ORGANIZATION_UNUSED_ACCESS", ours)] * 2
    why = "findings of analyzers of type ACCOUNT_INTERNAL_ACCESS are not read"
    assert found.not_judged(FINDINGS) == {f"{FINDINGS}:ACCOUNT_INTERNAL_ACCESS": why}


def test_identity_center_is_read_with_its_own_account(whole: Capture, tmp_path: Path) -> None:
    (found,) = whole.identity_centers
    assert found.account_id == ORG
    assert [(item.arn, item.name, item.boundary) for item in found.permission_sets] == [
        ("ps-1", "PS-1", None), ("ps-2", "PS-2", "/bound")]  # fmt: skip
    assert found.assignments == (
        Assignment("ps-1", "USER", "u-1"), Assignment("ps-1", "GROUP", "g-1"), Assignment("ps-2", "USER", "u-1"),
    )  # fmt: skip
    assert found.groups == (DirectoryGroup("g-1", "Operators", ("u-1", "u-2")),)
    assert found.users[0] == DirectoryUser("u-1", "u-1@example.com", "Somebody", "b@example.com")
    assert [item.id for item in found.users] == ["u-1", "u-2"]


def test_a_list_of_people_that_is_refused_is_told_and_each_is_asked_about(tmp_path: Path) -> None:
    directory = organization()
    directory.refuse["identitystore.list_users"] = refused("AccessDeniedException")
    (found,) = capture(tmp_path, FakeCloud(), directory=directory)[0].identity_centers
    assert [item.name for item in found.users] == ["u-1@example.com", "u-2@example.com"]
    assert len(found.singly) == 1 and "ListUsers" in found.singly[0] and "AccessDenied" in found.singly[0]


def test_what_a_permission_set_grants_tells_its_role_in_the_account(tmp_path: Path) -> None:
    cloud = FakeCloud()
    cloud.permission_sets = ("PS-2",)
    found, _ = capture(tmp_path, cloud, directory=organization())
    asked, held = found.identity_centers[0].permission_sets
    assert held.managed_policy_arns == ("arn:aws:iam::aws:policy/ReadOnlyAccess",)
    assert (held.customer_policies, held.boundary) == ((("/team/", "own"),), "/bound")
    assert isinstance(held.inline_policy, PolicyDocument) and isinstance(asked.inline_policy, PolicyDocument)
    assert held.inline_policy.statements[0].actions == ("s3:GetObject",)
    cloud.permission_sets = ("PS-2", "PS-2")  # of two instances: nobody knows whose role it is
    twice, _ = capture(tmp_path / "twice", cloud, directory=organization())
    assert twice.identity_centers[0].permission_sets[1].inline_policy is None


def test_without_a_profile_identity_center_is_not_judged_and_only_refused_where_it_is_expected(tmp_path: Path) -> None:
    found, _ = capture(tmp_path, FakeCloud())
    assert "no profile was given" in found.unasked[IDENTITY_CENTER]
    wanted, _ = capture(tmp_path / "wanted", FakeCloud(), changed(SCOPE, expects_identity_center=True))
    assert "no profile was given" in wanted.refused[IDENTITY_CENTER]


def test_the_profile_of_identity_center_may_be_broken_and_the_rest_goes_on(tmp_path: Path) -> None:
    org = organization()
    org.refuse["sts.get_caller_identity"] = refused("ExpiredToken")
    found, _ = capture(tmp_path, FakeCloud(), directory=org)
    assert "credentials have expired" in found.refused[IDENTITY_CENTER]
    assert found.secrets


# What is refused, where it stands, and which part is then empty (or None where it is not).
REFUSALS: dict[str, tuple[str, str, str | None]] = {
    "accessanalyzer.list_findings": (f"{FINDINGS}@{HOME}", "access-analyzer:ListFindings", None),
    "accessanalyzer.list_findings_v2": (f"{FINDINGS}@{HOME}", "access-analyzer:ListFindingsV2", None),
    "accessanalyzer.get_finding_v2": (f"{FINDINGS}@{HOME}", "access-analyzer:GetFindingV2", None),
    "accessanalyzer.list_analyzers": (f"{FINDINGS}@{HOME}", "access-analyzer:ListAnalyzers", "findings"),
    "config.describe_compliance_by_config_rule": (
        f"{COMPLIANCE}@{HOME}", "config:DescribeComplianceByConfigRule", "compliance"),
    "config.get_compliance_details_by_config_rule": (
        f"{COMPLIANCE}@{HOME}", "config:GetComplianceDetailsByConfigRule", None),
    "secretsmanager.list_secrets": (f"{SECRETS}@{HOME}", "secretsmanager:ListSecrets", "secrets"),
    "secretsmanager.get_resource_policy": (f"{SECRETS}@{HOME}", "secretsmanager:GetResourcePolicy", None),
    "secretsmanager.describe_secret": (f"{SECRETS}@{HOME}", "secretsmanager:DescribeSecret", None),
    "kms.get_key_policy": (f"{SECRET_KEYS}@{HOME}", "kms:GetKeyPolicy", None),
    "kms.list_aliases": (f"{SECRET_KEYS}@{HOME}", "kms:ListAliases", None),
    "iam.generate_service_last_accessed_details": (
        f"{LAST_ACCESS}:{IAM}:user/user0", "iam:GenerateServiceLastAccessedDetails", "last_access"),
    "iam.get_service_last_accessed_details": (
        f"{LAST_ACCESS}:{IAM}:user/user0", "iam:GetServiceLastAccessedDetails", "last_access"),
    "iam.get_account_authorization_details": (LAST_ACCESS, "iam:GetAccountAuthorizationDetails", "last_access"),
    "sso-admin.list_instances": (IDENTITY_CENTER, "sso:ListInstances", "identity_centers"),
    "sso-admin.list_permission_sets_provisioned_to_account": (
        IDENTITY_CENTER, "sso:ListPermissionSetsProvisionedToAccount", "identity_centers"),
    "sso-admin.list_account_assignments": (IDENTITY_CENTER, "sso:ListAccountAssignments", None),
    "sso-admin.describe_permission_set": (IDENTITY_CENTER, "sso:DescribePermissionSet", None),
    "sso-admin.get_inline_policy_for_permission_set": (IDENTITY_CENTER, "sso:GetInlinePolicyForPermissionSet", None),
    "sso-admin.list_managed_policies_in_permission_set": (
        IDENTITY_CENTER, "sso:ListManagedPoliciesInPermissionSet", None),
    "identitystore.describe_user": (IDENTITY_CENTER, "identitystore:DescribeUser", None),
    "identitystore.describe_group": (IDENTITY_CENTER, "identitystore:DescribeGroup", None),
    "identitystore.list_group_memberships": (IDENTITY_CENTER, "identitystore:ListGroupMemberships", None),
}  # fmt: skip


@pytest.mark.parametrize("call", REFUSALS)
def test_a_refused_call_is_written_down_and_reading_goes_on(call: str, tmp_path: Path) -> None:
    place, action, empty = REFUSALS[call]
    cloud, org = FakeCloud(), organization()
    org.directory = []  # who is not on the lists is asked for singly
    for one in (cloud, org):
        one.refuse[call] = refused()
    found, _ = capture(tmp_path, cloud, directory=org)
    assert f"{action} was refused (AccessDenied)" in found.refused[place]
    assert found.not_judged(place.partition("@")[0].partition(":")[0])
    assert "secret text" not in repr(found)
    kinds = ("findings", "compliance", "secrets", "last_access", "identity_centers")
    for kind in kinds:
        assert bool(getattr(found, kind)) == (kind != empty), kind


def test_a_refused_report_leaves_passwords_unknown(tmp_path: Path) -> None:
    cloud = FakeCloud()
    cloud.refuse["iam.generate_credential_report"] = refused()
    found, _ = capture(tmp_path, cloud)
    assert found.credentials == Unknown("iam:GenerateCredentialReport was refused (AccessDenied)")
    assert isinstance(found.account.users[0].has_console_password, Unknown)
    assert "GenerateCredentialReport" in found.account.refused["access_keys"]


def test_a_throttled_call_is_made_again_with_patience(tmp_path: Path) -> None:
    cloud, waits = FakeCloud(), list[float]()
    cloud.refuse["iam.generate_service_last_accessed_details"] = [refused("Throttling"), refused("Throttling")]
    cloud.refuse["secretsmanager.get_resource_policy"] = [refused("ThrottlingException")]
    found, _ = capture(tmp_path, cloud, waits=waits)
    assert dict(found.refused) == {}
    assert waits == [1.0, 1.0, 2.0]
    assert len(found.last_access) == 4


def test_a_call_that_stays_throttled_is_refused_in_the_end(tmp_path: Path) -> None:
    cloud, waits = FakeCloud(), list[float]()
    cloud.refuse["secretsmanager.list_secrets"] = refused("ThrottlingException")
    found, _ = capture(tmp_path, cloud, waits=waits)
    assert found.refused[f"{SECRETS}@{HOME}"] == "secretsmanager:ListSecrets failed (ThrottlingException)"
    assert waits == [1.0, 2.0, 4.0, 8.0, 16.0] * 2


def test_credentials_of_another_account_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(AwsError, match=f"belong to account {ORG}"):
        capture(tmp_path, organization())


def test_times_are_utc(whole: Capture) -> None:
    def times(value: Any) -> list[datetime]:
        if isinstance(value, datetime):
            return [value]
        if hasattr(value, "_names"):
            return [found for name in value._names for found in times(getattr(value, name))]
        return [found for item in value for found in times(item)] if isinstance(value, (list, tuple)) else []

    found = times(whole)
    assert len(found) > 20
    assert all(item.tzinfo == UTC for item in found)
    assert ID in repr(whole)
