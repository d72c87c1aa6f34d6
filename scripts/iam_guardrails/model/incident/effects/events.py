"""EventBridge rules and their targets: what carries an alert of a use of the role.

Source: Amazon EventBridge API Reference: PutRule and PutTargets write over what is there, and set all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from iam_guardrails.model.account import Account, EventRule
from iam_guardrails.model.further import read_further, settings_of
from iam_guardrails.model.incident.effects.harm import SILENCES, Harm, taking_away, works_again
from iam_guardrails.model.incident.effects.kind import (
    ADDS,
    REMOVES,
    SETS,
    Answer,
    Ask,
    Call,
    Earlier,
    Kind,
    Names,
    State,
    command,
)
from iam_guardrails.model.incident.effects.reading import (
    always,
    at,
    member,
    of,
    written_settings,
    written_value,
)
from iam_guardrails.model.incident.effects.state import Whole, agree, decoded, plain, upper
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


ALL = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
"""The state in which a rule also gets calls that only read, such as AssumeRole (EventBridge User Guide,
eb-service-event-cloudtrail-management). Only PutRule sets it; EnableRule does not."""
_TELLS = {"DISABLED": 0, "ENABLED": 1, ALL: 2}


def _tells_more(now: Any, target: Any) -> bool:
    return bool(_TELLS.get(str(now), 0) > _TELLS.get(str(target), 0 if now == ALL else 2))


def _state_harm(names: Names, now: State, target: State, *_: Any) -> Harm | None:
    return works_again("the rule tells again") if _tells_more(now, target) else None


def _rule_harm(names: Names, now: State, target: State, *_: Any) -> Harm | None:
    """Where the rule tells, or tells more, than it did."""
    if not isinstance(now, Mapping) or not isinstance(target, Mapping):
        return None
    if not _tells_more(now.get("State"), target.get("State")):
        return None
    other = not isinstance(target, Whole) or agree({**now, "State": target.get("State")}, target) is not True
    return Harm(SILENCES, mixed=True) if other else works_again("the rule tells again")


def _with_all_again(earlier: Earlier, ask: Ask) -> str:
    """The command that puts a rule into that state again, where a capture tells that it was in it: with all that the
    rule is now, for the call sets all of it."""
    then = RULE_STATE.before(earlier.before, earlier.names) if earlier.before and RULE_STATE.before else None
    names = {name: earlier.names[name] for name in ("Name", "EventBusName")}
    found = ask("DescribeRule", names) if then == ALL else None
    if not isinstance(found, Mapping):
        return ""
    told = {name: found[name] for name in _RULE_TOLD if found.get(name)} | {"State": ALL}
    return command(_PUT_RULE.get(",".join(sorted(told)), ""), names, earlier.names["Region"], told)


def _put_rule(*names: str) -> tuple[str, str]:
    options = {"EventPattern": "event-pattern", "RoleArn": "role-arn", "Description": "description", "State": "state",
               "ScheduleExpression": "schedule-expression"}  # fmt: skip
    told = "".join(f" --{options[name]} {{value_{name}}}" for name in names)
    return ",".join(sorted(names)), f"aws events put-rule --name {{Name}} --event-bus-name {{EventBusName}}{told}"


_RULE_TOLD = ("EventPattern", "ScheduleExpression", "Description", "RoleArn")
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
    back=_PUT_RULE, harm=taking_away(_rule_harm),
    terraform=_RULE_TERRAFORM, part=("event_rules", "Name", ""),
)  # fmt: skip
_EITHER = (
    f"it may have been ENABLED or {ALL} before, and without a capture nobody knows; as ENABLED it does not get calls"
    " that only read, such as AssumeRole"
)
RULE_STATE = Kind(
    "event-rule-state", "the event rule {Name} of the bus {EventBusName} is on, or off, as it is now", _RULE_LOOK,
    at("State", "ENABLED"), _NOT_FOUND, before=_rule_before(lambda rule: rule.state),
    opposite={"DISABLED": Unknown(_EITHER)}, doubts={"ENABLED": _EITHER}, put_back=_with_all_again, harm=_state_harm,
    by_hand=f"where it was on, aws events enable-rule switches it on; where it was {ALL}, only aws events put-rule"
    " --state does, with the pattern, description and role that it has; Terraform tells which",
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
    part=("event_targets", "rule/{Rule}/{Id}", ""), harm=taking_away(),
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
