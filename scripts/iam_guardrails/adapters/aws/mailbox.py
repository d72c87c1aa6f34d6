"""A drill's own subscription: an SQS queue per topic, subscribed, read, and removed again whatever happens.

Sources: Amazon SNS Developer Guide, subscribe-sqs-queue-to-sns-topic (the queue policy with aws:SourceArn); Amazon SQS
Developer Guide, sqs-short-and-long-polling. The queues of a drill that was killed are found by their name, which holds
the drill's id, and removed by a later drill once that one is surely over: somebody else's may be running.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from iam_guardrails.adapters.aws.errors import AwsError, fatal, sentence
from iam_guardrails.adapters.aws.session import Session
from iam_guardrails.model.drill import Message
from iam_guardrails.model.value import frozen

PREFIX = "guardrails-drill-"
_POLL_SECONDS = 2
_KEPT_SECONDS = "3600"  # a queue that nobody could remove forgets its messages


@frozen
class Box:
    """One queue and its subscription ("" until it is made)."""

    region: str
    topic_arn: str
    queue_url: str
    queue_arn: str
    subscription_arn: str = ""


class SqsMailbox:
    """`journeys.drill.Mailbox` over SNS and SQS."""

    def __init__(
        self, session: Session, drill_id: str, over: Callable[[str], bool], progress: Callable[[str], None]
    ) -> None:
        """over: whether a drill, by its id in small letters, is surely over."""
        self._session = session
        self._over = over
        self._name = PREFIX + drill_id.lower()
        self._progress = progress
        self._boxes: list[Box] = []

    def open(self, topic_arns: Iterable[str]) -> None:
        """Make and subscribe a queue per topic. Raises AwsError; what was made until then is removed by `close`."""
        for number, topic_arn in enumerate(topic_arns):
            region = topic_arn.split(":")[3]
            self._remove_old(region, topic_arn)
            name = f"{self._name}-{number}"
            url = self._call("sqs", region, "create_queue", QueueName=name,
                             Attributes={"MessageRetentionPeriod": _KEPT_SECONDS})["QueueUrl"]  # fmt: skip
            arn = f"{topic_arn.rpartition(':')[0].replace(':sns:', ':sqs:', 1)}:{name}"
            self._boxes.append(Box(region, topic_arn, url, arn))
            self._call(
                "sqs", region, "set_queue_attributes", QueueUrl=url, Attributes={"Policy": _policy(arn, topic_arn)}
            )
            made = self._call("sns", region, "subscribe", TopicArn=topic_arn, Protocol="sqs", Endpoint=arn,
                              ReturnSubscriptionArn=True)["SubscriptionArn"]  # fmt: skip
            self._boxes[-1] = Box(region, topic_arn, url, arn, made)

    def messages(self) -> list[Message]:
        """What arrived; waits up to two seconds per queue for it."""
        found = []
        for box in self._boxes:
            answer = self._call("sqs", box.region, "receive_message", QueueUrl=box.queue_url, MaxNumberOfMessages=10,
                                WaitTimeSeconds=_POLL_SECONDS)  # fmt: skip
            for item in answer.get("Messages", ()):
                found.append(_message(box.topic_arn, item["Body"]))
                self._call(
                    "sqs", box.region, "delete_message", QueueUrl=box.queue_url, ReceiptHandle=item["ReceiptHandle"]
                )
        return found

    def close(self) -> tuple[str, ...]:
        """Remove subscriptions and queues; a command for each that AWS did not let go."""
        left = []
        for box in self._boxes:
            if box.subscription_arn and not self._try(
                "sns", box.region, "unsubscribe", SubscriptionArn=box.subscription_arn
            ):
                left.append(f"aws sns unsubscribe --region {box.region} --subscription-arn {box.subscription_arn}")
            if not self._try("sqs", box.region, "delete_queue", QueueUrl=box.queue_url):
                left.append(f"aws sqs delete-queue --region {box.region} --queue-url {box.queue_url}")
        self._boxes = []
        return tuple(left)

    def _remove_old(self, region: str, topic_arn: str) -> None:
        """Remove what drills that are over left: their subscriptions of this topic, and their queues in this Region."""
        for page in self._pages(region, topic_arn):
            for item in page.get("Subscriptions", ()):
                endpoint = str(item["Endpoint"])
                if self._is_left(endpoint.rpartition(":")[2]) and item["SubscriptionArn"].startswith("arn:"):
                    self._progress(f"removing what an earlier drill left: {endpoint}")
                    self._try("sns", region, "unsubscribe", SubscriptionArn=item["SubscriptionArn"])
        for url in self._call("sqs", region, "list_queues", QueueNamePrefix=PREFIX).get("QueueUrls", ()):
            if self._is_left(str(url).rpartition("/")[2]):
                self._progress(f"removing what an earlier drill left: {url}")
                self._try("sqs", region, "delete_queue", QueueUrl=url)

    def _is_left(self, queue_name: str) -> bool:
        """Whether a queue is that of another drill, which is over."""
        drill = queue_name.removeprefix(PREFIX).rpartition("-")[0]
        mine = self._name.removeprefix(PREFIX)
        return queue_name.startswith(PREFIX) and drill != mine and self._over(drill)

    def _pages(self, region: str, topic_arn: str) -> Iterable[Mapping[str, Any]]:
        token: dict[str, Any] = {}
        while True:
            page = self._call("sns", region, "list_subscriptions_by_topic", TopicArn=topic_arn, **token)
            yield page
            if not page.get("NextToken"):
                return
            token = {"NextToken": page["NextToken"]}

    def _call(self, service: str, region: str, method: str, **given: Any) -> Mapping[str, Any]:
        try:
            answer: Mapping[str, Any] = getattr(self._session.client(service, region_name=region), method)(**given)
            return answer
        except AwsError:
            raise
        except Exception as error:  # botocore's parser errors share no base class with the others
            action = f"{service}:{''.join(part.title() for part in method.split('_'))}"
            stop = AwsError(f"{sentence(action, error)} in {region}; the drill needs it: see README, “Drill”")
            raise fatal(action, region, error) or stop from None

    def _try(self, service: str, region: str, method: str, **given: Any) -> bool:
        try:
            self._call(service, region, method, **given)
        except AwsError as error:
            self._progress(str(error))
            return False
        return True


def _policy(queue_arn: str, topic_arn: str) -> str:
    statement = {
        "Sid": "Drill", "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage",
        "Resource": queue_arn, "Condition": {"ArnEquals": {"aws:SourceArn": topic_arn}},
    }  # fmt: skip
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _message(topic_arn: str, body: str) -> Message:
    """The body is SNS's envelope; an alarm's message is JSON with AlarmName, an event rule's is text or an event."""
    text = body
    try:
        envelope = json.loads(body)
        text = str(envelope["Message"]) if isinstance(envelope, dict) and "Message" in envelope else body
        inner = json.loads(text)
    except ValueError:
        return Message(topic_arn, text)
    return Message(topic_arn, text, str(inner.get("AlarmName", "")) if isinstance(inner, dict) else "")
