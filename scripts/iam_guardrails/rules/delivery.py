"""Does an alert reach a human? Subscriptions of the topics that security alarms and event rules speak to."""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.model.account import Account, Subscription, Topic
from iam_guardrails.model.chain.links import cut_to_host
from iam_guardrails.model.chain.listening import alarm_message, filter_policy_passes, hears
from iam_guardrails.model.chain.topics import ours, subscriptions_of
from iam_guardrails.model.chain.watch import watch
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.unknown import NotKnown, Unknown, known
from iam_guardrails.rules import delivery_policies
from iam_guardrails.rules.delivery_policies import NEEDS, NOTHING, SEED
from iam_guardrails.rules.engine import Absence, Rule, rule

ALL = ("subscriptions", *NEEDS)
NO_SUBSCRIPTION = Absence("no alert topic has a subscription", ("topic-subscribed", "topic-key-usable"))
_KINDS = {"email-json": "email", "http": "https"}


def subscriptions(account: Account, expected: Expected) -> Iterator[Subscription]:
    """The subscriptions of those topics."""
    for topic in ours(account, expected):
        yield from subscriptions_of(topic, account)


def _heard(topic: Topic, account: Account, expected: Expected) -> tuple[list[Subscription], str]:
    """The subscriptions over which a person gets an alarm's message, and why there may be more."""
    alarm = next((alarm for alarm in watch(account, expected).alarms if alarm.region == topic.region), None)
    message = alarm_message(alarm.name, alarm.arn, account) if alarm else None
    answers = [(item, *hears(item, message, account, expected)) for item in subscriptions_of(topic, account)]
    doubts = [f"{item.address}: {why}" for item, answer, why in answers if answer is None]
    return [item for item, answer, _ in answers if answer], next(iter(doubts), "") or _may_have_more(account)


def _may_have_more(account: Account) -> str:
    """Why a subscription that nobody counted may still belong to a topic; empty when none can."""
    for item in account.subscriptions:
        if isinstance(item.topic_arn, Unknown):
            return f"{item.address}: its topic: {item.topic_arn.reason}"
    return ""


@rule(
    id="topic-subscribed", title="Somebody is subscribed to every alert topic", severity="critical",
    seed=SEED, reference="Amazon SNS Developer Guide: sns-create-subscribe-endpoint-to-topic", select=ours,
    needs=ALL, nothing=NOTHING,
    remedy="Add an aws_sns_topic_subscription for each owner, and confirm it after apply.",
)  # fmt: skip
def _subscribed(topic: Topic, account: Account, expected: Expected) -> Iterator[str]:
    if subscriptions_of(topic, account):
        return
    if doubt := _may_have_more(account):
        raise NotKnown(doubt)
    yield "the topic has no subscription: every alert goes nowhere"


@rule(
    id="topic-two-endpoints", title="At least two people hear every alert", severity="medium",
    seed="3 Trust policy", select=ours, needs=ALL, nothing=NOTHING,
    reference="AWS Well-Architected Framework: sec_permissions_emergency_process",
    remedy="Subscribe the backup owner as well, at an address of their own.",
)  # fmt: skip
def _two_endpoints(topic: Topic, account: Account, expected: Expected) -> Iterator[str]:
    heard, doubt = _heard(topic, account, expected)
    endpoints = {item.endpoint.lower() for item in heard if not isinstance(item.endpoint, Unknown)}
    if not subscriptions_of(topic, account) or len(endpoints) > 1:
        return
    for item in heard:
        known(item.endpoint, f"{item.address}: its endpoint")
    if doubt:
        raise NotKnown(doubt)
    yield (
        "nobody hears the alert"
        if not heard
        else "only one endpoint is subscribed: when that person is away, nobody hears the alert"
    )


@rule(
    id="topic-two-kinds", title="Alerts take more than one way", severity="low", seed=SEED,
    reference="Amazon SNS Developer Guide: sns-event-destinations", select=ours, needs=ALL, nothing=NOTHING,
    remedy="Add a subscription of another kind beside e-mail, such as sms or https.",
)  # fmt: skip
def _two_kinds(topic: Topic, account: Account, expected: Expected) -> Iterator[str]:
    heard, doubt = _heard(topic, account, expected)
    kinds = {_KINDS.get(str(item.protocol), str(item.protocol)) for item in heard}
    if len(kinds) > 1:
        return
    if doubt:
        raise NotKnown(doubt)
    if kinds:
        yield f"every subscription is of the kind {kinds.pop()}: when that way is down, no alert gets through"


@rule(
    id="subscription-confirmed", title="Every subscription of an alert topic is confirmed",
    severity="critical", seed=SEED, reference="Amazon SNS Developer Guide: SendMessageToHttp.confirm",
    select=subscriptions, needs=ALL, live_only=True, nothing=NO_SUBSCRIPTION,
    remedy="Have the person open the confirmation message; SNS drops an unconfirmed subscription after "
           "some days.",
)  # fmt: skip
def _confirmed(item: Subscription, account: Account, expected: Expected) -> Iterator[str]:
    if item.confirmed is None:
        raise NotKnown("whether it is confirmed could not be read")
    if not item.confirmed:
        who = cut_to_host(str(item.endpoint))
        yield f"the {item.protocol} subscription of {who} is not confirmed: it receives nothing"


@rule(
    id="subscription-no-filter", title="No subscription of an alert topic leaves messages out",
    severity="medium", seed=SEED, reference="Amazon SNS Developer Guide: sns-message-filtering",
    select=subscriptions, needs=ALL, nothing=NO_SUBSCRIPTION,
    remedy="Remove `filter_policy`: alarms set no message attributes, so it drops them.",
)  # fmt: skip
def _no_filter(item: Subscription, account: Account, expected: Expected) -> Iterator[str]:
    policy = known(item.filter_policy, "the filter policy")
    answers = [filter_policy_passes(item, alarm_message(alarm.name, alarm.arn, account))
               for alarm in watch(account, expected).alarms]  # fmt: skip
    answers = answers or [filter_policy_passes(item, None)]
    if any(passes is False for passes, _ in answers):
        yield f"its filter policy {str(policy)[:80]} leaves out what it does not name, and alarms name nothing"
    elif doubt := next((why for passes, why in answers if passes is None), ""):
        raise NotKnown(doubt)


RULES: tuple[Rule, ...] = (
    *delivery_policies.RULES, _subscribed, _two_endpoints, _two_kinds, _confirmed, _no_filter,
)  # fmt: skip
