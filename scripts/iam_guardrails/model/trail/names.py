"""Which event names CloudTrail writes, and what a misspelt one was meant to be.

event_names.txt holds every API operation of AWS's published service models and the sign-in events; a test
regenerates it. It is read only for a name outside `USUAL`, which covers the names guardrails ask for.
"""

from __future__ import annotations

import re
from functools import lru_cache

from iam_guardrails.model.expression import Expression

DATA = __file__.removesuffix("names.py") + "event_names.txt"
_USUAL = """
AcceptDelegationRequest AcceptHandshake AcquireRole AddClientIDToOpenIDConnectProvider AddMemberToGroup
AddPermission AddRoleToInstanceProfile AddUserToGroup ApplyArchiveRule AssociateDelegationRequest
AssociateKmsKey AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity AssumeRoot
AttachCustomerManagedPolicyReferenceToPermissionSet AttachGroupPolicy AttachManagedPolicyToPermissionSet
AttachPolicy AttachRolePolicy AttachUserPolicy AuthorizeOAuth2Access BatchGetSecretValue CancelRotateSecret
CheckMfa CloseAccount CompleteVirtualMfaDeviceRegistration CompleteWebAuthnDeviceRegistration
ConfirmSubscription ConsoleLogin CreateAccessKey CreateAccount CreateAccountAssignment CreateArchiveRule
CreateBearerToken CreateDelegationRequest CreateGroupMembership
CreateInstanceAccessControlAttributeConfiguration CreateLoginProfile CreateOAuth2Token
CreateOpenIDConnectProvider CreateOrganizationalUnit CreatePermissionSet CreatePolicy CreatePolicyVersion
CreateProfile CreateRole CreateSAMLProvider CreateServiceSpecificCredential CreateTrail CreateTrustAnchor
CreateTrustedTokenIssuer CreateUser CreateVirtualMFADevice DeactivateMFADevice DeclineHandshake
DeleteAccessKey DeleteAccountAssignment DeleteAccountPasswordPolicy DeleteAccountPolicy
DeleteAccountPublicAccessBlock DeleteAggregationAuthorization DeleteAlarmMuteRule DeleteAlarms DeleteAlias
DeleteAnalyzer DeleteBucketCors DeleteBucketLifecycle DeleteBucketPolicy DeleteBucketReplication
DeleteConfigRule DeleteConfigurationRecorder DeleteConformancePack DeleteCrl DeleteCustomKeyStore
DeleteDataProtectionPolicy DeleteDeliveryChannel DeleteEvaluationResults DeleteEventBus DeleteEventDataStore
DeleteGroupMembership DeleteGroupPolicy DeleteImportedKeyMaterial DeleteInlinePolicyFromPermissionSet
DeleteInstance DeleteInstanceAccessControlAttributeConfiguration DeleteLogGroup DeleteLogStream
DeleteLoginProfile DeleteMetricFilter DeleteMfaDeviceForUser DeleteOpenIDConnectProvider DeleteOrganization
DeleteOrganizationConfigRule DeleteOrganizationalUnit DeletePermissionSet
DeletePermissionsBoundaryFromPermissionSet DeletePolicy DeletePolicyVersion DeleteRemediationConfiguration
DeleteResourcePolicy DeleteRetentionConfiguration DeleteRetentionPolicy DeleteRole
DeleteRolePermissionsBoundary DeleteRolePolicy DeleteRule DeleteSAMLProvider DeleteSecret
DeleteServiceLinkedConfigurationRecorder DeleteSubscriptionFilter DeleteTopic DeleteTrail DeleteTransformer
DeleteUser DeleteUserPermissionsBoundary DeleteUserPolicy DeleteVirtualMFADevice
DeregisterDelegatedAdministrator DeregisterOrganizationDelegatedAdmin
DetachCustomerManagedPolicyReferenceFromPermissionSet DetachGroupPolicy DetachManagedPolicyFromPermissionSet
DetachPolicy DetachRolePolicy DetachUserPolicy DisableAWSServiceAccess DisableAlarmActions DisableCrl
DisableKey DisableKeyRotation DisablePolicyType DisableRule DisableUser DisassociateKmsKey
DisassociateResourceTypes DisconnectCustomKeyStore EnableMFADevice
EnableOrganizationsRootCredentialsManagement EnableOrganizationsRootSessions
EnableOutboundWebIdentityFederation EnablePolicyType EnableProfile EnableTrustAnchor EnableUser ExitRole
GetFederationToken GetSecretValue GetSessionToken GetSigninToken HeadBucket InviteAccountToOrganization
LeaveOrganization MoveAccount ProvisionPermissionSet PutAccountPolicy PutAccountPublicAccessBlock
PutAlarmMuteRule PutBucketAcl PutBucketCors PutBucketLifecycle PutBucketPolicy PutBucketReplication
PutCompositeAlarm PutConfigRule PutConfigurationRecorder PutConformancePack PutDataProtectionPolicy
PutDeliveryChannel PutEventConfiguration PutEventSelectors PutGroupPolicy PutInlinePolicyToPermissionSet
PutInsightSelectors PutKeyPolicy PutLogGroupDeletionProtection PutMetricAlarm PutMetricFilter
PutObjectLockConfiguration PutPermissionsBoundaryToPermissionSet PutResourcePolicy PutRetentionConfiguration
PutRetentionPolicy PutRolePermissionsBoundary PutRolePolicy PutRule PutSubscriptionFilter PutTargets
PutTransformer PutUserPermissionsBoundary PutUserPolicy RemoveAccountFromOrganization
RemoveClientIDFromOpenIDConnectProvider RemoveMemberFromGroup RemovePermission RemoveRegionsFromReplication
RemoveRoleFromInstanceProfile RemoveTargets RemoveUserFromGroup RenewRole ReplicateSecretToRegions
ResetServiceSpecificCredential ResyncMFADevice ScheduleKeyDeletion SendDelegationToken SetAlarmState
SetDefaultPolicyVersion SetSMSAttributes SetSecurityTokenServicePreferences SetSubscriptionAttributes
SetTopicAttributes StartLogging StopConfigurationRecorder StopEventDataStoreIngestion StopLogging
StopReplicationToReplica Subscribe SwitchRole Unsubscribe UpdateAccessKey UpdateAccountPasswordPolicy
UpdateAlias UpdateAnalyzer UpdateArchiveRule UpdateAssumeRolePolicy UpdateDelegationRequest
UpdateEventDataStore UpdateFindings UpdateInstanceAccessControlAttributeConfiguration UpdateLoginProfile
UpdateMfaDeviceForUser UpdateOpenIDConnectProviderThumbprint UpdateOrganizationalUnit UpdatePassword
UpdatePermissionSet UpdatePolicy UpdatePrimaryRegion UpdateProfile UpdateRole UpdateRoleDescription
UpdateSAMLProvider UpdateSSHPublicKey UpdateSecret UpdateServiceSpecificCredential UpdateSigningCertificate
UpdateTrail UpdateTrustAnchor UpdateUser UploadSSHPublicKey UploadSigningCertificate
"""
USUAL = frozenset(_USUAL.split())
_BEGINNINGS = frozenset(
    {"", "Get", "List", "Describe", "Generate", "Simulate", "Head", "Lookup"}
)  # of names in every()

# Lambda and CloudFront add the API version to the names they write: UpdateFunctionCode20150331v2.
_VERSION = Expression(r"(?:\d{8}|\d{4}_\d{2}_\d{2})(?:v\d+)?$")


def is_known(name: str) -> bool:
    """Whether CloudTrail is known to write this event name (case counts)."""
    return name in USUAL or name in every() or _VERSION.sub("", name) in every()


def any_matches(pattern: str) -> bool:
    """Whether at least one known name fits a text in which `*` stands for anything."""
    start, _, rest = pattern.partition("*")
    if not rest and (start in _BEGINNINGS or any(name.startswith(start) for name in USUAL)):
        return True
    glob = "[^\n]*".join(re.escape(part) for part in pattern.split("*"))
    if any(map(re.compile(glob).fullmatch, USUAL)):
        return True
    return re.search(f"\n{glob}\n", _text()) is not None


def did_you_mean(name: str, among: frozenset[str] | None = None) -> str:
    """The known name nearest to `name`, at most two slips away (one for short names); empty when none is
    near.

    Names that guardrails usually ask for come first. `among` limits the search.
    """
    if among is not None:
        return _nearest(name, among)
    return _nearest(name, USUAL) or _nearest(name, every())


@lru_cache(maxsize=1)
def every() -> frozenset[str]:
    """All known names; reads the data file the first time."""
    return frozenset(_text().split())


@lru_cache(maxsize=1)
def _text() -> str:
    with open(DATA, encoding="utf-8") as file:  # noqa: PTH123 - pathlib costs milliseconds that the rules do not have
        return "\n" + file.read()


def _nearest(name: str, pool: frozenset[str]) -> str:
    reach, letters = (1 if len(name) < 6 else 2), set(name)
    near = [
        (_slips(name, known, reach), known)
        for known in pool
        if abs(len(known) - len(name)) <= reach and len(letters.symmetric_difference(known)) <= 2 * reach
    ]
    if best := min((pair for pair in near if pair[0] <= reach), default=None):
        return best[1]
    return min((known for known in pool if known.lower() == name.lower()), default="")


def _slips(one: str, other: str, limit: int) -> int:
    """Letters to insert, delete, change or swap to make `other` of `one`; more than `limit` is only "too
    many".
    """
    before, row = [0] * (len(other) + 1), list(range(len(other) + 1))
    for i, left in enumerate(one, 1):
        above, row, before2 = row, [i], before
        for j, right in enumerate(other, 1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (left != right))
            if i > 1 and j > 1 and left == other[j - 2] and one[i - 2] == right:
                cost = min(cost, before2[j - 2] + 1)
            row.append(cost)
        before = above
        if min(row) > limit:
            return limit + 1
    return row[-1]
