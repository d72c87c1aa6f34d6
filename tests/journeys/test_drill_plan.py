"""What a live drill must cause: both ways, or a sentence for each that is not expected to tell anybody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from iam_guardrails.journeys.drill_plan import plan_live
from iam_guardrails.model.account import Account
from iam_guardrails.model.codec import decode
from iam_guardrails.model.drill import Watched
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import changed

CASES = yaml.safe_load((Path(__file__).parent.parent / "cases" / "rules" / "chain.yaml").read_text())
WHOLE = next(part for part in CASES["_parts"] if isinstance(part, dict) and "event_targets" in part)
ROLE = "arn:aws:iam::333333333333:role/prod-breakglass-admin"
HOME, EAST = (f"arn:aws:sns:{region}:333333333333:prod-security-alerts" for region in ("us-east-2", "us-east-1"))
EXPECTED = Expected("333333333333", "us-east-2", role_names=("prod-breakglass-admin",), incident_id_pattern="INC-*")


def live(**more: object) -> Account:
    """The whole chain of the rule cases as a live reader has it: topics go by their ARN."""
    topics = [{**item, "address": item["arn"]} for item in WHOLE["topics"]]
    subscriptions = [{**item, "confirmed": True} for item in WHOLE["subscriptions"]]
    facts = {**WHOLE, "topics": topics, "subscriptions": subscriptions}
    head = {"origin": "live", "account_id": "333333333333", "home_region": "us-east-2"}
    made = decode(Account, {**head, **facts}, "account")
    assert isinstance(made, Account)
    return changed(made, **more)


def each(kind: str, **more: object) -> dict[str, object]:
    return {kind: tuple(changed(item, **more) for item in getattr(live(), kind))}


def test_with_both_ways_whole_nothing_is_broken() -> None:
    assert plan_live(live(), EXPECTED, "prod").broken == ()


@pytest.mark.parametrize(
    ("change", "way", "says"),
    [
        (each("event_rules", state="DISABLED"), "event rule", "it is disabled"),
        (each("event_rules", state="ENABLED"), "event rule", "is a read-only event, and the rule's state is ENABLED"),
        ({"event_targets": ()}, "event rule", "the rule has no target"),
        ({"event_targets": (), **each("event_rules", state="ENABLED")}, "event rule", "by the event rule"),
        ({"event_rules": (), "event_targets": ()}, "event rule", "no event rule of us-east-2 matches"),
        (each("event_rules", pattern='{"source": ["aws.ec2"]}'), "event rule", "no event rule of us-east-2 matches"),
        (each("event_rules", state=Unknown("refused")), "event rule", "not judged, because of"),
        ({"metric_filters": ()}, "alarm", "there is no metric filter on a trail's log group"),
        ({"alarms": ()}, "alarm", "no alarm in us-east-2 watches it"),
        (each("alarms", actions_enabled=False), "alarm", "its actions are switched off"),
        (each("alarms", actions_enabled=Unknown("refused")), "alarm", "not judged, because of"),
        (each("metric_filters", pattern='{ $.eventName = "StopLogging" }'), "alarm", "the chain ends at the filter"),
        (each("trails", log_group_arn=None), "alarm", "no trail delivers"),
    ],
)
def test_a_way_that_tells_nobody_is_broken_wherever_it_ends(change: dict[str, Any], way: str, says: str) -> None:
    plan = plan_live(live(**change), EXPECTED, "prod")
    assert way not in plan.ways and plan.ways, plan
    assert len(plan.broken) == 1
    assert plan.broken[0].startswith(f"by the {way} ") and says in plan.broken[0], plan.broken


def test_a_way_that_is_told_by_one_of_two_alarms_is_whole() -> None:
    second = tuple(changed(item, name="mute", address="mute", actions=()) for item in live().alarms)
    plan = plan_live(live(alarms=(*live().alarms, *second)), EXPECTED, "prod")
    assert plan.broken == () and plan.ways == ("alarm", "event rule")


def test_when_neither_way_tells_both_are_named() -> None:
    plan = plan_live(live(event_rules=(), **each("alarms", actions=())), EXPECTED, "prod")
    assert plan.ways == ()
    assert [text.partition(" the chain")[0].partition(" nobody")[0] for text in plan.broken] == [
        "by the alarm", "by the event rule",
    ]  # fmt: skip


def test_the_plan_of_a_live_drill_comes_from_the_chain() -> None:
    plan = plan_live(live(), EXPECTED, "prod")
    assert plan.alarms == (Watched("prod-guardrail-assumed", "us-east-2"),)
    assert plan.ways == ("alarm", "event rule")
    assert plan.topic_arns == (HOME,)
    assert (plan.role_arn, plan.region) == (ROLE, "us-east-2")
    with pytest.raises(Problem, match="holds no break-glass role to drill"):
        plan_live(live(roles=()), EXPECTED, "prod")


def test_the_alarm_of_a_trail_in_another_region_is_planned_there() -> None:
    """Home us-east-1, trail and alarms in us-east-2: the event rule of us-east-1 tells, and the alarm of us-east-2."""
    account = live(home_region="us-east-1")
    plan = plan_live(account, changed(EXPECTED, home_region="us-east-1", second_region="us-east-2"), "prod")
    assert plan.region == "us-east-1"
    assert plan.alarms == (Watched("prod-guardrail-assumed", "us-east-2"),)
    assert set(plan.topic_arns) == {HOME, EAST}
    assert plan.broken == ()


def two_roles() -> tuple[Account, Expected]:
    first = live().roles[0]
    second = changed(first, name="prod-auditor", arn=ROLE.replace("prod-breakglass-admin", "prod-auditor"))
    names = ("prod-breakglass-admin", "prod-auditor")
    return live(roles=(first, second)), changed(EXPECTED, role_names=names)


def test_of_two_roles_the_one_that_is_named_is_drilled() -> None:
    account, expected = two_roles()
    assert plan_live(account, expected, "prod", "prod-breakglass-admin").broken == ()
    other = plan_live(account, expected, "prod", "prod-auditor")
    assert other.role_arn.endswith(":role/prod-auditor")
    assert len(other.broken) == 2, "nothing watches the second role"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", r"say which with --role \(prod-breakglass-admin, prod-auditor\)"),
        ("admin", "admin is no break-glass role of account 333333333333; there is: prod-breakglass-admin, prod-aud"),
    ],
)
def test_which_of_two_roles_must_be_said(name: str, says: str) -> None:
    account, expected = two_roles()
    with pytest.raises(Problem, match=says):
        plan_live(account, expected, "prod", name)
