"""Alarms on CloudTrail metrics: do they tell somebody, and who hears when the records stop arriving?"""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.model.account import Account, Alarm, Trail
from iam_guardrails.model.chain.composite import composites_over
from iam_guardrails.model.chain.watch import (
    actions_of,
    log_group_of,
    ours_and_pipelines,
    topics_by_arn,
    watch,
)
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.unknown import NotKnown, Unknown, known
from iam_guardrails.rules.detection_alarms import ALARMS, MISSING, NEEDS, NOTHING, SEED
from iam_guardrails.rules.engine import Absence, Rule, rule

LOOKED_UP = "address:data."  # the plan reader's stand-in for an ARN that a data source will tell
DELIVERY_RULE = "CLOUD_TRAIL_CLOUD_WATCH_LOGS_ENABLED"


@rule(
    id="alarm-actions-present", title="Every alarm on CloudTrail tells somebody", severity="critical",
    seed=SEED, reference=ALARMS, select=ours_and_pipelines, needs=NEEDS, nothing=NOTHING,
    remedy="Put the ARN of the alert topic into `alarm_actions`.",
)  # fmt: skip
def _actions_present(alarm: Alarm, account: Account, expected: Expected) -> Iterator[str]:
    if not list(actions_of(alarm, account)):
        yield "it has no alarm action: it changes colour in the console and tells nobody"


@rule(
    id="alarm-actions-enabled", title="The actions of every alarm on CloudTrail are switched on",
    severity="critical", seed=SEED, reference=ALARMS, select=ours_and_pipelines, needs=NEEDS,
    nothing=NOTHING,
    remedy="Set `actions_enabled = true`; when live, `aws cloudwatch enable-alarm-actions`.",
)  # fmt: skip
def _actions_enabled(alarm: Alarm, account: Account, expected: Expected) -> Iterator[str]:
    composites = [over.alarm for over in composites_over(alarm, account)]
    speakers = [item for item in (alarm, *composites) if item.actions != ()]
    states = [item.actions_enabled for item in speakers or (alarm,)]
    if True in states:
        return
    if any(known(state, "actions_enabled") is False for state in states):
        yield "its actions are switched off: it rings and tells nobody"


@rule(
    id="alarm-action-topic",
    title="Every alarm on CloudTrail speaks to a topic that exists, in its own Region", severity="critical",
    seed=SEED, reference=ALARMS, select=ours_and_pipelines, needs=("topics", *NEEDS), nothing=NOTHING,
    remedy="Use the ARN of a standard SNS topic of the alarm's own Region and account.",
)  # fmt: skip
def _action_topic(alarm: Alarm, account: Account, expected: Expected) -> Iterator[str]:
    doubts = []
    topics = topics_by_arn(account)
    for action in actions_of(alarm, account):
        if isinstance(action, Unknown):
            doubts.append(f"an alarm action: {action.reason}")
            continue
        problem, doubt = _topic_problem(
            action, alarm.region, topics[action].region if action in topics else None, account
        )
        if problem:
            yield problem
        doubts += [doubt] if doubt else []
    if doubts:
        raise NotKnown(doubts[0])


def _topic_problem(arn: str, region: str, found_in: str | None, account: Account) -> tuple[str, str]:
    """(problem, doubt) of one action; both empty when it is fine or is no topic at all."""
    parts = arn.split(":")
    is_topic = len(parts) == 6 and parts[2] == "sns"
    if arn.startswith(LOOKED_UP) and found_in is None:
        return "", f"{arn.removeprefix('address:')} is only looked up by the plan"
    if arn.endswith(".fifo"):
        return f"{arn} is a FIFO topic, which CloudWatch alarms cannot publish to", ""
    where = found_in or (parts[3] if is_topic else region)
    if where != region:
        return f"{arn} is in {where}, but an alarm acts only in its own Region ({region})", ""
    if found_in or not is_topic:
        return ("", "") if found_in or arn.startswith("arn:") else (f"{arn!r} is not an ARN", "")
    if parts[4] == account.account_id and account.origin != "plan":
        return f"the topic {arn} does not exist", ""
    return "", f"the topic {arn} is not part of what was read"


def _delivering(account: Account, expected: Expected) -> Iterator[Trail]:
    view = watch(account, expected)
    if account.origin != "plan" or view.filters or view.pipelines:
        yield from view.trails


@rule(
    id="dead-pipeline-alarmed", title="Somebody is told when CloudTrail's records stop arriving",
    severity="high", seed=SEED, reference=MISSING, select=_delivering,
    needs=("config_rules", "log_groups", *NEEDS),
    nothing=Absence("there is no trail with a log group beside the filters",
                    ("trail-exists", "trail-delivers-to-logs", "filter-pattern-valid")),
    remedy="Alarm on AWS/Logs IncomingLogEvents of the log group: Sum, LessThanThreshold 1, "
           'treat_missing_data = "breaching".',
)  # fmt: skip
def _dead_pipeline(trail: Trail, account: Account, expected: Expected) -> Iterator[str]:
    view = watch(account, expected)
    _, name = log_group_of(str(trail.log_group_arn), account)
    watching = [alarm for alarm in view.pipelines if ("LogGroupName", name) in alarm.dimensions]
    if not watching and not any(item.identifier == DELIVERY_RULE for item in account.config_rules):
        if account.origin == "plan" and not view.pipelines and "alarms" not in expected.required_kinds:
            raise NotKnown("the plan holds no alarm on arriving log events; another stack may")
        yield f"when {name} receives nothing any more, every other alarm stays quiet and nobody is told"
    for alarm in watching:
        comparison = known(alarm.comparison, f"{alarm.address}: the comparison")
        if known(alarm.treat_missing_data, f"{alarm.address}: treat_missing_data") != "breaching":
            yield (
                f"{alarm.address} treats missing data as {alarm.treat_missing_data}: a silent log group "
                "has no data points, so it never rings"
            )
        elif not comparison.startswith("LessThan"):
            yield f"{alarm.address} compares with {comparison}: it rings on traffic, not on silence"


@rule(
    id="alarm-not-muted", title="No mute rule silences an alarm on CloudTrail", severity="high", seed=SEED,
    reference="Amazon CloudWatch User Guide: alarm-mute-rules", select=ours_and_pipelines,
    needs=("mute_rules", *NEEDS), nothing=NOTHING, live_only=True,
    remedy="Delete the mute rule, or take the alarm out of it.",
)  # fmt: skip
def _not_muted(alarm: Alarm, account: Account, expected: Expected) -> Iterator[str]:
    speaking = [over.alarm.name for over in composites_over(alarm, account) if over.alarm.actions]
    for mute in account.mute_rules:
        muted = [name for name in (alarm.name, *speaking) if name in mute.alarm_names]
        if mute.region != alarm.region or not muted or mute.status.upper() == "EXPIRED":
            continue
        what = "it" if muted[0] == alarm.name else f"{muted[0]}, which speaks for it,"
        does = "will keep" if mute.status.upper() == "SCHEDULED" else "keeps"
        status = mute.status.lower() or "status not known"
        yield f"the mute rule {mute.name} ({status}) {does} {what} from telling anybody"


RULES: tuple[Rule, ...] = (
    _actions_present,
    _actions_enabled,
    _action_topic,
    _dead_pipeline,
    _not_muted,
)
