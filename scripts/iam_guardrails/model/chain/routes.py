"""Every route that starts at a metric filter or at an event rule, whatever the event: worked out once per account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from iam_guardrails.model.account import Account, Alarm, EventRule, EventTarget, MetricFilter, MuteRule
from iam_guardrails.model.chain.composite import composites_over
from iam_guardrails.model.chain.delivery import Sender, delivery
from iam_guardrails.model.chain.links import ALARM, EVENT_RULE, Link, Route
from iam_guardrails.model.chain.ring import rings
from iam_guardrails.model.chain.topics import CLOUDWATCH, EVENTS
from iam_guardrails.model.chain.watch import emits, feeds, shown, targets_of
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.unknown import Unknown

DELIVERY_SECONDS = 300
"""CloudTrail to CloudWatch Logs and EventBridge: "an average of about 5 minutes", not guaranteed (AWS CloudTrail User
Guide, send-cloudtrail-events-to-cloudwatch-logs)."""
EVALUATION_SECONDS = 60
"""An alarm is evaluated every minute (Amazon CloudWatch User Guide, alarm-evaluation)."""
METRIC = "Give an alarm of the same Region the filter's namespace, metric name and dimensions."


def from_filter(
    item: MetricFilter, account: Account, expected: Expected, record: Mapping[str, Any] | None = None
) -> tuple[Route, ...]:
    """The routes behind a filter, from its metric on: one per action of each alarm on it, or one that is broken.

    record: what the filter matched, which decides the values of the metric's dimensions.
    """
    found: list[Route] = []
    for alarm in account.alarms:
        answer = feeds(item, alarm) if record is None else emits(item, alarm, record)
        if answer is False:
            continue
        doubt = "its name is known only after apply"
        if answer is None and feeds(item, alarm):
            doubt = "the event lacks the field of one of its dimensions"
        found += _from_alarm(item, alarm, "" if answer else doubt, account, expected)
    return tuple(found) or (Route(ALARM, "", (_unheard(item),)),)


def _metric(item: MetricFilter) -> str:
    return f"{shown(item.namespace)} / {shown(item.metric_name)}"


def _unheard(item: MetricFilter) -> Link:
    return Link(
        "metric", _metric(item), False, f"no alarm in {item.region} watches it", METRIC, shown(item.metric_name)
    )


def _from_alarm(item: MetricFilter, alarm: Alarm, doubt: str, account: Account, expected: Expected) -> Iterator[Route]:
    metric = Link("metric", _metric(item), None if doubt else True, doubt, "", shown(item.metric_name))
    holds, why, remedy = rings(alarm, item)
    rung = Link("alarm", alarm.address, holds, why, remedy, alarm.name)
    seconds = DELIVERY_SECONDS + EVALUATION_SECONDS + _period(alarm)
    speakers = [(alarm, (metric, rung)), *_composites(alarm, (metric, rung), account)]
    speaking = [pair for pair in speakers if pair[0].actions != ()]
    if not speaking:
        yield Route(ALARM, alarm.name, (metric, rung, _mute(alarm)), seconds)
    for speaker, links in speaking:
        for action in speaker.actions if isinstance(speaker.actions, tuple) else (speaker.actions,):
            sender = Sender(CLOUDWATCH, speaker.arn, speaker.region, speaker.name)
            more, people = delivery(action, sender, account, expected)
            state = _voice(speaker, account)
            yield Route(ALARM, speaker.name, (*links, *state, *more), seconds, people)


def stray(alarm: Alarm, account: Account, expected: Expected) -> tuple[Route, ...]:
    """The routes behind an alarm that no filter feeds, so that a picture shows what else is wrong with it."""
    name = str(alarm.metric_name)
    lone = MetricFilter("", "", alarm.region, "", "", name, str(alarm.namespace))
    remedy = "Take namespace and metric name from the filter."
    link = Link("metric", f"{shown(alarm.namespace)} / {name}", False, "no filter emits it", remedy, name)
    return tuple(
        Route(route.way, route.name, (link, *route.links[1:]), route.seconds)
        for route in _from_alarm(lone, alarm, "", account, expected)
    )


def _mute(alarm: Alarm) -> Link:
    why = "it has no alarm action: it changes colour in the console and tells nobody"
    return Link("alarm", alarm.address, False, why, "Put the ARN of the alert topic into alarm_actions.", alarm.name)


def _composites(alarm: Alarm, links: tuple[Link, ...], account: Account) -> Iterator[tuple[Alarm, tuple[Link, ...]]]:
    remedy = "Let the composite alarm ring for this alarm alone, or give this alarm the action."
    for over in composites_over(alarm, account):
        other = over.alarm
        link = Link("alarm", other.address, over.holds, over.why, remedy if over.holds is False else "", other.name)
        yield other, (*links, link)


def _voice(alarm: Alarm, account: Account) -> Iterator[Link]:
    """What keeps a ringing alarm from speaking; nothing where nothing does."""
    on = "Set actions_enabled = true; when live, `aws cloudwatch enable-alarm-actions`."
    if isinstance(alarm.actions_enabled, Unknown):
        yield Link("alarm", alarm.address, None, f"actions_enabled: {alarm.actions_enabled.reason}")
    elif not alarm.actions_enabled:
        yield Link("alarm", alarm.address, False, "its actions are switched off", on, alarm.name)
    for mute in account.mute_rules:
        if _mutes(mute, alarm):
            why = f"the mute rule {mute.name} silences it now"
            yield Link("alarm", alarm.address, False, why, "Delete the mute rule.", alarm.name)


def _mutes(mute: MuteRule, alarm: Alarm) -> bool:
    return mute.region == alarm.region and alarm.name in mute.alarm_names and mute.status.upper() == "ACTIVE"


def _period(alarm: Alarm) -> int:
    return alarm.period_seconds if isinstance(alarm.period_seconds, int) else 0


def from_rule(rule: EventRule, account: Account, expected: Expected) -> tuple[Route, ...]:
    """The routes behind an event rule: one per target, or one that is broken where it has none."""
    targets = targets_of(rule, account)
    if not targets:
        loose = any(isinstance(target.rule_name, Unknown) for target in account.event_targets)
        why = "which rule a target belongs to is known only after apply" if loose else "the rule has no target"
        link = Link("target", rule.address, None if loose else False, why, "" if loose else "Give the rule a target.")
        return (Route(EVENT_RULE, rule.name, (link,), DELIVERY_SECONDS),)
    found = []
    for target in targets:
        sender = Sender(EVENTS, rule.arn, rule.region, rule.name, target.role_arn)
        links, people = delivery(target.arn, sender, account, expected)
        found.append(Route(EVENT_RULE, rule.name, (_target(target, rule), *links), DELIVERY_SECONDS, people))
    return tuple(found)


def _target(target: EventTarget, rule: EventRule) -> Link:
    bus = next((name for name in (target.bus, rule.bus) if isinstance(name, Unknown)), None)
    if bus is None or target.bus == rule.bus:
        return Link("target", target.address)
    return Link("target", target.address, None, f"whether its bus is the rule's: {bus.reason}")
