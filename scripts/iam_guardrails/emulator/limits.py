"""What the embedded AWS cannot do, in one place. Output shows it; nothing listed here counts as verified."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limit:
    """One thing that the emulator does otherwise than AWS.

    id: short name.   what: what it does instead.   consequence: what a clean result therefore does not prove.
    rule_ids: rules whose live verdict against the emulator must be told as "not judged, because `what`".
    clean_rule_ids: rules of which only a clean verdict is worth nothing; what they find stays a finding.
    """

    id: str
    what: str
    consequence: str
    rule_ids: tuple[str, ...] = ()
    clean_rule_ids: tuple[str, ...] = ()


LIMITS: tuple[Limit, ...] = (
    Limit(
        "subscriptions-confirmed-at-once",
        "Every SNS subscription is confirmed the moment it is made; nobody has to click.",
        "That somebody confirmed the subscription is not shown.",
        clean_rule_ids=("subscription-confirmed",),
    ),
    Limit(
        "nothing-is-delivered",
        "Nothing is delivered: trails write no file and no log event, topics reach no mailbox, and the time "
        "of the last delivery is never set.",
        "That the trail delivers, and that an alert arrives, is not shown.",
        ("trail-delivering",),
    ),
    Limit(
        "config-does-not-record",
        "The Config recorder can be started, but records and delivers nothing: last status PENDING.",
        "That Config records successfully is not shown.",
        ("config-recorder-recording",),
    ),
    Limit(
        "config-compliance-not-computed",
        "No Config rule is evaluated: each says INSUFFICIENT_DATA until a result is put in.",
        "Nothing is shown about compliance with a Config rule.",
    ),
    Limit(
        "analyzer-findings-not-computed",
        "Access Analyzer analyses nothing and finds nothing.",
        "An empty list of findings does not show that nobody outside has access.",
    ),
    Limit(
        "trust-and-policies-not-evaluated",
        "Every call is allowed and every role can be assumed by anyone, with or without MFA, source identity "
        "or a session length that fits; the role need not even exist.",
        "A call or an AssumeRole that succeeds says nothing about permissions, trust or MFA.",
    ),
    Limit(
        "root-user-is-fiction",
        "The root user has no MFA device, no key and no last use, and none can be given to it.",
        "Nothing is shown about the root user.",
        ("root-mfa-enabled",),
    ),
    Limit(
        "mfa-devices-are-seeded",
        "The owners' MFA devices are set up by the sandbox itself, and any code would be accepted.",
        "That a person holds the device is not shown.",
        clean_rule_ids=("owner-mfa-device",),
    ),
    Limit(
        "metrics-never-reach-alarms",
        "Metric filters, metrics, alarms, composite alarms and event rules are stored, never evaluated; an "
        "alarm stays INSUFFICIENT_DATA until its state is set by hand, and a mute rule mutes nothing.",
        "That an event turns an alarm on or starts a rule is not shown.",
    ),
    Limit(
        "last-used-is-what-was-recorded",
        "Last-used data and the event history hold only calls made to this server since it started (the "
        "latest 20,000 per account, S3 and DynamoDB left out), and are there at once, not after hours.",
        "An unused credential here was unused in the sandbox, not in an account.",
    ),
    Limit(
        "state-is-in-memory",
        "Everything is held in memory: stopping the sandbox forgets all accounts.",
        "Nothing that was applied outlives the sandbox.",
    ),
)


def limits_of_rule(rule_id: str) -> tuple[Limit, ...]:
    """The limits because of which `rule_id` cannot be judged against the emulator; none means it can."""
    return tuple(limit for limit in LIMITS if rule_id in (*limit.rule_ids, *limit.clean_rule_ids))
