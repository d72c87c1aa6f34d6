"""The second half of every route: from an alarm's action or a rule's target to the people behind the topic.

Sources: Amazon SNS Developer Guide, sns-key-management and sns-message-filtering; Amazon EventBridge User Guide,
eb-use-resource-based (no Condition in a topic policy for EventBridge); Amazon CloudWatch User Guide,
US_SetupSNS and AlarmThatSendsEmail (an alarm acts in its own Region, not on FIFO topics).
"""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.model.account import Account, Topic
from iam_guardrails.model.chain.as_role import publishes, uses_key
from iam_guardrails.model.chain.links import Link, Listener
from iam_guardrails.model.chain.listening import alarm_message, subscription_link
from iam_guardrails.model.chain.topics import CLOUDWATCH, EVENTS, key_of
from iam_guardrails.model.chain.watch import topics_by_arn
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.iam.document import PolicyDocument
from iam_guardrails.model.iam.service import admits
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import frozen

_UNDECIDED = frozenset({"aws:sourceorgid", "aws:sourceorgpaths"})
_ANY = _UNDECIDED | {"aws:sourcearn"}  # in a plan the alarm's ARN may be a stand-in
_LOOKED_UP = "address:data."  # the plan reader's stand-in for an ARN that a data source will tell


@frozen
class Sender:
    """Who publishes: the service, the ARN of the alarm or rule, its Region, its name, and for a target its role."""

    service: str
    arn: str
    region: str
    name: str = ""
    role_arn: str | Unknown | None = None


def delivery(
    destination: str | Unknown, sender: Sender, account: Account, expected: Expected
) -> tuple[tuple[Link, ...], tuple[Listener, ...]]:
    """The links from a sender to people, and who they are."""
    first = _topic_link(destination, sender, account)
    if first.holds is not True:
        return (first,), ()
    topic = topics_by_arn(account)[str(destination)]
    message = alarm_message(sender.name, sender.arn, account) if sender.service == CLOUDWATCH else None
    people, listeners = subscription_link(topic, message, account, expected)
    return (first, _policy_link(topic, sender, account), *_key_links(topic, sender, account), people), listeners


def _topic_link(destination: str | Unknown, sender: Sender, account: Account) -> Link:
    if isinstance(destination, Unknown):
        return Link("topic", "(not known yet)", None, f"what it speaks to: {destination.reason}")
    known = topics_by_arn(account).get(destination)
    address = known.address if known else destination
    parts = [*destination.split(":"), "", "", "", ""]
    if parts[2] != "sns" and known is None:
        if destination.startswith(_LOOKED_UP):
            return Link("topic", address, None, "it is only looked up by the plan")
        return Link("topic", address, None, "it is no SNS topic, so whether a person hears of it is not known here")
    if destination.endswith(".fifo"):
        return Link(
            "topic", address, False, "it is a FIFO topic, which takes no such messages", "Use a standard topic."
        )
    if (where := known.region if known else parts[3]) != sender.region:
        why = f"it is in {where}, and {sender.region} can only publish to topics of its own Region"
        return Link("topic", address, False, why, f"Name a topic in {sender.region}.")
    if known is None:
        gone = account.origin != "plan" and parts[4] == account.account_id
        why = "it does not exist" if gone else "it is not part of what was read"
        return Link("topic", address, False if gone else None, why, "Name a topic that exists." if gone else "")
    return Link("topic", address, detail=f"{known.name} {known.region}")


def _policy_link(topic: Topic, sender: Sender, account: Account) -> Link:
    if sender.role_arn is not None:
        return publishes(sender.role_arn, sender.arn, topic.arn, account)
    if isinstance(topic.policy, Unknown):
        return Link("topic policy", topic.address, None, f"the topic policy: {topic.policy.reason}")
    if topic.policy is None:
        if sender.service == CLOUDWATCH:  # the owner's default policy is enough for an alarm of the same account
            return Link("topic policy", topic.address, detail="default")
        why = "the default policy does not let EventBridge publish"
        return Link("topic policy", topic.address, False, why, f"Allow sns:Publish to {EVENTS} in the topic policy.")
    holds, why = _admitted(topic.policy, sender, "sns:Publish", topic.arn, account)
    remedy = f"Let {sender.service} call sns:Publish in the topic policy" + (
        ", without a Condition." if sender.service == EVENTS else "."
    )
    return Link("topic policy", topic.address, holds, why, "" if holds else remedy)


def _admitted(
    policy: PolicyDocument, sender: Sender, action: str, resource: str, account: Account
) -> tuple[bool | None, str]:
    """Whether a resource policy lets the sending service do the action, and why not or why that is not known."""
    asked = frozenset(condition.key.lower() for item in policy.statements for condition in item.conditions)
    of_kms = frozenset(key for key in asked if key.startswith("kms:"))  # what SNS passes on to KMS is not known here
    if sender.service == EVENTS:
        plain = admits(policy, EVENTS, action, resource, {}, _UNDECIDED | of_kms)
        return plain.holds, plain.why
    facts = {
        "aws:sourceaccount": account.account_id,
        "aws:sourceowner": account.account_id,
        "aws:sourcearn": sender.arn,
    }
    found = admits(
        policy,
        sender.service,
        action,
        resource,
        facts,
        (_UNDECIDED if sender.arn.startswith("arn:") else _ANY) | of_kms,
    )
    return found.holds, found.why


def _key_links(topic: Topic, sender: Sender, account: Account) -> Iterator[Link]:
    if topic.key_id is None:
        return
    if isinstance(topic.key_id, Unknown):
        yield Link("key", topic.address, None, f"the topic's key: {topic.key_id.reason}")
        return
    own = (
        "Encrypt the topic with a customer-managed key that cloudwatch.amazonaws.com and events.amazonaws.com may use."
    )
    key = key_of(topic, account)
    if topic.key_id.rpartition(":")[2].startswith("alias/aws/") or (key and key.aws_managed):
        yield Link(
            "key", topic.key_id, False, f"{sender.service} may not use this key of AWS, and nobody can let it", own
        )
    elif key is None:
        yield Link("key", topic.key_id, None, "the key is not part of what was read")
    elif key.enabled is False:
        yield Link("key", key.address, False, f"the key is {key.state or 'disabled'}", "Enable the key.")
    elif isinstance(key.enabled, Unknown) or isinstance(key.policy, Unknown):
        doubt = key.enabled if isinstance(key.enabled, Unknown) else key.policy
        yield Link("key", key.address, None, f"the key: {doubt.reason}" if isinstance(doubt, Unknown) else "")
    elif sender.role_arn is not None and key.policy is not None:
        yield uses_key(sender.role_arn, key.address, key.policy, key.arn, account)
    elif key.policy is None:
        yield Link("key", key.address, False, f"the default key policy does not admit {sender.service}", own)
    else:
        yield _key_policy_link(key.address, key.policy, sender, account)


def _key_policy_link(address: str, policy: PolicyDocument, sender: Sender, account: Account) -> Link:
    for action in ("kms:GenerateDataKey", "kms:Decrypt"):
        holds, why = _admitted(policy, sender, action, "*", account)
        if holds is not True:
            remedy = f"Let {sender.service} call kms:GenerateDataKey* and kms:Decrypt in the key policy"
            remedy += ", without a Condition." if sender.service == EVENTS else "."
            return Link("key", address, holds, f"the key policy: {why}", "" if holds is None else remedy)
    return Link("key", address)
