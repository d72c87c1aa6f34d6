"""Which argument of Terraform holds what a call set of a thing.

What a call set is declared only where the configuration names its argument: one that it leaves out is as AWS has it
(Optional and Computed), or is left alone though it differs (DiffSuppressFunc). Of those in _KEPT the provider plans a
change where they are left out and something is set, so that they need no name. A setting whose argument is in neither
list is declared by no configuration.
Sources: schemas of the Terraform AWS provider 5.100.0 (terraform providers schema -json) and its internal/service: e.g.
events/rule.go (the diff of a state that is left out is suppressed), lambda/function.go (logging_config, tracing_config,
ephemeral_storage and architectures are Computed), ecs/service.go (platform_version is; SuppressMissingOptional…).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from iam_guardrails.model.incident.effects.facts import Fact
from iam_guardrails.model.incident.effects.kind import REMOVES, Call
from iam_guardrails.model.incident.effects.write import Write

WHOLE = ""
"""The setting of a kind whose state is one value."""
VALUES: Mapping[str, str] = {
    "alarm-actions": "actions_enabled", "event-rule-state": "state", "trail-logging": "enable_logging",
    "config-recorder": "is_enabled", "trust": "assume_role_policy", "session-length": "max_session_duration",
    "role-description": "description", "boundary-of-role": "permissions_boundary",
    "boundary-of-user": "permissions_boundary", "inline-policy-of-role": "policy", "inline-policy-of-user": "policy",
    "inline-policy-of-group": "policy", "policy-in-force": "policy", "secret-key": "kms_key_id",
    "secret-rotation": "rotation_lambda_arn", "secret-policy": "policy", "secret-description": "description",
    "key-policy": "policy", "oidc-thumbprints": "thumbprint_list", "bucket-policy": "policy",
    "function-concurrency": "reserved_concurrent_executions", "log-retention": "retention_in_days",
}  # fmt: skip
"""Kinds whose state is one value -> the argument that holds it."""
_KEPT: Mapping[str, str] = {
    "aws_lambda_function": "role handler runtime description timeout memory_size kms_key_arn layers vpc_config"
    " dead_letter_config environment file_system_config snap_start reserved_concurrent_executions",
    "aws_lambda_alias": "function_version routing_config description",
    "aws_ecs_service": "enable_execute_command enable_ecs_managed_tags health_check_grace_period_seconds"
    " network_configuration load_balancer ordered_placement_strategy placement_constraints service_registries",
    "aws_cloudwatch_metric_alarm": "actions_enabled alarm_actions alarm_description comparison_operator dimensions"
    " datapoints_to_alarm evaluation_periods extended_statistic insufficient_data_actions metric_name metric_query"
    " namespace ok_actions period statistic threshold threshold_metric_id treat_missing_data unit",
    "aws_cloudwatch_composite_alarm": "actions_enabled alarm_actions alarm_description alarm_rule ok_actions"
    " insufficient_data_actions",
    "aws_cloudwatch_event_rule": "event_pattern schedule_expression role_arn description",
    "aws_cloudwatch_event_target": "arn role_arn input input_path input_transformer dead_letter_config retry_policy"
    " ecs_target batch_target kinesis_target sqs_target http_target redshift_target run_command_targets",
    "aws_cloudtrail": "enable_logging s3_bucket_name s3_key_prefix sns_topic_name include_global_service_events"
    " is_multi_region_trail enable_log_file_validation cloud_watch_logs_group_arn cloud_watch_logs_role_arn kms_key_id"
    " is_organization_trail",
    "aws_config_configuration_recorder_status": "is_enabled",
    "aws_cloudwatch_log_group": "retention_in_days kms_key_id",
    "aws_cloudwatch_log_metric_filter": "pattern metric_transformation",
    "aws_iam_role": "assume_role_policy max_session_duration description permissions_boundary",
    "aws_iam_user": "permissions_boundary",
    "aws_iam_role_policy": "policy", "aws_iam_user_policy": "policy", "aws_iam_group_policy": "policy",
    "aws_iam_policy": "policy",
    "aws_iam_openid_connect_provider": "url client_id_list",
    "aws_iam_saml_provider": "saml_metadata_document",
    "aws_secretsmanager_secret": "kms_key_id", "aws_secretsmanager_secret_policy": "policy",
    "aws_secretsmanager_secret_rotation": "rotation_lambda_arn rotation_rules",
    "aws_kms_key_policy": "policy", "aws_s3_bucket_policy": "policy",
    "aws_s3_bucket_public_access_block": "block_public_acls block_public_policy ignore_public_acls"
    " restrict_public_buckets",
    "aws_ssm_parameter": "type description allowed_pattern",
    "aws_sns_topic": "display_name delivery_policy kms_master_key_id fifo_topic content_based_deduplication",
    "aws_vpc_security_group_ingress_rule": "ip_protocol from_port to_port cidr_ipv4 cidr_ipv6 prefix_list_id"
    " referenced_security_group_id description",
    "aws_vpc_security_group_egress_rule": "ip_protocol from_port to_port cidr_ipv4 cidr_ipv6 prefix_list_id"
    " referenced_security_group_id description",
}  # fmt: skip
"""Required arguments, and those with a default or none, whose being left out a plan compares with what is live."""
_TO_BE_NAMED: Mapping[str, str] = {
    "aws_lambda_function": "source_code_hash image_uri architectures ephemeral_storage logging_config tracing_config"
    " image_config",
    "aws_ecs_service": "task_definition desired_count platform_version capacity_provider_strategy alarms"
    " deployment_maximum_percent deployment_minimum_healthy_percent deployment_circuit_breaker propagate_tags"
    " deployment_controller availability_zone_rebalancing",
    "aws_cloudwatch_metric_alarm": "evaluate_low_sample_count_percentiles",
    "aws_cloudwatch_composite_alarm": "actions_suppressor",
    "aws_cloudwatch_event_rule": "state is_enabled",
    "aws_cloudwatch_event_target": "sagemaker_pipeline_target",
    "aws_cloudtrail": "event_selector advanced_event_selector",
    "aws_cloudwatch_log_group": "log_group_class",
    "aws_iam_role": "inline_policy",
    "aws_iam_openid_connect_provider": "thumbprint_list",
    "aws_kms_key": "policy",
    "aws_secretsmanager_secret": "description replica",
    "aws_ssm_parameter": "value insecure_value key_id tier data_type",
    "aws_sns_topic": "policy signature_version tracing_config fifo_throughput_scope archive_policy",
}  # fmt: skip
_CALLED: Mapping[str, str] = {
    "OKActions": "ok_actions", "Metrics": "metric_query", "KMSKeyArn": "kms_key_arn",
    "EvaluateLowSampleCountPercentile": "evaluate_low_sample_count_percentiles",
    "ActionsSuppressor": "actions_suppressor", "ActionsSuppressorWaitPeriod": "actions_suppressor",
    "ActionsSuppressorExtensionPeriod": "actions_suppressor",
    "ZipFile": "source_code_hash|image_uri", "S3Bucket": "source_code_hash|image_uri",
    "S3Key": "source_code_hash|image_uri", "S3ObjectVersion": "source_code_hash|image_uri",
    "ImageUri": "source_code_hash|image_uri", "FileSystemConfigs": "file_system_config",
    "State": "state|is_enabled", "Input": "input", "EcsParameters": "ecs_target", "BatchParameters": "batch_target",
    "KinesisParameters": "kinesis_target", "SqsParameters": "sqs_target", "HttpParameters": "http_target",
    "RedshiftDataParameters": "redshift_target", "RunCommandParameters": "run_command_targets",
    "SageMakerPipelineParameters": "sagemaker_pipeline_target",
    "CloudWatchLogsLogGroupArn": "cloud_watch_logs_group_arn", "SnsTopicARN": "sns_topic_name",
    "LogFileValidationEnabled": "enable_log_file_validation", "EventSelectors": "event_selector",
    "AdvancedEventSelectors": "advanced_event_selector", "FilterPattern": "pattern",
    "MetricTransformations": "metric_transformation", "SAMLMetadataDocument": "saml_metadata_document",
    "ThumbprintList": "thumbprint_list", "ClientIDList": "client_id_list", "AddReplicaRegions": "replica",
    "LoadBalancers": "load_balancer", "PlacementStrategy": "ordered_placement_strategy",
    "EnableECSManagedTags": "enable_ecs_managed_tags", "MaximumPercent": "deployment_maximum_percent",
    "MinimumHealthyPercent": "deployment_minimum_healthy_percent", "Value": "value|insecure_value",
    "ReferencedGroupId": "referenced_security_group_id", "AutomaticallyAfterDays": "rotation_rules",
    "Duration": "rotation_rules", "ArchivePolicy": "archive_policy",
}  # fmt: skip
"""Settings whose argument is not their name in small letters; "|": one of these holds it."""
_RULES = {"ScheduleExpression": "rotation_rules"}
_CALLED_OF: Mapping[str, Mapping[str, str]] = {
    "secret-schedule": _RULES, "aws_iam_role/inline-policy-of-role": {"policy": "inline_policy"},
}  # fmt: skip
_INSIDE = frozenset({"DeploymentConfiguration", "Attributes"})
"""Settings that hold settings, each an argument of its own."""
_BY_REQUEST = frozenset({"function-configuration", "parameter", "trail", "topic", "oidc-provider", "log-group",
                         "saml-provider", "secret"})  # fmt: skip
"""Kinds whose state does not tell what a call set; its request does."""
_BY_STATE = frozenset({
    "alarm", "event-rule", "event-target", "metric-filter", "public-access-block", "secret-schedule", "saml-settings",
    "trail-selectors", "ecs-service", "function-alias", "changed-rule",
})  # fmt: skip
"""Kinds whose state is settings by their names."""
BY_ROW = frozenset({"topic-setting", "subscription-setting"})
"""Kinds whose argument is the one that their row of Kind.terraform wants to be named."""
_NO_SETTING = frozenset({
    "FunctionName", "RevisionId", "FullyQualifiedArn", "Publish", "DryRun", "Name", "Overwrite", "Tags", "TagsList",
    "ClientRequestToken", "SecretString", "SecretBinary", "ForceOverwriteReplicaSecret", "LogGroupName",
})  # fmt: skip
"""What a request names that sets nothing of the thing, or of which another item tells."""
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def set_by(fact: Fact) -> frozenset[str]:
    """The settings that the calls about an object set, by their names with a large first letter; WHOLE for its one
    value."""
    if fact.kind.name in VALUES:
        return frozenset({WHOLE})
    return frozenset(name for write, call in fact.steps for name in _set(fact, write, call))


def _set(fact: Fact, write: Write, call: Call) -> Sequence[str]:
    if call.does == REMOVES:
        return ()
    if fact.kind.name in _BY_REQUEST:
        told: object = write.request
    else:
        told = call.state(write, fact.names) if has_settings(fact.kind.name) else None
    if not isinstance(told, Mapping):
        return ()
    return [name for name in settings_in(told) if name not in _NO_SETTING and name not in fact.names]


def settings_in(told: Mapping[str, object]) -> dict[str, object]:
    """Settings by their names with a large first letter, those inside another taken out of it."""
    found: dict[str, object] = {}
    for key, value in told.items():
        name = key[:1].upper() + key[1:]
        if value is None:
            continue
        found |= settings_in(value) if name in _INSIDE and isinstance(value, Mapping) else {name: value}
    return found


def has_settings(kind: str) -> bool:
    """Whether a kind's state is settings by their names."""
    return kind in _BY_STATE or kind in ("function-configuration", "trail")


def tells_what_is_set(kind: str) -> bool:
    """Whether somebody said what of a kind a call can set: else only whether it is there."""
    return kind in VALUES or kind in BY_ROW or kind in _BY_REQUEST or kind in _BY_STATE


def arguments_of(kind: str, type_: str, setting: str) -> tuple[str, ...]:
    """The arguments of a resource type that may hold a setting; none where its configuration cannot tell it."""
    name = VALUES.get(kind, "") if setting == WHOLE else setting
    of_kind = _CALLED_OF.get(f"{type_}/{kind}") or _CALLED_OF.get(kind) or {}
    told = of_kind.get(name) or ("state|is_enabled" if name == "state" else "") or _CALLED.get(name)
    told = told or _WORD.sub("_", name).lower()
    known = {*_KEPT.get(type_, "").split(), *_TO_BE_NAMED.get(type_, "").split()}
    return tuple(one for one in told.split("|") if one in known)


def kept_of(type_: str) -> tuple[str, ...]:
    """The arguments that a plan compares with what is live also where the configuration leaves them out."""
    return tuple(_KEPT.get(type_, "").split())
