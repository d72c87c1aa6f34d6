"""Account-wide settings in a plan: AWS Config, analyzers, password policy, public access blocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from iam_guardrails.adapters.plan_json.documents import read_json
from iam_guardrails.adapters.plan_json.graph import Node
from iam_guardrails.adapters.plan_json.names import BUCKET, ROLE, name_of
from iam_guardrails.adapters.plan_json.reading import Reading
from iam_guardrails.model.account import (
    Analyzer,
    ConfigRecorder,
    ConfigRule,
    DeliveryChannel,
    PasswordPolicy,
    PublicAccessBlock,
)
from iam_guardrails.model.unknown import Unknown


def config_recorders(reading: Reading) -> Iterator[ConfigRecorder]:
    """Config recorders; one without an enabled status resource does not record."""
    running = {
        (node.region, reading.name(node, "name", "aws_config_configuration_recorder")): reading.value(
            node, "is_enabled", False
        )
        for node in reading.graph.of("aws_config_configuration_recorder_status")
    }
    for node in reading.graph.of("aws_config_configuration_recorder"):
        groups = reading.blocks(node, "recording_group")
        group: Mapping[str, Any] = groups[0] if isinstance(groups, list) and groups else {}
        fallback: Any = groups if isinstance(groups, Unknown) else None
        name = _name(node)
        yield ConfigRecorder(
            address=node.address, name=name, region=node.region,
            recording=running.get((node.region, name), False),
            all_supported=fallback or group.get("all_supported", True) is not False,
            include_global_types=fallback or group.get("include_global_resource_types") is True,
            resource_types=tuple(sorted(group.get("resource_types") or ())),
            **_exclusion(group),
            role_arn=reading.link(node, "role_arn", *ROLE),
        )  # fmt: skip


def _name(node: Node) -> str:
    """AWS calls a recorder or channel "default" where the configuration does not name it."""
    return name_of(node) if node.values.get("name") or node.unknown.get("name") else "default"


def _exclusion(group: Mapping[str, Any]) -> dict[str, Any]:
    strategies = [item.get("use_only") for item in group.get("recording_strategy") or ()]
    types = [
        name for item in group.get("exclusion_by_resource_types") or () for name in item.get("resource_types") or ()
    ]
    return {
        "by_exclusion": bool(types) or "EXCLUSION_BY_RESOURCE_TYPES" in strategies,
        "excluded_types": tuple(sorted(types)),
    }


def delivery_channels(reading: Reading) -> Iterator[DeliveryChannel]:
    """Where the recorders deliver."""
    for node in reading.graph.of("aws_config_delivery_channel"):
        yield DeliveryChannel(node.address, _name(node), node.region,
                              reading.name(node, "s3_bucket_name", *BUCKET))  # fmt: skip


def config_rules(reading: Reading) -> Iterator[ConfigRule]:
    """Config rules with their decoded parameters."""
    for node in reading.graph.of("aws_config_config_rule"):
        sources = reading.blocks(node, "source")
        source: Any = sources[0] if isinstance(sources, list) and sources else {}
        whole = sources if isinstance(sources, Unknown) else None
        parameters = reading.text(node, "input_parameters")
        yield ConfigRule(
            address=node.address, name=name_of(node), region=node.region,
            owner=whole or source.get("owner") or "AWS",
            identifier=whole or source.get("source_identifier") or "",
            parameters=parameters if isinstance(parameters, Unknown) else read_json(parameters),
        )  # fmt: skip


def analyzers(reading: Reading) -> Iterator[Analyzer]:
    """Access Analyzer analyzers."""
    for node in reading.graph.of("aws_accessanalyzer_analyzer"):
        days = None
        for configuration in node.values.get("configuration") or ():
            for unused in configuration.get("unused_access") or ():
                days = unused.get("unused_access_age")
        yield Analyzer(
            node.address,
            name_of(node),
            node.region,
            reading.text(node, "type", "ACCOUNT"),
            unused_access_days=days,
        )


def password_policies(reading: Reading) -> Iterator[PasswordPolicy]:
    """The account's password policy."""
    for node in reading.graph.of("aws_iam_account_password_policy"):
        yield PasswordPolicy(
            address=node.address,
            minimum_length=reading.value(node, "minimum_password_length", 6),
            reuse_prevention=reading.value(node, "password_reuse_prevention") or None,
            max_age_days=reading.value(node, "max_password_age") or None,
            requires_symbols=reading.value(node, "require_symbols", False),
            requires_numbers=reading.value(node, "require_numbers", False),
            requires_upper=reading.value(node, "require_uppercase_characters", False),
            requires_lower=reading.value(node, "require_lowercase_characters", False),
        )


def public_access_blocks(reading: Reading) -> Iterator[PublicAccessBlock]:
    """Public access blocks, of the account and of single buckets."""
    for node in reading.graph.of("aws_s3_account_public_access_block", "aws_s3_bucket_public_access_block"):
        flags = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
        whole = node.type == "aws_s3_account_public_access_block"
        bucket = None if whole else reading.name(node, "bucket", *BUCKET) or reading.unknown(node, "bucket")
        yield PublicAccessBlock(node.address, bucket, **{flag: reading.value(node, flag, False) for flag in flags})
