"""What Access Analyzer and AWS Config found in one Region.

Calls: one ListFindings for each page of 100 of an external analyzer, one ListFindingsV2 for each page of 100 of an
unused-access analyzer, and one GetFindingV2 for each of its active findings about permissions or keys of a principal
in scope; one DescribeComplianceByConfigRule for each page of rules, and one GetComplianceDetailsByConfigRule for each
page of 100 of a rule that is not complied with.
Sources: IAM Access Analyzer API Reference, API_ListFindings ("supported only for external access analyzers"),
API_ListFindingsV2, API_GetFindingV2; AWS Config API Reference, API_DescribeComplianceByConfigRule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from iam_guardrails.adapters.aws.reading import Reading, Refused
from iam_guardrails.model.account import Analyzer
from iam_guardrails.model.capture.capture import COMPLIANCE, FINDINGS
from iam_guardrails.model.capture.findings import (
    EXTERNAL,
    UNUSED_KEY,
    UNUSED_PERMISSION,
    AnalyzerFinding,
    NonCompliant,
    RuleCompliance,
    UnusedDetail,
    UnusedService,
)
from iam_guardrails.model.capture.scope import OUT_OF_SCOPE
from iam_guardrails.model.unknown import Unknown

EXTERNAL_ACCESS, UNUSED_ACCESS = ("ACCOUNT", "ORGANIZATION"), "_UNUSED_ACCESS"
"""Types of analyzers that are read (the latter: what they end in); those of internal access are not."""
_OPEN = {"eq": ["ACTIVE", "ARCHIVED"]}
_DETAILED = (UNUSED_PERMISSION, UNUSED_KEY)
_BARE = Unknown("access-analyzer:GetFindingV2 was not called: the finding is about the whole role or password")


def findings(
    reading: Reading, region: str, analyzers: Iterable[Analyzer], in_scope: Callable[[str], bool]
) -> tuple[AnalyzerFinding, ...]:
    """What the analyzers of a Region found and is not resolved; a refusal is noted.

    in_scope: whether the details of findings about a principal (by ARN) are wanted.
    """
    found: list[AnalyzerFinding] = []
    for analyzer in analyzers:
        kind = str(analyzer.kind)
        reading.say(f"{region}: findings of {analyzer.name}")
        try:
            if kind.endswith(UNUSED_ACCESS):
                found += _unused(reading, region, analyzer, in_scope)
            elif kind in EXTERNAL_ACCESS:
                found += _external(reading, region, analyzer)
        except Refused as refusal:
            reading.note((FINDINGS,), region, refusal.reason)
    return tuple(found)


def _filter(reading: Reading, analyzer: Analyzer) -> dict[str, Any]:
    wanted: dict[str, Any] = {"status": _OPEN}
    if str(analyzer.kind).startswith("ORGANIZATION"):
        wanted["resourceOwnerAccount"] = {"eq": [reading.account_id]}
    return wanted


def _external(reading: Reading, region: str, analyzer: Analyzer) -> list[AnalyzerFinding]:
    given = {"analyzerArn": analyzer.address, "filter": _filter(reading, analyzer), "maxResults": 100}
    listed = reading.pages("accessanalyzer", region, "ListFindings", "findings", **given)
    return [
        AnalyzerFinding(
            **_common(item, EXTERNAL, region, analyzer),
            principal=dict(item.get("principal") or {}),
            actions=tuple(sorted(item.get("action") or ())),
            condition=dict(item.get("condition") or {}),
            is_public=item.get("isPublic"),
        )
        for item in listed
    ]


def _unused(
    reading: Reading, region: str, analyzer: Analyzer, in_scope: Callable[[str], bool]
) -> list[AnalyzerFinding]:
    given = {"analyzerArn": analyzer.address, "filter": _filter(reading, analyzer), "maxResults": 100}
    listed = reading.pages("accessanalyzer", region, "ListFindingsV2", "findings", **given)
    return [
        AnalyzerFinding(
            **_common(item, str(item["findingType"]), region, analyzer),
            detail=_detail(reading, region, analyzer, item, in_scope),
        )
        for item in listed
    ]


def _common(item: Mapping[str, Any], kind: str, region: str, analyzer: Analyzer) -> dict[str, Any]:
    return {
        "id": item["id"],
        "kind": kind,
        "status": item["status"],
        "region": region,
        "analyzer_arn": analyzer.address,
        "resource": item.get("resource", ""),
        "resource_type": item["resourceType"],
        "owner_account_id": item.get("resourceOwnerAccount", ""),
        "created_at": item.get("createdAt"),
        "analyzed_at": item.get("analyzedAt"),
        "updated_at": item.get("updatedAt"),
        "error": item.get("error", ""),
    }


def _detail(
    reading: Reading, region: str, analyzer: Analyzer, item: Mapping[str, Any], in_scope: Callable[[str], bool]
) -> UnusedDetail | Unknown:
    if item["findingType"] not in _DETAILED:
        return _BARE
    if item["status"] != "ACTIVE" or not in_scope(item.get("resource", "")):
        return Unknown(OUT_OF_SCOPE)
    given = {"analyzerArn": analyzer.address, "id": item["id"], "maxResults": 100}
    try:
        parts = reading.pages("accessanalyzer", region, "GetFindingV2", "findingDetails", **given)
    except Refused as refusal:
        reading.note((FINDINGS,), region, refusal.reason)
        return Unknown(refusal.reason)
    keys = [part["unusedIamUserAccessKeyDetails"] for part in parts if "unusedIamUserAccessKeyDetails" in part]
    services = [part["unusedPermissionDetails"] for part in parts if "unusedPermissionDetails" in part]
    return UnusedDetail(
        last_used_at=keys[0].get("lastAccessed") if keys else None,
        key_suffix=str(keys[0].get("accessKeyId", ""))[-4:] if keys else "",
        services=tuple(map(_service, services)),
    )


def _service(part: Mapping[str, Any]) -> UnusedService:
    actions = tuple(sorted(one["action"] for one in part.get("actions") or ()))
    return UnusedService(part["serviceNamespace"], actions, part.get("lastAccessed"))


def compliance(reading: Reading, region: str) -> tuple[RuleCompliance, ...]:
    """What the Config rules of a Region say; a refusal is noted."""
    reading.say(f"{region}: compliance with Config rules")
    try:
        listed = reading.pages("config", region, "DescribeComplianceByConfigRule", "ComplianceByConfigRules")
    except Refused as refusal:
        reading.note((COMPLIANCE,), region, refusal.reason)
        return ()
    return tuple(_compliance(reading, region, item) for item in listed)


def _compliance(reading: Reading, region: str, item: Mapping[str, Any]) -> RuleCompliance:
    name, says = item["ConfigRuleName"], str(item.get("Compliance", {}).get("ComplianceType", "INSUFFICIENT_DATA"))
    if says != "NON_COMPLIANT":
        return RuleCompliance(name, region, says)
    given = {"ConfigRuleName": name, "ComplianceTypes": ["NON_COMPLIANT"], "Limit": 100}
    try:
        results = reading.pages("config", region, "GetComplianceDetailsByConfigRule", "EvaluationResults", **given)
    except Refused as refusal:
        reading.note((COMPLIANCE,), region, refusal.reason)
        return RuleCompliance(name, region, says, Unknown(refusal.reason))
    return RuleCompliance(name, region, says, tuple(map(_result, results)))


def _result(item: Mapping[str, Any]) -> NonCompliant:
    about = item["EvaluationResultIdentifier"]["EvaluationResultQualifier"]
    recorded = item.get("ResultRecordedTime")
    return NonCompliant(about["ResourceType"], about["ResourceId"], recorded, item.get("Annotation") or "")
