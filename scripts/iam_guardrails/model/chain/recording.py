"""Does a trail record an event, and does it bring it to its log group?

Sources: AWS CloudTrail User Guide, cloudtrail-concepts (Regions, global service events), filtering-data-events and
logging-management-events-with-cloudtrail (selectors); CloudTrail API Reference, AdvancedFieldSelector.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from iam_guardrails.model.account import Account, EventSelector, Trail
from iam_guardrails.model.chain.as_role import may
from iam_guardrails.model.chain.links import Link
from iam_guardrails.model.iam.service import admits
from iam_guardrails.model.trail.entering import is_global
from iam_guardrails.model.trail.record import TrailEvent
from iam_guardrails.model.unknown import Unknown

CLOUDTRAIL = "cloudtrail.amazonaws.com"
_ORG = frozenset({"aws:sourceorgid", "aws:sourceorgpaths"})
Answer = tuple[bool | None, str, str]  # holds, why, remedy
_YES: Answer = (True, "", "")


def trail_link(trail: Trail, event: TrailEvent, account: Account) -> Link:
    """Whether the trail records the event and delivers it to a log group, as a link of the chain."""
    for check in (_on, _in_region, _global, _selected, _delivers):
        holds, why, remedy = check(trail, event)
        if holds is not True:
            return Link("trail", trail.address, holds, why, remedy, trail.name)
    if why := undeliverable(trail, account):
        remedy = f"Let {CLOUDTRAIL} assume the role, and allow it logs:CreateLogStream and logs:PutLogEvents there."
        return Link("trail", trail.address, False, why, remedy, trail.name)
    return Link("trail", trail.address, detail=trail.name)


def undeliverable(trail: Trail, account: Account) -> str:
    """Why CloudTrail cannot write to the log group as the trail's delivery role; "" where it can, or where that is not
    certain: live, the trail's last delivery error tells (AWS CloudTrail User Guide,
    cloudtrail-required-policy-for-cloudwatch-logs).
    """
    role = next((item for item in account.roles if item.arn == trail.delivery_role_arn), None)
    if role is None or isinstance(role.trust, Unknown) or not isinstance(trail.log_group_arn, str):
        return ""
    facts = {"aws:sourceaccount": account.account_id, "aws:sourcearn": trail.arn}
    stand_in = frozenset() if trail.arn.startswith("arn:") else frozenset({"aws:sourcearn"})
    trusted = admits(role.trust, CLOUDTRAIL, "sts:AssumeRole", "*", facts, _ORG | stand_in)
    if trusted.holds is False:
        return f"the trust policy of its delivery role {role.name}: {trusted.why}"
    group = trail.log_group_arn.removesuffix(":*")
    stream = f"{group}:log-stream:{account.account_id}_CloudTrail_{trail.region}"
    for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
        holds, why = may(role, account, action, stream)
        if holds is False:
            return f"its delivery role: {why}"
    return ""


def _on(trail: Trail, _event: TrailEvent) -> Answer:
    if isinstance(trail.logging, Unknown):
        return None, f"whether it is logging: {trail.logging.reason}", ""
    return (
        _YES if trail.logging else (False, "it is switched off", "Switch the trail on (StartLogging, enable_logging).")
    )


def _in_region(trail: Trail, event: TrailEvent) -> Answer:
    if isinstance(trail.multi_region, Unknown):
        return None, f"whether it records every Region: {trail.multi_region.reason}", ""
    if trail.multi_region or trail.region == event.region:
        return _YES
    why = f"it records {trail.region} only"
    return False, why, "Set is_multi_region_trail = true."


def _global(trail: Trail, event: TrailEvent) -> Answer:
    if not is_global(event.record):
        return _YES
    if isinstance(trail.global_service_events, Unknown):
        return None, f"whether it records global services: {trail.global_service_events.reason}", ""
    if trail.global_service_events and (trail.multi_region or trail.region == event.region):
        return _YES
    return False, "it leaves out global service events", "Set include_global_service_events = true."


def _selected(trail: Trail, event: TrailEvent) -> Answer:
    if isinstance(trail.selectors, Unknown):
        return None, f"its event selectors: {trail.selectors.reason}", ""
    if not trail.selectors:  # CloudTrail's default: all management events
        return _YES
    answers = [selects(selector, event.record) for selector in trail.selectors]
    if True in answers:
        return _YES
    if None in answers:
        return None, "its event selectors are not known yet", ""
    what = "a read-only event" if event.record["readOnly"] else "a write event"
    why = f"its selectors leave out {event.record['eventName']} of {event.record['eventSource']} ({what})"
    return False, why, 'Select all management events (read_write_type = "All") and exclude no source.'


def _delivers(trail: Trail, _event: TrailEvent) -> Answer:
    if trail.log_group_arn is None:
        return False, "it delivers to no log group", "Set cloud_watch_logs_group_arn and cloud_watch_logs_role_arn."
    if trail.delivery_role_arn is None:
        return False, "it has no role to write to its log group", "Set cloud_watch_logs_role_arn."
    if trail.delivery_error:
        return False, f"its last delivery failed: {trail.delivery_error}", "Mend the delivery role or the key policy."
    return _YES


def selects(selector: EventSelector, record: Mapping[str, Any]) -> bool | None:
    """Whether a selector picks a management event; None where one of its settings is not known yet."""
    if isinstance(selector.management_events, Unknown) or isinstance(selector.read_write, Unknown):
        return None
    if not selector.management_events:
        return False
    if selector.advanced:
        return all(_field_holds(name, operator, values, record) for name, operator, values in selector.fields)
    wanted = {"All": (True, False), "ReadOnly": (True,), "WriteOnly": (False,)}[selector.read_write]
    return record["readOnly"] in wanted and record["eventSource"] not in selector.excluded_sources


_TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "equals": str.__eq__, "starts_with": str.startswith, "ends_with": str.endswith,
}  # fmt: skip


def _field_holds(name: str, operator: str, values: tuple[str, ...], record: Mapping[str, Any]) -> bool:
    value = _field(name, record)
    negated, plain = operator.startswith("not_"), operator.removeprefix("not_")
    found = any(_TESTS[plain](value, text) for text in values)
    return found is not negated


def _field(name: str, record: Mapping[str, Any]) -> str:
    if name == "eventCategory":
        return str(record.get("eventCategory", "Management"))
    value: Any = record
    for step in name.split("."):
        value = value.get(step, "") if isinstance(value, Mapping) else ""
    return str(value).lower() if isinstance(value, bool) else str(value)
