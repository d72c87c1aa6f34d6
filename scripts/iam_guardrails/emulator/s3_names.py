"""Which calls of S3 are management events, and what CloudTrail calls them.

Source: Amazon S3 User Guide, cloudtrail-logging-s3-info; HeadBucket, the lists of objects and whatever is done with
objects are data events.
"""

from __future__ import annotations

from collections.abc import Mapping

CREATE, LIST = "CreateBucket", "ListBuckets"
_WHOLE = {"PUT": CREATE, "DELETE": "DeleteBucket"}
_READ, _PUT, _DELETE = "Get", "Put", "Delete"
_BUCKET = {
    "acl": ("BucketAcl", _READ, _PUT), "analytics": ("BucketAnalyticsConfiguration", _READ, _PUT, _DELETE),
    "accelerate": ("AccelerateConfiguration", _READ, _PUT), "cors": ("BucketCors", _READ, _PUT, _DELETE),
    "encryption": ("BucketEncryption", _READ, _PUT, _DELETE),
    "intelligent-tiering": ("BucketIntelligentTieringConfiguration", _READ, _PUT, _DELETE),
    "inventory": ("BucketInventoryConfiguration", _READ, _PUT, _DELETE),
    "lifecycle": ("BucketLifecycle", _READ, _PUT, _DELETE), "location": ("BucketLocation", _READ),
    "logging": ("BucketLogging", _READ, _PUT), "metrics": ("BucketMetricsConfiguration", _READ, _PUT, _DELETE),
    "notification": ("BucketNotification", _READ, _PUT),
    "object-lock": ("BucketObjectLockConfiguration", _READ, _PUT),
    "ownershipControls": ("BucketOwnershipControls", _READ, _PUT, _DELETE),
    "policy": ("BucketPolicy", _READ, _PUT, _DELETE), "policyStatus": ("BucketPolicyStatus", _READ),
    "publicAccessBlock": ("BucketPublicAccessBlock", _READ, _PUT, _DELETE),
    "replication": ("BucketReplication", _READ, _PUT, _DELETE), "requestPayment": ("BucketRequestPayment", _READ, _PUT),
    "tagging": ("BucketTagging", _READ, _PUT, _DELETE), "versioning": ("BucketVersioning", _READ, _PUT),
    "website": ("BucketWebsite", _READ, _PUT, _DELETE),
}  # fmt: skip
"""Subresource -> what the event names end in, and what they begin with."""
_ACCOUNT = {f"{verb}PublicAccessBlock": f"{verb}AccountPublicAccessBlock" for verb in (_READ, _PUT, _DELETE)}


def account_event_name(action: str) -> str:
    """The name of the event of a call of the S3 Control API."""
    return _ACCOUNT.get(action, action)


def event_name(method: str, query: Mapping[str, str], bucket: str) -> str:
    """The name of the management event of a call; "" for a data event, or one that S3 does not record.

    method: of HTTP.  query: its parameters.  bucket: "" where the call names none.
    """
    if not bucket:
        return LIST if method == "GET" else ""
    for name in query:
        rest, *verbs = _BUCKET.get(name, ("",))
        for verb in verbs:
            if verb == method.title():
                return verb + rest
    named = any(name in _BUCKET for name in query)
    return "" if named or set(query) & {"uploads", "versions"} else _WHOLE.get(method, "")
