"""ECS services, instances and S3 buckets: rollbacks, safe mode, what is open to the world.

A deployment that was rolled back stays so until the next one, where that was the purpose of the use, and so does an
instance that was stopped for safe mode; what else safe mode turns down is something temporary whatever the purpose.
Sources: Amazon ECS API Reference, DescribeServices; Amazon EC2 API Reference, DescribeInstances; Amazon S3 API
Reference, GetBucketPolicy and GetPublicAccessBlock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from iam_guardrails.model.account import BUCKET
from iam_guardrails.model.incident.effects.harm import MAKES_PUBLIC, Harm, fewer_now, of_document, works_again
from iam_guardrails.model.incident.effects.kind import ADDS, REMOVES, SETS, Answer, Call, Kind, Names, State
from iam_guardrails.model.incident.effects.reading import (
    always,
    at,
    of,
    policy_before,
    settings,
    written_document,
)
from iam_guardrails.model.incident.effects.releases import RELEASE, release_before
from iam_guardrails.model.incident.effects.state import GONE, Whole, document, only
from iam_guardrails.model.incident.effects.write import Write, listed
from iam_guardrails.model.incident.step import FIX_IAM, ROLLBACK, SAFE_MODE
from iam_guardrails.model.unknown import Unknown


def _service(item: Mapping[str, Any]) -> State:
    """What is set of a service; a task definition may be named by its ARN or shorter."""
    found = {key: value for key, value in item.items() if key not in _NOT_OF_IT and value is not None}
    if "taskDefinition" in found:
        found["taskDefinition"] = str(found["taskDefinition"]).rpartition("/")[2]
    return found


_NO_SETTING = frozenset({"cluster", "service", "forceNewDeployment"})
_NOT_OF_IT = _NO_SETTING | {"events", "deployments", "taskSets", "runningCount", "pendingCount",
                            "currentServiceRevisions", "currentServiceDeployment"}  # fmt: skip
"""What a request names that is no setting, and what an answer tells of how the service runs."""


def _services(write: Write) -> Sequence[Names] | Unknown:
    """The service that a call sets; none where it only starts its tasks anew, as after a rotation, and sets nothing."""
    if not write.text("service"):
        return Unknown("the record does not tell service")
    if write.given <= _NO_SETTING:
        return ()
    return [{"Cluster": write.text("cluster|=default"), "Service": write.text("service")}]


def _service_now(names: Names, answers: Sequence[Answer]) -> State:
    found = answers[-1]
    if found is None or isinstance(found, Unknown):
        return found
    return next((_service(item) for item in found.get("services", ())), None)


SERVICE = Kind(
    "ecs-service", "the service {Service} of the cluster {Cluster} runs what it runs now",
    ("ecs", "DescribeServices", {"cluster": "{Cluster}", "services": ["{Service}"]}), _service_now,
    ("ClusterNotFoundException",), terraform=(("aws_ecs_service", {"name": "Service", "cluster": "Cluster"}),),
    earlier="its earlier deployments or Terraform may tell", put_back=release_before,
    by_hand="ECS tells at most the task definition that {Service} ran before {since}, which is not all that was set or"
    " is not sure: let the pipeline deploy the release that is to run, and Terraform apply the service's settings",
)  # fmt: skip
_STATES = {"pending": "running", "running": "running", "stopping": "stopped", "stopped": "stopped",
           "shutting-down": GONE, "terminated": GONE}  # fmt: skip


def _instance_now(names: Names, answers: Sequence[Answer]) -> State:
    found = answers[-1]
    if found is None or isinstance(found, Unknown):
        return GONE if found is None else found
    told = [item for group in found.get("Reservations", ()) for item in group.get("Instances", ())]
    return _STATES.get(told[0].get("State", {}).get("Name", "")) if told else GONE


INSTANCE = Kind(
    "instance-state", "the instance {InstanceId} runs, or not, as it does now",
    ("ec2", "DescribeInstances", {"InstanceIds": ["{InstanceId}"]}), _instance_now, ("InvalidInstanceID.NotFound",),
    opposite={"stopped": "running"},
    back={"running": "aws ec2 start-instances --instance-ids {InstanceId}",
          "stopped": "aws ec2 stop-instances --instance-ids {InstanceId}"},
    over="the instance {InstanceId} is terminated, and what it held is gone: see who terminated it, and that another"
    " runs where one is needed",
)  # fmt: skip


def _instances(write: Write) -> Sequence[Names] | Unknown:
    made = [{"InstanceId": str(item.get("instanceId", ""))} for item in listed(write.value("instancesSet"))]
    return made if made and all(one["InstanceId"] for one in made) else Unknown("the record names no instance")


def _ran_before(write: Write, names: Names) -> State:
    """Whether the instance ran, as the answer tells."""
    for item in listed(write.value("response:instancesSet")):
        if item.get("instanceId") == names["InstanceId"]:
            state = _STATES.get((item.get("previousState") or {}).get("name", ""))
            return state or Unknown("CloudTrail does not record how the instance was")
    return Unknown("CloudTrail does not record how the instance was")


_BUCKET = {"Bucket": "bucketName"}
_NO_BUCKET = ("NoSuchBucket", "NoSuchBucketPolicy")
BUCKET_POLICY = Kind(
    "bucket-policy", "the bucket {Bucket} has a bucket policy", ("s3", "GetBucketPolicy", {"Bucket": "{Bucket}"}),
    at("Policy", as_document=True), _NO_BUCKET,
    before=policy_before(BUCKET, "Bucket",
                         of("buckets", "name", "Bucket", lambda thing, names: document(thing.policy), whole=False)),
    whole=True, away="aws s3api delete-bucket-policy --bucket {Bucket}",
    back="aws s3api put-bucket-policy --bucket {Bucket} --policy {value}",
    terraform=(("aws_s3_bucket_policy", {"bucket": "Bucket"}),), part=("buckets", "Bucket", "policy"),
    harm=of_document(),
)  # fmt: skip
_BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def _blocks_written(write: Write, names: Names) -> State:
    """All four are set by a call; one that it does not name is off."""
    told = write.value("PublicAccessBlockConfiguration|publicAccessBlockConfiguration")
    if not isinstance(told, Mapping):
        return Unknown("CloudTrail does not record the settings")
    found = {key[:1].upper() + key[1:]: value in (True, "true") for key, value in told.items()}
    return dict.fromkeys(_BLOCKS, False) | only(found, _BLOCKS)


def _block_harm(names: Names, now: State, target: State, *_: Any) -> Harm | None:
    """Where it blocks more than it did; with all four, nothing is public."""
    if isinstance(now, Mapping) and all(now.get(name) is True for name in _BLOCKS):
        return works_again("it blocks all public access", MAKES_PUBLIC)
    if isinstance(target, Unknown) or not fewer_now(now, target):
        return None
    return Harm(MAKES_PUBLIC, (FIX_IAM,), mixed=fewer_now(target, now))


PUBLIC_BLOCK = Kind(
    "public-access-block", "the bucket {Bucket} blocks public access as it does now",
    ("s3", "GetPublicAccessBlock", {"Bucket": "{Bucket}"}), settings("PublicAccessBlockConfiguration", _BLOCKS),
    ("NoSuchBucket", "NoSuchPublicAccessBlockConfiguration"),
    before=of("public_access_blocks", "bucket_name", "Bucket", lambda thing, names: Whole({
        "BlockPublicAcls": thing.block_public_acls, "IgnorePublicAcls": thing.ignore_public_acls,
        "BlockPublicPolicy": thing.block_public_policy, "RestrictPublicBuckets": thing.restrict_public_buckets}),
        whole=False), whole=True,
    back="aws s3api put-public-access-block --bucket {Bucket} --public-access-block-configuration BlockPublicAcls="
    "{value_BlockPublicAcls},IgnorePublicAcls={value_IgnorePublicAcls},BlockPublicPolicy={value_BlockPublicPolicy},"
    "RestrictPublicBuckets={value_RestrictPublicBuckets}",
    terraform=(("aws_s3_bucket_public_access_block", {"bucket": "Bucket"}),), harm=_block_harm,
    part=("public_access_blocks", "Bucket", ""),
)  # fmt: skip


CALLS: tuple[Call, ...] = (
    Call("ecs:UpdateService", SERVICE, SETS, each=_services,
         written=lambda write, names: _service(write.request), meant_for=ROLLBACK, meaning=RELEASE),
    Call("ec2:StartInstances", INSTANCE, SETS, each=_instances, written=always("running"), found=_ran_before),
    Call("ec2:StopInstances", INSTANCE, SETS, each=_instances, written=always("stopped"), found=_ran_before,
         meant_for=SAFE_MODE),
    Call("s3:PutBucketPolicy", BUCKET_POLICY, ADDS, _BUCKET, written_document("bucketPolicy|policy")),
    Call("s3:DeleteBucketPolicy", BUCKET_POLICY, REMOVES, _BUCKET),
    Call("s3:PutBucketPublicAccessBlock", PUBLIC_BLOCK, SETS, _BUCKET, _blocks_written),
    Call("s3:PutPublicAccessBlock", PUBLIC_BLOCK, SETS, _BUCKET, _blocks_written),
    Call("s3:DeleteBucketPublicAccessBlock", PUBLIC_BLOCK, REMOVES, _BUCKET),
)  # fmt: skip
