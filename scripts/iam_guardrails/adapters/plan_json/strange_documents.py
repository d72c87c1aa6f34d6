"""Policies in resources of types that are not read, of whatever provider: told where they come or change.

A policy is there by its document, or by the ARN of a managed one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from iam_guardrails.adapters.plan_json.attachments import ATTACHED, EXCLUSIVE, INLINE
from iam_guardrails.adapters.plan_json.graph import Node
from iam_guardrails.adapters.plan_json.reading import Reading, holds
from iam_guardrails.adapters.plan_json.references import references_in
from iam_guardrails.adapters.plan_json.resource_policies import APART, OTHERS, OWNED
from iam_guardrails.adapters.plan_json.unread import UNREAD, Unread

READ = frozenset({
    "aws_iam_role", "aws_iam_user", "aws_iam_group", "aws_iam_policy", "aws_s3_bucket", "aws_sns_topic", "aws_kms_key",
    "aws_kms_replica_key", "aws_kms_external_key", *INLINE, *ATTACHED, *EXCLUSIVE, *OWNED, *APART, *OTHERS,
    *(kind for kind, (_, _, attributes) in UNREAD.items() if not attributes or attributes == ("policy",)),
})  # fmt: skip
TEMPLATE = "AWS::IAM::"  # a CloudFormation template that makes roles or policies
_POLICY_ARN = re.compile(r"arn:[^:]*:iam::[^:]*:policy/\S+")
REASON = "policies in resources of this type are not read"


def strange_documents(reading: Reading) -> Iterator[Unread]:
    """One for each argument that holds a policy document, or may once it is known."""
    for node in reading.graph.nodes.values():
        if node.mode == "managed" and node.type not in READ:
            for name, value in node.values.items():
                found = sorted(_documents(value))
                if found:
                    yield _unread(node, name, json.dumps(found))
            for name, mark in node.unknown.items():
                if holds(mark) and not any(_documents(node.values.get(name))) and _may_be_policy(node, name):
                    yield _unread(node, name, "")


def _unread(node: Node, name: str, values: str) -> Unread:
    return Unread(f"{node.type} {name}", "both", node, values, REASON)


def _documents(value: Any) -> Iterator[str]:
    """The policies in a value: documents in JSON with sorted keys, ARNs and templates that make some as they are."""
    if isinstance(value, dict):
        if _is_policy(value):
            yield json.dumps(value, sort_keys=True)
        else:
            yield from (text for item in value.values() for text in _documents(item))
    elif isinstance(value, list):
        yield from (text for item in value for text in _documents(item))
    elif isinstance(value, str):
        yield from _in_text(value)


def _in_text(text: str) -> Iterator[str]:
    if TEMPLATE in text or _POLICY_ARN.fullmatch(text):
        yield text
    elif "Statement" in text:
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            return
        if _is_policy(found):
            yield json.dumps(found, sort_keys=True)


def _is_policy(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("Statement"), list | dict)


def _may_be_policy(node: Node, name: str) -> bool:
    """Whether an argument that is known only after the apply is set, and is a policy by its name or its source."""
    written = node.expressions.get(name)
    if written is None:
        return False
    named = "polic" in name and not name.endswith(("_arn", "_arns", "_id", "_ids", "_name", "_names", "_type"))
    return named or any(text.startswith("data.aws_iam_policy_document.") for text in references_in(written))
