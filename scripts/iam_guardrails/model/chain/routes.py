"""Every route that starts at a metric filter or at an event rule, whatever the event: worked out once per account."""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.model.account import Account, Alarm, EventRule, MetricFilter, MuteRule
from iam_guardrails.model.chain import composite
from iam_guardrails.model.chain.delivery import Sender, delivery
from iam_guardrails.model.chain.links import ALARM, EVENT_RULE, Link, Route
from iam_guardrails.model.chain.ring import rings
from iam_guardrails.model.chain.topics import CLOUDWATCH, EVENTS
from iam_guardrails.model.chain.watch import composites_over, feeds, shown, targets_of
from iam_guardrails.model.unknown import Unknown

DELIVERY_SECONDS = 300
"""CloudTrail to CloudWatch Logs and EventBridge: "an average of about 5 minutes", not guaranteed (AWS CloudTrail User
Guide, send-cloudtrail-events-to-cloudwatch-logs)."""
EVALUATION_SECONDS = 60
"""An alarm is evaluated every minute (Amazon CloudWatch User Guide, alarm-evaluation)."""
METRIC = "Give an alarm of the same Region the filter's namespace, metric name and dimensions."


def from_filter(item: MetricFilter, account: Account) -> tuple[Route, ...]:
    """The routes behind a filter, from its metric on: one per action of each alarm on it, or one that is broken."""
    found: list[Route] = []
    for alarm in account.alarms:
        answer = feeds(item, alarm)
        if answer is False:
            continue
        found += _from_alarm(item, alarm, answer, account)
    return tuple(found) or (Route(ALARM, "", (_unheard(item),)),)


def _metric(item: MetricFilter) -> str:
    return f"{shown(item.namespace)} / {shown(item.metric_name)}"


def _unheard(item: MetricFilter) -> Link:
    return Link(
        "metric", _metric(item), False, f"no alarm in {item.region} watches it", METRIC, shown(item.metric_name)
    )


def _from_alarm(item: MetricFilter, alarm: Alarm, fed: bool | None, account: Account) -> Iterator[Route]:
    doubt = "" if fed else "its name is known only after apply"
    metric = Link("metric", _metric(item), fed, doubt, "", shown(item.metric_name))
    holds, why, remedy = rings(alarm, item)
    rung = Link("alarm", alarm.address, holds, why, remedy, alarm.name)
    seconds = DELIVERY_SECONDS + EVALUATION_SECONDS + _period(alarm)
    speakers = [(alarm, (metric, rung)), *_composites(alarm, (metric, rung), account)]
    speaking = [pair for pair in speakers if pair[0].actions != ()]
    if not speaking:
        yield Route(ALARM, alarm.name, (metric, rung, _mute(alarm)), seconds)
    for speaker, links in speaking:
        for action in speaker.actions if isinstance(speaker.actions, tuple) else (speaker.actions,):
            sender = Sender(CLOUDWATCH, speaker.arn, speaker.region)
            more, people = delivery(action, sender, account)
            state = _voice(speaker, account)
            yield Route(ALARM, speaker.name, (*links, *state, *more), seconds, people)


def stray(alarm: Alarm, account: Account) -> tuple[Route, ...]:
    """The routes behind an alarm that no filter feeds, so that a picture shows what else is wrong with it."""
    name = str(alarm.metric_name)
    lone = MetricFilter("", "", alarm.region, "", "", name, str(alarm.namespace))
    remedy = "Take namespace and metric name from the filter."
    link = Link("metric", f"{shown(alarm.namespace)} / {name}", False, "no filter emits it", remedy, name)
    return tuple(
        Route(route.way, route.name, (link, *route.links[1:]), route.seconds)
        for route in _from_alarm(lone, alarm, True, account)
    )


def _mute(alarm: Alarm) -> Link:
    why = "it has no alarm action: it changes colour in the console and tells nobody"
    return Link("alarm", alarm.address, False, why, "Put the ARN of the alert topic into alarm_actions.", alarm.name)


def _composites(alarm: Alarm, links: tuple[Link, ...], account: Account) -> Iterator[tuple[Alarm, tuple[Link, ...]]]:
    for other in composites_over(alarm, account):
        holds, why = composite.turns_on(str(other.rule), alarm)
        remedy = "Let the composite alarm ring for this alarm alone, or give this alarm the action."
        yield other, (*links, Link("alarm", other.address, holds, why, "" if holds else remedy, other.name))


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


def from_rule(rule: EventRule, account: Account) -> tuple[Route, ...]:
    """The routes behind an event rule: one per target, or one that is broken where it has none."""
    targets = targets_of(rule, account)
    if not targets:
        loose = any(isinstance(target.rule_name, Unknown) for target in account.event_targets)
        why = "which rule a target belongs to is known only after apply" if loose else "the rule has no target"
        link = Link("target", rule.address, None if loose else False, why, "" if loose else "Give the rule a target.")
        return (Route(EVENT_RULE, rule.name, (link,), DELIVERY_SECONDS),)
    found = []
    for target in targets:
        links, people = delivery(target.arn, Sender(EVENTS, rule.arn, rule.region, target.role_arn), account)
        found.append(Route(EVENT_RULE, rule.name, (Link("target", target.address), *links), DELIVERY_SECONDS, people))
    return tuple(found)
