"""Collects the event names that CloudTrail can write, from botocore's service models, and writes the data file.

After an update of botocore: `python -m tests.model.event_names` (with the package importable).
"""

from __future__ import annotations

from pathlib import Path

import botocore.session

from iam_guardrails.model.trail import names

# Recorded by CloudTrail without being an operation of a service model: console sign-in, console only, service events.
# Sources: AWS CloudTrail User Guide "AWS Management Console sign-in events"; IAM User Guide "cloudtrail-integration";
# AWS KMS Developer Guide "Logging AWS KMS API calls"; AWS Secrets Manager User Guide "cloudtrail_log_entries";
# Amazon S3 User Guide "CloudTrail events".
EXTRA = """
CheckMfa ConsoleLogin ExitRole GetSigninToken PasswordRecoveryCompleted PasswordRecoveryRequested RenewRole SwitchRole
AuthorizeOAuth2Access CreateOAuth2Token EmailUpdated PasswordUpdated UserAuthentication CredentialChallenge
CredentialVerification Authenticate Federate Logout ListApplications ListProfilesForApplication
RotateKey DeleteKey SynchronizeMultiRegionKey
RotationStarted RotationSucceeded RotationFailed RotationAbandoned StartSecretVersionDelete EndSecretVersionDelete
CancelSecretVersionDelete
PutBucketPublicAccessBlock GetBucketPublicAccessBlock DeleteBucketPublicAccessBlock PutAccountPublicAccessBlock
GetAccountPublicAccessBlock DeleteAccountPublicAccessBlock
""".split()


def collect() -> list[str]:
    """Every operation of every service model, the extra names, sorted."""
    session = botocore.session.get_session()
    found = set(EXTRA)
    for service in session.get_available_services():
        found.update(session.get_service_model(service).operation_names)
    return sorted(found)


if __name__ == "__main__":
    Path(names.DATA).write_text("\n".join(collect()) + "\n", encoding="utf-8")
