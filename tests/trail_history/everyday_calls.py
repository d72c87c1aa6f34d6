"""The bulk of a tree: API calls of roles, users and services, as text with gaps that only have to be filled.

A gap is written «name»; the text around it is made once per account and Region with our own record functions.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from random import Random
from typing import Any

from iam_guardrails.model.trail.record import Place, call, session
from iam_guardrails.model.value import frozen

Values = dict[str, str]
_ROLES = (
    "mw-worker", "payments-api", "deploy", "ci-runner", "backup", "metrics-agent", "etl", "reporting", "scanner",
    "service-role/lambda-thumbs", "aws-reserved/sso.amazonaws.com/AWSReservedSSO_ReadOnly_0123456789abcdef",
    "karpenter", "ingress", "dns-sync", "cost-explorer", "inventory",
)  # fmt: skip
_USERS = ("alice", "legacy-upload", "bob")
_AGENTS = (
    "aws-cli/2.32.0 md/awscrt#0.29.1 ua/2.1 os/linux#6.8 md/arch#x86_64 lang/python#3.13.9 md/pyimpl#CPython",
    "Boto3/1.42.1 md/Botocore#1.42.1 ua/2.1 os/linux#5.10 lang/python#3.11.7 Botocore/1.42.1",
    "aws-sdk-go-v2/1.41.0 ua/2.1 os/linux lang/go#1.25.4 md/GOARCH#arm64 api/sqs#1.43.0",
    "APN/1.0 HashiCorp/1.0 Terraform/1.14.0 (+https://www.terraform.io) terraform-provider-aws/6.22.0",
    "aws-sdk-java/2.39.0 md/io#sync md/http#Apache ua/2.1 Linux/6.1 OpenJDK_64-Bit_Server_VM/21.0.9 Java/21",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36",
    'odd/1.0 {"eventName":"AssumeRole"}',
)  # fmt: skip
# How often, service, action, read only, requestParameters, responseElements
_CALLS: tuple[tuple[int, str, str, bool, Any, Any], ...] = (
    (14, "ec2", "DescribeInstances", True, {"instancesSet": {"items": [{"instanceId": "i-«hex»"}]}, "filterSet": {}},
     None),
    (10, "sqs", "ReceiveMessage", True, {"queueUrl": "https://queue/«account»/jobs-«digit»"}, None),
    (9, "kms", "Decrypt", True, {"encryptionContext": {"aws:s3:arn": "arn:aws:s3:::data-«digit»/«hex»"}}, None),
    (9, "s3", "GetBucketLocation", True, {"bucketName": "data-«digit»", "Host": "data-«digit».s3.amazonaws.com",
     "location": ""}, None),
    (8, "dynamodb", "DescribeTable", True, {"tableName": "orders-«digit»"}, None),
    (7, "logs", "CreateLogStream", False, {"logGroupName": "/app/«digit»", "logStreamName": "«hex»"}, None),
    (7, "sts", "GetCallerIdentity", True, None, None),
    (6, "monitoring", "PutMetricData", False, {"namespace": "App/«digit»"}, None),
    (6, "secretsmanager", "GetSecretValue", True, {"secretId": "app/«digit»/password"}, None),
    (5, "ssm", "GetParameter", True, {"name": "/app/«digit»/config", "withDecryption": True}, None),
    (5, "ecs", "DescribeTasks", True, {"cluster": "main", "tasks": ["arn:aws:ecs:«region»:«account»:task/«hex»"]},
     None),
    (4, "lambda", "GetFunction20150331v2", True, {"functionName": "thumbs-«digit»"}, None),
    (4, "cloudformation", "DescribeStacks", True, {"stackName": "stack-«digit»"}, None),
    (3, "ec2", "CreateTags", False, {"resourcesSet": {"items": [{"resourceId": "vol-«hex»"}]}, "tagSet": {"items": [
     {"key": "Name", "value": "Zürich \u2013 \u2603 \U0001f512"}, {"key": "note", "value": 'he said "no"\n\\'}]}},
     {"requestId": "«uuid»", "_return": True}),
    (3, "ec2", "RunInstances", False, {"instanceType": "m7g.large", "minCount": 1, "maxCount": 1, "userData":
     "<sensitiveDataRemoved>"}, {"instancesSet": {"items": [{"instanceId": "i-«hex»", "privateIpAddress": "10.0.0.1",
     "placement": {"availabilityZone": "«region»a"}}] * 3}}),
    (2, "accessanalyzer", "ValidatePolicy", True, {"policyType": "RESOURCE_POLICY", "policyDocument": json.dumps({
     "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"},
     "Resource": "arn:aws:iam::«account»:role/emergency/prod-breakglass-admin"}]}, ensure_ascii=False)}, None),
    (2, "cloudtrail", "LookupEvents", True, {"lookupAttributes": [{"attributeKey": "EventName",
     "attributeValue": "AssumeRole"}], "maxResults": 50}, None),
    (1, "ssm", "SendCommand", False, {"documentName": "AWS-RunShellScript", "parameters": {"commands": [
     'echo \'{"Records":[{"a":1},{"eventVersion":"1.08","eventName":"StopLogging"}]}\'']}}, None),
    (1, "iam", "ListRoles", True, {"maxItems": 1000}, None),
)  # fmt: skip
_ERRORS = (
    ("AccessDenied", "User: «arn» is not authorized to perform: «what» because no identity-based policy allows it"),
    ("ThrottlingException", "Rate exceeded"),
)


@frozen
class Template:
    """One kind of call: `text` has a gap %(name)s for each of Values; error texts stand in `failed`."""

    service: str
    action: str
    text: str
    failed: tuple[str, ...]


@frozen
class Principal:
    """Who calls: the ARN that stands for it (of the role for a session), its own ARN, and its userIdentity as JSON."""

    issuer: str
    arn: str
    identity: str


def templates(place: Place) -> tuple[list[Template], list[int]]:
    """The calls made in a Region of an account, and how often each comes, relative to the others."""
    made, often = [], []
    for weight, service, action, read_only, parameters, answer in _CALLS:
        if service == "iam" and place.region != place.everywhere.region:
            continue
        record = call(service, action, place, {"«": "identity"}, parameters, read_only=read_only)
        record |= {"eventTime": "«time»", "requestID": "«request»", "eventID": "«id»", "responseElements": answer}
        record |= {"sourceIPAddress": "«ip»", "userAgent": "«agent»"}
        record["tlsDetails"] = {**record["tlsDetails"], "cipherSuite": "TLS_AES_128_GCM_SHA256"}
        if service in ("kms", "s3"):
            more = {"SignatureVersion": "SigV4", "bytesTransferredOut": 137, "x-amz-id-2": "«long»"}
            record["additionalEventData"] = more if service == "s3" else {"keyMaterialId": "«long»"}
        if service in ("kms", "secretsmanager"):
            record["resources"] = [{"ARN": f"arn:aws:{service}:«region»:«account»:x/«hex»", "accountId": "«account»"}]
        failed = tuple(
            _text(_with_error(record, code, message.replace("«what»", f"{service}:{action}")), place)
            for code, message in _ERRORS
        )
        made.append(Template(service, action, _text(record, place), failed))
        often.append(weight)
    return made, often


def _with_error(record: Mapping[str, Any], code: str, message: str) -> dict[str, Any]:
    """The record with its error where CloudTrail writes it, before the parameters."""
    made: dict[str, Any] = {}
    for key, value in record.items():
        if key == "requestParameters":
            made |= {"errorCode": code, "errorMessage": message}
        made[key] = None if key == "responseElements" else value
    return made


def _text(record: Mapping[str, Any], place: Place) -> str:
    text = json.dumps(record, separators=(",", ":"))
    text = text.replace("%", "%%").replace("\\u00ab", "%(").replace("\\u00bb", ")s")
    text = text.replace('{"%(":"identity"}', "%(identity)s")
    return text.replace("%(account)s", place.account_id).replace("%(region)s", place.region)


def principals(place: Place, random: Random) -> list[Principal]:
    """The roles' sessions and the users of an account on one day."""
    found = []
    for role in _ROLES:
        arn = f"arn:aws:iam::{place.account_id}:role/{role}"
        for _ in range(3):
            who = session(arn, place, f"i-{random.getrandbits(68):017x}")
            key = f"AROA{random.getrandbits(64):017d}"[:21]
            who |= {"principalId": who["principalId"].replace("AROAEXAMPLEROLE00001", key)}
            who |= {"accessKeyId": f"ASIA{random.getrandbits(64):016X}"}
            found.append(Principal(arn, who["arn"], json.dumps(who, separators=(",", ":"))))
    for user in _USERS:
        arn = f"arn:aws:iam::{place.account_id}:user/{user}"
        identity = {"type": "IAMUser", "principalId": f"AIDA{random.getrandbits(64):016X}", "arn": arn,
                    "accountId": place.account_id, "accessKeyId": f"AKIA{random.getrandbits(64):016X}",
                    "userName": user}  # fmt: skip
        found.append(Principal(arn, arn, json.dumps(identity, separators=(",", ":"))))
    return found


def uuid_of(number: int) -> str:
    """A UUID of version 4 out of 128 random bits."""
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


def agents() -> tuple[str, ...]:
    """User agents, as they stand inside a JSON string."""
    return tuple(json.dumps(agent)[1:-1] for agent in _AGENTS)
