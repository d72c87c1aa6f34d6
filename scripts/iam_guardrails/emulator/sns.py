"""SNS: messages reach SQS queues, also those of other accounts, and nobody else.

moto would call HTTP endpoints on the network, would look for every queue in the subscriber's own account, and
would give up on the other subscribers when one queue is gone.
"""

from __future__ import annotations

import logging
from typing import Any

from moto.sns.models import SNSBackend, Subscription, Topic, sns_backends
from moto.sqs.exceptions import QueueDoesNotExist

from iam_guardrails.emulator.graft import Action, wrap_action

_MOST_KEPT = 1_000
_KEYS_ACCOUNT = "123456789012"  # moto keeps the keys of all signatures in its default account
log = logging.getLogger("iam_guardrails.emulator")


def subscribe(self: Any, original: Action, topic_arn: str, endpoint: str, protocol: str) -> Any:
    """SNS API Reference: API_Subscribe; a queue is looked for in the account that its ARN names."""
    subscription = original(topic_arn, endpoint, protocol)
    if protocol == "sqs":
        subscription.account_id = endpoint.split(":")[4]
    return subscription


def publish(self: Any, original: Action, message: str, message_id: str, **options: Any) -> None:
    """SNS API Reference: API_Publish, to one subscriber; e-mail, SMS, HTTP and functions get nothing."""
    if self.protocol != "sqs":
        return
    try:
        original(message, message_id, **options)
    except QueueDoesNotExist:
        log.warning("SNS: the queue %s does not exist, the message is lost", self.endpoint)


def _of_topic(self: Any, original: Action, *given: Any, **options: Any) -> str:
    """Publish, and keep what moto keeps about it small."""
    message_id: str = original(*given, **options)
    del self.sent_notifications[:-_MOST_KEPT]
    keys = sns_backends[_KEYS_ACCOUNT][self.sns_backend.region_name]._message_public_keys
    for name in list(keys)[:-_MOST_KEPT]:
        keys.pop(name, None)
    return message_id


def graft() -> None:
    """Install."""
    wrap_action(SNSBackend, subscribe)
    wrap_action(Subscription, publish)
    _of_topic.__name__ = "publish"
    wrap_action(Topic, _of_topic)
