"""The guarded things of an account, for the silencing calls of the event catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from iam_guardrails.model.account import Account
from iam_guardrails.model.chain.composite import composites_over
from iam_guardrails.model.chain.sight import candidates, security_rules
from iam_guardrails.model.chain.topics import key_of
from iam_guardrails.model.chain.topics import ours as alert_topics
from iam_guardrails.model.chain.watch import Watch, ours_and_pipelines, watched_groups
from iam_guardrails.model.iam.trust import USER, account_of, classify, doors
from iam_guardrails.model.trail.guarded import Guarded, Targets
from iam_guardrails.model.unknown import Unknown


def targets(view: Watch) -> Targets:
    """Everything that guards, kind by kind, under the names that requests have to give."""
    account, expected = view.account, view.expected
    trails = (*view.trails, *view.unclear)
    alarms = ours_and_pipelines(account, expected)
    over = (item for alarm in alarms for item in composites_over(alarm, account))
    several = len(view.groups) > 1
    return Targets(
        trails=_once(Guarded(trail.name, trail.region) for trail in trails),
        delivery_roles=_once(
            Guarded(_role_name(trail.delivery_role_arn, account))
            for trail in trails
            if isinstance(trail.delivery_role_arn, str)
        ),
        log_groups=_once(Guarded(name, region) for region, name in _groups(view)),
        filters=_once(
            Guarded(
                item.name, item.region, _on_group(item.name, str(item.log_group_name), several), item.log_group_name
            )
            for item in candidates(view)
            if not isinstance(item.log_group_name, Unknown)
        ),
        alarms=_once(Guarded(alarm.name, alarm.region) for alarm in alarms if alarm.rule is None),
        composites=_once(Guarded(alarm.name, alarm.region) for alarm in (each.alarm for each in over)),
        topics=_once(Guarded(topic.arn, topic.region, topic.name) for topic in alert_topics(account, expected)),
        keys=_once(_keys(view)),
        rules=_once(Guarded(rule.name, rule.region) for rule in security_rules(account, expected)),
        recorders=_once(Guarded(item.name, item.region) for item in account.config_recorders),
        channels=_once(Guarded(item.name, item.region) for item in account.delivery_channels),
        config_rules=_once(Guarded(item.name, item.region) for item in account.config_rules),
        roles=_once(Guarded(role.name) for role in view.roles),
        policies=_once(
            Guarded(role.boundary_arn, label=role.boundary_arn.rpartition("/")[2])
            for role in view.roles
            if isinstance(role.boundary_arn, str)
        ),
        users=_once(_owners(view)),
    )


def _once(things: Iterable[Guarded]) -> tuple[Guarded, ...]:
    return tuple(dict.fromkeys(things))


def _groups(view: Watch) -> list[tuple[str, str]]:
    """(Region, name) of the log groups trails deliver to, or where no trail is in sight, of those with filters."""
    found = sorted(view.groups)
    return found or [
        (item.region, item.log_group_name) for item in view.filters if not isinstance(item.log_group_name, Unknown)
    ]


def _on_group(name: str, group: str, several: bool) -> str:
    """A filter's name, with its log group where there are several: names are unique within one only."""
    return f"{name} on {group}" if several else ""


def _role_name(arn: str, account: Account) -> str:
    return next((role.name for role in account.roles if role.arn == arn), arn.rpartition("/")[2])


def _keys(view: Watch) -> Iterator[Guarded]:
    """The keys of alert topics, trails and their log groups; without those whose ARN only AWS can give."""
    account = view.account
    labels = {key.arn: (*key.aliases, "")[0] for key in account.keys}
    topics = alert_topics(account, view.expected)
    found = [key_of(topic, account) for topic in topics]
    named: list[object] = [key.arn for key in found if key]
    named += [topic.key_id for topic in topics]
    named += [trail.key_arn for trail in (*view.trails, *view.unclear)]
    named += [group.key_arn for group in watched_groups(account, view.expected)]
    for arn in named:
        parts = str(arn).split(":") if isinstance(arn, str) else []
        if len(parts) == 6 and parts[5].startswith("key/"):
            yield Guarded(parts[5].removeprefix("key/"), parts[3], labels.get(str(arn), ""), str(arn))


def _owners(view: Watch) -> Iterator[Guarded]:
    """The account's own users who may enter: named in guardrails.toml or by a break-glass role's trust policy."""
    arns = [arn for arn in view.expected.people if classify(arn) == USER]
    for role in view.roles:
        if not isinstance(role.trust, Unknown):
            arns += [door.value for door in doors(role.trust) if door.kind == USER]
    for arn in arns:
        name = arn.rpartition("/")[2]
        if account_of(arn) == view.account.account_id and not set(name) & set("*?$"):
            yield Guarded(name)
