"""The false-alarm catalogue: everyday traffic that no alarm about security events may fire on.

Sources: AWS CloudTrail User Guide "AWS Management Console sign-in events" (a federated sign-in says MFAUsed "No" even
when the identity provider asked for MFA), "AWS service events captured by CloudTrail" (eventType AwsServiceEvent) and
"CloudTrail userIdentity element" (invokedBy). The last three records are those that the published CIS patterns
exclude, or mean to.
"""

from __future__ import annotations

from functools import lru_cache

from iam_guardrails.model.trail.assuming import assume, identity_center
from iam_guardrails.model.trail.record import Place, TrailEvent, call, console, console_login, numbered, session


@lru_cache(maxsize=8)
def ordinary(place: Place) -> tuple[TrailEvent, ...]:
    """Traffic of every day: workers, services, people who read, and AWS itself."""
    role_arn = f"arn:{place.partition}:iam::{place.account_id}:role/mw-worker"
    worker = session(role_arn, place, "i-0123456789abcdef0")
    aws = {"accountId": place.account_id, "invokedBy": "AWS Internal"}
    service = {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}
    center = identity_center(place, "ReadOnly", "reader@example.com")
    federated = {key: value for key, value in center.items() if key != "sessionContext"}
    root = {
        "type": "Root", "principalId": place.account_id, "accountId": place.account_id,
        "arn": f"arn:{place.partition}:iam::{place.account_id}:root", "invokedBy": "support.amazonaws.com",
    }  # fmt: skip
    portal = console("GetSigninToken", place.everywhere, federated, {"MobileVersion": "No", "MFAUsed": "No"})
    portal |= {"userAgent": "Jersey/${project.version}"}
    provider = f"arn:{place.partition}:iam::{place.account_id}:saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE"
    launched = assume(role_arn, place, service, session_name="i-0123456789abcdef0", incident="")
    launched |= {"sourceIPAddress": "ec2.amazonaws.com", "userAgent": "ec2.amazonaws.com"}
    refused = call("s3", "PutObject", place, {"type": "AWSService", "invokedBy": "delivery.logs.amazonaws.com"}, None)
    refused |= {"errorCode": "AccessDenied", "sourceIPAddress": "delivery.logs.amazonaws.com"}
    probe = call("s3", "HeadBucket", place, worker, {"bucketName": "prod-mw"}, read_only=True)
    made = (
        ("a worker's read", call("sqs", "ListQueues", place, worker, None, read_only=True)),
        ("a worker's write", call("ec2", "CreateTags", place, worker, {"resourcesSet": {"items": []}})),
        ("EC2 assuming the worker's role", launched),
        ("a federated console sign-in", console_login(place, federated, mfa="No", provider=provider)),
        ("a list of roles", call("iam", "ListRoles", place.everywhere, center, None, read_only=True)),
        ("a service event", {**call("kms", "RotateKey", place, aws, None), "eventType": "AwsServiceEvent"}),
        ("a sign-in token of the Identity Center portal", portal),
        ("a call that AWS support makes as root", call("trustedadvisor", "RefreshCheck", place, root, None)),
        ("a refused write of the log delivery service", refused),
        ("a HeadBucket that was refused", probe | {"errorCode": "AccessDenied"}),
    )
    return tuple(TrailEvent(what, record["awsRegion"], numbered(record, what, what)) for what, record in made)
