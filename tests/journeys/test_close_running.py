"""What runs with code that a use put there: what it changed, and had not done before, is the use's."""

from __future__ import annotations

from typing import Any

import pytest
from tests.incident_records import ACCOUNT, ROLE, incident, record
from tests.journeys.test_close import HOP, STOP, collected, entered, given_keys, keyed, times

from iam_guardrails.model.incident.step import ENTERED

FN = f"arn:aws:iam::{ACCOUNT}:role/service-role/fn"
USED = [(ENTERED, entered(600))]


def put(action: str, request: Any, response: Any = None, seconds: int = 2, **more: Any) -> Any:
    return record(action, request, response, seconds=seconds, **more)


def code(**more: Any) -> Any:
    return put("lambda:UpdateFunctionCode", {"functionName": "job"}, {"role": FN}, **more)


def ran(seconds: int, action: str = STOP[0], **more: Any) -> Any:
    """A call of what runs with the role fn."""
    return record(action, {}, userIdentity=keyed("ASIA7", "fn"), seconds=seconds, **more)


def test_what_a_function_changed_with_code_of_the_use_is_the_uses_until_it_ended() -> None:
    found = collected([
        ran(0, "s3:CreateBucket"), code(event="UpdateFunctionCode20150331v2"), ran(3), ran(4, "s3:CreateBucket"),
        ran(5, "logs:CreateLogStream"), ran(6, readOnly=True), ran(7, error="AccessDenied"), ran(599), ran(601),
        record("sts:AssumeRole", HOP, given_keys("ASIA8"), userIdentity=keyed("ASIA7", "fn"), seconds=8),
    ], incident(steps=USED))  # fmt: skip
    assert times(found) == [2, 3, 599]
    assert found.notes[1:] == (
        "what was done with the role fn since this use put code there that runs with it is counted here (2 calls),"
        " whoever did it",
        "what was done with the role fn since this use put code there that runs with it, as its ordinary work, reads"
        " among it is not counted here (4 calls)",
        "of that, these may have changed something: logs:CreateLogStream, s3:CreateBucket, sts:AssumeRole",
        "what was done with the role fn since this use put code there that runs with it, after the use ended, is not"
        " counted here (1 call)",
    )


@pytest.mark.parametrize(
    "placed",
    [
        put("lambda:CreateFunction", {"functionName": "job", "role": FN}),
        put("lambda:UpdateFunctionConfiguration", {"functionName": "job", "layers": ["x"]}, {"role": FN}),
        put("ecs:RegisterTaskDefinition", {"family": "app", "taskRoleArn": FN}),
        put("ecs:RegisterTaskDefinition", {"family": "app", "taskRoleArn": "fn"}),
        put("ecs:RunTask", {"taskDefinition": "app", "overrides": {"taskRoleArn": FN}}),
        put("codebuild:StartBuild", {"projectName": "p"}, {"build": {"serviceRole": FN}}),
        put("states:UpdateStateMachine", {"stateMachineArn": "m", "roleArn": FN}),
        put("cloudformation:CreateStack", {"stackName": "s", "roleARN": FN}),
        put("glue:UpdateJob", {"jobName": "j", "jobUpdate": {"role": FN}}),
        code(error="ServiceException"),
        put("scheduler:CreateSchedule", {"name": "x", "target": {"arn": "x", "roleArn": FN}}),
        put("ssm:StartAutomationExecution", {"parameters": {"AutomationAssumeRole": [FN]}}),
        put("rolesanywhere:CreateProfile", {"name": "p", "roleArns": [f"arn:aws:iam::{ACCOUNT}:role/x", FN]}),
        put("batch:RegisterJobDefinition", {"containerProperties": {"jobRoleArn": FN}}),
    ],
)  # fmt: skip
def test_wherever_code_can_be_put(placed: Any) -> None:
    assert times(collected([placed, ran(3)])) == [2, 3]


@pytest.mark.parametrize(
    "placed",
    [
        put("lambda:UpdateFunctionConfiguration", {"functionName": "job", "environment": {}}, {"role": FN}),
        put("lambda:UpdateFunctionConfiguration", {"functionName": "job", "timeout": 3}, {"role": FN}),
        put("lambda:PutFunctionConcurrency", {"functionName": "job"}, {"role": FN}),
        code(error="AccessDenied"),
        put("lambda:CreateFunction", {"functionName": "job", "role": f"arn:aws:iam::{ACCOUNT}:role/other"}),
    ],
)
def test_what_puts_no_code_there(placed: Any) -> None:
    """An application's settings are changed to make it safe; it works on."""
    assert times(collected([placed, ran(3)])) == [2]


ATTACH = "iam:AttachRolePolicy"


def test_variables_of_a_function_may_be_code_and_what_gives_rights_is_the_uses() -> None:
    variables = {"functionName": "job", "environment": {}}
    placed = put("lambda:UpdateFunctionConfiguration", variables, {"role": FN})
    stop = {"eventSource": "cloudtrail.amazonaws.com"}
    found = collected([placed, ran(3), ran(4, ATTACH), ran(5, "cloudtrail:StopLogging", **stop)])
    assert times(found) == [2, 4, 5]
    assert "of that, these may have changed something: ec2:StopInstances" in found.notes


BOX, OTHER, TASK = "i-0123456789abcdef0", "i-0123456789abcdef1", "0123456789abcdef0123456789abcdef"
HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"


def on(name: str, seconds: int, action: str = STOP[0], **more: Any) -> Any:
    """A call with the role fn of the machine of that name."""
    who = keyed(f"ASIA{name[-1]}", "fn") | {"arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/fn/{name}"}
    return record(action, {}, userIdentity=who, seconds=seconds, **more)


def began(name: str, service: str = "ec2.amazonaws.com") -> Any:
    """What gave the machine its session."""
    asked = {"roleArn": FN, "roleSessionName": name}
    who = {"type": "AWSService", "invokedBy": service}
    return record("sts:AssumeRole", asked, given_keys("ASIA0"), userIdentity=who, seconds=-50, incident="")


@pytest.mark.parametrize(
    ("name", "reach"),
    [
        (BOX, put("ssm:SendCommand", {"instanceIds": [BOX], "parameters": HIDDEN})),
        (BOX, put("ssm:SendCommand", {"targets": [{"key": "InstanceIds", "values": [BOX]}]})),
        (BOX, put("ssm:StartSession", {"target": BOX})),
        (BOX, put("ec2-instance-connect:SendSSHPublicKey", {"instanceId": BOX, "instanceOSUser": "root"})),
        (BOX, put("ec2:ModifyInstanceAttribute", {"instanceId": BOX, "userData": "<sensitiveDataRemoved>"})),
        (BOX, put("ec2:RunInstances", {"imageId": "ami-0123456789abcdef1", "iamInstanceProfile": {"name": "fn"}},
                  {"instancesSet": {"items": [{"instanceId": BOX}]}})),
        ("mi-0123456789abcdef0", put("ssm:StartSession", {"target": "mi-0123456789abcdef0"})),
        (TASK, put("ecs:ExecuteCommand", {"cluster": "c", "task": TASK})),
        (TASK, put("ecs:RunTask", {"taskDefinition": "app"}, {"tasks": [{"taskArn": f"arn:aws:ecs:x:task/c/{TASK}"}]})),
        (TASK, put("ssm:StartSession", {"target": f"ecs:c_{TASK}_{TASK}-123"})),
    ],
)  # fmt: skip
def test_what_a_machine_changed_that_the_use_reached_is_the_uses(name: str, reach: Any) -> None:
    """Its calls bear its name as their session; with which role, those tell, or what gave it its session."""
    service = "ecs-tasks" if name == TASK else "ssm" if name.startswith("mi") else "ec2"
    found = collected([began(name, f"{service}.amazonaws.com"), reach, on(name, 3), on(OTHER, 4, ATTACH)])
    assert times(found) == [2, 3]
    alone = collected([reach, on(name, 3, ATTACH)])  # a change of IAM is kept, whoever made it
    assert times(alone) == [2, 3]


@pytest.mark.parametrize(
    "reach",
    [
        put("ec2:ModifyInstanceAttribute", {"instanceId": BOX, "disableApiTermination": True}),
        put("ssm:SendCommand", {"instanceIds": [BOX]}, error="AccessDenied"),
        put("ec2:StopInstances", {"instancesSet": {"items": [{"instanceId": BOX}]}}),
    ],
)
def test_what_runs_nothing_on_a_machine(reach: Any) -> None:
    assert times(collected([began(BOX), reach, on(BOX, 3, ATTACH)])) == [2]


@pytest.mark.parametrize(
    "reach",
    [
        put("codedeploy:CreateDeployment", {"applicationName": "app", "revision": {}}),
        put("ec2:CreateLaunchTemplateVersion", {"CreateLaunchTemplateVersionRequest": {"LaunchTemplateId": "lt-1"}}),
        put("ssm:SendCommand", {"targets": [{"key": "tag:app", "values": ["web"]}]}),
    ],
)
def test_of_instances_that_are_not_named_what_gives_rights_is_the_uses(reach: Any) -> None:
    found = collected([reach, on(BOX, 3, ATTACH), on(BOX, 4), ran(5, ATTACH)])
    assert times(found) == [2, 3]
    if reach.action != "ssm:SendCommand":
        return
    assert found.notes[-1] == (
        "which instances ssm:SendCommand at 2026-11-28T12:00:02Z reached, if any, is not in its record: of what any did"
        " since then, only changes of IAM and of the guardrails are counted here"
    )


def test_of_what_ran_in_a_role_that_it_entered_what_gives_rights_is_the_uses() -> None:
    """An application's ordinary work goes through other roles too."""
    hop = record("sts:AssumeRole", HOP, given_keys("ASIA8"), userIdentity=keyed("ASIA7", "fn"), seconds=3)
    before = record("sts:AssumeRole", HOP, given_keys("ASIA9"), userIdentity=keyed("ASIA7", "fn"), seconds=0)
    there = [
        record(action, {}, userIdentity=keyed(key, "deployer"), seconds=seconds)
        for action, key, seconds in ((STOP[0], "ASIA8", 4), (ATTACH, "ASIA8", 5), (ATTACH, "ASIA9", 6))
    ]
    assert times(collected([before, code(), hop, *there])) == [2, 5]


def test_a_machine_of_which_no_record_shows_a_call_is_told() -> None:
    found = collected([put("ssm:StartSession", {"target": BOX})])
    assert found.notes[-1] == (
        f"ssm:StartSession at 2026-11-28T12:00:02Z reached {BOX}, and no record shows with which role it calls: what it"
        " did is not counted here"
    )


def test_code_that_others_put_there_is_theirs() -> None:
    assert times(collected([code(incident="", role="ci"), ran(3)])) == []


def test_code_with_a_break_glass_role_keeps_uses_apart() -> None:
    placed = put("lambda:CreateFunction", {"functionName": "j", "role": f"arn:aws:iam::{ACCOUNT}:role/{ROLE}"})
    assert times(collected([placed, record(*STOP, incident="INC-other", seconds=3)])) == [2]
