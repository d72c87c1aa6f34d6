"""What each silencing call would take away: the guardrails of one account, as IAM sees them.

An application's own alarms, topics and event rules are none (model/chain/watch.py). Where AWS has not issued an ARN
yet, or the account shows no such thing, a target stands for it whose name no policy holds, so that only a Deny on all
of its kind surely covers it. Forms of the ARNs: AWS Service Authorization Reference, the page of each service; aliases
of keys and tags of roles are the condition keys kms:ResourceAliases and aws:ResourceTag.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from iam_guardrails.model.account import Account, Alarm, EventRule, Key, Role
from iam_guardrails.model.chain import topics
from iam_guardrails.model.chain.composite import composites_over
from iam_guardrails.model.chain.sight import security_rules
from iam_guardrails.model.chain.watch import ours_and_pipelines, watch, watched_groups
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.iam.caller import UNKNOWN, Value
from iam_guardrails.model.iam.denials import Target
from iam_guardrails.model.once import once
from iam_guardrails.model.silencers import Silencer
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.rules.breakglass_own_targets import NO_ID, iam_targets, own_keys

ANYTHING: Final = Target("*", "every resource", {"aws:resourceaccount": UNKNOWN})
_KINDS = {"cloudtrail": "trails", "logs": "log_groups", "cloudwatch": "alarms", "sns": "topics", "kms": "keys",
          "events": "event_rules"}  # fmt: skip
_FORMS = {"cloudtrail": "trail/", "logs": "log-group:", "cloudwatch": "alarm:", "sns": "", "kms": "key/",
          "events": "rule/", "config": "configuration-recorder/"}  # fmt: skip
_NAMES = {"cloudtrail": "the trail", "logs": "the trail's log group", "cloudwatch": "the alarm", "sns": "the topic",
          "kms": "the key", "events": "the event rule", "config": "the Config recorder"}  # fmt: skip


def targets_of(call: Silencer, role: Role, account: Account, expected: Expected) -> tuple[tuple[Target, ...], ...]:
    """What `call` must not reach, as sets of at least one target: it is shut where every target of one set is denied.

    PutAlarmMuteRule alone has two sets, because AWS asks for it on the mute rule, whose name the caller chooses, and on
    each alarm (Amazon CloudWatch API Reference, PutAlarmMuteRule).
    """
    if not call.scoped:
        return ((ANYTHING,),)
    if call.service == "iam":
        return (tuple(iam_targets(call, role, account, expected)),)
    if call.action == "DeleteConfigRule":
        return (_config_rules(account, expected),)
    found = _guarded(account, expected)[call.service]
    if call.action != "PutAlarmMuteRule":
        return (found,)
    regions = dict.fromkeys(item.arn.split(":")[3] for item in found)
    ending = f"alarm-mute-rule:{NO_ID}"
    rules = [_target(account, expected, "cloudwatch", region, ending, f"a mute rule in {region}") for region in regions]
    return (found, tuple(rules))


@once
def _guarded(account: Account, expected: Expected) -> dict[str, tuple[Target, ...]]:
    """The guardrails by the IAM prefix of their service."""
    found = {
        "cloudtrail": [_named(account, expected, "cloudtrail", item.region, item.arn, item.name, item.address)
                       for item in account.trails if _is_own(item.arn, account)],
        "logs": list(_log_groups(account, expected)),
        "cloudwatch": [_named(account, expected, "cloudwatch", item.region, item.arn, item.name, item.address)
                       for item in _alarms(account, expected)],
        "sns": [_named(account, expected, "sns", item.region, item.arn, item.name, item.address)
                for item in topics.ours(account, expected) if _is_own(item.arn, account)],
        "events": [_named(account, expected, "events", item.region, item.arn, _on_bus(item), item.address)
                   for item in security_rules(account, expected)],
        "kms": list(_keys(account, expected)),
        "config": [_target(account, expected, "config", item.region,
                           f"configuration-recorder/{item.name or NO_ID}/{NO_ID}", item.address, _UNISSUED)
                   for item in account.config_recorders],
    }  # fmt: skip
    for service, targets in found.items():
        why = _unseen(service, bool(targets), account)
        if why:
            targets.append(_target(account, expected, service, account.home_region, _FORMS[service] + NO_ID,
                                   _NAMES[service], why))  # fmt: skip
    return {service: tuple(targets) for service, targets in found.items()}


_UNISSUED = "AWS gives it an id of its own, which is not at hand"


def _unseen(service: str, found: bool, account: Account) -> str:
    """Why there may be guardrails of the service which are not among those found; "" where there are none."""
    kind = _KINDS.get(service, "config_recorders")
    for refused, reason in account.refused.items():
        if refused.partition("@")[0] == kind:
            return f"{refused} could not be read: {reason}"
    return "" if found else f"the {account.origin} shows none"


def _on_bus(item: EventRule) -> str:
    """The end of a rule's ARN: its name, behind its bus where that is not the default one; "" where it is not known."""
    if isinstance(item.bus, Unknown):
        return ""
    bus = item.bus.rpartition("event-bus/")[2]
    return item.name if bus == "default" or not item.name else f"{bus}/{item.name}"


def _is_own(arn: str, account: Account) -> bool:
    parts = arn.split(":", 5)
    return len(parts) != 6 or not parts[4].isdigit() or parts[4] == account.account_id


def _target(
    account: Account, expected: Expected, service: str, region: str, ending: str, name: str = "", made_up: str = ""
) -> Target:
    arn = f"arn:{expected.partition}:{service}:{region}:{account.account_id}:{ending}"
    return Target(arn, name or arn, _key_of_another_stack(account) if service == "kms" else own_keys(account), made_up)


def _key_of_another_stack(account: Account) -> dict[str, Value]:
    return {"aws:resourceaccount": (account.account_id,), "kms:resourcealiases": UNKNOWN}


def _named(
    account: Account, expected: Expected, service: str, region: str, arn: str, name: str, address: str
) -> Target:
    """A thing whose ARN ends with its name, which is chosen, so that its ARN is known before AWS issues it."""
    if arn.startswith("arn:"):
        return Target(arn, arn, own_keys(account))
    why = "" if name else "its name is decided at apply"
    return _target(account, expected, service, region, _FORMS[service] + (name or NO_ID), address, why)


def _alarms(account: Account, expected: Expected) -> tuple[Alarm, ...]:
    """The alarms about CloudTrail, and the composite ones over them."""
    found = {alarm.address: alarm for alarm in ours_and_pipelines(account, expected)}
    if any(alarm.rule is not None for alarm in account.alarms):
        over = [item.alarm for alarm in found.values() for item in composites_over(alarm, account)]
        found |= {alarm.address: alarm for alarm in over}
    return tuple(found.values())


def _log_groups(account: Account, expected: Expected) -> Iterator[Target]:
    """The log groups that trails deliver to or that our filters stand on, also where the account does not hold them."""
    view = watch(account, expected)
    seen = set()
    for group in watched_groups(account, expected):
        seen.add((group.region, group.name))
        yield _named(account, expected, "logs", group.region, group.arn.removesuffix(":*"), group.name, group.address)
    for region, name in sorted(view.groups - seen):
        if region and " " not in region and not name.startswith("address:"):  # else of another account, or not known
            yield _target(account, expected, "logs", region, f"log-group:{name}")
    for trail in view.unclear:
        yield _target(account, expected, "logs", trail.region, f"log-group:{NO_ID}",
                      f"the log group of {trail.address}", "its name is known only after apply")  # fmt: skip


def _keys(account: Account, expected: Expected) -> Iterator[Target]:
    """The keys of trails, of their log groups and of the alert topics, but for those that AWS manages."""
    told = [(item.region, item.key_arn) for item in account.trails if _is_own(item.arn, account)]
    told += [(item.region, item.key_arn) for item in watched_groups(account, expected)]
    told += [(item.region, item.key_id) for item in topics.ours(account, expected) if _is_own(item.arn, account)]
    unread = [(region, text) for region, text in told if isinstance(text, Unknown)]
    for region, reference in dict.fromkeys((region, text) for region, text in told if isinstance(text, str)):
        key = _key(region, reference, account)
        if key is not None and not key.aws_managed:
            yield _key_target(key, account, expected)
        elif key is None and reference.startswith("arn:") and ":key/" in reference and _is_own(reference, account):
            yield Target(reference, reference, _key_of_another_stack(account))
        elif key is None and not any(sign in reference for sign in ":/"):  # the id alone
            yield _target(account, expected, "kms", region, f"key/{reference}")
        elif key is None and not reference.startswith(("arn:", "alias/aws/")):
            yield _target(account, expected, "kms", region, f"key/{NO_ID}", f"the key {reference}",
                          f"the {account.origin} does not hold it")  # fmt: skip
    for region, missing in unread:
        yield _target(account, expected, "kms", region, f"key/{NO_ID}", "a guardrail's key", missing.reason)


def _key(region: str, reference: str, account: Account) -> Key | None:
    named = reference.rpartition(":")[2]
    return next((key for key in account.keys if key.region == region
                 and (reference in (key.arn, key.key_id, key.address) or named in key.aliases)), None)  # fmt: skip


def _key_target(key: Key, account: Account, expected: Expected) -> Target:
    aliases: Value = key.aliases if key.aliases or account.origin != "plan" else UNKNOWN
    keys: dict[str, Value] = {**own_keys(account), "kms:resourcealiases": aliases}
    if key.arn.startswith("arn:"):
        return Target(key.arn, key.arn, keys)
    arn = f"arn:{expected.partition}:kms:{key.region}:{account.account_id}:key/{NO_ID}"
    return Target(arn, key.address, keys, "AWS gives it an id at apply")


def _config_rules(account: Account, expected: Expected) -> tuple[Target, ...]:
    regions = dict.fromkeys(item.region for item in account.config_rules) or {account.home_region: None}
    name = "the Config rules" if account.config_rules else "a Config rule"
    return tuple(
        _target(account, expected, "config", region, f"config-rule/{NO_ID}", f"{name} in {region}", _UNISSUED)
        for region in regions
    )
