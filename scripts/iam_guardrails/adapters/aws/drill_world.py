"""What a live drill does to AWS: one AssumeRole, and reading the alarms.

Sources: AWS STS API Reference, AssumeRole (SerialNumber, TokenCode, SourceIdentity; DurationSeconds from 900);
Amazon CloudWatch API Reference, DescribeAlarms and DescribeAlarmHistory.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from iam_guardrails.adapters.aws.errors import REFUSED, AwsError, code_of, fatal, sentence
from iam_guardrails.adapters.aws.session import Session
from iam_guardrails.model.drill import EntryRefused, Watched
from iam_guardrails.model.value import frozen

_SHORTEST_SECONDS = 900


@frozen
class Mfa:
    """How the person proves MFA: the device's serial number (ARN) and the six digits it shows."""

    serial: str
    code: str


class AwsWorld:
    """`journeys.drill.World` on a real account, or on the embedded AWS."""

    def __init__(self, session: Session, owner: Session, region: str, mfa: Mfa | None) -> None:
        """session: reads the alarms.  owner: the person who may enter.  region: where the role is assumed.

        mfa: None where the person's lane needs none in the call (Identity Center).
        """
        self._session = session
        self._owner = owner
        self._region = region
        self._mfa = mfa

    def enter(self, role_arn: str, incident_id: str, session_name: str) -> str:
        """Assume the role for the shortest time there is and forget the credentials unused; returns who entered.

        Raises EntryRefused when AWS says no, AwsError when the call brought no answer.
        """
        sts = self._owner.client("sts", region_name=self._region)
        given: dict[str, Any] = {
            "RoleArn": role_arn, "RoleSessionName": session_name, "SourceIdentity": incident_id,
            "DurationSeconds": _SHORTEST_SECONDS,
        }  # fmt: skip
        if self._mfa:
            given |= {"SerialNumber": self._mfa.serial, "TokenCode": self._mfa.code}
        try:
            person = str(sts.get_caller_identity()["Arn"])
            sts.assume_role(**given)
        except Exception as error:  # botocore's parser errors share no base class with the others
            if code_of(error) in REFUSED or code_of(error) == "ValidationError":
                raise EntryRefused(_reason(error)) from None
            raise _fatal("sts:AssumeRole", self._region, error) from None
        return person

    def in_alarm(self, alarms: Iterable[Watched]) -> tuple[Watched, ...]:
        """Those of the alarms that are in ALARM now, each looked up in its own Region."""
        names: dict[str, list[str]] = {}
        for alarm in alarms:
            names.setdefault(alarm.region, []).append(alarm.name)
        return tuple(
            Watched(str(item["AlarmName"]), region)
            for region, wanted in names.items()
            for item in self._alarms(wanted, region)
            if item.get("StateValue") == "ALARM"
        )

    def _alarms(self, names: list[str], region: str) -> Iterator[Mapping[str, Any]]:
        answer = self._ask(region, "DescribeAlarms", AlarmNames=names, AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        yield from (*answer.get("MetricAlarms", ()), *answer.get("CompositeAlarms", ()))

    def rung_since(self, alarms: Iterable[Watched], since: datetime) -> Mapping[Watched, datetime]:
        """When each alarm first went into ALARM at or after `since`, from its history: a short ALARM is not missed."""
        found: dict[Watched, datetime] = {}
        for alarm in alarms:
            answer = self._ask(
                alarm.region, "DescribeAlarmHistory", AlarmName=alarm.name, HistoryItemType="StateUpdate",
                StartDate=since, ScanBy="TimestampAscending", AlarmTypes=["MetricAlarm", "CompositeAlarm"],
            )  # fmt: skip
            for item in answer.get("AlarmHistoryItems", ()):
                if _went_into_alarm(item) and item["Timestamp"] >= since:
                    found.setdefault(alarm, item["Timestamp"])
        return found

    def _ask(self, region: str, operation: str, **given: Any) -> Mapping[str, Any]:
        cloudwatch = self._session.client("cloudwatch", region_name=region)
        method = {"DescribeAlarms": "describe_alarms", "DescribeAlarmHistory": "describe_alarm_history"}[operation]
        try:
            answer: Mapping[str, Any] = getattr(cloudwatch, method)(**given)
            return answer
        except Exception as error:  # botocore's parser errors share no base class with the others
            raise _fatal(f"cloudwatch:{operation}", region, error) from None

    def now(self) -> datetime:
        """The time (aware UTC), to the second: AWS's own stamps are no finer."""
        return datetime.now(UTC)


def _went_into_alarm(item: Mapping[str, Any]) -> bool:
    try:
        state = json.loads(item.get("HistoryData", "{}"))["newState"]["stateValue"]
    except (ValueError, KeyError, TypeError):
        return str(item.get("HistorySummary", "")).endswith("to ALARM")
    return bool(state == "ALARM")


def _reason(error: Exception) -> str:
    response = getattr(error, "response", {})
    return f"{response.get('Error', {}).get('Message') or code_of(error)} ({code_of(error)})"


def _fatal(action: str, region: str, error: Exception) -> AwsError:
    if isinstance(error, AwsError):
        return error
    return fatal(action, region, error) or AwsError(f"{sentence(action, error)} in {region}; the drill cannot go on")
