"""EC2: security group rules that a call changed: known by their ids, and by what they say since.

Source: Amazon EC2 API Reference, ModifySecurityGroupRules (it names a rule by its id and says all of it anew, but not
in which direction it goes).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from iam_guardrails.model.incident.effects.kind import ADDS, SETS, Answer, Call, Kind, Names, State
from iam_guardrails.model.incident.effects.network import EGRESS, INGRESS, NOT_TOLD, SOURCES, rule
from iam_guardrails.model.incident.effects.state import only
from iam_guardrails.model.incident.effects.write import Write, listed
from iam_guardrails.model.unknown import Unknown


def _asked_change(write: Write) -> list[Mapping[str, Any]]:
    whole = write.value("ModifySecurityGroupRulesRequest.SecurityGroupRule|securityGroupRules|securityGroupRule"
                        "|securityGroupRuleSet")  # fmt: skip
    found: list[Mapping[str, Any]] = []
    several = [whole] if isinstance(whole, Mapping) and "items" not in whole else listed(whole)
    for item in several:
        small = {key[:1].lower() + key[1:]: value for key, value in item.items()}
        found.append(small)
    return found


def _changed_rules(write: Write) -> Sequence[Names] | Unknown:
    found = [{"SecurityGroupRuleId": str(item.get("securityGroupRuleId", ""))} for item in _asked_change(write)]
    return found if found and all(item["SecurityGroupRuleId"] for item in found) else NOT_TOLD


_GROUP = "ReferencedGroupId"
_PARTS = ("IpProtocol", "FromPort", "ToPort", "CidrIpv4", "CidrIpv6", "PrefixListId", _GROUP)


def _written_change(write: Write, names: Names) -> State:
    for item in _asked_change(write):
        if str(item.get("securityGroupRuleId")) == names["SecurityGroupRuleId"]:
            told = item.get("securityGroupRule") or {}
            return only({key[:1].upper() + key[1:]: value for key, value in told.items()}, _PARTS)
    return NOT_TOLD


def _by_id(names: Names, answers: Sequence[Answer]) -> State:
    found = answers[-1]
    if found is None or isinstance(found, Unknown):
        return found
    told = [{**item, _GROUP: (item.get("ReferencedGroupInfo") or {}).get("GroupId")}
            for item in found.get("SecurityGroupRules", ())]  # fmt: skip
    return next((only(item, _PARTS) for item in told), None)


RULE = Kind(
    "changed-rule", "the security group rule {SecurityGroupRuleId} says what it says now",
    ("ec2", "DescribeSecurityGroupRules", {"SecurityGroupRuleIds": ["{SecurityGroupRuleId}"]}), _by_id,
    ("InvalidSecurityGroupRuleId.NotFound",),
    terraform=(("aws_vpc_security_group_ingress_rule", {"security_group_rule_id": "SecurityGroupRuleId"}),
               ("aws_vpc_security_group_egress_rule", {"security_group_rule_id": "SecurityGroupRuleId"})),
)  # fmt: skip


def _said_now(direction: str) -> Any:
    """What rules say since a call changed them, as rules of that direction; the record does not tell which it is."""

    keys = {kind: _GROUP if kind == "Group" else kind for kind in SOURCES}

    def read(write: Write) -> Sequence[Names] | Unknown:
        group = write.text("ModifySecurityGroupRulesRequest.GroupId|groupId")
        told = [{key[:1].upper() + key[1:]: value for key, value in (item.get("securityGroupRule") or {}).items()}
                for item in _asked_change(write)]  # fmt: skip
        return [
            rule(group, direction == "egress", item.get("IpProtocol", "-1"), item.get("FromPort"), item.get("ToPort"),
                 kind, item[key]) for item in told for kind, key in keys.items() if item.get(key)
        ]  # fmt: skip

    return read


CALLS: tuple[Call, ...] = (
    Call("ec2:ModifySecurityGroupRules", RULE, SETS, each=_changed_rules, written=_written_change),
    Call("ec2:ModifySecurityGroupRules", INGRESS, ADDS, each=_said_now("ingress"), joins=True),
    Call("ec2:ModifySecurityGroupRules", EGRESS, ADDS, each=_said_now("egress"), joins=True),
)  # fmt: skip
