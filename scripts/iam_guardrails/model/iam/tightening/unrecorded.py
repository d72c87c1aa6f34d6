"""The actions whose use CloudTrail does not show: not recorded unless somebody asks for it, or never.

An action that is not used is only known to be unused where its use would have been seen. Sources: AWS CloudTrail User
Guide, "Logging data events" (data events are off unless selected) and "CloudTrail supported services"; AWS IAM User
Guide, access_policies_last-accessed ("iam:PassRole is not tracked"); Service Authorization Reference (actions marked
"permission only", which no API operation bears).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache

from iam_guardrails.model.iam.match import action_match, has_wildcard
from iam_guardrails.model.iam.tightening.calls import is_shown
from iam_guardrails.model.trail.names import every
from iam_guardrails.model.value import frozen

DATA = "a data event, which a trail records only where it is told to"
NEVER = "CloudTrail never records it"
PERMISSION = "a permission without a call of its own, checked beside other calls"
PASSES = "iam:PassRole"
PASS_ROLE = f"AWS records no use of {PASSES}, only calls that pass a role"
NO_CALL = "no API operation of that name is known, so its use may never be recorded"

_DATA_EVENTS: Mapping[str, str] = {
    "s3": "GetObject* PutObject* DeleteObject* AbortMultipartUpload ListMultipartUploadParts RestoreObject"
    " ListBucket ListBucketVersions ListBucketMultipartUploads",
    "s3express": "CreateSession", "s3-outposts": "GetObject* PutObject* DeleteObject*", "s3-object-lambda": "*Object*",
    "s3tables": "GetTableData PutTableData",
    "lambda": "InvokeFunction InvokeFunctionUrl InvokeAsync",
    "dynamodb": "GetItem PutItem UpdateItem DeleteItem BatchGetItem BatchWriteItem ConditionCheckItem Query Scan"
    " PartiQL* GetRecords GetShardIterator",
    "logs": "FilterLogEvents GetLogEvents GetLogFields GetLogGroupFields GetLogObject GetLogRecord GetQueryResults"
    " StartLiveTail",
    "sns": "Publish", "sqs": "SendMessage ReceiveMessage DeleteMessage ChangeMessageVisibility",
    "kinesis": "PutRecord PutRecords GetRecords GetShardIterator SubscribeToShard",
    "kinesisvideo": "GetMedia PutMedia GetDataEndpoint",
    "cognito-identity": "GetId GetCredentialsForIdentity GetOpenIdToken* UnlinkIdentity",
    "cloudwatch": "PutMetricData GetMetricData GetMetricStatistics GetMetricWidgetImage ListMetrics",
    "ssmmessages": "*", "ec2messages": "*", "xray": "Put* Get*", "states": "InvokeHTTPEndpoint SendTask*",
    "bedrock": "Invoke* Retrieve* ApplyGuardrail", "sagemaker": "InvokeEndpoint* PutRecord GetRecord",
    "ebs": "GetSnapshotBlock ListSnapshotBlocks ListChangedBlocks PutSnapshotBlock",
    "iot": "Connect Publish Subscribe Receive GetThingShadow UpdateThingShadow DeleteThingShadow RetainPublish",
    "rds-data": "*", "cassandra": "Select Modify", "cloudhsm": "*", "codewhisperer": "*", "q": "*",
    "firehose": "PutRecord PutRecordBatch", "events": "PutEvents", "appconfig": "GetLatestConfiguration"
    " StartConfigurationSession", "appsync": "GraphQL", "servicediscovery": "DiscoverInstances*",
    "verifiedpermissions": "IsAuthorized*", "timestream": "Select WriteRecords DescribeEndpoints",
    "swf": "Poll* Respond* Record* Count*", "aws-marketplace": "MeterUsage BatchMeterUsage ResolveCustomer",
    "geo": "*", "mediastore": "GetObject PutObject DeleteObject ListItems DescribeObject",
    "guardduty": "SendSecurityTelemetry",
    "managedblockchain": "GET POST Invoke", "sso": "ListAccountAssignmentsForPrincipal", "personalize":
    "GetRecommendations GetPersonalizedRanking PutEvents PutItems PutUsers", "translate": "TranslateText",
    "comprehend": "Detect* BatchDetect* Classify*", "textract": "Analyze* Detect*", "rekognition": "Detect* Compare*"
    " Recognize* SearchFaces*", "polly": "SynthesizeSpeech", "transcribe": "StartStreamTranscription*",
}  # fmt: skip
_NEVER: Mapping[str, str] = {
    "logs": "PutLogEvents Unmask",
    "execute-api": "*", "es": "ESHttp* ESCrossClusterGet", "aoss": "APIAccessAll DashboardsAccessAll",
    "elasticfilesystem": "Client*", "rds-db": "connect", "dsql": "DbConnect*", "neptune-db": "*", "kafka-cluster": "*",
    "dax": "*", "redshift-serverless": "GetCredentials", "elasticache": "Connect",
    "memorydb": "Connect",
    "vpc-lattice-svcs": "*", "ecs": "Poll StartTelemetrySession Submit* DiscoverPollEndpoint", "aps":
    "RemoteWrite Query* Get* List*", "route53": "TestDNSAnswer", "cloudshell": "PutCredentials",
    "ssm": "UpdateInstanceInformation PutConfigurePackageResult PutInventory PutComplianceItems"
    " ListInstanceAssociations UpdateInstanceAssociationStatus UpdateAssociationStatus GetManifest"
    " GetDeployablePatchSnapshotForInstance", "signin": "*", "quicksight": "Search*", "airflow": "PublishMetrics",
}  # fmt: skip
_PERMISSIONS: Mapping[str, str] = {
    "s3": "BypassGovernanceRetention InitiateReplication ObjectOwnerOverrideToBucketOwner Replicate*",
    "kms": "ReEncryptFrom ReEncryptTo", "lambda": "DisableReplication EnableReplication",
    "sts": "SetSourceIdentity TagSession SetContext GetServiceBearerToken",
    "dynamodb": "CreateTableReplica DeleteTableReplica RestoreTableFromAwsBackup StartAwsBackupJob",
    "logs": "CreateLogDelivery DeleteLogDelivery GetLogDelivery ListLogDeliveries UpdateLogDelivery Link"
    " PutResourcePolicy DescribeResourcePolicies",
    "cloudwatch": "Link", "apigateway": "SetWebACL AddCertificateToDomain RemoveCertificateFromDomain",
    "elasticloadbalancing": "SetWebAcl", "ecr": "ReplicateImage BatchImportUpstreamImage",
    "events": "InvokeApiDestination RetrieveConnectionCredentials", "states": "RevealSecrets",
    "rds": "CrossRegionCommunication", "glue": "PassConnection UseGlueStudio UseMLTransforms", "ec2":
    "PauseVolumeIO InjectApiError SendSpotInstanceInterruptions", "cloudfront": "AllowVendedLogDeliveryForResource",
}  # fmt: skip


@frozen
class Hidden:
    """An action, or a pattern of actions, whose use is not seen. data: whether a trail could be told to record it."""

    pattern: str
    reason: str
    data: bool = False

    @property
    def service(self) -> str:
        """The IAM prefix."""
        return self.pattern.partition(":")[0]


@cache
def table() -> tuple[Hidden, ...]:
    """Every pattern that is known, by service."""
    found = [Hidden(PASSES, PASS_ROLE)]
    for listed, reason, data in ((_DATA_EVENTS, DATA, True), (_NEVER, NEVER, False), (_PERMISSIONS, PERMISSION, False)):
        found += [Hidden(f"{service}:{name}", reason, data) for service, names in listed.items()
                  for name in names.split()]  # fmt: skip
    return tuple(sorted(found, key=lambda item: item.pattern.lower()))


@lru_cache(maxsize=4096)
def hidden_within(pattern: str, recorded: frozenset[str]) -> tuple[Hidden, ...]:
    """What an Action element covers, wholly or in part, and CloudTrail does not show.

    recorded: services whose data events the trail is known to record. Of an element without a wildcard, itself.
    """
    known = [item for item in table() if meets(pattern, item.pattern)]
    if not (known or has_wildcard(pattern) or _is_operation(pattern.partition(":")[2]) or is_shown(pattern)):
        return (Hidden(pattern, NO_CALL),)
    return tuple(item for item in known if not (item.data and item.service in recorded))


def _is_operation(name: str) -> bool:
    return name in every() or name.lower() in _operations()


@cache
def _operations() -> frozenset[str]:
    return frozenset(name.lower() for name in every())


def meets(one: str, other: str) -> bool:
    """Whether some action fits both patterns."""
    if not has_wildcard(other):
        return action_match(one, other)
    if not has_wildcard(one):
        return action_match(other, one)
    return _meet(one.lower(), other.lower())


@cache
def _meet(one: str, other: str) -> bool:
    if not one or not other:
        return not (one + other).strip("*")
    if one[0] == "*":
        return _meet(one[1:], other) or _meet(one, other[1:])
    if other[0] == "*":
        return _meet(one, other[1:]) or _meet(one[1:], other)
    return (one[0] == other[0] or "?" in (one[0], other[0])) and _meet(one[1:], other[1:])
