"""AWS Config: a recorder that runs, records IAM once, and rules that mean what their author thinks."""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.model.account import Account, ConfigRecorder
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.unknown import NotKnown, known
from iam_guardrails.rules.engine import Absence, rule
from iam_guardrails.rules.presence import Place, absent, account_place

IAM_TYPES = ("AWS::IAM::User", "AWS::IAM::Group", "AWS::IAM::Role", "AWS::IAM::Policy")
_NO_RECORDER = Absence("there is no AWS Config recorder to look at", ("config-recorder-present",))
_SERVICE_LINKED = "/aws-service-role/config.amazonaws.com/"


def recorders(account: Account, _: Expected) -> tuple[ConfigRecorder, ...]:
    """Every recorder."""
    return account.config_recorders


def records_iam(recorder: ConfigRecorder) -> bool:
    """Whether a recorder records IAM users, groups, roles and policies; `allSupported` alone does not."""
    if recorder.by_exclusion:
        return not set(IAM_TYPES) & set(recorder.excluded_types)
    if set(IAM_TYPES) <= set(recorder.resource_types):
        return True
    return known(recorder.all_supported, "all_supported") and known(
        recorder.include_global_types, "include_global_resource_types"
    )


@rule(
    id="config-recorder-present",
    title="AWS Config has a recorder in the home Region",
    severity="medium",
    seed="1 Review",
    remedy="Declare the recorder (module config-rules); where Control Tower owns it, waive this rule.",
    reference="AWS Config Developer Guide: stop-start-recorder",
    select=account_place,
    needs=("config_recorders",),
)
def config_recorder_present(place: Place, account: Account, expected: Expected) -> Iterator[str]:
    """Without a recorder no rule is evaluated."""
    if not any(item.region == place.region for item in account.config_recorders):
        yield from absent(account, expected, "config_recorders", f"AWS Config recorder in {place.region}")


@rule(
    id="config-recorder-recording",
    title="The AWS Config recorder is started and does not fail",
    severity="high",
    seed="1 Review",
    remedy="Declare aws_config_configuration_recorder_status with is_enabled = true; mend what it reports.",
    reference="AWS Config Developer Guide: stop-start-recorder",
    select=recorders,
    needs=("config_recorders",),
    nothing=_NO_RECORDER,
)
def config_recorder_recording(recorder: ConfigRecorder, _: Account, __: Expected) -> Iterator[str]:
    """A recorder is created stopped."""
    if recorder.last_status.upper() == "FAILURE":
        yield "the recorder's last attempt to record failed"
    if not known(recorder.recording, "whether the recorder is started"):
        yield "the recorder is not started: nothing is recorded and no rule is evaluated on changes"


@rule(
    id="config-delivery-channel",
    title="Each AWS Config recorder has a delivery channel",
    severity="high",
    seed="1 Review",
    remedy="Declare an aws_config_delivery_channel in the recorder's Region.",
    reference="AWS Config Developer Guide: manage-delivery-channel",
    select=recorders,
    needs=("config_recorders", "delivery_channels"),
    nothing=_NO_RECORDER,
)
def config_delivery_channel(recorder: ConfigRecorder, account: Account, _: Expected) -> Iterator[str]:
    """StartConfigurationRecorder is refused without a channel."""
    if not any(item.region == recorder.region for item in account.delivery_channels):
        yield f"there is no delivery channel in {recorder.region}, so the recorder cannot be started"


@rule(
    id="config-iam-recorded-once",
    title="Exactly one Region records IAM users, groups, roles and policies",
    severity="high",
    seed="1 Review",
    remedy="Set include_global_resource_types = true beside all_supported in the home Region only.",
    reference="AWS Config Developer Guide: select-resources",
    select=recorders,
    needs=("config_recorders",),
    nothing=_NO_RECORDER,
)
def config_iam_recorded_once(recorder: ConfigRecorder, account: Account, expected: Expected) -> Iterator[str]:
    """Nowhere: rules about IAM never speak. Twice: every change is paid and reported twice."""
    all_of_them = account.config_recorders
    home = [item for item in all_of_them if item.region == expected.home_region]
    recording = [item for item in all_of_them if records_iam(item)]
    if not recording and recorder in (home or all_of_them):
        if account.origin == "plan" and not home:
            raise NotKnown(f"the recorder of {expected.home_region} is not in the plan")
        why = "allSupported alone leaves them out" if recorder.all_supported else "they are not among its types"
        yield f"no Region records IAM users, groups, roles and policies ({why})"
    keeper = next((item for item in home if item in recording), recording[0] if recording else None)
    if recorder in recording and keeper is not None and recorder.region != keeper.region:
        yield f"IAM is recorded here although {keeper.region} records it already"


@rule(
    id="config-role-current",
    title="The recorder's role carries a policy that AWS keeps up to date",
    severity="medium",
    seed="1 Review",
    remedy="Use the service-linked role AWSServiceRoleForConfig, or attach service-role/AWS_ConfigRole.",
    reference="AWS Config Developer Guide: security-iam-awsmanpol (AWSConfigRole is deprecated)",
    select=recorders,
    needs=("config_recorders", "roles"),
    nothing=_NO_RECORDER,
)
def config_role_current(recorder: ConfigRecorder, account: Account, _: Expected) -> Iterator[str]:
    """AWSConfigRole was replaced in 2021 and learns no new resource type."""
    arn = known(recorder.role_arn, "the recorder's role")
    if arn is None or _SERVICE_LINKED in arn:
        return
    role = next((item for item in account.roles if item.arn == arn), None)
    if role is None and account.origin != "plan" and f":{account.account_id}:" in arn:
        yield f"its role {arn} does not exist, so the recorder cannot read anything"
        return
    if role is None:
        raise NotKnown(f"the role {arn} is not among those read")
    if any(isinstance(item, str) and item.endswith("/AWSConfigRole") for item in role.attached_policy_arns):
        yield f"its role {role.name} carries the deprecated policy AWSConfigRole"
        return
    for item in role.attached_policy_arns:
        known(item, f"a policy attached to {role.name}")


RULES = (
    config_recorder_present,
    config_recorder_recording,
    config_delivery_channel,
    config_iam_recorded_once,
    config_role_current,
)
