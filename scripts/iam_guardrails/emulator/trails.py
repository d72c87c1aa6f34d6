"""Which trails were logging when a call was made, and which records each of them delivers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from moto.cloudtrail.models import cloudtrail_backends

from iam_guardrails.emulator.identity import Json
from iam_guardrails.emulator.records import GLOBAL_SERVICES

_TIME, _ERROR = "guardrails_logs_delivered", "guardrails_logs_error"
_OPERATORS: dict[str, Callable[[str, tuple[str, ...]], bool]] = {
    "Equals": lambda value, wanted: value in wanted,
    "StartsWith": lambda value, wanted: value.startswith(wanted),
    "EndsWith": lambda value, wanted: value.endswith(wanted),
    "NotEquals": lambda value, wanted: value not in wanted,
    "NotStartsWith": lambda value, wanted: not value.startswith(wanted),
    "NotEndsWith": lambda value, wanted: not value.endswith(wanted),
}


@dataclass(frozen=True)
class LoggingTrail:
    """A trail as it was at one moment. `status` is moto's own object: what was delivered is noted there."""

    name: str
    account_id: str
    region: str
    multi_region: bool
    global_events: bool
    log_group_arn: str | None
    basic: tuple[Json, ...]
    advanced: tuple[Json, ...]
    status: Any

    def reaches(self, region: str) -> bool:
        """Whether it looks at this Region at all."""
        return self.multi_region or self.region == region

    def covers(self, event: Json) -> bool:
        """Whether it delivers this record: Region, global services, event selectors.

        SOURCE: CloudTrail API Reference, CreateTrail (IncludeGlobalServiceEvents), PutEventSelectors. The
        records of the global STS endpoint lie in us-east-1 like those of the regional one there: one kind.
        """
        service = event["eventSource"].partition(".")[0]
        everywhere = service in GLOBAL_SERVICES or (service == "sts" and event["awsRegion"] == "us-east-1")
        if not self.reaches(event["awsRegion"]) or (everywhere and not self.global_events):
            return False
        if self.advanced:
            return any(_advanced(each["FieldSelectors"], event) for each in self.advanced)
        return any(_basic(each, event) for each in self.basic or ({},))


def logging_trails(account_id: str) -> tuple[LoggingTrail, ...]:
    """The trails of the account that are logging now, in the order of Region and name."""
    account = cloudtrail_backends.get(account_id)
    if account is None:
        return ()
    found = [trail for backend in list(account.values()) for trail in list(backend.trails.values())]
    found = [trail for trail in found if trail.status.is_logging]
    return tuple(_copy(trail) for trail in sorted(found, key=lambda each: (each.region_name, each.trail_name)))


def note_delivery(trail: LoggingTrail, seconds: float, error: str = "") -> None:
    """Remember for GetTrailStatus when CloudWatch Logs was last written to, or why it was not."""
    if not error:
        setattr(trail.status, _TIME, seconds)
    setattr(trail.status, _ERROR, error)


def delivery_status(status: Any) -> Json:
    """What GetTrailStatus tells about deliveries to CloudWatch Logs."""
    told = {
        "LatestCloudWatchLogsDeliveryTime": getattr(status, _TIME, None),
        "LatestCloudWatchLogsDeliveryError": getattr(status, _ERROR, None),
    }
    return {key: value for key, value in told.items() if value}


def _copy(trail: Any) -> LoggingTrail:
    return LoggingTrail(
        name=trail.trail_name,
        account_id=trail.account_id,
        region=trail.region_name,
        multi_region=bool(trail.is_multi_region),
        global_events=bool(trail.include_global_service_events),
        log_group_arn=trail.cw_log_group_arn or None,
        basic=tuple(trail.event_selectors),
        advanced=tuple(trail.advanced_event_selectors),
        status=trail.status,
    )


def _basic(selector: Json, event: Json) -> bool:
    wanted = selector.get("ReadWriteType", "All")
    return (
        selector.get("IncludeManagementEvents", True)
        and wanted in ("All", "ReadOnly" if event["readOnly"] else "WriteOnly")
        and event["eventSource"] not in selector.get("ExcludeManagementEventSources", ())
    )


def _advanced(selectors: Iterable[Json], event: Json) -> bool:
    return all(_field(each, _value(event, each["Field"])) for each in selectors)


def _value(event: Json, field: str) -> str:
    value: Any = event
    for name in field.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return str(value).lower() if isinstance(value, bool) else str(value or "")


def _field(selector: Json, value: str) -> bool:
    return all(_OPERATORS[name](value, tuple(selector[name])) for name in _OPERATORS if selector.get(name))
