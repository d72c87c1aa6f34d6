"""SNS topics that somebody publishes to, who is subscribed, and the KMS keys that stand in between.

Sources: SNS API Reference, GetTopicAttributes and ListSubscriptions (an unconfirmed subscription has the word
PendingConfirmation for an ARN); KMS API Reference, DescribeKey, GetKeyPolicy, ListAliases.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from iam_guardrails.adapters.aws.reading import Reading, Refused, document, of
from iam_guardrails.model.account import Key, Subscription, Topic
from iam_guardrails.model.chain.links import cut_to_host
from iam_guardrails.model.further import further_of
from iam_guardrails.model.iam.document import PolicyDocument
from iam_guardrails.model.unknown import Unknown


def region_of(arn: str) -> str:
    """The Region part of an ARN, or nothing."""
    return arn.split(":")[3] if arn.count(":") >= 5 else ""


def topics(reading: Reading, region: str, arns: Iterable[str]) -> list[Topic]:
    """The given topics as far as they exist; one call each, so only topics that something publishes to."""
    found = []
    for arn in sorted(set(arns)):
        try:
            answer = reading.ask("sns", region, "GetTopicAttributes", TopicArn=arn)["Attributes"]
        except Refused as refusal:
            if refusal.code not in ("NotFound", "NotFoundException"):
                raise
            continue
        policy = document(answer["Policy"], f"the policy of topic {arn}") if answer.get("Policy") else None
        key = answer.get("KmsMasterKeyId") or None
        found.append(Topic(arn, arn.rpartition(":")[2], arn, region, key, policy, further_of("topics", answer)))
    return found


def subscriptions(reading: Reading, region: str, topic_arns: Iterable[str]) -> list[Subscription]:
    """Subscriptions of the given topics, confirmed or not, from the one list of the Region."""
    wanted = set(topic_arns)
    if not wanted:
        return []
    listed = reading.pages("sns", region, "ListSubscriptions", "Subscriptions")
    return [_subscription(reading, region, item) for item in listed if item["TopicArn"] in wanted]


def _subscription(reading: Reading, region: str, item: Mapping[str, Any]) -> Subscription:
    arn, protocol, endpoint = item["SubscriptionArn"], item["Protocol"], item.get("Endpoint", "")
    confirmed = arn.startswith("arn:")
    answer = None
    if confirmed:
        answer = reading.detail("sns", region, "GetSubscriptionAttributes", SubscriptionArn=arn)
    attributes = of(answer, "Attributes", {})
    policy = scope = attributes
    if not isinstance(attributes, Unknown):
        policy, scope = attributes.get("FilterPolicy") or None, attributes.get("FilterPolicyScope", "MessageAttributes")
    return Subscription(
        address=arn if confirmed else f"{item['TopicArn']}/{protocol}:{cut_to_host(endpoint)}",
        topic_arn=item["TopicArn"],
        protocol=protocol,
        endpoint=endpoint,
        confirmed=confirmed,
        filter_policy=policy,
        filter_policy_scope=scope,
    )


def keys(reading: Reading, region: str, references: Iterable[str]) -> list[Key]:
    """The KMS keys that `references` (ARNs, ids or aliases, all of this Region) lead to, each once."""
    wanted = sorted(set(references))
    if not wanted:
        return []
    aliases = _aliases(reading, region)
    found: dict[str, Key] = {}
    for reference in wanted:
        try:
            about = reading.ask("kms", region, "DescribeKey", KeyId=reference)["KeyMetadata"]
        except Refused as refusal:
            if refusal.code != "NotFoundException":
                reading.note(("keys",), region, refusal.reason)
            continue
        if about["Arn"] not in found:
            found[about["Arn"]] = _key(reading, region, about, aliases)
    return list(found.values())


_NOT_DESCRIBED = Unknown("kms:DescribeKey was not called: the key's policy is what is judged")


def keys_by_name(reading: Reading, region: str, references: Iterable[str]) -> list[Key]:
    """As `keys`, with one call for each key of this account, its policy; what that call lacks is Unknown.

    Which keys are AWS's own tells the list of aliases (alias/aws/…); where it is refused, each key is described.
    """
    wanted = set(references)
    aliases = _aliases(reading, region) if wanted else {}
    if not aliases:
        return keys(reading, region, wanted)
    home = f"arn:{reading.partition}:kms:{region}:{reading.account_id}:key/"
    ids = {alias: key_id for key_id, names in aliases.items() for alias in names if key_id}
    found: dict[str, Key] = {}
    rest: set[str] = set()
    for name in sorted(wanted):
        alias = own_alias(reading, region, name)
        key_id = ids.get(alias, "") if alias else name.removeprefix(home)
        if not key_id or ":" in key_id or "/" in key_id:
            rest.add(name)
        elif key_id not in found:
            found[key_id] = _undescribed(reading, region, home + key_id, aliases.get(key_id, ()))
    return [*found.values(), *(key for key in keys(reading, region, rest) if key.key_id not in found)]


def _undescribed(reading: Reading, region: str, arn: str, aliases: Iterable[str]) -> Key:
    names = tuple(sorted(aliases))
    return Key(
        address=arn, arn=arn, region=region, key_id=arn.rpartition("/")[2], policy=_policy(reading, region, arn),
        aliases=names, enabled=_NOT_DESCRIBED, rotation=_NOT_DESCRIBED, deletion_window_days=_NOT_DESCRIBED,
        aws_managed=any(name.startswith("alias/aws/") for name in names),
    )  # fmt: skip


def own_alias(reading: Reading, region: str, reference: str) -> str:
    """The name of an alias of this account in a Region, "" where a reference is none: another account's may be alike.

    Source: AWS Secrets Manager API Reference, CreateSecret (KmsKeyId: a key of another account by the alias's ARN).
    """
    name = reference.removeprefix(f"arn:{reading.partition}:kms:{region}:{reading.account_id}:")
    return name if name.startswith("alias/") else ""


def _aliases(reading: Reading, region: str) -> dict[str, list[str]]:
    listed = reading.attempt(("keys",), region, lambda: reading.pages("kms", region, "ListAliases", "Aliases"))
    found: dict[str, list[str]] = {}
    for item in listed:
        found.setdefault(item.get("TargetKeyId", ""), []).append(item["AliasName"])
    return found


def _key(reading: Reading, region: str, about: Mapping[str, Any], aliases: Mapping[str, list[str]]) -> Key:
    arn, aws_managed = str(about["Arn"]), about.get("KeyManager") == "AWS"
    rotation: Any = True  # AWS rotates its own keys every year, and there is nothing to ask
    if not aws_managed:
        answer = reading.detail("kms", region, "GetKeyRotationStatus", absent=_NO_ROTATION, KeyId=arn)
        rotation = of(answer, "KeyRotationEnabled", False)
    return Key(
        address=arn,
        arn=arn,
        region=region,
        key_id=about["KeyId"],
        policy=_policy(reading, region, arn),
        aliases=tuple(sorted(aliases.get(about["KeyId"], ()))),
        enabled=about.get("Enabled", False),
        rotation=rotation,
        deletion_window_days=about.get("PendingDeletionWindowInDays"),
        aws_managed=aws_managed,
        state=about.get("KeyState", ""),
    )


_NO_ROTATION = ("UnsupportedOperationException", "KMSInvalidStateException")


def _policy(reading: Reading, region: str, arn: str) -> PolicyDocument | Unknown | None:
    text = of(reading.detail("kms", region, "GetKeyPolicy", KeyId=arn, PolicyName="default"), "Policy", None)
    if text is None or isinstance(text, Unknown):
        return text
    return document(text, f"the policy of key {arn}")
