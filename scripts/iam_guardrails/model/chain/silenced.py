"""Is a guardrail silenced now? What an account (or a plan) shows of silencing calls that were made and not undone.

The calls are those of model/silencers.py; what each leaves behind is in the API reference of its service.
"""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.model.account import Account, Key
from iam_guardrails.model.chain.composite import composites_over
from iam_guardrails.model.chain.sight import security_rules
from iam_guardrails.model.chain.topics import key_of
from iam_guardrails.model.chain.topics import ours as alert_topics
from iam_guardrails.model.chain.watch import ours_and_pipelines, watch, watched_groups
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.value import frozen


@frozen
class Silenced:
    """A guardrail that is off. call: the silencing call, as a policy writes it; address: of what; why: one clause."""

    call: str
    address: str
    why: str


def silenced_now(account: Account, expected: Expected) -> tuple[Silenced, ...]:
    """Every guardrail that is off or muted. What could not be read is not in here: the rules say "not judged" of it."""
    return tuple(
        item for look in (_trails, _alarms, _event_rules, _keys, _recorders) for item in look(account, expected)
    )


def _trails(account: Account, expected: Expected) -> Iterator[Silenced]:
    for trail in account.trails:
        if trail.logging is False:
            yield Silenced("cloudtrail:StopLogging", trail.address, "the trail is switched off")


def _alarms(account: Account, expected: Expected) -> Iterator[Silenced]:
    mine = ours_and_pipelines(account, expected)
    ours = list(dict.fromkeys((*mine, *(over.alarm for alarm in mine for over in composites_over(alarm, account)))))
    for alarm in ours:
        if alarm.actions_enabled is False:
            yield Silenced("cloudwatch:DisableAlarmActions", alarm.address, "its actions are switched off")
    for mute in account.mute_rules:
        muted = [alarm.name for alarm in ours if alarm.region == mute.region and alarm.name in mute.alarm_names]
        if muted and mute.status.upper() not in ("EXPIRED", "SCHEDULED"):
            why = f"it mutes {', '.join(muted)} ({mute.status.lower() or 'status not known'})"
            yield Silenced("cloudwatch:PutAlarmMuteRule", mute.address, why)


def _event_rules(account: Account, expected: Expected) -> Iterator[Silenced]:
    for rule in security_rules(account, expected):
        if rule.state == "DISABLED":
            yield Silenced("events:DisableRule", rule.address, "the rule is disabled")


def guarding_keys(account: Account, expected: Expected) -> tuple[Key, ...]:
    """The keys of the trails, of the log groups they deliver to and of the alert topics."""
    arns = {trail.key_arn for trail in watch(account, expected).trails}
    arns |= {group.key_arn for group in watched_groups(account, expected)}
    found = [key_of(topic, account) for topic in alert_topics(account, expected)]
    found += [key for key in account.keys if key.arn in arns]
    return tuple(dict.fromkeys(item for item in found if item))


def _keys(account: Account, expected: Expected) -> Iterator[Silenced]:
    for key in guarding_keys(account, expected):
        if key.enabled is False:
            call = "kms:ScheduleKeyDeletion" if key.state == "PendingDeletion" else "kms:DisableKey"
            yield Silenced(call, key.address, f"the key is {key.state or 'disabled'}")


def _recorders(account: Account, expected: Expected) -> Iterator[Silenced]:
    for recorder in account.config_recorders:
        if recorder.recording is False:
            yield Silenced("config:StopConfigurationRecorder", recorder.address, "the recorder does not record")
