"""The event names CloudTrail is known to write. After an update of botocore, run this file to write the
data anew.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from iam_guardrails.model.trail import names

# Recorded by CloudTrail without being an operation of a service model: console sign-in, console only,
# service events.
# Sources: AWS CloudTrail User Guide "AWS Management Console sign-in events"; IAM User Guide "cloudtrail-
# integration";
# AWS KMS Developer Guide "Logging AWS KMS API calls"; AWS Secrets Manager User Guide
# "cloudtrail_log_entries";
# Amazon S3 User Guide "CloudTrail events"; Service Authorization Reference "AWS IAM Identity Center
# directory".
EXTRA = frozenset({
    "CheckMfa", "ConsoleLogin", "ExitRole", "GetSigninToken", "PasswordRecoveryCompleted",
    "PasswordRecoveryRequested",
    "RenewRole", "SwitchRole", "AuthorizeOAuth2Access", "CreateOAuth2Token", "EmailUpdated",
    "PasswordUpdated",
    "UserAuthentication", "CredentialChallenge", "CredentialVerification", "Authenticate", "Federate",
    "Logout",
    "ListApplications", "ListProfilesForApplication", "RotateKey", "DeleteKey", "SynchronizeMultiRegionKey",
    "RotationStarted", "RotationSucceeded", "RotationFailed", "RotationAbandoned", "StartSecretVersionDelete",
    "EndSecretVersionDelete", "CancelSecretVersionDelete", "PutBucketPublicAccessBlock",
    "GetBucketPublicAccessBlock",
    "DeleteBucketPublicAccessBlock", "PutAccountPublicAccessBlock", "GetAccountPublicAccessBlock",
    "DeleteAccountPublicAccessBlock", "AddMemberToGroup", "RemoveMemberFromGroup", "DisableUser",
    "EnableUser",
    "UpdateUserName", "UpdateGroupDisplayName", "UpdatePassword", "VerifyEmail", "DeleteMfaDeviceForUser",
    "UpdateMfaDeviceForUser", "StartVirtualMfaDeviceRegistration", "CompleteVirtualMfaDeviceRegistration",
    "StartWebAuthnDeviceRegistration", "CompleteWebAuthnDeviceRegistration",
    "CreateExternalIdPConfigurationForDirectory", "UpdateExternalIdPConfigurationForDirectory",
    "EnableExternalIdPConfigurationForDirectory", "DisableExternalIdPConfigurationForDirectory",
    "DeleteExternalIdPConfigurationForDirectory",
})  # fmt: skip


def collect() -> list[str]:
    from botocore.loaders import Loader

    loader, found = Loader(), set(EXTRA)
    for service in loader.list_available_services("service-2"):
        found.update(loader.load_service_model(service, "service-2")["operations"])
    return sorted(found)


def test_the_data_file_is_what_the_service_models_say() -> None:
    assert Path(names.DATA).read_text(encoding="utf-8").split() == collect(), f"run: python {__file__}"


def test_the_short_list_is_part_of_the_long_one() -> None:
    assert names.every() >= names.USUAL


def test_the_short_list_is_enough_for_the_usual_names() -> None:
    code = (
        "from iam_guardrails.model.trail import names\n"
        "assert names.is_known('AssumeRole') and names.any_matches('AssumeRole*')\n"
        "assert names.did_you_mean('AsumeRole') == 'AssumeRole'\n"
        "assert names._text.cache_info().currsize == 0, 'the big file was read'\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("name", "known"),
    [("AssumeRole", True), ("DescribeInstances", True), ("UpdateFunctionCode20150331v2", True),
    ("ConsoleLogin", True),
     ("assumeRole", False), ("AssumeRol", False), ("StopInstances2", False)],
)  # fmt: skip
def test_known(name: str, known: bool) -> None:
    assert names.is_known(name) is known


@pytest.mark.parametrize(
    ("name", "meant"),
    [("AssumeRol", "AssumeRole"), ("AsumeRole", "AssumeRole"), ("AssmueRole", "AssumeRole"), ("assumerole",
    "AssumeRole"),
     ("StopLoging", "StopLogging"), ("StopInstnaces", "StopInstances"), ("FrobnicateTheQuux", "")],
)  # fmt: skip
def test_did_you_mean(name: str, meant: str) -> None:
    assert names.did_you_mean(name) == meant


@pytest.mark.parametrize(("text", "some"), [("PutBucket*", True), ("*Instances", True), ("Asume*", False)])
def test_wildcards(text: str, some: bool) -> None:
    assert names.any_matches(text) is some


if __name__ == "__main__":
    Path(names.DATA).write_text("\n".join(collect()) + "\n", encoding="utf-8")
