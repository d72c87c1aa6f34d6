"""What somebody with too much access does to guardrails: three acts, by plain AWS calls, for the demo and its test."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from iam_guardrails.adapters.aws import session
from iam_guardrails.model.expected import Expected

POLICY_NAME = "maintenance"


def tamper(environ: Mapping[str, str], expected: Expected, contract: Mapping[str, Any]) -> Iterator[str]:
    """Remove the MFA condition, add an inline policy, switch an alarm off; yields a sentence per act done.

    contract: the output of the last apply. Raises botocore's ClientError when the account refuses.
    """
    signed_in = session(environ, expected.home_region)
    iam = signed_in.client("iam", region_name=expected.home_region)
    role = contract["breakglass"]["role_name"]
    trust = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    for statement in trust["Statement"]:
        statement.get("Condition", {}).pop("Bool", None)
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(trust))
    yield f"the MFA condition is removed from the trust policy of {role}"
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "iam:*", "Resource": "*"}],
    }
    iam.put_role_policy(RoleName=role, PolicyName=POLICY_NAME, PolicyDocument=json.dumps(document))
    yield f'an inline policy "{POLICY_NAME}" that allows iam:* is added to {role}'
    alarm = next(item["name"] for key, item in sorted(contract["alarms"].items()) if "assumed" in key)
    cloudwatch = signed_in.client("cloudwatch", region_name=expected.home_region)
    cloudwatch.disable_alarm_actions(AlarmNames=[alarm])
    yield f"the actions of the alarm {alarm} are switched off"
