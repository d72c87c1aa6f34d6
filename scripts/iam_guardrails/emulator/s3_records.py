"""S3's management events as CloudTrail writes them; what is done with objects is a data event, and not recorded.

moto's S3 has a way of its own from a request to its answer, so that its calls are recorded here.
Source: Amazon S3 User Guide, cloudtrail-logging-understanding-s3-entries (the form of a record: bucketName, the host,
the subresource, the body by its XML's names, and in additionalEventData the bytes).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree

from iam_guardrails.emulator.identity import Json
from iam_guardrails.emulator.records import bare, refuse
from iam_guardrails.emulator.s3_names import CREATE, event_name

_GRANTS = "x-amz-grant-"
_SAID = ("x-amz-acl", "x-amz-object-ownership", "x-amz-bucket-object-lock-enabled", "x-amz-expected-bucket-owner")
log = logging.getLogger("iam_guardrails.emulator")


def s3_record(response: Any, answer: Any) -> Json | None:
    """The record of an answered call on a bucket, or of ListBuckets; None for a data event."""
    request = response.request
    parts = urlsplit(request.url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    bucket = response.bucket_name or ""
    name = event_name(request.method, query, bucket)
    if not name:
        return None
    status, body = int(answer[0]), answer[2] or b""
    event = bare(response, "s3.amazonaws.com", name, _region(response, bucket, name))
    event["readOnly"] = request.method == "GET"
    event["requestParameters"] = _parameters(response, query, bucket, parts.hostname or "")
    event["additionalEventData"] = {
        "SignatureVersion": "SigV4",
        "AuthenticationMethod": "AuthHeader",
        "bytesTransferredIn": len(response.body or b""),
        "bytesTransferredOut": len(body),
    }
    if bucket and name != CREATE:
        arn = f"arn:{response.partition}:s3:::{bucket}"
        event["resources"] = [{"accountId": response.current_account, "type": "AWS::S3::Bucket", "ARN": arn}]
    if status >= 400:
        given = event["requestParameters"]
        refuse(event, body)
        event["requestParameters"] = given
    return event


def _region(response: Any, bucket: str, name: str) -> str:
    """The bucket's Region, that of the request where it is gone or not there yet."""
    here = response.backend.buckets.get(bucket) if name != CREATE else None
    return str(here.region_name if here else response.region)


def _parameters(response: Any, query: Mapping[str, str], bucket: str, host: str) -> Json:
    found: Json = {"bucketName": bucket} if bucket else {}
    found["Host"] = host
    found |= {name: value for name, value in query.items() if not name.startswith("X-Amz-")}
    for name, value in response.request.headers.items():
        if name.lower() in _SAID or name.lower().startswith(_GRANTS):
            found[name.lower()] = value
    if response.request.method == "PUT":
        found |= _body(response.body or b"")
    return found


def _body(content: Any) -> Json:
    """A body: a policy as bucketPolicy, XML by its names, with truth and whole numbers as such."""
    text = content.decode(errors="replace") if isinstance(content, bytes) else str(content)
    if not text.strip():
        return {}
    try:
        return {"bucketPolicy": json.loads(text)}
    except ValueError:
        pass
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        log.warning("a body of S3 was not recorded: %r", error)
        return {}
    told = _element(root)
    space = root.tag[1:].partition("}")[0] if root.tag.startswith("{") else ""
    return {_name(root): {"xmlns": space} | told if space and isinstance(told, dict) else told}


def _element(element: ElementTree.Element) -> Any:
    """An element as CloudTrail writes it: its parts by their names, a list where a name is there more than once."""
    if not len(element):
        return _value(element.text or "")
    found: Json = {}
    for part in element:
        name, value = _name(part), _element(part)
        if name not in found:
            found[name] = value
        elif isinstance(found[name], list):
            found[name].append(value)
        else:
            found[name] = [found[name], value]
    return found


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _value(text: str) -> Any:
    """Truth and whole numbers as such."""
    text = text.strip()
    if text in ("true", "false"):
        return text == "true"
    return int(text) if text.isdecimal() and str(int(text)) == text else text
