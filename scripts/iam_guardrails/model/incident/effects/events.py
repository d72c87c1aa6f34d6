"""EventBridge rules and their targets: what carries an alert of a use of the role.

Source: Amazon EventBridge API Reference: PutRule and PutTargets write over what is there, and set all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from iam_guardrails.model.account import Account, EventRule
from iam_guardrails.model.further import read_further, settings_of
from iam_guardrails.model.incident.effects.kind import ADDS, REMOVES, SETS, Answer, Call, Kind, Names, State
from iam_guardrails.model.incident.effects.reading import (
    always,
    member,
    of,
    written_settings,
    written_value,
)
from iam_guardrails.model.incident.effects.state import Whole, decoded, plain, upper
from iam_guardrails.model.incident.effects.write import Write, listed
from iam_guardrails.model.unknown import Unknown

_NOT_FOUND = ("ResourceNotFoundException", "ResourceNotFound")
_RULE = {"Name": "name", "EventBusName": "eventBusName|=default"}
_RULE_LOOK = ("events", "DescribeRule", {"Name": "{Name}", "EventBusName": "{EventBusName}"})
_RULE_TERRAFORM = (("aws_cloudwatch_event_rule", {"name": "Name", "event_bus_name": "EventBusName"}),)
_RULE_SETTINGS = ("EventPattern", "ScheduleExpression")


_RULE_THERE = of("event_rules", "name", "Name", lambda thing, names: thing, regional=True)


def _rule_of_default_bus(account: Account, names: Names) -> Any:
    """The rule in a capture; captures hold the rules of the default bus only."""
    if names["EventBusName"].rpartition("/")[2] != "default":
        return Unknown("the capture holds the rules of the default bus only")
    return _RULE_THERE(account, names)


def _rule_before(read: Callable[[EventRule], State]) -> Callable[[Account, Names], State]:
    def before(account: Account, names: Names) -> State:
        found = _rule_of_default_bus(account, names)
        return read(found) if isinstance(found, EventRule) else found

    return before


def _rule_settings(rule: EventRule) -> State:
    """All of it, where the capture holds that: PutRule sets all of it, and switches the rule on where it does not say
    otherwise."""
    pattern = rule.pattern if isinstance(rule.pattern, Unknown) else decoded(rule.pattern)
    found = {"EventPattern": pattern, "State": rule.state}
    return Whole({**found, **read_further(rule.further)}) if rule.further is not None else found


def _rule_now(names: Names, answers: Sequence[Answer]) -> State:
    found = answers[-1]
    if not isinstance(found, Mapping):
        return found
    told = settings_of("event_rules", found)
    return {"State": "ENABLED"} | {name: decoded(value) if name == "EventPattern" else value
                                   for name, value in told.items()}  # fmt: skip


def _switch(rule: EventRule) -> State:
    return rule.state if isinstance(rule.state, Unknown) else "DISABLED" if rule.state == "DISABLED" else "ENABLED"


def _put_rule(*names: str) -> tuple[str, str]:
    options = {"EventPattern": "event-pattern", "RoleArn": "role-arn", "Description": "description", "State": "state",
               "ScheduleExpression": "schedule-expression"}  # fmt: skip
    told = "".join(f" --{options[name]} {{value_{name}}}" for name in names)
    return ",".join(sorted(names)), f"aws events put-rule --name {{Name}} --event-bus-name {{EventBusName}}{told}"


_PUT_RULE = dict(
    _put_rule("State", *when, *more)
    for when in (("EventPattern",), ("ScheduleExpression",), ("EventPattern", "ScheduleExpression"))
    for more in ((), ("Description",), ("RoleArn",), ("Description", "RoleArn"))
)
"""By what a rule has: all of it is written anew."""
EVENT_RULE = Kind(
    "event-rule", "the event rule {Name} of the bus {EventBusName} says what it says now", _RULE_LOOK,
    _rule_now, _NOT_FOUND, whole=True, before=_rule_before(_rule_settings),
    away="aws events delete-rule --name {Name} --event-bus-name {EventBusName}",
    back=_PUT_RULE,
    terraform=_RULE_TERRAFORM, part=("event_rules", "Name", ""),
)  # fmt: skip
RULE_STATE = Kind(
    "event-rule-state", "the event rule {Name} of the bus {EventBusName} is on, or off, as it is now", _RULE_LOOK,
    lambda names, answers: answers[-1] if not isinstance(answers[-1], Mapping)
    else "DISABLED" if answers[-1].get("State") == "DISABLED" else "ENABLED", _NOT_FOUND,
    before=_rule_before(_switch),
    opposite={"DISABLED": "ENABLED"},
    back={"ENABLED": "aws events enable-rule --name {Name} --event-bus-name {EventBusName}",
          "DISABLED": "aws events disable-rule --name {Name} --event-bus-name {EventBusName}"},
    terraform=_RULE_TERRAFORM, part=("event_rules", "Name", "state"), silent="it may have told nobody",
)  # fmt: skip


def _target(item: Mapping[str, Any]) -> State:
    """All that is set of a target; PutTargets sets all of it. Of inputs only the hash, as captures hold them."""
    return plain(upper(settings_of("event_targets", {name[:1].upper() + name[1:]: one for name, one in item.items()})))


def _target_before(account: Account, names: Names) -> State:
    """Captures hold targets of rules of the default bus that have a pattern."""
    rule = _rule_of_default_bus(account, {**names, "Name": names["Rule"]})
    if rule is None or isinstance(rule, Unknown):
        return rule
    if rule.pattern is None:
        return Unknown("the capture does not hold the targets of a schedule")
    for place, why in account.refused.items():
        if place.partition("@")[0] == "event_targets":
            return Unknown(f"the capture lacks event_targets: {why}")
    for target in account.event_targets:
        if target.address == f"{rule.address}/{names['Id']}" and target.region == names["Region"]:
            found = {"Arn": target.arn} | ({"RoleArn": target.role_arn} if target.role_arn else {})
            return Whole({**found, **upper(read_further(target.further))}) if target.further is not None else found
    return None


_PUT_TARGET = "aws events put-targets --rule {Rule} --event-bus-name {EventBusName} --targets Id={Id},Arn={value_Arn}"
TARGET = Kind(
    "event-target", "the event rule {Rule} sends its events to the target {Id}",
    ("events", "ListTargetsByRule", {"Rule": "{Rule}", "EventBusName": "{EventBusName}"}),
    member("Targets", "Id", "Id", _target), _NOT_FOUND, before=_target_before, whole=True,
    away="aws events remove-targets --rule {Rule} --event-bus-name {EventBusName} --ids {Id}",
    back={"Arn": _PUT_TARGET, "Arn,RoleArn": _PUT_TARGET + ",RoleArn={value_RoleArn}"},
    terraform=(("aws_cloudwatch_event_target",
                {"rule": "Rule", "target_id": "Id", "event_bus_name": "EventBusName"}),),
    part=("event_targets", "rule/{Rule}/{Id}", ""),
)  # fmt: skip


def _targets(write: Write) -> Sequence[Names] | Unknown:
    rule = {"Rule": write.text("rule"), "EventBusName": write.text("eventBusName|=default")}
    made = [{**rule, "Id": str(item.get("id", ""))} for item in listed(write.value("targets"))]
    return made if made and all(one["Id"] and one["Rule"] for one in made) else Unknown("the record names no target")


def _target_written(write: Write, names: Names) -> State:
    return next((_target(item) for item in listed(write.value("targets")) if item.get("id") == names["Id"]), None)


_RULE_WRITTEN = written_settings(_RULE_SETTINGS, json_of=("EventPattern",))

CALLS: tuple[Call, ...] = (
    Call("events:PutRule", EVENT_RULE, ADDS, _RULE, _RULE_WRITTEN),
    Call("events:PutRule", RULE_STATE, SETS, _RULE, written_value("state"), when="state"),
    Call("events:DeleteRule", EVENT_RULE, REMOVES, _RULE),
    Call("events:DisableRule", RULE_STATE, SETS, _RULE, always("DISABLED")),
    Call("events:EnableRule", RULE_STATE, SETS, _RULE, always("ENABLED")),
    Call("events:PutTargets", TARGET, ADDS, each=_targets, written=_target_written),
    Call("events:RemoveTargets", TARGET, REMOVES,
         {"Rule": "rule", "EventBusName": "eventBusName|=default", "Id": "ids[]"}),
)  # fmt: skip
