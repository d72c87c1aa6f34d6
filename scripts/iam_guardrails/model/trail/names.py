"""Which event names CloudTrail writes, and what a misspelt one was meant to be.

event_names.txt holds every API operation of AWS's published service models and the sign-in events; a test
regenerates it. It is read only for a name outside `USUAL`, which covers the names guardrails ask for.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

DATA = Path(__file__).with_name("event_names.txt")
_USUAL = """
AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity AssumeRoot GetSessionToken GetFederationToken
GetSigninToken ConsoleLogin SwitchRole ExitRole RenewRole CheckMfa AuthorizeOAuth2Access CreateOAuth2Token
CreateTrail UpdateTrail DeleteTrail StartLogging StopLogging PutEventSelectors PutInsightSelectors
DeleteEventDataStore DeleteLogGroup DeleteLogStream DeleteMetricFilter PutMetricFilter PutRetentionPolicy
DeleteRetentionPolicy DeleteAlarms DisableAlarmActions SetAlarmState PutMetricAlarm PutCompositeAlarm
PutAlarmMuteRule DeleteAlarmMuteRule DeleteTopic SetTopicAttributes AddPermission RemovePermission Subscribe
Unsubscribe SetSubscriptionAttributes DisableRule DeleteRule RemoveTargets PutRule PutTargets
StopConfigurationRecorder DeleteConfigurationRecorder PutConfigurationRecorder DeleteDeliveryChannel
PutDeliveryChannel DeleteConfigRule PutConfigRule DisableKey ScheduleKeyDeletion PutKeyPolicy
DisableKeyRotation DeleteGroupPolicy DeleteRolePolicy DeleteUserPolicy PutGroupPolicy PutRolePolicy
PutUserPolicy CreatePolicy DeletePolicy CreatePolicyVersion DeletePolicyVersion SetDefaultPolicyVersion
AttachRolePolicy DetachRolePolicy AttachUserPolicy DetachUserPolicy AttachGroupPolicy DetachGroupPolicy
UpdateAssumeRolePolicy CreateRole UpdateRole DeleteRole PutRolePermissionsBoundary
DeleteRolePermissionsBoundary PutUserPermissionsBoundary DeleteUserPermissionsBoundary CreateUser DeleteUser
UpdateUser AddUserToGroup RemoveUserFromGroup CreateAccessKey UpdateAccessKey DeleteAccessKey
CreateLoginProfile UpdateLoginProfile DeleteLoginProfile CreateVirtualMFADevice EnableMFADevice
DeactivateMFADevice DeleteVirtualMFADevice ResyncMFADevice CreateSAMLProvider UpdateSAMLProvider
DeleteSAMLProvider CreateOpenIDConnectProvider DeleteOpenIDConnectProvider UpdateAccountPasswordPolicy
DeleteAccountPasswordPolicy GetSecretValue PutResourcePolicy DeleteResourcePolicy DeleteSecret
CompleteVirtualMfaDeviceRegistration CompleteWebAuthnDeviceRegistration DeleteMfaDeviceForUser
UpdateMfaDeviceForUser EnableUser DisableUser UpdatePassword AddMemberToGroup RemoveMemberFromGroup
CreateAccountAssignment DeleteAccountAssignment AttachManagedPolicyToPermissionSet
PutInlinePolicyToPermissionSet PutBucketAcl PutBucketPolicy PutBucketCors PutBucketLifecycle
PutBucketReplication DeleteBucketPolicy DeleteBucketCors DeleteBucketLifecycle DeleteBucketReplication
HeadBucket
"""
USUAL = frozenset(_USUAL.split())

# Lambda and CloudFront add the API version to the names they write: UpdateFunctionCode20150331v2.
_VERSION = re.compile(r"(?:\d{8}|\d{4}_\d{2}_\d{2})(?:v\d+)?$")


def is_known(name: str) -> bool:
    """Whether CloudTrail is known to write this event name (case counts)."""
    return name in USUAL or name in every() or _VERSION.sub("", name) in every()


def any_matches(pattern: str) -> bool:
    """Whether at least one known name fits a text in which `*` stands for anything."""
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
    return "\n" + DATA.read_text(encoding="utf-8")


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
