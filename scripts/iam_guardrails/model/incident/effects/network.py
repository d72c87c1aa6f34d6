"""EC2: security groups and their rules. A rule is known by what it says, since one put back has another id.

Sources: Amazon EC2 API Reference, AuthorizeSecurityGroupIngress (fails where the rule is there: InvalidPermission
.Duplicate), RevokeSecurityGroupIngress, DescribeSecurityGroupRules; CloudTrail's form of EC2 lists is {"items": […]}.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from ipaddress import ip_network
from typing import Any

from iam_guardrails.model.incident.effects.harm import OPENS, putting_back
from iam_guardrails.model.incident.effects.kind import ADDS, REMOVES, Answer, Call, Kind, Names, Renewed, State
from iam_guardrails.model.incident.effects.reading import exists
from iam_guardrails.model.incident.effects.state import THERE
from iam_guardrails.model.incident.effects.write import Write, listed
from iam_guardrails.model.incident.step import SAFE_MODE
from iam_guardrails.model.unknown import Unknown

_NO_GROUP = ("InvalidGroup.NotFound", "InvalidGroupId.Malformed")
SOURCES = {"CidrIpv4": ("IpRanges", "CidrIp"), "CidrIpv6": ("Ipv6Ranges", "CidrIpv6"),
            "PrefixListId": ("PrefixListIds", "PrefixListId"), "Group": ("UserIdGroupPairs", "GroupId")}  # fmt: skip
_PROTOCOLS = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}
"""Numbers that AWS takes, and answers with names."""
NOT_TOLD = Unknown("the record does not tell which rules of which group")


def rule(group: str, egress: bool, protocol: Any, first: Any, last: Any, kind: str, source: Any) -> dict[str, str]:
    """The names of a rule. -1 stands for every protocol, and then for every port."""
    protocol, source = _PROTOCOLS.get(str(protocol), protocol), _network(str(source))
    every = str(protocol) == "-1"
    ports = ("-1", "-1") if every else (_port(first), _port(last))
    permission: dict[str, Any] = {"IpProtocol": str(protocol)}
    if not every:
        permission |= {"FromPort": int(ports[0]), "ToPort": int(ports[1])}
    holder, key = SOURCES[kind]
    permission[holder] = [{key: str(source)}]
    span = (
        "every port"
        if ports == ("-1", "-1")
        else f"port {ports[0]}"
        if ports[0] == ports[1]
        else "ports " + "-".join(ports)
    )
    told = f"{'every protocol' if every else protocol}, {span}, {'to' if egress else 'from'} {source}"
    return {
        "GroupId": group, "Direction": "egress" if egress else "ingress", "Protocol": str(protocol), "From": ports[0],
        "To": ports[1], "Kind": kind, "Source": str(source), "Told": told, "Permissions": json.dumps([permission]),
    }  # fmt: skip


def _network(source: str) -> str:
    """A network as AWS writes it: 10.0.0.0/8 for 10.0.0.1/8. Prefix lists and groups are none."""
    try:
        return str(ip_network(source, strict=False))
    except ValueError:
        return source


def _port(value: Any) -> str:
    return "-1" if value in (None, "") else str(int(value))


def _from_response(rules: Sequence[Any]) -> Iterator[dict[str, str]]:
    """Rules as a response, or DescribeSecurityGroupRules, tells them."""
    for raw in rules:
        item = {key[:1].lower() + key[1:]: value for key, value in raw.items()}
        source = item.get("referencedGroupInfo") or {}
        group = source.get("groupId") or source.get("GroupId") or item.get("referencedGroupId")
        where = {"CidrIpv4": item.get("cidrIpv4"), "CidrIpv6": item.get("cidrIpv6"),
                 "PrefixListId": item.get("prefixListId"), "Group": group}  # fmt: skip
        for kind, value in where.items():
            if value:
                out = item.get("isEgress") in (True, "true")
                yield rule(str(item.get("groupId", "")), out, item.get("ipProtocol", "-1"), item.get("fromPort"),
                            item.get("toPort"), kind, value)  # fmt: skip


def _from_request(group: str, egress: bool, permissions: Sequence[Any]) -> Iterator[dict[str, str]]:
    for item in permissions:
        lists = {
            "CidrIpv4": (item.get("ipRanges"), "cidrIp"), "CidrIpv6": (item.get("ipv6Ranges"), "cidrIpv6"),
            "PrefixListId": (item.get("prefixListIds"), "prefixListId"),
            "Group": (item.get("groups") or item.get("userIdGroupPairs"), "groupId"),
        }  # fmt: skip
        for kind, (values, key) in lists.items():
            for value in listed(values):
                if value.get(key):
                    yield rule(group, egress, item.get("ipProtocol", "-1"), item.get("fromPort"), item.get("toPort"),
                                kind, value[key])  # fmt: skip


_LACKING = "response:unknownIpPermissionSet|response:unknownIpPermissions"
"""What was to be revoked and was not there, so that nothing was: putting it back would open what was never open."""


def rules_of(write: Write) -> Sequence[Names] | Unknown:
    """The rules that a call about a group's rules names; the response tells more than the request."""
    group, egress = write.text("groupId"), write.action.endswith("Egress")
    answered = listed(write.value(
        "response:securityGroupRuleSet|response:revokedSecurityGroupRuleSet|response:securityGroupRules"
        "|response:revokedSecurityGroupRules"
    ))  # fmt: skip
    made = list(_from_response(answered))
    asked = listed(write.value("ipPermissions"))
    if not made and write.text("cidrIp"):
        asked = [{"ipProtocol": write.text("ipProtocol") or "-1", "fromPort": write.value("fromPort"),
                  "toPort": write.value("toPort"), "ipRanges": [{"cidrIp": write.text("cidrIp")}]}]  # fmt: skip
    lacking = list(_from_request(group, egress, listed(write.value(_LACKING))))
    made = made or [one for one in _from_request(group, egress, asked) if one not in lacking]
    if not made and lacking:
        return ()
    return made if made and all(item["GroupId"] for item in made) else NOT_TOLD


def _read(names: Names, answers: Sequence[Answer]) -> State:
    found = answers[-1]
    if found is None or isinstance(found, Unknown):
        return found
    wanted = {key: names[key] for key in ("GroupId", "Direction", "Protocol", "From", "To", "Kind", "Source")}
    for item in _from_response(found.get("SecurityGroupRules", ())):
        if {key: item[key] for key in wanted} == wanted:
            return THERE
    return None


_LOOK = ("ec2", "DescribeSecurityGroupRules", {"Filters": [{"Name": "group-id", "Values": ["{GroupId}"]}]})


def _kind(direction: str) -> Kind:
    port = {"from_port": "From", "to_port": "To", "security_group_id": "GroupId"}
    block = {"from_port": "From", "to_port": "To", "protocol": "Protocol"}
    own = f"aws_vpc_security_group_{direction}_rule"
    return Kind(
        f"{direction}-rule", "the security group {GroupId} lets in {Told}" if direction == "ingress"
        else "the security group {GroupId} lets out {Told}", _LOOK, _read, _NO_GROUP, whole=True,
        harm=putting_back(OPENS, SAFE_MODE),
        away=f"aws ec2 revoke-security-group-{direction} --group-id {{GroupId}} --ip-permissions {{Permissions}}",
        back=f"aws ec2 authorize-security-group-{direction} --group-id {{GroupId}} --ip-permissions {{Permissions}}",
        terraform=tuple((own, port | {"ip_protocol": "Protocol", attribute: "Source"})
                        for attribute in ("cidr_ipv4", "cidr_ipv6", "prefix_list_id", "referenced_security_group_id"))
        + tuple(("aws_security_group_rule", port | {"type": "Direction", "protocol": "Protocol", attribute: "Source"})
                for attribute in ("cidr_blocks", "ipv6_cidr_blocks", "prefix_list_ids", "source_security_group_id"))
        + tuple((type_, {"id": "GroupId", f"+{direction}": block | {attribute: "Source"}})
                for type_ in ("aws_security_group", "aws_default_security_group")
                for attribute in ("cidr_blocks", "ipv6_cidr_blocks", "prefix_list_ids", "security_groups")),
    )  # fmt: skip


INGRESS, EGRESS = _kind("ingress"), _kind("egress")


GROUP = Kind(
    "security-group", "the security group {GroupId} exists",
    ("ec2", "DescribeSecurityGroups", {"GroupIds": ["{GroupId}"]}),
    exists(), _NO_GROUP, whole=True, away="aws ec2 delete-security-group --group-id {GroupId}",
    terraform=(("aws_security_group", {"id": "GroupId"}),), renewed=Renewed(),
)  # fmt: skip

CALLS: tuple[Call, ...] = (
    Call("ec2:AuthorizeSecurityGroupIngress", INGRESS, ADDS, each=rules_of, fresh=True),
    Call("ec2:AuthorizeSecurityGroupEgress", EGRESS, ADDS, each=rules_of, fresh=True),
    Call("ec2:RevokeSecurityGroupIngress", INGRESS, REMOVES, each=rules_of),
    Call("ec2:RevokeSecurityGroupEgress", EGRESS, REMOVES, each=rules_of),
    Call("ec2:CreateSecurityGroup", GROUP, ADDS, {"GroupId": "response:groupId"}, fresh=True),
    Call("ec2:DeleteSecurityGroup", GROUP, REMOVES, {"GroupId": "groupId"}),
)  # fmt: skip
