"""The whole live account as one value: which calls are made, in which order, and what depends on what."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import Any

from iam_guardrails.adapters.aws import alarms, buckets, config, credentials, iam, topics, trails
from iam_guardrails.adapters.aws.identities import (
    check_account,
    details_of,
    open_reading,
    read_identities,
    with_identities,
)
from iam_guardrails.adapters.aws.reading import Reading
from iam_guardrails.adapters.aws.resource_policies import resource_policies
from iam_guardrails.adapters.aws.session import Session
from iam_guardrails.adapters.side_by_side import Begin, at_once
from iam_guardrails.model.account import KINDS, Account, Role
from iam_guardrails.model.capture.identities import Asked, Identities
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import changed

__all__ = ["account_from_aws", "check_account", "destinations", "read_rest"]
Found = dict[str, list[Any]]
_TOPICS = ("topics", "subscriptions", "keys")
LEADS_TO = {
    "trails": ("log_groups", "keys", "buckets"),
    "metric_filters": ("log_groups",),
    "alarms": _TOPICS,
    "event_rules": ("event_targets", *_TOPICS),
    "delivery_channels": ("buckets",),
}
"""Kinds that are only found by following another: where the first is refused, the others are not complete."""


def account_from_aws(
    session: Session,
    account_id: str,
    home_region: str,
    regions: Iterable[str],
    now: datetime,
    progress: Callable[[str], None] | None = None,
    *,
    role_names: Iterable[str] = (),
    people: Iterable[str] = (),
    wait: Callable[[float], None] = time.sleep,
    begin: Begin = at_once,
    policies: bool = False,
    also: Account | None = None,
) -> Account:
    """Read everything the rules judge. Only reading calls are made.

    regions: the Regions to look at beside `home_region`.  now: becomes `seen_at` (aware UTC).
    role_names: break-glass roles, each asked for its session length; the others' come from one list.
    people: principal ARNs; those that are IAM users of this account, and the users those roles trust, are asked for
    every key and MFA device.
    begin: how readings that do not need each other are made: one after the other, or side by side (`begun`).
    policies: also those of all secrets and buckets.
    also: an earlier account, whose topics, log groups, keys and buckets are read even where nothing leads there now.
    What AWS refuses stands in `refused` (or is Unknown where it concerns one value). Raises AwsError when the
    session belongs to another account, the credentials do not work, or AWS cannot be reached.
    """
    reading = open_reading(session, account_id, home_region, progress)
    read = read_identities(reading, home_region, now, wait)
    places = tuple(dict.fromkeys((home_region, *regions)))
    rest, asked = read_rest(reading, read, places, now, tuple(role_names), tuple(people), begin, also)
    held = resource_policies(reading, home_region, places, begin) if policies else ()
    return with_identities(changed(rest, resource_policies=held), read, asked)


def read_rest(
    reading: Reading, read: Identities, places: tuple[str, ...], now: datetime, role_names: tuple[str, ...],
    people: tuple[str, ...], begin: Begin = at_once, also: Account | None = None,
) -> tuple[Account, Asked]:  # fmt: skip
    """Everything beside what `read` holds: the account without roles, users and managed policies, and what was
    asked about some of these. places: the Regions, the home Region first. The others: see `account_from_aws`."""
    home_region = places[0]
    found: Found = {kind: [] for kind in KINDS}
    asked = begin(lambda: _identities(reading, home_region, found, read, role_names, people))
    _regions(reading, places, found, begin)
    told = asked()
    evidence = begin(lambda: _evidence(reading, home_region, found, also))
    destinations(reading, places, found, begin, also)
    evidence()
    made = Account(
        origin="live",
        account_id=reading.account_id,
        home_region=home_region,
        seen_at=now,
        refused=reading.refused,
        regions=places,
        **{kind: tuple(items) for kind, items in found.items()},
    )
    return made, told


def _identities(
    reading: Reading, region: str, found: Found, read: Identities, wanted: tuple[str, ...], people: tuple[str, ...]
) -> Asked:
    reading.say("IAM: keys, devices, settings")
    raw = details_of(reading, read)
    names = {item["UserName"]: item["Arn"] for item in raw["UserDetailList"]}
    there = [item for item in raw["RoleDetailList"] if item["RoleName"] in wanted]
    others = [item["RoleName"] for item in raw["RoleDetailList"] if item["RoleName"] not in wanted]
    seconds = iam.session_lengths(reading, region, [item["RoleName"] for item in there], others)
    owners = owner_names(iam.roles(there, seconds), wanted, people, names)
    known = credentials.credentials_of(read.report, raw["UserDetailList"])
    console = [name for name in names if known.has_console_password(name) is True]
    asked = Asked(seconds, credentials.mfa_kinds(reading, region, owners, console))
    found["access_keys"] += credentials.access_keys(reading, region, names, owners, known)
    for kind, look in (
        ("root_users", lambda: credentials.root_users(reading, region, known)),
        ("password_policies", lambda: iam.password_policies(reading, region)),
        ("oidc_providers", lambda: iam.oidc_providers(reading, region)),
        ("public_access_blocks", lambda: buckets.account_block(reading, region)),
    ):
        found[kind] += reading.attempt((kind,), None, look)
    return asked


def owner_names(
    roles: Iterable[Role], wanted: Iterable[str], people: Iterable[str], users: dict[str, str]
) -> tuple[str, ...]:
    """User names behind `people` and behind the principals that the wanted roles trust, if they exist."""
    asked, arns = set(wanted), list(people)
    for role in roles:
        if role.name in asked and not isinstance(role.trust, Unknown):
            arns += [who.value for statement in role.trust.statements for who in statement.principals]
    by_arn = {arn: name for name, arn in users.items()}
    return tuple(dict.fromkeys(by_arn[arn] for arn in arns if arn in by_arn))


def _regions(reading: Reading, places: tuple[str, ...], found: Found, begin: Begin) -> None:
    """What each Region has; what is read of one needs nothing of another, but for trails, which show in several."""
    waiting = {region: {kind: begin(read) for kind, read in _of_region(reading, region).items()} for region in places}
    targets: dict[str, Callable[[], list[Any]]] = {}
    for region in places:
        reading.say(f"{region}: trails, filters, alarms, rules, Config, analyzers")
        waiting[region] = {"trails": _trails(reading, region, found), **waiting[region]}
        for kind, wait in waiting[region].items():
            found[kind] += reading.attempt((kind, *LEADS_TO.get(kind, ())), region, wait)
        targets[region] = begin(partial(alarms.event_targets, reading, region, tuple(found["event_rules"])))
    for region in places:
        found["event_targets"] += reading.attempt(("event_targets", *_TOPICS), region, targets[region])


def _trails(reading: Reading, region: str, found: Found) -> Callable[[], list[Any]]:
    return lambda: trails.trails(reading, region, [trail.arn for trail in found["trails"]])


def _of_region(reading: Reading, region: str) -> dict[str, Callable[[], list[Any]]]:
    """Kind -> what reads it."""
    return {
        "metric_filters": lambda: trails.metric_filters(reading, region),
        "alarms": lambda: alarms.alarms(reading, region),
        "mute_rules": lambda: alarms.mute_rules(reading, region),
        "event_rules": lambda: alarms.event_rules(reading, region),
        "config_recorders": lambda: config.recorders(reading, region),
        "delivery_channels": lambda: config.delivery_channels(reading, region),
        "config_rules": lambda: config.rules(reading, region),
        "analyzers": lambda: config.analyzers(reading, region),
    }


def _evidence(reading: Reading, region: str, found: Found, also: Account | None) -> None:
    """The buckets of trails and Config; bucket names are global, so one Region's client asks for all."""
    reading.say("S3: evidence buckets")
    names = [item.bucket_name for kind in ("trails", "delivery_channels") for item in found[kind] if item.bucket_name]
    names += [item.name for item in also.buckets] if also else []
    found["buckets"] += reading.attempt(("buckets",), None, lambda: buckets.buckets(reading, region, names))
    found["public_access_blocks"] += buckets.bucket_blocks(reading, region, names)


def destinations(reading: Reading, places: tuple[str, ...], found: Found, begin: Begin, also: Account | None) -> None:
    """What the things of the Regions lead to: log groups, topics, subscriptions, and the keys of all of these.

    also: see `account_from_aws`.
    """
    waiting = [(kinds, region, begin(read)) for region in places
               for kinds, read in _led_to(reading, region, found, also).items()]  # fmt: skip
    for kinds, region, wait in waiting:
        reading.say(f"{region}: {', '.join(kinds).replace('_', ' ')}")
        found[kinds[0]] += reading.attempt(kinds, region, wait)
    then = {region: [key.arn for key in also.keys if key.region == region] if also else [] for region in places}
    keys = [(region, begin(partial(topics.keys, reading, region, [*key_references(found, region), *then[region]])))
            for region in places]  # fmt: skip
    for region, wait in keys:
        found["keys"] += reading.attempt(("keys",), region, wait)


def _led_to(
    reading: Reading, region: str, found: Found, also: Account | None
) -> dict[tuple[str, ...], Callable[[], list[Any]]]:
    """Kinds -> what reads the first of them, with which the others are found."""
    groups = [item.log_group_name for item in found["metric_filters"] if item.region == region]
    groups += [arn.split(":", 6)[6] for trail in found["trails"]
               if (arn := trail.log_group_arn) and topics.region_of(arn) == region]  # fmt: skip
    arns = [arn for arn in published_to(found) if topics.region_of(arn) == region]
    groups += [item.name for item in also.log_groups if item.region == region] if also else []
    arns += [item.arn for item in also.topics if item.region == region] if also else []
    return {
        ("log_groups",): lambda: trails.log_groups(reading, region, groups),
        ("topics", "keys"): lambda: topics.topics(reading, region, arns),
        ("subscriptions",): lambda: topics.subscriptions(reading, region, arns),
    }


def published_to(found: Found) -> list[str]:
    """ARNs of the topics that alarms and event rules publish to."""
    arns = [arn for alarm in found["alarms"] for arn in alarm.actions]
    arns += [target.arn for target in found["event_targets"]]
    return [arn for arn in dict.fromkeys(arns) if arn.split(":")[2:3] == ["sns"]]


def key_references(found: Found, region: str) -> list[str]:
    """What the topics, trails and log groups of a Region name as their key: ARNs, ids or aliases."""
    named = [topic.key_id for topic in found["topics"] if topic.region == region]
    named += [item.key_arn for kind in ("trails", "log_groups") for item in found[kind]]
    return [key for key in dict.fromkeys(named) if key and topics.region_of(key) in ("", region)]
