"""Is everything noticed that must be? Records of true shape are put to the filters and event rules."""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.model.account import Account, Role
from iam_guardrails.model.chain.proof import admits_door
from iam_guardrails.model.chain.sight import events_about, nearest, regions, unseen
from iam_guardrails.model.chain.watch import watch
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.trail.catalogue import ENTRY, IDENTITY, INSIDE, REFUSED, ROOT, SIGN_IN, SILENCER
from iam_guardrails.model.trail.entering import API_FORMS
from iam_guardrails.model.trail.record import TrailEvent
from iam_guardrails.model.unknown import NotKnown
from iam_guardrails.model.value import frozen
from iam_guardrails.rules.engine import Absence, Rule, rule

SEED = "3 Alerting"
NEEDS = ("roles", "trails", "metric_filters", "alarms", "event_rules", "event_targets")
STS = "AWS IAM User Guide: cloudtrail-integration"
NO_ROLE = Absence("there is no break-glass role to watch (role_names of guardrails.toml)", ("breakglass-role-exists",))
NO_FILTER = Absence("there is no metric filter on CloudTrail's records", ("filter-pattern-valid",))


@frozen
class Anchor:
    """What a finding about the whole account is pinned to: its trail, or the account itself."""

    address: str


def roles(account: Account, expected: Expected) -> tuple[Role, ...]:
    """The break-glass roles."""
    return watch(account, expected).roles


def whole_account(account: Account, expected: Expected) -> Iterator[Anchor]:
    """The account, once it has filters on CloudTrail or must have them."""
    view = watch(account, expected)
    if account.origin == "plan" and not view.filters and "metric_filters" not in expected.required_kinds:
        return
    yield Anchor(view.trails[0].address if view.trails else f"account {account.account_id}")


def assumed(role: Role, account: Account, expected: Expected, region: str = "") -> list[TrailEvent]:
    """Every form of AssumeRole into a role, and of its federated forms those that its trust policy admits, in the
    Regions that guardrails.toml names (or in one of them).
    """
    entries = events_about(account, expected, ENTRY, role.arn)
    wanted = (region,) if region else regions(expected)
    return [
        event for event in entries
        if event.region in wanted and (event.id in API_FORMS or (event.door and admits_door(role, event.door)))
    ]  # fmt: skip


def _sign_ins(account: Account, expected: Expected, failed: bool) -> tuple[TrailEvent, ...]:
    made = events_about(account, expected, SIGN_IN)
    return tuple(event for event in made if ("errorMessage" in event.record) is failed)


@rule(
    id="breakglass-assume-detected", title="Every use of a break-glass role raises an alarm",
    severity="critical", seed=SEED, reference=STS, select=roles, needs=NEEDS, nothing=NO_ROLE,
    remedy="Put a metric filter on the trail's log group that matches AssumeRole of this role by anyone, "
           "whatever the caller and the Region, and an alarm on its metric.",
)  # fmt: skip
def _assume_detected(role: Role, account: Account, expected: Expected) -> Iterator[str]:
    view = watch(account, expected)
    made = assumed(role, account, expected)
    if account.origin == "plan" and not view.filters and "metric_filters" not in expected.required_kinds:
        raise NotKnown("the plan holds no metric filter on CloudTrail's records; another stack may")
    missing, doubt = unseen(made, view, rules_count=False)
    if missing:
        yield f"{_listed(missing)} would raise no alarm: {nearest(missing[0], view)}"
    if doubt:
        raise NotKnown(doubt)


@rule(
    id="breakglass-denied-detected", title="A refused attempt to use a break-glass role is noticed",
    severity="medium", seed=SEED, reference=STS, select=roles, needs=NEEDS, nothing=NO_ROLE,
    remedy='Add filters on the error message, which alone names the role (errorMessage "*ROLE_ARN*"), and on '
           '"*MultiFactorAuthentication failed*", which names none.',
)  # fmt: skip
def _denied_detected(role: Role, account: Account, expected: Expected) -> Iterator[str]:
    made = events_about(account, expected, REFUSED, role.arn)
    _unseen(tuple(event for event in made if event.record["requestParameters"] is None), account, expected)
    yield from _judge(made, account, expected, "a denied AssumeRole carries no request parameters")


@rule(
    id="breakglass-activity-detected", title="What a break-glass session does is noticed", severity="high",
    seed=SEED, reference="AWS CloudTrail User Guide: cloudtrail-event-reference-user-identity",
    select=roles, needs=NEEDS, nothing=NO_ROLE,
    remedy="Add a filter on userIdentity.sessionContext.sessionIssuer.arn = ROLE_ARN, or on "
           "userIdentity.arn = \"…:assumed-role/NAME/*\", which also sees the console's SwitchRole.",
)  # fmt: skip
def _activity_detected(role: Role, account: Account, expected: Expected) -> Iterator[str]:
    yield from _judge(events_about(account, expected, INSIDE, role.arn), account, expected)


@rule(
    id="root-use-detected", title="Use of the root user is noticed", severity="high", seed="5 Hygiene",
    reference="AWS IAM User Guide: root-user-best-practices", select=whole_account, needs=NEEDS,
    nothing=NO_FILTER,
    remedy='Add a filter on userIdentity.type = "Root", without invokedBy and service events, and its '
           "alarm.",
)  # fmt: skip
def _root_detected(anchor: Anchor, account: Account, expected: Expected) -> Iterator[str]:
    yield from _judge(events_about(account, expected, ROOT), account, expected)


@rule(
    id="console-without-mfa-detected", title="A console sign-in without MFA is noticed", severity="high",
    seed="5 Hygiene",
    reference="AWS CloudTrail User Guide: cloudtrail-event-reference-aws-console-sign-in-events",
    select=whole_account, needs=NEEDS, nothing=NO_FILTER,
    remedy='Add a filter on ConsoleLogin with additionalEventData.MFAUsed != "Yes" for IAM users and root.',
)  # fmt: skip
def _console_detected(anchor: Anchor, account: Account, expected: Expected) -> Iterator[str]:
    yield from _judge(_sign_ins(account, expected, failed=False), account, expected)


@rule(
    id="console-failure-detected", title="A failed console sign-in is noticed", severity="low", seed="5 Hygiene",
    reference="AWS CloudTrail User Guide: cloudtrail-event-reference-aws-console-sign-in-events",
    select=whole_account, needs=NEEDS, nothing=NO_FILTER,
    remedy='Add a filter on ConsoleLogin with errorMessage "Failed authentication", in double quotes.',
)  # fmt: skip
def _failure_detected(anchor: Anchor, account: Account, expected: Expected) -> Iterator[str]:
    yield from _judge(_sign_ins(account, expected, failed=True), account, expected)


@rule(
    id="iam-change-detected", title="Every change of who may do what is noticed", severity="high",
    seed="1 Review", reference="CIS AWS Foundations Benchmark: Ensure IAM policy changes are monitored",
    select=whole_account, needs=NEEDS, nothing=NO_FILTER,
    remedy="Add the missing event names to the IAM filters; a pattern holds 1024 characters, so use "
           "several filters.",
)  # fmt: skip
def _iam_change_detected(anchor: Anchor, account: Account, expected: Expected) -> Iterator[str]:
    yield from _judge_many(events_about(account, expected, IDENTITY), account, expected)


@rule(
    id="silencers-detected", title="Whoever switches a guardrail off is noticed", severity="high",
    seed=SEED,
    reference="AWS Service Authorization Reference; AWS CloudTrail User Guide: "
              "cloudtrail-event-reference-record-contents",
    select=whole_account, needs=NEEDS, nothing=NO_FILTER,
    remedy="Add the missing calls to a metric filter with an alarm, or to an event rule with a target.",
)  # fmt: skip
def _silencers_detected(anchor: Anchor, account: Account, expected: Expected) -> Iterator[str]:
    yield from _judge_many(events_about(account, expected, SILENCER), account, expected)


def _unseen(made: tuple[TrailEvent, ...], account: Account, expected: Expected) -> tuple[list[TrailEvent], str]:
    """`sight.unseen`; a plan that holds nothing at all for these events leaves them to another stack: not
    judged.
    """
    missing, doubt = unseen(made, watch(account, expected), rules_count=True)
    required = account.origin != "plan" or "metric_filters" in expected.required_kinds
    if len(missing) == len(made) and not required:
        raise NotKnown(f"the plan holds no filter or event rule for it ({made[0].what}); another stack may")
    return missing, doubt


def _judge(made: tuple[TrailEvent, ...], account: Account, expected: Expected, hint: str = "") -> Iterator[str]:
    missing, doubt = _unseen(made, account, expected)
    found: dict[tuple[str, str], list[str]] = {}
    for event in missing:
        found.setdefault((event.what, nearest(event, watch(account, expected))), []).append(event.region)
    for (what, why), where in found.items():
        recorded = "" if where == [expected.home_region] else f" (recorded in {_regions(where)})"
        yield f"nobody would notice {what}{recorded}: {why}" + (f" ({hint})" if hint else "")
    if doubt:
        raise NotKnown(doubt)


def _judge_many(made: tuple[TrailEvent, ...], account: Account, expected: Expected) -> Iterator[str]:
    missing, doubt = _unseen(made, account, expected)
    if len(missing) == len(made):
        yield f"nobody would notice any of the {len(made)} calls such as {missing[0].what}"
    elif missing:
        yield f"nobody would notice {', '.join(event.what for event in missing)}"
    if doubt:
        raise NotKnown(doubt)


def _regions(where: list[str]) -> str:
    return " and ".join(where) if len(where) < 3 else f"{len(where)} Regions"


def _listed(missing: list[TrailEvent]) -> str:
    whats = list(dict.fromkeys(event.what for event in missing))
    where = list(dict.fromkeys(event.region for event in missing))
    return f"{', '.join(whats[:-1])}{' and ' if whats[1:] else ''}{whats[-1]} (recorded in {' or '.join(where)})"


RULES: tuple[Rule, ...] = (
    _assume_detected, _denied_detected, _activity_detected, _root_detected, _console_detected, _failure_detected,
    _iam_change_detected,
    _silencers_detected,
)  # fmt: skip
