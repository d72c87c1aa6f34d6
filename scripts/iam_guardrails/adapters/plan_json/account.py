"""From a plan to an `Account`: what will stand after the apply, as far as the plan knows."""

from __future__ import annotations

from iam_guardrails.adapters.plan_json import alerting, delivery, principals, recording, settings
from iam_guardrails.adapters.plan_json.attachments import Attachments
from iam_guardrails.adapters.plan_json.graph import Graph
from iam_guardrails.adapters.plan_json.plan_file import PlanFile
from iam_guardrails.adapters.plan_json.reading import Reading
from iam_guardrails.model.account import Account
from iam_guardrails.model.expected import Expected


def account_from_plan(plan: PlanFile, expected: Expected) -> Account:
    """Everything the plan will leave standing, unchanged resources included and deleted ones left out.

    `expected` gives what a plan does not hold: account id, partition, Region of providers that name none.
    """
    graph = Graph(plan, expected.home_region, expected.account_id)
    reading = Reading(graph, expected.partition)
    attached = Attachments(reading)
    return Account(
        origin="plan",
        account_id=expected.account_id,
        home_region=expected.home_region,
        roles=tuple(principals.roles(reading, attached)),
        users=tuple(principals.users(reading, attached)),
        groups=tuple(principals.groups(reading, attached)),
        absent=tuple(principals.absent(attached)),
        access_keys=tuple(principals.access_keys(reading, attached)),
        managed_policies=tuple(principals.managed_policies(reading)),
        oidc_providers=tuple(principals.oidc_providers(reading)),
        trails=tuple(recording.trails(reading)),
        log_groups=tuple(recording.log_groups(reading)),
        metric_filters=tuple(alerting.metric_filters(reading)),
        alarms=tuple(alerting.alarms(reading)),
        topics=tuple(delivery.topics(reading)),
        subscriptions=tuple(delivery.subscriptions(reading)),
        keys=tuple(delivery.keys(reading)),
        event_rules=tuple(delivery.event_rules(reading)),
        event_targets=tuple(delivery.event_targets(reading)),
        config_recorders=tuple(settings.config_recorders(reading)),
        delivery_channels=tuple(settings.delivery_channels(reading)),
        config_rules=tuple(settings.config_rules(reading)),
        analyzers=tuple(settings.analyzers(reading)),
        password_policies=tuple(settings.password_policies(reading)),
        public_access_blocks=tuple(settings.public_access_blocks(reading)),
        buckets=tuple(recording.buckets(reading)),
    )
