"""What a capture holds only because something in it leads there: the topics of alarms, the log groups of filters.

Such a thing that stands in the later capture alone may have been there all the time, and nothing led to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from iam_guardrails.model.account import Account
from iam_guardrails.model.incident.examined import StateChange
from iam_guardrails.model.unknown import Unknown


def _topics(account: Account) -> set[str]:
    known = (alarm.actions for alarm in account.alarms if not isinstance(alarm.actions, Unknown))
    return {str(arn) for actions in known for arn in actions} | {str(target.arn) for target in account.event_targets}


def _groups(account: Account) -> set[str]:
    followed = (str(trail.log_group_arn or "").split(":") for trail in account.trails)
    return {str(item.log_group_name) for item in account.metric_filters} | {
        parts[6] for parts in followed if len(parts) > 6
    }


def _keys(account: Account) -> set[str]:
    named = {str(topic.key_id) for topic in account.topics}
    return named | {str(item.key_arn) for kind in (account.trails, account.log_groups) for item in kind}


def _buckets(account: Account) -> set[str]:
    return {str(item.bucket_name) for kind in (account.trails, account.delivery_channels) for item in kind}


_LED_TO: Mapping[str, Callable[[Account, Any], bool]] = {
    "topics": lambda account, thing: thing.arn in _topics(account),
    "subscriptions": lambda account, thing: (
        thing.topic_arn in {*_topics(account), *(one.arn for one in account.topics)}
    ),
    "log_groups": lambda account, thing: thing.name in _groups(account),
    "keys": lambda account, thing: bool({thing.arn, thing.key_id, *thing.aliases} & _keys(account)),
    "buckets": lambda account, thing: thing.name in _buckets(account),
}


def was_always_there(change: StateChange, before: Account, now: Account) -> bool:
    """Whether a thing that only `now` holds may have been there before, where nothing led to it."""
    if change.kind not in _LED_TO or change.part or change.now != "there":
        return False
    thing = next(
        (one for one in getattr(now, change.kind) if change.thing in (one.address, getattr(one, "arn", ""))), None
    )
    return thing is not None and not _LED_TO[change.kind](before, thing)
