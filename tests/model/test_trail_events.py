"""The generated CloudTrail records: their shapes, and who sees them."""

from __future__ import annotations

from iam_guardrails.model.silencers import SILENCERS
from iam_guardrails.model.trail import attempts, entering, events, everyday, silencing
from iam_guardrails.model.trail.event_pattern import matches
from iam_guardrails.model.trail.events import Place, Targets, bus_event
from iam_guardrails.model.trail.guarded import Guarded
from iam_guardrails.model.trail.matching import matcher

ROLE = "arn:aws:iam::333333333333:role/emergency/prod-breakglass-admin"
HOME = Place("333333333333", "us-east-2")
ROOT = matcher(
    '{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }'
)


def test_a_denied_assume_names_the_role_in_the_message_only() -> None:
    event = next(iter(attempts.refused(ROLE, HOME, (HOME.region,), (HOME.region,))))
    assert event.record["requestParameters"] is None
    assert event.record["responseElements"] is None
    assert "resources" not in event.record
    assert event.record["errorCode"] == "AccessDenied"
    assert ROLE in event.record["errorMessage"]
    by_parameters = matcher(f'{{ ($.eventName = "AssumeRole") && ($.requestParameters.roleArn = "{ROLE}") }}')
    by_message = matcher(f'{{ ($.eventName = "AssumeRole") && ($.errorMessage = "*{ROLE}*") }}')
    assert by_parameters(event.record) is False
    assert by_message(event.record) is True


def test_the_root_pattern_sees_root_and_leaves_ordinary_traffic() -> None:
    assert [ROOT(event.record) for event in events.root_use(HOME)] == [True, True]
    assert {ROOT(event.record) for event in everyday.ordinary(HOME)} == {False}


def test_ordinary_traffic_leaves_every_break_glass_pattern_alone() -> None:
    patterns = (
        f'{{ ($.eventName = "AssumeRole*") && ($.requestParameters.roleArn = "{ROLE}") }}',
        f'{{ $.userIdentity.sessionContext.sessionIssuer.arn = "{ROLE}" }}',
        '{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") '
        '&& ($.userIdentity.type = "IAMUser") }',
    )
    for text in patterns:
        assert {matcher(text)(event.record) for event in everyday.ordinary(HOME)} == {False}, text


def test_a_federated_sign_in_says_it_used_no_mfa() -> None:
    unrefined = matcher('{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") }')
    accused = [event for event in everyday.ordinary(HOME) if unrefined(event.record)]
    assert accused, "without `userIdentity.type` the pattern accuses the everyday sign-ins of federated users"
    assert all(event.record["userIdentity"]["type"] != "IAMUser" for event in accused)


def test_every_silencer_has_its_record() -> None:
    mine = (Guarded("mine"),)
    made = silencing.silencer_events(HOME, Targets(alarms=mine, log_groups=(Guarded("/mine"),), rules=mine))
    assert [event.record["eventName"] for event in made] == [silencer.action for silencer in SILENCERS]
    by_name = {event.what: event.record for event in made}
    assert by_name["cloudwatch:PutMetricAlarm"]["eventSource"] == "monitoring.amazonaws.com"
    assert by_name["cloudwatch:PutMetricAlarm"]["requestParameters"] == {"alarmName": "mine"}
    assert by_name["logs:PutRetentionPolicy"]["requestParameters"]["logGroupName"] == "/mine"
    assert by_name["events:RemoveTargets"]["requestParameters"] == {"rule": "mine"}
    assert by_name["iam:UpdateRole"]["awsRegion"] == "us-east-1"
    assert all(record["requestParameters"] and not record["readOnly"] for record in by_name.values())


def test_the_envelope_of_the_event_bus() -> None:
    sign_in = events.root_use(HOME)[0]
    wrapped = bus_event(sign_in, HOME)
    assert (wrapped["source"], wrapped["detail-type"]) == ("aws.signin", "AWS Console Sign In via CloudTrail")
    assert wrapped["detail"] is sign_in.record
    text = '{"source": ["aws.sts"], "detail": {"resources": {"ARN": ["' + ROLE + '"]}}}'
    assert [matches(text, bus_event(event, HOME)) for event in entering.assumed(ROLE, HOME)] == [True] * 6
