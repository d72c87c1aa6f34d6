"""CloudTrail and AWS Config: what records a use of the role.

Sources: AWS CloudTrail and AWS Config API References (the calls named here).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from iam_guardrails.model.account import Account
from iam_guardrails.model.further import read_further, settings_of
from iam_guardrails.model.incident.effects.harm import SILENCES, Harm, fewer_now, switched_on, taking_away
from iam_guardrails.model.incident.effects.kind import (
    ADDS,
    REMOVES,
    SETS,
    Answer,
    Ask,
    Call,
    Kind,
    Names,
    Remade,
    State,
)
from iam_guardrails.model.incident.effects.reading import always, at, member, of
from iam_guardrails.model.incident.effects.state import Whole, agree, upper
from iam_guardrails.model.incident.effects.write import Write
from iam_guardrails.model.unknown import Unknown

_NO_TRAIL = ("TrailNotFoundException",)


def _trail(key: str, path: str) -> Callable[[Write], Sequence[Names] | Unknown]:
    """The trail that a call names, by its name or its ARN, which is the same trail where it is of that place."""

    def read(write: Write) -> Sequence[Names] | Unknown:
        told = write.text(path)
        own = f":cloudtrail:{write.region}:{write.account_id}:trail/"
        return [{key: told.rpartition(own)[2]}] if told else Unknown(f"the record does not tell {path}")

    return read


_of_name = _trail("Name", "name")
_TERRAFORM = (("aws_cloudtrail", {"name": "Name"}), ("aws_cloudtrail", {"arn": "Name"}))


def _of_trail(read: Any) -> Any:
    by_name = of("trails", "name", "Name", read, regional=True)
    by_arn = of("trails", "arn", "Name", read, regional=True)
    return lambda account, names: (by_arn if names["Name"].startswith("arn:") else by_name)(account, names)


LOGGING = Kind(
    "trail-logging", "the trail {Name} records, or not, as it does now",
    ("cloudtrail", "GetTrailStatus", {"Name": "{Name}"}), at("IsLogging"), _NO_TRAIL,
    before=_of_trail(lambda thing, names: thing.logging), opposite={False: True},
    back={"True": "aws cloudtrail start-logging --name {Name}", "False": "aws cloudtrail stop-logging --name {Name}"},
    terraform=_TERRAFORM, part=("trails", "Name", "logging"), silent="it may have recorded nothing",
    harm=switched_on(True, "the trail records again"),
)  # fmt: skip
_SELECTORS = ("EventSelectors", "AdvancedEventSelectors")
_NOT_SET = ("TrailARN", "TrailArn", "SnsTopicArn", "TagsList")


def _trail_written(write: Write, names: Names) -> State:
    """CloudTrail's own answer tells every setting of the trail, its request those that were given."""
    told = write.response or write.request
    found = {key[:1].upper() + key[1:]: value for key, value in told.items()}
    if "EnableLogFileValidation" in found:
        found["LogFileValidationEnabled"] = found.pop("EnableLogFileValidation")
    return _comparable({key: value for key, value in settings_of("trails", found).items() if key not in _NOT_SET})


def _comparable(told: Mapping[str, Any]) -> dict[str, Any]:
    """A log group's ARN with and without ":*" is the same."""
    group = str(told.get("CloudWatchLogsLogGroupArn") or "").removesuffix(":*")
    return {**told, "CloudWatchLogsLogGroupArn": group} if group else dict(told)


def _trail_now(names: Names, answers: Sequence[Answer]) -> State:
    found = answers[-1]
    if found is None or isinstance(found, Unknown):
        return found
    return _comparable({"IsOrganizationTrail": False} | settings_of("trails", found.get("Trail") or {}))


def _trail_before(thing: Any, names: Names) -> State:
    found = {
        "S3BucketName": thing.bucket_name, "IsMultiRegionTrail": thing.multi_region,
        "IncludeGlobalServiceEvents": thing.global_service_events,
        "LogFileValidationEnabled": thing.log_file_validation, "CloudWatchLogsLogGroupArn": thing.log_group_arn,
        "CloudWatchLogsRoleArn": thing.delivery_role_arn, "KmsKeyId": thing.key_arn,
        "IsOrganizationTrail": thing.organization,
    }  # fmt: skip
    if thing.further is None:
        return found
    further = read_further(thing.further)
    return Whole({**found, **{key: value for key, value in further.items() if key not in _SELECTORS}})


def _update(now: State, target: Mapping[str, Any]) -> Mapping[str, Any]:
    """Settings as UpdateTrail takes them: what is set now and was not is unset with ""."""
    set_now = now if isinstance(now, Mapping) else {}
    told = {name: "" for name, value in set_now.items() if isinstance(value, str)} | dict(target)
    told.pop("SnsTopicARN", None)  # what the topic's name tells
    if group := told.get("CloudWatchLogsLogGroupArn"):
        told["CloudWatchLogsLogGroupArn"] = f"{group}:*"
    return told | {"EnableLogFileValidation": told.pop("LogFileValidationEnabled", False)}


def _trail_content(names: Names, ask: Ask) -> State:
    """What making a trail again can change: its settings, whether it records, and what."""
    trail, status = ask("GetTrail", {"Name": names["Name"]}), ask("GetTrailStatus", {"Name": names["Name"]})
    selectors = ask("GetEventSelectors", {"TrailName": names["Name"]})
    for found in (trail, status, selectors):
        if not isinstance(found, Mapping):
            return found
    assert isinstance(status, Mapping)
    return {**_trail_now(names, [trail]), "recording": status.get("IsLogging"),
            "selectors": _selectors(names, [selectors])}  # fmt: skip


def _content_before(thing: Any, names: Names) -> State:
    told = _trail_before(thing, names)
    return type(told)({**told, "recording": thing.logging, "selectors": _selectors_before(thing, names)})


def _selectors_before(thing: Any, names: Names) -> State:
    if thing.further is None:
        return Unknown("the capture does not hold what the trail selects, for an earlier version made it")
    told = read_further(thing.further)
    return _small({key: told.get(key) for key in _SELECTORS})


def _trail_harm(names: Names, now: State, target: State, *_: Any) -> Harm | None:
    """Where it records more than it did, or proves it, or hands it on."""
    told = [dict(state) for state in (now, target) if isinstance(state, Mapping)]
    if len(told) < 2:
        return None
    here, then = (
        {**state, "CloudWatchLogsLogGroupArn": bool(state.get("CloudWatchLogsLogGroupArn"))} for state in told
    )
    if not fewer_now(here, then):
        return None
    others = {name: value for name, value in then.items() if not isinstance(here.get(name), bool)}
    return Harm(SILENCES, mixed=fewer_now(then, here) or agree(here, others) is not True)


TRAIL = Kind(
    "trail", "the trail {Name} is set up as it is now", ("cloudtrail", "GetTrail", {"Name": "{Name}"}),
    _trail_now, _NO_TRAIL, away="aws cloudtrail delete-trail --name {Name}", before=_of_trail(_trail_before),
    back={"*": "aws cloudtrail update-trail --name {Name} --cli-input-json {value}"}, written_as=_update,
    remade=Remade(content=_trail_content, before=_of_trail(_content_before), parts={"recording": LOGGING}),
    terraform=_TERRAFORM, part=("trails", "Name", ""), harm=taking_away(_trail_harm),
)  # fmt: skip


def _small(value: Any) -> Any:
    """Names with a small first letter, and nothing that is empty: requests and answers differ in both."""
    if isinstance(value, Mapping):
        kept = {key[:1].lower() + key[1:]: _small(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item not in ([], "", None)}
    if isinstance(value, (list, tuple)):
        return [_small(item) for item in value]
    return value


def _selectors(names: Names, answers: Sequence[Answer]) -> State:
    found = answers[-1]
    if found is None or isinstance(found, Unknown):
        return found
    return _small({key: found.get(key) for key in ("EventSelectors", "AdvancedEventSelectors")})


def _selectors_written(now: State, target: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = upper(target)
    return found


def _of_selectors(account: Account, names: Names) -> State:
    return _of_trail(_selectors_before)(account, {**names, "Name": names["TrailName"]})


def _selectors_harm(names: Names, now: State, target: State, *_: Any) -> Harm | None:
    """Where all that was selected before is selected now, and more."""
    if not isinstance(now, Mapping) or not isinstance(target, Mapping):
        return None
    here, then = ([one for listed in state.values() for one in listed or ()] for state in (now, target))
    every = any(_is_every_call(one) for one in here)
    lacks = [one for one in then if one not in here and not (every and "readWriteType" in one and _is_of_calls(one))]
    return None if lacks else Harm("makes the trail record less again")


def _is_of_calls(selector: Mapping[str, Any]) -> bool:
    return not selector.get("dataResources")


def _is_every_call(selector: Mapping[str, Any]) -> bool:
    """Whether it selects every management event (AWS CloudTrail API Reference, EventSelector)."""
    left_out = selector.get("excludeManagementEventSources") or selector.get("includeManagementEvents") is False
    return selector.get("readWriteType") == "All" and not left_out


SELECTORS = Kind(
    "trail-selectors", "the trail {TrailName} records what it records now",
    ("cloudtrail", "GetEventSelectors", {"TrailName": "{TrailName}"}), _selectors, _NO_TRAIL,
    before=_of_selectors, written_as=_selectors_written,
    back={"EventSelectors": "aws cloudtrail put-event-selectors --trail-name {TrailName} --event-selectors"
                            " {value_EventSelectors}",
          "AdvancedEventSelectors": "aws cloudtrail put-event-selectors --trail-name {TrailName}"
                                    " --advanced-event-selectors {value_AdvancedEventSelectors}"},
    terraform=(("aws_cloudtrail", {"name": "TrailName"}), ("aws_cloudtrail", {"arn": "TrailName"})),
    part=("trails", "TrailName", "selectors"), harm=_selectors_harm,
)  # fmt: skip
RECORDER = Kind(
    "config-recorder", "the Config recorder {Name} records, or not, as it does now",
    ("config", "DescribeConfigurationRecorderStatus", {"ConfigurationRecorderNames": ["{Name}"]}),
    member("ConfigurationRecordersStatus", "name", "Name", lambda item: item.get("recording")),
    ("NoSuchConfigurationRecorderException",), opposite={False: True},
    before=of("config_recorders", "name", "Name", lambda thing, names: thing.recording, regional=True),
    back={"True": "aws configservice start-configuration-recorder --configuration-recorder-name {Name}",
          "False": "aws configservice stop-configuration-recorder --configuration-recorder-name {Name}"},
    terraform=(("aws_config_configuration_recorder_status", {"name": "Name"}),),
    part=("config_recorders", "Name", "recording"), harm=switched_on(True, "the recorder records again"),
)  # fmt: skip
_RECORDER = {"Name": "configurationRecorderName"}

CALLS: tuple[Call, ...] = (
    Call("cloudtrail:StopLogging", LOGGING, SETS, each=_of_name, written=always(False)),
    Call("cloudtrail:StartLogging", LOGGING, SETS, each=_of_name, written=always(True)),
    Call("cloudtrail:UpdateTrail", TRAIL, SETS, each=_of_name, written=_trail_written),
    Call("cloudtrail:CreateTrail", TRAIL, ADDS, each=_of_name, written=_trail_written, fresh=True),
    Call("cloudtrail:DeleteTrail", TRAIL, REMOVES, each=_of_name),
    Call("cloudtrail:PutEventSelectors", SELECTORS, SETS, each=_trail("TrailName", "trailName"),
         written=lambda write, names: _small({"eventSelectors": write.value("eventSelectors"),
                                      "advancedEventSelectors": write.value("advancedEventSelectors")})),
    Call("config:StopConfigurationRecorder", RECORDER, SETS, _RECORDER, always(False)),
    Call("config:StartConfigurationRecorder", RECORDER, SETS, _RECORDER, always(True)),
)  # fmt: skip
