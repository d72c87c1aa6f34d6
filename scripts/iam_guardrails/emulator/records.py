"""CloudTrail records of the calls that this server answered, in the shape that CloudTrail gives them."""

from __future__ import annotations

import json
import re
import uuid
from datetime import datetime
from typing import Any

from botocore.parsers import create_parser
from moto.core.utils import get_service_model, utcnow

from iam_guardrails.emulator import lambda_records, s3_names
from iam_guardrails.emulator.identity import Json, user_identity

_READ = re.compile(r"(Get|List|Describe|Lookup|Head|Search|Simulate|Validate|Check|Test|AssumeRole)")
_WRITES_NAMED_GET = frozenset({"GetSessionToken", "GetFederationToken"})  # logged with readOnly false
_DATA = {  # not management events: no trail here delivers them, LookupEvents does not tell them
    "cloudwatch": frozenset({"GetMetricData", "GetMetricStatistics", "ListMetrics", "PutMetricData"}),
    "dynamodb": frozenset(
        {"BatchExecuteStatement", "BatchGetItem", "BatchWriteItem", "DeleteItem", "ExecuteStatement",
         "ExecuteTransaction", "GetItem", "PutItem", "Query", "Scan", "TransactGetItems", "TransactWriteItems",
         "UpdateItem"}
    ),
    "events": frozenset({"PutEvents"}),
    "lambda": frozenset({"Invoke", "InvokeAsync"}),
    "logs": frozenset({"PutLogEvents"}),
    "sns": frozenset({"Publish", "PublishBatch"}),
    "sqs": frozenset(
        {"SendMessage", "SendMessageBatch", "ReceiveMessage", "DeleteMessage", "DeleteMessageBatch",
         "ChangeMessageVisibility", "ChangeMessageVisibilityBatch"}
    ),
}  # fmt: skip
_NAMES = {"lambda": lambda_records.event_name, "s3control": s3_names.account_event_name}
_SOURCES = {"s3control": "s3.amazonaws.com"}
GLOBAL_SERVICES = frozenset({"iam", "organizations", "cloudfront", "route53"})
_HIDDEN = frozenset(
    {"password", "oldPassword", "newPassword", "secretString", "secretBinary", "secretAccessKey", "tokenCode",
     "authenticationCode1", "authenticationCode2", "base32StringSeed", "qRCodePNG", "packedPolicySize"}
)  # fmt: skip
_CODE = re.compile(r"<Code>([^<]+)</Code>")
_MESSAGE = re.compile(r"<[Mm]essage>([^<]+)</[Mm]essage>")


def record(response: Any, action: str, status: int, body: Any) -> Json:
    """One record of one answered call. `response` is moto's response object after the call."""
    model = get_service_model(response.boto3_service_name)
    operation = model.operation_model(action)
    management = action not in _DATA.get(response.service_name, ())
    read_only = bool(_READ.match(action)) and action not in _WRITES_NAMED_GET
    region = "us-east-1" if response.service_name in GLOBAL_SERVICES else response.region
    event = bare(response, _SOURCES.get(model.service_name, f"{model.endpoint_prefix}.amazonaws.com"), action, region)
    event |= {
        "requestParameters": _logged(model, _parameters(response, model, operation), operation.input_shape) or None,
        "readOnly": read_only,
        "managementEvent": management,
        "eventCategory": "Management" if management else "Data",
    }
    if name := _NAMES.get(model.service_name):
        event["eventName"] = name(action)
    if status >= 400:
        refuse(event, body)
    elif not read_only or action.startswith("AssumeRole"):
        event["responseElements"] = _elements(response, model, operation, status, body)
    if event["eventSource"] == "sts.amazonaws.com":
        _sts(event, response.region)
    return event


def bare(response: Any, source: str, name: str, region: str) -> Json:
    """A record without what was asked and answered: of a management event, until somebody says otherwise."""
    return {
        "eventVersion": "1.11",
        "userIdentity": user_identity(response),
        "eventTime": utcnow().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": source,
        "eventName": name,
        "awsRegion": region,
        "sourceIPAddress": response.normalized_request.remote_addr or "127.0.0.1",
        "userAgent": response.headers.get("User-Agent", ""),
        "requestParameters": None,
        "responseElements": None,
        "requestID": str(uuid.uuid4()),
        "eventID": str(uuid.uuid4()),
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": response.current_account,
        "eventCategory": "Management",
    }


def _sts(event: Json, region: str) -> None:
    event["additionalEventData"] = {"RequestDetails": {"endpointType": "regional", "awsServingRegion": region}}
    role_arn = (event["requestParameters"] or {}).get("roleArn")
    if role_arn and "errorCode" not in event:
        account_id = role_arn.split(":")[4]
        event["resources"] = [{"accountId": account_id, "type": "AWS::IAM::Role", "ARN": role_arn}]


def owners_copy(event: Json) -> tuple[str, Json] | None:
    """The second record of an AssumeRole across accounts and the account that gets it; it names no one."""
    resources = event.get("resources", [])
    owner = resources[0]["accountId"] if resources else event["recipientAccountId"]
    if owner == event["recipientAccountId"]:
        return None
    caller = event["userIdentity"]
    event["sharedEventID"] = str(uuid.uuid4())
    copy = event | {
        "userIdentity": {
            "type": "AWSAccount",
            "principalId": caller["principalId"],
            "accountId": caller["accountId"],
        },
        "eventID": str(uuid.uuid4()),
        "recipientAccountId": owner,
    }
    return owner, copy


def refuse(event: Json, body: Any) -> None:
    """Say in a record that the call failed. body: the answer."""
    text = body.decode(errors="replace") if isinstance(body, bytes) else str(body or "")
    try:
        answer = json.loads(text)
        code, message = str(answer["__type"]).split("#")[-1], answer.get("message", answer.get("Message", ""))
    except (ValueError, KeyError, TypeError):
        codes, messages = _CODE.search(text), _MESSAGE.search(text)
        code, message = codes[1] if codes else "ClientError", messages[1] if messages else ""
    event["errorCode"], event["errorMessage"] = code, message
    if code in ("AccessDenied", "AccessDeniedException"):
        event["requestParameters"] = None


def _parameters(response: Any, model: Any, operation: Any) -> Any:
    if model.service_name == "lambda":
        return lambda_records.parameters(response, operation)
    given = getattr(response, "params", None)
    if given is not None:
        return given.original_dict() if hasattr(given, "original_dict") else dict(given)
    try:
        body = json.loads(response.body)
    except (TypeError, ValueError):
        return {}
    return body if isinstance(body, dict) else {}


def _elements(response: Any, model: Any, operation: Any, status: int, body: Any) -> Any:
    if not body or operation.output_shape is None:
        return None
    raw = body if isinstance(body, bytes) else str(body).encode()
    parser = create_parser(response.determine_response_protocol(model))
    answer = {"status_code": status, "headers": {}, "body": raw}
    parsed = parser.parse(answer, operation.output_shape)
    parsed.pop("ResponseMetadata", None)
    return _logged(model, parsed, operation.output_shape) or None


def _logged(model: Any, value: Any, shape: Any) -> Any:
    """Parameters or an answer as CloudTrail writes them; EC2's have a form of their own."""
    if model.protocol == "ec2":
        return _of_ec2(value, shape)
    found = _as_logged(value, shape)
    if model.service_name == "lambda":
        return lambda_records.without_omitted(found)
    if model.service_name == "ssm" and isinstance(found, dict) and "value" in found:
        found["value"] = "HIDDEN_DUE_TO_SECURITY_REASONS"
    return found


def _of_ec2(value: Any, shape: Any) -> Any:
    """EC2 in CloudTrail: the names of its XML answers, lists as {"items": [...]}, and "return" as "_return"."""
    kind = getattr(shape, "type_name", "")
    if kind == "structure" and isinstance(value, dict):
        found: dict[str, Any] = {}
        for name, part in value.items():
            inner = shape.members.get(name)
            given = getattr(inner, "serialization", {}).get("name") or name
            key = given[:1].lower() + given[1:]
            found["_return" if key == "return" else key] = _of_ec2(part, inner)
        for name, inner in shape.members.items() if "PrefixListIds" in shape.members else ():
            if inner.type_name == "list" and value.get(name) is None:  # CloudTrail writes a permission's empty lists
                found.setdefault(inner.serialization.get("name", name), {})
        return found
    if kind == "list" and isinstance(value, list):
        return {"items": [_of_ec2(part, shape.member) for part in value]}
    return _as_logged(value, shape)


def _as_logged(value: Any, shape: Any) -> Any:
    """Names with a small first letter, secrets left out, keys of maps as they are."""
    if isinstance(value, datetime):
        return f"{value:%b} {value.day}, {value:%Y}, {value.hour % 12 or 12}:{value:%M:%S %p}"
    if isinstance(value, bytes):
        return None
    kind = getattr(shape, "type_name", "")
    if kind == "structure" and isinstance(value, dict):
        named = {name[:1].lower() + name[1:]: (name, part) for name, part in value.items()}
        return {
            key: _as_logged(part, shape.members.get(name))
            for key, (name, part) in named.items()
            if part is not None and key not in _HIDDEN
        }
    if kind == "list" and isinstance(value, list):
        return [_as_logged(part, shape.member) for part in value]
    return value
