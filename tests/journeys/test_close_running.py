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
    ],
)  # fmt: skip
def test_wherever_code_can_be_put(placed: Any) -> None:
    assert times(collected([placed, ran(3)])) == [2, 3]


@pytest.mark.parametrize(
    "placed",
    [
        put("lambda:UpdateFunctionConfiguration", {"functionName": "job", "environment": {}}, {"role": FN}),
        put("lambda:PutFunctionConcurrency", {"functionName": "job"}, {"role": FN}),
        code(error="AccessDenied"),
        put("lambda:CreateFunction", {"functionName": "job", "role": f"arn:aws:iam::{ACCOUNT}:role/other"}),
    ],
)
def test_what_puts_no_code_there(placed: Any) -> None:
    """An application's settings are changed to make it safe; it works on."""
    assert times(collected([placed, ran(3)])) == [2]


def test_code_that_others_put_there_is_theirs() -> None:
    assert times(collected([code(incident="", role="ci"), ran(3)])) == []


def test_code_with_a_break_glass_role_keeps_uses_apart() -> None:
    placed = put("lambda:CreateFunction", {"functionName": "j", "role": f"arn:aws:iam::{ACCOUNT}:role/{ROLE}"})
    assert times(collected([placed, record(*STOP, incident="INC-other", seconds=3)])) == [2]
