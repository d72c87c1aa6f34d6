"""Lambda calls as CloudTrail writes them, and what an examination of a use makes of them."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from tests.incident_records import CLOCK

from iam_guardrails.model.incident.effects.facts import facts_of, looks
from iam_guardrails.model.incident.effects.judge import item_of
from iam_guardrails.model.incident.effects.kind import Answer, Look
from iam_guardrails.model.incident.effects.write import Write, write_of
from iam_guardrails.model.trail.facts import SESSION, Kept
from iam_guardrails.model.trail.questions.records import Record

TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]}


def packed(text: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("h.py", f"def h(event, context): return {text!r}")
    return made.getvalue()


@pytest.fixture
def function(aws: Any) -> str:
    role = aws("iam").create_role(RoleName="worker", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    aws("lambda").create_function(
        FunctionName="hook", Runtime="python3.12", Role=role, Handler="h.h", Code={"ZipFile": packed("first")},
        Environment={"Variables": {"TOKEN": "hush"}},
    )  # fmt: skip
    return "hook"


def event(aws: Any, name: str) -> dict[str, Any]:
    events = aws("cloudtrail").lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": name}])
    found: dict[str, Any] = json.loads(events["Events"][0]["CloudTrailEvent"])
    return found


def test_the_name_of_the_function_comes_from_the_path(aws: Any, function: str) -> None:
    client = aws("lambda")
    client.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
    told = event(aws, "PutFunctionConcurrency20171031")
    assert told["requestParameters"] == {"functionName": "hook", "reservedConcurrentExecutions": 0}
    assert told["eventSource"] == "lambda.amazonaws.com" and told["readOnly"] is False
    client.delete_function_concurrency(FunctionName=function)
    assert event(aws, "DeleteFunctionConcurrency20171031")["requestParameters"] == {"functionName": "hook"}


def test_a_function_named_by_its_arn(aws: Any, function: str) -> None:
    arn = aws("lambda").get_function_configuration(FunctionName=function)["FunctionArn"]
    aws("lambda").add_permission(FunctionName=arn, StatementId="x", Action="lambda:InvokeFunction", Principal="*")
    asked = event(aws, "AddPermission20150331v2")["requestParameters"]
    assert (asked["functionName"], asked["statementId"]) == (arn, "x")
    aws("lambda").remove_permission(FunctionName=function, StatementId="x")
    assert event(aws, "RemovePermission20150331v2")["requestParameters"] == {"functionName": "hook", "statementId": "x"}


def test_environments_and_code_are_left_out(aws: Any, function: str) -> None:
    made = event(aws, "CreateFunction20150331")
    aws("lambda").update_function_configuration(FunctionName=function, Environment={"Variables": {"TOKEN": "hush"}})
    changed = event(aws, "UpdateFunctionConfiguration20150331v2")
    assert "hush" not in json.dumps([made, changed])
    assert made["requestParameters"]["code"] == {} and made["responseElements"]["functionName"] == "hook"
    assert changed["requestParameters"] == {"functionName": "hook"}


def write(aws: Any, name: str) -> Write:
    return write_of(Record(Kept("event-1", 1, SESSION, json.dumps(event(aws, name)).encode())))


def asked(aws: Any) -> Any:
    def ask(look: Look) -> Answer:
        client = aws(look.service, region=look.region)
        try:
            found: Mapping[str, Any] = getattr(client, xform_name(look.operation))(**look.given)
        except ClientError as error:
            assert error.response["Error"]["Code"] in look.missing
            return None
        return {key: value for key, value in found.items() if key != "ResponseMetadata"}

    return ask


def test_a_functions_concurrency_from_the_call_to_the_item(aws: Any, function: str) -> None:
    """A row of the tables on what the embedded AWS records and answers, with the function open, changed and gone."""
    client = aws("lambda")
    client.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
    done = write(aws, "PutFunctionConcurrency20171031")
    assert done.action == "lambda:PutFunctionConcurrency"
    (fact,), unplaced = facts_of([done])
    assert unplaced == () and fact.names["FunctionName"] == "hook"
    ask = asked(aws)
    found = item_of(fact, looks(fact, "us-east-2", ask), None, "safe-mode", CLOCK)
    assert (found.kind, found.verdict, found.command) == ("function-concurrency", "still open", "")
    assert "nobody knows what it was before this use" in found.why
    client.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=10)
    assert item_of(fact, looks(fact, "us-east-2", ask), None, "safe-mode", CLOCK).verdict == "not judged"
    client.delete_function_concurrency(FunctionName=function)
    assert item_of(fact, looks(fact, "us-east-2", ask), None, "safe-mode", CLOCK).verdict == "not judged"


def test_a_functions_configuration_from_the_call_to_the_item(aws: Any, function: str) -> None:
    client = aws("lambda")
    client.update_function_configuration(FunctionName=function, Timeout=30)
    (fact,), unplaced = facts_of([write(aws, "UpdateFunctionConfiguration20150331v2")])
    assert unplaced == () and fact.names["FunctionName"] == "hook"
    found = item_of(fact, looks(fact, "us-east-2", asked(aws)), None, "other", CLOCK)
    assert (found.kind, found.verdict) == ("function-configuration", "still open")
    assert "still as it was written" in found.why  # the embedded AWS has no revisions: the settings are compared
    client.update_function_configuration(FunctionName=function, Timeout=31)
    assert item_of(fact, looks(fact, "us-east-2", asked(aws)), None, "other", CLOCK).verdict == "not judged"


def test_a_functions_rollback_from_the_call_to_the_item(aws: Any, function: str) -> None:
    client = aws("lambda")
    client.update_function_code(FunctionName=function, ZipFile=packed("old"))
    (fact,), unplaced = facts_of([write(aws, "UpdateFunctionCode20150331v2")])
    assert unplaced == ()
    for purpose, verdict in (("rollback", "stays"), ("other", "still open")):
        assert item_of(fact, looks(fact, "us-east-2", asked(aws)), None, purpose, CLOCK).verdict == verdict
    client.update_function_code(FunctionName=function, ZipFile=packed("new"))
    assert item_of(fact, looks(fact, "us-east-2", asked(aws)), None, "rollback", CLOCK).verdict == "not judged"
