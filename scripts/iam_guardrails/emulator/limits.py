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
        "delivery-is-simulated",
        "The sandbox delivers records itself, a few seconds after the call (AWS: about five minutes), to the log "
        "group of a trail and to event rules; no file is written, and neither the trail's role, nor a key, nor "
        "the policy of a topic, a queue or a log group is asked.",
        "That CloudTrail, CloudWatch and EventBridge are allowed to deliver in an account is not shown.",
        ("trail-delivering",),
        ("drill-recent",),
    ),
    Limit(
        "messages-reach-queues-only",
        "A topic delivers to SQS queues; e-mail, SMS, HTTPS and functions get nothing.",
        "That an alert reaches a person is not shown.",
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
        "identity-center-makes-no-roles",
        "Identity Center is a list of permission sets and assignments of its own in each account and Region: an "
        "assignment makes no role AWSReservedSSO_… in the account, and nobody can sign in through it.",
        "That an assignment gives the access it says is not shown.",
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
        "The owners' MFA devices are set up by the demo, without it by hand as on AWS, and any code is accepted.",
        "That a person holds the device is not shown.",
        clean_rule_ids=("owner-mfa-device",),
    ),
    Limit(
        "patterns-judged-by-the-harness",
        "Metric filters and event rules are matched by the harness's own evaluator; what AWS does not document "
        "counts as no match, and so does a pattern of words that is neither plain words nor JSON.",
        "That AWS matches an event in the same way is not shown.",
    ),
    Limit(
        "alarms-evaluated-at-once",
        "A metric alarm is evaluated when a data point comes, over the time up to then (AWS: whole periods, "
        "once a minute); alarms on expressions and percentiles stay as they are, only SNS actions run, and what a "
        "mute rule held back is not made up for.",
        "That an alarm changes within a certain time, or returns to OK in time, is not shown.",
    ),
    Limit(
        "last-used-is-what-was-recorded",
        "Last-used data and the event history hold only calls made to this server since it started (the "
        "latest 20,000 per account; no call on an object of S3), and are there at once, not after hours; the people "
        "and roles of the made-up company have a past that they were given.",
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
