"""EventBridge rules, the second path: one message per event, with the name of who it was."""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.model.account import Account, EventRule, Role
from iam_guardrails.model.chain.sight import (
    SEES_READS,
    by_rule,
    on_default_bus,
    regions,
    rule_matches,
    security_rules,
)
from iam_guardrails.model.chain.watch import targets_of, topics_by_arn, watch
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.trail import event_pattern
from iam_guardrails.model.unknown import NotKnown, Unknown, known
from iam_guardrails.rules.detection_coverage import NO_ROLE, assumed, roles
from iam_guardrails.rules.engine import Absence, Rule, rule

SEED = "3 Alerting"
NEEDS = ("event_rules",)
TRAIL_EVENTS = "Amazon EventBridge User Guide: eb-service-event-cloudtrail"
NOTHING = Absence(
    "there is no event rule on security events of CloudTrail", ("event-rule-breakglass", "event-rule-sees-read-only")
)


@rule(
    id="event-rule-breakglass",
    title="An event rule of each Region that matters sees a use of a break-glass role", severity="high",
    seed=SEED, reference=TRAIL_EVENTS, select=roles, nothing=NO_ROLE,
    needs=("roles", "trails", "metric_filters", "alarms", "event_targets", *NEEDS),
    remedy="Give the home Region and the second Region each a rule on the default bus that matches "
           "AssumeRole of this role, in the state that sees read-only events, with a target: the caller "
           "picks the STS endpoint.",
)  # fmt: skip
def _rule_for_breakglass(role: Role, account: Account, expected: Expected) -> Iterator[str]:
    view, doubts = watch(account, expected), []
    if (
        account.origin == "plan"
        and not security_rules(account, expected)
        and "event_rules" not in expected.required_kinds
    ):
        raise NotKnown("the plan holds no event rule")
    for region in regions(expected):
        sights = [(event, by_rule(event, view)) for event in assumed(role, account, expected, region)]
        doubts += [sight.why for _, sight in sights if sight.seen is None]
        if missing := [event.what for event, sight in sights if sight.seen is False]:
            what = "any AssumeRole" if len(missing) == len(sights) else " and ".join(missing)
            yield f"no working event rule in {region} sees {what} into this role that is recorded there"
    if doubts:
        raise NotKnown(doubts[0])


@rule(
    id="event-rule-sees-read-only",
    title="Event rules on AssumeRole are in the state that sees read-only events", severity="high",
    seed=SEED, select=security_rules, needs=NEEDS, nothing=NOTHING,
    reference="Amazon EventBridge User Guide: eb-service-event-cloudtrail-management",
    remedy=f'Set `state = "{SEES_READS}"` (and drop `is_enabled`).',
)  # fmt: skip
def _sees_read_only(item: EventRule, account: Account, expected: Expected) -> Iterator[str]:
    if _names_assume(item) or _matches_assume(item, account, expected):
        state = known(item.state, "the state")
        if state == "ENABLED":
            yield (
                "it asks for AssumeRole, which is a read-only event, but its state is ENABLED: "
                f"EventBridge hands those only to rules in the state {SEES_READS}"
            )


def _names_assume(item: EventRule) -> bool:
    try:
        listed = event_pattern.values(event_pattern.parse(str(item.pattern)), "detail", "eventName")
    except event_pattern.EventPatternError:
        return False
    texts = [next(iter(value.values())) if isinstance(value, dict) else value for value in listed]
    return any(isinstance(text, str) and text.startswith("AssumeRole") and text != "AssumeRoot" for text in texts)


def _matches_assume(item: EventRule, account: Account, expected: Expected) -> bool:
    view = watch(account, expected)
    return any(
        rule_matches(item, event, view)
        for role in view.roles
        for event in assumed(role, account, expected, item.region)
    )


@rule(
    id="event-rule-enabled", title="Event rules on security events are switched on", severity="high",
    seed=SEED, reference="Amazon EventBridge API Reference: DisableRule", select=security_rules,
    needs=NEEDS, nothing=NOTHING,
    remedy="Set `state` to ENABLED (or to the state that sees read-only events).",
)  # fmt: skip
def _rule_enabled(item: EventRule, account: Account, expected: Expected) -> Iterator[str]:
    if known(item.state, "the state") == "DISABLED":
        yield "the rule is disabled: it matches nothing and tells nobody"


@rule(
    id="event-rule-target",
    title="Event rules on security events have a target that exists, in their own Region", severity="high",
    seed=SEED, reference="Amazon EventBridge User Guide: eb-targets", select=security_rules,
    needs=("event_targets", "topics", *NEEDS), nothing=NOTHING,
    remedy="Add an aws_cloudwatch_event_target with the ARN of the alert topic of the rule's own Region.",
)  # fmt: skip
def _rule_target(item: EventRule, account: Account, expected: Expected) -> Iterator[str]:
    found, doubts = targets_of(item, account), []
    if not found and any(isinstance(target.rule_name, Unknown) for target in account.event_targets):
        raise NotKnown("which rule a target belongs to is known only after apply")
    if not found:
        yield "the rule has no target: it matches and tells nobody"
    for target in found:
        arn = target.arn
        if isinstance(arn, Unknown):
            doubts.append(f"{target.address}: its ARN: {arn.reason}")
            continue
        problem, doubt = _target_problem(arn, item.region, account)
        if problem:
            yield problem
        doubts += [doubt] if doubt else []
    if doubts:
        raise NotKnown(doubts[0])


def _target_problem(arn: str, region: str, account: Account) -> tuple[str, str]:
    topic = topics_by_arn(account).get(arn)
    if topic is None and ":data.aws_sns_topic." in arn:
        return "", f"{arn.removeprefix('address:')} is only looked up by the plan"
    parts = arn.split(":")
    where = topic.region if topic else parts[3] if len(parts) > 5 else region
    if where and where != region and not (len(parts) > 5 and parts[2] == "events"):
        return (
            f"the target {arn} is in {where}, but a rule reaches only targets of its own Region ({region})",
            "",
        )
    if topic or len(parts) < 6 or parts[2] != "sns":
        return "", ""
    if parts[4] == account.account_id and account.origin != "plan":
        return f"the target {arn} does not exist", ""
    return "", f"the target {arn} is not part of what was read"


@rule(
    id="event-rule-default-bus", title="Event rules on CloudTrail stand on the default event bus",
    severity="high", seed=SEED, reference=TRAIL_EVENTS, select=security_rules, needs=NEEDS, nothing=NOTHING,
    remedy="Leave `event_bus_name` out: CloudTrail delivers to the default bus only.",
)  # fmt: skip
def _default_bus(item: EventRule, account: Account, expected: Expected) -> Iterator[str]:
    bus = known(item.bus, "the event bus")
    if not on_default_bus(item):
        yield f"the rule stands on the bus {bus}, where CloudTrail's events never arrive by themselves"


@rule(
    id="event-pattern-valid",
    title="The patterns of event rules on security events are valid and mean something", severity="high",
    seed=SEED, reference="Amazon EventBridge User Guide: eb-event-patterns", select=security_rules,
    needs=NEEDS, nothing=NOTHING, remedy="Correct `event_pattern`; Terraform passes any JSON on.",
)  # fmt: skip
def _pattern_valid(item: EventRule, account: Account, expected: Expected) -> Iterator[str]:
    try:
        pattern = event_pattern.parse(str(item.pattern))
    except event_pattern.EventPatternError as error:
        yield f"EventBridge refuses the pattern, or never matches it: {error}"
        return
    for text in event_pattern.values(pattern, "detail-type"):
        if isinstance(text, str) and "cloudtrail" in text.lower() and text not in _DETAIL_TYPES:
            near = _DETAIL_TYPES[1] if "sign" in text.lower() else _DETAIL_TYPES[0]
            yield f'CloudTrail sends no detail-type "{text}"; it is written "{near}"'


_DETAIL_TYPES = (
    "AWS API Call via CloudTrail",
    "AWS Console Sign In via CloudTrail",
    "AWS Console Action via CloudTrail",
    "AWS Service Event via CloudTrail",
    "AWS Insight via CloudTrail",
)

RULES: tuple[Rule, ...] = (
    _rule_for_breakglass, _sees_read_only, _rule_enabled, _rule_target, _default_bus, _pattern_valid,
)  # fmt: skip
