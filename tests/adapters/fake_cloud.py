"""An AWS account as a dictionary: answers what a capture asks, page by page, and counts every call.

`refuse` maps "service.method" (or "service.method@region") to what is raised instead of an answer: an exception, or a
list of exceptions that are raised in turn before the answer comes. `before` is told of each call.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from botocore.exceptions import ClientError

ID, HOME, SECOND, ORG = "333333333333", "us-east-2", "us-east-1", "999999999999"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LONG_AGO = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
BREAKGLASS = "prod-breakglass-admin"
IAM = f"arn:aws:iam::{ID}"
_LOCAL = timezone(timedelta(hours=5, minutes=30))  # boto3 gives some times in the zone of the machine
KEY = f"arn:aws:kms:{HOME}:{ID}:key/11111111-2222-3333-4444-555555555555"
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
TRUST = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}  # fmt: skip
KEY_POLICY = '{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*"}]}'
_REPORT_HEAD = "user,arn,user_creation_time,password_enabled,password_last_used,mfa_active,access_key_1_active"


def refused(code: str = "AccessDenied") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "secret text"}}, "Operation")


class FakeCloud:
    def __init__(self, roles: int = 3, users: int = 2, policies: int = 1, secrets: int = 2) -> None:
        self.roles = [BREAKGLASS, *(f"mw-{number:04}" for number in range(roles - 1))]
        self.users = [f"user{number}" for number in range(users)]
        self.policies = [f"policy{number}" for number in range(policies)]
        self.secrets = [f"prod/mw/secret{number}" for number in range(secrets)]
        self.calls: Counter[str] = Counter()
        self.refuse: dict[str, Any] = {}
        self.before: Callable[[str], None] = lambda _name: None
        self.report_waits = self.job_waits = 0
        self.account_id = ID
        self.long_answers = False
        self.directory = [f"u-{number}" for number in range(40)]
        self.permission_sets: tuple[str, ...] = ()

    def client(self, service_name: str, region_name: str) -> Any:
        return _Client(self, service_name, region_name)

    def answer(self, service: str, region: str, method: str, given: dict[str, Any]) -> Any:
        name = f"{service}.{method}"
        self.before(name)
        self.calls[name] += 1
        stop = self.refuse.get(f"{name}@{region}", self.refuse.get(name))
        if isinstance(stop, list):
            stop = stop.pop(0) if stop else None
        if stop is not None:
            raise stop
        handler = getattr(self, f"{service.replace('-', '_')}_{method}", None)
        if handler:
            return handler(region, given)
        return _NOTHING[method]

    # sts, iam

    def sts_get_caller_identity(self, _region: str, _given: Any) -> Any:
        return {"Account": self.account_id, "Arn": f"arn:aws:sts::{self.account_id}:assumed-role/reader/me"}

    def iam_get_account_authorization_details(self, _region: str, given: Any) -> Any:
        entries = [("UserDetailList", self._user(name)) for name in self.users]
        entries += [("RoleDetailList", self._role(name)) for name in self.roles]
        entries += [("RoleDetailList", self._provisioned(name)) for name in self.permission_sets]
        entries += [("Policies", self._policy(name)) for name in self.policies]
        start, size = int(given.get("Marker", 0)), given.get("MaxItems", 100)
        page: dict[str, Any] = {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}
        for name, entry in entries[start : start + size]:
            page[name].append(entry)
        more = start + size < len(entries)
        return page | {"IsTruncated": more} | ({"Marker": str(start + size)} if more else {})

    def _provisioned(self, permission_set: str) -> dict[str, Any]:
        own = [{"PolicyName": "AwsSSOInlinePolicy", "PolicyDocument": POLICY}]
        attached = ["arn:aws:iam::aws:policy/ReadOnlyAccess", f"{IAM}:policy/team/own"]
        return self._role(f"AWSReservedSSO_{permission_set}_0123456789abcdef") | {
            "Path": "/aws-reserved/sso.amazonaws.com/", "RolePolicyList": own,
            "AttachedManagedPolicies": [{"PolicyArn": arn} for arn in attached],
            "PermissionsBoundary": {"PermissionsBoundaryArn": f"{IAM}:policy/bound"},
        }  # fmt: skip

    def _user(self, name: str) -> dict[str, Any]:
        return {"UserName": name, "UserId": f"AIDA{name}", "Arn": f"{IAM}:user/{name}", "Path": "/",
                "CreateDate": LONG_AGO, "GroupList": []}  # fmt: skip

    def _role(self, name: str) -> dict[str, Any]:
        return {
            "RoleName": name, "RoleId": f"AROA{name}", "Arn": f"{IAM}:role/{name}", "Path": "/",
            "CreateDate": LONG_AGO, "AssumeRolePolicyDocument": TRUST,
            "RolePolicyList": [{"PolicyName": "own", "PolicyDocument": POLICY}],
            "AttachedManagedPolicies": [{"PolicyName": "policy0", "PolicyArn": f"{IAM}:policy/policy0"}],
            "RoleLastUsed": {} if name == "mw-0001" else {"LastUsedDate": LONG_AGO.astimezone(_LOCAL), "Region": HOME},
        }  # fmt: skip

    def _policy(self, name: str) -> dict[str, Any]:
        version = {"VersionId": "v1", "IsDefaultVersion": True, "Document": POLICY, "CreateDate": LONG_AGO}
        return {"PolicyName": name, "Arn": f"{IAM}:policy/{name}", "Path": "/", "DefaultVersionId": "v1",
                "PolicyVersionList": [version]}  # fmt: skip

    def iam_generate_credential_report(self, _region: str, _given: Any) -> Any:
        return {"State": "STARTED" if self.report_waits else "COMPLETE"}

    def iam_get_credential_report(self, _region: str, _given: Any) -> Any:
        if self.report_waits:
            self.report_waits -= 1
            raise refused("ReportInProgress")
        lines = [_REPORT_HEAD, f"<root_account>,{IAM}:root,{LONG_AGO.isoformat()},not_supported,N/A,TRUE,FALSE"]
        lines += [f"{name},{IAM}:user/{name},{LONG_AGO.isoformat()},TRUE,N/A,TRUE,FALSE" for name in self.users]
        return {"Content": "\n".join(lines).encode(), "GeneratedTime": NOW}

    def iam_get_role(self, _region: str, given: Any) -> Any:
        return {"Role": {"RoleName": given["RoleName"], "MaxSessionDuration": 3600}}

    def iam_list_roles(self, _region: str, given: Any) -> Any:
        first, most = int(given.get("Marker", 0)), given["MaxItems"]
        listed = [{"RoleName": name, "MaxSessionDuration": 7200} for name in self.roles]
        more = {"IsTruncated": True, "Marker": str(first + most)} if first + most < len(listed) else {}
        return {"Roles": listed[first : first + most]} | more

    def iam_list_mfa_devices(self, _region: str, given: Any) -> Any:
        return {"MFADevices": [{"SerialNumber": f"{IAM}:mfa/{given['UserName']}"}]}

    def iam_list_virtual_mfa_devices(self, _region: str, _given: Any) -> Any:
        return {"VirtualMFADevices": [
            {"SerialNumber": f"{IAM}:mfa/{name}", "User": {"UserName": name}} for name in self.users]}  # fmt: skip

    def iam_generate_service_last_accessed_details(self, _region: str, given: Any) -> Any:
        assert given["Granularity"] == "ACTION_LEVEL"
        return {"JobId": f"job:{given['Arn']}"}

    def iam_get_service_last_accessed_details(self, _region: str, given: Any) -> Any:
        if self.job_waits:
            self.job_waits -= 1
            return {"JobStatus": "IN_PROGRESS", "JobType": "ACTION_LEVEL"}
        services = [
            {"ServiceName": "S3", "ServiceNamespace": "s3", "LastAuthenticated": LONG_AGO,
             "LastAuthenticatedRegion": HOME, "TotalAuthenticatedEntities": 1,
             "TrackedActionsLastAccessed": [
                 {"ActionName": "GetObject", "LastAccessedTime": LONG_AGO, "LastAccessedRegion": HOME},
                 {"ActionName": "PutObject"}]},
            {"ServiceName": "SQS", "ServiceNamespace": "sqs", "TotalAuthenticatedEntities": 0},
        ]  # fmt: skip
        size = 1 if self.long_answers else 1000
        page = _paged(services, "ServicesLastAccessed", given, "Marker", size)
        return page | {"JobStatus": "COMPLETED", "JobType": "ACTION_LEVEL", "JobCompletionDate": NOW,
                       "IsTruncated": "Marker" in page}  # fmt: skip

    # access analyzer, config

    def accessanalyzer_list_analyzers(self, region: str, _given: Any) -> Any:
        if region != HOME:
            return {"analyzers": []}
        return {"analyzers": [
            {"arn": f"arn:aws:access-analyzer:{region}:{ID}:analyzer/{kind}", "name": kind, "type": kind,
             "status": "ACTIVE"} for kind in ("ACCOUNT", "ACCOUNT_UNUSED_ACCESS")]}  # fmt: skip

    def _finding(self, number: int, kind: str, resource: str, status: str = "ACTIVE") -> dict[str, Any]:
        return {"id": f"f{number}", "findingType": kind, "status": status, "resource": resource,
                "resourceType": "AWS::IAM::Role", "resourceOwnerAccount": ID, "createdAt": LONG_AGO,
                "analyzedAt": NOW, "updatedAt": NOW}  # fmt: skip

    def accessanalyzer_list_findings(self, _region: str, given: Any) -> Any:
        assert given["filter"] == {"status": {"eq": ["ACTIVE", "ARCHIVED"]}}
        one = self._finding(1, "ExternalAccess", f"{IAM}:role/mw-0000")
        del one["findingType"]
        one |= {"principal": {"AWS": "444455556666"}, "action": ["sts:AssumeRole"], "condition": {}, "isPublic": False}
        return _paged([one, {**one, "id": "f2", "status": "ARCHIVED"}], "findings", given, "nextToken", 1)

    def accessanalyzer_list_findings_v2(self, _region: str, given: Any) -> Any:
        found = [
            self._finding(3, "UnusedIAMRole", f"{IAM}:role/mw-0001"),
            self._finding(4, "UnusedPermission", f"{IAM}:role/mw-0000"),
            self._finding(5, "UnusedPermission", f"{IAM}:role/elsewhere"),
            self._finding(6, "UnusedIAMUserAccessKey", f"{IAM}:user/user0"),
        ]
        return _paged(found, "findings", given, "nextToken", 3)

    def accessanalyzer_get_finding_v2(self, _region: str, given: Any) -> Any:
        details: list[dict[str, Any]] = [
            {"unusedPermissionDetails": {"serviceNamespace": "s3", "actions": [{"action": "s3:PutObject"}]}},
            {"unusedPermissionDetails": {"serviceNamespace": "sqs", "lastAccessed": LONG_AGO}},
        ]
        if given["id"] == "f6":
            details = [{"unusedIamUserAccessKeyDetails": {"accessKeyId": "AKIAEXAMPLE1WXYZ"}}]
        return _paged(details, "findingDetails", given, "nextToken", 1)

    def config_describe_compliance_by_config_rule(self, region: str, given: Any) -> Any:
        rules = [{"ConfigRuleName": "keys", "Compliance": {"ComplianceType": "NON_COMPLIANT"}},
                 {"ConfigRuleName": "root", "Compliance": {"ComplianceType": "COMPLIANT"}}]  # fmt: skip
        return _paged(rules if region == HOME else [], "ComplianceByConfigRules", given, "NextToken", 1)

    def config_get_compliance_details_by_config_rule(self, _region: str, given: Any) -> Any:
        assert given["ComplianceTypes"] == ["NON_COMPLIANT"]
        about = {"ConfigRuleName": "keys", "ResourceType": "AWS::IAM::User", "ResourceId": "user0"}
        row = {"EvaluationResultIdentifier": {"EvaluationResultQualifier": about}, "ResultRecordedTime": NOW}
        return _paged([row], "EvaluationResults", given, "NextToken", 100)

    # secrets, keys

    def secretsmanager_list_secrets(self, region: str, given: Any) -> Any:
        found = [
            {"ARN": f"arn:aws:secretsmanager:{region}:{ID}:secret:{name}-AbCdEf", "Name": name,
             "LastChangedDate": LONG_AGO.astimezone(_LOCAL), "RotationEnabled": True,
             "RotationRules": {"AutomaticallyAfterDays": 30},
             **({"KmsKeyId": KEY if number % 2 else "alias/mw"} if number else {"PrimaryRegion": region})}
            for number, name in enumerate(self.secrets)
        ]  # fmt: skip
        return _paged(found if region == HOME else [], "SecretList", given, "NextToken", given["MaxResults"])

    def secretsmanager_get_resource_policy(self, _region: str, given: Any) -> Any:
        own = "secret0-" in given["SecretId"]
        return {"ARN": given["SecretId"], **({"ResourcePolicy": KEY_POLICY} if own else {})}

    def secretsmanager_describe_secret(self, _region: str, _given: Any) -> Any:
        return {"ReplicationStatus": [{"Region": SECOND, "Status": "InSync"}]}

    def kms_list_aliases(self, _region: str, _given: Any) -> Any:
        return {"Aliases": [{"AliasName": "alias/mw", "TargetKeyId": KEY.rpartition("/")[2]}]}

    def kms_describe_key(self, _region: str, _given: Any) -> Any:
        return {"KeyMetadata": {"Arn": KEY, "KeyId": KEY.rpartition("/")[2], "KeyManager": "CUSTOMER",
                                "Enabled": True, "KeyState": "Enabled"}}  # fmt: skip

    def kms_get_key_policy(self, _region: str, _given: Any) -> Any:
        return {"Policy": KEY_POLICY}

    def kms_list_grants(self, _region: str, given: Any) -> Any:
        held = [
            {"KeyId": KEY, "GrantId": "g1", "GranteePrincipal": f"{IAM}:role/mw-0000", "Operations": ["Decrypt"],
             "Constraints": {"EncryptionContextSubset": {"SecretARN": "x"}}, "IssuingAccount": ID,
             "CreationDate": LONG_AGO},
            {"KeyId": KEY, "GrantId": "g2", "GranteePrincipal": "rds.amazonaws.com", "Operations": ["Sign", "Decrypt"],
             "Constraints": {"EncryptionContextEquals": {"a": "b"}}},
        ]  # fmt: skip
        start = int(given.get("Marker", 0))
        more = start + 1 < len(held)
        return {
            "Grants": held[start : start + 1],
            "Truncated": more,
            **({"NextMarker": str(start + 1)} if more else {}),
        }

    # identity center

    def sso_admin_list_instances(self, _region: str, _given: Any) -> Any:
        return {"Instances": [{"InstanceArn": "arn:aws:sso:::instance/ssoins-1", "IdentityStoreId": "d-1"}]}

    def sso_admin_list_permission_sets_provisioned_to_account(self, _region: str, given: Any) -> Any:
        assert given["AccountId"] == ID
        return _paged(["ps-1", "ps-2"], "PermissionSets", given, "NextToken", 1)

    def sso_admin_list_account_assignments(self, _region: str, given: Any) -> Any:
        who = {"ps-1": [("USER", "u-1"), ("GROUP", "g-1")], "ps-2": [("USER", "u-1")]}[given["PermissionSetArn"]]
        rows = [{"PrincipalType": kind, "PrincipalId": one, "PermissionSetArn": given["PermissionSetArn"]}
                for kind, one in who]  # fmt: skip
        return _paged(rows, "AccountAssignments", given, "NextToken", 1)

    def sso_admin_describe_permission_set(self, _region: str, given: Any) -> Any:
        return {"PermissionSet": {"Name": given["PermissionSetArn"].upper(), "SessionDuration": "PT1H"}}

    def sso_admin_get_inline_policy_for_permission_set(self, _region: str, given: Any) -> Any:
        return {"InlinePolicy": KEY_POLICY.replace('"Principal": {"AWS": "*"}, ', "")
                if given["PermissionSetArn"] == "ps-1" else ""}  # fmt: skip

    def sso_admin_list_managed_policies_in_permission_set(self, _region: str, _given: Any) -> Any:
        return {
            "AttachedManagedPolicies": [{"Name": "ReadOnlyAccess", "Arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}]
        }

    def sso_admin_list_customer_managed_policy_references_in_permission_set(self, _region: str, _given: Any) -> Any:
        return {"CustomerManagedPolicyReferences": [{"Name": "own", "Path": "/team/"}]}

    def sso_admin_get_permissions_boundary_for_permission_set(self, _region: str, given: Any) -> Any:
        if given["PermissionSetArn"] == "ps-1":
            raise refused("ResourceNotFoundException")
        return {"PermissionsBoundary": {"CustomerManagedPolicyReference": {"Name": "bound", "Path": "/"}}}

    def identitystore_describe_user(self, _region: str, given: Any) -> Any:
        return {"UserId": given["UserId"], "UserName": f"{given['UserId']}@example.com", "DisplayName": "Somebody",
                "Emails": [{"Value": "a@example.com"}, {"Value": "b@example.com", "Primary": True}]}  # fmt: skip

    def identitystore_describe_group(self, _region: str, given: Any) -> Any:
        return {"GroupId": given["GroupId"], "DisplayName": "Operators"}

    def identitystore_list_users(self, region: str, given: Any) -> Any:
        users = [self.identitystore_describe_user(region, {"UserId": one}) for one in self.directory]
        return _paged(users, "Users", given, "NextToken", given["MaxResults"])

    def identitystore_list_groups(self, region: str, given: Any) -> Any:
        return _paged([self.identitystore_describe_group(region, {"GroupId": "g-1"})], "Groups", given, "NextToken", 1)

    def identitystore_list_group_memberships(self, _region: str, given: Any) -> Any:
        members = [{"MemberId": {"UserId": one}} for one in ("u-1", "u-2")]
        return _paged(members, "GroupMemberships", given, "NextToken", 1)


def _paged(items: Sequence[Any], key: str, given: dict[str, Any], token: str, size: int) -> dict[str, Any]:
    start = int(given.get(token, 0))
    more = {token: str(start + size)} if start + size < len(items) else {}
    return {key: list(items[start : start + size]), **more}


class _Client:
    def __init__(self, cloud: FakeCloud, service: str, region: str) -> None:
        self._cloud, self._service, self._region = cloud, service, region

    def __getattr__(self, method: str) -> Any:
        return lambda **given: self._cloud.answer(self._service, self._region, method, given)


_NOTHING: dict[str, Any] = {
    "list_access_keys": {"AccessKeyMetadata": []},
    "get_account_summary": {"SummaryMap": {"AccountMFAEnabled": 1, "AccountAccessKeysPresent": 0}},
    "get_account_password_policy": {"PasswordPolicy": {"MinimumPasswordLength": 14}},
    "list_open_id_connect_providers": {"OpenIDConnectProviderList": []},
    "get_public_access_block": {"PublicAccessBlockConfiguration": {"BlockPublicAcls": True}},
    "describe_trails": {"trailList": []},
    "describe_metric_filters": {"metricFilters": []},
    "describe_alarms": {"MetricAlarms": []},
    "list_alarm_mute_rules": {"AlarmMuteRuleSummaries": []},
    "list_rules": {"Rules": []},
    "describe_configuration_recorders": {"ConfigurationRecorders": []},
    "describe_delivery_channels": {"DeliveryChannels": []},
    "describe_config_rules": {"ConfigRules": []},
    "get_key_rotation_status": {"KeyRotationEnabled": True},
}
