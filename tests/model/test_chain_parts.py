"""The parts of the chain: selectors, alarms, composite alarms, and what a service may do by a resource policy."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from iam_guardrails.model.account import Alarm, EventSelector, MetricFilter
from iam_guardrails.model.chain.composite import turns_on
from iam_guardrails.model.chain.recording import selects
from iam_guardrails.model.chain.ring import recovers, rings
from iam_guardrails.model.iam.document import parse
from iam_guardrails.model.iam.service import admits
from iam_guardrails.model.unknown import Unknown

READ = {"eventSource": "sts.amazonaws.com", "eventName": "AssumeRole", "readOnly": True, "eventCategory": "Management",
        "userIdentity": {"arn": "arn:aws:iam::333333333333:user/alex"}}  # fmt: skip
WRITE = {**READ, "eventName": "GetSessionToken", "readOnly": False}
ONE = "arn:aws:cloudwatch:us-east-2:333333333333:alarm:one"
ALARMS, ELSEWHERE = ONE.replace("one", "*"), ONE.replace("one", "*").replace("east-2", "east-1")
INSECURE = {"Bool": {"aws:SecureTransport": "false"}}
NOT_STS = ("eventSource", "not_equals", ("sts.amazonaws.com",))
FIELDS = (("eventCategory", "equals", ("Management",)),)


@pytest.mark.parametrize(
    ("selector", "read", "write"),
    [
        (EventSelector(), True, True),
        (EventSelector("WriteOnly"), False, True),
        (EventSelector("ReadOnly"), True, False),
        (EventSelector(management_events=False), False, False),
        (EventSelector(excluded_sources=("sts.amazonaws.com",)), False, False),
        (EventSelector(excluded_sources=("kms.amazonaws.com",)), True, True),
        (EventSelector(Unknown()), None, None),
        (EventSelector(advanced=True, fields=FIELDS), True, True),
        (EventSelector(advanced=True, fields=(*FIELDS, ("readOnly", "equals", ("true",)))), True, False),
        (EventSelector(advanced=True, fields=(*FIELDS, NOT_STS)), False, False),
        (EventSelector(advanced=True, fields=(*FIELDS, ("eventName", "starts_with", ("Assume", "Put")))), True, False),
        (EventSelector(advanced=True, fields=(*FIELDS, ("eventName", "not_starts_with", ("Assume",)))), False, True),
        (EventSelector(advanced=True, fields=(*FIELDS, ("userIdentity.arn", "ends_with", ("user/alex",)))), True, True),
        (EventSelector(advanced=True, fields=(("eventCategory", "equals", ("Data",)),)), False, False),
    ],
)  # fmt: skip
def test_selectors(selector: EventSelector, read: bool | None, write: bool | None) -> None:
    assert (selects(selector, READ), selects(selector, WRITE)) == (read, write)


def alarm(**more: Any) -> Alarm:
    usual = {"namespace": "N", "metric_name": "m", "statistic": "Sum", "period_seconds": 60, "threshold": 1.0,
             "treat_missing_data": "notBreaching"}  # fmt: skip
    return Alarm("alarm", "one", ONE, "us-east-2", **{**usual, **more})


def metric_filter(**more: Any) -> MetricFilter:
    usual = {
        "log_group_name": "g",
        "pattern": "{ $.a = 1 }",
        "metric_name": "m",
        "namespace": "N",
        "default_value": "0",
    }
    return MetricFilter("filter", "f", "us-east-2", **{**usual, **more})


@given(
    statistic=some.sampled_from(["Sum", "Maximum", "Minimum", "Average", "SampleCount"]),
    threshold=some.sampled_from([0.0, 0.5, 1.0, 2.0]),
    comparison=some.sampled_from(["GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanThreshold",
                                  "LessThanOrEqualToThreshold"]),
    default=some.sampled_from([None, "0", "1"]),
    missing=some.sampled_from(["notBreaching", "missing", "ignore", "breaching"]),
    needed=some.integers(1, 3),
)  # fmt: skip
def test_an_alarm_that_is_said_to_ring_goes_from_quiet_to_alarm_in_a_simulation(
    statistic: str, threshold: float, comparison: str, default: str | None, missing: str, needed: int
) -> None:
    """Minutes of traffic without the event, one minute with one event, simulated without the code under test."""
    one = alarm(statistic=statistic, threshold=threshold, comparison=comparison, treat_missing_data=missing,
                evaluation_periods=needed)  # fmt: skip
    holds, why, remedy = rings(one, metric_filter(default_value=default))
    quiet, loud = (simulated(one, default, event) for event in (False, True))
    if holds:
        assert (quiet, loud) == (False, True)
    else:
        assert why and remedy
        assert not (quiet is False and loud is True) or needed > 1


def simulated(one: Alarm, default: str | None, event: bool) -> bool | None:
    """Whether a minute of other traffic, with or without one event, is breaching; None where it keeps the state."""
    samples = [float(default)] * 5 if default is not None else []
    samples += [1.0] if event else []
    if not samples:
        return {"breaching": True, "notBreaching": False, "missing": False, "ignore": False}[
            str(one.treat_missing_data)
        ]
    value = {
        "Sum": sum(samples), "Maximum": max(samples), "Minimum": min(samples), "SampleCount": float(len(samples)),
        "Average": sum(samples) / len(samples),
    }[str(one.statistic)]  # fmt: skip
    limit = float(str(one.threshold))
    breaching = {
        "GreaterThanOrEqualToThreshold": value >= limit, "GreaterThanThreshold": value > limit,
        "LessThanThreshold": value < limit, "LessThanOrEqualToThreshold": value <= limit,
    }[str(one.comparison)]  # fmt: skip
    return breaching if one.evaluation_periods == 1 else (breaching and not event)


def test_what_is_not_known_is_not_judged() -> None:
    for name in ("statistic", "threshold", "comparison", "period_seconds", "treat_missing_data", "datapoints_to_alarm"):
        assert rings(alarm(**{name: Unknown()}), metric_filter())[0] is None
    assert rings(alarm(), metric_filter(value="$.size"))[0] is None
    assert rings(alarm(threshold=None), metric_filter())[0] is False


@pytest.mark.parametrize(
    ("one", "item", "says"),
    [
        (alarm(), metric_filter(), ""),
        (alarm(treat_missing_data="missing"), metric_filter(default_value=None), ""),
        (alarm(treat_missing_data="ignore"), metric_filter(default_value=None), "stays in ALARM after the first event"),
        (alarm(treat_missing_data="breaching"), metric_filter(default_value=None), "whenever nothing happens"),
        (alarm(threshold=0.0), metric_filter(), "whenever other events arrive"),
        (alarm(threshold=Unknown()), metric_filter(), ""),
    ],
)
def test_recovering(one: Alarm, item: MetricFilter, says: str) -> None:
    assert says in recovers(one, item)
    assert bool(recovers(one, item)) is bool(says)


@pytest.mark.parametrize(
    ("rule", "rings_alone"),
    [
        ('ALARM("one")', True),
        ("ALARM(one)", True),
        ("ALARM(arn:aws:cloudwatch:us-east-2:333333333333:alarm:one)", True),
        ("  ALARM( one ) ", True),
        ("ALARM(one) OR ALARM(two)", True),
        ("ALARM(one) AND ALARM(two)", False),
        ("ALARM(one) AND NOT ALARM(two)", True),
        ("ALARM(one) AND OK(two)", True),
        ("(ALARM(two) OR ALARM(one)) AND NOT OK(one)", True),
        ("ALARM(two) OR ALARM(two) AND ALARM(one)", False),
        ("NOT NOT ALARM(one)", True),
        ("INSUFFICIENT_DATA(one)", False),
        ("TRUE", True),
        ("FALSE OR ALARM(one)", True),
        ("AT_LEAST(1, ALARM, (one, two))", None),
        ("ALARM(one) AND", None),
        ("ALARM(one", None),
        ("", None),
        ("ALARM(one) XOR ALARM(two)", None),
    ],
)
def test_composite_alarms(rule: str, rings_alone: bool | None) -> None:
    holds, why = turns_on(rule, alarm())
    assert holds is rings_alone
    assert bool(why) is (holds is not True)


def statement(**more: Any) -> dict[str, Any]:
    usual = {"Effect": "Allow", "Principal": {"Service": "cloudwatch.amazonaws.com"}, "Action": "sns:Publish",
             "Resource": "*"}  # fmt: skip
    return {**usual, **more}


DENY_ALL_BUT_US = statement(
    Effect="Deny",
    Principal="*",
    Action="sns:*",
    Condition={"StringNotEquals": {"aws:PrincipalAccount": "333333333333"}},
)
BUT_SERVICES = statement(
    Effect="Deny", Principal="*", Action="sns:*",
    Condition={"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}, "Bool": {"aws:PrincipalIsAWSService": "false"}},
)  # fmt: skip


@pytest.mark.parametrize(
    ("statements", "holds"),
    [
        ([statement()], True),
        ([statement(Principal="*")], True),
        ([statement(Principal={"AWS": "*"})], True),
        ([statement(Principal={"Service": ["events.amazonaws.com", "cloudwatch.amazonaws.com"]})], True),
        ([statement(Principal={"Service": "events.amazonaws.com"})], False),
        ([statement(Action="sns:*")], True),
        ([statement(Action="SNS:publish")], True),
        ([statement(Action="sns:Subscribe")], False),
        ([{**{k: v for k, v in statement().items() if k != "Action"}, "NotAction": "sns:Publish"}], False),
        ([{**{k: v for k, v in statement().items() if k != "Action"}, "NotAction": "sns:Subscribe"}], True),
        ([statement(Resource="arn:aws:sns:us-east-2:333333333333:t")], True),
        ([statement(Resource="arn:aws:sns:us-east-2:333333333333:other")], False),
        ([statement(Condition={"StringEquals": {"AWS:SourceAccount": "333333333333"}})], True),
        ([statement(Condition={"StringEquals": {"aws:SourceAccount": "444444444444"}})], False),
        ([statement(Condition={"ArnLike": {"aws:SourceArn": ALARMS}})], True),
        ([statement(Condition={"ArnLike": {"aws:SourceArn": ELSEWHERE}})], False),
        ([statement(Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}})], False),
        ([statement(Condition={"StringEquals": {"aws:SourceOrgID": "o-1"}})], None),
        ([statement(), statement(Effect="Deny")], False),
        ([statement(), statement(Effect="Deny", Principal="*", Condition=INSECURE)], True),
        ([statement(), DENY_ALL_BUT_US], False),
        ([statement(), BUT_SERVICES], True),
        ([statement(), statement(Effect="Deny", Condition={"StringEquals": {"aws:SourceOrgID": "o-1"}})], None),
        ([], False),
    ],
)  # fmt: skip
def test_what_a_service_may_do(statements: list[dict[str, Any]], holds: bool | None) -> None:
    policy = parse({"Version": "2012-10-17", "Statement": statements})
    facts = {
        "aws:sourceaccount": "333333333333",
        "aws:sourcearn": ONE,
    }
    found = admits(policy, "cloudwatch.amazonaws.com", "sns:Publish", "arn:aws:sns:us-east-2:333333333333:t", facts)
    assert found.holds is holds
    assert bool(found.why) is (holds is not True)
