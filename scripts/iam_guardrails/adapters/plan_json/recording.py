"""The record in a plan: trails, log groups, and buckets that hold evidence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from iam_guardrails.adapters.plan_json.documents import document
from iam_guardrails.adapters.plan_json.graph import Node
from iam_guardrails.adapters.plan_json.names import BUCKET, GROUP, KEY, ROLE, name_of
from iam_guardrails.adapters.plan_json.reading import Reading, holds
from iam_guardrails.model.account import Bucket, EventSelector, LogGroup, Trail
from iam_guardrails.model.unknown import Unknown

OPERATORS = ("equals", "not_equals", "starts_with", "not_starts_with", "ends_with", "not_ends_with")


def trails(reading: Reading) -> Iterator[Trail]:
    """CloudTrail trails with what they record."""
    for node in reading.graph.of("aws_cloudtrail"):
        yield Trail(
            address=node.address,
            name=name_of(node),
            arn=reading.arn(node),
            region=node.region,
            multi_region=reading.value(node, "is_multi_region_trail", False),
            global_service_events=reading.value(node, "include_global_service_events", True),
            logging=reading.value(node, "enable_logging", True),
            log_group_arn=reading.link(node, "cloud_watch_logs_group_arn", *GROUP),
            delivery_role_arn=reading.link(node, "cloud_watch_logs_role_arn", *ROLE),
            key_arn=reading.link(node, "kms_key_id", *KEY),
            bucket_name=reading.name(node, "s3_bucket_name", *BUCKET),
            log_file_validation=reading.value(node, "enable_log_file_validation", False),
            organization=node.values.get("is_organization_trail") is True,
            selectors=_selectors(reading, node),
        )


def _selectors(reading: Reading, node: Node) -> tuple[EventSelector, ...] | Unknown:
    basic, advanced = reading.blocks(node, "event_selector"), reading.blocks(node, "advanced_event_selector")
    for name, blocks in (("event_selector", basic), ("advanced_event_selector", advanced)):
        if isinstance(blocks, Unknown):
            return blocks
        if holds(node.unknown.get(name)):
            return reading.unknown(node, name)
    assert not isinstance(basic, Unknown) and not isinstance(advanced, Unknown)
    found = [*map(_basic, basic), *map(_advanced, advanced)]
    return tuple(found) or (EventSelector(),)  # AWS records all management events where nothing is selected


def _basic(block: Mapping[str, Any]) -> EventSelector:
    return EventSelector(
        read_write=block.get("read_write_type") or "All",
        management_events=block.get("include_management_events") is not False,
        excluded_sources=tuple(sorted(block.get("exclude_management_event_sources") or ())),
    )


def _advanced(block: Mapping[str, Any]) -> EventSelector:
    fields = tuple(
        (str(item.get("field")), operator, tuple(item[operator]))
        for item in block.get("field_selector") or ()
        for operator in OPERATORS
        if item.get(operator)
    )
    equal = {field: values for field, operator, values in fields if operator == "equals"}
    read_only = equal.get("readOnly", ())
    return EventSelector(
        read_write={("true",): "ReadOnly", ("false",): "WriteOnly"}.get(read_only, "All"),
        management_events="Management" in equal.get("eventCategory", ()),
        advanced=True,
        fields=fields,
        excluded_sources=tuple(
            value for field, operator, values in fields for value in values
            if field == "eventSource" and operator == "not_equals"
        ),
    )  # fmt: skip


def log_groups(reading: Reading) -> Iterator[LogGroup]:
    """CloudWatch Logs groups; a retention of 0 keeps for ever."""
    for node in reading.graph.of("aws_cloudwatch_log_group"):
        yield LogGroup(
            node.address, name_of(node), reading.arn(node), node.region,
            log_class=reading.text(node, "log_group_class", "STANDARD"),
            retention_days=reading.value(node, "retention_in_days") or None,
            key_arn=reading.link(node, "kms_key_id", *KEY),
        )  # fmt: skip


def buckets(reading: Reading) -> Iterator[Bucket]:
    """The buckets of the plan with the settings that other resources give them."""
    policies = _parts(reading, "aws_s3_bucket_policy")
    versions = _parts(reading, "aws_s3_bucket_versioning")
    encryptions = _parts(reading, "aws_s3_bucket_server_side_encryption_configuration")
    for node in reading.graph.of("aws_s3_bucket"):
        policy, version, encryption = (part.get(node.address) for part in (policies, versions, encryptions))
        yield Bucket(
            address=node.address,
            name=reading.text(node, "bucket") or reading.unknown(node, "bucket"),
            arn=reading.arn(node),
            policy=document(reading, policy, "policy") if policy else document(reading, node, "policy"),
            versioned=_versioned(reading, version) if version else _old_versioned(node),
            encryption=_encryption(reading, encryption) if encryption else None,
            key_arn=_encryption_key(reading, encryption) if encryption else None,
        )


def _parts(reading: Reading, kind: str) -> dict[str, Node]:
    """Bucket address -> the resource of `kind` that belongs to it."""
    by_name = {
        node.values.get("bucket"): node for node in reading.graph.of("aws_s3_bucket") if node.values.get("bucket")
    }
    found = {}
    for node in reading.graph.of(kind):
        owner: Any = by_name.get(node.values.get("bucket"))
        if owner is None and holds(node.unknown.get("bucket")):
            owner = reading.target(node, node.expressions.get("bucket"), ("aws_s3_bucket",))
        if isinstance(owner, Node):
            found[owner.address] = node
    return found


def _versioned(reading: Reading, node: Node) -> bool | Unknown:
    blocks = reading.blocks(node, "versioning_configuration")
    status = blocks if isinstance(blocks, Unknown) else blocks[0].get("status") if blocks else "Disabled"
    if isinstance(status, Unknown) or status is None:
        return reading.unknown(node, "versioning_configuration")
    return bool(status == "Enabled")


def _old_versioned(node: Node) -> bool:
    blocks = node.values.get("versioning") or []
    return bool(blocks) and blocks[0].get("enabled") is True


def _default_encryption(node: Node) -> Mapping[str, Any]:
    for rule in node.values.get("rule") or ():
        for block in rule.get("apply_server_side_encryption_by_default") or ():
            if isinstance(block, Mapping):
                return block
    return {}


def _encryption(reading: Reading, node: Node) -> str | Unknown | None:
    found = _default_encryption(node).get("sse_algorithm")
    return reading.unknown(node, "rule") if found is None and holds(node.unknown.get("rule")) else found


def _encryption_key(reading: Reading, node: Node) -> str | Unknown | None:
    found = _default_encryption(node).get("kms_master_key_id")
    if found or not holds(node.unknown.get("rule")):
        return found or None
    target = reading.target(node, node.expressions.get("rule"), KEY)
    return reading.arn(target) if isinstance(target, Node) else target
