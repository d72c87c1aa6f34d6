"""How services word that the caller may not."""

from __future__ import annotations

import pytest

from iam_guardrails.model.trail.questions.uses import refused


@pytest.mark.parametrize(
    "error",
    [
        "AccessDenied", "AccessDeniedException", "Client.UnauthorizedOperation", "UnauthorizedException",
        "NotAuthorized", "AuthorizationErrorException", "ForbiddenException", "AuthFailure", "KMSAccessDeniedException",
        "AuthorizationException",  # license-manager
        "OperationNotPermittedFault",  # swf
        "InsufficientPermissionsException",  # ds, config
        "InsufficientIAMAccessPermissionException", "InsufficientDependencyServiceAccessPermissionException",
        "ChannelInsufficientPermission",  # cloudtrail-data
        "InsufficientPrivilegesException",  # elasticbeanstalk
        "AccessToClusterDenied", "AccessToSnapshotDenied",  # redshift
        "SNSNoAuthorization", "SNSNoAuthorizationFault",  # rds, dms
        "InvalidAccessException",  # securityhub
        "LogDestinationPermissionException", "WAFLogDestinationPermissionIssueException",  # network-firewall, wafv2
        "BucketPermissionException",  # importexport
        "Ec2RequestFailedException",  # snowball
    ],
)  # fmt: skip
def test_a_refusal(error: str) -> None:
    assert refused(error)


@pytest.mark.parametrize(
    "error",
    [
        "", "Failure", "NoSuchEntity", "ThrottlingException", "ValidationException", "OperationNotPermitted",
        "PermissionLimitExceededException", "VPCAssociationAuthorizationNotFound", "AuthorizationNotFound",
        "SubscriptionRequiredException", "InsufficientDBClusterCapacityFault", "InvalidPermissionType", "LimitExceeded",
    ],
)  # fmt: skip
def test_another_failure(error: str) -> None:
    assert not refused(error)
