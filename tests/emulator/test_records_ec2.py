"""EC2 calls as CloudTrail writes them: names of the XML answers, lists as {"items": [...]}."""

from __future__ import annotations

import json
from typing import Any


def writes(aws: Any, name: str) -> list[dict[str, Any]]:
    events = aws("cloudtrail").lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": name}])
    return [json.loads(item["CloudTrailEvent"]) for item in events["Events"]]


def test_a_rule_of_a_security_group(aws: Any) -> None:
    ec2 = aws("ec2")
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    group = ec2.create_security_group(GroupName="web", Description="d", VpcId=vpc)["GroupId"]
    permissions = [
        {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]},
    ]
    rule = ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=permissions)["SecurityGroupRules"][0]
    event = writes(aws, "AuthorizeSecurityGroupIngress")[0]
    assert event["requestParameters"] == {
        "groupId": group,
        "ipPermissions": {"items": [{
            "ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "groups": {}, "ipv6Ranges": {}, "prefixListIds": {},
            "ipRanges": {"items": [{"cidrIp": "0.0.0.0/0"}]},
        }]},
    }  # fmt: skip
    told = event["responseElements"]["securityGroupRuleSet"]["items"][0]
    assert told["securityGroupRuleId"] == rule["SecurityGroupRuleId"]
    assert (told["groupId"], told["isEgress"], told["cidrIpv4"]) == (group, False, "0.0.0.0/0")
    assert event["responseElements"]["_return"] is True
    assert event["readOnly"] is False
    ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=permissions)
    assert writes(aws, "RevokeSecurityGroupIngress")[0]["requestParameters"] == event["requestParameters"]
    assert writes(aws, "CreateSecurityGroup")[0]["responseElements"]["groupId"] == group


def test_the_value_of_a_parameter_is_hidden(aws: Any) -> None:
    aws("ssm").put_parameter(Name="/a", Value="hush", Type="String")
    event = writes(aws, "PutParameter")[0]
    assert event["requestParameters"]["value"] == "HIDDEN_DUE_TO_SECURITY_REASONS"
    assert event["responseElements"]["version"] == 1
