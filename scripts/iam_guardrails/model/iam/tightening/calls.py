"""Which IAM actions a recorded call needed: CloudTrail's event source and name, and IAM's names, differ in places.

A call that may be checked under several names gives all of them: what is kept for nothing does no harm, what is
missing does. Sources: Service Authorization Reference (actions and the operations they are for); AWS CloudTrail User
Guide, "CloudTrail supported services"; Amazon S3 User Guide, "Amazon S3 API operations and required permissions";
API Gateway Developer Guide, "Control access to an API with IAM permissions" (its actions are HTTP verbs).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from iam_guardrails.model.expression import Expression

# event source, without its end -> IAM prefixes
PREFIXES: Mapping[str, tuple[str, ...]] = {
    "monitoring": ("cloudwatch",), "email": ("ses",), "tagging": ("tag",), "memory-db": ("memorydb",),
    "autoscaling": ("autoscaling", "application-autoscaling"), "opensearch": ("es",), "iotdata": ("iot",),
    "models.lex": ("lex",), "runtime.lex": ("lex",), "runtime.sagemaker": ("sagemaker",), "dynamodbstreams":
    ("dynamodb",), "streams.dynamodb": ("dynamodb",), "application-insights": ("applicationinsights",),
    "bedrock-runtime": ("bedrock",), "bedrock-agent": ("bedrock",), "amazonmq": ("mq",), "emr-serverless":
    ("emr-serverless",), "datapipeline": ("datapipeline",), "ds": ("ds",), "cloudcontrolapi": ("cloudformation",),
}  # fmt: skip
# no IAM action stands behind these: signing in to the console, switching roles there, billing pages of old
NO_ACTION = frozenset({"signin", "console"})
_VERSION = Expression(r"(?:\d{8}|\d{4}_\d{2}_\d{2})(?:v\d+)?$")

_S3 = """
ListBuckets=ListAllMyBuckets ListDirectoryBuckets=ListAllMyBuckets HeadBucket=ListBucket ListObjects=ListBucket
ListObjectsV2=ListBucket ListObjectVersions=ListBucketVersions ListMultipartUploads=ListBucketMultipartUploads
ListParts=ListMultipartUploadParts HeadObject=GetObject,GetObjectVersion,ListBucket
GetObject=GetObject,GetObjectVersion,ListBucket
GetObjectAttributes=GetObject,GetObjectAttributes,GetObjectVersion,GetObjectVersionAttributes
GetObjectAcl=GetObjectAcl,GetObjectVersionAcl GetObjectTagging=GetObjectTagging,GetObjectVersionTagging
GetObjectTorrent=GetObjectTorrent,GetObjectVersionTorrent SelectObjectContent=GetObject
PutObject=PutObject,PutObjectAcl,PutObjectTagging,PutObjectRetention,PutObjectLegalHold POST.Object=PutObject
PutObjectAcl=PutObjectAcl,PutObjectVersionAcl PutObjectTagging=PutObjectTagging,PutObjectVersionTagging
CopyObject=GetObject,GetObjectVersion,GetObjectTagging,GetObjectVersionTagging,PutObject,PutObjectAcl,PutObjectTagging
CreateMultipartUpload=PutObject,PutObjectAcl,PutObjectTagging UploadPart=PutObject
UploadPartCopy=GetObject,GetObjectVersion,PutObject CompleteMultipartUpload=PutObject
AbortMultipartUpload=AbortMultipartUpload DeleteObject=DeleteObject,DeleteObjectVersion
DeleteObjects=DeleteObject,DeleteObjectVersion DeleteObjectTagging=DeleteObjectTagging,DeleteObjectVersionTagging
GetBucketLifecycle=GetLifecycleConfiguration GetBucketLifecycleConfiguration=GetLifecycleConfiguration
PutBucketLifecycle=PutLifecycleConfiguration PutBucketLifecycleConfiguration=PutLifecycleConfiguration
DeleteBucketLifecycle=PutLifecycleConfiguration GetBucketReplication=GetReplicationConfiguration
PutBucketReplication=PutReplicationConfiguration DeleteBucketReplication=PutReplicationConfiguration
GetBucketEncryption=GetEncryptionConfiguration PutBucketEncryption=PutEncryptionConfiguration
DeleteBucketEncryption=PutEncryptionConfiguration GetBucketCors=GetBucketCORS PutBucketCors=PutBucketCORS
DeleteBucketCors=PutBucketCORS GetBucketNotificationConfiguration=GetBucketNotification
PutBucketNotificationConfiguration=PutBucketNotification
GetBucketAccelerateConfiguration=GetAccelerateConfiguration GetAccelerateConfiguration=GetAccelerateConfiguration
PutBucketAccelerateConfiguration=PutAccelerateConfiguration GetBucketAnalyticsConfiguration=GetAnalyticsConfiguration
PutBucketAnalyticsConfiguration=PutAnalyticsConfiguration DeleteBucketAnalyticsConfiguration=PutAnalyticsConfiguration
ListBucketAnalyticsConfigurations=GetAnalyticsConfiguration GetBucketInventoryConfiguration=GetInventoryConfiguration
PutBucketInventoryConfiguration=PutInventoryConfiguration DeleteBucketInventoryConfiguration=PutInventoryConfiguration
ListBucketInventoryConfigurations=GetInventoryConfiguration GetBucketMetricsConfiguration=GetMetricsConfiguration
PutBucketMetricsConfiguration=PutMetricsConfiguration DeleteBucketMetricsConfiguration=PutMetricsConfiguration
ListBucketMetricsConfigurations=GetMetricsConfiguration
GetBucketIntelligentTieringConfiguration=GetIntelligentTieringConfiguration
PutBucketIntelligentTieringConfiguration=PutIntelligentTieringConfiguration
DeleteBucketIntelligentTieringConfiguration=PutIntelligentTieringConfiguration
ListBucketIntelligentTieringConfigurations=GetIntelligentTieringConfiguration
GetPublicAccessBlock=GetBucketPublicAccessBlock,GetAccountPublicAccessBlock
PutPublicAccessBlock=PutBucketPublicAccessBlock,PutAccountPublicAccessBlock
DeletePublicAccessBlock=PutBucketPublicAccessBlock,PutAccountPublicAccessBlock
GetBucketPublicAccessBlock=GetBucketPublicAccessBlock DeleteBucketPublicAccessBlock=PutBucketPublicAccessBlock
DeleteAccountPublicAccessBlock=PutAccountPublicAccessBlock DeleteBucketTagging=PutBucketTagging
GetObjectLockConfiguration=GetBucketObjectLockConfiguration PutObjectLockConfiguration=PutBucketObjectLockConfiguration
DeleteBucketOwnershipControls=PutBucketOwnershipControls GetBucketPolicyStatus=GetBucketPolicyStatus
"""
_OTHERS: Mapping[str, str] = {
    "lambda": "Invoke=InvokeFunction InvokeAsync=InvokeFunction InvokeExecution=InvokeFunction"
    " InvokeWithResponseStream=InvokeFunction InvokeFunctionUrl=InvokeFunctionUrl,InvokeFunction"
    " GetLayerVersionByArn=GetLayerVersion PutFunctionCodeSigningConfig=PutFunctionCodeSigningConfig",
    "bedrock": "Converse=InvokeModel ConverseStream=InvokeModelWithResponseStream",
    "kms": "ReEncrypt=ReEncryptFrom,ReEncryptTo",
    "dynamodb": "TransactGetItems=GetItem TransactWriteItems=PutItem,UpdateItem,DeleteItem,ConditionCheckItem"
    " ExecuteStatement=PartiQLSelect,PartiQLInsert,PartiQLUpdate,PartiQLDelete"
    " ExecuteTransaction=PartiQLSelect,PartiQLInsert,PartiQLUpdate,PartiQLDelete"
    " BatchExecuteStatement=PartiQLSelect,PartiQLInsert,PartiQLUpdate,PartiQLDelete"
    " DescribeContinuousBackups=DescribeContinuousBackups",
    "secretsmanager": "BatchGetSecretValue=BatchGetSecretValue,GetSecretValue,ListSecrets",
    "ssm": "GetParameters=GetParameters,GetParameter",
    "cloudfront": "CreateDistributionWithTags=CreateDistribution,TagResource"
    " CopyDistribution=CopyDistribution,CreateDistribution,GetDistribution",
    "iam": "GenerateServiceLastAccessedDetails=GenerateServiceLastAccessedDetails",
    "sns": "PublishBatch=Publish",
    "sqs": "SendMessageBatch=SendMessage DeleteMessageBatch=DeleteMessage"
    " ChangeMessageVisibilityBatch=ChangeMessageVisibility",
    "sts": "AssumeRole=AssumeRole,SetSourceIdentity,TagSession",
    "ecs": "StartTelemetrySession=StartTelemetrySession",
    "ec2": "RunInstances=RunInstances,CreateTags CreateFleet=CreateFleet,RunInstances,CreateTags"
    " RequestSpotFleet=RequestSpotFleet,RunInstances,CreateTags",
    "cloudwatch": "PutMetricData=PutMetricData",
}  # fmt: skip
_BUDGETS = {"Describe": "ViewBudget", "Create": "ModifyBudget", "Update": "ModifyBudget", "Delete": "ModifyBudget"}
_GATEWAY = {
    "Get": ("GET",), "Test": ("POST",), "Create": ("POST",), "Import": ("POST", "PUT"), "Put": ("PUT",),
    "Update": ("PATCH", "PUT"), "Delete": ("DELETE",), "Flush": ("DELETE",), "Tag": ("PUT", "POST"),
    "Untag": ("DELETE",), "Generate": ("POST",), "Export": ("GET",), "Reimport": ("PUT",), "Reset": ("DELETE",),
}  # fmt: skip


def _table(service: str, text: str) -> dict[str, tuple[str, ...]]:
    pairs = (item.partition("=") for item in text.split())
    return {f"{service}:{name}": tuple(f"{service}:{one}" for one in told.split(",")) for name, _, told in pairs}


_NAMED = _table("s3", _S3)
for _service, _text in _OTHERS.items():
    _NAMED |= _table(_service, _text)


def is_shown(action: str) -> bool:
    """Whether a recorded call of another name shows a use of the action (case does not count)."""
    return action.lower() in _shown()


@cache
def _shown() -> frozenset[str]:
    named = [action for actions in _NAMED.values() for action in actions]
    named += [f"apigateway:{verb}" for verbs in _GATEWAY.values() for verb in verbs]
    return frozenset(action.lower() for action in (*named, *(f"budgets:{told}" for told in _BUDGETS.values())))


def actions_of(source: str, name: str) -> tuple[str, ...]:
    """The IAM actions that the call of this event may have needed; () where none stands behind it.

    source: e.g. "monitoring.amazonaws.com".  name: e.g. "UpdateFunctionCode20150331v2".
    """
    vendor = source.removesuffix(".cn").removesuffix(".amazonaws.com").removesuffix(".aws.internal")
    if vendor in NO_ACTION or not vendor or not name:
        return ()
    found: list[str] = []
    for prefix in PREFIXES.get(vendor, (vendor,)):
        plain = _VERSION.sub("", name) if prefix in ("lambda", "cloudfront") else name
        found += _by_prefix(prefix, plain)
    return tuple(dict.fromkeys(found))


def _by_prefix(prefix: str, name: str) -> tuple[str, ...]:
    if prefix == "budgets":
        own = tuple(f"budgets:{told}" for start, told in _BUDGETS.items() if name.startswith(start))
        return (*own, f"budgets:{name}")
    if prefix == "apigateway":
        for start, verbs in _GATEWAY.items():
            if name.startswith(start):
                return tuple(f"apigateway:{verb}" for verb in verbs)
        return tuple(f"apigateway:{verb}" for verb in ("GET", "POST", "PUT", "PATCH", "DELETE"))
    return _NAMED.get(f"{prefix}:{name}", (f"{prefix}:{name}",))
