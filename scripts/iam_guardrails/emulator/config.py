"""AWS Config: the compliance calls. Nothing is evaluated here: results are those that were put in."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from moto.config.exceptions import NoSuchConfigRuleException
from moto.config.responses import ConfigResponse
from moto.core.utils import utcnow

from iam_guardrails.emulator.graft import Action, add_action, wrap_action
from iam_guardrails.emulator.state import memory

_UNKNOWN = "INSUFFICIENT_DATA"
Evaluation = dict[str, Any]


def put_external_evaluation(self: Any) -> str:
    """AWS Config API Reference: API_PutExternalEvaluation; the way to feed this emulator a result."""
    name, evaluation = self._get_param("ConfigRuleName"), self._get_param("ExternalEvaluation")
    _rules(self, [name])
    kept = _evaluations(self).setdefault(name, {})
    kept[evaluation["ComplianceResourceId"]] = evaluation | {"recorded": utcnow().timestamp()}
    return json.dumps({})


def describe_compliance_by_config_rule(self: Any) -> str:
    """AWS Config API Reference: API_DescribeComplianceByConfigRule."""
    wanted = self._get_param("ComplianceTypes") or []
    rows = []
    for rule in _rules(self, self._get_param("ConfigRuleNames")):
        bad, compliance = _verdict(_evaluations(self).get(rule.config_rule_name, {}).values())
        if wanted and compliance not in wanted:
            continue
        entry: dict[str, Any] = {"ComplianceType": compliance}
        if bad:
            entry["ComplianceContributorCount"] = {"CappedCount": min(bad, 25), "CapExceeded": bad > 25}
        rows.append({"ConfigRuleName": rule.config_rule_name, "Compliance": entry})
    return json.dumps({"ComplianceByConfigRules": rows})


def get_compliance_details_by_config_rule(self: Any) -> str:
    """AWS Config API Reference: API_GetComplianceDetailsByConfigRule."""
    name = self._get_param("ConfigRuleName")
    _rules(self, [name])
    wanted = self._get_param("ComplianceTypes") or []
    results = [
        {
            "EvaluationResultIdentifier": {
                "EvaluationResultQualifier": {
                    "ConfigRuleName": name,
                    "ResourceType": evaluation["ComplianceResourceType"],
                    "ResourceId": evaluation["ComplianceResourceId"],
                },
                "OrderingTimestamp": evaluation["OrderingTimestamp"],
            },
            "ComplianceType": evaluation["ComplianceType"],
            "ResultRecordedTime": evaluation["recorded"],
            "Annotation": evaluation.get("Annotation", ""),
        }
        for evaluation in _evaluations(self).get(name, {}).values()
        if not wanted or evaluation["ComplianceType"] in wanted
    ]
    return json.dumps({"EvaluationResults": results})


def get_compliance_summary_by_config_rule(self: Any) -> str:
    """AWS Config API Reference: API_GetComplianceSummaryByConfigRule."""
    kept = _evaluations(self)
    names = [rule.config_rule_name for rule in _rules(self, None)]
    counts = Counter(_verdict(kept.get(name, {}).values())[1] for name in names)
    summary: dict[str, Any] = {
        f"{field}ResourceCount": {"CappedCount": min(counts[kind], 25), "CapExceeded": counts[kind] > 25}
        for field, kind in (("Compliant", "COMPLIANT"), ("NonCompliant", "NON_COMPLIANT"))
    }
    return json.dumps({"ComplianceSummary": summary | {"ComplianceSummaryTimestamp": utcnow().timestamp()}})


def start_config_rules_evaluation(self: Any) -> str:
    """AWS Config API Reference: API_StartConfigRulesEvaluation; accepted, and nothing is evaluated."""
    _rules(self, self._get_param("ConfigRuleNames"))
    return json.dumps({})


def describe_config_rule_evaluation_status(self: Any) -> str:
    """AWS Config API Reference: API_DescribeConfigRuleEvaluationStatus; no rule was ever evaluated."""
    rows = [
        {
            "ConfigRuleName": rule.config_rule_name,
            "ConfigRuleArn": rule.config_rule_arn,
            "ConfigRuleId": rule.config_rule_id,
            "FirstEvaluationStarted": bool(_evaluations(self).get(rule.config_rule_name)),
        }
        for rule in _rules(self, self._get_param("ConfigRuleNames"))
    ]
    return json.dumps({"ConfigRulesEvaluationStatus": rows})


def describe_delivery_channel_status(self: Any, original: Action) -> str:
    """AWS Config API Reference: API_DescribeDeliveryChannelStatus; nothing was ever delivered."""
    channels = self.config_backend.describe_delivery_channels(self._get_param("DeliveryChannelNames"))
    idle = {"lastStatus": "Not_Applicable"}
    rows = [
        {"name": channel["name"], "configHistoryDeliveryInfo": idle, "configSnapshotDeliveryInfo": idle}
        for channel in channels
    ]
    return json.dumps({"DeliveryChannelsStatus": rows})


def _rules(response: Any, names: list[str] | None) -> list[Any]:
    rules = response.config_backend.config_rules
    for name in names or ():
        if name not in rules:
            raise NoSuchConfigRuleException(name)
    return [rules[name] for name in names or sorted(rules)]


def _evaluations(response: Any) -> dict[str, dict[str, Evaluation]]:
    return memory(response.current_account).kind("config", response.region, "evaluations")


def _verdict(evaluations: Any) -> tuple[int, str]:
    kinds = [evaluation["ComplianceType"] for evaluation in evaluations]
    bad = kinds.count("NON_COMPLIANT")
    if bad:
        return bad, "NON_COMPLIANT"
    return 0, "COMPLIANT" if "COMPLIANT" in kinds else _UNKNOWN


def graft() -> None:
    """Install."""
    add_action(
        ConfigResponse,
        put_external_evaluation,
        describe_compliance_by_config_rule,
        get_compliance_details_by_config_rule,
        get_compliance_summary_by_config_rule,
        start_config_rules_evaluation,
        describe_config_rule_evaluation_status,
    )
    wrap_action(ConfigResponse, describe_delivery_channel_status)
