"""AWS Config and IAM Access Analyzer in one Region.

Sources: AWS Config API Reference, RecordingGroup and ConfigRule; IAM Access Analyzer API Reference,
ListAnalyzers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from iam_guardrails.adapters.aws.reading import Reading, of
from iam_guardrails.model.account import Analyzer, ConfigRecorder, ConfigRule, DeliveryChannel
from iam_guardrails.model.unknown import Unknown


def recorders(reading: Reading, region: str) -> list[ConfigRecorder]:
    """The Region's recorders (one of ours at most), with whether they run."""
    listed = reading.ask("config", region, "DescribeConfigurationRecorders")["ConfigurationRecorders"]
    if not listed:
        return []
    answer = reading.detail("config", region, "DescribeConfigurationRecorderStatus")
    statuses = of(answer, "ConfigurationRecordersStatus", ())
    return [_recorder(region, item, statuses) for item in listed]


def _recorder(region: str, item: Mapping[str, Any], statuses: Any) -> ConfigRecorder:
    group = item.get("recordingGroup", {})
    excluded = group.get("exclusionByResourceTypes", {}).get("resourceTypes", ())
    strategy = group.get("recordingStrategy", {}).get("useOnly", "")
    recording: bool | Unknown = False
    last = ""
    if isinstance(statuses, Unknown):
        recording = statuses
    else:
        mine: dict[str, Any] = next((status for status in statuses if status.get("name") == item["name"]), {})
        recording, last = bool(mine.get("recording")), str(mine.get("lastStatus", ""))
    return ConfigRecorder(
        address=item.get("arn") or f"{region}/{item['name']}",
        name=item["name"],
        region=region,
        recording=recording,
        all_supported=group.get("allSupported", False),
        include_global_types=group.get("includeGlobalResourceTypes", False),
        resource_types=tuple(sorted(group.get("resourceTypes", ()))),
        role_arn=item.get("roleARN"),
        last_status=last.upper(),
        by_exclusion=strategy == "EXCLUSION_BY_RESOURCE_TYPES",
        excluded_types=tuple(sorted(excluded)),
    )


def delivery_channels(reading: Reading, region: str) -> list[DeliveryChannel]:
    """The Region's delivery channels."""
    return [
        DeliveryChannel(f"{region}/{item['name']}", item["name"], region, item.get("s3BucketName"))
        for item in reading.ask("config", region, "DescribeDeliveryChannels")["DeliveryChannels"]
    ]


def rules(reading: Reading, region: str) -> list[ConfigRule]:
    """The Region's Config rules with their parameters decoded."""
    return [
        ConfigRule(
            address=item.get("ConfigRuleArn") or f"{region}/{item['ConfigRuleName']}",
            name=item["ConfigRuleName"],
            region=region,
            owner=item["Source"]["Owner"],
            identifier=item["Source"].get("SourceIdentifier", ""),
            parameters=_parameters(item.get("InputParameters", "")),
        )
        for item in reading.pages("config", region, "DescribeConfigRules", "ConfigRules")
    ]


def _parameters(text: str) -> Mapping[str, Any] | Unknown:
    try:
        found = json.loads(text or "{}")
    except ValueError as error:
        return Unknown(f"InputParameters is not JSON ({error})")
    return found if isinstance(found, dict) else Unknown("InputParameters is not a JSON object")


def analyzers(reading: Reading, region: str) -> list[Analyzer]:
    """The Region's Access Analyzer analyzers."""
    return [
        Analyzer(
            address=item["arn"],
            name=item["name"],
            region=region,
            kind=item["type"],
            status=item.get("status", ""),
            unused_access_days=item.get("configuration", {}).get("unusedAccess", {}).get("unusedAccessAge"),
        )
        for item in reading.pages("accessanalyzer", region, "ListAnalyzers", "analyzers")
    ]
